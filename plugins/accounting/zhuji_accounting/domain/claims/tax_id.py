"""The check rule of the business number (統一編號): digits by weights, sum divisible by five.

Since 2023-04-01 five in the place of ten, so that numbers do not run out; a seventh digit of 7 may
count 1 or 0 (7 × 4 = 28, 2 + 8 = 10: 1 + 0 or 0).
"""

from __future__ import annotations

WEIGHTS = (1, 2, 1, 2, 1, 2, 4, 1)
DIVISOR = 5
SEVENTH = 6  # counted from 0


def is_tax_id(text: str) -> bool:
    """Tell whether ``text`` is a business number that the rule lets pass."""
    if len(text) != len(WEIGHTS) or not (text.isascii() and text.isdigit()):
        return False
    total = sum(
        sum(divmod(int(digit) * weight, 10)) for digit, weight in zip(text, WEIGHTS, strict=True)
    )
    if total % DIVISOR == 0:
        return True
    return text[SEVENTH] == "7" and (total + 1) % DIVISOR == 0

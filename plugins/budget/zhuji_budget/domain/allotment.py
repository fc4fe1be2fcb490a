"""Split a year's budget into months (分配預算, 預算法 55). Whole dollars, nothing lost."""

from __future__ import annotations

MONTHS = 12


def equal_months(budget_ntd: int) -> list[int]:
    """Return twelve amounts that differ by at most what the last month takes as remainder.

    Each month gets the twelfth, rounded down to the dollar; December takes the rest, as the
    remainder on the last line everywhere (domain conventions).
    """
    assert budget_ntd >= 0, "a budget is not negative"
    month_ntd = budget_ntd // MONTHS
    return [month_ntd] * (MONTHS - 1) + [budget_ntd - month_ntd * (MONTHS - 1)]

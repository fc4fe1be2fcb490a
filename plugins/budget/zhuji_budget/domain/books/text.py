"""Printed cells to plain values: widths and spaces made even, names, codes, amounts."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal, InvalidOperation

_ZERO = frozenset({"", "-", "--", "—", "–", "―", "─", "…", "……", "·", "無"})
_NEGATIVE_MARKS = "-−‐‑–—△▲▽▼"
_CODE = re.compile(r"(?<!\d)\d{6,16}(?!\d)")
_BROKEN_CODE = re.compile(r"(?<!\d)\d{1,8}(?:[-‐.]\d{1,8}){1,5}(?!\d)")
_CODE_DIGITS_MIN = 6
_DIGITS_MAX = 15  # beyond this a spreadsheet's number has lost its last digits
_NUMBER = re.compile(r"\d+(\.\d*)?(e[+-]?\d{1,3})?|\.\d+", re.IGNORECASE | re.ASCII)
_FAULTY = re.compile(
    r"#(NULL!|DIV/0!|VALUE!|REF!|NAME\?|NUM!|N/A|SPILL!|CALC!|GETTING_DATA|ERR!)$|Err:\d+$"
)
_NOISE = Decimal("0.000001")  # what binary sums leave behind the point


def squeezed(value: object) -> str:
    """Return a cell's text with full-width forms made half-width and every space removed."""
    if value is None or value == "":
        return ""
    return "".join(unicodedata.normalize("NFKC", _plain(value)).split())


def letters(value: object) -> str:
    """Return a cell's text for reading: no spaces, widths of punctuation as printed."""
    return "".join(_plain(value).split()) if value not in {None, ""} else ""


def _plain(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def name_and_code(value: object) -> tuple[str, str]:
    """Take a cell with a name, a code or both in any order: (name, code), "" where missing.

    A code is a run of 6 to 16 digits, also printed in groups (58-10-210-01-01).
    """
    whole = unicodedata.normalize("NFKC", _plain(value))
    found = _CODE.search(whole)
    digits = found.group() if found else ""
    if not found:
        found = _BROKEN_CODE.search(whole)
        digits = re.sub(r"\D", "", found.group()) if found else ""
        if len(digits) < _CODE_DIGITS_MIN:
            found = None
    if not found:
        return letters(value), ""
    # Characters keep their number and order under NFKC here only if the name has no ligatures;
    # so the name is taken from the normalised text, with the brackets around a code removed.
    name = "".join((whole[: found.start()] + whole[found.end() :]).split())
    return name.replace("()", "").replace("[]", "").strip("-:"), digits


def lone_code(value: object) -> str:
    """Take a cell that should hold a code only; anything without digits gives ""."""
    text = squeezed(value)
    digits = re.sub(r"[-‐.]", "", text)
    return digits if digits.isdigit() else ""


def indent(value: object) -> int:
    """Return how far a name is indented; a full-width space counts two."""
    text = str(value)
    last = text.rsplit("\n", maxsplit=1)[-1] or text
    lead = last[: len(last) - len(last.lstrip())]
    return sum(2 if character == "\u3000" else 1 for character in lead)


def amount_ntd(value: object, *, unit_ntd: int) -> int | None:
    """Return whole NT dollars; None when the cell is not an amount of whole dollars.

    Blank and the dashes that stand for nothing are 0. Negative: "-5", "△5", "(5)".
    """
    if isinstance(value, bool):
        return None
    text = squeezed(value).replace(",", "")
    if text in _ZERO:
        return 0
    sign = 1
    if text.startswith("(") and text.endswith(")"):
        sign, text = -1, text[1:-1]
    if text[0:1] and text[0] in _NEGATIVE_MARKS:
        sign, text = -sign, text[1:]
    if not _NUMBER.fullmatch(text):
        return None
    try:
        dollars = Decimal(text) * unit_ntd
    except InvalidOperation:  # pragma: no cover (the pattern admits numbers only)
        return None
    whole = dollars.to_integral_value()
    if abs(dollars - whole) > _NOISE or dollars.adjusted() >= _DIGITS_MAX:
        return None
    return sign * int(whole)


def is_faulty_formula(value: object) -> bool:
    """Tell whether a cell is a formula's error: #REF!, Err:508."""
    return isinstance(value, str) and _FAULTY.match(value.strip()) is not None


def is_number(value: object) -> bool:
    """Tell whether a cell is a number at all, be it of parts of a dollar."""
    text = squeezed(value).replace(",", "").strip("()").lstrip(_NEGATIVE_MARKS)
    return not isinstance(value, bool) and _NUMBER.fullmatch(text) is not None


def has_amount(value: object) -> bool:
    """Tell whether something is printed in an amount cell, be it a dash for zero."""
    return squeezed(value) != ""


def column_letters(index: int) -> str:
    """Return the letters of a column counted from 0 (0 → A, 26 → AA)."""
    text, index = "", index + 1
    while index:
        index, rest = divmod(index - 1, 26)
        text = chr(65 + rest) + text
    return text


def cell_name(row: int, column: int) -> str:
    """Return the A1 style name; ``row`` counts from 1, ``column`` from 0."""
    return f"{column_letters(column)}{row}"

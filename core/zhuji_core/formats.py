"""Dates of the Republic of China and whole NT dollars, as people key and read them."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata

from zhuji_core.values import N_, DomainError

# 1912 is year 1 (民國元年).
ROC_OFFSET = 1911
ROC_YEAR_MAX = 999
FIRST_DAY = dt.date(ROC_OFFSET + 1, 1, 1)

# 999 兆: beyond it spreadsheets, which keep 15 digits, would change the amount.
AMOUNT_DIGITS_MAX = 15

MINUS = "−"
_MINUS_SIGNS = frozenset("-−–‐﹣")
_IGNORED_IN_AMOUNTS = re.compile(r"[\s,，、٬]")
_ERA = re.compile(r"^(中華)?民國")
_PARTED = re.compile(r"^(?:(\d{1,4})[/.\-年])?(\d{1,2})[/.\-月](\d{1,2})日?$")
# MDD, MMDD, YYMMDD, YYYMMDD, and YYYYMMDD of the common era.
_KEYED_LENGTHS = frozenset({3, 4, 6, 7, 8})
_COMMON_ERA_DIGITS = 4

_DIGITS = "零壹貳參肆伍陸柒捌玖"
_UNITS = ("", "拾", "佰", "仟")
_MYRIADS = ("", "萬", "億", "兆")


class DateMalformed(DomainError):
    """Not a date, or one that does not exist (2月30日)."""

    code = "E-DATE"
    message = N_("「{text}」不是有效的日期，請輸入如 1050331、105/3/31 或 331。")
    status_code = 422


class AmountMalformed(DomainError):
    """Not a whole amount of NT dollars, or one that is too long."""

    code = "E-AMOUNT"
    message = N_("「{text}」不是有效的金額，請輸入最多 {digits} 位的整數（元）。")
    status_code = 422


def roc_year(date: dt.date) -> int:
    """Return 民國 year of ``date``."""
    return date.year - ROC_OFFSET


def format_date(date: dt.date) -> str:
    """Write ``105-03-15``, as in tables."""
    return f"{_year(date)}-{date.month:02}-{date.day:02}"


def format_date_long(date: dt.date) -> str:
    """Write ``中華民國105年3月15日``, as on documents; the same in every language."""
    return f"中華民國{_year(date)}年{date.month}月{date.day}日"


def date_key(date: dt.date) -> str:
    """Write ``1050315``, as it is keyed and as official files have it."""
    return f"{_year(date):03}{date.month:02}{date.day:02}"


def _year(date: dt.date) -> int:
    assert date >= FIRST_DAY, "there is no 民國 year before 1912"
    return roc_year(date)


def parse_date(text: str, *, reference: dt.date) -> dt.date:
    """Read a date as it is keyed; one without a year is of the year of ``reference``.

    Takes ``1050315``, ``105/3/15``, ``105-03-15``, ``105年3月15日``, ``315``, ``3/15``, full-width
    too, and ``2016-03-15`` with a year of four digits, as spreadsheets give it. Raises
    DateMalformed.
    """
    plain = _ERA.sub("", unicodedata.normalize("NFKC", text).replace(" ", ""))
    plain = plain.replace(MINUS, "-")
    year, month, day = _parted(plain) or _keyed(plain) or ("", "", "")
    try:
        date = dt.date(_common_year(year, reference), int(month), int(day))
    except ValueError:
        raise DateMalformed(text=text) from None
    if date < FIRST_DAY:
        raise DateMalformed(text=text)
    return date


def _parted(plain: str) -> tuple[str, str, str] | None:
    found = _PARTED.match(plain)
    return (found[1] or "", found[2], found[3]) if found else None


def _keyed(plain: str) -> tuple[str, str, str] | None:
    if not plain.isascii() or not plain.isdigit() or len(plain) not in _KEYED_LENGTHS:
        return None
    return plain[:-4], plain[-4:-2], plain[-2:]


def _common_year(year: str, reference: dt.date) -> int:
    if not year:
        return reference.year
    if len(year) == _COMMON_ERA_DIGITS:
        return int(year)
    if int(year) == 0:
        raise ValueError(year)
    return int(year) + ROC_OFFSET


def format_ntd(amount_ntd: int, *, zero: str = "-") -> str:
    """Write ``1,234``, ``−1,234``, and ``-`` for nothing, as in tables."""
    if amount_ntd == 0:
        return zero
    return f"{MINUS if amount_ntd < 0 else ''}{abs(amount_ntd):,}"


def parse_ntd(text: str) -> int:
    """Read a whole amount: full-width digits, commas and spaces are fine, ``-`` is nothing.

    Raises AmountMalformed for decimals, words, an empty text and more than 15 digits.
    """
    plain = _IGNORED_IN_AMOUNTS.sub("", unicodedata.normalize("NFKC", text))
    negative = plain[:1] in _MINUS_SIGNS
    digits = plain[1:] if negative else plain
    if negative and not digits:
        return 0
    significant = digits.lstrip("0")
    if not (digits.isascii() and digits.isdigit()) or len(significant) > AMOUNT_DIGITS_MAX:
        raise AmountMalformed(text=text, digits=AMOUNT_DIGITS_MAX)
    return -int(digits) if negative else int(digits)


def ntd_in_words(amount_ntd: int) -> str:
    """Write 壹萬貳仟零參元整: what stands beside the figures, so that neither can be altered."""
    assert abs(amount_ntd) < 10**AMOUNT_DIGITS_MAX, "no amount of ours has more than 15 digits"
    if amount_ntd < 0:
        return f"負{ntd_in_words(-amount_ntd)}"
    if amount_ntd == 0:
        return "零元整"
    groups = []
    rest = amount_ntd
    while rest:
        rest, group = divmod(rest, 10_000)
        groups.append(group)
    words = ""
    for power in reversed(range(len(groups))):
        group = groups[power]
        # One 零 stands for all places left out between two digits that are written.
        if words and group and (group < 1_000 or groups[power + 1] == 0):  # noqa: PLR2004
            words += "零"
        words += _group_in_words(group) + (_MYRIADS[power] if group else "")
    return f"{words}元整"


def _group_in_words(group: int) -> str:
    """Write one group of four digits; 1,001 is 壹仟零壹."""
    words = ""
    left_out = False
    for place in reversed(range(len(_UNITS))):
        digit = group // 10**place % 10
        if digit == 0:
            left_out = bool(words)
            continue
        words += ("零" if left_out else "") + _DIGITS[digit] + _UNITS[place]
        left_out = False
    return words

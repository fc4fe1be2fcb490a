"""Read what people type into forms; what cannot be read is named by its field, all at once."""

from __future__ import annotations

import datetime as dt

from zhuji_core.formats import AmountMalformed, DateMalformed, parse_date, parse_ntd
from zhuji_core.values import N_, DomainError

DATE_BAD = N_("日期無法解讀。")
AMOUNT_MISSING = N_("請填金額。")
AMOUNT_NOT_POSITIVE = N_("金額須為正整數。")


class FormInvalid(DomainError):
    """Something typed cannot be read; every such field is named at once."""

    code = "E-REQUEST-FORM"
    message = N_("有 {count} 個欄位無法解讀，請修正後再送。")
    status_code = 422


def require_readable(faults: dict[str, str]) -> None:
    """Raise FormInvalid for what could not be read: field → what is wrong with it."""
    if faults:
        raise FormInvalid(count=len(faults), fields=faults)


def typed_day(text: str, field: str, faults: dict[str, str], *, today: dt.date) -> dt.date | None:
    """Return the day; None for none, and for one that cannot be read."""
    try:
        return parse_date(text, reference=today) if text.strip() else None
    except DateMalformed:
        faults[field] = DATE_BAD
        return None


def needed_day(text: str, field: str, faults: dict[str, str], *, today: dt.date) -> dt.date:
    """Return the day; a blank one cannot be read either, and then today stands for it."""
    try:
        return parse_date(text, reference=today)
    except DateMalformed:
        faults[field] = DATE_BAD
        return today


def typed_amount(text: str, field: str, faults: dict[str, str]) -> int:
    """Return whole NT dollars, 0 for a blank; negative ones cannot be read either."""
    try:
        amount_ntd = parse_ntd(text) if text.strip() else 0
    except AmountMalformed:
        amount_ntd = -1
    if amount_ntd < 0:
        faults[field] = AMOUNT_NOT_POSITIVE
    return max(amount_ntd, 0)


def needed_amount(text: str, field: str, faults: dict[str, str]) -> int:
    """Return whole NT dollars of which there must be some."""
    amount_ntd = typed_amount(text, field, faults)
    if not amount_ntd and field not in faults:
        faults[field] = AMOUNT_NOT_POSITIVE if text else AMOUNT_MISSING
    return amount_ntd

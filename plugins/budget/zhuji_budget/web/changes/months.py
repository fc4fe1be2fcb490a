"""What both grids of a change's form read in the same way."""

from __future__ import annotations

from zhuji_budget.domain.changes.model import MONTHS
from zhuji_core.values import N_

AMOUNT_WRONG = N_("金額須為正整數，減少與增加擇一填寫。")
NEW_AMOUNT_WRONG = N_("金額須為正整數（元）。")
MONTH_WRONG = N_("月份為 1 至 12，空白為未分配。")


def month_of(text: str) -> int | None:
    """Return the month, 0 for an empty field (not allotted), None for what is no month."""
    if not text:
        return 0
    return int(text) if text.isdecimal() and 1 <= int(text) <= MONTHS else None

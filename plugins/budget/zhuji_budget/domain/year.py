"""The states of a budget year: bill → enacted → allotted, and what may be done in which."""

from __future__ import annotations

import uuid

from zhuji_core.contracts.documents import DocumentRef
from zhuji_core.values import N_, DomainError, Value


class BudgetYear(Value, frozen=True, kw_only=True):
    """One fiscal year (Republic-of-China year) of the county's budget."""

    fiscal_year: int
    state: str
    document_id: uuid.UUID
    act_no: str = ""
    reserve_reason: str = ""

    @property
    def document(self) -> DocumentRef:
        return DocumentRef(
            kind="budget.year",
            document_id=self.document_id,
            label=f"{self.fiscal_year} 年度總預算",
            agency_code="",
        )


class YearNotFound(DomainError):
    """No book was imported for this fiscal year."""

    code = "E-BUDGET-YEAR"
    message = N_("{fiscal_year} 年度尚無預算資料，請先匯入預算書。")
    status_code = 404


class YearState(DomainError):
    """The year is not in the state that the act needs (a bill is enacted once)."""

    code = "E-BUDGET-YEAR-STATE"
    message = N_("{fiscal_year} 年度預算目前為「{state}」，不能執行此作業（須為「{needed}」）。")


class ActNumberMissing(DomainError):
    """Enactment names the council's or the executive's document (地方制度法 40)."""

    code = "E-ACT-NO"
    message = N_("請輸入議會審議通過或發布之文號。")
    status_code = 422


# Estimates are made for the year to come, sometimes for two; a later year is a slip of the hand.
PLANNED_YEARS_MAX = 5


def require_planned(fiscal_year: int, *, this_year: int) -> None:
    """Raise YearNotFound for a year that nobody plans yet."""
    if fiscal_year > this_year + PLANNED_YEARS_MAX:
        raise YearNotFound(fiscal_year=fiscal_year)


STATE_TITLES = {"bill": N_("預算案"), "enacted": N_("法定預算"), "allotted": N_("已核定分配")}


def require_state(year: BudgetYear | None, *, fiscal_year: int, needed: str) -> BudgetYear:
    """Return the year; raise YearNotFound or YearState unless it is in state ``needed``."""
    if year is None:
        raise YearNotFound(fiscal_year=fiscal_year)
    if year.state != needed:
        raise YearState(
            fiscal_year=fiscal_year,
            state=STATE_TITLES[year.state],
            needed=STATE_TITLES[needed],
        )
    return year

"""Say before an import what the year has of it already, and what forbids it. Keeps nothing."""

from __future__ import annotations

from zhuji_budget.domain.books.model import Budget
from zhuji_budget.domain.year import STATE_TITLES, YearState
from zhuji_budget.permissions import IMPORT_BOOK
from zhuji_budget.queries.years import year_states
from zhuji_budget.usecases._known_lines import LineDiffers, SplitDiffers, known_codes
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import DomainError, Value

BILL = "bill"


class Standing(Value, frozen=True, kw_only=True):
    """How many lines would be new, how many stand there with the same figures; or the refusal."""

    lines_new: int
    lines_known: int
    refusal: DomainError | None = None


def preview_import(uow: UnitOfWork, *, budget: Budget) -> Standing:
    """Return what ``import_budget`` would find in the year; raise Forbidden."""
    uow.require(IMPORT_BOOK)
    try:
        known = len(known_codes(uow, budget))
    except (LineDiffers, SplitDiffers) as differs:
        return Standing(lines_new=0, lines_known=0, refusal=differs)
    fresh = len(budget.lines) - known
    state = year_states(uow).get(budget.fiscal_year, BILL)
    refusal: DomainError | None = None
    if fresh and state != BILL:
        refusal = YearState(
            fiscal_year=budget.fiscal_year,
            state=STATE_TITLES[state],
            needed=STATE_TITLES[BILL],
        )
    return Standing(lines_new=fresh, lines_known=known, refusal=refusal)

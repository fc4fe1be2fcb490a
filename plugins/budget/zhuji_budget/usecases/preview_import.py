"""Say before an import what the year has of it already, and what forbids it. Keeps nothing."""

from __future__ import annotations

from zhuji_budget.domain.books.model import Budget
from zhuji_budget.domain.year import YearState, require_state
from zhuji_budget.permissions import IMPORT_BOOK
from zhuji_budget.store import years
from zhuji_budget.usecases._known_lines import LineDiffers, SplitDiffers, known_codes
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import DomainError, Value


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
    refusal = _closed(uow, budget.fiscal_year) if fresh else None
    return Standing(lines_new=fresh, lines_known=known, refusal=refusal)


def _closed(uow: UnitOfWork, fiscal_year: int) -> YearState | None:
    """Return what forbids new lines in the year; one that has no budget yet is opened for them."""
    year = years.read(uow, fiscal_year=fiscal_year)
    try:
        if year is not None:
            require_state(year, fiscal_year=fiscal_year, needed="bill")
    except YearState as closed:
        return closed
    return None

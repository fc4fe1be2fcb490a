"""Tell what became law before others were told of it (補通知法定預算): enactment, then changes."""

from __future__ import annotations

import datetime as dt
import enum
import uuid
from collections.abc import Iterator, Sequence

from zhuji_budget.domain.release import first_day
from zhuji_budget.domain.year import BudgetYear, YearNotFound
from zhuji_budget.permissions import RELEASE_ALLOTMENT
from zhuji_budget.queries.untold import UntoldYear, untold_years
from zhuji_budget.store import years
from zhuji_budget.store.posted_changes import posted_change
from zhuji_budget.usecases._telling import tell_enacted, tell_past_change
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import Value

ACTION = "budget.year.tell"
# As many agencies, or documents, are told in one transaction.
AT_ONCE = 50


class Dated(enum.StrEnum):
    """On which day what is told late is effective: its own, or the day on which it is told.

    The latter is for counties whose books of the first months are closed.
    """

    OWN = "own"
    TODAY = "today"


class PastTold(Value, frozen=True, kw_only=True):
    """How many agencies' enactments and documents were told."""

    agencies: int
    documents: int


def untold(uow: UnitOfWork, *, fiscal_year: int | None = None) -> list[UntoldYear]:
    """Return what was never told; raise Forbidden."""
    uow.require(RELEASE_ALLOTMENT)
    return untold_years(uow, fiscal_year=fiscal_year)


def parts_of(year: UntoldYear) -> Iterator[UntoldYear]:
    """Give what one transaction tells each: agencies first, then documents in their order."""
    for first in range(0, len(year.agencies), AT_ONCE):
        yield UntoldYear(
            fiscal_year=year.fiscal_year,
            agencies=year.agencies[first : first + AT_ONCE],
            documents=(),
        )
    for first in range(0, len(year.documents), AT_ONCE):
        yield UntoldYear(
            fiscal_year=year.fiscal_year,
            agencies=(),
            documents=year.documents[first : first + AT_ONCE],
        )


def tell_past(uow: UnitOfWork, *, part: UntoldYear, dated: Dated = Dated.OWN) -> PastTold:
    """Tell this part of a year, as far as nobody has told it in between.

    What a change did to months is inside the releases that came after it, so it is told as having
    released nothing itself. Raises Forbidden or YearNotFound; then nothing is kept.
    """
    uow.require(RELEASE_ALLOTMENT)
    year = years.hold(uow, fiscal_year=part.fiscal_year)
    if year is None:
        raise YearNotFound(fiscal_year=part.fiscal_year)
    left = untold_years(uow, fiscal_year=part.fiscal_year)
    agencies = [code for one in left for code in one.agencies if code in part.agencies]
    documents = [found for one in left for found in one.documents if found in part.documents]
    if not agencies and not documents:
        uow.abandon("another attempt has told them already")
        return PastTold(agencies=0, documents=0)
    today = uow.business_date if dated is Dated.TODAY else None
    if agencies:
        tell_enacted(
            uow,
            year,
            agencies=agencies,
            effective_on=today or first_day(year.fiscal_year),
        )
    labels = [_tell(uow, year, document_id, today) for document_id in documents]
    uow.audit(
        ACTION,
        year.document,
        after={"agencies": agencies, "documents": labels, "dated": str(dated)},
    )
    return PastTold(agencies=len(agencies), documents=len(documents))


def _tell(uow: UnitOfWork, year: BudgetYear, document_id: uuid.UUID, today: dt.date | None) -> str:
    posted = posted_change(uow, document_id)
    tell_past_change(uow, year, posted, effective_on=today or posted.posted_on)
    return posted.change.label


def told_in_parts(years_untold: Sequence[UntoldYear]) -> list[UntoldYear]:
    """Return the parts of all years in order."""
    return [part for year in years_untold for part in parts_of(year)]

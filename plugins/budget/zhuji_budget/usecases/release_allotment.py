"""Release the months that have begun (分配數釋出): once for each agency, side and month."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from zhuji_budget.domain.release import KIND, MonthRelease, label_of, stream_of
from zhuji_budget.domain.schedule import Side
from zhuji_budget.domain.year import BudgetYear, YearNotFound
from zhuji_budget.permissions import RELEASE_ALLOTMENT
from zhuji_budget.store import releases, years
from zhuji_budget.store.releases import AgencyDue
from zhuji_budget.usecases._telling import release_begun
from zhuji_core.contracts.documents import DocumentRef
from zhuji_core.uow import UnitOfWork

# A city's 480 agencies are ten transactions; each holds its year for some tenths of a second.
AGENCIES_AT_ONCE = 50


def agencies_due(uow: UnitOfWork) -> list[AgencyDue]:
    """Return the agencies whose months have begun without having been released."""
    uow.require(RELEASE_ALLOTMENT)
    return releases.agencies_due(uow)


def batches(due: Sequence[AgencyDue]) -> list[tuple[int, Side, list[str]]]:
    """Return (year, side, agencies) of each transaction in which ``due`` is released."""
    groups: dict[tuple[int, Side], list[str]] = {}
    for one in due:
        groups.setdefault((one.fiscal_year, one.side), []).append(one.agency_code)
    return [
        (fiscal_year, side, agencies[first : first + AGENCIES_AT_ONCE])
        for (fiscal_year, side), agencies in groups.items()
        for first in range(0, len(agencies), AGENCIES_AT_ONCE)
    ]


def release_allotment(
    uow: UnitOfWork, *, fiscal_year: int, side: Side, agencies: Sequence[str]
) -> list[MonthRelease]:
    """Release what has begun of these agencies' months; what was released before is left alone.

    Raises Forbidden or YearNotFound; then nothing is kept.
    """
    uow.require(RELEASE_ALLOTMENT)
    year = years.hold(uow, fiscal_year=fiscal_year)
    if year is None:
        raise YearNotFound(fiscal_year=fiscal_year)
    released = release_begun(uow, year, side=side, agencies=agencies)
    for agency_code, months in itertools.groupby(released, key=lambda one: one.agency_code):
        _audit(uow, year, agency_code, list(months))
    if not released:
        uow.abandon("another attempt has released them already")
    return released


def _audit(
    uow: UnitOfWork, year: BudgetYear, agency_code: str, months: Sequence[MonthRelease]
) -> None:
    uow.audit(
        RELEASE_ALLOTMENT.name,
        DocumentRef(
            kind=KIND,
            document_id=stream_of(year.document_id, agency_code),
            label=label_of(year.fiscal_year, agency_code),
            agency_code=agency_code,
        ),
        after={
            "side": str(months[0].side),
            "months": {str(one.month): one.amount_ntd for one in months},
        },
    )

"""An agency takes note of the months that were released to it (知悉分配數釋出)."""

from __future__ import annotations

from zhuji_budget.domain.release import KIND, NothingToNote, label_of, stream_of
from zhuji_budget.domain.year import YearNotFound
from zhuji_budget.permissions import WRITE_ALLOTMENT
from zhuji_budget.store import releases, years
from zhuji_budget.store.releases import NotedMonth
from zhuji_core.contracts.documents import DocumentRef
from zhuji_core.uow import UnitOfWork


def note_releases(uow: UnitOfWork, *, fiscal_year: int, agency_code: str) -> list[NotedMonth]:
    """Take note of all months of the year that wait; they leave the first page.

    Raises Forbidden, YearNotFound, or NothingToNote; then nothing is kept.
    """
    uow.require(WRITE_ALLOTMENT, agency_code=agency_code)
    year = years.lock_shared(uow, fiscal_year=fiscal_year)
    if year is None:
        raise YearNotFound(fiscal_year=fiscal_year)
    noted = releases.note(uow, fiscal_year=fiscal_year, agency_code=agency_code)
    if not noted:
        raise NothingToNote(agency_code=agency_code, fiscal_year=fiscal_year)
    uow.audit(
        "budget.allotment.note",
        DocumentRef(
            kind=KIND,
            document_id=stream_of(year.document_id, agency_code),
            label=label_of(fiscal_year, agency_code),
            agency_code=agency_code,
        ),
        after={"months": {f"{one.side}-{one.month}": one.amount_ntd for one in noted}},
    )
    return noted

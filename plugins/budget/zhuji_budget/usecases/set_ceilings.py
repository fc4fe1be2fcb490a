"""Set the ceilings of a year's estimates (概算額度), one for each agency."""

from __future__ import annotations

from collections.abc import Sequence

from zhuji_budget.domain.ceiling import Ceiling, require_ceilings
from zhuji_budget.domain.year import require_planned
from zhuji_budget.permissions import SET_CEILINGS
from zhuji_budget.store import ceilings as store
from zhuji_budget.usecases._estimate import require_openable
from zhuji_budget.usecases.read_books import YEARS, FiscalYearInvalid
from zhuji_core.contracts.documents import DocumentRef
from zhuji_core.identity.agencies import find_agencies
from zhuji_core.uow import UnitOfWork


def set_ceilings(uow: UnitOfWork, *, fiscal_year: int, wanted: Sequence[Ceiling]) -> list[Ceiling]:
    """Set or change ceilings; agencies that are not named keep theirs.

    Raises Forbidden, FiscalYearInvalid, YearNotFound, EstimateYearEnacted or
    CeilingsInvalid; then nothing is kept.
    """
    uow.require(SET_CEILINGS)
    if fiscal_year not in YEARS:
        raise FiscalYearInvalid(fiscal_year=fiscal_year)
    require_planned(fiscal_year, this_year=uow.fiscal_year)
    require_openable(uow, fiscal_year=fiscal_year)
    names = {one.agency_code: one.name for one in find_agencies(uow)}
    require_ceilings(wanted, known=names.keys())
    for changed in store.keep(uow, fiscal_year=fiscal_year, wanted=wanted):
        name = names[changed.agency_code]
        uow.audit(
            SET_CEILINGS.name,
            DocumentRef(
                kind="budget.ceiling",
                document_id=changed.document_id,
                label=f"{fiscal_year} 年度概算額度 {name}",
                agency_code=changed.agency_code,
            ),
            before=None if changed.before_ntd is None else {"ceiling_ntd": changed.before_ntd},
            after={
                "ceiling_ntd": changed.ceiling_ntd,
                "fiscal_year": fiscal_year,
                "agency_code": changed.agency_code,
            },
        )
    if not uow.audits:
        uow.abandon("every agency has this ceiling already")
    return list(wanted)

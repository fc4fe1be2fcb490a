"""Load a county's own codes (用途別, 政事別, 來源別, 碼段) for the fiscal years they hold in."""

from __future__ import annotations

import msgspec

from zhuji_budget.domain.code_set import (
    CodeSet,
    CodesInUse,
    CodesYearsUsed,
    lost_years,
    make_room,
)
from zhuji_budget.permissions import LOAD_CODES
from zhuji_budget.store import codes as store
from zhuji_budget.store import digests
from zhuji_budget.store.roles import mark_reserves
from zhuji_budget.usecases.read_codes import CodesRead
from zhuji_core.uow import UnitOfWork


def load_codes(uow: UnitOfWork, read: CodesRead) -> CodeSet:
    """Keep the set whole, in the place of one of the same kind and name.

    A set of the county that is still open ends the year before an open one follows it; what
    came with the module gives way. Raises Forbidden, CodesInvalid, CodesOverlap, CodesInUse or
    CodesYearsUsed; then nothing is kept.
    """
    uow.require(LOAD_CODES)
    read.require_valid()
    store.ensure_shipped(uow)
    known = store.lock(uow)
    new = read.codes
    before = next((one for one in known if (one.kind, one.name) == (new.kind, new.name)), None)
    if before is not None:
        _require_years(uow, before, new)
    missing = store.used_but_missing(uow, new)
    if missing:
        number, fiscal_year = missing[0]
        raise CodesInUse(fiscal_year=fiscal_year, number=number, count=len(missing))
    room = make_room(known, new)
    for years in room:
        store.set_years(uow, years)
    if before is not None:
        new = msgspec.structs.replace(new, document_id=before.document_id)
    kept = store.keep(uow, new)
    mark_reserves(uow)
    uow.audit(
        LOAD_CODES.name,
        kept.document,
        before=None if before is None else said(before),
        after={
            **said(kept),
            "room": [msgspec.structs.asdict(years) for years in room],
            digests.DIGEST: digests.of_codes(uow, kept.document_id),
        },
    )
    return kept


def _require_years(uow: UnitOfWork, before: CodeSet, new: CodeSet) -> None:
    """A year whose rows use the set keeps it: the new one may not leave that year out."""
    for first, last in lost_years(before, new):
        rows, fiscal_year = store.used_in(uow, before, first=first, last=last)
        if rows:
            raise CodesYearsUsed(name=before.name, rows=rows, fiscal_year=fiscal_year)


def said(codes: CodeSet) -> dict[str, object]:
    """Return what the audit keeps of a set."""
    return {
        "kind": codes.kind,
        "name": codes.name,
        "first_year": codes.first_year,
        "last_year": codes.last_year,
        "codes": len(codes.codes),
        "source": codes.source,
    }

"""Withdraw a county's own codes (撤銷代碼表) that no row of a budget or estimate uses."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from zhuji_budget.domain.code_set import (
    OPEN_YEAR,
    CodeSet,
    CodeSetNotFound,
    CodesShipped,
    CodesUsed,
    sets_from,
    years_beside,
)
from zhuji_budget.facts import shipped_codes
from zhuji_budget.permissions import LOAD_CODES
from zhuji_budget.store import codes as store
from zhuji_budget.store.roles import mark_reserves
from zhuji_budget.usecases.load_codes import said
from zhuji_core.uow import UnitOfWork

ACTION = "budget.codes.withdraw"


def withdraw_codes(uow: UnitOfWork, *, kind: str, name: str) -> CodeSet:
    """Take the set away; what came with the module holds again in the years that it leaves.

    Raises Forbidden, CodeSetNotFound, CodesShipped or CodesUsed; then nothing is changed.
    """
    uow.require(LOAD_CODES)
    known = store.lock(uow)
    found = next((one for one in known if (one.kind, one.name) == (kind, name)), None)
    if found is None:
        # A county that keeps no set of the kind reads by the module's, which is not kept.
        if any((one.kind, one.name) == (kind, name) for one in sets_from(shipped_codes())):
            raise CodesShipped(name=name)
        raise CodeSetNotFound
    if found.shipped:
        raise CodesShipped(name=name)
    rows, fiscal_year = store.used_in(uow, found, first=found.first_year, last=found.last)
    if rows:
        raise CodesUsed(name=name, rows=rows, fiscal_year=fiscal_year)
    store.drop(uow, kind=kind, name=name)
    _restore(uow, kind, [one for one in known if one.kind == kind and one != found])
    mark_reserves(uow)
    uow.audit(ACTION, found.document, before=said(found))
    return found


def _restore(uow: UnitOfWork, kind: str, left: Sequence[CodeSet]) -> None:
    """Let the module's sets of the kind have the years that the county's own leave to them."""
    stored = {one.name: one for one in left if one.shipped}
    own = [one for one in left if not one.shipped]
    for one in sets_from(shipped_codes()):
        years = years_beside(one, own)
        if one.kind != kind or years.last < years.first:
            continue
        before = stored.get(one.name, one)
        store.keep(
            uow,
            msgspec.structs.replace(
                one,
                first_year=years.first,
                last_year=None if years.last == OPEN_YEAR else years.last,
                document_id=before.document_id,
            ),
        )

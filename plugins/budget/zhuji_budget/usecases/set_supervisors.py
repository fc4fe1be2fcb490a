"""Say which agencies send their documents through which supervising agency (設定主管機關)."""

from __future__ import annotations

from collections.abc import Sequence

from zhuji_budget.domain.supervisor import Supervised, document_of, require_pairs
from zhuji_budget.permissions import SET_SUPERVISORS
from zhuji_budget.store import supervisors
from zhuji_core.identity.agencies import find_agencies
from zhuji_core.uow import UnitOfWork


def set_supervisors(uow: UnitOfWork, *, wanted: Sequence[Supervised]) -> list[Supervised]:
    """Keep the pairs that differ; agencies that are not named keep theirs. Return what changed.

    Documents that were sent before stay where they are. Raises Forbidden, PairsInvalid or
    PairsUnchanged; then nothing is kept.
    """
    uow.require(SET_SUPERVISORS)
    known = supervisors.lock_all(uow)
    named = {code for one in wanted for code in (one.agency_code, one.supervisor_code) if code}
    agencies = {one.agency_code for one in find_agencies(uow, codes=sorted(named))}
    changed = require_pairs(wanted, agencies=agencies, known=known)
    documents = supervisors.put(uow, changed)
    for one in changed:
        uow.audit(
            SET_SUPERVISORS.name,
            document_of(documents[one.agency_code], one),
            before={"supervisor_code": known.get(one.agency_code, "")},
            after={"supervisor_code": one.supervisor_code, "agency_code": one.agency_code},
        )
    return changed

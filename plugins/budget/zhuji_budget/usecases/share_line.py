"""Say which agencies write requests on a pooled line (統籌科目) of another agency."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from zhuji_budget.domain.changes.refusals import ChangeNotFound, PoolUsers, PoolUseUnpooled
from zhuji_budget.permissions import POOL_LINE
from zhuji_budget.store import pooled_use
from zhuji_core.contracts.documents import DocumentRef
from zhuji_core.contracts.funds import EVERY_AGENCY
from zhuji_core.identity.agencies import find_agencies
from zhuji_core.uow import UnitOfWork

ACTION = "budget.line.share"
USERS_MAX = 1000  # more than the agencies and schools of the largest city


def share_line(
    uow: UnitOfWork, *, line_id: uuid.UUID, agency_codes: Sequence[str]
) -> tuple[str, ...]:
    """Put ``agency_codes`` in the place of who might use the line before; ``*`` is every agency.

    It governs what is written from now on: what they hold stays held, and a request that was
    submitted before is still certified. Raises Forbidden, ChangeNotFound, PoolUseUnpooled, or
    PoolUsers with a code that no agency of the county has; then nothing is kept.
    """
    uow.require(POOL_LINE)
    line = pooled_use.lock(uow, line_id)
    if line is None:
        raise ChangeNotFound
    if not line.pooled:
        raise PoolUseUnpooled(line_code=line.code)
    users = tuple(sorted({code.strip() for code in agency_codes} - {""}))
    known = pooled_use.known_agencies(uow, users)
    known |= {one.agency_code for one in find_agencies(uow, codes=list(users))}
    wrong = [code for code in users if code != EVERY_AGENCY and code not in known]
    if wrong or len(users) > USERS_MAX:
        raise PoolUsers(
            codes=tuple(wrong[:10]),
            users_max=USERS_MAX,
            fields={"agencies": PoolUsers.message},
        )
    before = pooled_use.replace(uow, line_id=line_id, users=users)
    uow.audit(
        ACTION,
        DocumentRef(
            kind="budget.line", document_id=line_id, label=line.code, agency_code=line.agency_code
        ),
        before={"agencies": before},
        after={"agencies": users},
    )
    return users

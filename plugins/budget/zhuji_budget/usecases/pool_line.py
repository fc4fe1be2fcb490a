"""Mark a budget line as pooled (統籌科目): it may be shared out among agencies; or end it."""

from __future__ import annotations

import uuid

from zhuji_budget.domain.changes.refusals import ChangeNotFound
from zhuji_budget.permissions import POOL_LINE
from zhuji_budget.store import changes
from zhuji_core.contracts.documents import DocumentRef
from zhuji_core.uow import UnitOfWork


def pool_line(uow: UnitOfWork, *, line_id: uuid.UUID, pooled: bool) -> None:
    """Set whether the line is pooled; a line that is so already stays as it is.

    Raises Forbidden, or ChangeNotFound for an unknown line.
    """
    uow.require(POOL_LINE)
    code, agency_code, was = changes.set_pooled(uow, line_id=line_id, pooled=pooled)
    if not code:
        raise ChangeNotFound
    uow.audit(
        POOL_LINE.name,
        DocumentRef(kind="budget.line", document_id=line_id, label=code, agency_code=agency_code),
        before={"pooled": was},
        after={"pooled": pooled},
    )

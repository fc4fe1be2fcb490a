"""Take a change back by another document (沖回): the same lines with the other sign."""

from __future__ import annotations

import uuid

import msgspec

from zhuji_budget.domain.changes import rules
from zhuji_budget.domain.changes.model import Change, ChangeState
from zhuji_budget.permissions import WRITE_CHANGE
from zhuji_budget.store import changes
from zhuji_budget.usecases._change import lock_to_write
from zhuji_budget.usecases.submit_change import submit_change
from zhuji_core.ids import new_id
from zhuji_core.uow import UnitOfWork


def reverse_change(uow: UnitOfWork, *, document_id: uuid.UUID, reason: str) -> Change:
    """Write and submit the document that reverses ``document_id``; it goes through the same hands.

    Raises ChangeNotFound, Forbidden, AlreadyReversed, ChangeIncomplete, a refusal of state, or
    what the money says (spent money does not come back); then nothing is kept.
    """
    posted = lock_to_write(uow, document_id).change
    rules.require_reversible(posted)
    principal = uow.actor.on_behalf_of
    reversal = msgspec.structs.replace(
        posted,
        document_id=new_id(),
        reserve_use=None,
        state=ChangeState.DRAFT,
        change_no=0,
        act_no="",
        purpose=rules.reversal_purpose(posted, reason=reason),
        reverses_id=posted.document_id,
        created_by=uow.actor.user_id,
        created_by_name=uow.actor.signature,
        created_for=None if principal is None else principal.user_id,
        writers=tuple(sorted(uow.actor.persons)),
        agreed_by=None,
        agreed_for=None,
        agreed_by_name="",
        posted_by_name="",
        return_reason="",
        revision=1,
        lines=tuple(
            msgspec.structs.replace(
                line,
                amount_ntd=-line.amount_ntd,
                new_row=line.new_row if line.is_to_be else None,
            )
            for line in posted.lines
        ),
    )
    changes.insert(uow, reversal)
    uow.audit(WRITE_CHANGE.name, reversal.document, after=reversal.summary())
    return submit_change(uow, document_id=reversal.document_id)

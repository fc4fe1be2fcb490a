"""Say what the finance office thinks of a submitted schedule (財政單位意見, 預算法 56)."""

from __future__ import annotations

import uuid

import msgspec

from zhuji_budget.domain.schedule import Opinion, Schedule, ScheduleState
from zhuji_budget.domain.schedule_rules import (
    require_commenter,
    require_reason,
    require_short,
    require_state,
)
from zhuji_budget.permissions import COMMENT_ALLOTMENT
from zhuji_budget.usecases._schedule import lock_one, save_act
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_


def comment_schedule(
    uow: UnitOfWork, *, schedule_id: uuid.UUID, opinion: Opinion, comment: str = ""
) -> Schedule:
    """Agree, or object with a reason; the budget office decides on either.

    Raises ScheduleNotFound, Forbidden, WrongState, EarlierHand (who wrote, sent or endorsed it),
    ReasonMissing or TextTooLong.
    """
    before = lock_one(uow, schedule_id, permission=COMMENT_ALLOTMENT)
    require_state(before, (ScheduleState.SUBMITTED,), action=N_("表示意見"))
    require_commenter(before, uow.actor.persons)
    text = (
        require_short(comment)
        if opinion is Opinion.AGREE
        else require_reason(comment, what=N_("不同意之理由"), field="comment")
    )
    principal = uow.actor.on_behalf_of
    after = msgspec.structs.replace(
        before,
        state=ScheduleState.COMMENTED,
        opinion=Opinion.OBJECT if opinion is not Opinion.AGREE else opinion,
        comment=text,
        commented_by=uow.actor.user_id,
        commented_for=principal.user_id if principal else None,
        commented_by_name=uow.actor.signature,
    )
    return save_act(
        uow,
        COMMENT_ALLOTMENT.name,
        before=before,
        after=after,
        told={"opinion": str(after.opinion), "reason": text},
    )

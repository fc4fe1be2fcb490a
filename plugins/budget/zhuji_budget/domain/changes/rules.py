"""The life of a change: who may do what in which state. A rule raises or returns a new value."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import msgspec

from zhuji_budget.domain.changes import refusals
from zhuji_budget.domain.changes.model import (
    BY_AGENCY,
    DECIDED_BY_HEAD,
    KIND_TITLES,
    STATE_TITLES,
    TEXT_MAX,
    THROUGH_SUPERVISOR,
    Change,
    ChangeKind,
    ChangeState,
)
from zhuji_budget.domain.supervisor import OwnDocument, Supervisor
from zhuji_core.identity.actor import Actor, DutyException
from zhuji_core.identity.duties import Step, done, require_separate
from zhuji_core.values import N_

NO_SUPERVISOR = Supervisor()
EDITABLE = (ChangeState.DRAFT, ChangeState.RETURNED)
OPEN = (*EDITABLE, ChangeState.SUBMITTED, ChangeState.SUPERVISING, ChangeState.AGREED)


def require_state(change: Change, needed: Sequence[ChangeState], *, action: str) -> None:
    """Raise the refusal E-CHANGE-STATE unless the document is in one of the ``needed`` states."""
    if change.state not in needed:
        raise refusals.ChangeState(
            label=change.label,
            state=STATE_TITLES[change.state],
            action=action,
            needed=tuple(STATE_TITLES[state] for state in needed),
        )


def require_writer(change: Change, *, by: Actor, action: str) -> None:
    """Raise NotChangeWriter unless the actor wrote the document, or it was returned.

    What was returned a colleague may take over: who wrote it may not be there any more.
    """
    if change.state is not ChangeState.RETURNED and change.created_by != by.user_id:
        raise refusals.NotChangeWriter(
            label=change.label, writer=change.created_by_name, action=action
        )


def writers_with(change: Change, *, by: Actor) -> tuple[uuid.UUID, ...]:
    """Return who wrote the document, the actor and whom the actor acts for among them."""
    return tuple(sorted(change.hands | by.persons))


def require_text(text: str, *, field: str) -> str:
    """Return the text without blanks around it; raise ChangeTextLong beyond the form's limit."""
    if len(text) > TEXT_MAX:
        raise refusals.ChangeTextLong(field=field, text_max=TEXT_MAX)
    return text.strip()


def require_complete(change: Change) -> None:
    """Raise ChangeIncomplete unless purpose and legal ground are written."""
    for name, title, text in (
        ("purpose", N_("事由"), change.purpose),
        ("ground", N_("法令依據"), change.ground),
    ):
        if not text.strip():
            raise refusals.ChangeIncomplete(missing=title, fields={name: N_("必填")})


def first_state(kind: ChangeKind) -> ChangeState:
    """Return for whom a submitted document waits: the agency's head, or the budget office."""
    return ChangeState.SUBMITTED if kind in BY_AGENCY else ChangeState.AGREED


def submit(change: Change, *, by: Actor, change_no: int) -> Change:
    require_state(change, EDITABLE, action=N_("送出"))
    require_writer(change, by=by, action=N_("送出"))
    require_complete(change)
    return msgspec.structs.replace(
        change,
        state=first_state(change.kind),
        change_no=change_no,
        return_reason="",
        writers=writers_with(change, by=by),
    )


def require_duties(change: Change, *, by: Actor, step: Step) -> tuple[DutyException, ...]:
    """Raise SamePerson for a step that separation of duties keeps from the actor."""
    before = (
        done(Step.WRITE, *change.hands),
        done(Step.APPROVE, change.agreed_by, change.agreed_for),
        done(Step.APPROVE, change.endorsed_by, change.endorsed_for),
    )
    return require_separate(by, step, before, label=change.label, agency_code=change.agency_code)


def agree(change: Change, *, by: Actor, supervisor: Supervisor = NO_SUPERVISOR) -> Change:
    """The agency's head approves: a virement takes effect, others go to the budget office.

    A first reserve goes to the ``supervisor`` before, where the agency has one (預算法 64).
    """
    require_state(change, [ChangeState.SUBMITTED], action=N_("核准"))
    require_duties(change, by=by, step=Step.APPROVE)
    principal = by.on_behalf_of
    final = change.kind in DECIDED_BY_HEAD
    through = supervisor if change.kind in THROUGH_SUPERVISOR else NO_SUPERVISOR
    after = ChangeState.SUPERVISING if through.code else ChangeState.AGREED
    return msgspec.structs.replace(
        change,
        state=ChangeState.POSTED if final else after,
        supervisor_code=through.code,
        supervisor_name=through.name,
        agreed_by=by.user_id,
        agreed_for=None if principal is None else principal.user_id,
        agreed_by_name=by.signature,
        posted_by_name=by.signature if final else "",
    )


def require_endorser(change: Change, *, by: Actor) -> None:
    """Raise unless it waits for the supervising agency, and the actor had no hand in it before."""
    require_state(change, [ChangeState.SUPERVISING], action=N_("核轉"))
    before = {*change.hands, change.agreed_by, change.agreed_for}
    if before & by.persons:
        raise OwnDocument(label=change.label)


def endorse(change: Change, *, by: Actor) -> Change:
    """The supervising agency approves (預算法 64): the document goes to the budget office."""
    require_endorser(change, by=by)
    principal = by.on_behalf_of
    return msgspec.structs.replace(
        change,
        state=ChangeState.AGREED,
        endorsed_by=by.user_id,
        endorsed_for=None if principal is None else principal.user_id,
        endorsed_by_name=by.signature,
    )


def decide(change: Change, *, by: Actor, act_no: str) -> Change:
    """The budget office decides on the ground of an act of the executive or the council."""
    require_state(change, [ChangeState.AGREED], action=N_("核定"))
    require_duties(change, by=by, step=Step.CERTIFY)
    if not act_no.strip():
        raise refusals.ChangeActNumber(fields={"act_no": refusals.ChangeActNumber.message})
    return msgspec.structs.replace(
        change,
        state=ChangeState.POSTED,
        act_no=require_text(act_no, field=N_("核定文號")),
        posted_by_name=by.signature,
    )


def send_back(change: Change, *, reason: str) -> Change:
    """Return the document to its writer with the reason: the head does, or the budget office."""
    require_state(change, [ChangeState.SUBMITTED, ChangeState.AGREED], action=N_("退回"))
    return _sent_back(change, reason=reason)


def send_back_to_agency(change: Change, *, reason: str) -> Change:
    """The supervising agency returns the document to its writer with the reason."""
    require_state(change, [ChangeState.SUPERVISING], action=N_("退回"))
    return _sent_back(change, reason=reason)


def _sent_back(change: Change, *, reason: str) -> Change:
    if not reason.strip():
        raise refusals.ChangeIncomplete(missing=N_("退回理由"), fields={"reason": N_("必填")})
    return msgspec.structs.replace(
        change,
        state=ChangeState.RETURNED,
        return_reason=require_text(reason, field=N_("退回理由")),
        agreed_by=None,
        agreed_for=None,
        agreed_by_name="",
        supervisor_code="",
        supervisor_name="",
        endorsed_by=None,
        endorsed_for=None,
        endorsed_by_name="",
    )


def withdraw(change: Change, *, by: Actor) -> Change:
    require_state(change, OPEN, action=N_("撤回"))
    require_writer(change, by=by, action=N_("撤回"))
    return msgspec.structs.replace(change, state=ChangeState.WITHDRAWN)


def require_reversible(change: Change) -> None:
    """Raise unless the document stands and is not itself a reversal."""
    require_state(change, [ChangeState.POSTED], action=N_("沖回"))
    if change.reverses_id is not None:
        raise refusals.AlreadyReversed(label=change.label, reason=N_("本身為沖回文件"))


def reversal_purpose(change: Change, *, reason: str) -> str:
    """Return the purpose of the document that reverses this one; the reason is needed."""
    if not reason.strip():
        raise refusals.ChangeIncomplete(missing=N_("沖回理由"), fields={"reason": N_("必填")})
    title = KIND_TITLES[change.kind]
    number = f"{change.fiscal_year}{change.change_no:05}"
    return require_text(f"沖回{title} {number}：{reason.strip()}", field=N_("沖回理由"))

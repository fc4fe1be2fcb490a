"""Deputies (代理): a person lends a part of the own work to another, for a time, with a reason.

The deputy's rights are found with each request from what the delegator holds on that day, so a
deputy can never do what the delegator could not. Only own roles are lent: what somebody was lent
is never lent on. Administration is lent by two persons.
"""

from __future__ import annotations

import datetime as dt
import uuid

import msgspec
import sqlalchemy as sa

from zhuji_core.identity import delegation_store, grant_store
from zhuji_core.identity.accounts import AgencyUnknown, UserUnknown
from zhuji_core.identity.agencies import find_agency
from zhuji_core.identity.delegation_store import Delegation
from zhuji_core.identity.duties import role_clash
from zhuji_core.identity.grant_store import Holder
from zhuji_core.identity.grants import RoleConflict, UserDisabled, period_of
from zhuji_core.identity.roles import ADMINISTRATOR
from zhuji_core.ids import new_id
from zhuji_core.permissions import (
    APPOINT_DEPUTY,
    APPROVE_GRANT,
    END_DELEGATION,
    MODULE,
    READ_USERS,
)
from zhuji_core.proposals.model import Foreseen, Proposal, ProposalKind, ProposedChange
from zhuji_core.proposals.propose import propose, require_words
from zhuji_core.settings import CountySettings
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_, DomainError, Value

PAGE_ROWS = 50
PERMISSIONS = sa.text("""
    SELECT DISTINCT permission
      FROM kernel.role_permission
     WHERE role_code = ANY (:roles)
     ORDER BY permission
     LIMIT 1000
""")


class DelegationUnknown(DomainError):
    """No such appointment."""

    code = "E-DELEGATION-UNKNOWN"
    message = N_("查無此代理。")
    status_code = 404


class DelegationChain(DomainError):
    """A deputy does not appoint a deputy of whom he stands in for."""

    code = "E-DELEGATION-CHAIN"
    message = N_("您目前代理「{principal}」，代理人不得再指定代理人。請切換回本人後再辦理。")
    status_code = 403


class DelegationSelf(DomainError):
    """Nobody stands in for oneself."""

    code = "E-DELEGATION-SELF"
    message = N_("代理人不得為本人。")
    status_code = 422


class DelegationPeriod(DomainError):
    """A deputy is appointed for a time that the county limits, and not for the past."""

    code = "E-DELEGATION-PERIOD"
    message = N_("代理期間有誤：須自今日以後起算、迄日不早於起日，且最長 {days_max} 日。")
    status_code = 422


class DelegationBeyond(DomainError):
    """Nobody lends what he does not hold."""

    code = "E-DELEGATION-BEYOND"
    message = N_("不得指定超過本人職權之代理：{beyond}。")
    status_code = 403


class DelegationEnded(DomainError):
    """It is over already."""

    code = "E-DELEGATION-ENDED"
    message = N_("此代理已終止。")


class NotYourDelegation(DomainError):
    """Only who appointed, the deputy, and administrators end an appointment."""

    code = "E-NOT-DELEGATION"
    message = N_("此代理僅得由本人、代理人或系統管理人員終止。")
    status_code = 403


class Appointment(Value, frozen=True, kw_only=True):
    """``permissions`` None: all of the roles; ``agency_code`` None: wherever they are held."""

    delegator_id: uuid.UUID
    deputy_id: uuid.UUID
    agency_code: str | None
    roles: tuple[str, ...]
    permissions: tuple[str, ...] | None
    valid_from: dt.date
    valid_to: dt.date
    reason: str


class Appointed(Value, frozen=True, kw_only=True):
    """What came of it: a deputy, or a proposal that a second person decides."""

    delegation: Delegation | None = None
    proposal: Proposal | None = None


def appoint_deputy(uow: UnitOfWork, appointment: Appointment) -> Appointed:
    """Lend a part of the actor's own work; with administration in it, propose to.

    Raises Forbidden, DelegationChain, DelegationSelf, DelegationPeriod, DelegationBeyond,
    AgencyUnknown, UserUnknown, UserDisabled, RoleConflict or ProposalReasonMissing; then nothing
    is kept.
    """
    uow.require(APPOINT_DEPUTY)
    if uow.actor.on_behalf_of is not None:
        raise DelegationChain(principal=uow.actor.on_behalf_of.name)
    own = msgspec.structs.replace(
        appointment,
        delegator_id=uow.actor.user_id,
        roles=tuple(dict.fromkeys(appointment.roles)),
        reason=require_words(appointment.reason),
    )
    if ADMINISTRATOR in own.roles:
        return Appointed(proposal=propose(uow, DELEGATION, own, reason=own.reason))
    foreseen = _foresee(uow, own)
    return Appointed(delegation=_keep(uow, own, label=foreseen.document.label))


def end_delegation(uow: UnitOfWork, *, delegation_id: uuid.UUID, reason: str) -> Delegation:
    """End an appointment at once: the deputy's next request is in the own name.

    Raises DelegationUnknown, NotYourDelegation, DelegationEnded or ProposalReasonMissing.
    """
    words = require_words(reason)
    found = delegation_store.lock(uow, delegation_id)
    if found is None:
        raise DelegationUnknown
    party = uow.actor.user_id in {found.delegator_id, found.deputy_id}
    if not party and not uow.actor.may(END_DELEGATION):
        raise NotYourDelegation
    if found.ended_at is not None:
        raise DelegationEnded
    delegation_store.end(uow, delegation_id=delegation_id, reason=words)
    uow.audit(END_DELEGATION.name, found.document, before=found, after={"reason": words})
    return msgspec.structs.replace(found, ended_at=uow.now, end_reason=words)


def list_delegations(
    uow: UnitOfWork, *, everybody: bool, before: uuid.UUID | None = None, limit: int = PAGE_ROWS
) -> list[Delegation]:
    """Return appointments, newest first, one more than ``limit`` when there are more.

    A person sees those given and taken; for those of everybody raises Forbidden without
    READ_USERS.
    """
    if everybody:
        uow.require(READ_USERS)
    person = None if everybody else uow.actor.user_id
    return delegation_store.read(uow, person=person, before=before, limit=limit + 1)


def _foresee(uow: UnitOfWork, wanted: Appointment) -> Foreseen:
    """Lock both persons in order of their ids; refuse what may not be lent to this deputy."""
    if wanted.deputy_id == wanted.delegator_id:
        raise DelegationSelf(fields={"deputy": DelegationSelf.message})
    _require_period(uow, wanted)
    code = wanted.agency_code
    if code is not None and find_agency(uow, agency_code=code) is None:
        raise AgencyUnknown(agency_code=code, fields={"agency_code": AgencyUnknown.message})
    holders = {
        user_id: _holder(uow, user_id)
        for user_id in sorted({wanted.delegator_id, wanted.deputy_id})
    }
    delegator, deputy = holders[wanted.delegator_id], holders[wanted.deputy_id]
    _require_held(uow, wanted, delegator)
    _require_no_clash(wanted, deputy)
    return Foreseen(
        document=msgspec.structs.replace(
            delegator.user.document, label=f"{deputy.user.name} 代理 {delegator.user.name}"
        ),
        subject=f"{wanted.delegator_id}/{wanted.deputy_id}",
        facts={N_("代理人"): f"{deputy.user.account} {deputy.user.name}"},
        changes=(
            ProposedChange(label=N_("代理人"), after=deputy.user.name),
            ProposedChange(label=N_("角色"), after="、".join(wanted.roles)),
            ProposedChange(label=N_("機關"), after=wanted.agency_code or N_("本人任職各機關")),
            ProposedChange(label=N_("期間"), after=period_of(wanted.valid_from, wanted.valid_to)),
        ),
    )


def _require_period(uow: UnitOfWork, wanted: Appointment) -> None:
    days_max = uow.settings(CountySettings, module=MODULE).delegation_days_max
    days = (wanted.valid_to - wanted.valid_from).days + 1
    if wanted.valid_from < uow.business_date or not 1 <= days <= days_max:
        raise DelegationPeriod(days_max=days_max, fields={"valid_to": N_("請檢查起迄日期")})


def _holder(uow: UnitOfWork, user_id: uuid.UUID) -> Holder:
    holder = grant_store.lock_holder(uow, user_id)
    if holder is None:
        raise UserUnknown(user=str(user_id), fields={"deputy": UserUnknown.message})
    if holder.user.state != "active":
        raise UserDisabled(account=holder.user.account)
    return holder


def _require_held(uow: UnitOfWork, wanted: Appointment, delegator: Holder) -> None:
    """Roles are lent that the delegator is granted for the period, in that agency."""
    held = {
        grant.role_code
        for grant in delegator.grants
        if grant.overlaps(wanted.valid_from, wanted.valid_to)
        and wanted.agency_code in {grant.agency_code, *_anywhere(wanted, grant.agency_code)}
    }
    beyond = [role for role in wanted.roles if role not in held]
    if wanted.permissions is not None:
        known = uow.connection.execute(PERMISSIONS, {"roles": list(wanted.roles)}).scalars()
        beyond += sorted(set(wanted.permissions) - set(known))
    if beyond or not wanted.roles:
        raise DelegationBeyond(
            beyond=tuple(beyond) or N_("未選角色"), fields={"roles": N_("請檢查所選角色")}
        )


def _anywhere(wanted: Appointment, granted_in: str | None) -> set[str | None]:
    """A role of the whole county may be lent in any agency; without one, wherever it is held."""
    if granted_in is None or wanted.agency_code is None:
        return {wanted.agency_code}
    return set()


def _require_no_clash(wanted: Appointment, deputy: Holder) -> None:
    held = deputy.roles_in(wanted.valid_from, wanted.valid_to)
    for role in wanted.roles:
        clash = role_clash(role, held)
        if clash is not None:
            raise RoleConflict(
                account=deputy.user.account,
                roles=clash.roles,
                role_code=role,
                rule=clash.rule.title,
                source=clash.rule.source,
            )


def _apply(uow: UnitOfWork, wanted: Appointment, proposal: Proposal) -> None:
    _keep(uow, wanted, label=proposal.label, proposal_id=proposal.proposal_id)


def _keep(
    uow: UnitOfWork, wanted: Appointment, *, label: str, proposal_id: uuid.UUID | None = None
) -> Delegation:
    made = Delegation(
        delegation_id=new_id(),
        **msgspec.structs.asdict(wanted),
        delegator_name="",
        delegator_account="",
        deputy_name="",
        deputy_account="",
        appointed_at=uow.now,
    )
    delegation_store.insert(uow, made, proposal_id=proposal_id)
    kept = delegation_store.lock(uow, made.delegation_id)
    assert kept is not None, f"{label} was kept just now"
    uow.audit(APPOINT_DEPUTY.name, kept.document, after=kept)
    return kept


DELEGATION: ProposalKind[Appointment] = ProposalKind(
    name=APPOINT_DEPUTY.name,
    title=N_("指定代理人"),
    payload=Appointment,
    version=1,
    propose=APPOINT_DEPUTY,
    decide=APPROVE_GRANT,
    foresee=_foresee,
    apply=_apply,
)

"""Roles given to people and taken back: where, how long, and never by one person alone.

Both days of a grant are included; which of them hold is decided by the business date. A change
is proposed by one administrator and applied when a second one approves it (``proposals``); the
operator of the host, who makes the first administrators, grants directly, and the audit says so.
"""

from __future__ import annotations

import datetime as dt
import uuid

import msgspec
import sqlalchemy as sa

from zhuji_core.formats import FIRST_DAY, format_date
from zhuji_core.identity import grant_store
from zhuji_core.identity.accounts import AgencyUnknown, UserUnknown
from zhuji_core.identity.actor import SYSTEM_USER_ID
from zhuji_core.identity.administrators import require_administrator_left
from zhuji_core.identity.duties import role_clash
from zhuji_core.identity.grant_store import Holder, RoleGrant
from zhuji_core.identity.open_sessions import end_sessions
from zhuji_core.ids import new_id
from zhuji_core.permissions import APPROVE_GRANT, GRANT_ROLE
from zhuji_core.proposals.model import Foreseen, Proposal, ProposalKind, ProposedChange
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_, DomainError, Value

END_GRANT = "kernel.role.end"


class RoleUnknown(DomainError):
    """The county has no such role, or has it no longer."""

    code = "E-ROLE-UNKNOWN"
    message = N_("查無角色「{role_code}」，或該角色於此期間已停用。")
    status_code = 422


class RoleConflict(DomainError):
    """One person may not hold both roles at one time; the rule and its source are named."""

    code = "E-ROLE-CONFLICT"
    message = N_(
        "「{account}」同一期間已有角色 {roles}，不得兼任 {role_code}（{rule}；依據：{source}）。"
    )


class GrantDates(DomainError):
    """A grant ends on or after the day it begins; ending it only makes it shorter."""

    code = "E-GRANT-DATES"
    message = N_("角色期間有誤：起日 {valid_from}，迄日 {valid_to}。迄日不得早於起日或昨日。")
    status_code = 422


class GrantUnknown(DomainError):
    """No such grant: it was taken back, or never given."""

    code = "E-GRANT-UNKNOWN"
    message = N_("查無此角色授予紀錄。")
    status_code = 404


class UserDisabled(DomainError):
    """A disabled account is enabled first, by somebody who knows why it was disabled."""

    code = "E-USER-DISABLED"
    message = N_("帳號「{account}」已停用，請先恢復使用。")


class TwoPersons(DomainError):
    """Rights are given by two persons; only the operator of the host may do it alone."""

    code = "E-TWO-PERSONS"
    message = N_("授予或終止角色須由一人提案、另一人核准。")
    status_code = 403


class GrantChange(Value, frozen=True, kw_only=True):
    """Give a role in one agency (None: in the whole county), both days included."""

    user_id: uuid.UUID
    role_code: str
    agency_code: str | None
    valid_from: dt.date
    valid_to: dt.date | None = None


class GrantEnd(Value, frozen=True, kw_only=True):
    """Let a grant end with ``last_day``; one that has not begun by then is taken away."""

    grant_id: uuid.UUID
    last_day: dt.date


def grant_role(
    uow: UnitOfWork,
    *,
    user_id: uuid.UUID,
    role_code: str,
    agency_code: str | None,
    valid_from: dt.date,
    valid_to: dt.date | None = None,
) -> RoleGrant:
    """Give a role directly, as the operator of the host does for the first administrators.

    Raises Forbidden, TwoPersons for anybody else, and what :data:`GRANT` refuses; then nothing
    is kept. The same role from the same day once more corrects its last day.
    """
    uow.require(GRANT_ROLE)
    _require_operator(uow)
    change = GrantChange(
        user_id=user_id,
        role_code=role_code,
        agency_code=agency_code,
        valid_from=valid_from,
        valid_to=valid_to,
    )
    _foresee_grant(uow, change)
    return _keep_grant(uow, change, approved_by="operator")


def end_grant(uow: UnitOfWork, *, grant_id: uuid.UUID, last_day: dt.date) -> None:
    """End a grant directly, as the operator of the host.

    Raises Forbidden, TwoPersons, and what :data:`GRANT_END` refuses; then nothing is kept.
    """
    uow.require(GRANT_ROLE)
    _require_operator(uow)
    change = GrantEnd(grant_id=grant_id, last_day=last_day)
    _foresee_end(uow, change)
    _end_grant(uow, change, approved_by="operator")


def _require_operator(uow: UnitOfWork) -> None:
    if uow.actor.user_id != SYSTEM_USER_ID:
        raise TwoPersons


def _foresee_grant(uow: UnitOfWork, change: GrantChange) -> Foreseen:
    require_period(change.valid_from, change.valid_to)
    holder = _lock(uow, change.user_id)
    if holder.user.state != "active":
        raise UserDisabled(account=holder.user.account)
    require_may_hold(uow, holder, change)
    place = change.agency_code or N_("全縣市")
    same = [
        period_of(grant.valid_from, grant.valid_to)
        for grant in holder.grants
        if (grant.role_code, grant.agency_code) == (change.role_code, change.agency_code)
    ]
    return Foreseen(
        document=holder.user.document,
        subject=f"{change.user_id}/{change.role_code}/{change.agency_code or '*'}",
        facts={
            N_("姓名"): holder.user.name,
            N_("所屬機關"): holder.user.agency_code,
            N_("同一角色目前期間"): "、".join(sorted(same)),
        },
        changes=(
            ProposedChange(label=N_("角色"), after=change.role_code),
            ProposedChange(label=N_("機關"), after=place),
            ProposedChange(
                label=N_("期間"),
                before="、".join(sorted(same)),
                after=period_of(change.valid_from, change.valid_to),
            ),
        ),
    )


def require_may_hold(uow: UnitOfWork, holder: Holder, change: GrantChange) -> None:
    """Raise RoleUnknown, AgencyUnknown or RoleConflict unless the person may hold the role then."""
    places = grant_store.places(uow, role_code=change.role_code, agency_code=change.agency_code)
    if not places.role_in(change.valid_from, change.valid_to):
        raise RoleUnknown(role_code=change.role_code)
    if not places.agency_known:
        raise AgencyUnknown(agency_code=change.agency_code)
    clash = role_clash(change.role_code, holder.roles_in(change.valid_from, change.valid_to))
    if clash is not None:
        raise RoleConflict(
            account=holder.user.account,
            roles=clash.roles,
            role_code=change.role_code,
            rule=clash.rule.title,
            source=clash.rule.source,
        )


def _apply_grant(uow: UnitOfWork, change: GrantChange, proposal: Proposal) -> None:
    _keep_grant(uow, change, approved_by=str(proposal.proposal_id))


def _keep_grant(uow: UnitOfWork, change: GrantChange, *, approved_by: str) -> RoleGrant:
    holder = _lock(uow, change.user_id)
    kept = grant_store.insert(uow, RoleGrant(grant_id=new_id(), **msgspec.structs.asdict(change)))
    uow.audit(
        GRANT_ROLE.name,
        holder.user.document,
        after={**msgspec.to_builtins(kept), "approved_by": approved_by},
    )
    end_sessions(uow, user_id=change.user_id, reason="role-changed")
    return kept


def _foresee_end(uow: UnitOfWork, change: GrantEnd) -> Foreseen:
    holder, grant = _lock_grant(uow, change.grant_id)
    ended = grant.valid_to is not None and grant.valid_to <= change.last_day
    if ended or change.last_day < uow.business_date - dt.timedelta(days=1):
        raise _wrong_dates(grant.valid_from, change.last_day)
    return Foreseen(
        document=holder.user.document,
        subject=str(change.grant_id),
        facts={N_("期間"): period_of(grant.valid_from, grant.valid_to)},
        changes=(
            ProposedChange(label=N_("角色"), before=grant.role_code, after=grant.role_code),
            ProposedChange(label=N_("機關"), after=grant.agency_code or N_("全縣市")),
            ProposedChange(
                label=N_("期間"),
                before=period_of(grant.valid_from, grant.valid_to),
                after=period_of(grant.valid_from, change.last_day)
                if grant.valid_from <= change.last_day
                else N_("取消"),
            ),
        ),
    )


def _apply_end(uow: UnitOfWork, change: GrantEnd, proposal: Proposal) -> None:
    _end_grant(uow, change, approved_by=str(proposal.proposal_id))


def _end_grant(uow: UnitOfWork, change: GrantEnd, *, approved_by: str) -> None:
    holder, grant = _lock_grant(uow, change.grant_id)
    with require_administrator_left(uow, on=change.last_day + dt.timedelta(days=1)):
        grant_store.end(uow, grant_id=change.grant_id, last_day=change.last_day)
    uow.audit(
        END_GRANT,
        holder.user.document,
        before=grant,
        after={"last_day": change.last_day, "approved_by": approved_by},
    )
    end_sessions(uow, user_id=holder.user.user_id, reason="role-changed")


def _lock(uow: UnitOfWork, user_id: uuid.UUID) -> Holder:
    holder = grant_store.lock_holder(uow, user_id)
    if holder is None:
        raise UserUnknown(user=str(user_id))
    return holder


def _lock_grant(uow: UnitOfWork, grant_id: uuid.UUID) -> tuple[Holder, RoleGrant]:
    user_id = uow.connection.execute(WHOSE, {"grant_id": grant_id}).scalar()
    if user_id is None:
        raise GrantUnknown
    holder = _lock(uow, user_id)
    found = [grant for grant in holder.grants if grant.grant_id == grant_id]
    if not found:
        raise GrantUnknown
    return holder, found[0]


def require_period(valid_from: dt.date, valid_to: dt.date | None) -> None:
    """Raise GrantDates for a period that ends before it begins, or is of no 民國 year."""
    if valid_from < FIRST_DAY or (valid_to is not None and valid_to < valid_from):
        raise _wrong_dates(valid_from, valid_to)


def _wrong_dates(valid_from: dt.date, valid_to: dt.date | None) -> GrantDates:
    """Say the days as they were given, also those that no 民國 year has."""
    return GrantDates(
        valid_from=valid_from.isoformat(),
        valid_to="－" if valid_to is None else valid_to.isoformat(),
        fields={"valid_to": N_("請檢查起迄日期")},
    )


def period_of(valid_from: dt.date, valid_to: dt.date | None) -> str:
    """Write both days as people read them; an open end is left out."""
    return f"{format_date(valid_from)}－{'' if valid_to is None else format_date(valid_to)}"


WHOSE = sa.text("SELECT user_id FROM kernel.role_grant WHERE grant_id = :grant_id")

GRANT: ProposalKind[GrantChange] = ProposalKind(
    name="kernel.role.grant",
    title=N_("授予角色"),
    payload=GrantChange,
    version=1,
    propose=GRANT_ROLE,
    decide=APPROVE_GRANT,
    foresee=_foresee_grant,
    apply=_apply_grant,
)
GRANT_END: ProposalKind[GrantEnd] = ProposalKind(
    name=END_GRANT,
    title=N_("終止角色"),
    payload=GrantEnd,
    version=1,
    propose=GRANT_ROLE,
    decide=APPROVE_GRANT,
    foresee=_foresee_end,
    apply=_apply_end,
)

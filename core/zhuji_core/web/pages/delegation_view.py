"""Deputies as tables, and what the form to appoint one offers."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from zhuji_core.identity.acting import sides
from zhuji_core.identity.delegation_store import Delegation
from zhuji_core.identity.delegations import PAGE_ROWS
from zhuji_core.permissions import END_DELEGATION
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_, Value
from zhuji_core.web.components import Action, Badge, Option, Pager, Tone
from zhuji_core.web.context import RequestContext

# What the lender holds today, by role: the form offers nothing else.
RIGHTS = sa.text("""
    SELECT DISTINCT p.permission, p.title
      FROM kernel.role_permission AS rp
      JOIN kernel.permission AS p ON p.permission = rp.permission
     WHERE rp.role_code = ANY (:roles)
     ORDER BY p.permission
     LIMIT 500
""")

# The session knows the titles of the roles that it acts with: a deputy's, those of the lender.
TITLES = sa.text("""
    SELECT role_code, title
      FROM kernel.role
     WHERE role_code = ANY (:roles)
     ORDER BY role_code
     LIMIT 200
""")


class DelegationForm(Value, frozen=True, kw_only=True):
    """What was keyed, as it was keyed."""

    deputy: str = ""
    roles: tuple[str, ...] = ()
    permissions: tuple[str, ...] = ()
    agency_code: str = ""
    valid_from: str = ""
    valid_to: str = ""
    reason: str = ""

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> DelegationForm:
        """Take the form's fields; a box that is checked once comes as a text."""
        return cls(
            deputy=str(data.get("deputy", "")),
            roles=_many(data.get("roles")),
            permissions=_many(data.get("permissions")),
            agency_code=str(data.get("agency_code", "")),
            valid_from=str(data.get("valid_from", "")),
            valid_to=str(data.get("valid_to", "")),
            reason=str(data.get("reason", "")),
        )


def _many(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    return tuple(str(one) for one in value) if isinstance(value, list) else (str(value),)


class Choices(Value, frozen=True, kw_only=True):
    """Roles, permissions and agencies of the person who appoints."""

    roles: tuple[Option, ...]
    permissions: tuple[Option, ...]
    agencies: tuple[Option, ...]


class DelegationRow(Value, frozen=True, kw_only=True):
    """One appointment with what may be done to it."""

    delegation: Delegation
    agency: str
    rights: str
    badge: Badge
    action: Action | None


class DelegationTable(Value, frozen=True, kw_only=True):
    rows: tuple[DelegationRow, ...]
    pager: Pager


def delegation_table(
    context: RequestContext,
    uow: UnitOfWork,
    found: Sequence[Delegation],
    *,
    everybody: bool,
    before: uuid.UUID | None,
) -> DelegationTable:
    base = context.path("kernel/delegations") + ("?everybody=true" if everybody else "?")
    shown = found[:PAGE_ROWS]
    more = len(found) > len(shown)
    return DelegationTable(
        rows=tuple(_row(context, uow, one, everybody=everybody) for one in shown),
        pager=Pager(
            shown=len(shown),
            next_url=f"{base}&before={shown[-1].delegation_id}" if more else "",
            first_url=base if before else "",
        ),
    )


def _row(
    context: RequestContext, uow: UnitOfWork, one: Delegation, *, everybody: bool
) -> DelegationRow:
    tr = context.gettext
    party = uow.actor.user_id in {one.delegator_id, one.deputy_id}
    over = one.ended_at is not None or one.valid_to < uow.business_date
    action = None
    if not over and (party or uow.actor.may(END_DELEGATION)):
        action = Action(
            title=tr(N_("終止")),
            url=context.path(f"kernel/delegations/{one.delegation_id}/end"),
            key=str(uuid.uuid4()),
            danger=True,
            fields={"everybody": "true"} if everybody else {},
            reason_field="reason",
            reason_label=tr(N_("終止理由")),
        )
    return DelegationRow(
        delegation=one,
        agency=one.agency_code or tr(N_("本人任職各機關")),
        rights="、".join(one.roles)
        + ("" if one.permissions is None else f"（{'、'.join(one.permissions)}）"),
        badge=_badge(context, uow, one),
        action=action,
    )


def _badge(context: RequestContext, uow: UnitOfWork, one: Delegation) -> Badge:
    tr = context.gettext
    if one.ended_at is not None:
        return Badge(text=tr(N_("已終止")), tone=Tone.STOPPED)
    if one.valid_to < uow.business_date:
        return Badge(text=tr(N_("已屆滿")), tone=Tone.STOPPED)
    if one.valid_from > uow.business_date:
        return Badge(text=tr(N_("尚未開始")), tone=Tone.WAITING)
    return Badge(text=tr(N_("代理中")), tone=Tone.GOOD)


def appointment_form(context: RequestContext, uow: UnitOfWork) -> Choices:
    """Return what the actor holds in the own name today."""
    own = [side for side in sides(uow) if side.delegation_id is None]
    roles = sorted({role for side in own for role in side.roles})
    titles = uow.connection.execute(TITLES, {"roles": roles})
    rights = uow.connection.execute(RIGHTS, {"roles": roles})
    return Choices(
        roles=tuple(
            Option(value=row.role_code, title=f"{row.role_code} {context.gettext(row.title)}")
            for row in titles
        ),
        permissions=tuple(
            Option(value=row.permission, title=f"{row.permission} {context.gettext(row.title)}")
            for row in rights
        ),
        agencies=tuple(
            Option(value=side.agency_code, title=f"{side.agency_code} {side.agency_name}")
            for side in own
            if side.roles
        ),
    )

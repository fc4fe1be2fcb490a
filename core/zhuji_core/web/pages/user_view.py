"""A person as administrators read it: where from, which roles when, what happened."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from litestar import Response

from zhuji_core.audit.history import history
from zhuji_core.identity.agencies import find_agencies
from zhuji_core.identity.grant_store import RoleGrant
from zhuji_core.identity.role_changes import list_roles
from zhuji_core.identity.users import ListedUser, UserFilter, UserView, find_person
from zhuji_core.permissions import (
    CHANGE_USER,
    END_SESSION,
    GRANT_ROLE,
    READ_PROPOSALS,
    RESET_FACTORS,
    RESET_PASSWORD,
)
from zhuji_core.proposals.queries import ProposalFilter, list_proposals
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_, DomainError, Value
from zhuji_core.web.components import (
    Action,
    Badge,
    Cell,
    Column,
    HistoryEntry,
    Kind,
    Option,
    Pager,
    Row,
    Table,
    Tone,
)
from zhuji_core.web.context import RequestContext
from zhuji_core.web.pages.proposal_view import proposal_table
from zhuji_core.web.pages.verb_titles import verb_title
from zhuji_core.web.refusals import refused
from zhuji_core.web.rendering import render
from zhuji_core.web.shell import Crumb
from zhuji_core.web.who import actor_told

PATH = "kernel/users"
TITLE = N_("使用者")
STATES = {"active": N_("使用中"), "disabled": N_("已停用")}


class Choices(Value, frozen=True, kw_only=True):
    """What the selects offer."""

    states: tuple[Option, ...]
    agencies: tuple[Option, ...]
    roles: tuple[Option, ...]


class GrantRow(Value, frozen=True, kw_only=True):
    """One grant with what may be proposed about it."""

    grant: RoleGrant
    place: str
    badge: Badge
    action: Action | None


def list_choices(context: RequestContext, uow: UnitOfWork) -> Choices:
    tr = context.gettext
    return Choices(
        states=tuple(Option(value=one, title=tr(title)) for one, title in STATES.items()),
        agencies=tuple(
            Option(value=one.agency_code, title=f"{one.agency_code} {one.name}")
            for one in find_agencies(uow)
        ),
        roles=tuple(
            Option(value=one.role_code, title=f"{one.role_code} {tr(one.title)}")
            for one in list_roles(uow)
        ),
    )


def user_table(
    context: RequestContext, found: Sequence[ListedUser], wanted: UserFilter, *, url: str
) -> Table:
    tr = context.gettext
    shown = found[: wanted.limit]
    more = len(found) > len(shown)
    return Table(
        id="users",
        caption=tr(TITLE),
        columns=(
            Column(title=tr(N_("帳號")), kind=Kind.CODE),
            Column(title=tr(N_("姓名"))),
            Column(title=tr(N_("所屬機關"))),
            Column(title=tr(N_("目前角色"))),
            Column(title=tr(N_("狀態")), kind=Kind.BADGE),
        ),
        rows=tuple(
            Row(
                cells=(
                    Cell(value=one.account, url=context.path(f"{PATH}/{one.user_id}")),
                    Cell(value=one.name),
                    Cell(value=one.agency_name, note=one.agency_code),
                    Cell(value="、".join(one.roles)),
                    Cell(value=_state(context, one.state)),
                )
            )
            for one in shown
        ),
        pager=Pager(
            shown=len(shown),
            next_url=f"{url}&after={shown[-1].account}" if more else "",
            first_url=url if wanted.after else "",
        ),
        empty=tr(N_("沒有符合條件的使用者。")),
    )


def _state(context: RequestContext, state: str) -> Badge:
    tone = Tone.GOOD if state == "active" else Tone.STOPPED
    return Badge(text=context.gettext(STATES[state]), tone=tone)


def one_page(
    context: RequestContext,
    user_id: uuid.UUID,
    *,
    typed: Mapping[str, Any] | None = None,
    error: DomainError | None = None,
) -> Response[str]:
    """Render the person; ``typed`` is what was keyed into the form of a new role."""
    tr = context.gettext
    with context.read() as uow:
        view = find_person(uow, user_id=user_id)
        names = {one.agency_code: one.name for one in find_agencies(uow)}
        return render(
            context,
            "kernel/user.html",
            title=f"{view.user.account} {view.user.name}",
            breadcrumb=(
                Crumb(title=tr(TITLE), url=context.path(PATH)),
                Crumb(title=view.user.account),
            ),
            status_code=200 if error is None else error.status_code,
            refusal=None if error is None else refused(context, error),
            user=view.user,
            home=names.get(view.user.agency_code, ""),
            badge=_state(context, view.user.state),
            grants=tuple(_grant_row(context, uow, one, names) for one in view.grants),
            base=context.path(f"{PATH}/{user_id}"),
            choices=list_choices(context, uow),
            typed=dict(typed or {}),
            may_change=uow.actor.may(CHANGE_USER),
            may_grant=uow.actor.may(GRANT_ROLE),
            actions=_actions(context, uow, view),
            proposals=_open_proposals(context, uow, user_id),
            history=_history(context, uow, user_id),
        )


def _grant_row(
    context: RequestContext, uow: UnitOfWork, one: RoleGrant, names: Mapping[str, str]
) -> GrantRow:
    tr = context.gettext
    today = uow.business_date
    if one.valid_to is not None and one.valid_to < today:
        badge = Badge(text=tr(N_("已屆滿")), tone=Tone.STOPPED)
    elif one.valid_from > today:
        badge = Badge(text=tr(N_("尚未開始")), tone=Tone.WAITING)
    else:
        badge = Badge(text=tr(N_("有效")), tone=Tone.GOOD)
    action = None
    if badge.tone != Tone.STOPPED and uow.actor.may(GRANT_ROLE):
        action = Action(
            title=tr(N_("提案終止")),
            url=context.path(f"{PATH}/{one.user_id}/grants/{one.grant_id}/end"),
            key=str(uuid.uuid4()),
            reason_field="reason",
            reason_label=tr(N_("理由")),
        )
    code = one.agency_code
    return GrantRow(
        grant=one,
        place=tr(N_("全縣市")) if code is None else f"{code} {names.get(code, '')}",
        badge=badge,
        action=action,
    )


def _actions(context: RequestContext, uow: UnitOfWork, view: UserView) -> tuple[Action, ...]:
    tr = context.gettext
    base = context.path(f"{PATH}/{view.user.user_id}")
    active = view.user.state == "active"
    found: list[Action] = []
    if uow.actor.may(RESET_PASSWORD) and active:
        url = f"{base}/password-reset"
        found.append(Action(title=tr(N_("發給密碼重設碼")), url=url, key=str(uuid.uuid4())))
    if uow.actor.may(RESET_FACTORS) and active:
        found.append(
            Action(
                title=tr(N_("提案清除安全金鑰")),
                url=f"{base}/factor-reset",
                key=str(uuid.uuid4()),
                reason_field="reason",
                reason_label=tr(N_("理由")),
            )
        )
    if uow.actor.may(END_SESSION):
        found.append(Action(title=tr(N_("登入階段")), url=f"{base}/sessions", method="get"))
    if uow.actor.may(CHANGE_USER):
        found.append(
            Action(
                title=tr(N_("停用帳號")) if active else tr(N_("恢復使用")),
                url=f"{base}/{'disabling' if active else 'enabling'}",
                key=str(uuid.uuid4()),
                danger=active,
                reason_field="reason",
                reason_label=tr(N_("理由")),
            )
        )
    return tuple(found)


def _open_proposals(context: RequestContext, uow: UnitOfWork, user_id: uuid.UUID) -> Table | None:
    if not uow.actor.may(READ_PROPOSALS):
        return None
    wanted = ProposalFilter(document_id=user_id)
    return proposal_table(
        context, list_proposals(uow, wanted), wanted, url=context.path("kernel/proposals?")
    )


def _history(
    context: RequestContext, uow: UnitOfWork, user_id: uuid.UUID
) -> tuple[HistoryEntry, ...]:
    entries = []
    for one in reversed(history(uow, user_id)):
        after = one.after if isinstance(one.after, Mapping) else {}
        words = [str(after.get(name, "")) for name in ("role_code", "agency_code", "reason")]
        entries.append(
            HistoryEntry(
                at=one.recorded_at,
                who=actor_told(one, context.gettext),
                action=verb_title(context, one.action, one.action),
                reason="　".join(word for word in words if word and word != "None"),
            )
        )
    return tuple(entries)

"""Written exceptions from separation of duties: the list, one with its uses, and the proposal."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, URLEncodedBody

from zhuji_core.formats import parse_date
from zhuji_core.identity.accounts import UserUnknown, find_user
from zhuji_core.identity.agencies import find_agencies
from zhuji_core.identity.duties import BY_CODE, RULES
from zhuji_core.identity.duty_exceptions import (
    EXCEPTION,
    PAGE_ROWS,
    WantedException,
    WrittenException,
    end_exception,
    find_exception,
    list_exceptions,
    uses_of,
)
from zhuji_core.identity.duty_reviews import review_exception, reviews_of
from zhuji_core.permissions import APPROVE_EXCEPTION, PROPOSE_EXCEPTION
from zhuji_core.proposals.propose import propose
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_, DomainError
from zhuji_core.web.answers import see_other
from zhuji_core.web.components import (
    Action,
    Badge,
    Cell,
    Column,
    Fact,
    Kind,
    Option,
    Pager,
    Row,
    Table,
    Tone,
)
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import KEYED, PERMISSION, SIGNED_IN, PageController
from zhuji_core.web.refusals import refused
from zhuji_core.web.rendering import render
from zhuji_core.web.shell import Crumb

Context = NamedDependency[RequestContext]
Form = URLEncodedBody[dict[str, Any]]
Page = Response[bytes] | Response[str]
PATH = "kernel/exceptions"
TITLE = N_("職能分工例外")
FIELDS = ("account", "rule_code", "agency", "valid_from", "valid_to", "reviewer", "reason")


class ExceptionPages(PageController):
    """``/{county}/kernel/exceptions``: the auditor reads all, a reviewer the own ones."""

    module = "kernel"
    path = "/{county:str}/kernel/exceptions"

    @get("/", operation_id="kernel.exceptions.page", opt={SIGNED_IN: True}, sync_to_thread=True)
    def page(self, context: Context, before: FromQuery[uuid.UUID | None] = None) -> Response[str]:
        return _list(context, before=before)

    @post(
        "/",
        operation_id="kernel.exception.propose-form",
        opt={PERMISSION: PROPOSE_EXCEPTION},
        sync_to_thread=True,
    )
    def propose(self, context: Context, data: Form) -> Page:
        typed = {name: str(data.get(name, "")).strip() for name in FIELDS}
        try:
            return context.perform(
                lambda uow: propose(uow, EXCEPTION, _wanted(uow, typed), reason=typed["reason"]),
                lambda made: see_other(context.path(f"kernel/proposals/{made.proposal_id}")),
            )
        except DomainError as refusal:
            return _list(context, typed=typed, error=refusal)

    @get(
        "/{exception_id:uuid}",
        operation_id="kernel.exception.page",
        opt={SIGNED_IN: True},
        sync_to_thread=True,
    )
    def one(self, context: Context, exception_id: FromPath[uuid.UUID]) -> Response[str]:
        return _one(context, exception_id)

    @post(
        "/{exception_id:uuid}/review",
        operation_id="kernel.exception.review-form",
        opt={SIGNED_IN: True, KEYED: True},
        sync_to_thread=True,
    )
    def review(self, context: Context, exception_id: FromPath[uuid.UUID], data: Form) -> Page:
        findings = str(data.get("findings", ""))
        return _done(
            context,
            exception_id,
            lambda uow: review_exception(uow, exception_id=exception_id, findings=findings),
        )

    @post(
        "/{exception_id:uuid}/end",
        operation_id="kernel.exception.end-form",
        opt={PERMISSION: APPROVE_EXCEPTION},
        sync_to_thread=True,
    )
    def end(self, context: Context, exception_id: FromPath[uuid.UUID], data: Form) -> Page:
        reason = str(data.get("reason", ""))
        return _done(
            context,
            exception_id,
            lambda uow: end_exception(uow, exception_id=exception_id, reason=reason),
        )


def _wanted(uow: UnitOfWork, typed: dict[str, str]) -> WantedException:
    """Read what was keyed; both persons are named by their accounts."""
    found = {}
    for field in ("account", "reviewer"):
        user = find_user(uow, account=typed[field].lower())
        if user is None:
            raise UserUnknown(user=typed[field], fields={field: UserUnknown.message})
        found[field] = user.user_id
    return WantedException(
        user_id=found["account"],
        rule_code=typed["rule_code"],
        agency_code=typed["agency"],
        valid_from=_date(uow, typed["valid_from"]),
        valid_to=_date(uow, typed["valid_to"]),
        reviewer_id=found["reviewer"],
        reason=typed["reason"],
    )


def _date(uow: UnitOfWork, text: str) -> dt.date:
    return parse_date(text, reference=uow.business_date)


def _done(
    context: RequestContext, exception_id: uuid.UUID, act: Callable[[UnitOfWork], object]
) -> Page:
    try:
        return context.perform(act, lambda _: see_other(context.path(f"{PATH}/{exception_id}")))
    except DomainError as refusal:
        return _one(context, exception_id, error=refusal)


def _list(
    context: RequestContext,
    *,
    before: uuid.UUID | None = None,
    typed: dict[str, str] | None = None,
    error: DomainError | None = None,
) -> Response[str]:
    tr = context.gettext
    with context.read() as uow:
        found = list_exceptions(uow, before=before)
        return render(
            context,
            "kernel/exceptions.html",
            title=tr(TITLE),
            breadcrumb=(Crumb(title=tr(TITLE)),),
            status_code=200 if error is None else error.status_code,
            refusal=None if error is None else refused(context, error),
            table=_table(context, uow, found, before=before),
            action=context.path(PATH),
            may_propose=uow.actor.may(PROPOSE_EXCEPTION),
            typed={**dict.fromkeys(FIELDS, ""), **(typed or {})},
            rules=tuple(
                Option(value=rule.code, title=tr(rule.title)) for rule in RULES if rule.exceptable
            ),
            agencies=tuple(
                Option(value=one.agency_code, title=f"{one.agency_code} {one.name}")
                for one in find_agencies(uow)
            ),
        )


def _table(
    context: RequestContext,
    uow: UnitOfWork,
    found: list[WrittenException],
    *,
    before: uuid.UUID | None,
) -> Table:
    tr = context.gettext
    shown = found[:PAGE_ROWS]
    url = context.path(PATH)
    more = len(found) > len(shown)
    return Table(
        id="exceptions",
        caption=tr(TITLE),
        columns=(
            Column(title=tr(N_("例外編號")), kind=Kind.CODE),
            Column(title=tr(N_("人員"))),
            Column(title=tr(N_("規則"))),
            Column(title=tr(N_("機關")), kind=Kind.CODE),
            Column(title=tr(N_("迄日")), kind=Kind.DATE),
            Column(title=tr(N_("事後覆核人"))),
            Column(title=tr(N_("覆核期限")), kind=Kind.DATE),
            Column(title=tr(N_("使用次數")), kind=Kind.NUMBER),
            Column(title=tr(N_("未覆核次數")), kind=Kind.NUMBER),
            Column(title=tr(N_("狀態")), kind=Kind.BADGE),
        ),
        rows=tuple(
            Row(
                cells=(
                    Cell(value=one.number, url=context.path(f"{PATH}/{one.exception_id}")),
                    Cell(value=one.user_name, note=one.account),
                    Cell(value=_rule(context, one)),
                    Cell(value=one.agency_code),
                    Cell(value=one.valid_to),
                    Cell(value=one.reviewer_name),
                    Cell(value=one.review_due_on),
                    Cell(value=one.uses),
                    Cell(value=one.unreviewed),
                    Cell(value=_badge(context, uow, one)),
                )
            )
            for one in shown
        ),
        pager=Pager(
            shown=len(shown),
            next_url=f"{url}?before={shown[-1].exception_id}" if more else "",
            first_url=url if before else "",
        ),
        empty=tr(N_("沒有職能分工例外。")),
    )


def _rule(context: RequestContext, one: WrittenException) -> str:
    rule = BY_CODE.get(one.rule_code)
    return one.rule_code if rule is None else context.gettext(rule.title)


def _badge(context: RequestContext, uow: UnitOfWork, one: WrittenException) -> Badge:
    tr = context.gettext
    if one.ended_at is not None:
        return Badge(text=tr(N_("已終止")), tone=Tone.STOPPED)
    if one.valid_to < uow.business_date:
        return Badge(text=tr(N_("已屆滿")), tone=Tone.STOPPED)
    if one.review_due_on < uow.business_date:
        return Badge(text=tr(N_("逾期未覆核，停止適用")), tone=Tone.BAD)
    if one.valid_from > uow.business_date:
        return Badge(text=tr(N_("尚未開始")), tone=Tone.WAITING)
    return Badge(text=tr(N_("有效")), tone=Tone.GOOD)


def _one(
    context: RequestContext, exception_id: uuid.UUID, *, error: DomainError | None = None
) -> Response[str]:
    tr = context.gettext
    with context.read() as uow:
        one = find_exception(uow, exception_id=exception_id)
        return render(
            context,
            "kernel/exception.html",
            title=f"{tr(TITLE)} {one.number}",
            breadcrumb=(
                Crumb(title=tr(TITLE), url=context.path(PATH)),
                Crumb(title=one.number),
            ),
            status_code=200 if error is None else error.status_code,
            refusal=None if error is None else refused(context, error),
            badge=_badge(context, uow, one),
            facts=_facts(context, one),
            uses=uses_of(uow, exception_id=exception_id),
            reviews=reviews_of(uow, exception_id=exception_id),
            actions=_actions(context, uow, one),
        )


def _facts(context: RequestContext, one: WrittenException) -> tuple[Fact, ...]:
    tr = context.gettext
    rule = BY_CODE.get(one.rule_code)
    return (
        Fact(label=tr(N_("人員")), value=f"{one.user_name}（{one.account}）"),
        Fact(label=tr(N_("規則")), value=_rule(context, one)),
        Fact(label=tr(N_("依據")), value="" if rule is None else tr(rule.source)),
        Fact(label=tr(N_("機關")), value=one.agency_code, kind=Kind.CODE),
        Fact(label=tr(N_("起日")), value=one.valid_from, kind=Kind.DATE),
        Fact(label=tr(N_("迄日")), value=one.valid_to, kind=Kind.DATE),
        Fact(label=tr(N_("事後覆核人")), value=one.reviewer_name),
        Fact(label=tr(N_("覆核期限")), value=one.review_due_on, kind=Kind.DATE),
        Fact(label=tr(N_("使用次數")), value=one.uses, kind=Kind.NUMBER),
        Fact(label=tr(N_("未覆核次數")), value=one.unreviewed, kind=Kind.NUMBER),
        Fact(label=tr(N_("理由")), value=one.reason),
        Fact(label=tr(N_("終止理由")), value=one.end_reason or "－"),
    )


def _actions(context: RequestContext, uow: UnitOfWork, one: WrittenException) -> tuple[Action, ...]:
    tr = context.gettext
    url = context.path(f"{PATH}/{one.exception_id}")
    found: list[Action] = []
    reviewable = one.ended_at is None or one.unreviewed
    if reviewable and uow.actor.user_id == one.reviewer_id:
        found.append(
            Action(
                title=tr(N_("完成覆核")),
                url=f"{url}/review",
                key=str(uuid.uuid4()),
                primary=True,
                reason_field="findings",
                reason_label=tr(N_("覆核結果")),
            )
        )
    if one.ended_at is None and uow.actor.may(APPROVE_EXCEPTION):
        found.append(
            Action(
                title=tr(N_("終止例外")),
                url=f"{url}/end",
                key=str(uuid.uuid4()),
                danger=True,
                reason_field="reason",
                reason_label=tr(N_("終止理由")),
            )
        )
    return tuple(found)

"""The next steps of a schedule as buttons, or why they cannot be taken."""

from __future__ import annotations

from collections.abc import Mapping

from zhuji_budget.domain.schedule import Opinion, Schedule
from zhuji_budget.queries.schedules import NextAction, SchedulePage, Verb
from zhuji_core.identity.actor import Forbidden
from zhuji_core.values import N_, DomainError
from zhuji_core.web.components import Action
from zhuji_core.web.context import RequestContext

VERB_TITLES: Mapping[Verb, str] = {
    Verb.EDIT: N_("填列各月分配數"),
    Verb.SUBMIT: N_("送出"),
    Verb.ENDORSE: N_("主管機關核轉"),
    Verb.COMMENT: N_("財政單位意見"),
    Verb.APPROVE: N_("核定分配預算"),
    Verb.RETURN: N_("退回修正"),
    Verb.WITHDRAW: N_("撤回"),
}
NOUNS: Mapping[Verb, str] = {
    Verb.EDIT: "edit",
    Verb.SUBMIT: "submission",
    Verb.ENDORSE: "endorsement",
    Verb.COMMENT: "comment",
    Verb.APPROVE: "approval",
    Verb.RETURN: "return",
    Verb.WITHDRAW: "withdrawal",
}


def schedule_actions(
    context: RequestContext, page: SchedulePage, *, key: str
) -> tuple[Action, ...]:
    """The next steps as buttons; the first possible one that moves it on is the main one."""
    possible = [one.verb for one in page.actions if one.refusal is None]
    main = next((verb for verb in possible if verb in {Verb.SUBMIT, Verb.APPROVE}), None)
    actions = []
    for one in page.actions:
        actions += _buttons(context, page.schedule, one, key=key, main=main)
    return tuple(actions)


def _buttons(
    context: RequestContext,
    schedule: Schedule,
    action: NextAction,
    *,
    key: str,
    main: Verb | None,
) -> list[Action]:
    tr, verb = context.gettext, action.verb
    base = Action(
        title=tr(VERB_TITLES[verb]),
        url=context.path(f"budget/allotments/{schedule.schedule_id}/{NOUNS[verb]}"),
        key=f"{key}-{verb}",
        method="get" if verb is Verb.EDIT else "post",
        primary=verb is main,
        danger=verb is Verb.WITHDRAW,
        impossible=_reason(context, action.refusal),
    )
    if base.impossible:
        return [base]
    if verb is Verb.ENDORSE:
        return [
            _with(base, tr("核轉財政單位"), f"{base.key}-1", opinion="agree"),
            _with(
                base,
                tr("退回所屬機關"),
                f"{base.key}-2",
                opinion="return",
                asks=tr("退回理由"),
                field="reason",
            ),
        ]
    if verb is Verb.COMMENT:
        return [
            _with(base, tr("同意分配"), f"{base.key}-1", opinion="agree"),
            _with(
                base, tr("不同意分配"), f"{base.key}-2", opinion="object", asks=tr("不同意之理由")
            ),
        ]
    if verb is Verb.RETURN:
        return [_with(base, base.title, base.key, asks=tr("退回理由"), field="reason")]
    if verb is Verb.APPROVE and schedule.opinion is Opinion.OBJECT:
        asks = tr("不採財政單位意見之理由")
        return [_with(base, base.title, base.key, asks=asks, field="reason")]
    return [base]


def _with(
    base: Action, title: str, key: str, *, opinion: str = "", asks: str = "", field: str = "comment"
) -> Action:
    return Action(
        title=title,
        url=base.url,
        key=key,
        primary=base.primary,
        fields={"opinion": opinion} if opinion else {},
        reason_field=field if asks else "",
        reason_label=asks,
    )


def _reason(context: RequestContext, refusal: DomainError | None) -> str:
    if isinstance(refusal, Forbidden):
        title = context.gettext(str(refusal.detail["title"]))
        return context.gettext("等候有「{title}」權限的人員辦理").format(title=title)
    return "" if refusal is None else refusal.text(context.gettext)

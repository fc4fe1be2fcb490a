"""The words of changes on pages: states, verbs, and where a page stands."""

from __future__ import annotations

from zhuji_budget.domain.changes.model import KIND_TITLES, STATE_TITLES, ChangeKind, ChangeState
from zhuji_budget.web.views.words import Gettext
from zhuji_core.values import N_
from zhuji_core.web.components import Badge, Option, Tone
from zhuji_core.web.context import RequestContext
from zhuji_core.web.shell import Crumb

TONES = {
    ChangeState.DRAFT: Tone.NEUTRAL,
    ChangeState.SUBMITTED: Tone.WAITING,
    ChangeState.SUPERVISING: Tone.WAITING,
    ChangeState.AGREED: Tone.WAITING,
    ChangeState.POSTED: Tone.GOOD,
    ChangeState.RETURNED: Tone.BAD,
    ChangeState.WITHDRAWN: Tone.STOPPED,
    ChangeState.REVERSED: Tone.STOPPED,
}
VERB_TITLES = {
    "submission": N_("送出"),
    "edit": N_("修改"),
    "withdrawal": N_("撤回"),
    "approval": N_("核准"),
    "endorsement": N_("核轉"),
    "endorsement-return": N_("退回補正"),
    "decision": N_("核定生效"),
    "return": N_("退回補正"),
    "reversal": N_("沖回"),
}
ACT_TITLES = {
    "budget.change.write": N_("填寫"),
    "budget.change.submit": N_("送出"),
    "budget.change.approve": N_("核准"),
    "budget.change.endorse": N_("主管機關核轉或退回"),
    "budget.change.decide": N_("核定生效"),
    "budget.change.return": N_("退回補正"),
    "budget.change.withdraw": N_("撤回"),
    "budget.change.reverse": N_("沖回"),
}


def kind_options(gettext: Gettext, kinds: tuple[ChangeKind, ...]) -> tuple[Option, ...]:
    return tuple(Option(value=str(kind), title=gettext(KIND_TITLES[kind])) for kind in kinds)


def state_options(gettext: Gettext) -> tuple[Option, ...]:
    return tuple(
        Option(value=str(state), title=gettext(title)) for state, title in STATE_TITLES.items()
    )


def change_badge(state: str, gettext: Gettext) -> Badge:
    known = ChangeState(state)
    return Badge(text=gettext(STATE_TITLES[known]), tone=TONES[known])


def change_label(kind: str, *, year: int, number: int, gettext: Gettext) -> str:
    """Return 經費流用 10500001 in the reader's language, or that it is a draft."""
    title = gettext(KIND_TITLES[ChangeKind(kind)])
    return f"{title} {year}{number:05}" if number else f"{title} {gettext('草稿')}"


def crumbs(context: RequestContext) -> tuple[Crumb, ...]:
    """Lead to the list of changes; a page below it adds its own."""
    return (
        Crumb(title=context.gettext("預算")),
        Crumb(title=context.gettext("預算變動"), url=context.path("budget/changes")),
    )

"""The words and tones in which pages show requests: states, kinds, verbs, accounts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from zhuji_accounting.domain.request import RequestKind, RequestState
from zhuji_accounting.domain.rules import STATE_TITLES
from zhuji_accounting.queries.next_actions import Verb
from zhuji_core.values import N_
from zhuji_core.web.components import Badge, Option, Tone

Gettext = Callable[[str], str]

STATE_TONES = {
    RequestState.DRAFT: Tone.NEUTRAL,
    RequestState.SUBMITTED: Tone.WAITING,
    RequestState.UNIT_APPROVED: Tone.WAITING,
    RequestState.CERTIFIED: Tone.GOOD,
    RequestState.CLOSED: Tone.STOPPED,
    RequestState.RETURNED: Tone.BAD,
    RequestState.WITHDRAWN: Tone.STOPPED,
}
KIND_TITLES = {
    RequestKind.ORDINARY: N_("一般"),
    RequestKind.PURCHASE: N_("採購"),
    RequestKind.CONTRACT: N_("契約"),
    RequestKind.TRAVEL: N_("差旅"),
    RequestKind.PAYROLL: N_("薪給"),
    RequestKind.SUBSIDY: N_("補助"),
}
ACCOUNT_TITLES = {"current": N_("經常門"), "capital": N_("資本門")}
BASIS_TITLES = {
    "annual": N_("依全年預算餘額簽證"),
    "allotted": N_("依截至本月分配餘額簽證"),
}
VERB_TITLES = {
    Verb.SUBMIT: N_("送出"),
    Verb.APPROVE: N_("核准"),
    Verb.CERTIFY: N_("簽證"),
    Verb.EDIT: N_("修改"),
    Verb.RETURN: N_("退回補正"),
    Verb.AWARD: N_("登記決標"),
    Verb.SUPPLEMENT: N_("追加"),
    Verb.RELEASE: N_("釋放簽證餘額"),
    Verb.HOLD: N_("變更保留期限"),
    Verb.CARRY: N_("申請保留"),
    Verb.WITHDRAW: N_("撤回"),
}
# What the audit calls an act → what the history of a document says.
ACT_TITLES = {
    "accounting.request.write": N_("填寫"),
    "accounting.request.submit": N_("送出"),
    "accounting.request.approve": N_("核准"),
    "accounting.request.certify": N_("簽證"),
    "accounting.request.return": N_("退回補正"),
    "accounting.request.withdraw": N_("撤回"),
    "accounting.request.hold": N_("變更保留期限"),
    "accounting.request.award": N_("登記決標"),
    "accounting.encumbrance.release": N_("釋放簽證餘額"),
}
FIELD_TITLES = {
    "kind": N_("種類"),
    "purpose": N_("用途"),
    "basis": N_("案據"),
    "payee": N_("受款人"),
    "hold_until": N_("保留至"),
    "contract_no": N_("契約編號"),
    "contractor": N_("廠商"),
    "tax_id": N_("統一編號"),
    "awarded_on": N_("決標日期"),
    "due_on": N_("履約期限"),
    "amount_ntd": N_("金額"),
    "duplicate_reason": N_("非重複之理由"),
    "reason": N_("理由"),
    "open_reason": N_("逾期未結仍須暫付之理由"),
    "settle_by": N_("預定結清日"),
    "receiver_name": N_("領款人"),
    "payer": N_("繳款人"),
    "advance": N_("轉正或撥還之暫付編號"),
    "slip_no": N_("繳款書號碼"),
    "deposited_on": N_("繳款日期"),
    "account_no": N_("帳號"),
    "evidence": N_("證明文件"),
    "creditor": N_("債權人"),
    "decision_note": N_("核減理由"),
    "effective_on": N_("生效日"),
    "lines": N_("各列"),
}


def state_badge(state: str, gettext: Gettext) -> Badge:
    known = RequestState(state)
    return Badge(text=gettext(STATE_TITLES[known]), tone=STATE_TONES[known])


def kind_title(kind: str, gettext: Gettext) -> str:
    return gettext(KIND_TITLES[RequestKind(kind)])


def options_of(titles: Mapping[Any, str], gettext: Gettext) -> tuple[Option, ...]:
    """Return kinds or states as a choice, in the order of their words."""
    return tuple(Option(value=str(one), title=gettext(title)) for one, title in titles.items())

"""The words of budget on pages: states, accounts, movements; and where documents are shown."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Mapping
from decimal import Decimal

from zhuji_core.contracts.funds import CommitBasis, FundPosition
from zhuji_core.values import N_
from zhuji_core.web.components import Badge, Tone

Gettext = Callable[[str], str]

STATES: Mapping[str, tuple[str, Tone]] = {
    "bill": (N_("預算案"), Tone.WAITING),
    "enacted": (N_("法定預算"), Tone.WAITING),
    "allotted": (N_("已核定分配"), Tone.GOOD),
}
ACCOUNTS: Mapping[str, str] = {"current": N_("經常門"), "capital": N_("資本門")}
MOVES: Mapping[str, str] = {
    "enact": N_("法定預算成立"),
    "allot": N_("核定分配"),
    "reserve": N_("簽證保留"),
    "release": N_("釋放"),
    "expend": N_("報支（實現）"),
    "advance": N_("暫付"),
    "settle": N_("暫付轉正"),
    "return": N_("暫付繳回"),
    "recover": N_("支出收回"),
    "owe": N_("列為應付"),
    "pay": N_("應付款付訖"),
    "change": N_("預算變動"),
    "freeze": N_("凍結或解除"),
}
DOCUMENTS: Mapping[str, str] = {
    "budget.year": N_("年度預算"),
    "budget.change": N_("預算變動"),
    "accounting.request": N_("動支申請"),
    "budget.allotment": N_("分配預算表"),
}
ACTIONS: Mapping[str, str] = {
    "budget.book.import": N_("匯入預算書"),
    "budget.code.load": N_("載入預算代碼"),
    "budget.year.enact": N_("法定預算成立"),
    "budget.council.record": N_("登錄議會審議結果"),
    "budget.council.record-revenue": N_("登錄歲入審議結果"),
    "budget.bill.compile": N_("編成預算案"),
    "budget.allotment.approve": N_("核定分配預算"),
    "budget.equal-allotment.propose": N_("提案平均分配預算"),
    "budget.equal-allotment.approve": N_("核准提案"),
    "budget.equal-allotment.reject": N_("駁回提案"),
    "budget.equal-allotment.withdraw": N_("撤回提案"),
}
BASES: Mapping[CommitBasis, str] = {
    CommitBasis.ALLOTTED: N_("可用餘額依分配累計計算（預算法第 61 條）"),
    CommitBasis.ANNUAL: N_("可用餘額依全年預算計算"),
}


def change_percent(before_ntd: int, after_ntd: int, gettext: Gettext) -> str:
    """Return −12.5 % of what it was before; 新增 where there was nothing, empty for no change."""
    if before_ntd == after_ntd:
        return ""
    if not before_ntd:
        return gettext("新增")
    tenths = round(Decimal(after_ntd - before_ntd) * 1000 / before_ntd)
    sign = "−" if tenths < 0 else "+"
    return f"{sign}{abs(tenths) // 10}.{abs(tenths) % 10}%"


def state_badge(state: str, gettext: Gettext) -> Badge:
    text, tone = STATES[state]
    return Badge(text=gettext(text), tone=tone)


def object_text(object_code: str, object_name: str, gettext: Gettext) -> str:
    """Return 02 業務費; a row that the book does not split says so."""
    if not object_code:
        return gettext("未列用途別")
    return f"{object_code} {object_name}"


def row_text(row: FundPosition, gettext: Gettext) -> str:
    """Return 02 業務費（經常門）."""
    name = object_text(row.object_code, row.object_name, gettext)
    return gettext("{name}（{account}）").format(name=name, account=gettext(ACCOUNTS[row.account]))


def document_path(kind: str, document_id: uuid.UUID, *, enabled: Collection[str]) -> str:
    """Return the page of a document below the county, or "" when its module is switched off.

    Pages of every module are ``<module>/<noun>s/<id>``; a budget year is known by its number.
    """
    module, _, noun = kind.partition(".")
    if module not in enabled or kind == "budget.year":
        return ""
    return f"{module}/{noun}s/{document_id}"

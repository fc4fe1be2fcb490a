"""On which case a reserve is drawn, and whether the council was told before. Pure.

Sources: 預算法 70 (the three cases of the second reserve); 22, third paragraph (each use beyond
NT$ 50,000,000 is first sent to the council for its information, but for an urgent disaster).
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, ClassVar

from zhuji_budget.domain.changes.refusals import ChangeTextLong
from zhuji_core.values import N_, DomainError, Value

if TYPE_CHECKING:
    from zhuji_budget.domain.changes.model import Change

NOTICE_ABOVE_NTD = 50_000_000
NO_MAX = 100
CASES: dict[int, str] = {
    1: N_("第一款：原列計畫費用因事實需要奉准修訂致原列經費不敷"),
    2: N_("第二款：原列計畫費用因增加業務量致增加經費"),
    3: N_("第三款：因應政事臨時需要必須增加計畫及經費"),
}
REQUIRED = N_("必填")
NOT_YET = N_("不得晚於今日")


class ReserveUse(Value, frozen=True, kw_only=True):
    """Why a reserve is drawn. ``law_case``: 1 to 3 of 預算法 70, 0 of a first reserve.

    ``notice_no`` and ``notice_on``: the document by which the council was told before.
    ``is_disaster``: an urgent disaster, of which it need not be told before.
    """

    law_case: int = 0
    notice_no: str = ""
    notice_on: dt.date | None = None
    is_disaster: bool = False


class ReserveCaseMissing(DomainError):
    """The second reserve is drawn in one of the three cases of 預算法 70."""

    code = "E-RESERVE-CASE"
    message = N_(
        "動支第二預備金須選定預算法第 70 條第一款、第二款或第三款之情形；"
        "已送出者，請退回或撤回後補填。"
    )
    status_code = 422


class CouncilNotTold(DomainError):
    """More than NT$ 50,000,000 is drawn only after the council was told (預算法 22)."""

    code = "E-RESERVE-NOTICE"
    message = N_(
        "本筆動支預備金 {amount_ntd:,} − {limit_ntd:,} = {over_ntd:,}，超過五千萬元，"
        "應先送議會備查：請填備查文號及日期（不得晚於今日）；"
        "因緊急災害動支者，請註明（預算法第 22 條第 3 項）。已送出者，請退回或撤回後補填。"
    )
    status_code = 422
    figure_words: ClassVar = {"limit_ntd": N_("應先備查之數"), "over_ntd": N_("超過")}


def require_reserve_use(change: Change, *, today: dt.date) -> None:
    """Raise ReserveCaseMissing or CouncilNotTold; a document that takes another back is free."""
    use = change.reserve_use or ReserveUse()
    if change.reverses_id is not None or change.kind not in {"first_reserve", "second_reserve"}:
        return
    if change.kind == "second_reserve" and use.law_case not in CASES:
        raise ReserveCaseMissing(fields={"law_case": REQUIRED})
    if change.amount_ntd <= NOTICE_ABOVE_NTD or use.is_disaster:
        return
    faults = {} if use.notice_no else {"notice_no": REQUIRED}
    if use.notice_on is None:
        faults["notice_on"] = REQUIRED
    elif use.notice_on > today:
        faults["notice_on"] = NOT_YET
    if faults:
        figures = {
            "amount_ntd": change.amount_ntd,
            "limit_ntd": NOTICE_ABOVE_NTD,
            "over_ntd": change.amount_ntd - NOTICE_ABOVE_NTD,
        }
        raise CouncilNotTold(arithmetic=figures, fields=faults, **figures)


def kept_use(use: ReserveUse | None, *, is_second: bool) -> ReserveUse | None:
    """Return what of it is kept with the document: no case of a first reserve, nothing for none.

    Raises ReserveCaseMissing for a case that the law does not have, or ChangeTextLong.
    """
    if use is None:
        return None
    if use.law_case not in {0, *CASES}:
        raise ReserveCaseMissing(fields={"law_case": REQUIRED})
    if len(use.notice_no) > NO_MAX:
        raise ChangeTextLong(field=N_("議會備查文號"), text_max=NO_MAX)
    kept = ReserveUse(
        law_case=use.law_case if is_second else 0,
        notice_no=use.notice_no.strip(),
        notice_on=use.notice_on,
        is_disaster=use.is_disaster,
    )
    return None if kept == ReserveUse() else kept

"""Everything that may be said about a book: codes, messages, and whether it stops the import."""

from __future__ import annotations

from collections.abc import Mapping

from zhuji_budget.domain.books.model import Place, Problem
from zhuji_core.values import N_

MESSAGES: Mapping[str, str] = {
    "E-BOOK-EMPTY": N_("檔案沒有任何內容。"),
    "E-BOOK-KIND": N_(
        "檔案中找不到歲出機關別預算表。表頭之「名稱及編號」與「本年度預算數」須各自成欄，"
        "合併在一起者請取消合併；已看過的工作表：{sheets}。"
    ),
    "E-BOOK-NO-ROWS": N_("工作表有歲出機關別預算表的表頭，但沒有任何科目列。"),
    "E-BOOK-AMOUNT": N_("{name}的{column}應為金額，卻是「{text}」。"),
    "E-BOOK-DECIMAL": N_("{name}的{column}「{text}」不是整元，預算數須為整元。"),
    "E-BOOK-FORMULA": N_(
        "{name}的{column}是算不出金額的公式（{text}），請修正公式、重新計算並存檔後再上傳。"
    ),
    "E-BOOK-FORMULA-TEXT": N_(
        "此格是算不出內容的公式（{text}），請修正公式、重新計算並存檔後再上傳。"
    ),
    "E-BOOK-TWICE": N_("編號「{number}」重複：「{name}」與「{other}」用了同一個編號。"),
    "E-BOOK-NEGATIVE": N_("{name}的{column}為負數。"),
    "E-BOOK-CODE-MISSING": N_("「{name}」有金額卻沒有科目編號。"),
    "E-BOOK-CODE-LENGTH": N_("編號「{number}」有 {digits} 碼，同表其他編號為 {expected} 碼。"),
    "E-BOOK-LEVEL": N_("編號「{number}」屬第 {coded} 級，卻印在第 {printed} 級。"),
    "E-BOOK-ORPHAN": N_("「{name}」印在第 {level} 級，上面卻沒有它所屬的上一級科目。"),
    "E-BOOK-SUM": N_("{name}的{column}與所屬各科目之和不符。"),
    "E-BOOK-TOTAL": N_("合計列的{column}與各主管之和不符。"),
    "E-BOOK-DIFFERENCE": N_("{name}的比較數不等於本年度減上年度。"),
    "E-BOOK-CONFLICT": N_("編號 {number}（{name}）在兩處的{column}不同。"),
    "E-BOOK-NAME": N_("編號 {number} 在兩處的名稱不同：「{name}」與「{other}」。"),
    "E-BOOK-PARENT": N_("編號 {number}（{name}）在兩處屬於不同的上級：{parent} 與 {other}。"),
    "E-BOOK-PARTIAL": N_("{name}在兩處的內容不同：編號 {number} 只出現在其中一處。"),
    "E-BOOK-SPLIT": N_("{name}說明欄的用途別金額之和與本年度預算數不符。"),
    "E-BOOK-SPLIT-PART": N_("{name}說明欄僅提及部分用途別金額，未據以拆分。"),
    "E-BOOK-SPLIT-DIFFERS": N_("{name}說明欄的用途別金額在兩處不同，採列數較多之工作表。"),
    "E-UNIT-AMOUNT": N_("此格應為正的整數金額或數量，卻是「{text}」。"),
    "E-UNIT-CLASS": N_("用途別科目 {name} 沒有經濟性分類，未計入職能及經濟性綜合分類表。"),
    "E-UNIT-CODE": N_("編號「{number}」的碼數與本書其他工作計畫不同。"),
    "E-UNIT-AGENCY": N_("本書為機關 {number} 之預算書，本概算的機關為 {agency}。"),
    "E-UNIT-ITEM": N_("此項明細無法編入概算。"),
    "E-UNIT-NO-ITEMS": N_("書中沒有任何逐項明細。"),
    "E-UNIT-SUM": N_("{what}：印 {printed}，由明細計算為 {made}。"),
    "E-UNIT-TWICE": N_("編號「{number}」在本書中出現兩次。"),
    "E-UNIT-YEAR": N_("本書印的是 {printed} 年度，本概算為 {year} 年度。"),
    "E-UNIT-KIND": N_("檔案中找不到歲出計畫提要及分支計畫概況表；已看過的工作表：{sheets}。"),
    "E-UNIT-OBJECT": N_("查無用途別科目「{name}」。"),
    "E-UNIT-ROW": N_("「{name}」不是合計、分支計畫或用途別科目。"),
    "E-BOOK-FUNCTION": N_(
        "編號「{number}」的政事別 {function} 不在本縣市 {year} 年度的政事別代碼中。"
    ),
    "E-BOOK-SCHEME": N_(
        "編號「{number}」有 {digits} 碼，本縣市 {year} 年度的科目編號為 {expected} 碼。"
    ),
    "E-CODE-HEAD": N_("檔案中找不到代碼表的表頭，須有「{heads}」各欄。"),
    "E-CODE-COUNT": N_("代碼表有 {count} 列，最多 {limit} 列。"),
    "E-CODE-FORM": N_("代碼「{text}」須為 1 至 16 個數字或英文字母。"),
    "E-CODE-TWICE": N_("代碼「{number}」重複。"),
    "E-CODE-NAME": N_("代碼「{number}」沒有名稱。"),
    "E-CODE-ACCOUNT": N_("經資門「{text}」須為經常門、資本門或兩者。"),
    "E-CODE-ROLE": N_("性質「{text}」須空白或為下列之一：{words}。"),
    "E-CODE-ROLE-LEVEL": N_("代碼「{number}」非一級用途別，性質請填於其一級用途別。"),
    "E-CODE-ROLE-NONE": N_(
        "用途別代碼表須有「性質」欄並標明何者為人事費（預備金、債務費亦同），否則無從控管流用。"
    ),
    "E-CODE-PARENT": N_("上級代碼「{number}」不在表中。"),
    "E-CODE-DEPTH": N_("代碼「{number}」超過 {limit} 級，或與其上級互為上下級。"),
    "E-CODE-DIGITS": N_("代碼「{number}」有 {digits} 碼，同級其他代碼為 {expected} 碼。"),
    "E-CODE-PREFIX": N_("代碼「{number}」之首碼與其上級代碼「{parent}」不同。"),
    "E-CODE-SEGMENT": N_("碼段「{text}」須為下列之一：{words}。"),
    "E-CODE-SEGMENT-TWICE": N_("碼段「{text}」重複。"),
    "E-CODE-LENGTH": N_("碼數「{text}」須為 1 至 {limit} 的整數。"),
    "E-CODE-SEGMENTS": N_("科目編號須有「機關」及「工作計畫」兩個碼段。"),
    "E-BOOK-UNIT": N_("工作表未載明單位，以千元計。"),
}
"""Code → message id. The same code may be an error or a warning: see the caller."""

COLUMNS: Mapping[str, str] = {
    "this_year_ntd": N_("本年度預算數"),
    "last_year_ntd": N_("上年度預算數"),
    "final_ntd": N_("前年度決算數"),
    "difference_ntd": N_("比較數"),
}


def problem(
    code: str,
    place: Place,
    *,
    arithmetic: Mapping[str, int] | None = None,
    also: Place | None = None,
    detail: Mapping[str, str | int] | None = None,
) -> Problem:
    """Return a problem with the message that belongs to ``code``."""
    return Problem(
        code=code,
        message=MESSAGES[code],
        place=place,
        detail=dict(detail or {}),
        arithmetic=dict(arithmetic or {}),
        also=also,
    )

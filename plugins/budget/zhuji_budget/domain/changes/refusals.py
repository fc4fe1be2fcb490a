"""Why a change of the budget is refused: each with its arithmetic or the words that differ."""

from __future__ import annotations

from typing import ClassVar

from zhuji_core.values import N_, DomainError


class ChangeNotFound(DomainError):
    """No such document, or not one that the reader may see."""

    code = "E-CHANGE-NOT-FOUND"
    message = N_("查無此預算變動文件。")
    status_code = 404


class ChangeState(DomainError):
    """The document is not in the state that the act needs."""

    code = "E-CHANGE-STATE"
    message = N_("「{label}」目前為「{state}」，不能{action}（須為「{needed}」）。")


class ChangeStale(DomainError):
    """Somebody else changed the draft since the form was opened."""

    code = "E-CHANGE-STALE"
    message = N_("「{label}」已由他人修改，請重新開啟後再改。")


class NotChangeWriter(DomainError):
    """Who wrote a document submits, mends or withdraws it; a colleague, when it was returned."""

    code = "E-CHANGE-WRITER"
    message = N_("「{label}」由 {writer} 填寫，僅本人可{action}；退回補正者得由同機關人員接辦。")
    status_code = 403


class ChangeIncomplete(DomainError):
    """A decision needs purpose, legal ground and lines."""

    code = "E-CHANGE-INCOMPLETE"
    message = N_("請填寫「{missing}」。")
    status_code = 422


class ChangeTextLong(DomainError):
    """A text is longer than the form takes."""

    code = "E-CHANGE-TEXT"
    message = N_("「{field}」不得超過 {text_max} 字。")
    status_code = 422


class ChangeLines(DomainError):
    """Lines that no document of this kind can have."""

    code = "E-CHANGE-LINES"
    message = N_("「{kind}」須有 1 至 {lines_max} 列，金額不得為零，{rule}。")
    status_code = 422


class ChangeUnbalanced(DomainError):
    """What leaves is not what arrives."""

    code = "E-CHANGE-BALANCE"
    message = N_("減少合計 {out_ntd:,} 與增加合計 {in_ntd:,} 不相等，相差 {difference_ntd:,}。")
    figure_words: ClassVar = {"out_ntd": N_("減少合計"), "in_ntd": N_("增加合計")}


class ChangeActNumber(DomainError):
    """The decision names the document of the executive or the council."""

    code = "E-CHANGE-ACT-NO"
    message = N_("請輸入核定（或議會審議）之文號。")
    status_code = 422


class ChangeYear(DomainError):
    """The year is not in force: no enacted budget, or it has ended (預算法 12)."""

    code = "E-CHANGE-YEAR"
    message = N_("{fiscal_year} 年度{reason}，不能辦理預算變動。")


class ChangeMonth(DomainError):
    """Months of an agency that is not allotted yet in the year."""

    code = "E-CHANGE-MONTH"
    message = N_("機關 {agency_code} {fiscal_year} 年度尚未核定分配，第 {line_no} 列不得指定月份。")
    status_code = 422


class ChangeRow(DomainError):
    """A line names a control row of another year, or one that does not exist."""

    code = "E-CHANGE-ROW"
    message = N_("第 {line_no} 列的控制項目不存在，或不屬 {fiscal_year} 年度。")
    status_code = 422


class ChangeNewRow(DomainError):
    """A kind of document that cannot name a row, or a line, which does not exist yet."""

    code = "E-CHANGE-NEW-LINE"
    message = N_("「{kind}」第 {line_no} 列 {line_code} {line_name}：{rule}。")
    status_code = 422


class ChangeAgency(DomainError):
    """The head of one agency decides about the money of that agency alone."""

    code = "E-CHANGE-AGENCY"
    message = N_("第 {line_no} 列 {line_code} 屬機關 {other}，本文件由機關 {agency_code} 辦理。")


class CrossProgram(DomainError):
    """Virement never crosses agencies, functions or plans (預算法 62)."""

    code = "E-VIRE-CROSS-PROGRAM"
    message = N_(
        "不得跨{what}流用（預算法第 62 條）：{from_code} {from_name} → {to_code} {to_name}。"
    )


class IntoPersonnel(DomainError):
    """Nothing flows into personnel (預算法 63)."""

    code = "E-VIRE-PERSONNEL"
    message = N_(
        "不得流用為用人經費（預算法第 63 條）：{line_name}　{object_name} {amount_ntd:,}。"
    )


class CapitalIntoCurrent(DomainError):
    """Money of the capital account does not become current spending (預算法 10, 執行要點)."""

    code = "E-VIRE-CAPITAL"
    message = N_("資本門不得流用至經常門：{line_name}　{object_name} {amount_ntd:,}。")


class CutByCouncil(DomainError):
    """What the council struck out or cut gets nothing back this way (預算法 22, 63)."""

    code = "E-VIRE-COUNCIL-CUT"
    message = N_(
        "{line_name}　{object_name} 經議會刪減 {cut_ntd:,}，不得以流用、預備金或統籌科目補足，"
        "本次 {amount_ntd:,}。"
    )
    figure_words: ClassVar = {"cut_ntd": N_("議會刪減")}


class Over20Percent(DomainError):
    """In and out are at most a fifth of the original budget, over the whole year (預算法 63)."""

    code = "E-VIRE-20PCT"
    message = N_(
        "{line_name}　{object_name} {direction}超過原預算百分之二十：原預算 {enacted_ntd:,} × 20% ="
        " {limit_ntd:,}，先前已{direction} {before_ntd:,}，本次 {amount_ntd:,}，"
        "超過 {over_ntd:,}（預算法第 63 條）。"
    )
    figure_words: ClassVar = {
        "limit_ntd": N_("上限（20%）"),
        "before_ntd": N_("先前已流用"),
        "over_ntd": N_("超過"),
    }


class OverReduced20Percent(Over20Percent):
    """The same of a row that the council reduced during the year (追減): of what it left."""

    message = N_(
        "{line_name}　{object_name} {direction}超過原預算百分之二十：（原預算 {enacted_ntd:,} −"
        " 追減 {reduced_ntd:,}）× 20% = {limit_ntd:,}，先前已{direction} {before_ntd:,}，"
        "本次 {amount_ntd:,}，超過 {over_ntd:,}（預算法第 63 條）。"
    )
    figure_words: ClassVar = {**Over20Percent.figure_words, "reduced_ntd": N_("追減")}


class VirementEarly(DomainError):
    """Money that moves is not there before it would have been: that is a revision (預算法 58)."""

    code = "E-VIRE-EARLY"
    message = N_(
        "「{title}」不得提前使用後月份之分配數：至 {month} 月底多分配 {over_ntd:,}（"
        "流入 {in_ntd:,}，流出及未分配數 {out_ntd:,}）；提前使用請修改分配預算（預算法第 58 條）。"
    )
    figure_words: ClassVar = {
        "in_ntd": N_("流入數"),
        "out_ntd": N_("流出及未分配數"),
        "over_ntd": N_("多分配"),
    }


class NotReserve(DomainError):
    """A reserve's document takes money from that reserve alone."""

    code = "E-RESERVE-SOURCE"
    message = N_(
        "{line_name}　{object_name} 依用途別及政事別代碼表之性質不是{reserve}，不能由此動支。"
    )


class IntoReserve(DomainError):
    """A reserve is as large as it was voted (預算法 22)."""

    code = "E-RESERVE-INTO"
    message = N_(
        "{line_name}　{object_name} 為{reserve}，不得以流用、預備金或統籌科目增加；"
        "應以追加預算辦理（預算法第 22 條）。"
    )


class OutOfReserve(DomainError):
    """A reserve is used by its own document, through those who decide about it."""

    code = "E-RESERVE-OUT"
    message = N_(
        "{line_name}　{object_name} 為{reserve}，不得流用或撥用；請以「動支{reserve}」辦理"
        "（預算法第 64 條、第 70 條）。"
    )


class ReserveAgency(DomainError):
    """The first reserve belongs to its agency (預算法 22, 64)."""

    code = "E-RESERVE-AGENCY"
    message = N_("第一預備金僅供本機關使用：{line_name}　{object_name} 屬其他機關。")


class PoolUseUnpooled(DomainError):
    """Only a line that is marked as pooled is opened to other agencies."""

    code = "E-POOL-UNPOOLED"
    message = N_("{line_code} 不是統籌科目，請先指定為統籌科目。")


class PoolUsers(DomainError):
    """A code that no agency of the county has."""

    code = "E-POOL-USERS"
    message = N_("查無下列機關代碼，或超過 {users_max} 個：{codes}。各機關均可使用時請填 *。")
    status_code = 422


class ChangeShort(DomainError):
    """Less is left of the year's budget than the document takes."""

    code = "E-CHANGE-SHORT"
    message = N_(
        "{line_name}　{object_name} 餘額不足：預算 {budget_ntd:,} − 凍結或未核准 {frozen_ntd:,} − "
        "已簽證、暫付及實現 {used_ntd:,} = {left_ntd:,}，本次減少 {amount_ntd:,}，"
        "短少 {short_ntd:,}。"
    )
    figure_words: ClassVar = {"used_ntd": N_("已簽證、暫付及實現"), "left_ntd": N_("餘額")}


class RevenueShort(DomainError):
    """A reduction of revenue takes more than the row has."""

    code = "E-CHANGE-REVENUE-SHORT"
    message = N_(
        "歲入 {line_name}　{object_name} 預算 {budget_ntd:,}，本次追減 {amount_ntd:,}，"
        "短少 {short_ntd:,}。"
    )


class ChangeRevenueKind(DomainError):
    """Only what the council passes changes revenue (預算法 79–82)."""

    code = "E-CHANGE-REVENUE"
    message = N_("「{kind}」不得變動歲入預算（第 {line_no} 列），歲入僅得以追加、追減預算變動。")
    status_code = 422


class MonthShort(DomainError):
    """Less was allotted in the month than the document takes out of it."""

    code = "E-CHANGE-ALLOTMENT"
    message = N_(
        "{line_name}　{object_name} {month} 月分配 {allotted_ntd:,}，本次減少 {amount_ntd:,}，"
        "短少 {short_ntd:,}。"
    )
    figure_words: ClassVar = {"allotted_ntd": N_("分配數")}


class UnallottedShort(DomainError):
    """Less is unallotted than the document takes without naming a month."""

    code = "E-CHANGE-UNALLOTTED"
    message = N_(
        "{line_name}　{object_name} 未分配數 {unallotted_ntd:,}，本次由未分配減少 {amount_ntd:,}，"
        "短少 {short_ntd:,}。請指定由哪一月份之分配數減少。"
    )
    figure_words: ClassVar = {"unallotted_ntd": N_("未分配數")}


class AllotmentUsed(DomainError):
    """What was allotted to date is already committed (預算法 61)."""

    code = "E-CHANGE-ALLOTTED-USED"
    message = N_(
        "{line_name}　{object_name} 截至 {month} 月分配 {allotted_ntd:,} − 已簽證、暫付及實現"
        " {used_ntd:,} = {left_ntd:,}，本次減少 {amount_ntd:,}，短少 {short_ntd:,}。"
    )
    figure_words: ClassVar = {
        "allotted_ntd": N_("分配數"),
        "used_ntd": N_("已簽證、暫付及實現"),
        "left_ntd": N_("餘額"),
    }


class AllotmentSpent(DomainError):
    """What was allotted to date is already advanced or spent, whatever is certified (預算法 61)."""

    code = "E-CHANGE-ALLOTTED-SPENT"
    message = N_(
        "{line_name}　{object_name} 截至 {month} 月分配 {allotted_ntd:,} − 已暫付及實現"
        " {used_ntd:,} = {left_ntd:,}，本次減少 {amount_ntd:,}，短少 {short_ntd:,}。"
    )
    figure_words: ClassVar = {
        "allotted_ntd": N_("分配數"),
        "used_ntd": N_("已暫付及實現"),
        "left_ntd": N_("餘額"),
    }


class NotFrozen(DomainError):
    """Less is frozen than is to be released."""

    code = "E-CONDITION-RELEASE"
    message = N_(
        "{line_name}　{object_name} 凍結或未核准動支 {frozen_ntd:,}，本次解除 {amount_ntd:,}，"
        "超過 {over_ntd:,}。"
    )
    figure_words: ClassVar = {"over_ntd": N_("超過")}


class AdvanceNeeded(DomainError):
    """What is included names the advance that it settles."""

    code = "E-ADVANCE-MISSING"
    message = N_("請指定已生效之墊付款文件。")
    status_code = 422


class AdvanceExceeded(DomainError):
    """More would be included in the budget than was advanced."""

    code = "E-ADVANCE-EXCEEDED"
    message = N_(
        "墊付 {advanced_ntd:,} − 已納入預算 {included_ntd:,} = {left_ntd:,}，本次 {amount_ntd:,}，"
        "超過 {over_ntd:,}。"
    )
    figure_words: ClassVar = {
        "advanced_ntd": N_("墊付"),
        "included_ntd": N_("已納入預算"),
        "left_ntd": N_("餘額"),
        "over_ntd": N_("超過"),
    }


class AdvanceAgency(DomainError):
    """What was advanced to one agency does not enlarge the budget of another."""

    code = "E-ADVANCE-AGENCY"
    message = N_(
        "{line_name}　{object_name} 不屬墊付之機關 {agency_code}，不能以此墊付款納入預算。"
    )


class AdvanceIncluded(DomainError):
    """An advance of which something is in the budget is not taken back."""

    code = "E-ADVANCE-INCLUDED"
    message = N_("此墊付款已納入預算 {included_ntd:,}，須先沖回納入預算之文件。")
    figure_words: ClassVar = {"included_ntd": N_("已納入預算")}


class AlreadyReversed(DomainError):
    """A document is reversed once, and a reversal not at all."""

    code = "E-CHANGE-REVERSED"
    message = N_("「{label}」{reason}，不能再沖回。")


class ReversalFixed(DomainError):
    """The lines of a reversal are those of the document that it reverses."""

    code = "E-CHANGE-REVERSAL"
    message = N_("沖回文件「{label}」之明細依原文件，不能修改；不再需要時請撤回。")

"""Why an allotment schedule is refused, in the words of who keys it."""

from __future__ import annotations

from zhuji_core.values import N_, DomainError


class ScheduleNotFound(DomainError):
    """No schedule with this id, or none that this person may read."""

    code = "E-ALLOT-NOT-FOUND"
    message = N_("查無此分配預算表。")
    status_code = 404


class WrongState(DomainError):
    """The schedule is not in a state in which this may be done."""

    code = "E-ALLOT-STATE"
    message = N_("分配預算表「{label}」目前為「{state}」，不能{action}（須為：{needed}）。")


class ScheduleOpen(DomainError):
    """An agency has one schedule of a side at work; the next one begins after it."""

    code = "E-ALLOT-OPEN"
    message = N_("{agency} {year} 年度{side}已有辦理中的分配預算表，請先完成或撤回。")


class NothingToAllot(DomainError):
    """The agency has no enacted budget of this side in the year."""

    code = "E-ALLOT-EMPTY"
    message = N_("{agency} {year} 年度沒有可分配的{side}預算。")


class NothingChanged(DomainError):
    """A schedule that changes no month is no schedule."""

    code = "E-ALLOT-SAME"
    message = N_("分配預算表「{label}」各月分配數與現行分配相同，無須送出。")


class TooManyRows(DomainError):
    """An agency has more rows than one schedule takes."""

    code = "E-ALLOT-ROWS"
    message = N_("{agency} 有 {rows:,} 個控制項目，超過一表 {rows_max:,} 個之上限。")


class RowUnknown(DomainError):
    """A row that is not of this schedule, or one that is named twice."""

    code = "E-ALLOT-ROW"
    message = N_("分配預算表沒有控制項目「{row_id}」，或重複填列。")
    status_code = 422


class MonthsMalformed(DomainError):
    """Cells that are no whole amounts of zero or more; each is named."""

    code = "E-ALLOT-CELL"
    message = N_("有 {count} 格分配數無法解讀，各月須為 0 或正整數（元）。")
    status_code = 422


class AllotmentExceeds(DomainError):
    """The months add up to more than the budget without what is frozen (預算法 55)."""

    code = "E-ALLOT-OVER"
    message = N_("「{row}」各月分配合計超過可分配預算，共 {count} 個項目須修正。")


class AllotmentBelowUsed(DomainError):
    """The months so far would not cover what is held, advanced and spent already."""

    code = "E-ALLOT-USED"
    message = N_("「{row}」修改後截至 {month} 月之分配少於已使用數，共 {count} 個項目須修正。")


class AllotmentPast(DomainError):
    """Months that are over stay as they were allotted; what is left of them rolls forward (61)."""

    code = "E-ALLOT-PAST"
    message = N_("「{row}」{month} 月已過，原分配數不得修改，共 {count} 個項目須修正。")


class AllotmentStale(DomainError):
    """Another document changed the months since the schedule was written."""

    code = "E-ALLOT-CHANGED"
    message = N_(
        "「{row}」之分配數在本表擬編後已因其他文件變動，共 {count} 個項目；請退回後重新存檔再送。"
    )


class PlanPercent(DomainError):
    """Monthly progress of a plan: twelve whole percents, together 1 to 100."""

    code = "E-ALLOT-PLAN"
    message = N_("計畫進度須為 12 個月之百分比（整數），合計 1 至 100，目前合計 {total}。")
    status_code = 422


class PatternMissing(DomainError):
    """Last year's budget is not in this county, or was not allotted."""

    code = "E-ALLOT-PATTERN"
    message = N_("{agency} {year} 年度沒有分配數可資比照。")


class ReasonMissing(DomainError):
    """A return, a revision, an objection, and an approval against one say why."""

    code = "E-ALLOT-REASON"
    message = N_("請填寫{what}。")
    status_code = 422


class TextTooLong(DomainError):
    """A text beyond the limit of the form."""

    code = "E-ALLOT-TEXT"
    message = N_("文字最多 {text_max} 字。")
    status_code = 422


class EarlierHand(DomainError):
    """Who did one step on a schedule does not do the next, also as a deputy of several offices."""

    code = "E-ALLOT-HAND"
    message = N_(
        "分配預算表「{label}」由您本人（或您代理之人）{did}，不得再由您{action}；須由其他人員辦理。"
    )
    status_code = 403


class CommentPending(DomainError):
    """The finance office still has days to comment (送財政單位三日內表示意見)."""

    code = "E-ALLOT-COMMENT"
    message = N_(
        "財政單位尚未表示意見；自送出日 {submitted} 起滿 {days} 日未表示者"
        "（{due} 起）始得逕行核定。"
    )


class ScheduleRevised(DomainError):
    """Somebody else saved the schedule since it was opened."""

    code = "E-ALLOT-REVISED"
    message = N_("分配預算表「{label}」已由他人修改，請重新開啟後再填。")

"""Why a spending request may not be written, submitted, approved, certified or released."""

from __future__ import annotations

from zhuji_accounting.domain.request import RequestLine
from zhuji_core.values import N_, DomainError


class RequestNotFound(DomainError):
    """No such request in this county, or none that the actor may see."""

    code = "E-REQUEST-NOT-FOUND"
    message = N_("查無此動支申請，或您無權查閱。")
    status_code = 404


class WrongState(DomainError):
    """The request is not in a state in which this may be done."""

    code = "E-REQUEST-STATE"
    message = N_("動支申請 {label} 目前為「{state}」，不能{action}（須為「{needed}」）。")


class NotWriter(DomainError):
    """Only who wrote a request may change, submit or withdraw it."""

    code = "E-NOT-WRITER"
    message = N_("動支申請 {label} 由 {writer} 填寫，僅原經辦本人得{action}。")
    status_code = 403


class PurposeMissing(DomainError):
    """No purpose (用途) or no basis (案據) (會計法 102-1)."""

    code = "E-PURPOSE-MISSING"
    message = N_("動支申請 {label} 未填用途或案據，請補填後再送。")
    status_code = 422


class LinesMissing(DomainError):
    """A request has one to ten lines, each with a whole positive amount."""

    code = "E-REQUEST-LINES"
    message = N_("動支申請須有 1 至 {lines_max} 行明細，每行須選預算科目並填正整數金額。")
    status_code = 422


class PeriodClosed(DomainError):
    """The month takes no more of this: it is closed, or its intake was stopped (執行要點 六)."""

    code = "E-PERIOD-CLOSED"
    message = N_(
        "{fiscal_year} 年度 {period} 月已停止收件或關帳，不得再辦理{action}。請洽主辦會計或主計處。"
    )


class DuplicateRequest(DomainError):
    """An open request asks for the same: same agency, purpose, basis, payee, lines, amounts."""

    code = "E-DUP-REQUEST"
    message = N_(
        "內容與已送出的動支申請 {other} 完全相同（用途、案據、受款人、科目及金額）。"
        "如確為另一案，請填寫非重複之理由後再送。"
    )


# What the form asks for when a request looks like another one.
DUPLICATE_FIELDS = {"duplicate_reason": N_("必填")}


class AgencyMismatch(DomainError):
    """A line names a control row of another agency or fiscal year."""

    code = "E-LINE-AGENCY"
    message = N_(
        "第 {line_no} 行的預算科目 {line_code} 不屬於 {agency_code} {fiscal_year} 年度預算。"
    )
    status_code = 422


class ReasonMissing(DomainError):
    """A return or release without a reason says nothing to the one who reads it."""

    code = "E-REASON-MISSING"
    message = N_("請填寫理由。")
    status_code = 422


class OverRelease(DomainError):
    """More was to be released than the request still holds."""

    code = "E-OVER-RELEASE"
    message = N_(
        "第 {line_no} 行釋放金額 {requested_ntd:,} 超過尚未支用之簽證餘額：簽證 {certified_ntd:,}"
        " − 已報支 {claimed_ntd:,} − 暫付 {advanced_ntd:,} − 已釋放 {released_ntd:,}"
        " = {held_ntd:,}。"
    )

    def __init__(self, *, line: RequestLine, requested_ntd: int) -> None:
        super().__init__(
            arithmetic={
                "certified_ntd": line.amount_ntd,
                "claimed_ntd": line.claimed_ntd,
                "advanced_ntd": line.advanced_ntd,
                "released_ntd": line.released_ntd,
                "held_ntd": line.held_ntd,
                "requested_ntd": requested_ntd,
            },
            line_no=line.line_no,
            certified_ntd=line.amount_ntd,
            claimed_ntd=line.claimed_ntd,
            advanced_ntd=line.advanced_ntd,
            released_ntd=line.released_ntd,
            held_ntd=line.held_ntd,
            requested_ntd=requested_ntd,
        )


class LineTwice(DomainError):
    """One line is named twice: which of the two amounts is meant cannot be told."""

    code = "E-LINE-TWICE"
    message = N_("第 {line_no} 行重複填列，請合併為一筆。")
    status_code = 422


class YearEnded(DomainError):
    """The request belongs to another fiscal year than the business date (預算法 72)."""

    code = "E-REQUEST-YEAR"
    message = N_(
        "動支申請 {label} 屬 {request_year} 年度，目前為 {business_year} 年度，不得{action}。"
    )


class StaleRevision(DomainError):
    """Somebody saved the request after this form was opened."""

    code = "E-STALE"
    message = N_("動支申請 {label} 已由他人修改，請重新開啟後再改。")


class TooLong(DomainError):
    """A text is longer than the form holds."""

    code = "E-TEXT-LONG"
    message = N_("欄位「{field}」最多 {text_max} 字。")
    status_code = 422


class PeriodInvalid(DomainError):
    """Periods are months 1–12 and the adjustment period 13 of a fiscal year."""

    code = "E-PERIOD-INVALID"
    message = N_("{period} 不是有效的會計月份（1 至 13）。")
    status_code = 422


class PeriodFuture(DomainError):
    """A month that has not begun is not closed, and not reported."""

    code = "E-PERIOD-FUTURE"
    message = N_(
        "{fiscal_year} 年度 {period} 月始於 {begins_on}，今日為 {today}，"
        "尚未開始之月份不得關帳或編製報表。"
    )
    status_code = 422


class PeriodOrder(DomainError):
    """Months are closed from the first to the last, and reopened the other way round."""

    code = "E-PERIOD-ORDER"
    message = N_(
        "{fiscal_year} 年度 {period} 月不能{action}：{other} 月目前為「{state}」。"
        "各月須依序關帳，重開時由最後關帳之月份起。"
    )


class ReportSetNotFound(DomainError):
    """No such kept reports, or of an agency whose books the actor may not read."""

    code = "E-REPORT-SET-NOT-FOUND"
    message = N_("查無此份留存報表，或您無權查閱。")
    status_code = 404


class PeriodState(DomainError):
    """The period is already closed, or is not closed."""

    code = "E-PERIOD-STATE"
    message = N_("{fiscal_year} 年度 {period} 月目前為「{state}」，不能執行此作業。")


class BatchLimit(DomainError):
    """A batch takes from one to five hundred requests."""

    code = "E-BATCH-LIMIT"
    message = N_("批次須選 1 至 {batch_max} 件，目前 {count} 件。")
    status_code = 422

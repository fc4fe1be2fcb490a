"""Why an advance may not be written, sent, approved or granted."""

from __future__ import annotations

from zhuji_core.values import N_, DomainError


class AdvanceNotFound(DomainError):
    """No such advance in this county, or none that the actor may see."""

    code = "E-ADVANCE-NOT-FOUND"
    message = N_("查無此暫付案，或您無權查閱。")
    status_code = 404


class AdvanceWrongState(DomainError):
    """The advance is not in a state in which this may be done."""

    code = "E-ADVANCE-STATE"
    message = N_("暫付案 {label} 目前為「{state}」，不能{action}（須為「{needed}」）。")


class NotAdvanceWriter(DomainError):
    """Only who wrote an advance may change, send or withdraw it."""

    code = "E-NOT-ADVANCE-WRITER"
    message = N_("暫付案 {label} 由 {writer} 填寫，僅原經辦本人得{action}。")
    status_code = 403


class AdvanceStale(DomainError):
    """Somebody saved the advance after this form was opened."""

    code = "E-ADVANCE-STALE"
    message = N_("暫付案 {label} 已由他人修改，請重新開啟後再改。")


class AdvanceIncomplete(DomainError):
    """Something that the next step needs is not there; each field is named."""

    code = "E-ADVANCE-MISSING"
    message = N_("暫付案 {label} 尚缺：{missing}。")
    status_code = 422


class AdvanceRequestUnknown(DomainError):
    """The request is not a certified one of this agency and year."""

    code = "E-ADVANCE-REQUEST"
    message = N_("查無動支申請，或不能據以暫付：須為本機關 {fiscal_year} 年度已簽證且未結案者。")
    status_code = 422


class AdvanceLineInvalid(DomainError):
    """A line that the request does not have, that is named twice, or an amount that is none."""

    code = "E-ADVANCE-LINE"
    message = N_("暫付明細第 {row} 列不能採用：須為該動支申請之明細、不得重複，且金額須為正整數。")
    status_code = 422


class AdvanceDueDate(DomainError):
    """An advance is settled within its own year, on a day that has not passed yet."""

    code = "E-ADVANCE-DUE"
    message = N_("預定結清日 {settle_by} 不能採用：須在 {first_on} 至 {last_on} 之間。")
    status_code = 422


class PrepaymentNeedsContract(DomainError):
    """A prepayment is backed by a contract (會計法 100)."""

    code = "E-PREPAY-RULE"
    message = N_("契約預付須以契約類動支申請辦理並載明契約編號（會計法第 100 條）。")
    status_code = 422


class AdvanceOpen(DomainError):
    """The receiver has an advance that should have been settled; a reason lets one more pass."""

    code = "E-ADVANCE-OPEN"
    message = N_(
        "{receiver} 尚有逾期未結清之暫付 {others}，計 {outstanding_ntd:,} 元、最久逾 {days} 日。"
        "請先結清，或於「逾期未結仍須暫付之理由」敘明。"
    )

    def __init__(self, *, receiver: str, others: tuple[str, ...], **figures: int) -> None:
        super().__init__(
            arithmetic=figures,
            receiver=receiver,
            others=others,
            fields={"open_reason": N_("請敘明理由。")},
            outstanding_ntd=figures["outstanding_ntd"],
            days=figures["days"],
        )

"""Why a returned remittance may not be recorded or answered."""

from __future__ import annotations

from zhuji_core.values import N_, DomainError


class ReturnNotFound(DomainError):
    """No such returned remittance in this county, or none that the actor may see."""

    code = "E-RETURN-NOT-FOUND"
    message = N_("查無此退匯紀錄，或您無權查閱。")
    status_code = 404


class ReturnIncomplete(DomainError):
    """A notice has number and reason, what is sent again its order and account."""

    code = "E-RETURN-MISSING"
    message = N_("退匯紀錄尚缺：{missing}。")
    status_code = 422


class ReturnDate(DomainError):
    """Money comes back after it was paid, is answered after that, and neither in the future."""

    code = "E-RETURN-DATE"
    message = N_("日期 {day} 不能採用：須在 {first_on} 至 {last_on} 之間。")
    status_code = 422


class ReturnPayee(DomainError):
    """The claim has no such payee."""

    code = "E-RETURN-PAYEE"
    message = N_("{label} 沒有這位受款人，請自該案受款人中選擇。")
    status_code = 422


class NoticeTwice(DomainError):
    """One notice of the treasury is booked once."""

    code = "E-RETURN-NOTICE"
    message = N_("退匯通知 {notice_no} 已登記於 {other}，不得重複登記。")


class ReturnNotPaid(DomainError):
    """Only what was paid can come back: the claim's voucher is in the books."""

    code = "E-RETURN-SOURCE"
    message = N_("{label} 的付款傳票尚未登帳，銀行無從退匯。請先完成登帳。")


class OverReturn(DomainError):
    """More comes back than this payee was paid, or nothing."""

    code = "E-OVER-RETURN"
    message = N_(
        "{label} 受款人「{payee}」退匯金額不能採用：已付 {paid_ntd:,} − 已退匯未重匯"
        " {returned_ntd:,} = {rest_ntd:,}，本次 {requested_ntd:,}。"
    )

    def __init__(
        self, *, arithmetic: dict[str, int], label: str, payee: str, fields: dict[str, str]
    ) -> None:
        super().__init__(
            arithmetic=arithmetic, fields=fields, label=label, payee=payee, **arithmetic
        )


class ReturnAnswered(DomainError):
    """What became of the money was recorded already."""

    code = "E-RETURN-ANSWERED"
    message = N_("{label} 已於 {settled_on} 辦理{kind}，不得重複辦理。")


class ReturnRecovery(DomainError):
    """It is given back by a recovery of the same claim and amount that no other return names."""

    code = "E-RETURN-RECOVERY"
    message = N_(
        "{label} 繳回須指定報支案 {claim} 的一筆支出收回：金額 {amount_ntd:,}，且未經其他退匯採用。"
    )

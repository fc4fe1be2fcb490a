"""Why money that came back may not be recorded."""

from __future__ import annotations

from zhuji_core.values import N_, DomainError


class RecoveryNotFound(DomainError):
    """No such recovery in this county, or none that the actor may see."""

    code = "E-RECOVERY-NOT-FOUND"
    message = N_("查無此收回紀錄，或您無權查閱。")
    status_code = 404


class RecoveryIncomplete(DomainError):
    """Who paid, by which slip of the treasury, and why: each is told."""

    code = "E-RECOVERY-MISSING"
    message = N_("收回紀錄尚缺：{missing}。")
    status_code = 422


class RecoveryLineInvalid(DomainError):
    """No line, one that is not there or named twice, or an amount that is none."""

    code = "E-RECOVERY-LINE"
    message = N_("請填至少一行收回金額；各行須為原案之明細、不得重複，且金額須為正整數。")
    status_code = 422


class DepositDate(DomainError):
    """Money comes back after it was paid, and not in the future."""

    code = "E-RECOVERY-DATE"
    message = N_("繳款日期 {deposited_on} 不能採用：須在 {first_on} 至 {last_on} 之間。")
    status_code = 422


class SlipTwice(DomainError):
    """One slip of the treasury is booked once."""

    code = "E-RECOVERY-SLIP"
    message = N_("繳款書 {slip_no} 已登記於 {other}，不得重複登記。")


class NotPaid(DomainError):
    """Nothing was paid yet by this claim, so nothing can come back."""

    code = "E-RECOVERY-SOURCE"
    message = N_("{label} 尚未核定付款，無可收回之支出。")


class OverRecovery(DomainError):
    """More comes back than was paid and is not answered for yet."""

    code = "E-OVER-RECOVERY"
    message = N_(
        "{label} 第 {line_no} 行收回超過可收回金額：原付 {paid_ntd:,} − 已轉正 {settled_ntd:,}"
        " − 已收回 {recovered_ntd:,} = {rest_ntd:,}，本次 {requested_ntd:,}，超過 {short_ntd:,}。"
    )

    def __init__(
        self, *, arithmetic: dict[str, int], label: str, line_no: int, fields: dict[str, str]
    ) -> None:
        super().__init__(
            arithmetic=arithmetic, fields=fields, label=label, line_no=line_no, **arithmetic
        )

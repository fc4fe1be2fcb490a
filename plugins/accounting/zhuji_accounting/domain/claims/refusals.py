"""Why an expense claim may not be written, sent, signed or approved."""

from __future__ import annotations

from typing import Any

from zhuji_accounting.domain.claims.claim import ExpenseClaim
from zhuji_accounting.domain.request import RequestLine
from zhuji_core.values import N_, DomainError


class ClaimNotFound(DomainError):
    """No such claim in this county, or none that the actor may see."""

    code = "E-CLAIM-NOT-FOUND"
    message = N_("查無此報支案，或您無權查閱。")
    status_code = 404


class ClaimWrongState(DomainError):
    """The claim is not in a state in which this may be done."""

    code = "E-CLAIM-STATE"
    message = N_("報支案 {label} 目前為「{state}」，不能{action}（須為「{needed}」）。")


class NotClaimant(DomainError):
    """Only who wrote a claim may change, send or withdraw it."""

    code = "E-NOT-CLAIMANT"
    message = N_("報支案 {label} 由 {writer} 填寫，僅原經辦本人得{action}。")
    status_code = 403


class ClaimStale(DomainError):
    """Somebody saved the claim after this form was opened."""

    code = "E-CLAIM-STALE"
    message = N_("報支案 {label} 已由他人修改，請重新開啟後再改。")


class ClaimIncomplete(DomainError):
    """Something that the next step needs is not there; each field is named."""

    code = "E-DOC-MISSING"
    message = N_("報支案 {label} 尚缺：{missing}。")
    status_code = 422


class ClaimLimit(DomainError):
    """More rows than a claim takes, an amount that is none, or a text beyond its limit."""

    code = "E-CLAIM-ROWS"
    message = N_("{field}第 {row} 列不能採用：金額須為正整數，文字最多 {text_max} 字。")
    status_code = 422


class ClaimTooLarge(DomainError):
    """A claim has at most so many rows of a kind."""

    code = "E-CLAIM-LIMIT"
    message = N_("{field}最多 {rows_max} 列，目前 {count} 列。")
    status_code = 422


class ClaimLineUnknown(DomainError):
    """The line is not one of a certified request of this agency and year, or is named twice."""

    code = "E-CLAIM-LINE"
    message = N_(
        "第 {line_no} 列所指的動支申請明細不能報支：須為本機關 {fiscal_year} 年度已簽證且未結案之"
        "動支申請，且不得重複。"
    )
    status_code = 422


class AmountMismatch(DomainError):
    """Evidence, payees and claim do not add up to one amount (會計法 102-8)."""

    code = "E-AMOUNT-MISMATCH"
    message = N_(
        "金額不符：報支金額 {claimed_ntd:,} 須等於憑證合計 {documents_ntd:,}；"
        "報支金額 {claimed_ntd:,} − 暫付轉正 {settled_ntd:,} − 代扣款 {withheld_ntd:,}"
        " = 應付受款人 {net_ntd:,}，須等於受款合計 {payees_ntd:,}。"
    )
    status_code = 422

    def __init__(self, claim: ExpenseClaim) -> None:
        figures = {
            "claimed_ntd": claim.amount_ntd,
            "documents_ntd": sum(one.amount_ntd for one in claim.documents),
            "settled_ntd": claim.settled_ntd,
            "withheld_ntd": claim.withheld_ntd,
            "net_ntd": claim.net_ntd,
            "payees_ntd": sum(one.amount_ntd for one in claim.payees),
        }
        words: dict[str, Any] = {**figures}
        super().__init__(arithmetic=figures, **words)


class AdvanceUnknown(DomainError):
    """The claim settles no advance of this agency and year that is out."""

    code = "E-SETTLE-ADVANCE"
    message = N_(
        "查無可轉正之暫付案：須為本機關 {fiscal_year} 年度已撥付、未結清者"
        "（零用金請辦理撥還或繳回）。"
    )
    status_code = 422


class SettlesNothing(DomainError):
    """A claim that names an advance claims of a line of which the advance has something out."""

    code = "E-SETTLE-NOTHING"
    message = N_("報支案 {label} 未報支暫付案 {advance} 之任何未結清明細，請改填明細或取消轉正。")
    status_code = 422


class OverAdvance(DomainError):
    """The advance has less out than the claim wants to settle: another one was faster."""

    code = "E-OVER-ADVANCE"
    message = N_(
        "第 {line_no} 行轉正超過暫付案 {advance} 未結清金額：暫付 {advanced_ntd:,} − 已轉正"
        " {settled_ntd:,} − 已繳回 {recovered_ntd:,} = {outstanding_ntd:,}，"
        "本次 {requested_ntd:,}，超過 {short_ntd:,}。請退回報支案重新存檔。"
    )

    def __init__(self, *, arithmetic: dict[str, int], advance: str, line_no: int) -> None:
        words: dict[str, Any] = {"advance": advance, "line_no": line_no, **arithmetic}
        super().__init__(arithmetic=arithmetic, **words)


class JourneyInvalid(DomainError):
    """The costs of a journey are its claim, and nobody returns before leaving."""

    code = "E-TRAVEL"
    message = N_(
        "差旅資料不符：交通費 {transport_ntd:,} + 住宿費 {lodging_ntd:,} + 雜費 {allowance_ntd:,}"
        " = {sum_ntd:,}，須等於報支金額 {claimed_ntd:,}；返回日期不得早於出發日期。"
    )
    status_code = 422


class PayrollInvalid(DomainError):
    """A payroll is of a month and of people, and withholds no more than it pays."""

    code = "E-PAYROLL"
    message = N_(
        "薪給資料不符：月份 1 至 12、人數至少 1 人、各項代扣款為正整數且不重複；"
        "應發 {claimed_ntd:,} − 暫付轉正 {settled_ntd:,} − 代扣款 {withheld_ntd:,}"
        " = 實發 {net_ntd:,}，不得小於 0。"
    )
    status_code = 422


class SubsidyOver(DomainError):
    """More is claimed of a subsidy than was approved, all claims of it together."""

    code = "E-SUBSIDY-OVER"
    message = N_(
        "{recipient} 之補助（{approval_no}）超過核定金額：核定 {approved_ntd:,} − 其他報支"
        " {others_ntd:,} = {rest_ntd:,}，本次 {requested_ntd:,}，超過 {short_ntd:,}。"
    )


class PettyCashFund(DomainError):
    """A replenishment names a fund of the agency that is out, and is paid to its keeper."""

    code = "E-PETTY-CASH-FUND"
    message = N_("零用金撥還須載明已撥付之零用金暫付編號，且受款人須為其保管人（{receiver}）。")
    status_code = 422


class PettyCashDocument(DomainError):
    """Petty cash pays small things: each receipt has a limit, which the county sets."""

    code = "E-PETTY-CASH-ITEM"
    message = N_(
        "第 {row} 列憑證 {requested_ntd:,} 超過零用金單筆限額 {max_ntd:,}，請改循一般程序。"
    )
    status_code = 422


class PettyCashOver(DomainError):
    """No more is replenished than the fund has, all replenishments under way together."""

    code = "E-PETTY-CASH-OVER"
    message = N_(
        "撥還超過零用金 {fund}：額度 {fund_ntd:,} − 其他撥還中 {others_ntd:,} = {rest_ntd:,}，"
        "本次 {requested_ntd:,}，超過 {short_ntd:,}。"
    )


class TaxIdInvalid(DomainError):
    """The business number fails its own check digit."""

    code = "E-TAX-ID"
    message = N_("第 {row} 列的統一編號 {tax_id} 不符檢查規則，請核對憑證。")
    status_code = 422


class BankInvalid(DomainError):
    """A bank has three digits, a branch four, an account six to sixteen."""

    code = "E-PAYEE-ACCOUNT"
    message = N_(
        "第 {row} 列受款人 {name} 的帳戶不完整：金融機構代號 3 碼、分支代號 4 碼、"
        "帳號 6 至 16 碼數字，三者須一併填寫或一併空白。"
    )
    status_code = 422


class DuplicateInvoice(DomainError):
    """An invoice or receipt of one seller and number is claimed once."""

    code = "E-DUP-INVOICE"
    message = N_("憑證 {number}（統一編號 {tax_id}）已列於報支案 {other}，不得重複報支。")


class OverHold(DomainError):
    """More is claimed or advanced than the line of the request still holds (須先再簽)."""

    code = "E-OVER-HOLD"
    message = N_(
        "動支申請 {request} 第 {line_no} 行超過簽證餘額：簽證 {certified_ntd:,} − 已報支"
        " {claimed_ntd:,} − 暫付 {advanced_ntd:,} − 已釋放 {released_ntd:,} = {held_ntd:,}，"
        "本次 {requested_ntd:,}，超過 {short_ntd:,}。請減少金額，或先辦理追加動支申請。"
    )

    def __init__(self, *, request: str, held: RequestLine, requested_ntd: int) -> None:
        figures = {
            "certified_ntd": held.amount_ntd,
            "claimed_ntd": held.claimed_ntd,
            "advanced_ntd": held.advanced_ntd,
            "released_ntd": held.released_ntd,
            "held_ntd": held.held_ntd,
            "requested_ntd": requested_ntd,
            "short_ntd": requested_ntd - held.held_ntd,
        }
        words: dict[str, Any] = {
            "request": request,
            "line_no": held.line_no,
            **figures,
        }
        super().__init__(arithmetic=figures, **words)

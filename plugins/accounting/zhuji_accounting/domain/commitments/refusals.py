"""Why a commitment may not be supplemented, awarded or held so long."""

from __future__ import annotations

from zhuji_core.values import N_, DomainError


class SupplementOf(DomainError):
    """A supplement (追加) adds to a certified request of the same agency and year, not to another.

    One that is closed holds nothing any more: what comes after it is a request of its own.
    """

    code = "E-SUPPLEMENT-OF"
    message = N_(
        "{label} 不能追加：須為本機關本年度已簽證、未結案之原動支申請（目前為「{state}」）。"
    )


class SupplementOfSupplement(DomainError):
    """A supplement is not supplemented: both add to the request from which they come."""

    code = "E-SUPPLEMENT-TWICE"
    message = N_("{label} 本身為追加，請改由原動支申請 {origin} 辦理追加。")


class HoldUntilInvalid(DomainError):
    """A reservation is held until a day of its own year that has not passed (預算法 72)."""

    code = "E-HOLD-UNTIL"
    message = N_("保留期限須為今日（{today}）以後、{fiscal_year} 年度終了以前之日期。")
    status_code = 422


class AwardTwice(DomainError):
    """A request becomes one contract; more of it is a supplement with an award of its own."""

    code = "E-AWARD-TWICE"
    message = N_(
        "動支申請 {label} 已決標（契約 {contract_no}）。契約增加請辦理追加，減少請辦理釋放。"
    )


class AwardSpent(DomainError):
    """Something was already spent or advanced: a contract comes before it is paid (會計法 100)."""

    code = "E-AWARD-SPENT"
    message = N_(
        "動支申請 {label} 第 {line_no} 行已支用：簽證 {certified_ntd:,} − 已釋放 {released_ntd:,}"
        " = {whole_ntd:,}，尚保留 {held_ntd:,}。契約責任須於支用前登記。"
    )


class AwardOver(DomainError):
    """The award is more than is held: the difference is certified first (追加)."""

    code = "E-AWARD-OVER"
    message = N_(
        "第 {line_no} 行決標金額 {awarded_ntd:,} 超過簽證保留 {held_ntd:,}，超過 {short_ntd:,}。"
        "請先辦理追加動支申請。"
    )


class AwardLines(DomainError):
    """Each line says what was awarded of it (0: nothing was), and all of them more than nothing."""

    code = "E-AWARD-LINES"
    message = N_("各行均須填決標金額（未決標者填 0），且合計須大於 0。")
    status_code = 422


class AwardIncomplete(DomainError):
    """The contract is not told: its number, whose it is, when it was awarded."""

    code = "E-AWARD-FORM"
    message = N_("決標資料有 {count} 個欄位未填或有誤：契約編號、廠商、統一編號或日期。")
    status_code = 422


class HoldUnchanged(DomainError):
    """The reservation is held until that day already."""

    code = "E-HOLD-SAME"
    message = N_("動支申請 {label} 之保留期限已為 {day}。")

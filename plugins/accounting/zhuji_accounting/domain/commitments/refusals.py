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

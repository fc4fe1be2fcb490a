"""What a bill is without: agencies that have no approved estimate, and revenue."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from zhuji_budget.domain.fund_sources import SourceBalance, refusal, uneven
from zhuji_core.values import N_, DomainError, Value

NAMED_MAX = 10
REASON_MAX = 500


class BillAgency(Value, frozen=True, kw_only=True):
    """One agency of the bill, or one that ought to be in it, NT dollars.

    ``estimate_state`` is empty where the agency has no estimate. ``is_waiting``: its estimate is on
    the way, also where a book brought other lines of it.
    """

    agency_code: str
    agency_name: str
    estimate_state: str
    last_year_ntd: int
    last_year_revenue_ntd: int
    ceiling_ntd: int | None
    estimated_ntd: int
    expenditure_ntd: int
    revenue_ntd: int
    is_approved: bool
    is_waiting: bool

    @property
    def is_missing(self) -> bool:
        """It had a budget last year, or has a ceiling now, and nobody approved anything."""
        had = self.last_year_ntd or self.last_year_revenue_ntd or self.ceiling_ntd
        return bool(had) and not self.is_approved and not self.is_waiting


class BillOutlook(Value, frozen=True, kw_only=True):
    """The bill of a year as it stands with all that is reviewed, NT dollars.

    ``missing``: nothing approved, nothing on the way; ``waiting``: on the way. ``is_compiled``:
    estimates make the year, not imported books of expenditure alone.
    """

    fiscal_year: int
    is_compiled: bool
    agencies: int
    missing: tuple[BillAgency, ...]
    waiting: tuple[BillAgency, ...]
    expenditure_ntd: int
    revenue_ntd: int
    difference_ntd: int
    last_year_ntd: int
    last_year_revenue_ntd: int
    sources: tuple[SourceBalance, ...] = ()

    @property
    def gaps(self) -> tuple[BillAgency, ...]:
        return (*self.missing, *self.waiting)

    @property
    def without_revenue(self) -> bool:
        return self.is_compiled and not self.revenue_ntd

    @property
    def uneven(self) -> tuple[SourceBalance, ...]:
        """Earmarked sources of which more is spent than comes in."""
        return uneven(self.sources)

    @property
    def is_whole(self) -> bool:
        return not self.gaps and not self.without_revenue and not self.uneven

    @property
    def summary(self) -> dict[str, object]:
        """What the audit keeps of it."""
        return {
            "revenue_ntd": self.revenue_ntd,
            "difference_ntd": self.difference_ntd,
            "agencies_missing": len(self.gaps),
            "missing": [one.agency_code for one in self.missing],
            "waiting": [one.agency_code for one in self.waiting],
            "sources_short_ntd": sum(one.over_ntd for one in self.uneven),
        }


class BillIncomplete(DomainError):
    """Agencies that ought to be in the bill have no approved estimate, and nobody said why."""

    code = "E-BILL-INCOMPLETE"
    message = N_(
        "{fiscal_year} 年度有 {count} 個機關沒有審定的概算（其中 {waiting} 個尚未完成審議；"
        "上年度歲出預算計 {last_year_ntd:,}）：{agencies}。"
        "歲入 {revenue_ntd:,} − 歲出 {expenditure_ntd:,} = {difference_ntd:,}。"
        "如仍須辦理，請填寫理由。"
    )
    figure_words: ClassVar = {
        "last_year_ntd": N_("未列機關上年度歲出預算"),
        "revenue_ntd": N_("歲入"),
        "expenditure_ntd": N_("歲出"),
        "difference_ntd": N_("歲入歲出差額"),
    }


class BillWithoutRevenue(DomainError):
    """The bill has expenditure and no revenue, and nobody said why."""

    code = "E-BILL-REVENUE"
    message = N_(
        "{fiscal_year} 年度預算案沒有編列歲入："
        "歲入 {revenue_ntd:,} − 歲出 {expenditure_ntd:,} = {difference_ntd:,}。"
        "如仍須辦理，請填寫理由。"
    )
    figure_words: ClassVar = {
        "revenue_ntd": N_("歲入"),
        "expenditure_ntd": N_("歲出"),
        "difference_ntd": N_("歲入歲出差額"),
    }


class GapReasonLong(DomainError):
    """The reason is longer than the form takes."""

    code = "E-BILL-REASON"
    message = N_("預算案未齊之理由不得超過 {text_max} 字。")
    status_code = 422


def outlook_of(
    agencies: Iterable[BillAgency],
    *,
    fiscal_year: int,
    is_compiled: bool,
    sources: tuple[SourceBalance, ...] = (),
) -> BillOutlook:
    """Return the bill that these agencies make."""
    known = tuple(agencies)
    expenditure_ntd = sum(one.expenditure_ntd for one in known)
    revenue_ntd = sum(one.revenue_ntd for one in known)
    return BillOutlook(
        fiscal_year=fiscal_year,
        is_compiled=is_compiled,
        agencies=sum(one.is_approved for one in known),
        missing=tuple(one for one in known if one.is_missing),
        waiting=tuple(one for one in known if one.is_waiting),
        expenditure_ntd=expenditure_ntd,
        revenue_ntd=revenue_ntd,
        difference_ntd=revenue_ntd - expenditure_ntd,
        last_year_ntd=sum(one.last_year_ntd for one in known),
        last_year_revenue_ntd=sum(one.last_year_revenue_ntd for one in known),
        sources=sources,
    )


def require_whole(outlook: BillOutlook, *, reason: str = "") -> str:
    """Return the reason where one is needed; raise what the bill lacks otherwise.

    BillIncomplete, BillWithoutRevenue or BillSourcesUneven.

    The budget office may have to compile, and the council to pass, what is not whole; then it
    stands in the year's history with the reason.
    """
    if len(reason) > REASON_MAX:
        raise GapReasonLong(text_max=REASON_MAX, fields={"gap_reason": GapReasonLong.message})
    said = reason.strip()
    if outlook.is_whole:
        return ""
    if said:
        return said
    figures: dict[str, Any] = {
        "revenue_ntd": outlook.revenue_ntd,
        "expenditure_ntd": outlook.expenditure_ntd,
        "difference_ntd": outlook.difference_ntd,
    }
    if not outlook.gaps and not outlook.without_revenue:
        raise refusal(outlook.uneven, fiscal_year=outlook.fiscal_year)
    if not outlook.gaps:
        raise BillWithoutRevenue(fiscal_year=outlook.fiscal_year, arithmetic=figures, **figures)
    figures["last_year_ntd"] = sum(one.last_year_ntd for one in outlook.gaps)
    raise BillIncomplete(
        fiscal_year=outlook.fiscal_year,
        count=len(outlook.gaps),
        waiting=len(outlook.waiting),
        agencies=tuple(one.agency_name for one in outlook.gaps[:NAMED_MAX]),
        arithmetic=figures,
        **figures,
    )

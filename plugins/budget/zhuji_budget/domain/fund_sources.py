"""Sources of funds (財源): what is earmarked is spent no further than it comes in. Pure.

An item names its source in words (中央補助款); without one, or with a word for the county's own
money, it is met by general revenue. The bill is looked at as a whole: a subsidy may be estimated as
revenue by one agency and spent by another.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from zhuji_core.values import N_, DomainError, Value

NAMED_MAX = 10
# Words for the county's own money, as unit budget books print them (市款、縣款) and as clerks key.
OWN = frozenset(
    {"自籌", "自籌款", "自籌財源", "自有財源", "本府自籌", "市款", "縣款", "縣市款", "縣(市)款"}
)


class SourceBalance(Value, frozen=True, kw_only=True):
    """One earmarked source in the approved estimates of a bill, NT dollars."""

    name: str
    revenue_ntd: int
    expenditure_ntd: int

    @property
    def over_ntd(self) -> int:
        """What is spent beyond what comes in of it; 0: it is covered."""
        return max(0, self.expenditure_ntd - self.revenue_ntd)


class BillSourcesUneven(DomainError):
    """More is spent of an earmarked source than comes in of it, and nobody said why."""

    code = "E-BILL-SOURCES"
    message = N_(
        "{fiscal_year} 年度有 {count} 項指定財源之歲出大於同財源之歲入（{sources}）："
        "歲出 {expenditure_ntd:,} − 歲入 {revenue_ntd:,} = 不足 {over_ntd:,}。"
        "請補列歲入、改列財源或減列歲出；如仍須辦理，請填寫理由。"
    )
    figure_words: ClassVar = {
        "expenditure_ntd": N_("指定財源之歲出"),
        "revenue_ntd": N_("同財源之歲入"),
        "over_ntd": N_("不足"),
    }


def source_of(text: str) -> str:
    """Return the name of an earmarked source; "" for the county's own money."""
    name = unicodedata.normalize("NFKC", text).replace(" ", "")
    return "" if name in OWN else name


def balances(sums: Iterable[tuple[str, int, int]]) -> tuple[SourceBalance, ...]:
    """Add up (words, revenue, expenditure) by earmarked source, in order of name."""
    found: dict[str, tuple[int, int]] = {}
    for text, revenue_ntd, expenditure_ntd in sums:
        name = source_of(text)
        if name:
            so_far = found.get(name, (0, 0))
            found[name] = (so_far[0] + revenue_ntd, so_far[1] + expenditure_ntd)
    return tuple(
        SourceBalance(name=name, revenue_ntd=revenue_ntd, expenditure_ntd=expenditure_ntd)
        for name, (revenue_ntd, expenditure_ntd) in sorted(found.items())
    )


def uneven(sources: Iterable[SourceBalance]) -> tuple[SourceBalance, ...]:
    """Return those of which more is spent than comes in."""
    return tuple(one for one in sources if one.over_ntd)


def refusal(short: tuple[SourceBalance, ...], *, fiscal_year: int) -> BillSourcesUneven:
    """Return the refusal that names the sources of which too much is spent."""
    figures: Mapping[str, Any] = {
        "expenditure_ntd": sum(one.expenditure_ntd for one in short),
        "revenue_ntd": sum(one.revenue_ntd for one in short),
        "over_ntd": sum(one.over_ntd for one in short),
    }
    return BillSourcesUneven(
        fiscal_year=fiscal_year,
        count=len(short),
        sources=tuple(one.name for one in short[:NAMED_MAX]),
        arithmetic=figures,
        **figures,
    )

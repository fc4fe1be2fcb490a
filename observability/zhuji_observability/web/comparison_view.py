"""Counties against each other, and a release against the one before, as tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from urllib.parse import urlencode

from zhuji_core.values import N_
from zhuji_core.web.components import Cell, Column, Kind, Row, Table
from zhuji_observability.store.comparison import (
    Comparison,
    Difference,
    Half,
    apart,
    by_side,
    mean_us,
)
from zhuji_observability.store.counts import Sketch, merged
from zhuji_observability.store.reading import NONE
from zhuji_observability.store.verdict import Side
from zhuji_observability.web.view import ms, percent
from zhuji_observability.web.words import SIDE_WORDS, TERM_WORDS

Words = Callable[[str], str]

# Columns of the table of counties that a chart draws: the mean, and the network's part of it.
DRAWN = (2, 3)


def county_table(
    tr: Words,
    counts: Mapping[str, Sketch],
    *,
    query: Mapping[str, str],
    operation: str,
    here: str,
) -> Table:
    """Return counties, those whose requests take longest first, each against all the others."""
    means = {code: mean_us(sketch) for code, sketch in counts.items()}
    spent = {code: by_side(sketch) for code, sketch in counts.items()}
    # Together they are the mean. The network comes first (``DRAWN``), be it of no time at all.
    sides = [
        side for side in Side
        if side is Side.NETWORK or any(one[side] for one in spent.values())
    ]  # fmt: skip
    return Table(
        id="counties",
        caption=tr(N_("各縣市平均每次請求的時間，依可處理者分")),
        columns=(
            Column(title=tr(N_("縣市")), kind=Kind.CODE),
            Column(title=tr(N_("請求數")), kind=Kind.NUMBER),
            Column(title=tr(N_("平均")), kind=Kind.NUMBER, unit=tr(N_("毫秒"))),
            *(
                Column(title=tr(SIDE_WORDS[side]), kind=Kind.NUMBER, unit=tr(N_("毫秒")))
                for side in sides
            ),
            Column(title="p95", kind=Kind.NUMBER, unit=tr(N_("毫秒"))),
            Column(title=tr(N_("與其他縣市相比")), wide=True),
        ),
        rows=tuple(
            Row(
                cells=(
                    _county(tr, code, query, operation, here=here),
                    Cell(value=counts[code].requests),
                    Cell(value=ms(means[code])),
                    *(Cell(value=ms(spent[code][side])) for side in sides),
                    Cell(value=ms(counts[code].quantile_us(0.95))),
                    Cell(value=against_the_others(tr, code, counts)),
                )
            )
            for code in sorted(means, key=lambda code: means[code], reverse=True)
        ),
        empty=tr(N_("這段時間沒有符合條件的請求。")),
    )


def _county(tr: Words, code: str, query: Mapping[str, str], operation: str, *, here: str) -> Cell:
    name = code or tr(N_("主機"))
    asked = {**query, "county": code or NONE}
    if operation:
        return Cell(
            value=name, url=f"{here}/operation?{urlencode({**asked, 'operation': operation})}"
        )
    return Cell(value=name, url=f"{here}?{urlencode(asked)}")


def against_the_others(tr: Words, code: str, counts: Mapping[str, Sketch]) -> str:
    """Say how much longer or shorter than the others', and which side makes the difference."""
    others = merged(sketch for other, sketch in counts.items() if other != code)
    found = apart(counts[code], others)
    if found is None:
        return tr(N_("沒有其他縣市可以比較。"))
    if found.side is None:
        return tr(N_("相同。"))
    longer = found.change_us > 0
    told = N_("多 {ms} 毫秒，差在{side}（{share}）。") if longer else N_(
        "少 {ms} 毫秒，差在{side}（{share}）。"
    )  # fmt: skip
    return tr(told).format(
        ms=ms(abs(found.change_us)), side=tr(SIDE_WORDS[found.side]), share=percent(found.share)
    )


def comparison_sentence(tr: Words, found: Comparison) -> str:
    """Say in one sentence whether it became slower, and by which term."""
    if not found.before.requests or not found.after.requests:
        return tr(N_("其中一個版本在這段時間沒有請求，無從比較。"))
    total = found.total
    if total.low_us is None:
        return tr(N_("期間太短，尚無法判斷差異是否確實。"))
    certain = [one for one in found.terms if one.certain]
    if not total.certain:
        if not certain:
            return tr(N_("沒有可以確定的差異。"))
        return tr(N_("全程沒有可以確定的差異；確定的只有：{terms}。")).format(
            terms=_named(tr, certain)
        )
    told = (
        N_("每次慢了 {ms} 毫秒（{low} 至 {high}）；確定的差異：{terms}。")
        if total.change_us > 0
        else N_("每次快了 {ms} 毫秒（{low} 至 {high}）；確定的差異：{terms}。")
    )
    assert total.high_us is not None
    low, high = sorted((abs(total.low_us), abs(total.high_us)))
    return tr(told).format(
        ms=ms(abs(total.change_us)),
        low=ms(low),
        high=ms(high),
        terms=_named(tr, certain) or tr(N_("各項均不足以單獨確定")),
    )


def _named(tr: Words, terms: list[Difference]) -> str:
    return tr(N_("、")).join(f"{tr(TERM_WORDS[one.term])} {_signed(one)}" for one in terms[:3])


def _signed(one: Difference) -> str:
    return f"{one.change_us / 1000:+,.1f}"


def half_table(tr: Words, found: Comparison, *, before: str, after: str) -> Table:
    halves = ((tr(N_("之前")), before, found.before), (tr(N_("之後")), after, found.after))
    return Table(
        id="halves",
        caption=tr(N_("比較的兩個版本")),
        columns=(
            Column(title=tr(N_("先後"))),
            Column(title=tr(N_("版本")), kind=Kind.CODE),
            Column(title=tr(N_("請求數")), kind=Kind.NUMBER),
            Column(title=tr(N_("失敗")), kind=Kind.NUMBER),
            Column(title=tr(N_("五分鐘數")), kind=Kind.NUMBER),
            *(
                Column(title=name, kind=Kind.NUMBER, unit=tr(N_("毫秒")))
                for name in ("p50", "p95", "p99")
            ),
        ),
        rows=tuple(Row(cells=_half(words, name, half)) for words, name, half in halves),
    )


def _half(words: str, name: str, half: Half) -> tuple[Cell, ...]:
    return (
        Cell(value=words),
        Cell(value=name),
        Cell(value=half.requests),
        Cell(value=half.errors),
        Cell(value=half.periods),
        *(Cell(value=ms(length)) for length in (half.p50_us, half.p95_us, half.p99_us)),
    )


def difference_table(tr: Words, found: Comparison) -> Table:
    """Return the means per request and term with the interval of their difference."""
    return Table(
        id="differences",
        caption=tr(N_("平均每次請求的時間，逐項比較")),
        columns=(
            Column(title=tr(N_("項目"))),
            Column(title=tr(N_("之前")), kind=Kind.NUMBER, unit=tr(N_("毫秒"))),
            Column(title=tr(N_("之後")), kind=Kind.NUMBER, unit=tr(N_("毫秒"))),
            Column(title=tr(N_("差異")), kind=Kind.NUMBER, unit=tr(N_("毫秒"))),
            Column(title=tr(N_("差異的範圍")), kind=Kind.NUMBER, unit=tr(N_("毫秒"))),
            Column(title=tr(N_("是否確定"))),
        ),
        rows=tuple(
            Row(cells=_difference(tr, TERM_WORDS[one.term], one), emphasis=one.certain)
            for one in found.terms
        ),
        totals=_difference(tr, N_("全程"), found.total),
        empty=tr(N_("這段時間沒有符合條件的請求。")),
    )


def _difference(tr: Words, words: str, one: Difference) -> tuple[Cell, ...]:
    reach = ""
    if one.low_us is not None and one.high_us is not None:
        reach = tr(N_("{low} 至 {high}")).format(
            low=f"{one.low_us / 1000:+,.1f}", high=f"{one.high_us / 1000:+,.1f}"
        )
    return (
        Cell(value=tr(words)),
        Cell(value=ms(one.before_us)),
        Cell(value=ms(one.after_us)),
        Cell(value=_signed(one)),
        Cell(value=reach),
        Cell(value=tr(N_("確定")) if one.certain else tr(N_("不確定"))),
    )

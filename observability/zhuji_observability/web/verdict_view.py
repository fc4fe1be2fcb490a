"""Slow or not, and whose fault it is: verdicts as sentences, and as a table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from urllib.parse import urlencode

from zhuji_core.values import N_
from zhuji_core.web.components import Badge, Cell, Column, Kind, Row, Table, Tone
from zhuji_observability.store.counts import Sketch
from zhuji_observability.store.exchange import BROWSER, PROCESS
from zhuji_observability.store.promises import Promise, Promises
from zhuji_observability.store.reading import NONE
from zhuji_observability.store.verdict import Verdict, judge
from zhuji_observability.web.view import ms, percent
from zhuji_observability.web.words import SIDE_WORDS, TERM_WORDS

Words = Callable[[str], str]

# A page shows the slowest operations; the rest is found by county or a shorter time.
OPERATIONS_MAX = 200
_US_IN_MS = 1_000


def sentence(tr: Words, verdict: Verdict, *, seen: str = PROCESS) -> str:
    """Say in one sentence whether it is slow, and what the slowest lost their time to.

    ``seen``: a browser reports pages alone, so that it tells nothing is not that nothing was.
    """
    if not verdict.requests:
        return tr(
            N_("這段時間沒有瀏覽器回報這項作業；轉址與下載不會回報。")
            if seen == BROWSER
            else N_("這段時間沒有請求。")
        )
    parts = tr(N_("、")).join(
        tr(N_("{term} {share}")).format(term=tr(TERM_WORDS[one.term]), share=percent(one.share))
        for one in verdict.named
    )
    if not verdict.slow:
        told = tr(N_("不慢；最慢的二十分之一主要花在{parts}。"))
    elif verdict.noticed:
        told = tr(N_("慢，主因是{side}：最慢的二十分之一有 {parts}。"))
    else:
        told = tr(N_("慢於承諾，主因是{side}：最慢的二十分之一，伺服器時間有 {parts}。"))
    text = told.format(side=tr(SIDE_WORDS[verdict.side]), parts=parts)
    if verdict.few:
        text += tr(N_("（僅 {count} 次，僅供參考）")).format(count=verdict.requests)
    return text


def promise_sentence(tr: Words, verdict: Verdict) -> str:
    """Say what was promised of an operation, and what became of it."""
    told = (
        N_("承諾：百分之 {share} 於 {limit} 毫秒內（伺服器時間）；實際 p95 為 {served} 毫秒。")
        if verdict.promise.served
        else N_("承諾：百分之 {share} 於 {limit} 毫秒內（全程）；實際 p95 為 {whole} 毫秒。")
    )
    return tr(told).format(
        share=f"{verdict.promise.share * 100:.0f}",
        limit=f"{verdict.promise.limit_us / _US_IN_MS:,.0f}",
        served=ms(verdict.served_p95_us),
        whole=ms(verdict.p95_us),
    )


def badge(tr: Words, verdict: Verdict) -> Badge:
    if verdict.slow:
        return Badge(text=tr(N_("慢")), tone=Tone.BAD)
    return Badge(text=tr(N_("正常")), tone=Tone.GOOD)


def verdict_table(
    tr: Words,
    counts: Mapping[tuple[str, str], Sketch],
    promises: Promises,
    *,
    here: str,
    query: Mapping[str, str],
) -> Table:
    """Return operations of counties in the order of ``judged``."""
    return Table(
        id="verdicts",
        caption=tr(N_("各作業的時間與歸屬")),
        narrow=True,
        columns=(
            Column(title=tr(N_("縣市")), kind=Kind.CODE),
            Column(title=tr(N_("作業")), kind=Kind.CODE),
            Column(title=tr(N_("判讀")), kind=Kind.BADGE),
            Column(title=tr(N_("時間花在哪裡")), wide=True),
            Column(title=tr(N_("請求數")), kind=Kind.NUMBER),
            Column(title=tr(N_("失敗")), kind=Kind.NUMBER),
            Column(title="p50", kind=Kind.NUMBER, unit=tr(N_("毫秒"))),
            Column(title="p95", kind=Kind.NUMBER, unit=tr(N_("毫秒"))),
            Column(title="p99", kind=Kind.NUMBER, unit=tr(N_("毫秒"))),
            Column(title=tr(N_("伺服器 p95")), kind=Kind.NUMBER, unit=tr(N_("毫秒"))),
            Column(title=tr(N_("上限")), kind=Kind.NUMBER, unit=tr(N_("毫秒"))),
        ),
        rows=tuple(
            _verdict_row(tr, (county, operation), verdict, query, here=here)
            for (county, operation), verdict in judged(counts, promises)[:OPERATIONS_MAX]
        ),
        empty=tr(N_("這段時間沒有符合條件的請求。")),
    )


def judged(
    counts: Mapping[tuple[str, str], Sketch], promises: Promises
) -> list[tuple[tuple[str, str], Verdict]]:
    """Return the verdict of each operation of each county, in the order of the table.

    Slow ones first, what is known of a few requests only behind the others; then by p95.
    """
    return sorted(
        ((key, judge(sketch, promises.promise(key[1]))) for key, sketch in counts.items()),
        key=lambda one: (one[1].slow, not one[1].few, one[1].p95_us),
        reverse=True,
    )


def _verdict_row(
    tr: Words, key: tuple[str, str], verdict: Verdict, query: Mapping[str, str], *, here: str
) -> Row:
    county, operation = key
    asked = urlencode({**query, "county": county or NONE, "operation": operation or NONE})
    return Row(
        cells=(
            Cell(value=county or tr(N_("主機"))),
            Cell(value=operation or tr(N_("（無此路徑）")), url=f"{here}/operation?{asked}"),
            Cell(value=badge(tr, verdict)),
            Cell(value=sentence(tr, verdict)),
            Cell(value=verdict.requests),
            Cell(value=verdict.errors),
            Cell(value=ms(verdict.p50_us)),
            Cell(value=ms(verdict.p95_us)),
            Cell(value=ms(verdict.p99_us)),
            Cell(value=ms(verdict.served_p95_us)),
            limit(tr, verdict.promise),
        ),
        emphasis=verdict.slow,
    )


def limit(tr: Words, promise: Promise) -> Cell:
    """Return from which p95 on an operation is slow, and whether of the server's time alone."""
    whose = N_("伺服器時間") if promise.served else N_("全程")
    return Cell(value=f"{promise.limit_us / _US_IN_MS:,.0f}", note=tr(whose))

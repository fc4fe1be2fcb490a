"""Statements, queues and lines as sentences and tables."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from urllib.parse import urlencode

from zhuji_core.values import N_
from zhuji_core.web.components import Badge, Cell, Column, Kind, Row, Table, Tone
from zhuji_observability.recorder.statements import term_of
from zhuji_observability.recorder.terms import Term
from zhuji_observability.store.counts import Sketch
from zhuji_observability.store.hourly import StatementSum, statements_together
from zhuji_observability.store.lines import Line, Trouble
from zhuji_observability.store.load import QUEUES, Band, Load, knee, load_of
from zhuji_observability.store.reading import NONE
from zhuji_observability.web.view import ms, percent
from zhuji_observability.web.words import TERM_WORDS

Words = Callable[[str], str]
Found = Sequence[tuple[str, str, StatementSum]]

STATEMENTS_MAX, BUSIEST_MAX = 100, 20
# Of the table by load: work and wait of a request; of the table of lines: p95.
BANDS_DRAWN, LINES_DRAWN = (4, 5), (4,)
_US_IN_S, _HOUR_MS = 1_000_000, 3_600_000
_TEXT_LETTERS = 400

TROUBLE_WORDS: Mapping[Trouble, str] = {
    Trouble.LOSS: N_("封包遺失偏多"),
    Trouble.CONNECT: N_("建立連線遠慢於往返，可能遺失連線請求"),
    Trouble.UNSTEADY: N_("往返時間不穩"),
}


def hour_before(moment_ms: int) -> int:
    return moment_ms // _HOUR_MS * _HOUR_MS


def statement_sentence(tr: Words, found: Found, served: Load) -> str:
    """Say which statement takes most, of all that the server does."""
    sums = statements_together((text, one) for text, _, one in found)
    if not sums:
        return tr(N_("這段時間沒有執行資料庫敘述。"))
    most = max(sums.values(), key=lambda one: one.total_us)
    whole = sum(one.total_us for one in sums.values())
    return tr(
        N_("資料庫敘述占伺服器時間的 {whole}；最多的一句占 {most}，平均 {mean} 毫秒。")
    ).format(
        whole=percent(whole / _server_us(served)),
        most=percent(most.total_us / _server_us(served)),
        mean=ms(most.total_us / most.times),
    )


def _server_us(served: Load) -> float:
    return max(1.0, served.server_us * served.requests)


def statement_table(tr: Words, found: Found, served: Load) -> Table:
    """Return the statements, those that take most of the server's time first."""
    sums = statements_together((text, one) for text, _, one in found)
    counties: dict[str, set[str]] = {}
    for text, county, _ in found:
        counties.setdefault(text, set()).add(county)
    ordered = sorted(sums.items(), key=lambda one: one[1].total_us, reverse=True)
    return Table(
        id="statements",
        caption=tr(N_("資料庫敘述，占伺服器時間最多者先")),
        columns=(
            Column(title=tr(N_("敘述")), kind=Kind.CODE, wide=True),
            Column(title=tr(N_("性質"))),
            Column(title=tr(N_("占伺服器時間")), kind=Kind.NUMBER, unit="%"),
            Column(title=tr(N_("合計")), kind=Kind.NUMBER, unit=tr(N_("秒"))),
            Column(title=tr(N_("執行次數")), kind=Kind.NUMBER),
            Column(title=tr(N_("平均")), kind=Kind.NUMBER, unit=tr(N_("毫秒"))),
            Column(title=tr(N_("最長")), kind=Kind.NUMBER, unit=tr(N_("毫秒"))),
            Column(title=tr(N_("縣市數")), kind=Kind.NUMBER),
        ),
        rows=tuple(
            Row(
                cells=(
                    Cell(value=_shown(text)),
                    Cell(value=tr(N_("取得資料列鎖")) if term_of(text) is Term.LOCK else ""),
                    Cell(value=f"{one.total_us / _server_us(served) * 100:.1f}"),
                    Cell(value=f"{one.total_us / _US_IN_S:,.2f}"),
                    Cell(value=one.times),
                    Cell(value=ms(one.total_us / one.times)),
                    Cell(value=ms(one.longest_us)),
                    Cell(value=len(counties[text])),
                )
            )
            for text, one in ordered[:STATEMENTS_MAX]
        ),
        empty=tr(N_("這段時間沒有執行資料庫敘述。")),
    )


def _shown(text: str) -> str:
    one_line = " ".join(text.split())
    return one_line if len(one_line) <= _TEXT_LETTERS else f"{one_line[:_TEXT_LETTERS]}…"


def queue_sentence(tr: Words, bands: tuple[Band, ...]) -> str:
    """Say from which load on requests wait longer than they are worked on, and for what."""
    if not bands:
        return tr(N_("這段時間沒有請求。"))
    found, busiest = knee(bands), bands[-1].load
    if found is None:
        return tr(N_("最忙的時候同時處理 {inside} 次請求，等待仍短於工作。")).format(
            inside=_inside(busiest)
        )
    worst = max(QUEUES, key=lambda name: busiest.waits_us[name])
    return tr(
        N_("同時處理 {inside} 次請求起，等待比工作久；最忙時主要在{queue}（平均 {ms} 毫秒）。")
    ).format(
        inside=_inside(found.load), queue=tr(TERM_WORDS[worst]), ms=ms(busiest.waits_us[worst])
    )


def _inside(load: Load) -> str:
    return f"{load.inside:,.2f}"


def _load_columns(tr: Words) -> tuple[Column, ...]:
    return (
        Column(title=tr(N_("同時處理")), kind=Kind.NUMBER),
        Column(title=tr(N_("每秒請求")), kind=Kind.NUMBER),
        Column(title=tr(N_("工作")), kind=Kind.NUMBER, unit=tr(N_("毫秒"))),
        Column(title=tr(N_("等待合計")), kind=Kind.NUMBER, unit=tr(N_("毫秒"))),
        *(
            Column(title=tr(TERM_WORDS[name]), kind=Kind.NUMBER, unit=tr(N_("毫秒")))
            for name in QUEUES
        ),
    )


def _load_cells(load: Load) -> tuple[Cell, ...]:
    return (
        Cell(value=_inside(load)),
        Cell(value=f"{load.per_s:,.2f}"),
        Cell(value=ms(load.worked_us)),
        Cell(value=ms(load.waited_us)),
        *(Cell(value=ms(load.waits_us[name])) for name in QUEUES),
    )


def band_table(tr: Words, bands: tuple[Band, ...]) -> Table:
    found = knee(bands)
    return Table(
        id="bands",
        caption=tr(N_("依同時處理的請求數（平均每次請求）")),
        narrow=True,
        columns=(
            Column(title=tr(N_("自")), kind=Kind.TEXT),
            Column(title=tr(N_("五分鐘數")), kind=Kind.NUMBER),
            *_load_columns(tr),
        ),
        rows=tuple(
            Row(
                cells=(
                    Cell(value=f"{one.least:g}"),
                    Cell(value=one.periods),
                    *_load_cells(one.load),
                ),
                emphasis=found is not None and one.least >= found.least,
            )
            for one in bands
        ),
        empty=tr(N_("這段時間沒有請求。")),
    )


def busiest_table(tr: Words, periods: Mapping[int, Sketch]) -> Table:
    """Return the busiest periods: when to look at what was going on."""
    loads = [(at_s, load_of(sketch)) for at_s, sketch in periods.items()]
    busiest = sorted(loads, key=lambda one: one[1].inside, reverse=True)[:BUSIEST_MAX]
    return Table(
        id="busiest",
        caption=tr(N_("最忙的五分鐘")),
        narrow=True,
        columns=(Column(title=tr(N_("起於")), kind=Kind.TIME), *_load_columns(tr)),
        rows=tuple(
            Row(
                cells=(
                    Cell(value=dt.datetime.fromtimestamp(at_s, tz=dt.UTC)), *_load_cells(load),
                )
            )
            for at_s, load in busiest
        ),
        empty=tr(N_("這段時間沒有請求。")),
    )  # fmt: skip


def line_sentence(tr: Words, lines: Mapping[str, Line]) -> str:
    """Name the counties whose line has something wrong with it."""
    troubled = [code or tr(N_("主機")) for code, line in sorted(lines.items()) if line.troubles]
    if not lines:
        return tr(N_("這段時間沒有請求。"))
    if not troubled:
        return tr(N_("各線路均無異狀。"))
    return tr(N_("線路有異狀者：{counties}。")).format(counties=tr(N_("、")).join(troubled))


def line_table(tr: Words, lines: Mapping[str, Line], *, here: str) -> Table:
    """Return the lines, those with the longest round trip first."""
    ordered = sorted(lines.items(), key=lambda one: one[1].rtt_p50_us, reverse=True)
    return Table(
        id="lines",
        caption=tr(N_("線路的量測")),
        narrow=True,
        columns=(
            Column(title=tr(N_("縣市")), kind=Kind.CODE),
            Column(title=tr(N_("判讀")), kind=Kind.BADGE),
            Column(title=tr(N_("請求數")), kind=Kind.NUMBER),
            Column(title=tr(N_("往返 p50")), kind=Kind.NUMBER, unit=tr(N_("毫秒"))),
            Column(title=tr(N_("往返 p95")), kind=Kind.NUMBER, unit=tr(N_("毫秒"))),
            Column(title=tr(N_("有重送的請求")), kind=Kind.NUMBER, unit="%"),
            Column(title=tr(N_("重送的封包")), kind=Kind.NUMBER),
            Column(title=tr(N_("上傳 p95")), kind=Kind.NUMBER, unit=tr(N_("毫秒"))),
            Column(title=tr(N_("下載 p95")), kind=Kind.NUMBER, unit=tr(N_("毫秒"))),
            Column(title=tr(N_("建立連線 p95")), kind=Kind.NUMBER, unit=tr(N_("毫秒"))),
            Column(title=tr(N_("異狀")), wide=True),
            Column(title=tr(N_("給線路業者")), kind=Kind.CODE),
        ),
        rows=tuple(_line(tr, code, line, here=here) for code, line in ordered),
        empty=tr(N_("這段時間沒有請求。")),
    )


def _line(tr: Words, code: str, line: Line, *, here: str) -> Row:
    tone, word = (Tone.BAD, N_("異狀")) if line.troubles else (Tone.GOOD, N_("正常"))
    asked = urlencode({"county": code or NONE})
    connect = "" if line.connect_p95_us is None else ms(line.connect_p95_us)
    return Row(
        cells=(
            Cell(value=code or tr(N_("主機")), url=f"{here}?{asked}"),
            Cell(value=Badge(text=tr(word), tone=tone)),
            Cell(value=line.requests),
            Cell(value=ms(line.rtt_p50_us)),
            Cell(value=ms(line.rtt_p95_us)),
            Cell(value=f"{line.hurt_share * 100:.2f}"),
            Cell(value=line.sent_again),
            Cell(value=ms(line.upload_p95_us)),
            Cell(value=ms(line.download_p95_us)),
            Cell(value=connect),
            Cell(value=tr(N_("、")).join(tr(TROUBLE_WORDS[one]) for one in line.troubles)),
            Cell(value=tr(N_("事件資料")), url=f"{here}/pack?{asked}"),
        ),
        emphasis=bool(line.troubles),
    )

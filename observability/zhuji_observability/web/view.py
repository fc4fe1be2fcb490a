"""Operations and exchanges as tables: lengths in milliseconds, shares in per cent."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence

from zhuji_core.values import N_
from zhuji_core.web.components import Cell, Column, Fact, Kind, Row, Table
from zhuji_observability.store.counts import Sketch
from zhuji_observability.store.exchange import TERMS, Exchange, Meeting
from zhuji_observability.store.path import Statement, Step
from zhuji_observability.store.verdict import Share, shares
from zhuji_observability.web.words import (
    KEPT_WORDS,
    MET_WORDS,
    STATE_WORDS,
    TERM_WORDS,
)

Words = Callable[[str], str]

_US_IN_MS = 1_000
_STEPS_MAX = 400
MET_MAX = 50


def ms(length_us: float) -> str:
    return f"{length_us / _US_IN_MS:,.1f}"


def _is_seen(length_us: float) -> bool:
    """Tell whether a length is more than the 0.0 ms that a table would show of it."""
    return abs(length_us) >= _US_IN_MS / 20


def percent(share: float) -> str:
    return f"{share * 100:.0f}%"


def term_table(tr: Words, sketch: Sketch) -> Table:
    """Return the terms of an operation: their share of all, and of the slowest twentieth."""
    whole, slowest = _by_term(sketch.slowest_us(0.0)), _by_term(sketch.slowest_us(0.95))
    return Table(
        id="terms",
        caption=tr(N_("時間的組成")),
        columns=(
            Column(title=tr(N_("項目"))),
            Column(title=tr(N_("占全部")), kind=Kind.NUMBER, unit="%"),
            Column(title=tr(N_("占最慢的二十分之一")), kind=Kind.NUMBER, unit="%"),
            Column(title="p50", kind=Kind.NUMBER, unit=tr(N_("毫秒"))),
            Column(title="p95", kind=Kind.NUMBER, unit=tr(N_("毫秒"))),
            Column(title="p99", kind=Kind.NUMBER, unit=tr(N_("毫秒"))),
        ),
        rows=tuple(
            Row(
                cells=(
                    Cell(value=tr(TERM_WORDS[name])),
                    Cell(value=f"{whole.get(name, 0) * 100:.1f}"),
                    Cell(value=f"{slowest.get(name, 0) * 100:.1f}"),
                    *(
                        Cell(value=ms(sketch.term_quantile_us(name, at)))
                        for at in (0.5, 0.95, 0.99)
                    ),
                )
            )
            for name in TERMS
            if whole.get(name) and _is_seen(sketch.term_quantile_us(name, 0.99))
        ),
    )


def _by_term(sums_us: Mapping[str, int]) -> dict[str, float]:
    return {one.term: one.share for one in shares(sums_us)}


def period_table(tr: Words, periods: Mapping[int, Sketch]) -> Table:
    """Return an operation's development, five minutes a row."""
    return Table(
        id="periods",
        caption=tr(N_("每五分鐘的時間")),
        columns=(
            Column(title=tr(N_("起於")), kind=Kind.TIME),
            Column(title=tr(N_("請求數")), kind=Kind.NUMBER),
            Column(title=tr(N_("失敗")), kind=Kind.NUMBER),
            Column(title="p50", kind=Kind.NUMBER, unit=tr(N_("毫秒"))),
            Column(title="p95", kind=Kind.NUMBER, unit=tr(N_("毫秒"))),
        ),
        rows=tuple(
            Row(
                cells=(
                    Cell(value=dt.datetime.fromtimestamp(period_s, tz=dt.UTC)),
                    Cell(value=sketch.requests),
                    Cell(value=sketch.errors),
                    Cell(value=ms(sketch.quantile_us(0.5))),
                    Cell(value=ms(sketch.quantile_us(0.95))),
                )
            )
            for period_s, sketch in sorted(periods.items())
        ),
    )


def exchange_table(tr: Words, exchanges: Iterable[Exchange], *, here: str) -> Table:
    """Return exchanges that were kept whole, each a link to its microscope."""
    return Table(
        id="exchanges",
        caption=tr(N_("留存的最慢請求")),
        columns=(
            Column(title=tr(N_("追蹤編號")), kind=Kind.CODE),
            Column(title=tr(N_("時間")), kind=Kind.TIME),
            Column(title=tr(N_("結果")), kind=Kind.NUMBER),
            Column(title=tr(N_("全程")), kind=Kind.NUMBER, unit=tr(N_("毫秒"))),
            Column(title=tr(N_("主要花在"))),
            Column(title=tr(N_("留存原因"))),
        ),
        rows=tuple(
            Row(
                cells=(
                    Cell(value=one.trace[:16], url=f"{here}/exchanges/{one.trace}"),
                    Cell(value=began_at(one)),
                    Cell(value=str(one.status)),
                    Cell(value=ms(one.total_us)),
                    Cell(value=_most(tr, shares(one.terms_us))),
                    Cell(value=tr(KEPT_WORDS[one.kept])),
                )
            )
            for one in exchanges
        ),
        empty=tr(N_("這段時間沒有留存的請求。")),
    )


def began_at(one: Exchange) -> dt.datetime:
    return dt.datetime.fromtimestamp(one.began_ms / 1000, tz=dt.UTC)


def _most(tr: Words, parts: Sequence[Share]) -> str:
    return tr(N_("、")).join(
        f"{tr(TERM_WORDS[one.term])} {percent(one.share)}" for one in parts[:2]
    )


def exchange_facts(tr: Words, one: Exchange) -> tuple[Fact, ...]:
    rtt = tr(N_("未知")) if one.rtt_us is None else ms(one.rtt_us)
    return (
        Fact(label=tr(N_("縣市")), value=one.county or tr(N_("主機")), kind=Kind.CODE),
        Fact(label=tr(N_("路徑")), value=f"{one.method} {one.route}", kind=Kind.CODE),
        Fact(label=tr(N_("結果")), value=str(one.status)),
        Fact(label=tr(N_("時間")), value=began_at(one), kind=Kind.TIME),
        Fact(label=tr(N_("全程（毫秒）")), value=ms(one.total_us)),
        Fact(label=tr(N_("往返（毫秒）")), value=rtt),
        Fact(label=tr(N_("重送的封包")), value=one.retransmits, kind=Kind.NUMBER),
        Fact(label=tr(N_("版本")), value=one.release, kind=Kind.CODE),
        Fact(label=tr(N_("留存原因")), value=tr(KEPT_WORDS[one.kept])),
    )


def exchange_terms(tr: Words, one: Exchange) -> Table:
    """Return the equation: its terms in the order of time add up to the total."""
    return Table(
        id="terms",
        caption=tr(N_("時間的組成")),
        columns=(
            Column(title=tr(N_("項目"))),
            Column(title=tr(N_("時間")), kind=Kind.NUMBER, unit=tr(N_("毫秒"))),
            Column(title=tr(N_("占全程")), kind=Kind.NUMBER, unit="%"),
        ),
        rows=tuple(
            Row(
                cells=(
                    Cell(value=tr(TERM_WORDS[name])),
                    Cell(value=ms(length)),
                    Cell(value=f"{length / max(one.total_us, 1) * 100:.1f}"),
                )
            )
            for name in TERMS
            if _is_seen(length := one.terms_us[name]) or name == "unattributed"
        ),
        totals=(
            Cell(value=tr(N_("合計"))),
            Cell(value=ms(sum(one.terms_us.values()))),
            Cell(value="100.0"),
        ),
    )


def met_table(tr: Words, one: Exchange, others: Mapping[int, Exchange], *, here: str) -> Table:
    """Return whom the request waited for and who waited for it; ``others`` are kept whole too."""
    return Table(
        id="met",
        caption=tr(N_("鎖與同批作業：誰等誰")),
        columns=(
            Column(title=tr(N_("關係"))),
            Column(title=tr(N_("對方")), kind=Kind.CODE),
            Column(title=tr(N_("對方的作業")), kind=Kind.CODE),
            Column(title=tr(N_("等待約")), kind=Kind.NUMBER, unit=tr(N_("毫秒"))),
            Column(title=tr(N_("當時持有者的交易已開啟")), kind=Kind.NUMBER, unit=tr(N_("毫秒"))),
            Column(title=tr(N_("持有者正在"))),
            Column(title=tr(N_("其間另有")), kind=Kind.NUMBER),
        ),
        rows=tuple(
            _met_row(tr, met, others.get(place), here=here)
            for place, met in enumerate(one.met[:MET_MAX])
        ),
        empty=tr(N_("這次請求沒有與他人互等鎖或同批。")),
    )


def _met_row(tr: Words, met: Meeting, other: Exchange | None, *, here: str) -> Row:
    url = "" if other is None else f"{here}/exchanges/{other.trace}"
    return Row(
        cells=(
            Cell(value=tr(MET_WORDS[met.side])),
            Cell(value=_other(tr, met) if other is None else other.trace[:16], url=url),
            Cell(value="" if other is None else other.operation),
            Cell(value=ms(met.seen_us)),
            Cell(value=ms(met.open_us) if met.open_us else ""),
            Cell(value=tr(STATE_WORDS.get(met.state, "")) if met.state else ""),
            Cell(value=met.behind),
        )
    )


def _other(tr: Words, met: Meeting) -> str:
    if met.trace:
        return met.trace[:16]
    if met.ours:
        return tr(N_("本系統另一處理程序（資料庫程序 {pid}）")).format(pid=met.backend)
    return tr(N_("系統外的連線（資料庫程序 {pid}）")).format(pid=met.backend)


def path_table(tr: Words, steps: Sequence[Step]) -> Table:
    """Return the path, indented by depth; the step that took longest itself is emphasised."""
    longest = max((step.own_us for step in steps), default=0)
    return Table(
        id="path",
        caption=tr(N_("關鍵路徑")),
        columns=(
            Column(title=tr(N_("步驟")), kind=Kind.CODE, wide=True),
            Column(title=tr(N_("模組")), kind=Kind.CODE),
            Column(title=tr(N_("起於")), kind=Kind.NUMBER, unit=tr(N_("毫秒"))),
            Column(title=tr(N_("歷時")), kind=Kind.NUMBER, unit=tr(N_("毫秒"))),
            Column(title=tr(N_("本身")), kind=Kind.NUMBER, unit=tr(N_("毫秒"))),
            Column(title=tr(N_("結果"))),
        ),
        rows=tuple(
            Row(
                cells=(
                    Cell(value=f"{'　' * step.depth}{step.label}"),
                    Cell(value=step.note.module),
                    Cell(value=ms(step.note.start_us)),
                    Cell(value=ms(step.note.length_us)),
                    Cell(value=ms(step.own_us)),
                    Cell(value=step.note.refusal or (tr(N_("失敗")) if step.note.failed else "")),
                ),
                emphasis=step.own_us == longest > 0,
            )
            for step in steps[:_STEPS_MAX]
        ),
        empty=tr(N_("這次請求沒有留下步驟。")),
    )


def statement_table(tr: Words, statements: Sequence[Statement]) -> Table:
    return Table(
        id="statements",
        caption=tr(N_("資料庫敘述")),
        columns=(
            Column(title=tr(N_("敘述")), kind=Kind.CODE, wide=True),
            Column(title=tr(N_("性質"))),
            Column(title=tr(N_("執行次數")), kind=Kind.NUMBER),
            Column(title=tr(N_("合計")), kind=Kind.NUMBER, unit=tr(N_("毫秒"))),
            Column(title=tr(N_("最長")), kind=Kind.NUMBER, unit=tr(N_("毫秒"))),
        ),
        rows=tuple(
            Row(
                cells=(
                    Cell(value=" ".join(one.text.split())),
                    Cell(value=_nature(tr, one)),
                    Cell(value=one.times),
                    Cell(value=ms(one.total_us)),
                    Cell(value=ms(one.longest_us)),
                ),
                emphasis=one.repeated,
            )
            for one in statements
        ),
        empty=tr(N_("這次請求沒有執行資料庫敘述。")),
    )


def _nature(tr: Words, one: Statement) -> str:
    found = [tr(N_("取得資料列鎖"))] if one.locks else []
    if one.repeated:
        found.append(tr(N_("反覆執行")))
    return tr(N_("、")).join(found)

"""Losses, cost and error of watching as sentences and tables."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence

from zhuji_core.settings import TAIPEI
from zhuji_core.values import N_
from zhuji_core.web.components import Badge, Cell, Column, Kind, Row, Table, Tone
from zhuji_observability.prober import SLEEPS_MS
from zhuji_observability.store.itself import Watching, together
from zhuji_observability.store.keeper import WAITING_MAX, Keeper
from zhuji_observability.store.probe import BOUND_US, Errors, Probe
from zhuji_observability.web.view import ms

Words = Callable[[str], str]

# Two hours of a page; the table of errors is of all.
PROBES_MAX = 120
PROCESSES_MAX = 100
# The columns of errors that the chart draws, one for each length that is asked for.
PROBES_DRAWN = tuple(range(1, 1 + len(SLEEPS_MS)))
_US_IN_MS, _NS_IN_US, _MS_IN_MINUTE = 1_000, 1_000, 60_000


def loss_sentence(tr: Words, whole: Watching) -> str:
    """Say whether the counts of the other pages are of all requests."""
    if not whole.requests + whole.lost:
        return tr(N_("這段時間沒有請求。"))
    if not whole.lost:
        told = tr(N_("全部 {requests} 次請求均已計入。"))
    else:
        told = tr(N_("有 {lost} 次請求未計入（另計入 {requests} 次）：各頁的次數偏低。"))
    if whole.unwritten:
        told += tr(N_("應留存的請求有 {unwritten} 次因無法寫入而未留存（均已計入）。"))
    return told.format(
        requests=f"{whole.requests:,}", lost=f"{whole.lost:,}", unwritten=f"{whole.unwritten:,}"
    )


def trouble_sentence(tr: Words, keeper: Keeper | None) -> str:
    """Say that this process cannot write at present, and what waits meanwhile."""
    if keeper is None or not keeper.trouble:
        return ""
    since = dt.datetime.fromtimestamp(keeper.troubled_s, tz=dt.UTC).astimezone(TAIPEI)
    return tr(
        N_(
            "此處理程序自 {since} 起無法寫入時間紀錄（{trouble}）：請求不受影響，"
            "次數在記憶體中等待至多一小時，應留存的請求至多 {waiting} 次；"
            "已有 {unwritten} 次未能留存。"
        )
    ).format(
        since=f"{since:%H:%M:%S}", trouble=keeper.trouble, waiting=f"{WAITING_MAX:,}",
        unwritten=f"{keeper.unwritten:,}",
    )  # fmt: skip


def cost_sentence(tr: Words, whole: Watching) -> str:
    """Say what a request pays for being watched."""
    if not whole.requests:
        return ""
    return tr(
        N_("量測使每次請求多花 {inside} 微秒，事後整理 {after} 微秒；合占處理器時間的 {share}。")
    ).format(
        inside=f"{whole.in_requests_us / whole.requests:,.0f}",
        after=f"{whole.keeping_us / whole.requests:,.0f}",
        share=_percent(whole),
    )


def error_sentence(tr: Words, errors: Sequence[Errors]) -> str:
    """Say what the probes found."""
    if not errors:
        return tr(N_("這段時間沒有自我測試；服務開啟時間紀錄後每分鐘測試一次。"))
    silent = sum(one.unanswered for one in errors)
    slept = [one.p99_us for one in errors if one.p99_us is not None]
    split = [one.split_p99_us for one in errors if one.split_p99_us is not None]
    if not slept or not split:
        return tr(N_("{count} 次自我測試均無回應。")).format(count=silent)
    told = tr(
        N_(
            "自我測試（p99；容許 {bound} 毫秒）：伺服器與網路之分相差最多 {split} 毫秒，"
            "等待與工作之分相差最多 {slept} 毫秒。"
        )
    )
    text = told.format(bound=ms(BOUND_US), split=ms(max(split)), slept=ms(max(slept)))
    if silent:
        text += tr(N_("其中 {count} 次無回應。")).format(count=silent)
    return text


def _percent(one: Watching) -> str:
    return f"{one.watching_us / max(1, one.process_us) * 100:.1f}%"


def error_table(tr: Words, errors: Sequence[Errors]) -> Table:
    return Table(
        id="errors",
        caption=tr(N_("歸屬誤差：已知長度的請求")),
        columns=(
            Column(title=tr(N_("刻意等待")), kind=Kind.NUMBER, unit=tr(N_("毫秒"))),
            Column(title=tr(N_("判讀")), kind=Kind.BADGE),
            Column(title=tr(N_("次數")), kind=Kind.NUMBER),
            Column(title=tr(N_("無回應")), kind=Kind.NUMBER),
            Column(title=tr(N_("伺服器／網路 p50")), kind=Kind.NUMBER, unit=tr(N_("毫秒"))),
            Column(title=tr(N_("伺服器／網路 p99")), kind=Kind.NUMBER, unit=tr(N_("毫秒"))),
            Column(title=tr(N_("等待／工作 p50")), kind=Kind.NUMBER, unit=tr(N_("毫秒"))),
            Column(title=tr(N_("等待／工作 p99")), kind=Kind.NUMBER, unit=tr(N_("毫秒"))),
            Column(title=tr(N_("等待／工作最大")), kind=Kind.NUMBER, unit=tr(N_("毫秒"))),
            Column(title=tr(N_("排隊 p99")), kind=Kind.NUMBER, unit=tr(N_("毫秒"))),
        ),
        rows=tuple(
            Row(
                cells=(
                    Cell(value=ms(one.asked_us)),
                    Cell(value=_badge(tr, one)),
                    Cell(value=one.probes),
                    Cell(value=one.unanswered),
                    *(
                        Cell(value=_known(length))
                        for length in (
                            one.split_p50_us,
                            one.split_p99_us,
                            one.p50_us,
                            one.p99_us,
                            one.most_us,
                            one.queued_p99_us,
                        )
                    ),
                ),
                emphasis=not one.within,
            )
            for one in errors
        ),
        empty=tr(N_("這段時間沒有自我測試。")),
    )


def _badge(tr: Words, one: Errors) -> Badge:
    if one.within:
        return Badge(text=tr(N_("容許內")), tone=Tone.GOOD)
    return Badge(text=tr(N_("超出容許")), tone=Tone.BAD)


def _known(length_us: int | None) -> str:
    return "" if length_us is None else f"{length_us / _US_IN_MS:,.2f}"


def probe_table(tr: Words, probes: Sequence[Probe]) -> Table:
    """Return the newest probes, a minute a row: the error by the length that was asked for."""
    minutes: dict[int, dict[int, Probe]] = {}
    for one in probes:
        minutes.setdefault(one.at_ms // _MS_IN_MINUTE, {})[one.asked_us] = one
    newest = sorted(minutes.items())[-PROBES_MAX:]
    return Table(
        id="probes",
        caption=tr(N_("最近的自我測試：等待與工作之分，歸屬 − 已知")),
        columns=(
            Column(title=tr(N_("時間")), kind=Kind.TIME),
            *(
                Column(
                    title=tr(N_("等待 {ms} 毫秒的誤差")).format(ms=length), kind=Kind.NUMBER,
                    unit=tr(N_("毫秒")),
                )
                for length in SLEEPS_MS
            ),
        ),
        rows=tuple(
            Row(
                cells=(
                    Cell(value=_at(minute * _MS_IN_MINUTE)),
                    *(Cell(value=_error(found.get(length * _US_IN_MS))) for length in SLEEPS_MS),
                )
            )
            for minute, found in newest
        ),
        empty=tr(N_("這段時間沒有自我測試。")),
    )  # fmt: skip


def _error(probe: Probe | None) -> str:
    return "" if probe is None else _known(probe.error_us)


def _at(moment_ms: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(moment_ms / 1000, tz=dt.UTC)


def cost_table(tr: Words, whole: Watching) -> Table:
    """Return what watching costs, a request on average, by where it is paid."""
    each = max(1, whole.requests)
    rows = (
        (N_("請求中：告知瀏覽器與追蹤"), N_("實測"), whole.noting_us / each),
        (
            N_("請求中：時間記號"), N_("次數 × 開機實測的單價"),
            whole.marks * whole.mark_ns / _NS_IN_US / each,
        ),
        (
            N_("請求中：追蹤步驟"), N_("次數 × 開機實測的單價"),
            whole.spans * whole.span_ns / _NS_IN_US / each,
        ),
        (N_("請求後：整理與寫入"), N_("執行緒的處理器時間"), whole.keeping_us / each),
    )  # fmt: skip
    return Table(
        id="costs",
        caption=tr(N_("平均每次請求因量測所花的時間")),
        columns=(
            Column(title=tr(N_("何時"))),
            Column(title=tr(N_("如何得知"))),
            Column(title=tr(N_("時間")), kind=Kind.NUMBER, unit=tr(N_("微秒"))),
        ),
        rows=tuple(
            Row(cells=(Cell(value=tr(when)), Cell(value=tr(how)), Cell(value=f"{length:,.1f}")))
            for when, how, length in rows
        )
        if whole.requests
        else (),
        empty=tr(N_("這段時間沒有請求。")),
    )


def process_table(tr: Words, processes: Mapping[str, Mapping[int, Watching]]) -> Table:
    """Return the processes of the host, those seen last first."""
    newest = sorted(processes.items(), key=lambda one: max(one[1]), reverse=True)
    return Table(
        id="processes",
        caption=tr(N_("各處理程序的損失與代價")),
        columns=(
            Column(title=tr(N_("處理程序")), kind=Kind.CODE),
            Column(title=tr(N_("最近一次")), kind=Kind.TIME),
            Column(title=tr(N_("請求數")), kind=Kind.NUMBER),
            Column(title=tr(N_("留存")), kind=Kind.NUMBER),
            Column(title=tr(N_("未計入")), kind=Kind.NUMBER),
            Column(title=tr(N_("瀏覽器回報無對應")), kind=Kind.NUMBER),
            Column(title=tr(N_("應留存而無空間")), kind=Kind.NUMBER),
            Column(title=tr(N_("應留存而未能寫入")), kind=Kind.NUMBER),
            Column(title=tr(N_("佇列最長")), kind=Kind.NUMBER),
            Column(title=tr(N_("占處理器時間")), kind=Kind.NUMBER),
        ),
        rows=tuple(
            _process(name, together(list(periods.values())), max(periods))
            for name, periods in newest[:PROCESSES_MAX]
        ),
        empty=tr(N_("這段時間沒有請求。")),
    )


def _process(name: str, one: Watching, last_s: int) -> Row:
    return Row(
        cells=(
            Cell(value=name.partition("-")[0]),
            Cell(value=_at(last_s * 1000)),
            *(
                Cell(value=count)
                for count in (
                    one.requests, one.kept, one.lost, one.unjoined, one.left_out, one.unwritten,
                    one.queue_most,
                )
            ),
            Cell(value=_percent(one)),
        ),
        emphasis=bool(one.lost or one.unwritten),
    )  # fmt: skip

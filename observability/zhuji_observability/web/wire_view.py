"""What a capture saw of one request, beside what the process says of the same."""

from __future__ import annotations

from collections.abc import Callable

from zhuji_core.values import N_
from zhuji_core.web.components import PAGE_ROWS_MAX, Cell, Column, Kind, Row, Table
from zhuji_observability.pcap.terms import PacketNote, PacketRow
from zhuji_observability.store.exchange import IN_PROCESS, Exchange

Words = Callable[[str], str]

_US_IN_MS = 1_000
_KINDS = {
    "data": N_("資料"), "ack": N_("確認"), "syn": N_("開始連線"), "fin": N_("結束連線"),
    "rst": N_("中斷連線"),
}  # fmt: skip


def wire_table(tr: Words, one: Exchange, wire: PacketRow) -> Table:
    """Return the terms that both measured, each by its own clock, and how far they are apart."""
    server_us = sum(one.terms_us[name] for name in IN_PROCESS)
    rows = (
        (N_("上傳"), wire.request_ms, one.terms_us["upload"]),
        (N_("伺服器"), wire.server_ms, server_us),
        (N_("下載"), wire.response_ms, one.terms_us["download"]),
        (N_("網路往返"), wire.rtt_ms, one.rtt_us),
    )
    return Table(
        id="wire",
        caption=tr(N_("線上與程式各自量得的時間")),
        columns=(
            Column(title=tr(N_("項目"))),
            Column(title=tr(N_("線上（封包）")), kind=Kind.NUMBER, unit=tr(N_("毫秒"))),
            Column(title=tr(N_("處理程序")), kind=Kind.NUMBER, unit=tr(N_("毫秒"))),
            Column(title=tr(N_("相差")), kind=Kind.NUMBER, unit=tr(N_("毫秒"))),
        ),
        rows=tuple(
            Row(
                cells=(
                    Cell(value=tr(words)),
                    Cell(value=_ms(wire_ms)),
                    Cell(value=_ms(None if process_us is None else process_us / _US_IN_MS)),
                    Cell(value=_apart(wire_ms, process_us)),
                )
            )
            for words, wire_ms, process_us in rows
        ),
    )


def _ms(length_ms: float | None) -> str:
    return "" if length_ms is None else f"{length_ms:,.2f}"


def _apart(wire_ms: float | None, process_us: int | None) -> str:
    if wire_ms is None or process_us is None:
        return ""
    return f"{process_us / _US_IN_MS - wire_ms:+,.2f}"


def packet_table(tr: Words, wire: PacketRow) -> Table:
    """Return the packets in their order; more than a page holds are in the capture itself."""
    return Table(
        id="packets",
        caption=tr(N_("封包")),
        columns=(
            Column(title=tr(N_("第一個位元組之後")), kind=Kind.NUMBER, unit=tr(N_("毫秒"))),
            Column(title=tr(N_("方向"))),
            Column(title=tr(N_("種類"))),
            Column(title=tr(N_("位元組")), kind=Kind.NUMBER),
            Column(title=tr(N_("附註"))),
        ),
        rows=tuple(
            Row(
                cells=(
                    Cell(value=f"{one.at_us / _US_IN_MS:,.3f}"),
                    Cell(value=tr(N_("→ 伺服器")) if one.from_client else tr(N_("← 伺服器"))),
                    Cell(value=tr(_KINDS[one.kind])),
                    Cell(value=one.bytes),
                    Cell(value=_note(tr, one)),
                ),
                emphasis=one.again or one.shut,
            )
            for one in wire.packets[:PAGE_ROWS_MAX]
        ),
    )


def _note(tr: Words, one: PacketNote) -> str:
    found = [tr(N_("重送"))] if one.again else []
    if one.shut:
        found.append(tr(N_("接收視窗為零")))
    return tr(N_("、")).join(found)

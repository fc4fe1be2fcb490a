"""One request as a drawing: its steps one under the other, and below them its packets.

Steps stand by the clock of the process, packets by that of the capture point. The two are laid
over each other at one moment that both know, the last byte of the request; no length is changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from zhuji_core.values import N_, Value
from zhuji_observability.pcap.terms import PacketNote, PacketRow
from zhuji_observability.recorder.statements import term_of
from zhuji_observability.recorder.terms import Term
from zhuji_observability.store.exchange import BEFORE, Exchange
from zhuji_observability.store.path import Step, path_of

Words = Callable[[str], str]

WIDTH, LABELS, RIGHT = 1_000, 270, 10
LANE, BAR, AXIS = 20, 12, 24
# What is drawn; the tables below have all of it.
STEPS_MAX, TICKS = 60, 6
_LABEL_LETTERS = 34
_US_IN_MS = 1_000
_BLUE, _GREEN, _ORANGE, _VIOLET, _RED, _GREY = (
    "#0b5d7a", "#4a6b1f", "#b3541e", "#6b3f87", "#b00020", "#5c6670",
)  # fmt: skip


class Bar(Value, frozen=True, kw_only=True):
    """A length of time in its lane; ``told``: what it is, for who points at it."""

    x: float
    y: float
    width: float
    fill: str
    told: str


class Mark(Value, frozen=True, kw_only=True):
    """A packet: a line for bytes, a dot for an acknowledgement alone, a letter for the rest."""

    x: float
    y: float
    height: float
    fill: str
    sign: str = ""


class Label(Value, frozen=True, kw_only=True):
    x: float
    y: float
    text: str


class Waterfall(Value, frozen=True, kw_only=True):
    """Ready to be drawn; ``ticks`` are (x, milliseconds) of the axis."""

    height: float
    bars: tuple[Bar, ...]
    marks: tuple[Mark, ...]
    labels: tuple[Label, ...]
    ticks: tuple[tuple[float, str], ...]
    left_out: int


def waterfall(tr: Words, one: Exchange, wire: PacketRow | None) -> Waterfall | None:
    """Lay it out; None where there is neither a step nor a packet."""
    steps = path_of(one.spans)
    shift_us = _shift_us(one, wire)
    packets = () if wire is None else _near(wire.packets, one, shift_us)
    if not steps and not packets:
        return None
    first_us = min(0, *(shift_us + packet.at_us for packet in packets), 0)
    # What a browser did before it sent the request is no time of its steps.
    sent_us = sum(one.terms_us[name] for name in BEFORE)
    last_us = max(
        one.total_us - sent_us,
        *(one.before_us + step.note.end_us for step in steps),
        *(shift_us + packet.at_us for packet in packets),
        1,
    )
    scale = (WIDTH - LABELS - RIGHT) / (last_us - first_us)

    def x(at_us: float) -> float:
        return round(LABELS + (at_us - first_us) * scale, 1)

    lanes = _Lanes(x)
    if wire is not None:
        _draw_turns(tr, lanes, wire, shift_us)
    for step in steps[:STEPS_MAX]:
        _draw_step(lanes, step, one.before_us)
    for from_client, words in ((True, N_("封包 → 伺服器")), (False, N_("封包 ← 伺服器"))):
        if wire is not None:
            lanes.next(tr(words))
            for packet in packets:
                if packet.from_client is from_client:
                    lanes.mark(packet, shift_us)
    return Waterfall(
        height=lanes.y + LANE,
        bars=tuple(lanes.bars),
        marks=tuple(lanes.marks),
        labels=tuple(lanes.labels),
        ticks=tuple(_ticks(first_us, last_us, x)),
        left_out=max(0, len(steps) - STEPS_MAX),
    )


def _shift_us(one: Exchange, wire: PacketRow | None) -> int:
    """Return where the request's first byte on the wire stands on the axis of the process."""
    if wire is None or wire.request_ms is None:
        return 0
    return one.terms_us["upload"] - round(wire.request_ms * _US_IN_MS)


def _near(packets: Sequence[PacketNote], one: Exchange, shift_us: int) -> tuple[PacketNote, ...]:
    """Leave out what is far from the request: a connection may have been open for minutes.

    Of what carries data, or came again, nothing is left out after it.
    """
    reach_us = one.total_us
    return tuple(
        packet
        for packet in packets
        if -reach_us <= (at_us := packet.at_us + shift_us)
        and (at_us <= 2 * reach_us or packet.again or packet.kind == "data")
    )


class _Lanes:
    """Collects what is drawn, lane after lane."""

    def __init__(self, x: Callable[[float], float]) -> None:
        self._x = x
        self.y = float(AXIS - LANE)
        self.bars: list[Bar] = []
        self.marks: list[Mark] = []
        self.labels: list[Label] = []

    def next(self, text: str, depth: int = 0) -> None:
        self.y += LANE
        indent = 8 * min(depth, 8)
        letters = _LABEL_LETTERS - min(depth, 8)
        shown = text if len(text) <= letters else f"{text[: letters - 1]}…"
        self.labels.append(Label(x=4 + indent, y=self.y + 14, text=shown))

    def bar(self, from_us: float, length_us: float, fill: str, told: str) -> None:
        left, right = self._x(from_us), self._x(from_us + length_us)
        width = max(1.0, round(right - left, 1))
        y = self.y + (LANE - BAR) / 2
        self.bars.append(Bar(x=left, y=y, width=width, fill=fill, told=told))

    def mark(self, packet: PacketNote, shift_us: int) -> None:
        sign = "▲" if packet.again else "◆" if packet.shut else _SIGNS.get(packet.kind, "")
        fill = _RED if packet.again or packet.kind == "rst" else _ORANGE if packet.shut else _GREY
        height = BAR if packet.bytes else BAR / 3
        self.marks.append(
            Mark(
                x=self._x(packet.at_us + shift_us), y=self.y + (LANE - height) / 2, height=height,
                fill=fill, sign=sign,
            )
        )  # fmt: skip


_SIGNS = {"syn": "S", "fin": "F", "rst": "R"}


def _draw_turns(tr: Words, lanes: _Lanes, wire: PacketRow, shift_us: int) -> None:
    lanes.next(tr(N_("線上：上傳、伺服器、下載")))
    at = float(shift_us)
    for words, length_ms, fill in (
        (N_("上傳"), wire.request_ms, _VIOLET),
        (N_("伺服器"), wire.server_ms, _BLUE),
        (N_("下載"), wire.response_ms, _ORANGE),
    ):
        if length_ms is None:
            return
        length_us = length_ms * _US_IN_MS
        lanes.bar(at, length_us, fill, f"{tr(words)} {length_ms:,.1f}")
        at += length_us


def _draw_step(lanes: _Lanes, step: Step, before_us: int) -> None:
    note = step.note
    lanes.next(step.label, step.depth)
    fill = _BLUE
    if note.statement:
        fill = _ORANGE if term_of(note.statement) is Term.LOCK else _GREEN
    told = f"{step.label} {note.length_us / _US_IN_MS:,.1f}"
    lanes.bar(before_us + note.start_us, note.length_us, fill, told)


def _ticks(first_us: int, last_us: int, x: Callable[[float], float]) -> Iterator[tuple[float, str]]:
    for part in range(TICKS):
        at_us = first_us + (last_us - first_us) * part / (TICKS - 1)
        yield x(at_us), f"{round(at_us / _US_IN_MS, 1) + 0.0:,.1f}"  # never -0.0

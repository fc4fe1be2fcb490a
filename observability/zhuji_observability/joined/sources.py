"""Rows of a capture and records of the process, as the equation takes them: microseconds."""

from __future__ import annotations

from collections.abc import Collection

from zhuji_observability.joined.equation import Process, Wire
from zhuji_observability.pcap.terms import Row
from zhuji_observability.recorder import tcp_info
from zhuji_observability.recorder.attribution import Mark
from zhuji_observability.recorder.record import Record
from zhuji_observability.recorder.terms import Term

_US_IN_MS = 1000
_US_NS = 1000


def wire_of(row: Row) -> Wire:
    """Return what the capture point saw of an exchange."""
    return Wire(
        request_us=_us(row.request_ms),
        server_us=_us(row.server_ms),
        response_us=_us(row.response_ms),
        rtt_us=_us(row.rtt_ms),
    )


def process_of(record: Record, pauses: Collection[Mark] = ()) -> Process:
    """Return what the process saw: until the answer's head was sent, and the rest as sending.

    A request without an answer (its client hung up) was all before it.
    """
    until_ns = record.first_sent_ns or record.ended_ns
    spent = record.told(pauses) or record.spent(until_ns=until_ns, pauses=pauses)
    return Process(
        spent_us=rounded(spent),
        send_us=max(0, record.ended_ns - until_ns) // _US_NS,
        rtt_us=tcp_info.rtt_us(record.tcp),
    )


def rounded(spent: dict[Term, int]) -> dict[Term, int]:
    """Return whole microseconds whose sum is that of the nanoseconds, rounded down.

    The largest remainders are rounded up: terms that are shown add up to the total shown.
    """
    whole: dict[Term, int] = {}
    parts: list[tuple[int, Term]] = []
    for term, length in spent.items():
        whole[term], part = divmod(length, _US_NS)
        if part:
            parts.append((part, term))
    parts.sort(reverse=True)
    for _, term in parts[: sum(part for part, _ in parts) // _US_NS]:
        whole[term] += 1
    return whole


def _us(length_ms: float | None) -> int | None:
    return None if length_ms is None else round(length_ms * _US_IN_MS)

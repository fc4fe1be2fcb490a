"""Rows of a capture and records of the process, as the equation takes them: microseconds."""

from __future__ import annotations

from collections.abc import Iterable

from zhuji_observability.joined.equation import Process, Wire
from zhuji_observability.pcap.terms import Row
from zhuji_observability.recorder.attribution import Mark
from zhuji_observability.recorder.record import Record
from zhuji_observability.recorder.tcp_info import TcpInfo
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


def process_of(record: Record, pauses: Iterable[Mark] = ()) -> Process:
    """Return what the process saw: until the answer's head was sent, and the rest as sending.

    A request without an answer (its client hung up) was all before it.
    """
    until_ns = record.first_sent_ns or record.ended_ns
    spent = record.spent(until_ns=until_ns, pauses=pauses)
    tcp = record.tcp if isinstance(record.tcp, TcpInfo) else None
    return Process(
        spent_us=rounded(spent),
        send_us=max(0, record.ended_ns - until_ns) // _US_NS,
        rtt_us=tcp.rtt_us if tcp is not None else None,
    )


def rounded(spent: dict[Term, int]) -> dict[Term, int]:
    """Return whole microseconds whose sum is that of the nanoseconds, rounded down.

    The largest remainders are rounded up: terms that are shown add up to the total shown.
    """
    whole = {term: length // _US_NS for term, length in spent.items()}
    missing = sum(spent.values()) // _US_NS - sum(whole.values())
    for term in sorted(spent, key=lambda term: spent[term] % _US_NS, reverse=True)[:missing]:
        whole[term] += 1
    return whole


def _us(length_ms: float | None) -> int | None:
    return None if length_ms is None else round(length_ms * _US_IN_MS)

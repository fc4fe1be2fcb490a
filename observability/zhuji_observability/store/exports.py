"""Kept requests in the formats of other tools: Perfetto, speedscope, OTLP, CSV.

Of each only what the store has: routes, names of the code, lengths. Nothing is made up to fill a
format: where packets stand by another clock, they have a track of their own.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec

from zhuji_observability.pcap.terms import PacketRow
from zhuji_observability.store.exchange import TERMS, Exchange, SpanNote
from zhuji_observability.store.flame import Frame
from zhuji_observability.store.path import path_of

Json = dict[str, Any]

_NS_IN_US, _US_IN_MS, _NS_IN_MS = 1_000, 1_000, 1_000_000
_PROCESS, _WIRE = 1, 2
# What a profile of many requests is called in another tool.
_ALL = "zhuji"
# OTLP: SPAN_KIND_INTERNAL, SPAN_KIND_SERVER, SPAN_KIND_CLIENT; STATUS_CODE_ERROR.
_INTERNAL, _SERVER, _CLIENT, _ERROR = 1, 2, 3, 2


def perfetto(one: Exchange, wire: PacketRow | None) -> bytes:
    """Return Chrome's trace format, which Perfetto reads: microseconds since the request came."""
    events: list[Json] = [
        _track(_PROCESS, 0, "process_name", "zhuji (clock of the process)"),
        _complete(
            _PROCESS, f"{one.method} {one.route}", 0, one.total_us,
            {"trace": one.trace, **{k: v for k, v in one.terms_us.items() if v}},
        ),
        *(
            _complete(
                _PROCESS, note.name, one.before_us + note.start_us, note.length_us,
                {"module": note.module, "statement": note.statement, "refusal": note.refusal},
            )
            for note in one.spans
        ),
    ]  # fmt: skip
    if wire is not None:
        events.append(_track(_WIRE, 0, "process_name", "wire (clock of the capture point)"))
        events.extend(_of_wire(wire))
    return msgspec.json.encode({"traceEvents": events, "displayTimeUnit": "ms"})


def _of_wire(wire: PacketRow) -> Iterator[Json]:
    at_us = 0
    for name, length_ms in (
        ("request", wire.request_ms), ("server", wire.server_ms), ("response", wire.response_ms),
    ):  # fmt: skip
        if length_ms is None:
            break
        yield _complete(_WIRE, name, at_us, round(length_ms * _US_IN_MS), {})
        at_us += round(length_ms * _US_IN_MS)
    for packet in wire.packets:
        told = f"{packet.kind}{' again' if packet.again else ''}{' shut' if packet.shut else ''}"
        yield {
            "ph": "i", "s": "t", "pid": _WIRE, "tid": 2 if packet.from_client else 3,
            "ts": packet.at_us, "name": told, "args": {"bytes": packet.bytes},
        }  # fmt: skip


def _track(pid: int, tid: int, kind: str, name: str) -> Json:
    return {"ph": "M", "pid": pid, "tid": tid, "name": kind, "args": {"name": name}}


def _complete(pid: int, name: str, at_us: int, length_us: int, told: Json) -> Json:
    return {
        "ph": "X", "pid": pid, "tid": 1, "ts": at_us, "dur": length_us, "name": name,
        "args": {key: value for key, value in told.items() if value},
    }  # fmt: skip


def speedscope(one: Exchange) -> bytes:
    """Return an evented profile: a step opens and closes inside of the one that called it."""
    names: list[str] = []
    events: list[Json] = []
    whole_us = max([one.total_us, *(one.before_us + note.end_us for note in one.spans)])
    _opened(names, events, f"{one.method} {one.route}", 0)
    standing = [(0, whole_us)]  # frame and end of what is open
    last_us = 0
    for step in path_of(one.spans):
        start_us = max(one.before_us + step.note.start_us, last_us)
        while len(standing) > step.depth + 1:
            last_us = _closed(events, standing, last_us)
        start_us = min(max(start_us, last_us), standing[-1][1])
        end_us = min(max(one.before_us + step.note.end_us, start_us), standing[-1][1])
        standing.append((_opened(names, events, step.note.name, start_us), end_us))
        last_us = start_us
    while standing:
        last_us = _closed(events, standing, last_us)
    return _profile(
        names,
        {
            "type": "evented", "name": one.trace, "startValue": 0, "endValue": whole_us,
            "events": events,
        },
    )  # fmt: skip


def speedscope_of(flame: Frame) -> bytes:
    """Return a sampled profile of many requests: each way down to a step, by what it did itself."""
    names: dict[str, int] = {}
    samples: list[list[int]] = []
    weights: list[int] = []
    standing: list[int] = []
    for frame in flame.all:
        label = " ".join(frame.statement.split()) or frame.name or _ALL
        del standing[frame.depth :]
        standing.append(names.setdefault(label, len(names)))
        if frame.own_us:
            samples.append(standing.copy())
            weights.append(frame.own_us)
    return _profile(
        list(names),
        {
            "type": "sampled", "name": _ALL, "startValue": 0, "endValue": sum(weights),
            "samples": samples, "weights": weights,
        },
    )  # fmt: skip


def _profile(names: Sequence[str], told: Json) -> bytes:
    return msgspec.json.encode(
        {
            "$schema": "https://www.speedscope.app/file-format-schema.json",
            "shared": {"frames": [{"name": name} for name in names]},
            "profiles": [{"unit": "microseconds", **told}],
        }
    )


def _opened(names: list[str], events: list[Json], name: str, at_us: int) -> int:
    if name not in names:
        names.append(name)
    frame = names.index(name)
    events.append({"type": "O", "frame": frame, "at": at_us})
    return frame


def _closed(events: list[Json], standing: list[tuple[int, int]], last_us: int) -> int:
    frame, end_us = standing.pop()
    at_us = max(end_us, last_us)
    events.append({"type": "C", "frame": frame, "at": at_us})
    return at_us


def otlp(exchanges: Iterable[Exchange]) -> bytes:
    """Return an ``ExportTraceServiceRequest`` as OTLP's JSON has it, for any collector."""
    return msgspec.json.encode(
        {
            "resourceSpans": [
                {
                    "resource": {
                        "attributes": _attributes(
                            {"service.name": "zhuji", "service.version": one.release}
                        )
                    },
                    "scopeSpans": [{"scope": {"name": "zhuji.store"}, "spans": _spans(one)}],
                }
                for one in exchanges
            ]
        }
    )


def _spans(one: Exchange) -> list[Json]:
    began_ns = one.began_ms * _NS_IN_MS
    told = {
        "http.request.method": one.method,
        "http.route": one.route,
        "http.response.status_code": one.status,
        "zhuji.county": one.county,
        "zhuji.module": one.module,
        "zhuji.operation": one.operation,
        "zhuji.release": one.release,
        **{
            f"zhuji.wait.{name}_ms": one.terms_us[name] / _US_IN_MS
            for name in TERMS
            if one.terms_us[name]
        },
    }
    whole: Json = {
        "traceId": one.trace,
        "spanId": _span_id(0),
        "name": f"{one.method} {one.route}",
        "kind": _SERVER,
        "startTimeUnixNano": str(began_ns),
        "endTimeUnixNano": str(began_ns + one.total_us * _NS_IN_US),
        "attributes": _attributes(told),
        "status": {"code": _ERROR} if one.failed else {},
    }
    return [whole, *(_span(one, place, note, began_ns) for place, note in enumerate(one.spans))]


def _span(one: Exchange, place: int, note: SpanNote, began_ns: int) -> Json:
    start_ns = began_ns + note.start_us * _NS_IN_US
    told = {
        "zhuji.module": note.module,
        "db.query.text": note.statement,
        "zhuji.refusal": note.refusal,
    }
    return {
        "traceId": one.trace,
        "spanId": _span_id(place + 1),
        "parentSpanId": _span_id(note.parent + 1),
        "name": note.name,
        "kind": _CLIENT if note.statement else _INTERNAL,
        "startTimeUnixNano": str(start_ns),
        "endTimeUnixNano": str(start_ns + note.length_us * _NS_IN_US),
        "attributes": _attributes(told),
        "status": {"code": _ERROR} if note.failed else {},
    }


def _span_id(place: int) -> str:
    """Return an id within its trace; the store keeps places, not the ids that spans once had."""
    return f"{place + 1:016x}"


def _attributes(told: Json) -> list[Json]:
    return [{"key": key, "value": _value(value)} for key, value in told.items() if value != ""]


def _value(value: object) -> Json:
    if isinstance(value, int):
        return {"intValue": str(value)}
    return {"doubleValue": value} if isinstance(value, float) else {"stringValue": value}


EXCHANGE_HEAD = (
    "trace", "began_ms", "county", "operation", "method", "route", "status", "release", "kept",
    "vantage", "total_us", "rtt_us", "retransmits", *(f"{name}_us" for name in TERMS),
)  # fmt: skip
EXCHANGE_TEXTS = frozenset(
    ("trace", "county", "operation", "method", "route", "release", "kept", "vantage")
)


def exchange_cells(one: Exchange) -> tuple[str | int | None, ...]:
    """Return a row below ``EXCHANGE_HEAD``, a term a column, in microseconds; None is unknown."""
    return (
        one.trace, one.began_ms, one.county, one.operation, one.method, one.route, one.status,
        one.release, one.kept, one.vantage, one.total_us, one.rtt_us, one.retransmits,
        *(one.terms_us[name] for name in TERMS),
    )  # fmt: skip


def exchange_csv(exchanges: Sequence[Exchange]) -> bytes:
    """Return the exchanges as a table."""
    return written(EXCHANGE_HEAD, map(exchange_cells, exchanges))


def written(head: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """Return a CSV, UTF-8."""
    out = io.StringIO(newline="")
    table = csv.writer(out)
    table.writerow(head)
    table.writerows(rows)
    return out.getvalue().encode()

"""Takes finished requests from the recorder, with their spans, and makes exchanges of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor
from opentelemetry.trace import SpanKind, StatusCode

from zhuji_observability.joined.equation import explain
from zhuji_observability.joined.sources import process_of
from zhuji_observability.recorder.attribution import Mark
from zhuji_observability.recorder.record import CURRENT, Record
from zhuji_observability.recorder.tcp_info import TcpInfo
from zhuji_observability.routes import NOT_FOUND, RELEASE, SERVER_ERROR
from zhuji_observability.store.exchange import Exchange, Meeting, SpanNote

# More than any page of the product makes; what comes after is in no list, its time is counted.
SPANS_MAX = 1_000
_NS_IN_US = 1_000
_NS_IN_MS = 1_000_000


class Finished(NamedTuple):
    """A request as it was when its answer had been sent; made into an exchange later."""

    record: Record
    trace_id: int
    span_started_ns: int
    attributes: Mapping[str, Any]


class SpanCollector(SpanProcessor):
    """Puts each span that ends into the record of the request that it belongs to."""

    def on_end(self, span: ReadableSpan) -> None:
        record = CURRENT.get()
        if record is None or span.kind is SpanKind.SERVER or len(record.spans) >= SPANS_MAX:
            return
        record.spans.append(span)


def taking(take: Callable[[Finished], None]) -> Callable[[Record], None]:
    """Return what the recorder calls when a request is over, still in the context of its span."""

    def kept(record: Record) -> None:
        span: Any = trace.get_current_span()
        started_ns = getattr(span, "start_time", None)
        if started_ns is None:  # nobody watches this one
            return
        take(Finished(record, span.get_span_context().trace_id, started_ns, span.attributes))

    return kept


def exchange_of(finished: Finished, pauses: Iterable[Mark] = ()) -> Exchange:
    """Make the terms of the marks, and notes of the spans."""
    record, told = finished.record, finished.attributes
    process = process_of(record, pauses)
    explained = explain(process=process)
    assert explained is not None, "the process saw all of it"
    tcp = record.tcp if isinstance(record.tcp, TcpInfo) else None
    status = int(told.get("http.response.status_code", SERVER_ERROR))
    return Exchange(
        trace=f"{finished.trace_id:032x}",
        began_ms=finished.span_started_ns // _NS_IN_MS,
        # Any text may stand where a county is expected.
        county="" if status == NOT_FOUND else told.get("zhuji.county", ""),
        module=told.get("zhuji.module", ""),
        operation=told.get("zhuji.operation", ""),
        route=told.get("http.route", ""),
        method=told.get("http.request.method", ""),
        status=status,
        release=RELEASE,
        total_us=explained.total_us,
        terms_us=explained.terms_us,
        before_us=max(0, record.opened_ns - record.started_ns) // _NS_IN_US,
        rtt_us=None if tcp is None else tcp.rtt_us,
        retransmits=record.retransmits,
        spans=notes_of(record.spans, started_ns=finished.span_started_ns),
        met=(*_locks(record), *_led(record.spans)),
    )


def _locks(record: Record) -> tuple[Meeting, ...]:
    return tuple(
        Meeting(
            side=side,
            trace=_trace_of(met.other),
            ours=met.ours,
            state=met.state,
            open_us=met.open_us,
            seen_us=(met.last_ns - met.first_ns) // _NS_IN_US,
            behind=met.behind,
            own=met.own,
            backend=backend,
        )
        for (side, backend), met in record.met.items()
    )


def _led(spans: Iterable[Any]) -> Iterator[Meeting]:
    """Return in whose transaction this request's work was done (decision 61)."""
    for span in spans:
        leader = (span.attributes or {}).get("zhuji.led_by", "")
        if leader:
            seen_us = ((span.end_time or 0) - (span.start_time or 0)) // _NS_IN_US
            yield Meeting(side="led", trace=leader, seen_us=seen_us)


def _trace_of(traceparent: str) -> str:
    return traceparent[3:35]


def notes_of(spans: Iterable[Any], *, started_ns: int) -> tuple[SpanNote, ...]:
    """Return the spans in the order of their beginning, each with the place of its parent."""
    ordered = sorted(spans, key=lambda span: (span.start_time, -span.end_time))
    places = {span.context.span_id: place for place, span in enumerate(ordered)}
    return tuple(_note(span, places, started_ns) for span in ordered)


def _note(span: ReadableSpan, places: Mapping[int, int], started_ns: int) -> SpanNote:
    told: Mapping[str, Any] = span.attributes or {}
    first_ns, last_ns = span.start_time or 0, span.end_time or 0
    return SpanNote(
        name=span.name,
        parent=-1 if span.parent is None else places.get(span.parent.span_id, -1),
        start_us=(first_ns - started_ns) // _NS_IN_US,
        length_us=max(0, last_ns - first_ns) // _NS_IN_US,
        module=told.get("zhuji.module", ""),
        statement=told.get("db.query.text", ""),
        refusal=told.get("zhuji.refusal", ""),
        failed=span.status.status_code is StatusCode.ERROR,
    )

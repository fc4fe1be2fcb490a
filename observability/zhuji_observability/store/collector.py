"""Takes finished requests from the recorder, with their spans, and makes exchanges of them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from zhuji_observability.joined.equation import explain
from zhuji_observability.joined.sources import process_of
from zhuji_observability.recorder.attribution import Mark
from zhuji_observability.recorder.record import Record
from zhuji_observability.routes import NOT_FOUND, RELEASE, SERVER_ERROR
from zhuji_observability.spans.exports import ATTRIBUTE_LENGTH_MAX, name_of
from zhuji_observability.spans.noted import PLACE, Noted
from zhuji_observability.store.exchange import Exchange, Meeting, SpanNote

_NS_IN_US = 1_000
_NS_IN_MS = 1_000_000


class Finished(NamedTuple):
    """A request as it was when its answer had been sent; made into an exchange later.

    Its span began ``began_ns`` after 1970, which is ``first_ns`` by the clock of what was noted.
    """

    record: Record
    trace_id: int
    began_ns: int
    attributes: Mapping[str, Any]
    first_ns: int = 0


def taking(take: Callable[[Finished], None]) -> Callable[[Record], None]:
    """Return what the recorder calls when a request is over, still in the place of its span."""

    def kept(record: Record) -> None:
        root = PLACE.get()
        if root is not None:  # somebody watches this one
            began_ns = root.trace.wall_ns(root.started_ns)
            take(Finished(record, root.trace.id, began_ns, root.attributes, root.started_ns))

    return kept


def exchange_of(finished: Finished, pauses: Collection[Mark] = ()) -> Exchange:
    """Make the terms of the marks. What is kept whole has its ``spans_of`` as well."""
    record, told = finished.record, finished.attributes
    process = process_of(record, pauses)
    explained = explain(process=process)
    assert explained is not None, "the process saw all of it"
    status = int(told.get("http.response.status_code", SERVER_ERROR))
    return Exchange(
        trace=f"{finished.trace_id:032x}",
        began_ms=finished.began_ns // _NS_IN_MS,
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
        rtt_us=process.rtt_us,
        retransmits=record.sent_again(),
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


def _led(spans: Iterable[Noted]) -> Iterator[Meeting]:
    """Return in whose transaction this request's work was done (decision 61)."""
    for span in spans:
        if leader := span.own.get("led_by", ""):
            seen_us = (span.ended_ns - span.started_ns) // _NS_IN_US
            yield Meeting(side="led", trace=leader, seen_us=seen_us)


def _trace_of(traceparent: str) -> str:
    return traceparent[3:35]


def statements_of(finished: Finished) -> Iterator[tuple[str, int]]:
    """Return each statement with the microseconds that it took."""
    for span in finished.record.spans:
        if span.statement:
            yield span.statement, (span.ended_ns - span.started_ns) // _NS_IN_US


def spans_of(finished: Finished) -> tuple[SpanNote, ...]:
    """Return the spans in the order of their beginning, each with the place of its parent."""
    ordered = sorted(finished.record.spans, key=lambda span: (span.started_ns, -span.ended_ns))
    places = {id(span): place for place, span in enumerate(ordered)}
    return tuple(_note(span, places, finished.first_ns) for span in ordered)


def _note(span: Noted, places: Mapping[int, int], first_ns: int) -> SpanNote:
    return SpanNote(
        name=name_of(span),
        parent=places.get(id(span.parent), -1),
        start_us=(span.started_ns - first_ns) // _NS_IN_US,
        length_us=max(0, span.ended_ns - span.started_ns) // _NS_IN_US,
        module=str(span.own.get("module", "")),
        statement=span.statement[:ATTRIBUTE_LENGTH_MAX],
        refusal=str(span.own.get("refusal", "")),
        failed=span.failed,
    )

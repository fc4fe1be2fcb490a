"""Makes spans of OpenTelemetry's SDK of what was noted, and gives them to its processors.

In a thread of its own, and only where somebody wants them: a request has put its notes into a
queue and is gone. Where the queue is full spans are lost, not requests.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from opentelemetry.sdk.trace import Event, ReadableSpan
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import SpanContext, SpanKind, Status, StatusCode

from zhuji_observability.regularly import regularly
from zhuji_observability.spans.current import SAMPLED, context_of
from zhuji_observability.spans.noted import Noted, Trace

if TYPE_CHECKING:
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import SpanProcessor

    from zhuji_observability.recorder.record import Record

# Told of the product's own spans; a library says its own name.
SCOPE = InstrumentationScope("zhuji")
# A statement is named by its beginning; the longest in the product is 3,000 characters.
ATTRIBUTE_LENGTH_MAX = 4_000
# How many spans wait in memory (some 500 bytes each), and how long.
WAITING_MAX = 8_192
INTERVAL_S = 1.0
COMPLAINT_INTERVAL_S = 60.0


_KINDS = {kind.name.lower(): kind for kind in SpanKind}
_OK, _ERROR = Status(StatusCode.UNSET), Status(StatusCode.ERROR)
_logger = logging.getLogger(__name__)


class Exports:
    """The queue of one process, and the thread that empties it."""

    def __init__(self, resource: Resource, processors: Sequence[SpanProcessor]) -> None:
        self._resource = resource
        self._processors = processors
        self._queue: deque[tuple[Trace, Sequence[Noted], Record | None]] = deque()
        self._waiting = 0
        self._silent_until = 0.0
        self._emptying = threading.Lock()
        self.told: Callable[[Record, int], Mapping[str, float]] = lambda _record, _until_ns: {}
        self.lost = 0

    def take(self, trace: Trace, notes: Sequence[Noted], record: Record | None) -> None:
        """Put what was noted into the queue: all that a request pays."""
        if self._waiting + len(notes) > WAITING_MAX:
            self.lost += len(notes)
            return
        self._waiting += len(notes)
        self._queue.append((trace, notes, record))

    def start(self) -> Callable[[], None]:
        """Empty the queue each second; return what empties it for the last time."""
        return regularly(self.step, every_s=INTERVAL_S, name="zhuji-spans", at_end=self.step)

    def step(self) -> None:
        """Make spans of all that waits."""
        with self._emptying:
            for _ in range(len(self._queue)):
                trace, notes, record = self._queue.popleft()
                self._waiting -= len(notes)
                for note in notes:
                    told = {} if record is None or note.parent else self.told(record, note.ended_ns)
                    span = span_of(note, trace, self._resource, told)
                    for processor in self._processors:
                        processor.on_end(span)
        if self.lost and time.monotonic() >= self._silent_until:
            self._silent_until = time.monotonic() + COMPLAINT_INTERVAL_S
            _logger.warning("%d spans were lost: more came than could be sent", self.lost)

    def flush(self, timeout_ms: int) -> bool:
        """Send what waits; tell whether it was taken in time."""
        self.step()
        return all(one.force_flush(timeout_ms) for one in self._processors)

    def shutdown(self) -> None:
        """Send what waits, and nothing after it."""
        self.step()
        for processor in self._processors:
            processor.shutdown()


def span_of(
    note: Noted, trace: Trace, resource: Resource, told: Mapping[str, Any] | None = None
) -> ReadableSpan:
    """Return what the SDK would have made of the same piece of work."""
    parent = None
    if note.parent is not None:
        parent = context_of(note.parent)
    elif trace.parent_id:
        parent = SpanContext(trace.id, trace.parent_id, is_remote=True, trace_flags=SAMPLED)
    return ReadableSpan(
        name=name_of(note),
        context=context_of(note),
        parent=parent,
        resource=resource,
        attributes={**_attributes(note), **(told or {})},
        events=[
            Event(name, attributes, trace.wall_ns(moment_ns))
            for name, attributes, moment_ns in note.events
        ],
        links=note.links,
        kind=_KINDS[note.kind],
        status=_ERROR if note.failed else _OK,
        start_time=trace.wall_ns(note.started_ns),
        end_time=trace.wall_ns(note.ended_ns),
        instrumentation_scope=note.scope or SCOPE,
    )


def _attributes(note: Noted) -> dict[str, Any]:
    found = dict(note.attributes)
    for key, value in note.own.items():
        found[f"zhuji.{key}"] = value
    if note.statement:
        found["db.query.text"] = note.statement[:ATTRIBUTE_LENGTH_MAX]
    return found


def name_of(note: Noted) -> str:
    """Return its name; of a statement its first word or, without any, its database's."""
    return note.name or _first_word(note.statement) or str(note.attributes.get("db.namespace", ""))


@lru_cache(maxsize=4096)
def _first_word(statement: str) -> str:
    words = statement.split(maxsplit=1)
    return words[0] if words else ""

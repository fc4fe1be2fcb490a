"""The outermost ASGI middleware: opens a request's record, and closes it when all is sent."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from zhuji_observability.recorder.http_protocol import SCOPE_KEY, Arrivals
from zhuji_observability.recorder.record import CURRENT, Record, now_ns
from zhuji_observability.recorder.server_timing import header
from zhuji_observability.recorder.terms import Term
from zhuji_observability.routes import ASGIApp
from zhuji_observability.spans.noted import PLACE

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Kept = Callable[[Record], None]


class Recorder:
    """Gives each finished record to ``kept``, which may neither raise nor wait."""

    def __init__(self, app: ASGIApp, kept: Kept) -> None:
        self._app = app
        self._kept = kept

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        arrivals: Arrivals | None = scope.get(SCOPE_KEY)
        record = _opened(arrivals)
        token = CURRENT.set(record)
        try:
            receiving = _receiving(receive, record, arrivals)
            await self._app(scope, receiving, _sending(send, record, arrivals))
        finally:
            CURRENT.reset(token)
            record.ended_ns = now_ns()
            note_arrivals(record, arrivals)
            self._kept(record)


def note_arrivals(record: Record, arrivals: Arrivals | None) -> None:
    """Make marks of how long parts lay in the kernel: known when they are handed over."""
    if arrivals is None:
        return
    for since_ns, handed_ns in arrivals.unnoted():
        record.whole_ns = max(record.whole_ns, since_ns)
        if since_ns < handed_ns:
            record.add(Term.KERNEL, since_ns, handed_ns)
    record.tcp = arrivals.info
    record.sent_again = arrivals.sent_again


def _opened(arrivals: Arrivals | None) -> Record:
    """Begin when the request's first bytes had reached the kernel, as far as that is known."""
    at_ns = now_ns()
    if arrivals is None or not arrivals.parts:
        record = Record(at_ns)
    else:
        since_ns, handed_ns = arrivals.parts[0]
        record = Record(min(since_ns, at_ns))
        record.add(Term.LOOP, handed_ns, at_ns)
    if (place := PLACE.get()) is not None:
        trace = place.trace
        trace.record = record
        record.spans = trace.notes
        record.traceparent = f"00-{trace.id:032x}-{place.id:016x}-01"
    return record


def _receiving(receive: Receive, record: Record, arrivals: Arrivals | None) -> Receive:
    async def timed() -> Message:
        first_ns = now_ns()
        try:
            return await receive()
        finally:
            last_ns = now_ns()
            record.add(Term.BODY, first_ns, last_ns)
            handed_ns = arrivals.parts[-1][1] if arrivals and arrivals.parts else 0
            if first_ns < handed_ns:
                # The part was there; the task that waited for it had to wait for its turn.
                record.add(Term.LOOP, handed_ns, last_ns)

    return timed


def _sending(send: Send, record: Record, arrivals: Arrivals | None) -> Send:
    async def timed(message: Message) -> None:
        first_ns = now_ns()
        if message["type"] == "http.response.start":
            record.first_sent_ns = first_ns
            note_arrivals(record, arrivals)
            told = header(record, traceparent=record.traceparent)
            message["headers"] = [*message.get("headers", ()), told]
            record.noting_ns += now_ns() - first_ns
        try:
            await send(message)
        finally:
            record.add(Term.SEND, first_ns, now_ns())

    return timed

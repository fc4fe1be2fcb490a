"""What is noted of a request while it is served: marks in a list, nothing computed.

The record travels in a context variable, which follows into the threads that handlers run in;
appending to a list is safe from any of them. Whoever marks outside of a request marks nothing.
"""

from __future__ import annotations

import contextvars
import time
from collections.abc import Iterable
from dataclasses import dataclass
from types import TracebackType

from zhuji_observability.recorder.attribution import Mark, attribute
from zhuji_observability.recorder.terms import Term

# More marks than any request of the product makes (a page of 500 lines runs 40 statements).
# Beyond it time is not lost, it is only counted as the product's own.
MARKS_MAX = 2_000

now_ns = time.perf_counter_ns


@dataclass(kw_only=True, slots=True)
class Met:
    """One request held a lock that another one waited for; ``other``: its traceparent, if ours.

    ``open_us``: how long the holder's transaction had been open when it was first seen, ``state``
    what it did (both empty where another role's session hides it), ``behind`` how many stood
    between them. ``own`` is the process of PostgreSQL of this side.
    """

    other: str
    own: int
    ours: bool
    state: str
    open_us: int
    behind: int
    first_ns: int
    last_ns: int = 0


class Record:
    """The marks of one request."""

    __slots__ = (
        "cpu_wait_ns", "ended_ns", "first_sent_ns", "marks", "met", "noting_ns", "opened_ns",
        "retransmits", "spans", "started_ns", "tcp", "traceparent", "whole_ns",
    )  # fmt: skip

    def __init__(self, started_ns: int) -> None:
        self.started_ns = started_ns
        self.opened_ns = now_ns()
        # When the last of the request had reached the kernel: until then it was uploaded.
        self.whole_ns = started_ns
        self.first_sent_ns = 0
        self.ended_ns = 0
        self.marks: list[Mark] = []
        self.cpu_wait_ns = 0
        self.noting_ns = 0  # what telling the browser and the span cost the request itself
        self.tcp: object | None = None
        self.retransmits = 0  # towards the client, while this request was served
        # What a store keeps of it: spans of whatever tracing there is.
        self.spans: list[object] = []
        self.traceparent = ""
        # What ``holders`` saw: (side, the other's process of PostgreSQL) → how they met.
        self.met: dict[tuple[str, int], Met] = {}

    def add(self, term: Term, first_ns: int, last_ns: int) -> None:
        """Note that ``term`` went on between these two moments."""
        if len(self.marks) < MARKS_MAX:
            self.marks.append((term, first_ns, last_ns))

    def spent(self, *, until_ns: int, pauses: Iterable[Mark] = ()) -> dict[Term, int]:
        """Return the terms until a moment; together they are all the time since the start.

        Whatever ran while the request was still on its way cost nobody anything: until it was
        whole there is only the upload, as the wire has it.
        """
        whole_ns = min(self.whole_ns, until_ns)
        spent = attribute(
            (*self.marks, *pauses),
            started_ns=whole_ns,
            ended_ns=until_ns,
            cpu_wait_ns=self.cpu_wait_ns,
        )
        spent[Term.BODY] += whole_ns - min(self.started_ns, whole_ns)
        return spent


CURRENT: contextvars.ContextVar[Record | None] = contextvars.ContextVar("record", default=None)


class marked:  # noqa: N801 (used as a statement: ``with marked(Term.TEMPLATE):``)
    """Note a block of code. Costs a context variable and two clocks, well under a microsecond."""

    __slots__ = ("_first_ns", "_record", "_term")

    def __init__(self, term: Term) -> None:
        self._term = term
        self._record: Record | None = None
        self._first_ns = 0

    def __enter__(self) -> None:
        self._record = CURRENT.get()
        self._first_ns = now_ns()

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        if self._record is not None:
            self._record.add(self._term, self._first_ns, now_ns())

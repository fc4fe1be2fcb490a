"""What is noted of a request while it is served: marks in a list, nothing computed.

The record travels in a context variable, which follows into the threads that handlers run in;
appending to a list is safe from any of them. Whoever marks outside of a request marks nothing.
"""

from __future__ import annotations

import contextvars
import time
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from types import TracebackType

from zhuji_observability.recorder.attribution import Mark, attribute
from zhuji_observability.recorder.terms import Term
from zhuji_observability.spans.noted import Noted

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
        "_told", "cpu_wait_ns", "ended_ns", "first_sent_ns", "marks", "met", "noting_ns",
        "opened_ns", "sent_again", "spans", "started_ns", "tcp", "traceparent", "whole_ns",
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
        self.noting_ns = 0  # what telling the browser cost the request itself
        self.tcp = b""  # what the kernel said of the connection: see ``tcp_info``
        # Asks how many segments were sent to the client twice.
        self.sent_again: Callable[[], int] = int
        # What is noted of its parts, where spans are.
        self.spans: list[Noted] = []
        self.traceparent = ""
        # What the browser was told of it, and what was known at that moment.
        self._told: tuple[dict[Term, int], int, int] | None = None
        # What ``holders`` saw: (side, the other's process of PostgreSQL) → how they met.
        self.met: dict[tuple[str, int], Met] = {}

    def add(self, term: Term, first_ns: int, last_ns: int) -> None:
        """Note that ``term`` went on between these two moments."""
        if len(self.marks) < MARKS_MAX:
            self.marks.append((term, first_ns, last_ns))

    def tell(self) -> dict[Term, int]:
        """Return the terms until the answer's head is sent, for the head itself."""
        spent = self.spent(until_ns=self.first_sent_ns)
        self._told = spent, self.whole_ns, self.cpu_wait_ns
        return spent

    def told(self, pauses: Collection[Mark]) -> dict[Term, int] | None:
        """Return them again; None where more has become known since."""
        if self._told is None or pauses or self._told[1:] != (self.whole_ns, self.cpu_wait_ns):
            return None
        return self._told[0]

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

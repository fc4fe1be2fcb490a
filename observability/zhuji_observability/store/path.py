"""The path of one request: what it did itself when, statement by statement.

A request of the product does one thing after the other, so its critical path is the time line of
its spans: of each the time in which none below it was running.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from zhuji_core.values import Value
from zhuji_observability.recorder.statements import term_of
from zhuji_observability.recorder.terms import Term
from zhuji_observability.store.exchange import SpanNote

# A statement that runs again and again for each row of something is a loop that wants to be a set.
REPEATED = 5
# The tables that a statement names with their schema: those that it writes tell more.
_WRITTEN = re.compile(r"\b(?:INTO|UPDATE)\s+([a-z_]+\.[a-z_]+)")
_READ = re.compile(r"\b(?:FROM|JOIN)\s+([a-z_]+\.[a-z_]+)")


class Step(Value, frozen=True, kw_only=True):
    """A span of the path: how deep it stands, and how long it was itself at work."""

    note: SpanNote
    depth: int
    own_us: int

    @property
    def label(self) -> str:
        """Return its name; of a statement with a table, or all would be called SELECT."""
        text = self.note.statement
        table = _WRITTEN.search(text) or _READ.search(text)
        return f"{self.note.name} {table[1]}" if table else self.note.name


class Statement(Value, frozen=True, kw_only=True):
    """A statement of one request: how often, how long together, and the longest of it."""

    text: str
    times: int
    total_us: int
    longest_us: int

    @property
    def locks(self) -> bool:
        """Tell whether its time is mostly a wait for row locks, as the recorder counts it."""
        return term_of(self.text) is Term.LOCK

    @property
    def repeated(self) -> bool:
        return self.times >= REPEATED


def path_of(spans: Sequence[SpanNote]) -> tuple[Step, ...]:
    """Return the spans, parents before what stands in them, in the order of time."""
    below: dict[int, list[int]] = {}
    for place, span in enumerate(spans):
        below.setdefault(span.parent, []).append(place)
    found: list[Step] = []
    waiting = [(place, 0) for place in reversed(below.get(-1, []))]
    while waiting:
        place, depth = waiting.pop()
        children = below.get(place, [])
        covered = _covered(spans[place], [spans[child] for child in children])
        own_us = max(0, spans[place].length_us - covered)
        found.append(Step(note=spans[place], depth=depth, own_us=own_us))
        waiting.extend((child, depth + 1) for child in reversed(children))
    return tuple(found)


def statements_of(spans: Sequence[SpanNote]) -> tuple[Statement, ...]:
    """Return the statements with their sums, those that took longest first."""
    by_text: dict[str, list[int]] = {}
    for span in spans:
        if span.statement:
            by_text.setdefault(span.statement, []).append(span.length_us)
    found = [
        Statement(text=text, times=len(found), total_us=sum(found), longest_us=max(found))
        for text, found in by_text.items()
    ]
    return tuple(sorted(found, key=lambda one: one.total_us, reverse=True))


def _covered(span: SpanNote, inside: Sequence[SpanNote]) -> int:
    """Return how much of a span others stand in; two at once count once."""
    covered, until = 0, span.start_us
    for one in sorted(inside, key=lambda one: one.start_us):
        first, last = max(one.start_us, until), min(one.end_us, span.end_us)
        if last > first:
            covered += last - first
            until = last
    return covered

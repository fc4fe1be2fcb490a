"""Marks of a request made into terms: every nanosecond of it counted once, none left out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from zhuji_observability.recorder.terms import CPU_TAKEN_FROM, PRECEDENCE, RANKS, Term

# What somebody waited for or did: from, until.
Mark = tuple[Term, int, int]


def attribute(
    marks: Iterable[Mark], *, started_ns: int, ended_ns: int, cpu_wait_ns: int = 0
) -> dict[Term, int]:
    """Return how long each term took; together they are exactly the time of the request.

    Where marks overlap the one of higher precedence counts; what no mark covers is the
    product's own code. What reaches beyond the request is cut off. ``cpu_wait_ns`` is how long
    the threads of the request were ready and did not run.
    """
    spent = dict.fromkeys(Term, 0)
    spent[Term.OWN] = max(0, ended_ns - started_ns)
    for term, length in _pieces(_within(marks, started_ns, ended_ns)):
        spent[term] += length
        spent[Term.OWN] -= length
    _move_cpu_wait(spent, cpu_wait_ns)
    return spent


def _within(marks: Iterable[Mark], started_ns: int, ended_ns: int) -> Iterator[Mark]:
    for term, from_ns, until_ns in marks:
        first, last = max(from_ns, started_ns), min(until_ns, ended_ns)
        if first < last:
            yield term, first, last


def _pieces(marks: Iterable[Mark]) -> Iterator[tuple[Term, int]]:
    """Give the parts between neighbouring edges with the term that counts there."""
    edges: list[tuple[int, int, int]] = []
    for term, first, last in marks:
        rank = RANKS[term]
        edges += ((first, rank, 1), (last, rank, -1))
    edges.sort()
    going_on = [0] * len(PRECEDENCE)
    before = 0
    for at, rank, change in edges:
        if at > before:
            counts = next((one for one, number in enumerate(going_on) if number), None)
            if counts is not None:
                yield PRECEDENCE[counts], at - before
            before = at
        going_on[rank] += change


def _move_cpu_wait(spent: dict[Term, int], cpu_wait_ns: int) -> None:
    """Take the wait for the processor out of what was running; never more than there is."""
    left = max(0, cpu_wait_ns)
    for term in CPU_TAKEN_FROM:
        moved = min(left, spent[term])
        spent[term] -= moved
        spent[Term.CPU] += moved
        left -= moved

"""Marks of a request made into terms: every nanosecond of it counted once, none left out."""

from __future__ import annotations

from collections.abc import Iterable

from zhuji_observability.recorder.terms import CPU_TAKEN_FROM, Term

# What somebody waited for or did: from, until.
Mark = tuple[Term, int, int]

_TERMS = tuple(Term)
# An edge of a mark is one number, which sorts by its moment: moment, term, whether it begins.
_TERM_BITS = 4
_TERM_MASK = (1 << _TERM_BITS) - 1


def attribute(
    marks: Iterable[Mark], *, started_ns: int, ended_ns: int, cpu_wait_ns: int = 0
) -> dict[Term, int]:
    """Return how long each term took; together they are exactly the time of the request.

    Where marks overlap the one of higher precedence counts; what no mark covers is the
    product's own code. What reaches beyond the request is cut off. ``cpu_wait_ns`` is how long
    the threads of the request were ready and did not run.
    """
    spent = [0] * len(_TERMS)
    spent[Term.OWN] = max(0, ended_ns - started_ns)
    _count(_edges(marks, started_ns, ended_ns), spent)
    if cpu_wait_ns > 0:
        _move_cpu_wait(spent, cpu_wait_ns)
    return dict(zip(_TERMS, spent, strict=True))


def _edges(marks: Iterable[Mark], started_ns: int, ended_ns: int) -> list[int]:
    """Return beginnings and ends in their order, as numbers relative to the start."""
    found: list[int] = []
    for term, from_ns, until_ns in marks:
        # Calling max and min would cost as much as all the rest of this loop.
        first = (from_ns if from_ns > started_ns else started_ns) - started_ns  # noqa: FURB136
        last = (until_ns if until_ns < ended_ns else ended_ns) - started_ns  # noqa: FURB136
        if first < last:
            found.append((first << _TERM_BITS | term) << 1 | 1)
            found.append((last << _TERM_BITS | term) << 1)
    found.sort()
    return found


def _count(edges: list[int], spent: list[int]) -> None:
    """Give the part between neighbouring edges to the first of the terms that go on there."""
    going_on = [0] * len(spent)
    active = before = 0  # a bit for each term that goes on; the lowest one counts
    for edge in edges:
        term = edge >> 1 & _TERM_MASK
        at = edge >> _TERM_BITS + 1
        if active and at > before:
            spent[(active & -active).bit_length() - 1] += at - before
            spent[Term.OWN] -= at - before
        before = at
        if edge & 1:
            going_on[term] += 1
            active |= 1 << term
        else:
            going_on[term] -= 1
            if not going_on[term]:
                active &= ~(1 << term)


def _move_cpu_wait(spent: list[int], cpu_wait_ns: int) -> None:
    """Take the wait for the processor out of what was running; never more than there is."""
    left = cpu_wait_ns
    for term in CPU_TAKEN_FROM:
        moved = min(left, spent[term])
        spent[term] -= moved
        spent[Term.CPU] += moved
        left -= moved

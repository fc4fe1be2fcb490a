"""What asking a route of a known length found: what was attributed against what is known."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from zhuji_core.values import Value

# In-process, at p99 (issue 6); the kernel's tick is 4 ms.
BOUND_US = 8_000


class Probe(Value, frozen=True, kw_only=True):
    """``slept_us``: what the handler took on purpose, by its own clock; None: nobody answered.

    ``server_us`` is what the process attributed to itself, ``queued_us`` what of it was waiting
    for a turn (socket, loop, thread, processor), but not while it slept. ``total_us`` is what the
    asker waited by the stamps of its own socket, from the beginning of its sending, which took
    ``sending_us``, to the first of the answer. None: nobody knows.
    """

    at_ms: int
    asked_us: int
    slept_us: int | None = None
    server_us: int | None = None
    total_us: int | None = None
    queued_us: int | None = None
    sending_us: int | None = None

    @property
    def error_us(self) -> int | None:
        """Return attributed − known: what is in no wait that is told, less what was slept.

        Serving the request at all is work, so it is seldom below 0.
        """
        if self.server_us is None or self.slept_us is None or self.queued_us is None:
            return None
        return self.server_us - self.queued_us - self.slept_us

    @property
    def split_us(self) -> int | None:
        """Return by how much too much (below 0: too little) the process calls its own time.

        No network lies between two sockets of one host. When in the course of its sending the
        request was there is not known: anywhere in there is right.
        """
        if self.server_us is None or self.total_us is None or self.sending_us is None:
            return None
        least_us = self.total_us - self.sending_us
        return self.server_us - min(max(self.server_us, least_us), self.total_us)


class Errors(Value, frozen=True, kw_only=True):
    """Of the probes of one length; lengths without their sign, None without an answer."""

    asked_us: int
    probes: int
    unanswered: int
    p50_us: int | None
    p99_us: int | None
    most_us: int | None
    split_p50_us: int | None
    split_p99_us: int | None
    queued_p99_us: int | None

    @property
    def within(self) -> bool:
        return self.worst_us is not None and self.worst_us <= BOUND_US

    @property
    def worst_us(self) -> int | None:
        """Return the larger of both errors at p99; None where either is unknown."""
        if self.p99_us is None or self.split_p99_us is None:
            return None
        return max(self.p99_us, self.split_p99_us)


def errors_of(probes: Sequence[Probe]) -> tuple[Errors, ...]:
    """Return the errors by the length that was asked for, shortest first."""
    return tuple(
        _errors(asked_us, [one for one in probes if one.asked_us == asked_us])
        for asked_us in sorted({one.asked_us for one in probes})
    )


def _errors(asked_us: int, probes: Sequence[Probe]) -> Errors:
    found = _sizes(one.error_us for one in probes)
    split = _sizes(one.split_us for one in probes)
    queued = _sizes(one.queued_us for one in probes)
    return Errors(
        asked_us=asked_us,
        probes=len(probes),
        unanswered=sum(one.slept_us is None for one in probes),
        p50_us=_at(found, 0.5),
        p99_us=_at(found, 0.99),
        most_us=_at(found, 1.0),
        split_p50_us=_at(split, 0.5),
        split_p99_us=_at(split, 0.99),
        queued_p99_us=_at(queued, 0.99),
    )


def _sizes(lengths: Iterable[int | None]) -> list[int]:
    return sorted(abs(length) for length in lengths if length is not None)


def _at(ordered: Sequence[int], share: float) -> int | None:
    if not ordered:
        return None
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]

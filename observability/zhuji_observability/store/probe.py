"""What asking a route of a known length found: what was attributed against what is known."""

from __future__ import annotations

from collections.abc import Sequence

from zhuji_core.values import Value

# In-process, at p99 (issue 6); the kernel's tick is 4 ms.
BOUND_US = 8_000


class Probe(Value, frozen=True, kw_only=True):
    """``slept_us``: what the handler took on purpose, by its own clock; None: nobody answered.

    ``server_us`` is what the process attributed to itself, ``total_us`` what the asker waited
    from its request to the first of the answer, on the same machine.
    """

    at_ms: int
    asked_us: int
    slept_us: int | None = None
    server_us: int | None = None
    total_us: int | None = None

    @property
    def error_us(self) -> int | None:
        """Return attributed − known: the framework's own work is in it, so it is seldom below 0."""
        if self.server_us is None or self.slept_us is None:
            return None
        return self.server_us - self.slept_us

    @property
    def left_us(self) -> int | None:
        """Return what is left for the line (the loopback) and the asker's own turn."""
        if self.server_us is None or self.total_us is None:
            return None
        return self.total_us - self.server_us


class Errors(Value, frozen=True, kw_only=True):
    """Of the probes of one length; lengths without their sign, None without an answer."""

    asked_us: int
    probes: int
    unanswered: int
    p50_us: int | None
    p99_us: int | None
    most_us: int | None
    left_p50_us: int | None

    @property
    def within(self) -> bool:
        return self.p99_us is not None and self.p99_us <= BOUND_US


def errors_of(probes: Sequence[Probe]) -> tuple[Errors, ...]:
    """Return the errors by the length that was asked for, shortest first."""
    return tuple(
        _errors(asked_us, [one for one in probes if one.asked_us == asked_us])
        for asked_us in sorted({one.asked_us for one in probes})
    )


def _errors(asked_us: int, probes: Sequence[Probe]) -> Errors:
    found = sorted(abs(one.error_us) for one in probes if one.error_us is not None)
    left = sorted(one.left_us for one in probes if one.left_us is not None)
    return Errors(
        asked_us=asked_us,
        probes=len(probes),
        unanswered=len(probes) - len(found),
        p50_us=_at(found, 0.5),
        p99_us=_at(found, 0.99),
        most_us=_at(found, 1.0),
        left_p50_us=_at(left, 0.5),
    )


def _at(ordered: Sequence[int], share: float) -> int | None:
    if not ordered:
        return None
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]

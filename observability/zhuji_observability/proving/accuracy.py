"""What was attributed against what was put in: errors, and whether they are within the bounds."""

from __future__ import annotations

import math
from collections.abc import Sequence

from zhuji_core.values import Value

# Issue 6: wire server time, the process's, the network part, and the sum for 99 % of exchanges.
WIRE_P95_MS, WIRE_P99_MS = 2.0, 5.0
PROCESS_P99_MS = 8.0
NETWORK_P95_MS = 3.0
# On TLS the wire tells no server time; what is left for the network is as exact as the process.
TLS_NETWORK_P99_MS = PROCESS_P99_MS
SUM_SHARE = 0.99
# A fault that meets each request whole: what is attributed to its term may differ by so much.
FAULT_MS, FAULT_SHARE = 8.0, 0.1


class Compared(Value, frozen=True, kw_only=True):
    """One exchange: errors in milliseconds, None where a place did not see enough of it.

    ``network_error_ms`` is there where the truth of the network is known: a request of one
    packet and an answer of one, without loss, takes one round trip. ``tls``: by what the process
    says, since the wire sees no exchange there.
    """

    cell: str
    joined: bool
    wire_error_ms: float | None
    process_error_ms: float | None
    network_error_ms: float | None
    unattributed_ms: float | None
    sum_within_bound: bool | None
    tls: bool = False


class Attributed(Value, frozen=True, kw_only=True):
    """A fault of a known length: what of it its own terms grew by, and what others did.

    Medians over the exchanges in milliseconds. ``exact``: the whole length meets each request, so
    that it is compared; of the other faults only the term that grew most is.
    """

    fault: str
    injected_ms: float
    attributed_ms: float
    others_ms: float
    named: str
    terms: tuple[str, ...]
    exact: bool

    @property
    def failure(self) -> str:
        """Say what is wrong with it, or ''."""
        if self.named not in self.terms:
            return f"{self.fault}: named {self.named or 'nothing'}, not {' or '.join(self.terms)}"
        off_ms = abs(self.attributed_ms - self.injected_ms)
        if self.exact and off_ms > max(FAULT_MS, FAULT_SHARE * self.injected_ms):
            return f"{self.fault}: {self.attributed_ms:.1f} ms of {self.injected_ms:.1f}"
        return ""


class Accuracy(Value, frozen=True, kw_only=True):
    """The figures of a proof, in milliseconds and shares; ``failures`` empty: all are in bounds."""

    exchanges: int
    joined: float
    server_ms_p95: float | None
    server_ms_p99: float | None
    process_ms_p99: float | None
    network_ms_p95: float | None
    tls_network_ms_p99: float | None
    sum_within_bound: float | None
    faults: tuple[Attributed, ...]
    failures: tuple[str, ...]


def summed(
    found: Sequence[Compared], faults: Sequence[Attributed] = (), *, with_line: bool = True
) -> Accuracy:
    """Return the figures of all exchanges together; ``found`` has those of faults, too.

    Without a line only what the process says was tried, and only that can fail.
    """
    wire = sizes([one.wire_error_ms for one in found])
    process = sizes([one.process_error_ms for one in found])
    network = sizes([one.network_error_ms for one in found if not one.tls])
    by_tls = sizes([one.network_error_ms for one in found if one.tls])
    sums = [one.sum_within_bound for one in found if one.sum_within_bound is not None]
    figures = {
        "server_ms_p95": percentile(wire, 0.95),
        "server_ms_p99": percentile(wire, 0.99),
        "process_ms_p99": percentile(process, 0.99),
        "network_ms_p95": percentile(network, 0.95),
        "tls_network_ms_p99": percentile(by_tls, 0.99),
    }
    joined = sum(one.joined for one in found) / len(found) if found else 0.0
    within = sum(sums) / len(sums) if sums else None
    return Accuracy(
        exchanges=len(found),
        joined=joined,
        sum_within_bound=within,
        faults=tuple(faults),
        failures=(
            *_failures(figures, joined=joined, within=within, with_line=with_line),
            *(one.failure for one in faults if one.failure),
        ),
        **figures,
    )


def percentile(values: Sequence[float], share: float) -> float | None:
    """Return the smallest value that ``share`` of them do not exceed; None of nothing."""
    if not values:
        return None
    return sorted(values)[max(0, math.ceil(share * len(values) - 1e-9) - 1)]


def sizes(errors: Sequence[float | None]) -> list[float]:
    """Return how large the errors are that were measured."""
    return [abs(error) for error in errors if error is not None]


def _failures(
    figures: dict[str, float | None], *, joined: float, within: float | None, with_line: bool
) -> tuple[str, ...]:
    bounds = {"process_ms_p99": PROCESS_P99_MS}
    if with_line:
        bounds |= {
            "server_ms_p95": WIRE_P95_MS,
            "server_ms_p99": WIRE_P99_MS,
            "network_ms_p95": NETWORK_P95_MS,
        }
    if figures["tls_network_ms_p99"] is not None:
        bounds["tls_network_ms_p99"] = TLS_NETWORK_P99_MS
    found = []
    for name, bound in bounds.items():
        figure = figures[name]
        if figure is None:
            found.append(f"{name}: nothing was measured")
        elif figure > bound:
            found.append(f"{name}: {figure:.3f} > {bound}")
    if with_line and joined < 1:
        found.append(f"joined: {joined:.4f} < 1")
    if within is None or within < SUM_SHARE:
        found.append(f"sum_within_bound: {within} < {SUM_SHARE}")
    return tuple(found)

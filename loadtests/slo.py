"""Whether each operation kept its limits: on the server's time and on the network's apart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import msgspec

from loadtests.figures import quantile
from loadtests.notes import Seen
from zhuji_core.values import Value

FILE = Path(__file__).with_name("slo.toml")


class Limits(Value, frozen=True, kw_only=True):
    """Milliseconds at most; None: not limited here."""

    server_p95_ms: float | None = None
    server_p99_ms: float | None = None
    network_p95_ms: float | None = None

    def under(self, other: Limits) -> Limits:
        """Return these limits, those of ``other`` instead where it has one."""
        own = msgspec.structs.asdict(self)
        more = {name: at for name, at in msgspec.structs.asdict(other).items() if at is not None}
        return Limits(**{**own, **more})


class ForScenario(Value, frozen=True, kw_only=True):
    """What one scenario alone allows or forbids."""

    all: Limits = Limits()
    operations: Mapping[str, Limits] = {}


class Promise(Value, frozen=True, kw_only=True):
    """``slo.toml``; an unknown name in it is an error."""

    requests_min: int
    failures_max: float
    all: Limits
    operations: Mapping[str, Limits] = {}
    scenarios: Mapping[str, ForScenario] = {}

    def of(self, operation: str, *, scenario: str) -> Limits:
        """Return the limits of an operation in a scenario."""
        own = self.scenarios.get(scenario, ForScenario())
        found = self.all.under(self.operations.get(operation, Limits()))
        return found.under(own.all).under(own.operations.get(operation, Limits()))


class Kept(Value, frozen=True, kw_only=True):
    """What an operation took, and which limits it broke (in words; none: it passed)."""

    operation: str
    answers: int
    refusals: int
    failures: int
    server_p50_ms: float
    server_p95_ms: float
    server_p99_ms: float
    network_p50_ms: float
    network_p95_ms: float
    broken: tuple[str, ...]
    judged: bool

    @property
    def passed(self) -> bool:
        return not self.broken


def read_promise(path: Path = FILE) -> Promise:
    """Read ``slo.toml``; raise msgspec.ValidationError for what is no limit."""
    return msgspec.toml.decode(path.read_bytes(), type=Promise, strict=True)


def judge(seen: Iterable[Seen], promise: Promise, *, scenario: str) -> list[Kept]:
    """Return what became of each operation, by name."""
    by_operation: dict[str, list[Seen]] = {}
    for one in seen:
        by_operation.setdefault(one.operation, []).append(one)
    return [
        _kept(name, of, promise, promise.of(name, scenario=scenario))
        for name, of in sorted(by_operation.items())
    ]


def _kept(name: str, seen: Sequence[Seen], promise: Promise, limits: Limits) -> Kept:
    server = [one.server_ms for one in seen]
    network = [one.network_ms for one in seen]
    found = {
        "server_p95_ms": quantile(server, 0.95),
        "server_p99_ms": quantile(server, 0.99),
        "network_p95_ms": quantile(network, 0.95),
    }
    failures = sum(bool(one.failed) for one in seen)
    judged = len(seen) >= promise.requests_min
    broken = [
        f"{term} {length:,.0f} > {at:,.0f}"
        for term, length in found.items()
        if judged and (at := getattr(limits, term)) is not None and length > at
    ]
    if failures > promise.failures_max * len(seen):
        why = next(one.failed for one in seen if one.failed)
        broken.append(f"{failures:,} of {len(seen):,} failed: {why}")
    return Kept(
        operation=name,
        answers=len(seen),
        refusals=sum(bool(one.code) and not one.failed for one in seen),
        failures=failures,
        server_p50_ms=quantile(server, 0.5),
        network_p50_ms=quantile(network, 0.5),
        broken=tuple(broken),
        judged=judged,
        **found,
    )

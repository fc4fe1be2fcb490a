"""What one hook call costs: asked directly, by pluggy, by the façade, and watched."""

from __future__ import annotations

import statistics
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pluggy

from tests.prove.tools.results import PartResult, Table, must
from zhuji_core import costs, hookspecs, tracing
from zhuji_core.hooks import Hooks
from zhuji_core.hookspecs import hookimpl
from zhuji_core.modules import WorkItem
from zhuji_observability.install import install

PART = "hook-cost"
COUNTS = (1, 2, 4, 8, 16)
CALLS, CALLS_QUICK = 1_000, 200
# Interleaved, so that what else the machine does meets every way alike.
ROUNDS, ROUNDS_QUICK = 11, 5
ITEM = WorkItem(title="東西", path="m/things", count=1, oldest_days=0, amount_ntd=0)
# Far above what was measured (2 µs): a look-up that grows, or a copy of the manager in each call.
PER_MODULE_US_MAX = 50.0
FLAT_FACTOR_MAX = 2.0

ASKED = (
    "`worklist` asks every enabled module by itself, so that its time is its own; `move_funds` "
    "is answered by one."
)

Call = Callable[[], object]


class Module:
    """One of many: it has work, and keeps no budget."""

    @hookimpl
    def worklist(self, uow: Any) -> Sequence[WorkItem]:
        return [ITEM]


class Keeper(Module):
    """The one that answers for money."""

    @hookimpl
    def move_funds(self, uow: Any, moves: list[Any]) -> list[Any]:
        return moves


class Bench:
    """``count`` modules enabled, of 16 installed, and the ways to ask them."""

    def __init__(self, count: int) -> None:
        self.manager = pluggy.PluginManager("zhuji")
        self.manager.add_hookspecs(hookspecs.Specs)
        self.modules: list[Module] = []
        for number in range(max(COUNTS)):
            module = Keeper() if number == 0 else Module()
            self.manager.register(module, name=f"m{number:02}")
            self.modules.append(module)
        enabled = frozenset(f"m{number:02}" for number in range(count))
        self.enabled = self.modules[:count]
        self.hooks = Hooks(self.manager, enabled)
        disabled = [one for one in self.modules if one not in self.enabled]
        self.subset = self.manager.subset_hook_caller("worklist", disabled)
        self.moves = [SimpleNamespace(move_id=uuid.UUID(int=1))]
        self.uow: Any = SimpleNamespace(county=SimpleNamespace(code="TXG"))

    def directly(self) -> object:
        return [item for module in self.enabled for item in module.worklist(uow=self.uow)]

    def by_pluggy(self) -> object:
        return [item for items in self.subset(uow=self.uow) for item in items]

    def by_facade(self) -> object:
        return self.hooks.worklist(self.uow)

    def money_directly(self) -> object:
        keeper: Any = self.modules[0]
        return keeper.move_funds(uow=self.uow, moves=self.moves)

    def money_by_facade(self) -> object:
        moves: Any = self.moves
        return self.hooks.move_funds(self.uow, moves)


@contextmanager
def watched() -> Iterator[None]:
    """Put the real tracer behind the façade, with nothing that exports."""
    observability = install(span_exporters=[], metric_readers=[])
    try:
        yield
    finally:
        observability.shutdown()


@contextmanager
def unwatched() -> Iterator[None]:
    before = tracing._current[0]
    tracing.install(tracing.UNWATCHED)
    try:
        yield
    finally:
        tracing.install(before)


def hook_cost(*, quick: bool) -> PartResult:
    """Measure 1 to 16 modules in interleaved rounds; the median of each way."""
    calls, rounds = (CALLS_QUICK, ROUNDS_QUICK) if quick else (CALLS, ROUNDS)
    benches = {count: Bench(count) for count in COUNTS}
    took = measure(benches, calls=calls, rounds=rounds)
    failures = [*wrong(benches), *dear(took)]
    costs.PROCESS.take()  # what was counted here is no cost of a county
    return PartResult(
        part=PART,
        title="microseconds of one hook call for 1 to 16 enabled modules, of 16 installed",
        checked=calls * rounds * len(took),
        failures=tuple(failures),
        tables=(_table(took),),
        notes=(
            f"CPU time; median of {rounds} interleaved rounds of {calls:,} calls, one thread.",
            ASKED,
            "façade: typed call, span, count of the cost; watched: OpenTelemetry's SDK, no export.",
        ),
    )


def measure(benches: dict[int, Bench], *, calls: int, rounds: int) -> dict[tuple[str, int], float]:
    samples: dict[tuple[str, int], list[float]] = {}
    for _ in range(rounds):
        for count, bench in benches.items():
            plain: dict[str, Call] = {
                "worklist: direct": bench.directly,
                "worklist: pluggy": bench.by_pluggy,
                "worklist: façade": bench.by_facade,
                "move_funds: direct": bench.money_directly,
                "move_funds: façade": bench.money_by_facade,
            }
            seen: dict[str, Call] = {
                "worklist: façade, watched": bench.by_facade,
                "move_funds: façade, watched": bench.money_by_facade,
            }
            with unwatched():
                for name, call in plain.items():
                    samples.setdefault((name, count), []).append(_each_us(call, calls))
            with watched():
                for name, call in seen.items():
                    samples.setdefault((name, count), []).append(_each_us(call, calls))
    return {key: statistics.median(found) for key, found in samples.items()}


def _each_us(call: Call, calls: int) -> float:
    """Measure by the thread's CPU time: the wall clock belongs to the whole machine."""
    call()
    started = time.thread_time_ns()
    for _ in range(calls):
        call()
    return (time.thread_time_ns() - started) / calls / 1_000


def wrong(benches: dict[int, Bench]) -> list[str]:
    """Every way gives the same answer, or the figures compare nothing."""
    failures: list[str] = []
    for count, bench in benches.items():
        answers = (bench.directly(), bench.by_pluggy(), bench.by_facade())
        must(
            failures,
            holds=all(answer == [ITEM] * count for answer in answers),
            say=f"{count} modules: other answers",
        )
        must(failures, holds=bench.money_by_facade() == bench.moves, say="move_funds: no answer")
    return failures


def dear(took: dict[tuple[str, int], float]) -> list[str]:
    failures: list[str] = []
    for count in COUNTS:
        each_us = (took["worklist: façade", count] - took["worklist: direct", count]) / count
        must(
            failures,
            holds=each_us < PER_MODULE_US_MAX,
            say=f"{count} modules: the façade costs {each_us:.1f} µs for each",
        )
    least, most = (took["move_funds: façade", count] for count in (COUNTS[0], COUNTS[-1]))
    must(
        failures,
        holds=most < FLAT_FACTOR_MAX * least,
        say=f"move_funds grows with the modules enabled: {least:.2f} → {most:.2f} µs",
    )
    return failures


def _table(took: dict[tuple[str, int], float]) -> Table:
    names = list(dict.fromkeys(name for name, _ in took))
    return Table(
        heads=("µs of CPU for one call", *(f"{count}" for count in COUNTS)),
        rows=tuple((name, *(f"{took[name, count]:.2f}" for count in COUNTS)) for name in names),
    )

"""Blind diagnosis: faults of all kinds in an order that tells nothing, and what is named."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.prove.tools.results import PartResult, Table, must
from zhuji_core.db.embedded import Cluster
from zhuji_core.home import Home
from zhuji_observability.proving.blind import FALSE_SHARE, RIGHT_SHARE, Blindness, Named, run
from zhuji_observability.proving.faults import KINDS
from zhuji_observability.proving.places import what_is_missing

SEED = 6
TRIALS, HEALTHY = 20, 50
QUICK_TRIALS, QUICK_HEALTHY = 2, 4
NOTES = (
    "A trial asks the ordinary operation nine times over a line of 10 ms; 80 to 200 ms are lost.",
    "The diagnosis compares medians with 25 requests without a fault, and is not told the fault.",
)


def blind(*, quick: bool) -> PartResult:
    """Put in so many of each kind, and as many times nothing; needs root."""
    missing = what_is_missing()
    if missing:
        return PartResult(
            part="blind", title="blind diagnosis", checked=0, tables=(),
            failures=(f"missing here: {', '.join(missing)}",),
        )  # fmt: skip
    trials, healthy = (QUICK_TRIALS, QUICK_HEALTHY) if quick else (TRIALS, HEALTHY)
    with tempfile.TemporaryDirectory() as folder, Cluster(Home(Path(folder) / "home")) as server:
        address = server.url("postgres").render_as_string(hide_password=False)
        found = run(trials=trials, healthy=healthy, seed=SEED, database=address)
    failures: list[str] = []
    must(failures, holds=found.right >= RIGHT_SHARE, say=f"{found.right:.3f} named rightly")
    must(
        failures, holds=found.false_alarms <= FALSE_SHARE * healthy,
        say=f"{found.false_alarms} false alarms of {healthy}",
    )  # fmt: skip
    return PartResult(
        part="blind",
        title=f"{len(KINDS)} kinds of faults, {trials} trials of each, {healthy} healthy runs",
        checked=found.trials + found.healthy,
        failures=tuple(failures),
        tables=(_kinds(found.named), _sums(found)),
        seed=SEED,
        notes=NOTES,
    )


def _kinds(named: Sequence[Named]) -> Table:
    def row(name: str, terms: frozenset[str]) -> tuple[str, ...]:
        own = [one for one in named if one.fault == name]
        wrong = sorted({one.term or "nothing" for one in own if not one.right})
        right = sum(one.right for one in own)
        return name, " or ".join(sorted(terms)), f"{right} of {len(own)}", ", ".join(wrong)

    return Table(
        heads=("fault", "term that must be named", "named rightly", "named instead"),
        rows=tuple(row(kind.name, kind.terms) for kind in KINDS),
    )


def _sums(found: Blindness) -> Table:
    return Table(
        heads=("all trials", ""),
        rows=(
            ("trials with a fault", f"{found.trials:,}"),
            ("named rightly, share", f"{found.right:.4f}"),
            ("healthy runs", f"{found.healthy:,}"),
            ("false alarms", f"{found.false_alarms:,}"),
        ),
    )

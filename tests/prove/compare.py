"""What each change of the certification's path brought: ``make prove WHAT=compare``.

    uv run python -m tests.prove.compare [--only PART …] [--quick] [--again]

From the habits of other systems to today's path (``loadtests/baseline``), in turns.
"""

from __future__ import annotations

import os
import subprocess
import sys
from functools import partial
from typing import Any

import msgspec

from loadtests.baseline.serve import release_of
from loadtests.compare import ALL, VARIANTS, Load, compare, tables
from loadtests.site import ROOT, ZHUJI
from tests.prove.tools.program import Parts, run
from tests.prove.tools.results import PartResult, Table, must

PAIRS, QUICK_PAIRS = 15, 1
OPERATION = "accounting.requests.certify"
NOTES = (
    "Client, six applications and PostgreSQL share the processors; a warming round is not counted.",
    "All paths decide the same and write the same: budget and accounting verify held afterwards.",
)


def habits(*, part: str, load: Load, quick: bool) -> PartResult:
    """Compare the six paths, then ask the store of times for the terms of first and last."""
    pairs = QUICK_PAIRS if quick else PAIRS
    failures: list[str] = []
    rounds, faults = compare(load, pairs=pairs, tell=partial(print, flush=True))
    failures += faults[:5]
    observed = _observed(load)
    must(failures, holds=bool(observed.rows), say="zhuji observe compare told no term")
    measured = (Table(heads=heads, rows=tuple(rows)) for heads, rows in tables(rounds))
    return PartResult(
        part=part, title=f"{load.name}, {pairs} rounds", checked=len(rounds) * len(VARIANTS),
        failures=tuple(failures), tables=(*measured, observed), notes=NOTES,
    )  # fmt: skip


def _observed(load: Load) -> Table:
    """Ask the product: which term made the difference between the two ends of the way."""
    command = [*ZHUJI, "observe", "compare", "--before", release_of(ALL), "--after",
               release_of(frozenset()), "--operation", OPERATION, "--json"]  # fmt: skip
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, "ZHUJI_HOME": str(load.folder)}, check=True,
        capture_output=True,
    )  # fmt: skip
    told = msgspec.json.decode(done.stdout)
    return Table(
        heads=("zhuji observe compare", "before, ms", "after, ms", "change, ms", "95 %"),
        rows=tuple(_term(one) for one in (told["total"], *told["terms"])),
    )


def _term(one: dict[str, Any]) -> tuple[str, ...]:
    enclosed = (
        f"{one['low_us'] / 1000:+,.2f} to {one['high_us'] / 1000:+,.2f}"
        if one["low_us"] is not None
        else "too few periods"
    )
    lengths = (f"{one[name] / 1000:,.2f}" for name in ("before_us", "after_us"))
    return one["term"], *lengths, f"{one['change_us'] / 1000:+,.2f}", enclosed


def _part(part: str, title: str, load: Load) -> tuple[str, partial[PartResult]]:
    return title, partial(habits, part=part, load=load)


PARTS: Parts = {
    "spread": _part("spread", "8 clients over the agencies", Load(clients=8)),
    "hot": _part("hot", "32 clients on one line of one agency", Load(clients=32, hot=True)),
}

if __name__ == "__main__":
    sys.exit(run("compare", PARTS, about="Each change of the certification's path, in turns"))

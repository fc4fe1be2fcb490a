"""Other accounting systems beside ours: ``make prove WHAT=peers``.

    UV_PROJECT_ENVIRONMENT=… uv run --group peers python -m tests.prove.peers [--only PART …]

Needs the group ``peers``: a system that is not installed makes its part fail. Each part keeps its
result under prove-work/, so a run that was broken off is taken up where it was.
"""

from __future__ import annotations

import sys
from functools import partial

from loadtests.peers.turns import HEADS, ONE, SPREAD, SYSTEMS, Shape, opened, rows, take
from tests.prove.tools.program import Parts, run
from tests.prove.tools.results import PartResult, Table, must

PROCESSES, QUICK_PROCESSES = 4, 2
# An interval of 95 % needs six.
ROUNDS, QUICK_ROUNDS = 7, 1
NOTES = (
    "In process, without HTTP; processes of each system begin together, systems take turns.",
    "zhuji does more for each: receipt, gapless number, movements, audit entry and event.",
    "None of the others refuses by itself: the check is what their users have, read before.",
    "On one line there is money for half of what is tried; spread there is enough for all.",
    "CPU is that of the posting process, without PostgreSQL's.",
)


def post(*, part: str, title: str, lines: int, of_lines: int, quick: bool) -> PartResult:
    """Let every system post the same in turns; ours must accept what is right, and no more."""
    processes = QUICK_PROCESSES if quick else PROCESSES
    rounds = QUICK_ROUNDS if quick else ROUNDS
    failures: list[str] = []
    for one in SYSTEMS:
        must(failures, holds=one.installed, say=f"{one.name} is not installed (group peers)")
    systems = [one for one in SYSTEMS if one.installed]
    shape = Shape(processes=processes, lines=lines, of_lines=of_lines)
    with opened() as place:
        found = take(place, systems, shape, rounds=rounds, tell=partial(print, flush=True))
    for own in (one[0] for one in found):
        must(failures, holds=own.over_ntd == 0, say=f"NT$ {own.over_ntd:,} overspent by us")
        must(
            failures, holds=own.accepted == own.right,
            say=f"{own.accepted:,} accepted of {own.right:,} by us",
        )  # fmt: skip
    return PartResult(
        part=part, title=f"{title}; {processes} processes, {rounds} rounds",
        checked=sum(each.accepted for one in found for each in one), failures=tuple(failures),
        tables=(Table(heads=HEADS, rows=tuple(rows(systems, found))),), notes=NOTES,
    )  # fmt: skip


def _part(part: str, title: str, *, lines: int, of_lines: int) -> tuple[str, partial[PartResult]]:
    return title, partial(post, part=part, title=title, lines=lines, of_lines=of_lines)


PARTS: Parts = {
    "hot-line": _part("hot-line", "two lines a posting, all on one budget line",
                      lines=ONE, of_lines=1),
    "two-lines": _part("two-lines", "two lines a posting, over twenty budget lines",
                       lines=SPREAD, of_lines=1),
    "three-lines": _part("three-lines", "three lines a posting, over twenty budget lines",
                         lines=SPREAD, of_lines=2),
}  # fmt: skip

if __name__ == "__main__":
    sys.exit(run("peers", PARTS, about="The same posting in other accounting systems"))

"""``python -m loadtests.peers``: every system in turns, on one line and on twenty, in processes.

    uv run --group peers python -m loadtests.peers --rounds 5 --processes 4

It prints its tables; ``python -m tests.prove.peers`` keeps them, as evidence.
"""

from __future__ import annotations

import os

import click

from loadtests.machine import load_average
from loadtests.peers.turns import HEADS, ONE, SPREAD, SYSTEMS, Shape, opened, rows, take


@click.command(help="Post the same in zhuji and in other systems, in turns.")
@click.option("--rounds", default=5, show_default=True, type=click.IntRange(1))
@click.option("--processes", default=4, show_default=True, type=click.IntRange(1))
@click.option("--of-lines", default=1, show_default=True, help="budget lines of a document")
@click.option("--only", multiple=True, help="modules of loadtests.peers; without it, all")
def main(*, rounds: int, processes: int, of_lines: int, only: tuple[str, ...]) -> None:
    systems = [one for one in SYSTEMS if one.installed and (not only or one.module in only)]
    with opened() as place:
        for lines in (ONE, SPREAD):
            shape = Shape(processes=processes, lines=lines, of_lines=min(of_lines, lines))
            found = take(place, systems, shape, rounds=rounds,
                         tell=lambda text: click.echo(text, err=True))  # fmt: skip
            click.echo(
                f"\n{processes} processes, {lines} budget lines, {rounds} rounds in turns; "
                f"{os.cpu_count()} processors, load average {load_average():.1f}\n"
            )
            click.echo(f"| {' | '.join(HEADS)} |\n| --- |" + " --- |" * (len(HEADS) - 1))
            for row in rows(systems, found):
                click.echo(f"| {' | '.join(row)} |")


if __name__ == "__main__":
    main()

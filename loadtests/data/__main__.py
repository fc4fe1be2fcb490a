"""``python -m loadtests.data --county TXG``: fill a county with the made-up city."""

from __future__ import annotations

import sys
import time
from contextlib import AbstractContextManager

import click
import msgspec
from rich.console import Console
from rich.progress import Progress

from loadtests.data.city import AGENCIES
from loadtests.data.copying import Size, Written, YearIsEnacted, fill
from zhuji_core.commands.opening import begin_as_operator, open_operator
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import DomainError


@click.command(help="Fill a county with a made-up city; run it again after a break to go on.")
@click.option("--county", required=True, help="code of a county of this host, such as TXG")
@click.option("--year", default=115, show_default=True, help="fiscal year (ROC)")
@click.option("--seed", default=105, show_default=True)
@click.option("--agencies", default=AGENCIES, show_default=True, type=click.IntRange(1, 900))
@click.option("--requests", default=20_000, show_default=True, type=click.IntRange(0, 1_000_000))
@click.option("--json", "as_json", is_flag=True)
def main(*, county: str, year: int, seed: int, agencies: int, requests: int, as_json: bool) -> None:
    size = Size(fiscal_year=year, seed=seed, agencies=agencies, requests=requests)
    started = time.perf_counter()
    try:
        written = _filled(county, size, quiet=as_json)
    except (DomainError, YearIsEnacted) as refusal:
        raise click.ClickException(str(refusal)) from refusal
    took_s = time.perf_counter() - started
    if as_json:
        told = {**msgspec.structs.asdict(written), "took_s": round(took_s, 2)}
        sys.stdout.write(msgspec.json.encode(told).decode() + "\n")
    else:
        Console(highlight=False).print(
            f"{written.agencies:,} agencies, {written.rows:,} control rows, "
            f"NT$ {written.bill_ntd:,}, {written.requests:,} requests with "
            f"{written.request_lines:,} lines in {took_s:,.1f} s"
        )


def _filled(county: str, size: Size, *, quiet: bool) -> Written:
    console = Console(stderr=True)
    with (
        open_operator() as host,
        Progress(console=console, transient=True, disable=quiet or not console.is_terminal) as bar,
    ):
        task = bar.add_task("agencies", total=size.agencies)

        def told(done: int, of: int) -> None:
            bar.update(task, completed=done, total=of)
            if not quiet and not console.is_terminal and done % 100 == 0:
                console.print(f"{done} of {of} agencies")

        access = host.county(county)

        def begin(*, read_only: bool = False) -> AbstractContextManager[UnitOfWork]:
            return begin_as_operator(host, access, read_only=read_only)

        return fill(begin, size, with_requests="accounting" in access.hooks.enabled, told=told)


if __name__ == "__main__":
    main()

"""``python -m loadtests.data --county TXG``: fill a county with the made-up city."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import click
import msgspec
from rich.console import Console
from rich.progress import Progress

from loadtests.data import booking
from loadtests.data.booking import Booked
from loadtests.data.city import AGENCIES
from loadtests.data.copying import Begin, Size, Written, YearIsEnacted, fill
from zhuji_core.commands.opening import begin_as_operator, open_operator
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import DomainError


@click.command(help="Fill a county with a made-up city; run it again after a break to go on.")
@click.option("--county", required=True, help="code of a county of this host, such as TXG")
@click.option("--year", default=115, show_default=True, help="fiscal year (ROC)")
@click.option("--seed", default=105, show_default=True)
@click.option("--agencies", default=AGENCIES, show_default=True, type=click.IntRange(1, 900))
@click.option("--requests", default=20_000, show_default=True, type=click.IntRange(0, 1_000_000))
@click.option(
    "--work",
    is_flag=True,
    help="certify, claim and post what waits, over an enacted and allotted year",
)
@click.option("--vouchers", default=0, show_default=True, help="free vouchers beside the claims'")
@click.option("--json", "as_json", is_flag=True)
def main(  # noqa: PLR0913 (each is an option)
    *,
    county: str,
    year: int,
    seed: int,
    agencies: int,
    requests: int,
    work: bool,
    vouchers: int,
    as_json: bool,
) -> None:
    size = Size(fiscal_year=year, seed=seed, agencies=agencies, requests=requests)
    started = time.perf_counter()
    written: Written | Booked
    try:
        with _opened(county, size, quiet=as_json) as (begin, told, with_requests):
            if work:
                written = booking.work(begin, size, vouchers=vouchers, told=told)
            else:
                written = fill(begin, size, with_requests=with_requests, told=told)
    except (DomainError, YearIsEnacted) as refusal:
        raise click.ClickException(str(refusal)) from refusal
    found = {**msgspec.structs.asdict(written), "took_s": round(time.perf_counter() - started, 2)}
    if as_json:
        sys.stdout.write(msgspec.json.encode(found).decode() + "\n")
    else:
        words = (f"{name.removesuffix('_ntd')} {value:,}" for name, value in found.items())
        Console(highlight=False).print(", ".join(words))


@contextmanager
def _opened(
    county: str, size: Size, *, quiet: bool
) -> Iterator[tuple[Begin, Callable[[int, int], None], bool]]:
    """Open the county; give how to begin, whom to tell of progress, whether it has accounting."""
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

        yield begin, told, "accounting" in access.hooks.enabled


if __name__ == "__main__":
    main()

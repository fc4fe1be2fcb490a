"""``python -m loadtests.data --county TXG``: fill a county with the made-up city.

With ``--scale`` a whole city is made ready: its former years worked and ended, this one allotted.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager

import click
import msgspec
from click.core import ParameterSource
from rich.console import Console

from loadtests.data import booking, whole
from loadtests.data.booking import Booked, Effort
from loadtests.data.city import AGENCIES, EVERYBODY
from loadtests.data.copying import Begin, Size, Written, YearIsEnacted, fill
from loadtests.data.progress import Said
from loadtests.data.sellers import Sellers
from loadtests.data.volumes import counties, county_name, volumes
from loadtests.data.whole import Plan
from zhuji_core.access import CountyAccess
from zhuji_core.commands.opening import begin_as_operator, open_operator
from zhuji_core.compose import Host, add_county, operator_actor
from zhuji_core.events.relay import Relay
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import DomainError

REASON = "示範城市"
OF_ONE_YEAR = ("agencies", "requests", "vouchers", "contracts", "sellers")


@click.command(help="Fill a county with a made-up city; run it again after a break to go on.")
@click.option("--county", required=True, help="code of a county, such as TXG; ALL: thirteen")
@click.option("--year", default=115, show_default=True, help="fiscal year (ROC)")
@click.option("--seed", default=105, show_default=True)
@click.option(
    "--scale",
    type=click.FloatRange(0.01, 13),
    help="make a whole city ready, and its county: 1 is a Taichung, 13 are thirteen (ALL)",
)
@click.option(
    "--years",
    default=3,
    show_default=True,
    type=click.IntRange(0, 9),
    help="with --scale: years before it, worked and ended",
)
@click.option("--agencies", default=AGENCIES, show_default=True, type=click.IntRange(1, 6_240))
@click.option("--requests", default=20_000, show_default=True, type=click.IntRange(0, 1_000_000))
@click.option(
    "--work",
    is_flag=True,
    help="certify, claim and post what waits, over an enacted and allotted year",
)
@click.option("--vouchers", default=0, show_default=True, help="free vouchers beside the claims'")
@click.option("--contracts", default=0, show_default=True, help="of what is certified, awarded")
@click.option(
    "--sellers",
    default=0,
    show_default=True,
    type=click.IntRange(0),
    help="each met within the year, the others by how often they are; 0: the usual ones",
)
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def main(  # noqa: PLR0913 (each is an option)
    ctx: click.Context,
    *,
    county: str,
    year: int,
    seed: int,
    scale: float | None,
    years: int,
    agencies: int,
    requests: int,
    work: bool,
    vouchers: int,
    contracts: int,
    sellers: int,
    as_json: bool,
) -> None:
    _require_one_way(ctx, whole=scale is not None)
    size = Size(
        fiscal_year=year, seed=seed, agencies=agencies, requests=requests,
        sellers=Sellers(count=sellers, last=sellers) if sellers else EVERYBODY,
    )  # fmt: skip
    try:
        if scale is None:
            effort = Effort(vouchers=vouchers, contracts=contracts) if work else None
            _one_year(county, size, effort, as_json=as_json)
            return
        for at, (code, part) in enumerate(counties(county.upper(), scale).items()):
            own = msgspec.structs.replace(size, seed=seed + at)
            _whole(code, part, own, former=years, work=work, as_json=as_json)
    except (DomainError, YearIsEnacted, ValueError) as refusal:
        raise click.ClickException(str(refusal)) from refusal


def _require_one_way(ctx: click.Context, *, whole: bool) -> None:
    """Raise UsageError for options of one year beside --scale, and the other way round."""
    for name in OF_ONE_YEAR if whole else ("years",):
        if ctx.get_parameter_source(name) is not ParameterSource.DEFAULT:
            beside = "goes without --scale" if whole else "needs --scale"
            raise click.UsageError(f"--{name} {beside}")


def _one_year(county: str, size: Size, effort: Effort | None, *, as_json: bool) -> None:
    """Fill one year, or work what waits in it (``effort``), as far as that is not done."""
    started = time.perf_counter()
    with _opened(county, quiet=as_json, made=False) as (host, access, said):
        begin, told = _begin(host, access), _agencies(said)
        written: Written | Booked
        if effort is not None:
            written = booking.work(begin, size, effort, told=told)
        else:
            with_requests = "accounting" in access.hooks.enabled
            written = fill(begin, size, with_requests=with_requests, told=told)
    _tell(msgspec.structs.asdict(written), started, as_json=as_json)


def _whole(
    county: str, scale: float, size: Size, *, former: int, work: bool, as_json: bool
) -> None:
    """Make the city of a county ready, the county too where there is none."""
    started = time.perf_counter()
    with _opened(county, quiet=as_json, made=True) as (host, access, said):
        begin = _begin(host, access)
        with begin(read_only=True) as uow:
            today = uow.business_date
        plan = Plan(
            volumes=volumes(scale), fiscal_year=size.fiscal_year, former=former, seed=size.seed,
            today=today, work=work,
        )  # fmt: skip

        def follow() -> None:
            relay = Relay(host.accesses, system=operator_actor(host))
            try:
                while relay.serve(access):
                    pass
            finally:
                relay.close()

        found = whole.make(begin, follow, plan, told=said)
    _tell({"county": county, "scale": round(scale, 4), **found}, started, as_json=as_json)


@contextmanager
def _opened(county: str, *, quiet: bool, made: bool) -> Iterator[tuple[Host, CountyAccess, Said]]:
    """Open the host and the county (``made``: make it first), and what tells of progress."""
    with open_operator() as host, Said(Console(stderr=True), quiet=quiet) as said:
        if made and county not in host.accesses():
            said(f"county {county}", 0, 1)
            add_county(host, code=county, name=county_name(county))
            said(f"county {county}", 1, 1)
        yield host, host.county(county), said


def _begin(host: Host, access: CountyAccess) -> Begin:
    def begin(*, read_only: bool = False) -> AbstractContextManager[UnitOfWork]:
        return begin_as_operator(host, access, read_only=read_only, reason=REASON)

    return begin


def _agencies(said: Said) -> Callable[[int, int], None]:
    def told(done: int, of: int) -> None:
        said("agencies", done, of)

    return told


def _tell(found: Mapping[str, object], started: float, *, as_json: bool) -> None:
    found = {**found, "took_s": round(time.perf_counter() - started, 2)}
    if as_json:
        sys.stdout.write(msgspec.json.encode(found).decode() + "\n")
        return
    words = (
        f"{name.removesuffix('_ntd')} {value:,}" if isinstance(value, int | float) else str(value)
        for name, value in found.items()
    )
    Console(highlight=False).print(", ".join(words), soft_wrap=True)


if __name__ == "__main__":
    main()

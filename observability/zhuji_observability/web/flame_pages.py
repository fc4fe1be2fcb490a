"""Page ``flame``: the steps of many requests, or of one, laid together."""

from __future__ import annotations

from urllib.parse import urlencode

from litestar import Response
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromQuery

from zhuji_core.values import N_, Value
from zhuji_observability.store.exchange import PROCESS, Exchange
from zhuji_observability.store.exports import speedscope, speedscope_of
from zhuji_observability.store.flame import flame_of
from zhuji_observability.web import flame_view as view
from zhuji_observability.web.asked import HOURS_USUAL, hours_of
from zhuji_observability.web.desk import Desk
from zhuji_observability.web.export_pages import download

# Half a second of reading, and enough that one odd request is no flame.
FLAMED_MAX = 500
# The slowest are asked for when something is slow; what nothing is wrong with, to compare.
SLOWEST, USUAL = "slowest", "usual"
AMONG = {SLOWEST: N_("最慢的"), USUAL: N_("無異狀的（同類首次與抽樣）")}


class Chosen(Value, frozen=True, kw_only=True):
    """The requests that a page lays together, and the filter that chose them."""

    exchanges: tuple[Exchange, ...]
    query: dict[str, str]


def chosen(desk: Desk, *, county: str, operation: str, hours: int, among: str) -> Chosen:
    wanted = desk.wanted(county=county, operation=operation, hours=hours, seen=PROCESS)
    among = among if among in AMONG else SLOWEST
    found = desk.times.whole(wanted, usual=among == USUAL, limit=FLAMED_MAX)
    query = {
        "county": county.strip(), "operation": operation.strip(), "hours": str(hours_of(hours)),
        "among": among,
    }  # fmt: skip
    return Chosen(exchanges=tuple(found), query={k: v for k, v in query.items() if v})


def chosen_one(desk: Desk, trace: str) -> Chosen:
    """Return the one request of a trace; raise NotFoundException where it was not kept."""
    found = desk.times.find(trace)
    if found is None:
        raise NotFoundException
    return Chosen(exchanges=(found,), query={"trace": found.trace})


def flame(  # noqa: PLR0913 (the fields of its form)
    *,
    desk: NamedDependency[Desk],
    county: FromQuery[str] = "",
    operation: FromQuery[str] = "",
    hours: FromQuery[int] = HOURS_USUAL,
    among: FromQuery[str] = SLOWEST,
    trace: FromQuery[str] = "",
    at: FromQuery[str] = "",
) -> Response[str]:
    tr = desk.tr
    found = (
        chosen_one(desk, trace)
        if trace
        else chosen(desk, county=county, operation=operation, hours=hours, among=among)
    )
    whole = flame_of(found.exchanges)
    way = whole.way_to(at) or (whole,)
    asked = view.Asked(path=f"{desk.here}/flame", query=found.query)
    return desk.render(
        "flame.html",
        title=tr(N_("火焰圖")),
        sentence=view.flame_sentence(tr, way[-1], len(found.exchanges)),
        flame=view.drawn(tr, way, asked),
        frames=view.frame_table(tr, way, asked),
        hottest=view.hottest_table(tr, way[-1]),
        known=desk.known(county=county, operation=operation, hours=hours, seen=PROCESS),
        among=found.query.get("among", SLOWEST),
        amongs=AMONG,
        trace=found.query.get("trace", ""),
        file=f"{desk.here}/flame/file?{urlencode(found.query)}",
    )


def flame_file(
    *,
    desk: NamedDependency[Desk],
    county: FromQuery[str] = "",
    operation: FromQuery[str] = "",
    hours: FromQuery[int] = HOURS_USUAL,
    among: FromQuery[str] = SLOWEST,
    trace: FromQuery[str] = "",
) -> Response[bytes]:
    """The same for speedscope; of one request in the order of time."""
    if trace:
        (one,) = chosen_one(desk, trace).exchanges
        return download(speedscope(one), f"{one.trace[:16]}.speedscope.json")
    found = chosen(desk, county=county, operation=operation, hours=hours, among=among)
    return download(speedscope_of(flame_of(found.exchanges)), "flame.speedscope.json")

"""``/host/times/counties`` and ``/host/times/releases``: one against the other."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from litestar import Response
from litestar.di import NamedDependency
from litestar.params import FromQuery

from zhuji_core.values import N_
from zhuji_core.web.components import Chart
from zhuji_observability.store.comparison import compare
from zhuji_observability.store.exchange import PROCESS
from zhuji_observability.web import comparison_view as view
from zhuji_observability.web.asked import HOURS_ALL, HOURS_USUAL, hours_of
from zhuji_observability.web.desk import Desk


def counties(
    desk: NamedDependency[Desk],
    operation: FromQuery[str] = "",
    hours: FromQuery[int] = HOURS_USUAL,
    seen: FromQuery[str] = PROCESS,
) -> Response[str]:
    tr = desk.tr
    wanted = desk.wanted(county="", operation=operation, hours=hours, seen=seen)
    found = desk.times.by_county(wanted)
    query = {"hours": str(hours_of(hours)), "seen": wanted.vantage}
    return desk.render(
        "counties.html",
        title=tr(N_("縣市之間的比較")),
        table=view.county_table(
            tr, found, query=query, operation=operation.strip(), here=desk.here
        ),
        chart=Chart(
            caption=tr(N_("平均每次請求的時間與其中的網路（毫秒）")), table_id="counties",
            names=0, series=view.DRAWN, kind="bars",
        ),
        known=desk.known(county="", operation=operation, hours=hours, seen=seen),
    )  # fmt: skip


def releases(  # noqa: PLR0913 (the fields of its form)
    *,
    desk: NamedDependency[Desk],
    county: FromQuery[str] = "",
    operation: FromQuery[str] = "",
    hours: FromQuery[int] = HOURS_ALL,
    seen: FromQuery[str] = PROCESS,
    before: FromQuery[str] = "",
    after: FromQuery[str] = "",
) -> Response[str]:
    tr = desk.tr
    wanted = desk.wanted(county=county, operation=operation, hours=hours, seen=seen)
    there = desk.times.releases(wanted)
    first, second = chosen(there, before=before, after=after)
    found = compare(
        desk.times.periods(msgspec.structs.replace(wanted, release=first)),
        desk.times.periods(msgspec.structs.replace(wanted, release=second)),
    )
    return desk.render(
        "releases.html",
        title=tr(N_("版本前後的比較")),
        sentence=(
            view.comparison_sentence(tr, found)
            if len(there) != 1
            else tr(N_("這段時間只有一個版本，無從比較。"))
        ),
        halves=view.half_table(tr, found, before=first, after=second),
        differences=view.difference_table(tr, found),
        known=desk.known(county=county, operation=operation, hours=hours, seen=seen),
        releases=there,
        before=first,
        after=second,
    )


def chosen(there: Sequence[str], *, before: str, after: str) -> tuple[str, str]:
    """Return the two that are compared: those named, else the newest and the one before it."""
    second = after if after in there else (there[-1] if there else "")
    place = there.index(second) if second in there else 0
    usual = there[place - 1] if place else second
    return (before if before in there else usual), second

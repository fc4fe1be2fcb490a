"""``/host/times/counties`` and ``/host/times/releases``: one against the other."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromQuery

from zhuji_core.platform.operators import READ_TIMES
from zhuji_core.values import N_
from zhuji_core.web.components import Chart
from zhuji_core.web.controllers import HOST_PERMISSION, HostController
from zhuji_core.web.host_context import HostContext
from zhuji_observability.store.comparison import compare
from zhuji_observability.store.exchange import PROCESS
from zhuji_observability.store.reading import Store
from zhuji_observability.web import comparison_view as view
from zhuji_observability.web.asked import (
    HOURS,
    HOURS_ALL,
    HOURS_USUAL,
    VANTAGES,
    hours_of,
    known,
    wanted_of,
)


class ComparisonPages(HostController):
    """For performance engineers: of all counties, without a name or figure of any of them."""

    path = "/host/times"

    @get(
        "/counties",
        operation_id="host.times.counties",
        opt={HOST_PERMISSION: READ_TIMES},
        sync_to_thread=True,
    )
    def counties(
        self,
        host: NamedDependency[HostContext],
        times: NamedDependency[Store],
        operation: FromQuery[str] = "",
        hours: FromQuery[int] = HOURS_USUAL,
        seen: FromQuery[str] = PROCESS,
    ) -> Response[str]:
        tr = host.gettext
        wanted = wanted_of(county="", operation=operation, hours=hours, seen=seen)
        found = times.by_county(wanted)
        query = {"hours": str(hours_of(hours)), "seen": wanted.vantage}
        return host.render(
            "observability/counties.html",
            title=tr(N_("縣市之間的比較")),
            table=view.county_table(tr, found, query=query, operation=operation.strip()),
            chart=Chart(
                caption=tr(N_("平均每次請求的時間與其中的網路（毫秒）")), table_id="counties",
                names=0, series=view.DRAWN, kind="bars",
            ),
            known=known(county="", operation=operation, hours=hours, seen=seen),
            choices=HOURS,
            vantages=VANTAGES,
        )  # fmt: skip

    @get(
        "/releases",
        operation_id="host.times.releases",
        opt={HOST_PERMISSION: READ_TIMES},
        sync_to_thread=True,
    )
    def releases(  # noqa: PLR0913 (the fields of its form)
        self,
        *,
        host: NamedDependency[HostContext],
        times: NamedDependency[Store],
        county: FromQuery[str] = "",
        operation: FromQuery[str] = "",
        hours: FromQuery[int] = HOURS_ALL,
        seen: FromQuery[str] = PROCESS,
        before: FromQuery[str] = "",
        after: FromQuery[str] = "",
    ) -> Response[str]:
        tr = host.gettext
        wanted = wanted_of(county=county, operation=operation, hours=hours, seen=seen)
        there = times.releases(wanted)
        first, second = chosen(there, before=before, after=after)
        found = compare(
            times.periods(msgspec.structs.replace(wanted, release=first)),
            times.periods(msgspec.structs.replace(wanted, release=second)),
        )
        return host.render(
            "observability/releases.html",
            title=tr(N_("版本前後的比較")),
            sentence=view.comparison_sentence(tr, found),
            halves=view.half_table(tr, found, before=first, after=second),
            differences=view.difference_table(tr, found),
            known=known(county=county, operation=operation, hours=hours, seen=seen),
            releases=there,
            before=first,
            after=second,
            choices=HOURS,
            vantages=VANTAGES,
        )


def chosen(there: Sequence[str], *, before: str, after: str) -> tuple[str, str]:
    """Return the two that are compared: those named, else the newest and the one before it."""
    second = after if after in there else (there[-1] if there else "")
    place = there.index(second) if second in there else 0
    usual = there[place - 1] if place else second
    return (before if before in there else usual), second

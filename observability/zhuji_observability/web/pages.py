"""``/host/times``: what was slow and whose fault, one operation, and one request whole."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlencode

from litestar import Response, Router, get
from litestar.di import NamedDependency, Provide
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery

from zhuji_core.modules import HotPath
from zhuji_core.platform.operators import READ_TIMES
from zhuji_core.values import N_
from zhuji_core.web.components import Chart
from zhuji_core.web.controllers import HOST_PERMISSION, HostController
from zhuji_core.web.host_context import HostContext
from zhuji_observability.store.counts import Sketch, merged
from zhuji_observability.store.exchange import PROCESS
from zhuji_observability.store.path import path_of, statements_of
from zhuji_observability.store.promises import Promises, promises_of
from zhuji_observability.store.reading import NONE, Store
from zhuji_observability.store.verdict import judge
from zhuji_observability.web import verdict_view, view
from zhuji_observability.web.asked import HOURS, HOURS_USUAL, VANTAGES, hours_of, known, wanted_of
from zhuji_observability.web.beacon import BeaconApi
from zhuji_observability.web.comparison_pages import ComparisonPages
from zhuji_observability.web.export_pages import ExportPages
from zhuji_observability.web.export_view import FORMS, HEADS
from zhuji_observability.web.itself_pages import ItselfPages
from zhuji_observability.web.load_pages import LoadPages
from zhuji_observability.web.probe import ProbePage
from zhuji_observability.web.waterfall import waterfall
from zhuji_observability.web.wire_view import packet_table, wire_table

# A table of five minutes each is drawn and read for this long; beyond it, choose a shorter time.
PERIODS_MAX = 300


class TimePages(HostController):
    """For performance engineers: of all counties, without a name or figure of any of them."""

    path = "/host/times"

    @get(
        "/",
        operation_id="host.times.page",
        opt={HOST_PERMISSION: READ_TIMES},
        sync_to_thread=True,
    )
    def verdicts(  # noqa: PLR0913 (the fields of its form)
        self,
        *,
        host: NamedDependency[HostContext],
        times: NamedDependency[Store],
        promises: NamedDependency[Promises],
        county: FromQuery[str] = "",
        operation: FromQuery[str] = "",
        hours: FromQuery[int] = HOURS_USUAL,
        seen: FromQuery[str] = PROCESS,
    ) -> Response[str]:
        wanted = wanted_of(county=county, operation=operation, hours=hours, seen=seen)
        counts = times.by_operation(wanted)
        table = verdict_view.verdict_table(
            host.gettext,
            counts,
            promises,
            query={"hours": str(hours_of(hours)), "seen": wanted.vantage},
        )
        return host.render(
            "observability/verdicts.html",
            title=host.gettext(N_("時間與瓶頸")),
            table=table,
            known=known(county=county, operation=operation, hours=hours, seen=seen),
            choices=HOURS,
            vantages=VANTAGES,
            on=times.on,
        )

    @get(
        "/operation",
        operation_id="host.times.operation",
        opt={HOST_PERMISSION: READ_TIMES},
        sync_to_thread=True,
    )
    def operation(  # noqa: PLR0913 (the fields of its form)
        self,
        *,
        host: NamedDependency[HostContext],
        times: NamedDependency[Store],
        promises: NamedDependency[Promises],
        county: FromQuery[str] = NONE,
        operation: FromQuery[str] = NONE,
        hours: FromQuery[int] = HOURS_USUAL,
        seen: FromQuery[str] = PROCESS,
    ) -> Response[str]:
        tr = host.gettext
        wanted = wanted_of(county=county, operation=operation, hours=hours, seen=seen)
        asked = known(county=county, operation=operation, hours=hours, seen=seen)
        periods = times.periods(wanted)
        whole: Sketch = merged(periods.values())
        verdict = judge(whole, promises.promise(wanted.operation))
        shown = dict(sorted(periods.items())[-PERIODS_MAX:])
        return host.render(
            "observability/operation.html",
            title=tr(N_("{county} {operation}")).format(
                county=wanted.county or tr(N_("主機")),
                operation=wanted.operation or tr(N_("（無此路徑）")),
            ),
            sentence=verdict_view.sentence(tr, verdict),
            badge=verdict_view.badge(tr, verdict),
            promise=verdict_view.promise_sentence(tr, verdict),
            terms=view.term_table(tr, whole),
            periods=view.period_table(tr, shown),
            chart=Chart(
                caption=tr(N_("p50 與 p95 的變化（毫秒）")), table_id="periods", names=0,
                series=(3, 4),
            ),
            exchanges=view.exchange_table(tr, times.slowest(wanted)),
            tables={
                "CSV": f"{view.HERE}/exchanges.csv?{urlencode(asked)}",
                "Parquet": f"{view.HERE}/exchanges.parquet?{urlencode(asked)}",
            },
            back=f"{view.HERE}?{urlencode({'hours': hours_of(hours), 'seen': wanted.vantage})}",
        )  # fmt: skip

    @get(
        "/exchanges/{trace:str}",
        operation_id="host.times.exchange",
        opt={HOST_PERMISSION: READ_TIMES},
        sync_to_thread=True,
    )
    def exchange(
        self,
        host: NamedDependency[HostContext],
        times: NamedDependency[Store],
        trace: FromPath[str],
    ) -> Response[str]:
        found = times.find(trace)
        if found is None:
            raise NotFoundException
        tr = host.gettext
        query = urlencode({"county": found.county or NONE, "operation": found.operation or NONE})
        return host.render(
            "observability/exchange.html",
            title=tr(N_("請求 {trace}")).format(trace=found.trace[:16]),
            trace=found.trace,
            operation=found.operation or tr(N_("（無此路徑）")),
            operation_url=f"{view.HERE}/operation?{query}",
            facts=view.exchange_facts(tr, found),
            terms=view.exchange_terms(tr, found),
            waterfall=waterfall(tr, found, wire := times.wire(found.trace)),
            wire=wire and wire_table(tr, found, wire),
            packets=wire and packet_table(tr, wire),
            met=found.met and view.met_table(tr, found, times.whom(found)),
            path=view.path_table(tr, path_of(found.spans)),
            statements=view.statement_table(tr, statements_of(found.spans)),
            seen=tr(VANTAGES[found.vantage]),
            open=found.is_open,
            forms={**FORMS, **HEADS} if times.heads(found.trace) else FORMS,
        )


def routers(
    folder: Path, *, on: bool, probe_key: str = "", hot_paths: Sequence[HotPath] = ()
) -> list[Router]:
    """Return the pages over the store in ``folder``; ``on``: this host writes to it.

    ``probe_key``: who gives it is answered by the route of a known length; '' is nobody.
    ``hot_paths``: operations that promise more than others.
    """
    promises = promises_of(hot_paths)
    store = Store(folder=folder, on=on)
    times = Provide(lambda: store, sync_to_thread=False)
    return [
        Router(
            path="/",
            route_handlers=[TimePages, ComparisonPages, LoadPages, ExportPages, ItselfPages],
            dependencies={
                "times": times,
                "promises": Provide(lambda: promises, sync_to_thread=False),
            },
        ),
        Router(
            path="/",
            route_handlers=[ProbePage],
            dependencies={"probe_key": Provide(lambda: probe_key, sync_to_thread=False)},
        ),
        Router(path="/", route_handlers=[BeaconApi]),
    ]

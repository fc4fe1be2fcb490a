"""``/host/times`` and ``/{county}/kernel/times``: what was slow and whose fault, and all the rest.

Here: verdicts, one operation, one request whole; the other pages have files of their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlencode

from litestar import Response, Router
from litestar.di import NamedDependency, Provide
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery

from zhuji_core.modules import HotPath
from zhuji_core.values import N_
from zhuji_core.web.components import Chart
from zhuji_observability.store.counts import Sketch, merged
from zhuji_observability.store.exchange import PROCESS
from zhuji_observability.store.path import path_of, statements_of
from zhuji_observability.store.promises import promises_of
from zhuji_observability.store.reading import NONE, Store
from zhuji_observability.store.verdict import judge
from zhuji_observability.web import verdict_view, view
from zhuji_observability.web.api import TimeApi
from zhuji_observability.web.asked import HOURS_USUAL, VANTAGES, hours_of
from zhuji_observability.web.beacon import report
from zhuji_observability.web.comparison_pages import counties, releases
from zhuji_observability.web.desk import (
    ALL_COUNTIES,
    ONE_COUNTY,
    TITLE,
    Desk,
    Page,
    for_counties,
    for_operators,
    of_county,
    of_host,
)
from zhuji_observability.web.export_pages import (
    exchanges_csv,
    exchanges_parquet,
    file,
    line_pack,
    slo,
)
from zhuji_observability.web.export_view import FORMS, HEADS
from zhuji_observability.web.flame_pages import flame, flame_file
from zhuji_observability.web.itself_pages import itself
from zhuji_observability.web.live import live_of
from zhuji_observability.web.load_pages import lines, queues, statements
from zhuji_observability.web.probe import ProbePage
from zhuji_observability.web.waterfall import waterfall
from zhuji_observability.web.wire_view import packet_table, wire_table

# A table of five minutes each is drawn and read for this long; beyond it, choose a shorter time.
PERIODS_MAX = 300


def verdicts(
    *,
    desk: NamedDependency[Desk],
    county: FromQuery[str] = "",
    operation: FromQuery[str] = "",
    hours: FromQuery[int] = HOURS_USUAL,
    seen: FromQuery[str] = PROCESS,
    live: FromQuery[bool] = False,
) -> Response[str]:
    wanted = desk.wanted(county=county, operation=operation, hours=hours, seen=seen)
    counts = desk.times.by_operation(wanted)
    table = verdict_view.verdict_table(
        desk.tr,
        counts,
        desk.promises,
        here=desk.here,
        query={"hours": str(hours_of(hours)), "seen": wanted.vantage},
    )
    return desk.render(
        "verdicts.html",
        title=desk.tr(TITLE),
        table=table,
        known=desk.known(county=county, operation=operation, hours=hours, seen=seen),
        on=desk.times.on,
        live=live_of(desk.request, on=live),
    )


def operation(
    *,
    desk: NamedDependency[Desk],
    county: FromQuery[str] = NONE,
    operation: FromQuery[str] = NONE,
    hours: FromQuery[int] = HOURS_USUAL,
    seen: FromQuery[str] = PROCESS,
) -> Response[str]:
    tr = desk.tr
    wanted = desk.wanted(county=county, operation=operation, hours=hours, seen=seen)
    asked = desk.known(county=county, operation=operation, hours=hours, seen=seen)
    periods = desk.times.periods(wanted)
    whole: Sketch = merged(periods.values())
    verdict = judge(whole, desk.promises.promise(wanted.operation))
    shown = dict(sorted(periods.items())[-PERIODS_MAX:])
    return desk.render(
        "operation.html",
        title=tr(N_("{county} {operation}")).format(
            county=wanted.county or tr(N_("主機")),
            operation=wanted.operation or tr(N_("（無此路徑）")),
        ),
        sentence=verdict_view.sentence(tr, verdict, seen=wanted.vantage),
        badge=verdict_view.badge(tr, verdict) if verdict.requests else None,
        promise=verdict_view.promise_sentence(tr, verdict) if verdict.requests else "",
        terms=view.term_table(tr, whole),
        periods=view.period_table(tr, shown),
        chart=Chart(
            caption=tr(N_("p50 與 p95 的變化（毫秒）")), table_id="periods", names=0,
            series=(3, 4),
        ),
        exchanges=view.exchange_table(tr, desk.times.slowest(wanted), here=desk.here),
        tables={
            "CSV": f"{desk.here}/exchanges.csv?{urlencode(asked)}",
            "Parquet": f"{desk.here}/exchanges.parquet?{urlencode(asked)}",
        },
        flame=f"{desk.here}/flame?{urlencode(asked)}",
        back=f"{desk.here}?{urlencode({'hours': hours_of(hours), 'seen': wanted.vantage})}",
    )  # fmt: skip


def exchange(
    desk: NamedDependency[Desk],
    trace: FromPath[str],
) -> Response[str]:
    found = desk.times.find(trace)
    if found is None:
        raise NotFoundException
    tr = desk.tr
    query = urlencode({"county": found.county or NONE, "operation": found.operation or NONE})
    return desk.render(
        "exchange.html",
        title=tr(N_("請求 {trace}")).format(trace=found.trace[:16]),
        trace=found.trace,
        operation=found.operation or tr(N_("（無此路徑）")),
        operation_url=f"{desk.here}/operation?{query}",
        facts=view.exchange_facts(tr, found),
        terms=view.exchange_terms(tr, found),
        waterfall=waterfall(tr, found, wire := desk.times.wire(found.trace)),
        wire=wire and wire_table(tr, found, wire),
        packets=wire and packet_table(tr, wire),
        met=found.met and view.met_table(tr, found, desk.times.whom(found), here=desk.here),
        path=view.path_table(tr, path_of(found.spans)),
        statements=view.statement_table(tr, statements_of(found.spans)),
        seen=tr(VANTAGES[found.vantage]),
        open=found.is_open,
        forms={**FORMS, **HEADS} if desk.times.heads(found.trace) else FORMS,
    )


# Of any county or of all; the last ones compare counties, or are of the host itself.
PAGES = (
    Page("/", "page", verdicts),
    Page("/operation", "operation", operation),
    Page("/exchanges/{trace:str}", "exchange", exchange),
    Page("/exchanges/{trace:str}/file", "file", file, heavy=True),
    Page("/exchanges.csv", "csv", exchanges_csv, heavy=True),
    Page("/exchanges.parquet", "parquet", exchanges_parquet, heavy=True),
    Page("/releases", "releases", releases),
    Page("/statements", "statements", statements),
    Page("/queues", "queues", queues),
    Page("/lines", "lines", lines),
    Page("/flame", "flame", flame),
    Page("/flame/file", "flame-file", flame_file, heavy=True),
    Page("/slo", "slo", slo),
    Page("/pack", "pack", line_pack, heavy=True),
)
PAGES_OF_HOST = (*PAGES, Page("/counties", "counties", counties), Page("/itself", "itself", itself))


def routers(
    folder: Path, *, on: bool, probe_key: str = "", hot_paths: Sequence[HotPath] = ()
) -> list[Router]:
    """Return the pages over the store in ``folder``; ``on``: this host writes to it.

    ``probe_key``: who gives it is answered by the route of a known length; '' is nobody.
    ``hot_paths``: operations that promise more than others.
    """
    store, promises = Store(folder=folder, on=on), promises_of(hot_paths)
    given = {
        "times": Provide(lambda: store, sync_to_thread=False),
        "promises": Provide(lambda: promises, sync_to_thread=False),
    }
    return [
        Router(
            path=ALL_COUNTIES,
            route_handlers=for_operators(PAGES_OF_HOST),
            dependencies={**given, "desk": Provide(of_host, sync_to_thread=False)},
        ),
        Router(
            path=ONE_COUNTY,
            route_handlers=[*for_counties(PAGES), report],
            dependencies={**given, "desk": Provide(of_county, sync_to_thread=False)},
        ),
        Router(
            path="/",
            route_handlers=[TimeApi],
            dependencies={**given, "desk": Provide(of_county, sync_to_thread=False)},
        ),
        Router(
            path="/",
            route_handlers=[ProbePage],
            dependencies={"probe_key": Provide(lambda: probe_key, sync_to_thread=False)},
        ),
    ]

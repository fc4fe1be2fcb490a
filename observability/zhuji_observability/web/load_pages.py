"""``/host/times/statements``, ``queues`` and ``lines``: what eats time, and when."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromQuery

from zhuji_core.platform.operators import READ_TIMES
from zhuji_core.values import N_
from zhuji_core.web.components import Chart
from zhuji_core.web.controllers import HOST_PERMISSION, HostController
from zhuji_core.web.host_context import HostContext
from zhuji_observability.store.counts import merged
from zhuji_observability.store.exchange import BROWSER, PROCESS
from zhuji_observability.store.hourly import LineSum
from zhuji_observability.store.lines import line_of
from zhuji_observability.store.load import by_load, load_of
from zhuji_observability.store.reading import Store
from zhuji_observability.web import load_view as view
from zhuji_observability.web.asked import HOURS, HOURS_USUAL, known, wanted_of


def _shown(
    host: HostContext, *, hours: int, county: str | None = None, **shown: Any
) -> Response[str]:
    """Render one of the pages; ``county`` None: it is of all counties, and asks for none."""
    return host.render(
        "observability/load.html",
        by_county=county is not None,
        known=known(county=county or "", operation="", hours=hours, seen=PROCESS),
        choices=HOURS,
        **shown,
    )


class LoadPages(HostController):
    """For performance engineers: of all counties, without a name or figure of any of them."""

    path = "/host/times"

    @get(
        "/statements",
        operation_id="host.times.statements",
        opt={HOST_PERMISSION: READ_TIMES},
        sync_to_thread=True,
    )
    def statements(
        self,
        host: NamedDependency[HostContext],
        times: NamedDependency[Store],
        county: FromQuery[str] = "",
        hours: FromQuery[int] = HOURS_USUAL,
    ) -> Response[str]:
        tr = host.gettext
        wanted = wanted_of(county=county, operation="", hours=hours, seen=PROCESS)
        # Statements are counted by whole hours: so is what they are a share of.
        whole = msgspec.structs.replace(wanted, since_ms=view.hour_before(wanted.since_ms))
        served = load_of(merged(times.periods(whole).values()))
        found = times.statements(wanted)
        return _shown(
            host,
            title=tr(N_("資料庫敘述占伺服器時間")),
            action="/host/times/statements",
            sentence=view.statement_sentence(tr, found, served),
            chart=None,
            tables=(view.statement_table(tr, found, served),),
            hint=tr(
                N_("來自全部請求，以整點為單位；占比的分母是伺服器處理全部請求的時間（含等待）。")
            ),
            hours=hours,
            county=county,
        )

    @get(
        "/queues",
        operation_id="host.times.queues",
        opt={HOST_PERMISSION: READ_TIMES},
        sync_to_thread=True,
    )
    def queues(
        self,
        host: NamedDependency[HostContext],
        times: NamedDependency[Store],
        hours: FromQuery[int] = HOURS_USUAL,
    ) -> Response[str]:
        tr = host.gettext
        wanted = wanted_of(county="", operation="", hours=hours, seen=PROCESS)
        periods = times.periods(wanted)
        bands = by_load(periods)
        return _shown(
            host,
            title=tr(N_("排隊與負載")),
            action="/host/times/queues",
            sentence=view.queue_sentence(tr, bands),
            chart=Chart(
                caption=tr(N_("同時處理的請求愈多，每次請求等待與工作的時間（毫秒）")),
                table_id="bands", names=0, series=view.BANDS_DRAWN,
            ) if bands else None,
            tables=(view.band_table(tr, bands), view.busiest_table(tr, periods)),
            hint=tr(N_("同時處理的請求數依利特爾法則由實際總和算得：各次請求在伺服器內的時間總和除以期間。")),
            hours=hours,
        )  # fmt: skip

    @get(
        "/lines",
        operation_id="host.times.lines",
        opt={HOST_PERMISSION: READ_TIMES},
        sync_to_thread=True,
    )
    def lines(
        self,
        host: NamedDependency[HostContext],
        times: NamedDependency[Store],
        hours: FromQuery[int] = HOURS_USUAL,
    ) -> Response[str]:
        tr = host.gettext
        wanted = wanted_of(county="", operation="", hours=hours, seen=PROCESS)
        served = times.by_county(wanted)
        browsers = times.by_county(msgspec.structs.replace(wanted, vantage=BROWSER))
        sums = times.lines(wanted)
        found = {
            code: line_of(sketch, browsers.get(code), sums.get(code, LineSum()))
            for code, sketch in served.items()
        }
        return _shown(
            host,
            title=tr(N_("各縣市的線路")),
            action="/host/times/lines",
            sentence=view.line_sentence(tr, found),
            chart=Chart(
                caption=tr(N_("網路往返 p95（毫秒）")), table_id="lines", names=0,
                series=view.LINES_DRAWN, kind="bars",
            ) if found else None,
            tables=(view.line_table(tr, found),),
            hint=tr(N_("往返與重送由伺服器的系統核心量得；建立連線由瀏覽器回報，遺失的連線請求只有瀏覽器看得見。")),
            hours=hours,
        )  # fmt: skip

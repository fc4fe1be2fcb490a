"""Pages ``statements``, ``queues`` and ``lines``: what eats time, and when."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Response
from litestar.di import NamedDependency
from litestar.params import FromQuery

from zhuji_core.values import N_
from zhuji_core.web.components import Chart
from zhuji_observability.store.counts import merged
from zhuji_observability.store.exchange import BROWSER, PROCESS
from zhuji_observability.store.hourly import LineSum
from zhuji_observability.store.lines import line_of
from zhuji_observability.store.load import by_load, load_of
from zhuji_observability.web import load_view as view
from zhuji_observability.web.asked import HOURS_USUAL
from zhuji_observability.web.desk import Desk
from zhuji_observability.web.live import live_of


def _shown(
    desk: Desk, *, action: str, hours: int, county: str | None = None, **shown: Any
) -> Response[str]:
    """Render one of the pages; ``county`` None: its form asks for none."""
    return desk.render(
        "load.html",
        action=f"{desk.here}/{action}",
        by_county=county is not None and not desk.only,
        known=desk.known(county=county or "", operation="", hours=hours, seen=PROCESS),
        **shown,
    )


def statements(
    desk: NamedDependency[Desk],
    county: FromQuery[str] = "",
    hours: FromQuery[int] = HOURS_USUAL,
) -> Response[str]:
    tr = desk.tr
    wanted = desk.wanted(county=county, operation="", hours=hours, seen=PROCESS)
    # Statements are counted by whole hours: so is what they are a share of.
    whole = msgspec.structs.replace(wanted, since_ms=view.hour_before(wanted.since_ms))
    served = load_of(merged(desk.times.periods(whole).values()))
    found = desk.times.statements(wanted)
    return _shown(
        desk,
        title=tr(N_("資料庫敘述占伺服器時間")),
        action="statements",
        sentence=view.statement_sentence(tr, found, served),
        chart=None,
        tables=(view.statement_table(tr, found, served),),
        hint=tr(N_("來自全部請求，以整點為單位；占比的分母是伺服器處理全部請求的時間（含等待）。")),
        live=None,
        hours=hours,
        county=county,
    )


def queues(
    desk: NamedDependency[Desk],
    hours: FromQuery[int] = HOURS_USUAL,
    live: FromQuery[bool] = False,  # noqa: FBT002 (Litestar gives it by name)
) -> Response[str]:
    tr = desk.tr
    wanted = desk.wanted(county="", operation="", hours=hours, seen=PROCESS)
    periods = desk.times.periods(wanted)
    bands = by_load(periods)
    return _shown(
        desk,
        title=tr(N_("排隊與負載")),
        action="queues",
        sentence=view.queue_sentence(tr, bands),
        chart=Chart(
            caption=tr(N_("同時處理的請求愈多，每次請求等待與工作的時間（毫秒）")),
            table_id="bands", names=0, series=view.BANDS_DRAWN,
        ) if bands else None,
        tables=(view.band_table(tr, bands), view.busiest_table(tr, periods)),
        hint=tr(N_("同時處理的請求數依利特爾法則由實際總和算得：各次請求在伺服器內的時間總和除以期間。")),
        live=live_of(desk.request, on=live),
        hours=hours,
    )  # fmt: skip


def lines(
    desk: NamedDependency[Desk],
    hours: FromQuery[int] = HOURS_USUAL,
    live: FromQuery[bool] = False,  # noqa: FBT002 (Litestar gives it by name)
) -> Response[str]:
    tr = desk.tr
    wanted = desk.wanted(county="", operation="", hours=hours, seen=PROCESS)
    served = desk.times.by_county(wanted)
    browsers = desk.times.by_county(msgspec.structs.replace(wanted, vantage=BROWSER))
    sums = desk.times.lines(wanted)
    found = {
        code: line_of(sketch, browsers.get(code), sums.get(code, LineSum()))
        for code, sketch in served.items()
    }
    return _shown(
        desk,
        title=tr(N_("本縣市的線路") if desk.only else N_("各縣市的線路")),
        action="lines",
        sentence=view.line_sentence(tr, found),
        chart=Chart(
            caption=tr(N_("網路往返 p95（毫秒）")), table_id="lines", names=0,
            series=view.LINES_DRAWN, kind="bars",
        ) if found else None,
        tables=(view.line_table(tr, found, here=desk.here),),
        hint=tr(N_("往返與重送由伺服器的系統核心量得；建立連線由瀏覽器回報，遺失的連線請求只有瀏覽器看得見。")),
        live=live_of(desk.request, on=live),
        hours=hours,
    )  # fmt: skip

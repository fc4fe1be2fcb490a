"""``/host/times/slo``, and what leaves the pages as a file: exports and the incident pack."""

from __future__ import annotations

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery

from zhuji_core.platform.operators import READ_TIMES
from zhuji_core.values import N_
from zhuji_core.web.controllers import HOST_PERMISSION, HostController
from zhuji_core.web.host_context import HostContext
from zhuji_observability.store.counts import Sketch, merged
from zhuji_observability.store.exchange import BROWSER, PROCESS
from zhuji_observability.store.exports import exchange_csv, otlp, perfetto, speedscope
from zhuji_observability.store.hourly import LineSum
from zhuji_observability.store.lines import line_of
from zhuji_observability.store.pack import pack
from zhuji_observability.store.parquet import exchange_parquet
from zhuji_observability.store.promises import Promises
from zhuji_observability.store.reading import NONE, Store
from zhuji_observability.store.slo import ALL_HOURS, DAY, HOUR, burn_of
from zhuji_observability.store.verdict import judge
from zhuji_observability.web import export_view as view
from zhuji_observability.web.asked import HOURS_USUAL, hours_of, known, wanted_of

EXCHANGES_MAX = 5_000
PACKED_MAX = 200


class ExportPages(HostController):
    """For performance engineers: of all counties, without a name or figure of any of them."""

    path = "/host/times"

    @get(
        "/slo",
        operation_id="host.times.slo",
        opt={HOST_PERMISSION: READ_TIMES},
        sync_to_thread=True,
    )
    def slo(
        self,
        host: NamedDependency[HostContext],
        times: NamedDependency[Store],
        promises: NamedDependency[Promises],
        county: FromQuery[str] = "",
    ) -> Response[str]:
        tr = host.gettext
        windows = {
            hours: wanted_of(county=county, operation="", hours=hours, seen=PROCESS)
            for hours in (HOUR, DAY, ALL_HOURS)
        }
        counts = {hours: times.by_operation(wanted) for hours, wanted in windows.items()}
        burns = {
            key: burn_of(
                {hours: found.get(key, Sketch()) for hours, found in counts.items()},
                promises.promise(key[1]),
            )
            for key in counts[ALL_HOURS]
            if key[1]
        }
        exemplars: dict[tuple[str, str], str] = {}
        for one in times.slowest(windows[ALL_HOURS], limit=EXCHANGES_MAX):
            exemplars.setdefault((one.county, one.operation), one.trace)
        return host.render(
            "observability/load.html",
            title=tr(N_("服務水準與錯誤額度")),
            action="/host/times/slo",
            sentence=view.burn_sentence(tr, burns),
            chart=None,
            tables=(view.burn_table(tr, burns, exemplars),),
            hint=tr(
                N_(
                    "重要路徑以其宣告的伺服器時間為承諾（百分之九十五），其餘作業為百分之九十九於半秒內，"
                    "均須未失敗，以兩週為期；「實際」為承諾的比例實際達到的時間；"
                    "消耗速率 1 為恰於兩週用完額度。"
                )
            ),
            by_county=True,
            known=known(county=county, operation="", hours=ALL_HOURS, seen=PROCESS),
            choices={},
        )

    @get(
        "/exchanges/{trace:str}/file",
        operation_id="host.times.file",
        opt={HOST_PERMISSION: READ_TIMES},
        sync_to_thread=True,
    )
    def file(
        self,
        times: NamedDependency[Store],
        trace: FromPath[str],
        form: FromQuery[str] = "perfetto",
    ) -> Response[bytes]:
        """One request for another tool; ``form`` is perfetto, speedscope, otlp or pcap."""
        found = times.find(trace)
        if found is None or form not in {**view.FORMS, **view.HEADS}:
            raise NotFoundException
        if form in view.HEADS:
            heads = times.require_heads(found.trace)
            return _download(heads, f"{found.trace[:16]}.pcap", "application/vnd.tcpdump.pcap")
        content = {
            "perfetto": lambda: perfetto(found, times.wire(found.trace)),
            "speedscope": lambda: speedscope(found),
            "otlp": lambda: otlp([found]),
        }[form]()
        return _download(content, f"{found.trace[:16]}.{form}.json", "application/json")

    @get(
        "/exchanges.csv",
        operation_id="host.times.csv",
        opt={HOST_PERMISSION: READ_TIMES},
        sync_to_thread=True,
    )
    def table(
        self,
        times: NamedDependency[Store],
        county: FromQuery[str] = "",
        operation: FromQuery[str] = "",
        hours: FromQuery[int] = HOURS_USUAL,
    ) -> Response[bytes]:
        wanted = wanted_of(county=county, operation=operation, hours=hours, seen=PROCESS)
        content = exchange_csv(times.slowest(wanted, limit=EXCHANGES_MAX))
        return _download(content, "exchanges.csv", "text/csv")

    @get(
        "/exchanges.parquet",
        operation_id="host.times.parquet",
        opt={HOST_PERMISSION: READ_TIMES},
        sync_to_thread=True,
    )
    def columns(
        self,
        times: NamedDependency[Store],
        county: FromQuery[str] = "",
        operation: FromQuery[str] = "",
        hours: FromQuery[int] = HOURS_USUAL,
    ) -> Response[bytes]:
        wanted = wanted_of(county=county, operation=operation, hours=hours, seen=PROCESS)
        content = exchange_parquet(times.slowest(wanted, limit=EXCHANGES_MAX))
        return _download(content, "exchanges.parquet", "application/vnd.apache.parquet")

    @get(
        "/pack",
        operation_id="host.times.pack",
        opt={HOST_PERMISSION: READ_TIMES},
        sync_to_thread=True,
    )
    def pack(
        self,
        host: NamedDependency[HostContext],
        times: NamedDependency[Store],
        county: FromQuery[str] = NONE,
        hours: FromQuery[int] = HOURS_USUAL,
    ) -> Response[bytes]:
        wanted = wanted_of(county=county, operation="", hours=hours, seen=PROCESS)
        seen = wanted_of(county=county, operation="", hours=hours, seen=BROWSER)
        served = merged(times.periods(wanted).values())
        sums = times.lines(wanted).get(wanted.county or "", LineSum())
        line = line_of(served, merged(times.periods(seen).values()), sums)
        told = view.pack_readme(
            host.gettext, county=wanted.county or "", hours=hours_of(hours), line=line,
            verdict=judge(served),
        )  # fmt: skip
        kept = times.slowest(wanted, limit=PACKED_MAX)
        name = f"line-{(wanted.county or 'host').lower()}.zip"
        return _download(pack(told, line, kept, times), name, "application/zip")


def _download(content: bytes, name: str, media_type: str) -> Response[bytes]:
    return Response(
        content,
        media_type=media_type,
        headers={"content-disposition": f'attachment; filename="{name}"'},
    )

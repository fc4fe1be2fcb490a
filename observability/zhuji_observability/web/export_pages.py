"""Page ``slo``, and what leaves the pages as a file: exports and the incident pack."""

from __future__ import annotations

from collections.abc import Sequence

from litestar import Response
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery

from zhuji_core.values import N_
from zhuji_observability.store.counts import Sketch, merged
from zhuji_observability.store.exchange import BROWSER, PROCESS, Exchange
from zhuji_observability.store.exports import exchange_csv, otlp, perfetto, speedscope
from zhuji_observability.store.hourly import LineSum
from zhuji_observability.store.lines import line_of
from zhuji_observability.store.pack import pack
from zhuji_observability.store.parquet import exchange_parquet
from zhuji_observability.store.reading import NONE
from zhuji_observability.store.slo import ALL_HOURS, DAY, HOUR, burn_of
from zhuji_observability.store.verdict import judge
from zhuji_observability.web import export_view as view
from zhuji_observability.web.asked import HOURS_USUAL, hours_of
from zhuji_observability.web.desk import Desk

EXCHANGES_MAX = 5_000
PACKED_MAX = 200


def slo(
    desk: NamedDependency[Desk],
    county: FromQuery[str] = "",
) -> Response[str]:
    tr = desk.tr
    windows = {
        hours: desk.wanted(county=county, operation="", hours=hours, seen=PROCESS)
        for hours in (HOUR, DAY, ALL_HOURS)
    }
    counts = {hours: desk.times.by_operation(wanted) for hours, wanted in windows.items()}
    burns = {
        key: burn_of(
            {hours: found.get(key, Sketch()) for hours, found in counts.items()},
            desk.promises.promise(key[1]),
        )
        for key in counts[ALL_HOURS]
        if key[1]
    }
    exemplars: dict[tuple[str, str], str] = {}
    for one in desk.times.slowest(windows[ALL_HOURS], limit=EXCHANGES_MAX):
        exemplars.setdefault((one.county, one.operation), one.trace)
    return desk.render(
        "load.html",
        title=tr(N_("服務水準與錯誤額度")),
        action=f"{desk.here}/slo",
        sentence=view.burn_sentence(tr, burns),
        chart=None,
        tables=(view.burn_table(tr, burns, exemplars, here=desk.here),),
        hint=tr(
            N_(
                "重要路徑以其宣告的伺服器時間為承諾（百分之九十五），其餘作業為百分之九十九於半秒內，"
                "均須未失敗，以兩週為期；「實際」為承諾的比例實際達到的時間；"
                "消耗速率 1 為恰於兩週用完額度。"
            )
        ),
        live=None,
        by_county=not desk.only,
        known=desk.known(county=county, operation="", hours=ALL_HOURS, seen=PROCESS),
        choices={},
    )


def file(
    desk: NamedDependency[Desk],
    trace: FromPath[str],
    form: FromQuery[str] = "perfetto",
) -> Response[bytes]:
    """One request for another tool; ``form`` is perfetto, speedscope, otlp or pcap."""
    found = desk.times.find(trace)
    if found is None or form not in {**view.FORMS, **view.HEADS}:
        raise NotFoundException
    if form in view.HEADS:
        heads = desk.times.require_heads(found.trace)
        return download(heads, f"{found.trace[:16]}.pcap", "application/vnd.tcpdump.pcap")
    content = {
        "perfetto": lambda: perfetto(found, desk.times.wire(found.trace)),
        "speedscope": lambda: speedscope(found),
        "otlp": lambda: otlp([found]),
    }[form]()
    return download(content, f"{found.trace[:16]}.{form}.json")


def exchanges_csv(
    desk: NamedDependency[Desk],
    county: FromQuery[str] = "",
    operation: FromQuery[str] = "",
    hours: FromQuery[int] = HOURS_USUAL,
) -> Response[bytes]:
    found = _slowest(desk, county=county, operation=operation, hours=hours)
    return download(exchange_csv(found), "exchanges.csv", "text/csv")


def exchanges_parquet(
    desk: NamedDependency[Desk],
    county: FromQuery[str] = "",
    operation: FromQuery[str] = "",
    hours: FromQuery[int] = HOURS_USUAL,
) -> Response[bytes]:
    content = exchange_parquet(_slowest(desk, county=county, operation=operation, hours=hours))
    return download(content, "exchanges.parquet", "application/vnd.apache.parquet")


def _slowest(desk: Desk, *, county: str, operation: str, hours: int) -> Sequence[Exchange]:
    wanted = desk.wanted(county=county, operation=operation, hours=hours, seen=PROCESS)
    return desk.times.slowest(wanted, limit=EXCHANGES_MAX)


def line_pack(
    desk: NamedDependency[Desk],
    county: FromQuery[str] = NONE,
    hours: FromQuery[int] = HOURS_USUAL,
) -> Response[bytes]:
    wanted = desk.wanted(county=county, operation="", hours=hours, seen=PROCESS)
    seen = desk.wanted(county=county, operation="", hours=hours, seen=BROWSER)
    served = merged(desk.times.periods(wanted).values())
    sums = desk.times.lines(wanted).get(wanted.county or "", LineSum())
    line = line_of(served, merged(desk.times.periods(seen).values()), sums)
    told = view.pack_readme(
        desk.tr, county=wanted.county or "", hours=hours_of(hours), line=line,
        verdict=judge(served),
    )  # fmt: skip
    kept = desk.times.slowest(wanted, limit=PACKED_MAX)
    name = f"line-{(wanted.county or 'host').lower()}.zip"
    return download(pack(told, line, kept, desk.times), name, "application/zip")


def download(content: bytes, name: str, media_type: str = "application/json") -> Response[bytes]:
    """Answer with a file that the browser keeps under ``name``."""
    return Response(
        content,
        media_type=media_type,
        headers={"content-disposition": f'attachment; filename="{name}"'},
    )

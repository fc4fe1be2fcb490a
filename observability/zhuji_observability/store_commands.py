"""``zhuji observe times`` and ``exchange``: what ``/host/times`` shows, for programs."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import rich_click as click

from zhuji_core.home import Home
from zhuji_core.i18n import load_translations
from zhuji_core.values import N_, DomainError
from zhuji_observability.store import comparison
from zhuji_observability.store.exchange import BROWSER, PROCESS
from zhuji_observability.store.itself import together
from zhuji_observability.store.probe import errors_of
from zhuji_observability.store.promises import promises_of
from zhuji_observability.store.reading import Store, last_hours

LOCALE = Path(__file__).parent / "locale"
HOURS_MAX, EXPORTED_MAX, FLAMED_MAX = 336, 5_000, 500
EXPORT_FORMS = ("perfetto", "speedscope", "otlp", "csv", "parquet", "pcap")
_OF_ONE = frozenset(("perfetto", "pcap"))
_MS_IN_S = 1_000


class ExchangeNotKept(DomainError):
    """No request of this trace id was kept whole."""

    code = "E-EXCHANGE"
    message = N_("沒有留存追蹤編號 {trace} 的請求。")
    status_code = 404


def _store() -> Store:
    return Store(folder=Home.from_environment().times, on=False)


def _translated(ctx: click.Context) -> Callable[[str], str]:
    return load_translations([LOCALE]).of(ctx.obj).gettext


@click.command("times", help="列出各縣市各作業的時間與歸屬（須以 ZHUJI_WATCH_WAITS=1 紀錄）")
@click.option("--county", default="", help="縣市代碼；省略則全部，- 為主機")
@click.option("--operation", default="", help="作業；省略則全部")
@click.option("--hours", type=click.IntRange(1, HOURS_MAX), default=24, help="最近幾小時")
@click.option("--seen", type=click.Choice([PROCESS, BROWSER]), default=PROCESS,
              help="由何處量測：伺服器或使用者瀏覽器")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="以 JSON 輸出（一個陣列，每列一個作業）")
@click.pass_context
def times(
    ctx: click.Context, county: str, operation: str, hours: int, seen: str, *, as_json: bool
) -> None:
    # Loads the website's own texts, and the modules; who reads a capture does not wait for that.
    from zhuji_core import hooks  # noqa: PLC0415
    from zhuji_observability.web import verdict_view, view  # noqa: PLC0415

    wanted = last_hours(hours, now_ms=_now_ms(), county=county, operation=operation, vantage=seen)
    counts = _store().by_operation(wanted)
    promises = promises_of(hooks.registered(hooks.load(), "register_hot_paths"))
    judged = verdict_view.judged(counts, promises)
    if as_json:
        rows = [
            {"county": key[0], "operation": key[1], **msgspec.to_builtins(verdict)}
            for key, verdict in judged
        ]
        click.echo(msgspec.json.encode(rows).decode())
        return
    tr = _translated(ctx)
    for (code, name), verdict in judged:
        click.echo(
            f"{code or '-':<4} {name or '-':<44} {verdict.requests:>9,} "
            f"p95 {view.ms(verdict.p95_us):>9} ms  {verdict_view.sentence(tr, verdict)}"
        )


@click.command("exchange", help="一次留存的請求：時間的組成、關鍵路徑與資料庫敘述（JSON）")
@click.argument("trace")
def exchange(trace: str) -> None:
    # Loads the database's driver, which tells statements apart.
    from zhuji_observability.store.path import path_of, statements_of  # noqa: PLC0415

    found = _store().find(trace.lower())
    if found is None:
        raise ExchangeNotKept(trace=trace)
    told = {
        **msgspec.to_builtins(msgspec.structs.replace(found, spans=())),
        "path": msgspec.to_builtins(path_of(found.spans)),
        "statements": msgspec.to_builtins(statements_of(found.spans)),
    }
    del told["spans"]
    click.echo(msgspec.json.encode(told).decode())


class ReleaseNotKept(DomainError):
    """No request of this release is in the time that was asked for."""

    code = "E-RELEASE"
    message = N_("這段時間沒有版本 {release} 的請求；有的是：{known}。")
    status_code = 404


@click.command("compare", help="比較兩個版本逐項的時間，附差異的範圍（JSON 或一句話）")
@click.option("--before", required=True, help="之前的版本")
@click.option("--after", required=True, help="之後的版本")
@click.option("--county", default="", help="縣市代碼；省略則全部，- 為主機")
@click.option("--operation", default="", help="作業；省略則全部")
@click.option("--hours", type=click.IntRange(1, HOURS_MAX), default=HOURS_MAX, help="最近幾小時")
@click.option("--seen", type=click.Choice([PROCESS, BROWSER]), default=PROCESS,
              help="由何處量測：伺服器或使用者瀏覽器")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="以 JSON 輸出")
@click.pass_context
def compare(  # noqa: PLR0913 (its options)
    ctx: click.Context, *, before: str, after: str, county: str, operation: str, hours: int,
    seen: str, as_json: bool,
) -> None:  # fmt: skip
    from zhuji_observability.web import comparison_view  # noqa: PLC0415 (as above)

    wanted = last_hours(hours, now_ms=_now_ms(), county=county, operation=operation, vantage=seen)
    store = _store()
    known = store.releases(wanted)
    for release in (before, after):
        if release not in known:
            raise ReleaseNotKept(release=release, known=", ".join(known) or "-")
    found = comparison.compare(
        store.periods(msgspec.structs.replace(wanted, release=before)),
        store.periods(msgspec.structs.replace(wanted, release=after)),
    )
    if as_json:
        click.echo(msgspec.json.encode(comparison.told(found)).decode())
    else:
        click.echo(comparison_view.comparison_sentence(_translated(ctx), found))


@click.command(
    "export",
    help="匯出留存的請求：以追蹤編號匯出一次，或一段時間最慢者（csv、parquet、otlp、speedscope）",
)
@click.argument("trace", required=False)
@click.option("--format", "form", required=True,
              type=click.Choice(EXPORT_FORMS), help="格式")  # fmt: skip
@click.option("--county", default="", help="縣市代碼；省略則全部，- 為主機")
@click.option("--operation", default="", help="作業；省略則全部")
@click.option("--hours", type=click.IntRange(1, HOURS_MAX), default=24, help="最近幾小時")
def export(trace: str | None, *, form: str, county: str, operation: str, hours: int) -> None:
    # Loads the database's driver, which tells statements apart.
    from zhuji_observability.store import exports, parquet  # noqa: PLC0415
    from zhuji_observability.store.flame import flame_of  # noqa: PLC0415

    store = _store()
    if trace is None:
        if form in _OF_ONE:
            raise click.UsageError(f"--format {form} 須指定追蹤編號")
        wanted = last_hours(hours, now_ms=_now_ms(), county=county, operation=operation)
        if form == "speedscope":
            whole = store.whole(wanted, usual=False, limit=FLAMED_MAX)
            click.echo(exports.speedscope_of(flame_of(whole)), nl=False)
            return
        found = store.slowest(wanted, limit=EXPORTED_MAX)
    else:
        one = store.find(trace.lower())
        if one is None:
            raise ExchangeNotKept(trace=trace)
        found = [one]
    content = {
        "perfetto": lambda: exports.perfetto(found[0], store.wire(found[0].trace)),
        "speedscope": lambda: exports.speedscope(found[0]),
        "otlp": lambda: exports.otlp(
            whole for one in found if (whole := store.find(one.trace)) is not None
        ),
        "csv": lambda: exports.exchange_csv(found),
        "parquet": lambda: parquet.exchange_parquet(found),
        "pcap": lambda: store.require_heads(found[0].trace),
    }[form]()
    click.echo(content, nl=False)


@click.command("flame", help="留存請求的火焰圖：各步驟之內的步驟與其本身的時間（JSON）")
@click.argument("trace", required=False)
@click.option("--county", default="", help="縣市代碼；省略則全部，- 為主機")
@click.option("--operation", default="", help="作業；省略則全部")
@click.option("--hours", type=click.IntRange(1, HOURS_MAX), default=24, help="最近幾小時")
@click.option("--usual", is_flag=True, help="無異狀的請求；省略則為最慢的")
def flame(trace: str | None, *, county: str, operation: str, hours: int, usual: bool) -> None:
    # Loads the database's driver, which tells statements apart.
    from zhuji_observability.store.flame import flame_of, hottest  # noqa: PLC0415

    store = _store()
    if trace is None:
        wanted = last_hours(hours, now_ms=_now_ms(), county=county, operation=operation)
        found = store.whole(wanted, usual=usual, limit=FLAMED_MAX)
    else:
        one = store.find(trace.lower())
        if one is None:
            raise ExchangeNotKept(trace=trace)
        found = [one]
    whole = flame_of(found)
    told = {"requests": len(found), "whole": whole, "hottest": hottest(whole)}
    click.echo(msgspec.json.encode(told).decode())


@click.command("itself", help="量測本身：損失、代價與每分鐘自我測試的誤差（JSON）")
@click.option("--hours", type=click.IntRange(1, HOURS_MAX), default=24, help="最近幾小時")
def itself(hours: int) -> None:
    wanted, store = last_hours(hours, now_ms=_now_ms()), _store()
    told = {
        "processes": {
            name: {
                **msgspec.to_builtins(whole := together(list(periods.values()))),
                "watching_us": whole.watching_us,
            }
            for name, periods in store.watching(wanted).items()
        },
        "probes": [
            {**msgspec.to_builtins(one), "within": one.within}
            for one in errors_of(store.probes(wanted))
        ],
    }
    click.echo(msgspec.json.encode(told).decode())


def _now_ms() -> int:
    return round(time.time() * _MS_IN_S)

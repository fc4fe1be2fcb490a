"""``zhuji observe``: what observability answers on the command line.

The kernel's command line finds ``command`` by name (``zhuji_core.cli``), so that a host without
this package has no such command. Nothing here opens a database or starts the product.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path

import msgspec
import rich_click as click
from rich.cells import cell_len

from zhuji_core.home import Home
from zhuji_core.i18n import load_translations
from zhuji_core.values import N_
from zhuji_observability.pcap.analysis import Analysis, Summary
from zhuji_observability.pcap.heads import Addresses
from zhuji_observability.pcap.live import LiveReader
from zhuji_observability.pcap.port_filter import PORTS_MAX
from zhuji_observability.pcap.routes import RouteTable
from zhuji_observability.pcap.terms import Row, row_alone
from zhuji_observability.proving.command import blind, prove
from zhuji_observability.store.wires import Wires
from zhuji_observability.store_commands import compare, exchange, export, flame, itself, times

LOCALE = Path(__file__).parent / "locale"
FILE = click.Path(path_type=Path)
# The capture broke off, or is damaged: the rows before that place stand.
NOT_WHOLE = 3
# Where the command line leaves a function that gives the templates of the product's routes.
ROUTES = "zhuji.routes"

_COLUMNS = (
    (N_("串流"), 6), (N_("序"), 4), (N_("方法"), 7), (N_("狀態"), 4), (N_("上傳"), 9),
    (N_("伺服器"), 9), (N_("下載"), 9), (N_("往返"), 9), (N_("重傳"), 4),
)  # fmt: skip
_ENDED = {
    "whole": N_("已讀完 {read_bytes:,} 位元組"),
    "cut": N_(
        "檔案未完：讀到第 {read_bytes:,} 位元組為止（全長 {size_bytes:,}），其後的封包不完整"
    ),
    "damaged": N_(
        "檔案損壞：讀到第 {read_bytes:,} 位元組為止（全長 {size_bytes:,}），其後無法解讀"
    ),
}
_READ = N_(
    "封包 {packets:,}，其中 TCP {tcp:,}；連線 {connections:,}，交換 {exchanges:,}；{took_s:.1f} 秒"
)
_KEPT = N_("有追蹤編號的交換 {traced:,}，其中 {joined:,} 次併入留存的請求")
# What was not analysed: told where there is any.
_LEFT = (
    ("other", N_("非 TCP 封包 {count:,}")),
    ("fragments", N_("IP 分片 {count:,}（不分析）")),
    ("cut", N_("標頭被截短的封包 {count:,}（不分析）")),
    ("malformed", N_("格式錯誤的封包 {count:,}（不分析）")),
    ("unknown_link", N_("鏈結層類型無法分析的封包 {count:,}")),
    ("timeless", N_("沒有時間的封包 {count:,}（不分析）")),
    ("dropped_by_capture", N_("擷取時遺漏的封包 {count:,}（依擷取檔所載）")),
    ("gaps", N_("擷取檔遺漏的資料 {count:,} 處")),
    ("expelled", N_("同時開啟的連線過多，提前結束 {count:,}")),
    ("unasked_answers", N_("未見請求的回應 {count:,}")),
)
_SPEECH = (
    ("tls", N_("TLS 連線 {count:,}（只有 TCP 層的數字）")),
    ("http2", N_("HTTP/2 連線 {count:,}（只有 TCP 層的數字）")),
    ("other", N_("其他協定的連線 {count:,}")),
    ("unknown", N_("未見內容的連線 {count:,}")),
)


@click.group("observe", help="網路與伺服器時間：分析封包擷取檔")
def command() -> None:
    pass


@command.command(
    "pcap",
    help="逐一列出擷取檔（pcap、pcapng）中每次 HTTP 交換的時間（毫秒）；檔案未完或損壞時結束碼為 3",
)
@click.argument("file", type=FILE)
@click.option("--json", "as_json", is_flag=True, help="以 JSON 輸出（一個陣列，每列一次交換）")
@click.option("--routes", "by_routes", is_flag=True, help="路徑以已安裝模組的路由表示")
@click.option("--keep", is_flag=True, help="以追蹤編號併入本主機的時間紀錄，連同各封包")
@click.pass_context
def pcap(ctx: click.Context, file: Path, *, as_json: bool, by_routes: bool, keep: bool) -> None:
    _print_rows(ctx, file, as_json=as_json, by_routes=by_routes, keep=keep)


@command.command(
    "capture", help="即時擷取本機封包，逐一列出 HTTP 交換的時間（需 CAP_NET_RAW；不寫入任何內容）"
)
@click.option("--port", "ports", type=click.IntRange(1, 65_535), multiple=True, required=True,
              help="伺服器的埠號（可重複）")  # fmt: skip
@click.option("--interface", default="", help="網路介面，例如 eth0；省略則全部")
@click.option(
    "--seconds", type=click.FloatRange(min=0, min_open=True), help="擷取多久（秒）；省略則直到停止"
)
@click.option("--json", "as_json", is_flag=True, help="以 JSON 輸出（一個陣列，每列一次交換）")
@click.option("--routes", "by_routes", is_flag=True, help="路徑以已安裝模組的路由表示")
@click.option("--keep", is_flag=True, help="以追蹤編號併入本主機的時間紀錄，連同各封包")
@click.pass_context
def capture(  # noqa: PLR0913 (its options)
    ctx: click.Context, ports: tuple[int, ...], interface: str, seconds: float | None,
    *, as_json: bool, by_routes: bool, keep: bool,
) -> None:  # fmt: skip
    if len(ports) > PORTS_MAX:
        raise click.UsageError(f"--port 最多 {PORTS_MAX} 個")
    translate = load_translations([LOCALE]).of(ctx.obj).gettext
    begun = translate(N_("擷取中（埠號 {ports}），按 Ctrl-C 停止")).format(
        ports=", ".join(map(str, ports))
    )
    reader = LiveReader(
        ports=ports, interface=interface, seconds=seconds, ready=lambda: click.echo(begun, err=True)
    )
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: reader.stop())
    _print_rows(ctx, reader, as_json=as_json, by_routes=by_routes, keep=keep)


def _print_rows(
    ctx: click.Context, source: Path | LiveReader, *, as_json: bool, by_routes: bool, keep: bool
) -> None:
    """Print rows as they come, and at the end what was read; end with its code."""
    translate = load_translations([LOCALE]).of(ctx.obj).gettext
    # The command line knows how to ask the product (it builds the whole application for it).
    routes = RouteTable(ctx.meta[ROUTES]()) if by_routes else None
    addresses = Addresses.from_environment()
    analysis = Analysis(source, routes=routes, packets=keep, addresses=addresses)
    wires = Wires(Home.from_environment().times)
    rows = _kept(analysis.rows(), wires) if keep else analysis.rows()
    lines = _as_json(rows) if as_json else _as_text(rows, translate)
    for line in lines:
        sys.stdout.write(line)
        if isinstance(source, LiveReader):
            sys.stdout.flush()
    sys.stdout.flush()
    for line in told(analysis.summary, translate):
        click.echo(line, err=True)
    if keep:
        click.echo(translate(_KEPT).format(traced=wires.traced, joined=wires.joined), err=True)
    ctx.exit(0 if analysis.summary.is_whole else NOT_WHOLE)


def _kept(rows: Iterator[Row], wires: Wires) -> Iterator[Row]:
    """Give each row, and join it to its exchange; what is printed has no packets."""
    for row in rows:
        wires.take(row)
        yield row_alone(row)
    wires.join()


command.add_command(prove)
command.add_command(blind)
command.add_command(times)
command.add_command(compare)
command.add_command(exchange)
command.add_command(flame)
command.add_command(itself)
command.add_command(export)


def told(summary: Summary, translate: Callable[[str], str]) -> Iterator[str]:
    """Give what was read, and what of it was not analysed, a line each."""
    figures = msgspec.structs.asdict(summary)
    yield translate(_ENDED[summary.ended]).format(**figures)
    yield translate(_READ).format(**figures)
    for names, counts in ((_LEFT, figures), (_SPEECH, summary.speech)):
        for name, words in names:
            if counts[name]:
                yield translate(words).format(count=counts[name])


def _as_json(rows: Iterator[Row]) -> Iterator[str]:
    """One array, a row on each line: nothing is kept, and any reader of JSON reads it.

    The first row is read before anything is written: a file that is refused gives no output.
    """
    before = "[\n"
    for row in rows:
        yield before + msgspec.json.encode(row).decode()
        before = ",\n"
    yield "[]\n" if before == "[\n" else "\n]\n"


def _as_text(rows: Iterator[Row], translate: Callable[[str], str]) -> Iterator[str]:
    """A table for eyes, a line at a time; notes stand behind the path."""
    first = next(rows, None)
    if first is None:
        yield translate(N_("擷取檔中沒有 HTTP 交換。")) + "\n"
        return
    heads = [(translate(words), width) for words, width in _COLUMNS]
    shown = " ".join(_right(words, width) for words, width in heads)
    yield shown + "  " + translate(N_("路徑")) + "\n"
    for row in chain((first,), rows):
        yield _line(row)


def _line(row: Row) -> str:
    cells = (
        str(row.stream), str(row.index), row.method or "-", str(row.status or "-"),
        _ms(row.request_ms), _ms(row.server_ms), _ms(row.response_ms), _ms(row.rtt_ms),
        str(row.retransmits),
    )  # fmt: skip
    shown = [_right(text, width) for text, (_, width) in zip(cells, _COLUMNS, strict=True)]
    notes = f"  [{' '.join(row.notes)}]" if row.notes else ""
    return f"{' '.join(shown)}  {row.path or '-'}{notes}\n"


def _ms(term: float | None) -> str:
    return "-" if term is None else f"{term:.3f}"


def _right(text: str, width: int) -> str:
    """Return ``text`` against the right edge of a column; 正體中文 is two cells wide."""
    return " " * (width - cell_len(text)) + text

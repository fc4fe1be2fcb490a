"""``zhuji demo``: two counties with real figures on this machine, in one folder."""

from __future__ import annotations

import time
from collections.abc import Iterator

import rich_click as click
from rich.console import Console
from rich.table import Table

from zhuji_core import server
from zhuji_core.background import beside
from zhuji_core.commands.output import print_json
from zhuji_core.demo.check import CheckResult, check
from zhuji_core.demo.start import Demo, brought_up, refuse_server, reset
from zhuji_core.home import Home
from zhuji_core.modules import DemoAccount

HOST = "127.0.0.1"
PORT = 8105
# Ports tried one after another when nobody asked for a certain one.
TRIES = 50


class Steps:
    """Says what is being done and how long it took; a spinner where somebody watches."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._began = time.monotonic()
        self._step_began = self._began
        self._text = ""

    def __call__(self, text: str) -> None:
        self.finish()
        self._text, self._step_began = text, time.monotonic()

    def finish(self) -> None:
        if self._text:
            took_s = time.monotonic() - self._step_began
            self._console.print(f"  ✓ {self._text}　[dim]{took_s:.1f} 秒[/]")
        self._text = ""

    @property
    def total_s(self) -> float:
        return time.monotonic() - self._began


@click.command("demo", help="以臺中市、苗栗縣示範資料啟動（資料在 .zhuji/，或 ZHUJI_HOME）")
@click.option("--port", type=int, help=f"監聽的埠號；省略時自 {PORT} 起找可用的埠")
@click.option("--reset", "from_scratch", is_flag=True, help="刪除此資料夾的示範資料，重新開始")
@click.option("--check", "check_only", is_flag=True, help="經 HTTP 執行主要作業並檢查，然後結束")
@click.option("--json", "as_json", is_flag=True, help="以 JSON 輸出檢查結果")
@click.pass_context
def command(
    ctx: click.Context, *, port: int | None, from_scratch: bool, check_only: bool, as_json: bool
) -> None:
    if as_json and not check_only:
        raise click.UsageError("--json 須與 --check 併用")
    # With --json standard output is for the result alone.
    console = Console(highlight=False, stderr=as_json)
    with server.stopped_by_signals():
        try:
            refuse_server()
            if from_scratch:
                reset(Home.from_environment())
            if check_only:
                ctx.exit(_check(console, as_json=as_json))
            _serve(console, port=port)
        except KeyboardInterrupt:
            console.print("已停止，資料保留。")


def _serve(console: Console, *, port: int | None) -> None:
    # Before anything is started: a port in use is known at once.
    listener = server.listen(host=HOST, port=port or PORT, tries=1 if port else TRIES)
    steps = Steps(console)
    with listener, brought_up(steps) as demo:
        steps.finish()
        console.print(_sign_ins(demo))
        console.print(f"[bold]http://{HOST}:{listener.getsockname()[1]}/[/]", soft_wrap=True)
        console.print(f"啟動完成（{steps.total_s:.1f} 秒）。按 Ctrl-C 停止，資料會保留。")
        with beside():
            server.serve(demo.app, listener=listener)
    console.print("已停止，資料保留。")


def _check(console: Console, *, as_json: bool) -> int:
    steps = Steps(console)
    with brought_up(steps) as demo:
        steps("經 HTTP 檢查")
        result = check(demo)
        steps.finish()
    if as_json:
        print_json(result)
    else:
        console.print(_results(result))
        console.print("全部符合。" if result.passed else "[bold red]有不符合的項目。[/]")
    return 0 if result.passed else 1


def _sign_ins(demo: Demo) -> Table:
    """Return every account with who it is and what it can do; passwords are never broken."""
    table = Table(title="示範帳號", show_lines=True)
    for head in ("縣市", "角色", "帳號", "密碼"):
        table.add_column(head, no_wrap=True)
    table.add_column("姓名、機關：可以做什麼", overflow="fold")
    for row in _rows(demo):
        table.add_row(*row)
    return table


def _rows(demo: Demo) -> Iterator[tuple[str, ...]]:
    for access in demo.counties:
        passwords = demo.passwords(access)
        for account in demo.accounts(access):
            yield (
                f"{access.county.name} /{access.county.code.lower()}/",
                "、".join(account.roles),
                account.account,
                passwords[account.account],
                _told(account),
            )


def _told(account: DemoAccount) -> str:
    where = "全縣市" if account.county_wide else account.agency_name or account.agency_code
    return f"{account.name}（{where}）：{'；'.join(account.does)}"


def _results(result: CheckResult) -> Table:
    table = Table("", "步驟", "預期", "結果", title=f"示範檢查 {result.county}")
    for module, steps in result.steps.items():
        for step in steps:
            mark = "✓" if step.passed else "[red]✗[/]"
            table.add_row(mark, f"{module}：{step.title}", step.expected, step.got)
    return table

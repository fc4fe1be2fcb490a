"""``zhuji events``: how far modules are with the log, and what to do when something waits."""

from __future__ import annotations

import threading

import rich_click as click
from rich.console import Console

from zhuji_core import background, server
from zhuji_core.commands.opening import open_county, open_operator
from zhuji_core.commands.output import print_json, spoken, table_of
from zhuji_core.events.replay import replay_dead_letters, replay_event
from zhuji_core.events.skip import skip_event
from zhuji_core.events.status import read_status
from zhuji_core.events.waiting import LIST_MAX, STATE_TITLES, WaitingFilter, list_waiting

county_option = click.option("--county", required=True, help="縣市代碼，例如 TXG")
module_option = click.option("--module", required=True, help="模組代號，例如 budget")
json_option = click.option("--json", "as_json", is_flag=True, help="以 JSON 輸出")


@click.group("events", help="事件：處理進度、重送、略過、中繼程序")
def command() -> None:
    pass


@command.command("status", help="各模組的處理進度；有死信時以代碼 1 結束")
@county_option
@json_option
@click.pass_context
def status(ctx: click.Context, *, county: str, as_json: bool) -> None:
    with open_county(county, read_only=True) as uow:
        modules = read_status(uow.connection, now=uow.now, listeners=uow.hooks.listeners)
        waiting = list_waiting(uow, WaitingFilter(limit=LIST_MAX))
    if as_json:
        print_json({"modules": modules, "waiting": waiting})
    else:
        console, tr = Console(highlight=False), spoken().gettext
        table = table_of(
            "模組", "已處理至", "落後（件）", "落後（秒）", "暫停文件", "死信", "中繼程序"
        )
        for one in modules:
            figures = (one.sequence, one.lag_events, one.lag_s, one.parked_documents)
            told = (*(f"{figure:,}" for figure in figures), f"{one.dead_letters:,}", one.relay)
            table.add_row(one.module, *told)
        console.print(table)
        for event in waiting:
            console.print(
                f"▲ {event.module} {event.sequence} {event.type}：{event.code} {event.error}"
                f"（{tr(STATE_TITLES[event.state])}，其後等候 {event.behind:,} 件）",
                soft_wrap=True,
            )
    if any(one.dead_letters for one in modules):
        ctx.exit(1)


@command.command("replay", help="重送一件，或省略編號以重送該模組全部死信")
@click.argument("sequence", type=int, required=False)
@county_option
@module_option
def replay(*, sequence: int | None, county: str, module: str) -> None:
    with open_county(county) as uow:
        if sequence is None:
            count = replay_dead_letters(uow, module=module)
        else:
            count = replay_event(uow, module=module, sequence=sequence)
    Console(highlight=False).print(f"已排入重送 {count:,} 件")


@command.command("skip", help="略過一件無法處理的事件；理由列入稽核紀錄")
@click.argument("sequence", type=int)
@county_option
@module_option
@click.option("--reason", required=True, help="略過理由")
def skip(*, sequence: int, county: str, module: str, reason: str) -> None:
    with open_county(county) as uow:
        skip_event(uow, module=module, sequence=sequence, reason=reason)
    Console(highlight=False).print(f"已略過 {module} 的事件 {sequence}")


@command.command("relay", help="執行中繼程序，直到停止（配合 serve --no-background）")
def relay() -> None:
    console = Console(highlight=False)
    with server.stopped_by_signals(), open_operator() as host:
        console.print("事件中繼程序執行中　（Ctrl-C 停止）")
        try:
            with background.running(background.relays(host)):
                threading.Event().wait()
        except KeyboardInterrupt:
            console.print("已停止。")

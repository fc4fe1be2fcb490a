"""``zhuji budget verify``: recompute every counter, ask every invariant, say of how many."""

from __future__ import annotations

import sys

import click
import msgspec
from rich.console import Console
from rich.table import Table

from zhuji_budget.commands.tables import county_option, json_option
from zhuji_budget.queries.verification import BudgetVerification, verify_budget
from zhuji_core.commands.opening import open_county


@click.command("verify", help="由異動紀錄重算每一控制項目；有差異或無可驗證時結束代碼為 1")
@county_option
@json_option
@click.pass_context
def verify(ctx: click.Context, *, county: str, as_json: bool) -> None:
    with open_county(county, read_only=True, patient=True) as uow:
        found = verify_budget(uow)
    if as_json:
        sys.stdout.write(msgspec.json.encode(found).decode() + "\n")
    else:
        _print(found)
    if not found.passed:
        ctx.exit(1)


def _print(found: BudgetVerification) -> None:
    console = Console(highlight=False)
    console.print(f"已驗證 {found.checked:,} 個控制項目，差異 {found.drift_ntd:,} 元")
    table = Table("恆等關係（由資料庫反查違反者）", "範圍", "已查", "違反")
    for one in found.asked:
        table.add_row(one.invariant, one.of, f"{one.checked:,}", f"{one.broken:,}")
    console.print(table)
    console.print(f"恆等關係：{found.invariants:,} 項，預算變動文件 {found.documents_checked:,} 件")
    console.print(f"分配數釋出：已比對 {found.releases_checked:,} 個機關月份")
    if found.events_behind:
        console.print(f"各月執行情形：尚有 {found.events_behind:,} 件事件待處理，未比對")
    else:
        console.print(f"各月執行情形：已比對 {found.months_checked:,} 列")
    for error in found.errors:
        console.print(f"[red]▲[/] {error}")
    if not found.checked:
        console.print("[red]▲[/] 沒有可驗證的控制項目")

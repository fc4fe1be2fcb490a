"""``zhuji db``: bring the databases of this host to the schema of the installed code."""

from __future__ import annotations

import sys

import rich_click as click
from rich.console import Console
from rich.table import Table

from zhuji_core.commands.opening import open_operator
from zhuji_core.commands.output import print_json, spoken, table_of
from zhuji_core.commands.upgrading import Outcome, upgrade_all
from zhuji_core.compose import Host
from zhuji_core.county import STATE_TITLES, UPKEEP
from zhuji_core.db import counties, upgrades
from zhuji_core.db.upgrades import CountyStatus

# Exit codes, for scripts: some county stays behind; the canary failed and nothing else started.
BEHIND = 1
CANARY_FAILED = 3

MB = 1_000_000


@click.group("db", help="升級資料庫結構、查詢各縣市資料庫版本")
def command() -> None:
    pass


@command.command("upgrade", help="升級平台與每個縣市的資料庫，並登錄新增的權限；可重複執行")
@click.option(
    "--canary", default="", help="先行縣市的代碼；省略則為資料庫最小者。先行縣市失敗時不再繼續"
)
@click.option("--json", "as_json", is_flag=True, help="以 JSON 輸出")
def upgrade(canary: str, *, as_json: bool) -> None:
    console = Console(highlight=False, soft_wrap=True)
    outcomes: list[Outcome] = []
    with open_operator() as host:
        for outcome in upgrade_all(host, canary=canary):
            outcomes.append(outcome)
            if not as_json:
                console.print(_line(outcome))
        left_out = _left_out(host)
    if as_json:
        print_json({"counties": outcomes, "left_out": left_out})
    else:
        _summary(console, outcomes, left_out)
    sys.exit(_exit_code(outcomes))


@command.command("status", help="列出各縣市資料庫版本、落後數與最近一次升級；有落後者結束碼為 1")
@click.option("--json", "as_json", is_flag=True, help="以 JSON 輸出")
def status(*, as_json: bool) -> None:
    with open_operator() as host:
        registry = list(counties.read_counties(host.engines).values())
        found = upgrades.status(host.engines, registry, host.migrations)
    if as_json:
        print_json(found)
    else:
        Console(soft_wrap=True).print(_table(found))
    sys.exit(0 if all(one.is_current for one in found) else BEHIND)


def _line(outcome: Outcome) -> str:
    head = f"[{outcome.number:>2}/{outcome.of}] {outcome.code} {outcome.name}"
    # Square brackets that hold no style are printed as they are, once they are escaped.
    head = head.replace("[", r"\[")
    if outcome.canary:
        head += "（先行）"
    if outcome.error:
        return f"{head}：失敗（嘗試 {outcome.attempts} 次），留在原版本：{_plain(outcome.error)}"
    return (
        f"{head}：升級 {'、'.join(outcome.revisions) or '無'}，"
        f"新增權限 {outcome.permissions} 項，{outcome.took_s:.2f} 秒"
        + (f"，由本主機授權 {'、'.join(outcome.licensed)}" if outcome.licensed else "")
    )


def _summary(console: Console, outcomes: list[Outcome], left_out: list[str]) -> None:
    failed = [outcome.code for outcome in outcomes if outcome.error]
    console.print(f"完成 {len(outcomes) - len(failed)} 個縣市，失敗 {len(failed)} 個")
    if failed:
        console.print(f"仍在原版本：{'、'.join(failed)}；排除原因後再執行一次即可")
    if outcomes and outcomes[0].canary and outcomes[0].error:
        console.print(f"先行縣市失敗，其餘 {outcomes[0].of - 1} 個縣市未開始")
    if left_out:
        console.print(f"移轉或還原中，未升級：{'、'.join(left_out)}")


def _left_out(host: Host) -> list[str]:
    registry = counties.read_counties(host.engines).values()
    return [county.code for county in registry if county.state not in UPKEEP]


def _exit_code(outcomes: list[Outcome]) -> int:
    if outcomes and outcomes[0].canary and outcomes[0].error:
        return CANARY_FAILED
    return BEHIND if any(outcome.error for outcome in outcomes) else 0


def _table(found: list[CountyStatus]) -> Table:
    tr = spoken().gettext
    table = table_of("代碼", "名稱", "狀態", "版本", "落後", "容量 MB", "最近一次升級")
    for one in found:
        table.add_row(
            one.code,
            one.name,
            tr(STATE_TITLES[one.state]),
            _plain(one.unreachable) or "、".join(schema.revision for schema in one.schemas),
            "?" if one.unreachable else str(one.behind),
            f"{one.size_bytes / MB:,.1f}",
            _last(one),
        )
    return table


def _last(one: CountyStatus) -> str:
    if one.last is None:
        return ""
    if one.last.finished_at is None:
        return f"{one.last.started_at:%Y-%m-%d %H:%M} 未完成（執行中或被中斷）"
    told = f"{one.last.finished_at:%Y-%m-%d %H:%M}"
    return f"{told} 失敗：{_plain(one.last.error)}" if one.last.error else f"{told} 完成"


def _plain(text: str) -> str:
    return text.replace("[", r"\[")

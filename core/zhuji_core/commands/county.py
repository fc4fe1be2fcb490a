"""``zhuji county``: add, list, show, set up, suspend, resume and rename this host's counties."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import rich_click as click
from rich.console import Console
from rich.table import Table

from zhuji_core.access import CountyAccess
from zhuji_core.commands.opening import begin_as_operator, open_operator
from zhuji_core.commands.output import print_json, spoken, table_of
from zhuji_core.compose import add_county, mirror_modules
from zhuji_core.county import STATE_TITLES, County, CountyState
from zhuji_core.db import states
from zhuji_core.enabling.costs import KEPT_DAYS, read_costs
from zhuji_core.enabling.disable_module import disable_module
from zhuji_core.enabling.enable_module import enable_module
from zhuji_core.enabling.standing import ModuleStanding, module_standings
from zhuji_core.enabling.switching import Switched
from zhuji_core.licences.book import day_of
from zhuji_core.setting_changes.change_setting import change_setting
from zhuji_core.settings import CountySettings


@click.group("county", help="新增、列出、查詢、設定、暫停、恢復縣市及更名")
def command() -> None:
    pass


@command.command("add", help="建立縣市及其資料庫")
@click.argument("code")
@click.option("--name", required=True, help="縣市名稱，例如 臺中市")
@click.option("--modules", help="啟用的模組，以逗號分隔；省略則啟用已授權的全部模組")
@click.option(
    "--licence",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="授權檔；省略則由本主機的金鑰自行授權",
)
def add(code: str, name: str, modules: str | None, licence: Path | None) -> None:
    wanted = None if modules is None else [part.strip() for part in modules.split(",") if part]
    file = None if licence is None else licence.read_bytes()
    with open_operator() as host:
        county = add_county(host, code=code.upper(), name=name, modules=wanted, licence=file)
    Console(highlight=False).print(
        f"已建立 {county.code} {county.name}（{'、'.join(county.modules) or '無模組'}）"
    )


@command.command("list", help="列出本主機的縣市及其授權期限")
@click.option("--json", "as_json", is_flag=True, help="以 JSON 輸出")
def list_(*, as_json: bool) -> None:
    with open_operator() as host:
        found = list(host.accesses().values())
    warning_days = CountySettings().licence_warning_days  # the county's own stands in its database
    if as_json:
        print_json([_told(access, warning_days=warning_days) for access in found])
        return
    tr = spoken().gettext
    table = table_of("代碼", "名稱", "狀態", "次第", "模組", "授權期限", "原因")
    for access in found:
        county = access.county
        table.add_row(
            county.code,
            county.name,
            tr(STATE_TITLES[county.state]),
            str(county.epoch),
            "、".join(county.modules),
            "\n".join(_licences(access, warning_days=warning_days)),
            county.reason,
        )
    Console().print(table)


@command.command("show", help="查詢一個縣市")
@click.argument("code")
@click.option("--json", "as_json", is_flag=True, help="以 JSON 輸出")
def show(code: str, *, as_json: bool) -> None:
    with open_operator() as host:
        found = host.county(code)
        facts = found.facts()
        access = found.entered(facts.modules)
    settings = facts.settings
    warning_days = _kernel_settings(settings).licence_warning_days
    if as_json:
        print_json({**_told(access, warning_days=warning_days), "settings": settings})
        return
    table = Table(show_header=False)
    for name, value in (
        ("代碼", access.county.code),
        ("名稱", access.county.name),
        ("狀態", spoken().gettext(STATE_TITLES[access.county.state])),
        ("原因", access.county.reason),
        ("次第", str(access.county.epoch)),
        ("模組", "、".join(access.county.modules)),
        ("授權期限", "\n".join(_licences(access, warning_days=warning_days))),
        ("設定", msgspec.json.encode(settings).decode()),
    ):
        table.add_row(name, value)
    Console().print(table)


def _kernel_settings(settings: Mapping[str, Mapping[str, Any]]) -> CountySettings:
    return msgspec.convert(dict(settings.get("kernel", {})), CountySettings)


def _told(access: CountyAccess, *, warning_days: int) -> dict[str, Any]:
    """Give a program what is known of the county, and how its modules stand."""
    standings = _standings(access, warning_days=warning_days)
    return {**msgspec.structs.asdict(access.county), "licences": standings}


def _standings(access: CountyAccess, *, warning_days: int) -> tuple[ModuleStanding, ...]:
    return module_standings(
        access.hooks, access.licences, at=access.clock(), warning_days=warning_days
    )


def _licences(access: CountyAccess, *, warning_days: int) -> list[str]:
    """Say until when each enabled module is licensed, with ▲ where somebody has to act."""
    told = []
    for one in _standings(access, warning_days=warning_days):
        if not one.enabled:
            continue
        until = "不訂迄日" if one.licensed_until is None else one.licensed_until.isoformat()
        words = {
            "valid": until,
            "ending": f"▲ {until}（尚有 {one.days_left} 天）",
            "ended": f"▲ {until} 已屆滿，僅供查詢",
            "none": "▲ 無授權，僅供查詢",
        }
        told.append(f"{one.name} {words[one.licence]}")
    return told


@command.command("suspend", help="停止受理異動，或停止使用；原因顯示於該縣市各頁並留存稽核紀錄")
@click.argument("code")
@click.option("--reason", required=True, help="原因，例如 設備搬遷")
@click.option(
    "--to",
    "state",
    type=click.Choice([state for state in STATE_TITLES if state != "open"]),
    default="suspended",
    show_default=True,
    help="read_only 可登入查詢；moving 已登入者可查詢；restoring、suspended 均不得進入",
)
@click.option("--json", "as_json", is_flag=True, help="以 JSON 輸出")
def suspend(code: str, reason: str, state: CountyState, *, as_json: bool) -> None:
    with open_operator() as host:
        county = states.change_state(host.engines, code=code.upper(), state=state, reason=reason)
    _print(county, as_json=as_json)


@command.command("resume", help="恢復受理異動")
@click.argument("code")
@click.option("--reason", required=True, help="原因，例如 搬遷完成並已核對")
@click.option("--json", "as_json", is_flag=True, help="以 JSON 輸出")
def resume(code: str, reason: str, *, as_json: bool) -> None:
    with open_operator() as host:
        county = states.change_state(host.engines, code=code.upper(), state="open", reason=reason)
    _print(county, as_json=as_json)


@command.command("rename", help="變更縣市名稱（代碼不變）")
@click.argument("code")
@click.option("--name", required=True, help="新名稱，例如 桃園市")
@click.option("--json", "as_json", is_flag=True, help="以 JSON 輸出")
def rename(code: str, name: str, *, as_json: bool) -> None:
    with open_operator() as host:
        county = states.rename(host.engines, code=code.upper(), name=name)
    _print(county, as_json=as_json)


def _print(county: County, *, as_json: bool) -> None:
    """Say what the county is now."""
    if as_json:
        print_json(county)
        return
    told = f"{county.code} {county.name}：{spoken().gettext(STATE_TITLES[county.state])}"
    Console(highlight=False).print(told + (f"（{county.reason}）" if county.reason else ""))


@command.command("enable", help="啟用縣市的模組，下一個請求起生效")
@click.argument("code")
@click.argument("module")
@click.option("--reason", default="", help="原因，寫入稽核紀錄")
def enable(code: str, module: str, reason: str) -> None:
    with open_operator() as host:
        access = host.county(code)
        with begin_as_operator(host, access) as uow:
            switched = enable_module(uow, module=module, licences=access.licences, reason=reason)
        mirror_modules(host, access.county.code)
    _say_switched(access, switched)


@command.command("disable", help="停用縣市的模組，下一個請求起生效；資料保留，重新啟用即可使用")
@click.argument("code")
@click.argument("module")
@click.option("--reason", default="", help="原因，寫入稽核紀錄")
def disable(code: str, module: str, reason: str) -> None:
    with open_operator() as host:
        access = host.county(code)
        with begin_as_operator(host, access) as uow:
            switched = disable_module(uow, module=module, reason=reason)
        mirror_modules(host, access.county.code)
    _say_switched(access, switched)


@command.command("costs", help="各模組在縣市的耗用：請求、掛鉤與作業的次數與時間，各處理程序合計")
@click.argument("code")
@click.option(
    "--days", type=click.IntRange(1, KEPT_DAYS), default=7, show_default=True, help="最近幾日"
)
@click.option("--json", "as_json", is_flag=True, help="以 JSON 輸出")
def costs(code: str, days: int, *, as_json: bool) -> None:
    with open_operator() as host:
        access = host.county(code)
        with access.statements.connect() as connection:
            found = read_costs(connection, day=day_of(access.clock()), days=days)
    if as_json:
        print_json(found)
        return
    table = table_of("模組", "項目", "次數", "合計 秒", "p50 毫秒", "p95 毫秒")
    for one in found:
        figures = (f"{one.total_ms / 1_000:,.2f}", f"{one.p50_ms:,.2f}", f"{one.p95_ms:,.2f}")
        table.add_row(one.module, one.name, f"{one.calls:,}", *figures)
    Console().print(table)


def _say_switched(access: CountyAccess, switched: Switched) -> None:
    state = "啟用" if switched.enabled else "停用"
    said = f"已{state}" if switched.changed else f"原已{state}，未變更"
    county = access.county
    Console(highlight=False).print(f"{county.code} {county.name}：{switched.module} {said}")


@command.command("set", help="變更縣市設定，例如 TXG budget.commit_basis annual")
@click.argument("code")
@click.argument("name")
@click.argument("value")
@click.option("--reason", default="主機維運人員以指令變更", show_default=True, help="變更的理由")
def set_(code: str, name: str, value: str, reason: str) -> None:
    module, _, key = name.partition(".")
    with open_operator() as host, begin_as_operator(host, host.county(code)) as uow:
        change_setting(uow, module=module, key=key, value=_read(value), reason=reason)
    Console(highlight=False).print(f"{code.upper()} {name} = {value}")


def _read(value: str) -> object:
    """Read a number, true, false, null or quoted text as JSON, and all else as plain text."""
    try:
        return msgspec.json.decode(value)
    except msgspec.DecodeError:
        return value

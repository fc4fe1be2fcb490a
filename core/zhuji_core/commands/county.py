"""``zhuji county``: add, list and show the counties of this host."""

from __future__ import annotations

import msgspec
import rich_click as click
from rich.console import Console
from rich.table import Table

from zhuji_core.commands.opening import open_operator
from zhuji_core.commands.output import print_json
from zhuji_core.compose import add_county
from zhuji_core.db import counties


@click.group("county", help="新增、列出、查詢縣市")
def command() -> None:
    pass


@command.command("add", help="建立縣市及其資料庫")
@click.argument("code")
@click.option("--name", required=True, help="縣市名稱，例如 臺中市")
@click.option("--modules", help="啟用的模組，以逗號分隔；省略則全部啟用")
def add(code: str, name: str, modules: str | None) -> None:
    wanted = None if modules is None else [part.strip() for part in modules.split(",") if part]
    with open_operator() as host:
        county = add_county(host, code=code.upper(), name=name, modules=wanted)
    Console(highlight=False).print(
        f"已建立 {county.code} {county.name}（{'、'.join(county.modules) or '無模組'}）"
    )


@command.command("list", help="列出本主機的縣市")
@click.option("--json", "as_json", is_flag=True, help="以 JSON 輸出")
def list_(*, as_json: bool) -> None:
    with open_operator() as host:
        found = list(counties.read_counties(host.engines).values())
    if as_json:
        print_json(found)
        return
    table = Table("代碼", "名稱", "狀態", "模組")
    for county in found:
        table.add_row(county.code, county.name, county.state, "、".join(county.modules))
    Console().print(table)


@command.command("show", help="查詢一個縣市")
@click.argument("code")
@click.option("--json", "as_json", is_flag=True, help="以 JSON 輸出")
def show(code: str, *, as_json: bool) -> None:
    with open_operator() as host:
        access = host.county(code)
        settings = access.settings()
    if as_json:
        print_json({**msgspec.structs.asdict(access.county), "settings": settings})
        return
    table = Table(show_header=False)
    for name, value in (
        ("代碼", access.county.code),
        ("名稱", access.county.name),
        ("狀態", access.county.state),
        ("模組", "、".join(access.county.modules)),
        ("設定", msgspec.json.encode(settings).decode()),
    ):
        table.add_row(name, value)
    Console().print(table)

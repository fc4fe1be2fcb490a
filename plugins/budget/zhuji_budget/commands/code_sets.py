"""``zhuji budget codes withdraw``: take away a county's own codes that nothing uses."""

from __future__ import annotations

import sys

import click
import msgspec
from rich.console import Console

from zhuji_budget.commands.tables import county_option, json_option
from zhuji_budget.domain.code_set import KINDS
from zhuji_budget.usecases.withdraw_codes import withdraw_codes
from zhuji_core.commands.opening import open_county


@click.command("withdraw", help="撤銷縣市自訂、尚無預算或概算使用之代碼表；使用中者不撤銷")
@county_option
@click.option("--kind", required=True, type=click.Choice(list(KINDS)), help="種類")
@click.option("--name", required=True, help="代碼表名稱")
@json_option
def withdraw(*, county: str, kind: str, name: str, as_json: bool) -> None:
    with open_county(county) as uow:
        gone = withdraw_codes(uow, kind=kind, name=name)
    if as_json:
        told = {"withdrawn": gone.name, "codes": len(gone.codes)}
        sys.stdout.write(msgspec.json.encode(told).decode() + "\n")
    else:
        Console(highlight=False).print(f"已撤銷「{gone.name}」{len(gone.codes):,} 個代碼")

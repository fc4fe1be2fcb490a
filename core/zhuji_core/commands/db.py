"""``zhuji db``: bring the databases of this host to the schema of the installed code."""

from __future__ import annotations

import rich_click as click
from rich.console import Console

from zhuji_core.commands.opening import begin_as_operator, open_operator
from zhuji_core.compose import mirror_modules
from zhuji_core.county import UPKEEP
from zhuji_core.db import counties
from zhuji_core.identity.permissions import sync_permissions


@click.group("db", help="升級資料庫結構")
def command() -> None:
    pass


@command.command("upgrade", help="升級平台與每個縣市的資料庫，並登錄新增的權限")
def upgrade() -> None:
    console = Console(highlight=False)
    with open_operator() as host:
        for code, access in host.accesses().items():
            behind = counties.upgrade_county(host.engines, access.county, host.migrations)
            with begin_as_operator(host, access, writes=UPKEEP) as uow:
                synced = sync_permissions(uow, host.permissions)
            mirror_modules(host, code)
            console.print(
                f"{code} {access.county.name}：升級 {'、'.join(behind) or '無'}，"
                f"新增權限 {len(synced.fresh)} 項"
            )

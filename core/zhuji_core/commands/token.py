"""``zhuji token``: make, list and revoke the tokens of machines."""

from __future__ import annotations

import uuid

import rich_click as click
from rich.console import Console

from zhuji_core.commands.opening import begin_as_operator, open_operator
from zhuji_core.commands.output import print_json, table_of
from zhuji_core.identity.accounts import UserUnknown, find_user
from zhuji_core.identity.make_token import (
    MachineToken,
    WantedToken,
    list_tokens,
    make_token,
    revoke_token,
)
from zhuji_core.web.environment import clock


@click.group("token", help="建立、列出、撤銷機器權杖")
def command() -> None:
    pass


@command.command("add", help="為帳號建立權杖；權杖只顯示這一次")
@click.argument("account")
@click.option("--county", required=True, help="縣市代碼，例如 TXG")
@click.option("--name", required=True, help="權杖名稱，例如 nightly-import")
@click.option("--permission", "permissions", multiple=True, required=True, help="權限代碼，可重複")
@click.option("--agency", "agencies", multiple=True, help="限定的機關代碼，可重複；省略則不限")
@click.option("--days", default=90, show_default=True, help="效期（日）")
def add(
    *,
    account: str,
    county: str,
    name: str,
    permissions: tuple[str, ...],
    agencies: tuple[str, ...],
    days: int,
) -> None:
    wanted = WantedToken(name=name, permissions=permissions, agencies=agencies, days=days)
    with open_operator() as host, begin_as_operator(host, host.county(county)) as uow:
        owner = find_user(uow, account=account)
        if owner is None:
            raise UserUnknown(user=account)
        made = make_token(uow, wanted, owner_id=owner.user_id)
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"已為 {account} 建立權杖 {name}（只顯示這一次）：")
    console.print(made.text)
    console.print(f"有效至 {clock(made.token.valid_to)}")


@command.command("list", help="列出縣市的權杖")
@click.option("--county", required=True, help="縣市代碼，例如 TXG")
@click.option("--json", "as_json", is_flag=True, help="以 JSON 輸出")
def list_(county: str, *, as_json: bool) -> None:
    with (
        open_operator() as host,
        begin_as_operator(host, host.county(county), read_only=True) as uow,
    ):
        found = list_tokens(uow)
    if as_json:
        print_json(found)
        return
    table = table_of("編號", "持有人", "名稱", "權杖", "有效至", "最近使用", "狀態")
    for token in found:
        table.add_row(*_row(token))
    Console().print(table)


@command.command("revoke", help="撤銷權杖，下一個請求起失效")
@click.argument("token_id", type=click.UUID)
@click.option("--county", required=True, help="縣市代碼，例如 TXG")
def revoke(token_id: uuid.UUID, county: str) -> None:
    with open_operator() as host, begin_as_operator(host, host.county(county)) as uow:
        token = revoke_token(uow, token_id=token_id)
    Console(highlight=False).print(f"已撤銷 {token.owner.account} 的權杖 {token.name}")


def _row(token: MachineToken) -> tuple[str, ...]:
    return (
        str(token.token_id),
        token.owner.account,
        token.name,
        token.hint,
        clock(token.valid_to),
        clock(token.used_at) if token.used_at else "",
        "已撤銷" if token.revoked_at else "有效",
    )

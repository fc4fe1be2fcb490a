"""``zhuji operator``: the accounts of those who operate the host; no user of any county."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import rich_click as click
from rich.console import Console

from zhuji_core.commands.opening import open_operator
from zhuji_core.commands.output import print_json, spoken, table_of
from zhuji_core.compose import (
    Host,
    chosen_passwords,
    host_platform,
    machine_operator,
    operator_actor,
)
from zhuji_core.platform import accounts
from zhuji_core.platform.break_glass import end_passes_of
from zhuji_core.platform.operators import REQUEST_PASS, ROLE_TITLES
from zhuji_core.platform.uow import PlatformUnitOfWork

ROLE = click.option(
    "--role",
    "roles",
    multiple=True,
    required=True,
    type=click.Choice(sorted(ROLE_TITLES)),
    help="OPR 集中維運、PERF 效能工程師、EXEC 主管資訊；可重複",
)


@click.group("operator", help="新增、列出、停用集中維運帳號及授予角色")
def command() -> None:
    pass


@command.command("add", help="新增維運帳號（密碼由終端機輸入）")
@click.argument("account")
@click.option("--name", required=True, help="姓名")
@ROLE
@click.password_option(help="密碼；省略時由終端機輸入")
def add(account: str, name: str, roles: tuple[str, ...], password: str) -> None:
    with _writing() as uow:
        accounts.add_operator(
            uow,
            account=account,
            name=name,
            roles=roles,
            password=password,
            passwords=chosen_passwords(),
        )
        accounts.make_password_temporary(uow, account=account)
    _say(f"已新增維運帳號 {account}（{name}）：{'、'.join(roles)}；首次登入時須變更密碼")


@command.command("list", help="列出維運帳號")
@click.option("--json", "as_json", is_flag=True, help="以 JSON 輸出")
def list_(*, as_json: bool) -> None:
    with (
        open_operator() as host,
        host_platform(host).begin(machine_operator(), read_only=True) as uow,
    ):
        found, now = accounts.list_operators(uow), uow.now
    if as_json:
        print_json(found)
        return
    table = table_of("帳號", "姓名", "角色", "狀態")
    tr = spoken().gettext
    for one in found:
        state = tr(one.state_title(now))
        table.add_row(one.account, one.name, "、".join(one.roles), state)
    Console().print(table)


@command.command("disable", help="停用維運帳號，立即登出並終止其緊急調閱")
@click.argument("account")
def disable(account: str) -> None:
    with open_operator() as host:
        with host_platform(host).begin(machine_operator()) as uow:
            accounts.set_operator_state(uow, account=account, active=False)
        ended = _end_passes(host, account)
    _say(f"已停用 {account}，終止緊急調閱 {ended} 項")


@command.command("enable", help="恢復維運帳號")
@click.argument("account")
def enable(account: str) -> None:
    with _writing() as uow:
        accounts.set_operator_state(uow, account=account, active=True)
    _say(f"已恢復 {account}")


@command.command("grant", help="指定維運帳號的角色（取代原有角色），須重新登入")
@click.argument("account")
@ROLE
def grant(account: str, roles: tuple[str, ...]) -> None:
    with open_operator() as host:
        with host_platform(host).begin(machine_operator()) as uow:
            accounts.grant_operator(uow, account=account, roles=roles)
        if not set(REQUEST_PASS.roles) & set(roles):
            _end_passes(host, account)
    _say(f"{account}：{'、'.join(roles)}")


@command.command("password", help="重設維運帳號的密碼（由終端機輸入），須重新登入並變更")
@click.argument("account")
@click.password_option(help="密碼；省略時由終端機輸入")
def password(account: str, password: str) -> None:
    with _writing() as uow:
        accounts.set_operator_password(
            uow, account=account, password=password, passwords=chosen_passwords()
        )
        accounts.make_password_temporary(uow, account=account)
    _say(f"已重設 {account} 的密碼，下次登入時須變更")


@command.command("clear-keys", help="清除維運帳號的全部安全金鑰及救援碼（遺失時），須重新登入")
@click.argument("account")
def clear_keys(account: str) -> None:
    with _writing() as uow:
        cleared = accounts.clear_operator_keys(uow, account=account)
    _say(f"已清除 {account} 的安全金鑰 {cleared} 把及救援碼")


@contextmanager
def _writing() -> Iterator[PlatformUnitOfWork]:
    with open_operator() as host, host_platform(host).begin(machine_operator()) as uow:
        yield uow


def _end_passes(host: Host, account: str) -> int:
    return end_passes_of(
        host_platform(host),
        host.county,
        account=account,
        machine=machine_operator(),
        system=operator_actor(host),
    )


def _say(text: str) -> None:
    Console(highlight=False).print(text)

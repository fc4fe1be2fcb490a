"""``zhuji user``: make an account, with the roles that it begins with."""

from __future__ import annotations

import rich_click as click
from rich.console import Console

from zhuji_core.commands.opening import begin_as_operator, open_operator
from zhuji_core.compose import chosen_passwords
from zhuji_core.identity.accounts import create_user
from zhuji_core.identity.agencies import Agency, ensure_agencies, find_agency
from zhuji_core.identity.grants import grant_role


@click.group("user", help="新增使用者")
def command() -> None:
    pass


@command.command("add", help="新增帳號並授予角色（密碼由終端機輸入）")
@click.argument("account")
@click.option("--county", required=True, help="縣市代碼，例如 TXG")
@click.option("--name", required=True, help="姓名")
@click.option("--agency", "agency_code", required=True, help="機關代碼")
@click.option("--agency-name", help="機關名稱；機關尚不存在時一併建立")
@click.option("--role", "roles", multiple=True, help="角色代碼，可重複，例如 --role REV")
@click.option("--county-wide", is_flag=True, help="角色適用全縣市，而非僅該機關")
@click.password_option(help="密碼；省略時由終端機輸入")
def add(  # noqa: PLR0913 (the options of the command)
    *,
    account: str,
    county: str,
    name: str,
    agency_code: str,
    agency_name: str | None,
    roles: tuple[str, ...],
    county_wide: bool,
    password: str,
) -> None:
    password_hash = chosen_passwords().hash(password)
    with open_operator() as host, begin_as_operator(host, host.county(county)) as uow:
        if agency_name and find_agency(uow, agency_code=agency_code) is None:
            ensure_agencies(uow, [Agency(agency_code=agency_code, name=agency_name)])
        user = create_user(
            uow, account=account, name=name, agency_code=agency_code, password_hash=password_hash
        )
        for role in roles:
            grant_role(
                uow,
                user_id=user.user_id,
                role_code=role,
                agency_code=None if county_wide else agency_code,
                valid_from=uow.business_date,
            )
    Console(highlight=False).print(f"已新增 {account}（{name}）：{'、'.join(roles) or '無角色'}")

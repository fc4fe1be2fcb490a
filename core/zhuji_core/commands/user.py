"""``zhuji user``: make an account, with the roles that it begins with."""

from __future__ import annotations

import rich_click as click
from rich.console import Console

from zhuji_core.commands.opening import begin_as_operator, open_operator
from zhuji_core.compose import chosen_passwords
from zhuji_core.identity.accounts import UserUnknown, create_user, find_user
from zhuji_core.identity.agencies import Agency, ensure_agencies, find_agency
from zhuji_core.identity.grants import grant_role
from zhuji_core.identity.idle_accounts import disable_idle_accounts
from zhuji_core.identity.passwords import NO_PASSWORD
from zhuji_core.identity.reset_password import ResetCode, make_reset_code
from zhuji_core.identity.temporary_password import set_temporary_password
from zhuji_core.web.environment import clock


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
@click.option("--password", help="暫用密碼，首次登入時須更換；省略則產生一次性的密碼重設碼")
def add(  # noqa: PLR0913 (the options of the command)
    *,
    account: str,
    county: str,
    name: str,
    agency_code: str,
    agency_name: str | None,
    roles: tuple[str, ...],
    county_wide: bool,
    password: str | None,
) -> None:
    with open_operator() as host, begin_as_operator(host, host.county(county)) as uow:
        if agency_name and find_agency(uow, agency_code=agency_code) is None:
            ensure_agencies(uow, [Agency(agency_code=agency_code, name=agency_name)])
        user = create_user(
            uow, account=account, name=name, agency_code=agency_code, password_hash=NO_PASSWORD
        )
        if password is not None:
            set_temporary_password(uow, user, password=password, passwords=chosen_passwords())
        for role in roles:
            grant_role(
                uow,
                user_id=user.user_id,
                role_code=role,
                agency_code=None if county_wide else agency_code,
                valid_from=uow.business_date,
            )
        made = make_reset_code(uow, user_id=user.user_id) if password is None else None
    Console(highlight=False).print(f"已新增 {account}（{name}）：{'、'.join(roles) or '無角色'}")
    if made is not None:
        _print_code(made)


@command.command("reset", help="產生密碼重設碼：交給本人，由本人自行設定密碼")
@click.argument("account")
@click.option("--county", required=True, help="縣市代碼，例如 TXG")
def reset(account: str, county: str) -> None:
    with open_operator() as host, begin_as_operator(host, host.county(county)) as uow:
        user = find_user(uow, account=account)
        if user is None:
            raise UserUnknown(user=account)
        made = make_reset_code(uow, user_id=user.user_id)
    _print_code(made)


@command.command("disable-idle", help="停用久未登入的帳號（每日工作，亦可手動執行）")
@click.option("--county", required=True, help="縣市代碼，例如 TXG")
def disable_idle(county: str) -> None:
    with open_operator() as host, begin_as_operator(host, host.county(county)) as uow:
        users = disable_idle_accounts(uow)
    names = "、".join(f"{user.account} {user.name}" for user in users)
    Console(highlight=False).print(f"已停用 {len(users)} 個帳號：{names or '無'}")


def _print_code(made: ResetCode) -> None:
    """Tell the code to the operator's terminal, the only place where it is shown."""
    console = Console(highlight=False)
    console.print(f"密碼重設碼（只顯示一次）：{made.code}")
    console.print(f"有效至 {clock(made.expires_at)}；請本人於 /縣市代碼/password-reset 設定密碼")

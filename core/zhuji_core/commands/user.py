"""``zhuji user``: accounts and roles as the operator of the host keeps them."""

from __future__ import annotations

import datetime as dt

import msgspec
import rich_click as click
from rich.console import Console

from zhuji_core.commands.opening import begin_as_operator, open_operator
from zhuji_core.commands.output import print_json
from zhuji_core.compose import chosen_passwords
from zhuji_core.identity.accounts import UserAccount, UserUnknown, create_user, find_user
from zhuji_core.identity.agencies import Agency, ensure_agencies, find_agency
from zhuji_core.identity.grants import GrantUnknown, end_grant, grant_role
from zhuji_core.identity.idle_accounts import disable_idle_accounts
from zhuji_core.identity.passwords import NO_PASSWORD
from zhuji_core.identity.reset_password import ResetCode, make_reset_code
from zhuji_core.identity.temporary_password import set_temporary_password
from zhuji_core.identity.users import (
    ListedUser,
    UserFilter,
    disable_user,
    enable_user,
    find_person,
    list_users,
)
from zhuji_core.uow import UnitOfWork
from zhuji_core.web.environment import clock

# Read page by page, as a screen is, so that a large county costs no large answer.
LIST_PAGE = 500


@click.group("user", help="新增、列出、停用使用者，授予及終止角色")
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


@command.command("list", help="列出使用者及其目前角色")
@click.option("--county", required=True, help="縣市代碼，例如 TXG")
@click.option("--text", default="", help="帳號或姓名之一部分")
@click.option("--role", default="", help="只列目前持有此角色者")
@click.option("--json", "as_json", is_flag=True, help="以 JSON 輸出")
def list_(county: str, text: str, role: str, *, as_json: bool) -> None:
    found: list[ListedUser] = []
    with (
        open_operator() as host,
        begin_as_operator(host, host.county(county), read_only=True) as uow,
    ):
        wanted = UserFilter(text=text, role=role, limit=LIST_PAGE)
        while page := list_users(uow, wanted):
            found += page[:LIST_PAGE]
            if len(page) <= LIST_PAGE:
                break
            wanted = msgspec.structs.replace(wanted, after=found[-1].account)
    if as_json:
        print_json(found)
        return
    console = Console(highlight=False)
    for one in found:
        roles = "、".join(one.roles) or "無角色"
        state = "" if one.state == "active" else "（已停用）"
        console.print(f"{one.account}\t{one.name}\t{one.agency_code}\t{roles}{state}")
    console.print(f"共 {len(found)} 人")


@command.command("grant", help="授予角色（維運人員建立最初的系統管理人員；稽核軌跡註明）")
@click.argument("account")
@click.argument("role")
@click.option("--county", required=True, help="縣市代碼，例如 TXG")
@click.option("--agency", "agency_code", help="機關代碼；省略則適用全縣市")
@click.option("--from", "valid_from", type=click.DateTime(["%Y-%m-%d"]), help="起日，預設今日")
@click.option("--to", "valid_to", type=click.DateTime(["%Y-%m-%d"]), help="迄日（含）")
def grant(
    *,
    account: str,
    role: str,
    county: str,
    agency_code: str | None,
    valid_from: dt.datetime | None,
    valid_to: dt.datetime | None,
) -> None:
    with open_operator() as host, begin_as_operator(host, host.county(county)) as uow:
        kept = grant_role(
            uow,
            user_id=_user(uow, account).user_id,
            role_code=role,
            agency_code=agency_code,
            valid_from=uow.business_date if valid_from is None else valid_from.date(),
            valid_to=None if valid_to is None else valid_to.date(),
        )
    place = kept.agency_code or "全縣市"
    Console(highlight=False).print(f"已授予 {account} {role}（{place}），起日 {kept.valid_from}")


@command.command("revoke", help="終止角色：自今日（或 --last-day 之次日）起不再有效")
@click.argument("account")
@click.argument("role")
@click.option("--county", required=True, help="縣市代碼，例如 TXG")
@click.option("--last-day", type=click.DateTime(["%Y-%m-%d"]), help="最後有效日，預設昨日")
def revoke(account: str, role: str, county: str, last_day: dt.datetime | None) -> None:
    with open_operator() as host, begin_as_operator(host, host.county(county)) as uow:
        user = _user(uow, account)
        yesterday = uow.business_date - dt.timedelta(days=1)
        day = yesterday if last_day is None else last_day.date()
        ending = [
            one
            for one in find_person(uow, user_id=user.user_id).grants
            if one.role_code == role and (one.valid_to is None or one.valid_to > day)
        ]
        if not ending:
            raise GrantUnknown
        for one in ending:
            end_grant(uow, grant_id=one.grant_id, last_day=day)
    Console(highlight=False).print(f"已終止 {account} 之 {role}：{len(ending)} 筆")


@command.command("disable", help="停用帳號，並立即登出")
@click.argument("account")
@click.option("--county", required=True, help="縣市代碼，例如 TXG")
@click.option("--reason", required=True, help="理由（記入稽核軌跡）")
def disable(account: str, county: str, reason: str) -> None:
    with open_operator() as host, begin_as_operator(host, host.county(county)) as uow:
        disable_user(uow, user_id=_user(uow, account).user_id, reason=reason)
    Console(highlight=False).print(f"已停用 {account}")


@command.command("enable", help="恢復已停用的帳號")
@click.argument("account")
@click.option("--county", required=True, help="縣市代碼，例如 TXG")
@click.option("--reason", required=True, help="理由（記入稽核軌跡）")
def enable(account: str, county: str, reason: str) -> None:
    with open_operator() as host, begin_as_operator(host, host.county(county)) as uow:
        enable_user(uow, user_id=_user(uow, account).user_id, reason=reason)
    Console(highlight=False).print(f"已恢復 {account}")


def _user(uow: UnitOfWork, account: str) -> UserAccount:
    user = find_user(uow, account=account)
    if user is None:
        raise UserUnknown(user=account)
    return user


def _print_code(made: ResetCode) -> None:
    """Tell the code to the operator's terminal, the only place where it is shown."""
    console = Console(highlight=False)
    console.print(f"密碼重設碼（只顯示一次）：{made.code}")
    console.print(f"有效至 {clock(made.expires_at)}；請本人於 /縣市代碼/password-reset 設定密碼")

"""Fill a demo county once: settings, every module's own figures, and the accounts to look around.

Each module is one transaction that also keeps the mark of being done, so a start that was
interrupted goes on where it stopped, and a finished one does nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec
import sqlalchemy as sa

from zhuji_core.access import CountyAccess
from zhuji_core.compose import Host
from zhuji_core.demo.counties import BUSINESS_DATE
from zhuji_core.demo.passwords import demo_password
from zhuji_core.identity.accounts import create_user, find_user
from zhuji_core.identity.actor import Actor
from zhuji_core.identity.agencies import Agency, ensure_agencies, find_agency
from zhuji_core.identity.grants import grant_role
from zhuji_core.identity.passwords import Passwords
from zhuji_core.modules import DemoAccount
from zhuji_core.permissions import MODULE
from zhuji_core.settings import DEMO, CountySettings, keep_demo_accounts, set_setting
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_

# Figures of a whole city are loaded in one transaction; the web's limit is for single requests.
SEED_TIMEOUT = sa.text("SET LOCAL statement_timeout = '120s'")

# Who manages the accounts of a demo county: two, because rights are given by two persons.
ADMINISTRATORS = tuple(
    DemoAccount(
        account=account,
        name=name,
        roles=("ADM",),
        agency_code="",
        county_wide=True,
        does=(N_("管理帳號、角色及設定"), N_("核准另一名管理員所提之異動")),
    )
    for account, name in (("admin", "系統管理員"), ("admin2", "第二管理員"))
)

Progress = Callable[[str], None]


def seed_county(
    host: Host, access: CountyAccess, *, operator: Actor, passwords: Passwords, progress: Progress
) -> None:
    """Fill what is not filled yet, modules in order of what they require."""
    seeder = _Seeder(host, access, operator=operator, passwords=passwords)
    if "business_date" not in access.settings().get(MODULE, {}):
        seeder.stand_at_demo_date()
    done = access.settings().get(DEMO, {})
    for name in (MODULE, *(name for name in host.modules if name in access.county.modules)):
        if name not in done:
            progress(f"{access.county.name}：載入 {name} 的示範資料")
            seeder.seed(name)


class _Seeder:
    def __init__(
        self, host: Host, access: CountyAccess, *, operator: Actor, passwords: Passwords
    ) -> None:
        self._secret = bytes.fromhex(host.home.derive("demo"))
        self._access = access
        self._operator = operator
        self._passwords = passwords

    def stand_at_demo_date(self) -> None:
        with self._access.begin(actor=self._operator) as uow:
            set_setting(
                uow,
                module=MODULE,
                struct=CountySettings,
                key="business_date",
                value=BUSINESS_DATE.isoformat(),
            )

    def seed(self, module: str) -> None:
        with self._access.begin(actor=self._operator) as uow:
            uow.connection.execute(SEED_TIMEOUT)
            accounts: Sequence[DemoAccount] = ADMINISTRATORS
            if module != MODULE:
                accounts = uow.hooks.seed_demo(uow, module=module)
            made = [self._make_account(uow, account) for account in accounts]
            keep_demo_accounts(uow, module=module, accounts=made)

    def _make_account(self, uow: UnitOfWork, account: DemoAccount) -> DemoAccount:
        """Make the account, or add the roles to one that another module asked for before.

        Return it with its agency's name.
        """
        agency_code = account.agency_code or self._government(uow)
        user = find_user(uow, account=account.account)
        if user is None:
            password = demo_password(self._secret, county=uow.county.code, account=account.account)
            user = create_user(
                uow,
                account=account.account,
                name=account.name,
                agency_code=agency_code,
                password_hash=self._passwords.hash(password),
            )
        for role in account.roles:
            grant_role(
                uow,
                user_id=user.user_id,
                role_code=role,
                agency_code=None if account.county_wide else agency_code,
                valid_from=uow.business_date.replace(month=1, day=1),
            )
        agency = find_agency(uow, agency_code=agency_code)
        return msgspec.structs.replace(account, agency_name=agency.name if agency else "")

    def _government(self, uow: UnitOfWork) -> str:
        """Return the agency of people who belong to no single one: the government itself."""
        code = uow.county.code
        ensure_agencies(uow, [Agency(agency_code=code, name=f"{uow.county.name}政府")])
        return code

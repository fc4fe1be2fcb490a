"""What a county may set about the kernel, and how any module's setting is changed."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
import sqlalchemy as sa

from zhuji_core.contracts.documents import DocumentRef
from zhuji_core.modules import DemoAccount
from zhuji_core.permissions import CHANGE_SETTING, MODULE
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_, DomainError, Value

# Taiwan has kept UTC+8 without summer time since 1979, so a fixed offset is exact and needs no
# time zone database, which small machines and containers often lack.
TAIPEI = dt.timezone(dt.timedelta(hours=8), "Asia/Taipei")

# The ids of things known by a code instead of an id, so that the audit can name them.
SETTING_NAMESPACE = uuid.UUID("0198c5a0-0000-7000-8000-5e7712960001")

READ = sa.text("""
    SELECT COALESCE(jsonb_object_agg(s.module, s.entries), '{}') AS settings
      FROM (SELECT module, jsonb_object_agg(key, value) AS entries
              FROM kernel.setting
             GROUP BY module) AS s
""")
# What whoever is not signed in (a command, a job, signing in itself) has to know of the county.
READ_FACTS = sa.text("""
    SELECT s.settings, m.modules
      FROM (SELECT COALESCE(jsonb_object_agg(e.module, e.entries), '{}') AS settings
              FROM (SELECT module, jsonb_object_agg(key, value) AS entries
                      FROM kernel.setting
                     GROUP BY module) AS e) AS s
      CROSS JOIN kernel.module_set AS m
""")
SET = sa.text("""
    WITH old AS (
        SELECT value FROM kernel.setting WHERE module = :module AND key = :key
    ), kept AS (
        INSERT INTO kernel.setting (module, key, value)
        VALUES (:module, :key, CAST(:value AS jsonb))
            ON CONFLICT (module, key) DO UPDATE SET value = excluded.value
        RETURNING value
    )
    SELECT (SELECT value FROM old) AS before, kept.value AS after FROM kept
""")


class CountySettings(msgspec.Struct, frozen=True, kw_only=True):
    """``business_date``: fixed date of a demo or a closed county; without it, today in Taipei.

    ``session_hours``: how long a sign-in lasts, however busy; a working day with overtime.

    ``session_idle_minutes``: after so long without a request a person is signed out
    (資通系統防護基準, level 高: automatic sign-out).

    ``proposal_days``: how long a proposal waits for the second person before it expires.

    ``idempotency_days``: how long the answer to a request is given again to the same key.

    ``draft_days``: how long a half-typed form is kept.

    ``job_days``: how long a job that has ended, and the file that it made, can be fetched.

    ``password_length_min``: characters of a new password.

    ``password_classes_min``: how many of upper case, lower case, digits and other characters.

    ``password_kept_last``: so many earlier passwords may not come back.

    ``password_days_min``: days before a person may change the password again; 0: at once.

    ``password_days_max``: days after which it must be changed at sign-in; 0: never. The accounts
    that ``zhuji demo`` made are left alone: their passwords are derived, and printed at its start.

    ``password_temporary_days``: how long a password that an operator typed for somebody opens the
    page that replaces it.

    ``password_reset_hours``: how long a one-time code for a new password is good.

    ``idle_account_days``: an account without a sign-in for so long is disabled; 0: never.

    ``second_factor_roles``: roles that sign in with a security key beside the password, for example
    ``["ADM", "CACC", "TRR"]`` (資通系統防護基準, level 高); whoever holds none registers one at the
    next sign-in. Whoever has registered a key is asked for it whatever stands here.

    ``licence_warning_days``: so many days before a licence ends, administrators are warned on
    every page.

    ``token_days_max``: the longest time for which a machine's token can be made.

    ``rate_token_per_minute``: requests of one token.

    ``rate_sign_in_per_minute``: sign-ins with one account, right or wrong.

    ``rate_address_per_minute``: sign-ins from one address; a whole office may share one.

    ``rate_reset_per_hour``: tries to redeem a reset code, for one account and from one address.

    ``rate_wrong_token_per_minute``: tokens refused from one address.

    ``rate_export_per_minute``: exports (CSV, XLSX, ODS, PDF) and wide searches of one person.

    ``personal_read_days``: how long it is kept who looked at whose personal data.

    ``exception_review_days``: an exception from separation of duties counts so long after its last
    review.

    ``delegation_days_max``: for how many days at most a deputy (代理人) is appointed.

    ``office_from_hour``: sign-ins before this hour in Taipei are in the report of abnormal use.

    ``office_to_hour``: sign-ins from this hour on, and those of weekends, too.

    ``abnormal_failures``: so many refused sign-ins of one account from one address, too.

    ``abnormal_personal_reads``: so many personal records that one person looked at in a day, too.
    """

    business_date: dt.date | None = None
    session_hours: Annotated[int, msgspec.Meta(ge=1, le=24)] = 12
    session_idle_minutes: Annotated[int, msgspec.Meta(ge=10, le=720)] = 30
    proposal_days: Annotated[int, msgspec.Meta(ge=1, le=366)] = 30
    idempotency_days: Annotated[int, msgspec.Meta(ge=1, le=3650)] = 30
    draft_days: Annotated[int, msgspec.Meta(ge=1, le=3650)] = 90
    job_days: Annotated[int, msgspec.Meta(ge=1, le=3650)] = 14
    password_length_min: Annotated[int, msgspec.Meta(ge=8, le=64)] = 12
    password_classes_min: Annotated[int, msgspec.Meta(ge=1, le=4)] = 3
    password_kept_last: Annotated[int, msgspec.Meta(ge=3, le=24)] = 3
    password_days_min: Annotated[int, msgspec.Meta(ge=0, le=30)] = 1
    password_days_max: Annotated[int, msgspec.Meta(ge=0, le=365)] = 90
    password_temporary_days: Annotated[int, msgspec.Meta(ge=1, le=30)] = 3
    password_reset_hours: Annotated[int, msgspec.Meta(ge=1, le=72)] = 24
    idle_account_days: Annotated[int, msgspec.Meta(ge=0, le=730)] = 180
    second_factor_roles: tuple[str, ...] = ()
    licence_warning_days: Annotated[int, msgspec.Meta(ge=1, le=366)] = 60
    token_days_max: Annotated[int, msgspec.Meta(ge=1, le=730)] = 365
    rate_token_per_minute: Annotated[int, msgspec.Meta(ge=1, le=100_000)] = 600
    rate_sign_in_per_minute: Annotated[int, msgspec.Meta(ge=5, le=1_000)] = 30
    rate_address_per_minute: Annotated[int, msgspec.Meta(ge=5, le=10_000)] = 300
    rate_reset_per_hour: Annotated[int, msgspec.Meta(ge=3, le=1_000)] = 20
    rate_wrong_token_per_minute: Annotated[int, msgspec.Meta(ge=1, le=10_000)] = 60
    rate_export_per_minute: Annotated[int, msgspec.Meta(ge=1, le=10_000)] = 60
    personal_read_days: Annotated[int, msgspec.Meta(ge=184, le=7_300)] = 1_826
    exception_review_days: Annotated[int, msgspec.Meta(ge=1, le=366)] = 90
    delegation_days_max: Annotated[int, msgspec.Meta(ge=1, le=366)] = 90
    office_from_hour: Annotated[int, msgspec.Meta(ge=0, le=23)] = 7
    office_to_hour: Annotated[int, msgspec.Meta(ge=1, le=24)] = 20
    abnormal_failures: Annotated[int, msgspec.Meta(ge=3, le=10_000)] = 10
    abnormal_personal_reads: Annotated[int, msgspec.Meta(ge=10, le=1_000_000)] = 500


class CountyFacts(Value, frozen=True, kw_only=True):
    """What the county's database says of itself; ``modules`` None: the register's set holds."""

    settings: dict[str, dict[str, Any]]
    modules: frozenset[str] | None


# What the demo keeps of itself in a county: module → the accounts made for it.
DEMO = "demo"


class SettingInvalid(DomainError):
    """No such setting, or a value that it cannot take."""

    code = "E-SETTING"
    message = N_("設定 {module}.{key} 不能為「{value}」。")
    status_code = 422


def business_date(settings: Mapping[str, Mapping[str, Any]], *, now: dt.datetime) -> dt.date:
    """Return the date that decides periods and numbering: fixed by the county, or today."""
    fixed = msgspec.convert(dict(settings.get(MODULE, {})), CountySettings).business_date
    return fixed or now.astimezone(TAIPEI).date()


def read_settings(connection: sa.Connection) -> dict[str, dict[str, Any]]:
    """Return every setting of the county, by module and key."""
    settings: dict[str, dict[str, Any]] = connection.execute(READ).scalar_one()
    return settings


def read_facts(connection: sa.Connection) -> CountyFacts:
    """Return settings and enabled modules of the county as they are now."""
    row = connection.execute(READ_FACTS).one()
    modules = None if row.modules is None else frozenset(row.modules)
    return CountyFacts(settings=row.settings, modules=modules)


def demo_accounts(settings: Mapping[str, Mapping[str, Any]]) -> tuple[DemoAccount, ...]:
    """Return the sign-ins of a county that ``zhuji demo`` made; none in any other."""
    made: dict[str, DemoAccount] = {}
    for accounts in settings.get(DEMO, {}).values():
        for account in msgspec.convert(accounts, tuple[DemoAccount, ...]):
            made.setdefault(account.account, account)
    return tuple(made.values())


def set_setting(
    uow: UnitOfWork, *, module: str, struct: type[msgspec.Struct], key: str, value: object
) -> None:
    """Keep ``value`` for the county from the next request on; ``struct`` says what is allowed.

    Raises Forbidden or SettingInvalid; then nothing is kept.
    """
    uow.require(CHANGE_SETTING)
    refused = SettingInvalid(module=module, key=key, value=value)
    if key not in struct.__struct_fields__:
        raise refused
    try:
        msgspec.convert({**uow.raw_settings.get(module, {}), key: value}, struct)
    except msgspec.ValidationError as error:
        raise refused from error
    keep_setting(uow, module=module, key=key, value=value)


def keep_setting(uow: UnitOfWork, *, module: str, key: str, value: object) -> None:
    """Write a setting whose value was checked, with its audit entry."""
    row = uow.connection.execute(
        SET, {"module": module, "key": key, "value": msgspec.json.encode(value).decode()}
    ).one()
    uow.audit(
        CHANGE_SETTING.name,
        DocumentRef(
            kind="kernel.setting",
            document_id=uuid.uuid5(SETTING_NAMESPACE, f"{module}.{key}"),
            label=f"{module}.{key}",
            agency_code="",
        ),
        before=row.before,
        after=row.after,
    )

"""What a county may set about the kernel, and how any module's setting is changed."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import msgspec
import sqlalchemy as sa

from zhuji_core.contracts.documents import DocumentRef
from zhuji_core.ids import new_id
from zhuji_core.modules import DemoAccount
from zhuji_core.permissions import CHANGE_SETTING, MODULE
from zhuji_core.setting_changes.declared import allowed, fields_of
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_, DomainError, Phrase, Value

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
# Nothing comes back when the setting is no more of the version that was seen (NULL: any).
SET = sa.text("""
    WITH old AS (
        SELECT value FROM kernel.setting WHERE module = :module AND key = :key
    ), kept AS (
        INSERT INTO kernel.setting AS s
               (module, key, value, change_id, set_at, set_by, set_by_account, reason, proposal_id)
        VALUES (:module, :key, CAST(:value AS jsonb), :change_id, :now, :set_by, :set_by_account,
                :reason, :proposal_id)
            ON CONFLICT (module, key) DO UPDATE
           SET value = excluded.value, change_id = excluded.change_id, set_at = excluded.set_at,
               set_by = excluded.set_by, set_by_account = excluded.set_by_account,
               reason = excluded.reason, proposal_id = excluded.proposal_id
         WHERE CAST(:version AS integer) IS NULL OR s.version = :version
        RETURNING value, version
    )
    SELECT (SELECT value FROM old) AS before, kept.value AS after, kept.version FROM kept
""")
PRESENT = sa.text("""
    SELECT version, set_by_account FROM kernel.setting WHERE module = :module AND key = :key
""")


# What a refusal repeats of a value, and what it says beside the field.
GIVEN_MAX = 100
ALLOWED = N_("{allowed}。")

# A setting that changes what is checked: it takes two persons (setting_changes/two_persons.py).
CONTROL = {"control": True}


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

    business_date: Annotated[
        dt.date | None, msgspec.Meta(title=N_("業務日期（固定；空白為今日）"))
    ] = None
    session_hours: Annotated[int, msgspec.Meta(ge=1, le=24, title=N_("登入有效時間（小時）"))] = 12
    session_idle_minutes: Annotated[
        int, msgspec.Meta(ge=10, le=720, title=N_("閒置登出時間（分鐘）"))
    ] = 30
    proposal_days: Annotated[int, msgspec.Meta(ge=1, le=366, title=N_("提案等候決定的天數"))] = 30
    idempotency_days: Annotated[int, msgspec.Meta(ge=1, le=3650, title=N_("重送回覆保留天數"))] = 30
    draft_days: Annotated[int, msgspec.Meta(ge=1, le=3650, title=N_("草稿保留天數"))] = 90
    job_days: Annotated[int, msgspec.Meta(ge=1, le=3650, title=N_("作業結果保留天數"))] = 14
    password_length_min: Annotated[
        int, msgspec.Meta(ge=8, le=64, title=N_("密碼最少字元數"), extra=CONTROL)
    ] = 12
    password_classes_min: Annotated[
        int, msgspec.Meta(ge=1, le=4, title=N_("密碼須含字元種類數"), extra=CONTROL)
    ] = 3
    password_kept_last: Annotated[
        int, msgspec.Meta(ge=3, le=24, title=N_("不得重複使用的前幾次密碼"), extra=CONTROL)
    ] = 3
    password_days_min: Annotated[int, msgspec.Meta(ge=0, le=30, title=N_("密碼最短使用天數"))] = 1
    password_days_max: Annotated[
        int, msgspec.Meta(ge=0, le=365, title=N_("密碼最長使用天數（0 為不限）"), extra=CONTROL)
    ] = 90
    password_temporary_days: Annotated[
        int, msgspec.Meta(ge=1, le=30, title=N_("臨時密碼有效天數"))
    ] = 3
    password_reset_hours: Annotated[
        int, msgspec.Meta(ge=1, le=72, title=N_("密碼重設碼有效時間（小時）"))
    ] = 24
    idle_account_days: Annotated[
        int, msgspec.Meta(ge=0, le=730, title=N_("閒置帳號停用天數（0 為不停用）"), extra=CONTROL)
    ] = 180
    second_factor_roles: Annotated[
        tuple[str, ...], msgspec.Meta(title=N_("須使用安全金鑰登入的角色"), extra=CONTROL)
    ] = ()
    licence_warning_days: Annotated[
        int, msgspec.Meta(ge=1, le=366, title=N_("授權到期前警示天數"))
    ] = 60
    token_days_max: Annotated[int, msgspec.Meta(ge=1, le=730, title=N_("機器權杖最長有效天數"))] = (
        365
    )
    rate_token_per_minute: Annotated[
        int, msgspec.Meta(ge=1, le=100_000, title=N_("每個權杖每分鐘請求上限"))
    ] = 600
    rate_sign_in_per_minute: Annotated[
        int, msgspec.Meta(ge=5, le=1_000, title=N_("每個帳號每分鐘登入上限"))
    ] = 30
    rate_address_per_minute: Annotated[
        int, msgspec.Meta(ge=5, le=10_000, title=N_("每個位址每分鐘登入上限"))
    ] = 300
    rate_reset_per_hour: Annotated[
        int, msgspec.Meta(ge=3, le=1_000, title=N_("每小時密碼重設碼嘗試上限"))
    ] = 20
    rate_wrong_token_per_minute: Annotated[
        int, msgspec.Meta(ge=1, le=10_000, title=N_("每個位址每分鐘錯誤權杖上限"))
    ] = 60
    rate_export_per_minute: Annotated[
        int, msgspec.Meta(ge=1, le=10_000, title=N_("每人每分鐘匯出與廣泛查詢上限"))
    ] = 60
    personal_read_days: Annotated[
        int, msgspec.Meta(ge=184, le=7_300, title=N_("個資查閱紀錄保留天數"))
    ] = 1_826
    exception_review_days: Annotated[
        int, msgspec.Meta(ge=1, le=366, title=N_("職務兼任例外複核期限（天）"))
    ] = 90
    delegation_days_max: Annotated[
        int, msgspec.Meta(ge=1, le=366, title=N_("職務代理最長天數"))
    ] = 90
    office_from_hour: Annotated[int, msgspec.Meta(ge=0, le=23, title=N_("辦公時間起（時）"))] = 7
    office_to_hour: Annotated[int, msgspec.Meta(ge=1, le=24, title=N_("辦公時間迄（時）"))] = 20
    abnormal_failures: Annotated[
        int, msgspec.Meta(ge=3, le=10_000, title=N_("異常使用：登入失敗次數"))
    ] = 10
    abnormal_personal_reads: Annotated[
        int, msgspec.Meta(ge=10, le=1_000_000, title=N_("異常使用：查閱個資筆數"))
    ] = 500


class CountyFacts(Value, frozen=True, kw_only=True):
    """What the county's database says of itself; ``modules`` None: the register's set holds."""

    settings: dict[str, dict[str, Any]]
    modules: frozenset[str] | None


# What the demo keeps of itself in a county: module → the accounts made for it.
DEMO = "demo"
# Agency's name and deeds of each account stand apart: earlier releases read accounts strictly.
DEMO_WORDS = "demo-words"


class SettingInvalid(DomainError):
    """No such setting, or a value that it cannot take."""

    code = "E-SETTING"
    message = N_("設定 {module}.{key} 不能為「{value}」：{allowed}。")
    status_code = 422


class SettingChanged(DomainError):
    """Somebody else changed the setting after this person had read it."""

    code = "E-SETTING-CHANGED"
    message = N_("設定 {name} 已由 {set_by} 變更（目前為第 {version} 版），請重新檢視後再變更。")


class KeptSetting(Value, frozen=True, kw_only=True):
    """What was kept, and as which version."""

    module: str
    key: str
    before: Any
    after: Any
    version: int


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
    """Return the sign-ins of a county that ``zhuji demo`` made; none in any other.

    An account that two modules asked for is one, with what either says of it.
    """
    made: dict[str, DemoAccount] = {}
    words = settings.get(DEMO_WORDS, {})
    for module, accounts in settings.get(DEMO, {}).items():
        for bare in msgspec.convert(accounts, tuple[DemoAccount, ...]):
            account = msgspec.convert(
                {**msgspec.to_builtins(bare), **words.get(module, {}).get(bare.account, {})},
                DemoAccount,
            )
            known = made.get(account.account)
            made[account.account] = account if known is None else _both(known, account)
    return tuple(made.values())


def keep_demo_accounts(uow: UnitOfWork, *, module: str, accounts: Sequence[DemoAccount]) -> None:
    """Keep the sign-ins that a module's demo has made, in the form that earlier releases read."""
    bare = [msgspec.to_builtins(one) for one in accounts]
    words = {
        one["account"]: {name: one.pop(name) for name in ("does", "agency_name")} for one in bare
    }
    keep_setting(uow, module=DEMO, key=module, value=bare)
    keep_setting(uow, module=DEMO_WORDS, key=module, value=words)


def _both(first: DemoAccount, second: DemoAccount) -> DemoAccount:
    return msgspec.structs.replace(
        first,
        roles=tuple(dict.fromkeys((*first.roles, *second.roles))),
        does=tuple(dict.fromkeys((*first.does, *second.does))),
    )


def set_setting(
    uow: UnitOfWork, *, module: str, struct: type[msgspec.Struct], key: str, value: object
) -> None:
    """Keep ``value`` for the county from the next request on; ``struct`` says what is allowed.

    Raises Forbidden or SettingInvalid; then nothing is kept. For the making of a county: what
    people and operators change goes through ``setting_changes.change_setting``.
    """
    uow.require(CHANGE_SETTING)
    check_setting(uow, module=module, struct=struct, key=key, value=value)
    keep_setting(uow, module=module, key=key, value=value)


def check_setting(
    uow: UnitOfWork, *, module: str, struct: type[msgspec.Struct], key: str, value: object
) -> None:
    """Raise SettingInvalid unless ``struct`` has ``key`` and takes ``value``."""
    declared = next((one for one in fields_of(module, struct) if one.key == key), None)
    may_be = Phrase(text=N_("沒有這項設定")) if declared is None else allowed(declared)
    refused = SettingInvalid(
        module=module, key=key, value=_given(value), allowed=may_be, fields={"value": ALLOWED}
    )
    if declared is None:
        raise refused
    try:
        msgspec.convert({**uow.raw_settings.get(module, {}), key: value}, struct)
    except msgspec.ValidationError as error:
        raise refused from error


def _given(value: object) -> str:
    """Return what was given as it was written, cut where it is longer than any setting."""
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return text if len(text) <= GIVEN_MAX else f"{text[:GIVEN_MAX]}…"


def keep_setting(  # noqa: PLR0913 (a version, all of it by keyword)
    uow: UnitOfWork,
    *,
    module: str,
    key: str,
    value: object,
    reason: str = "",
    version: int | None = None,
    proposal_id: uuid.UUID | None = None,
) -> KeptSetting:
    """Write a setting whose value was checked, as a new version, with its audit entry.

    Raises SettingChanged when ``version`` is not the present one any more.
    """
    row = uow.connection.execute(
        SET,
        {
            "module": module,
            "key": key,
            "value": msgspec.json.encode(value).decode(),
            "change_id": new_id(),
            "now": uow.now,
            "set_by": uow.actor.user_id,
            "set_by_account": uow.actor.account,
            "reason": reason,
            "proposal_id": proposal_id,
            "version": version,
        },
    ).one_or_none()
    if row is None:
        present = uow.connection.execute(PRESENT, {"module": module, "key": key}).one()
        raise SettingChanged(
            name=f"{module}.{key}", version=present.version, set_by=present.set_by_account
        )
    uow.audit(
        CHANGE_SETTING.name,
        setting_document(module=module, key=key),
        before=row.before,
        after=row.after,
    )
    return KeptSetting(
        module=module, key=key, before=row.before, after=row.after, version=row.version
    )


def setting_document(*, module: str, key: str) -> DocumentRef:
    """Name a setting for the audit and for proposals."""
    return DocumentRef(
        kind="kernel.setting",
        document_id=uuid.uuid5(SETTING_NAMESPACE, f"{module}.{key}"),
        label=f"{module}.{key}",
        agency_code="",
    )

"""Accounts, grants, agencies and declared rights: what is kept, and what is refused."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from tests.core.probe import READ
from tests.core.site import PASSWORDS, Site
from zhuji_core.identity.accounts import (
    AccountMalformed,
    AccountTaken,
    AgencyUnknown,
    create_user,
    find_user,
)
from zhuji_core.identity.actor import Forbidden, system_actor
from zhuji_core.identity.agencies import Agency, ensure_agencies, find_agencies, find_agency
from zhuji_core.identity.grants import RoleConflict, RoleUnknown, grant_role
from zhuji_core.identity.permissions import sync_permissions
from zhuji_core.modules import Permission
from zhuji_core.settings import CountySettings, SettingInvalid, business_date, set_setting

HASH = PASSWORDS.hash("x")
NEW_YEAR = dt.date(2016, 1, 1)


def counts(site: Site) -> Any:
    return site.under_test["TXG"].rows(
        "SELECT (SELECT count(*) FROM kernel.user_account) AS users,"
        " (SELECT count(*) FROM kernel.role_grant) AS grants,"
        " (SELECT count(*) FROM kernel.setting) AS settings,"
        " (SELECT count(*) FROM kernel.audit_entry) AS audits"
    )


@pytest.mark.parametrize(
    ("account", "agency_code", "refusal"),
    [
        ("Clerk", "A1", AccountMalformed),
        ("c", "A1", AccountMalformed),
        ("cl erk", "A1", AccountMalformed),
        ("taken", "A1", AccountTaken),
        ("clerk", "ZZ", AgencyUnknown),
    ],
)
def test_an_account_that_cannot_be_made_leaves_nothing(
    site: Site, account: str, agency_code: str, refusal: type[Exception]
) -> None:
    site.given_user("taken")
    before = counts(site)
    with pytest.raises(refusal), site.begin() as uow:
        create_user(uow, account=account, name="名", agency_code=agency_code, password_hash=HASH)
    assert counts(site) == before


@pytest.mark.parametrize(
    ("held", "wanted"), [(("ADM",), "REV"), (("REQ",), "ADM"), (("BAS", "REV"), "ADM")]
)
def test_who_administers_accounts_holds_no_role_over_money(
    site: Site, held: tuple[str, ...], wanted: str
) -> None:
    site.given_user("clerk", *held)
    before = counts(site)
    with pytest.raises(RoleConflict):
        site.given_user("clerk", wanted)
    assert counts(site) == before


def test_roles_one_after_another_are_no_conflict(site: Site) -> None:
    site.given_user("clerk", "REQ", valid_to=dt.date(2016, 6, 30))
    site.given_user("clerk", "ADM", valid_from=dt.date(2016, 7, 1))
    held = site.under_test["TXG"].rows(
        "SELECT g.role_code, g.valid_from, g.valid_to FROM kernel.role_grant AS g"
        " JOIN kernel.user_account AS u USING (user_id) WHERE u.account = 'clerk' ORDER BY 1"
    )
    assert [row.role_code for row in held] == ["ADM", "REQ"]
    assert held[0].valid_from > held[1].valid_to


def test_an_unknown_role_or_agency_is_refused(site: Site) -> None:
    site.given_user("clerk")
    with pytest.raises(RoleUnknown):
        site.given_user("clerk", "KING")
    with pytest.raises(AgencyUnknown):
        site.given_user("clerk", "REQ", in_agency="ZZ")


def test_the_same_grant_again_corrects_its_last_day(site: Site) -> None:
    site.given_user("clerk", "REQ")
    site.given_user("clerk", "REQ", valid_to=dt.date(2016, 4, 30))
    rows = site.under_test["TXG"].rows("SELECT valid_to FROM kernel.role_grant")
    assert [row.valid_to for row in rows] == [dt.date(2016, 4, 30)]


def test_accounts_and_grants_need_their_rights(site: Site) -> None:
    access = site.counties["TXG"]
    nobody = system_actor({})
    with pytest.raises(Forbidden), access.begin(actor=nobody) as uow:
        create_user(uow, account="clerk", name="名", agency_code="A1", password_hash=HASH)
    site.given_user("clerk")
    with site.begin() as uow:
        user = find_user(uow, account="clerk")
        uow.abandon("only a look")
    assert user is not None
    with pytest.raises(Forbidden), access.begin(actor=nobody) as uow:
        grant_role(
            uow, user_id=user.user_id, role_code="REQ", agency_code="A1", valid_from=NEW_YEAR
        )


def test_agencies_are_made_and_corrected_once(site: Site) -> None:
    agencies = [
        Agency(agency_code="A1", name="民政局"),
        Agency(agency_code="C1", name="地政局", valid_from=NEW_YEAR),
    ]
    with site.begin() as uow:
        assert ensure_agencies(uow, agencies) == 1
    with site.begin() as uow:
        assert ensure_agencies(uow, agencies) == 0
        assert ensure_agencies(uow, [Agency(agency_code="A1", name="民政處")]) == 1
    with site.begin() as uow:
        assert find_agency(uow, agency_code="A1") == Agency(agency_code="A1", name="民政處")
        assert [one.agency_code for one in find_agencies(uow, text="地")] == ["C1"]
        assert [one.agency_code for one in find_agencies(uow, text="%")] == []
        assert find_agency(uow, agency_code="ZZ") is None
        uow.abandon("only a look")


def test_declared_rights_are_written_once_and_then_the_countys(site: Site) -> None:
    county = site.under_test["TXG"]
    county.execute("DELETE FROM kernel.role_permission WHERE permission = 'probe.thing.read'")
    renamed = Permission(name=READ.name, title="改名", scope="agency", roles=("HEAD",))
    fresh = Permission(name="probe.thing.audit", title="查核", scope="agency", roles=("AUD",))
    declared = [one for one in site.permissions if one.name != READ.name]
    with site.begin() as uow:
        synced = sync_permissions(uow, [*declared, renamed, fresh])
    assert synced.fresh == ("probe.thing.audit",)
    assert synced.changed == ("probe.thing.read",)
    held = county.rows(
        "SELECT role_code FROM kernel.role_permission WHERE permission LIKE 'probe.thing.%'"
        " AND permission <> 'probe.thing.write'"
    )
    assert [row.role_code for row in held] == ["AUD"]
    before = counts(site)
    with site.begin() as uow:
        assert sync_permissions(uow, [*declared, renamed, fresh]).fresh == ()
    assert counts(site) == before


@pytest.mark.parametrize(("key", "value"), [("nothing", 1), ("business_date", "2016-02-30")])
def test_a_setting_that_cannot_be_is_refused(site: Site, key: str, value: object) -> None:
    before = counts(site)
    with pytest.raises(SettingInvalid), site.begin() as uow:
        set_setting(uow, module="kernel", struct=CountySettings, key=key, value=value)
    assert counts(site) == before


def test_a_setting_is_audited_with_what_it_was(site: Site) -> None:
    with site.begin() as uow:
        set_setting(uow, module="kernel", struct=CountySettings, key="session_hours", value=8)
    with site.begin() as uow:
        set_setting(uow, module="kernel", struct=CountySettings, key="session_hours", value=9)
    (row,) = site.under_test["TXG"].rows(
        "SELECT before, after FROM kernel.audit_entry"
        " WHERE document_label = 'kernel.session_hours' ORDER BY audit_id DESC LIMIT 1"
    )
    assert (row.before, row.after) == (8, 9)


def test_without_a_fixed_date_it_is_today_in_taipei() -> None:
    late = dt.datetime(2026, 12, 31, 16, 30, tzinfo=dt.UTC)
    assert business_date({}, now=late) == dt.date(2027, 1, 1)
    fixed = {"kernel": {"business_date": "2016-03-15"}}
    assert business_date(fixed, now=late) == dt.date(2016, 3, 15)

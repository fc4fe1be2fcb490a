"""Operators of the host: who they are, what they see of counties, what they do to them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.core.platform.conftest import MACHINE, PASSWORD, HostSite
from tests.core.site import PASSWORDS, Browser
from zhuji_core.identity.accounts import AccountMalformed, AccountTaken
from zhuji_core.identity.password_rules import PasswordCommon, PasswordReused, PasswordShort
from zhuji_core.platform import accounts
from zhuji_core.platform.uow import PlatformUnitOfWork
from zhuji_core.values import DomainError

ANOTHER = "Another-horse-stapled-7"
STATE = "SELECT state, epoch, reason, name FROM platform.county WHERE code = 'TXG'"
AUDITS = "SELECT action FROM platform.audit_entry ORDER BY audit_id"


def test_wrong_passwords_lock_known_and_unknown_accounts_alike(at_host: HostSite) -> None:
    at_host.given_operator("op1")
    for account in ("op1", "nobody"):
        with at_host.site.browser() as browser:
            for _ in range(6):
                wrong = browser.sign_in(account, county="host", password="wrong")  # noqa: S106
                assert wrong.status_code == 401
            right = browser.sign_in(account, county="host", password=PASSWORD)
            assert right.status_code == 401
            assert "暫停登入" in right.text
            at_host.site.clock.now += dt.timedelta(minutes=16)
            again = browser.sign_in(account, county="host", password=PASSWORD)
            assert again.status_code == (303 if account == "op1" else 401)
    (unknown,) = at_host.rows(
        "SELECT count(*) FROM platform.audit_entry WHERE after::text LIKE '%nobody%'"
    )
    assert unknown == (0,), "what was typed as an account is not written when it is none"


def test_a_session_ends_when_idle_expired_disabled_or_given_other_roles(at_host: HostSite) -> None:
    with at_host.operator("op1") as browser:
        at_host.given_operator("op2")
        assert browser.get("/host/").status_code == 200
        at_host.site.clock.now += dt.timedelta(minutes=31)
        assert browser.get("/host/").status_code == 303
        changes: tuple[Callable[[PlatformUnitOfWork], None], ...] = (
            lambda uow: accounts.grant_operator(uow, account="op1", roles=["OPR", "PERF"]),
            lambda uow: accounts.set_operator_password(
                uow, account="op1", password=ANOTHER, passwords=PASSWORDS
            ),
            lambda uow: accounts.set_operator_state(uow, account="op1", active=False),
        )
        for change in changes:
            password = PASSWORD if not _changed(at_host) else ANOTHER
            assert browser.sign_in("op1", county="host", password=password).status_code == 303
            assert browser.get("/host/").status_code == 200
            with at_host.platform.begin(MACHINE) as uow:
                change(uow)
            assert browser.get("/host/").status_code == 303
        refused = browser.sign_in("op1", county="host", password=ANOTHER)
        assert refused.status_code == 401


def _changed(at_host: HostSite) -> bool:
    (found,) = at_host.rows("SELECT count(*) FROM platform.operator_password")
    return bool(found[0])


@pytest.mark.parametrize(
    ("account", "name", "roles", "password", "refusal"),
    [
        ("OP", "甲", ["OPR"], PASSWORD, AccountMalformed),
        ("op1", "甲", ["OPR"], PASSWORD, AccountTaken),
        ("op2", "", ["OPR"], PASSWORD, accounts.OperatorNameInvalid),
        ("op2", "甲", [], PASSWORD, accounts.OperatorRoleUnknown),
        ("op2", "甲", ["ADM"], PASSWORD, accounts.OperatorRoleUnknown),
        ("op2", "甲", ["OPR"], "short", PasswordShort),
        ("op2", "甲", ["OPR"], "Password-1234", PasswordCommon),
    ],
)
def test_an_account_that_is_refused_is_not_kept(
    at_host: HostSite,
    account: str,
    name: str,
    roles: list[str],
    password: str,
    refusal: type[DomainError],
) -> None:
    at_host.given_operator("op1")
    before = at_host.rows("SELECT account FROM platform.operator"), at_host.rows(AUDITS)
    with pytest.raises(refusal), at_host.platform.begin(MACHINE) as uow:
        accounts.add_operator(
            uow, account=account, name=name, roles=roles, password=password, passwords=PASSWORDS
        )
    assert (at_host.rows("SELECT account FROM platform.operator"), at_host.rows(AUDITS)) == before


def test_the_last_operator_stays_and_old_passwords_do_not_come_back(at_host: HostSite) -> None:
    at_host.given_operator("op1")
    at_host.given_operator("perf", "PERF")
    with pytest.raises(accounts.LastOperator), at_host.platform.begin(MACHINE) as uow:
        accounts.set_operator_state(uow, account="op1", active=False)
    with pytest.raises(accounts.LastOperator), at_host.platform.begin(MACHINE) as uow:
        accounts.grant_operator(uow, account="op1", roles=["PERF"])
    with pytest.raises(PasswordReused), at_host.platform.begin(MACHINE) as uow:
        accounts.set_operator_password(uow, account="op1", password=PASSWORD, passwords=PASSWORDS)
    with pytest.raises(accounts.OperatorUnknown), at_host.platform.begin(MACHINE) as uow:
        accounts.set_operator_state(uow, account="nobody", active=False)
    states = at_host.rows("SELECT account, state FROM platform.operator ORDER BY 1")
    assert states == [("op1", "active"), ("perf", "active")]


def test_the_pages_show_counties_and_no_row_of_their_business(at_host: HostSite) -> None:
    at_host.site.given_user("marker-user", "REQ")
    with at_host.operator("op1") as browser:
        pages = [browser.get(path) for path in ("/host/", "/host/counties/txg", "/host/audit")]
        pages += [browser.get(path) for path in ("/host/passes", "/host/operators")]
        assert [page.status_code for page in pages] == [200] * 5
        assert "臺中市" in pages[0].text
        assert "kernel_0008" in pages[1].text or "kernel_" in pages[1].text
        for page in pages:
            assert "marker-user" not in page.text
            assert "民政局" not in page.text
        assert browser.get("/host/counties/xxx").status_code == 404


def test_a_county_is_closed_and_opened_from_the_page(at_host: HostSite) -> None:
    at_host.site.given_user("clerk", "REQ")
    with at_host.operator("op1") as browser, at_host.site.browser("clerk") as clerk:
        fields = {"state": "read_only", "reason": "設備搬遷"}
        done = browser.form("/host/counties/txg/state", fields)
        assert done.status_code == 303
        assert "設備搬遷" in browser.get("/host/").text
        assert "設備搬遷" in clerk.get("/txg/").text
        assert at_host.rows(STATE)[0][:3] == ("read_only", 2, "設備搬遷")
        again = browser.form("/host/counties/txg/state", fields)
        assert (again.status_code, "E-COUNTY-STATE" in again.text) == (409, True)
        opened = browser.form("/host/counties/txg/state", {"state": "open", "reason": "完成"})
        assert opened.status_code == 303
        assert clerk.get("/txg/").text.count("設備搬遷") == 0
        page = browser.get("/host/audit?county=txg&action=county.change")
        assert page.text.count("county.change_state") == 2
        assert "op1" in page.text
        entries = at_host.rows(
            "SELECT operator, operator_id IS NOT NULL, reason FROM platform.audit_entry"
            " WHERE action = 'county.change_state' ORDER BY audit_id"
        )
        assert entries == [("op1", True, "設備搬遷"), ("op1", True, "完成")]


@pytest.mark.parametrize(
    ("path", "fields", "code"),
    [
        ("/host/counties/txg/state", {"state": "suspended", "reason": " "}, "E-REASON"),
        ("/host/counties/txg/state", {"state": "gone", "reason": "x"}, "E-COUNTY-STATE-UNKNOWN"),
        ("/host/counties/xxx/state", {"state": "suspended", "reason": "x"}, "E-COUNTY-NOT-FOUND"),
        ("/host/counties/txg/name", {"name": ""}, "E-COUNTY-NAME"),
        ("/host/counties/txg/name", {"name": "長" * 61}, "E-COUNTY-NAME"),
    ],
)
def test_what_is_refused_changes_nothing(
    at_host: HostSite, path: str, fields: dict[str, str], code: str
) -> None:
    with at_host.operator("op1") as browser:
        before = at_host.rows(STATE), at_host.rows(AUDITS)
        refused = browser.form(path, fields)
        assert refused.status_code in {404, 409, 422}
        assert code in refused.text
        assert (at_host.rows(STATE), at_host.rows(AUDITS)) == before


def test_of_two_operators_who_suspend_at_once_one_is_refused(at_host: HostSite) -> None:
    with at_host.operator("op1") as one, at_host.operator("op2") as two:

        def suspend(browser: Browser) -> int:
            fields = {"state": "suspended", "reason": "試"}
            return int(browser.form("/host/counties/txg/state", fields).status_code)

        with ThreadPoolExecutor(2) as both:
            told = sorted(both.map(suspend, (one, two)))
    assert told == [303, 409]
    assert at_host.rows(STATE)[0][:2] == ("suspended", 2)


def test_a_renamed_county_is_called_so_at_once_on_the_host(at_host: HostSite) -> None:
    with at_host.operator("op1") as browser:
        no_text = browser.form("/host/counties/txg/name", {"name": "大\x00臺中市"})
        assert (no_text.status_code, "E-INPUT" in no_text.text) == (422, True)
        assert browser.form("/host/counties/txg/name", {"name": "大臺中市"}).status_code == 303
        assert "大臺中市" in browser.get("/host/").text


def test_the_audit_is_paged_and_filtered(at_host: HostSite) -> None:
    with at_host.operator("op1") as browser:
        for number in range(60):
            with at_host.platform.begin(MACHINE) as uow:
                uow.audit("host.test", county_code="MLI", reason=f"第{number}次")
        first = browser.get("/host/audit?action=host.test")
        assert first.text.count("<code>host.test</code>") == 50
        older = first.text.split('href="/host/audit?')[-1].split('"')[0].replace("&amp;", "&")
        second = browser.get(f"/host/audit?{older}")
        assert second.text.count("<code>host.test</code>") == 10
        assert "第0次" in second.text
        assert "沒有符合" in browser.get("/host/audit?operator=somebody").text


def test_a_form_of_another_site_is_refused(at_host: HostSite) -> None:
    with at_host.operator("op1") as browser:
        fields = {"state": "suspended", "reason": "x"}
        foreign = browser.form("/host/counties/txg/state", fields, origin="https://evil.tw")
        assert (foreign.status_code, "E-ORIGIN" in foreign.text) == (403, True)
    assert at_host.rows(STATE)[0][0] == "open"


def test_a_bearer_token_opens_no_way_around_the_token_of_forms(at_host: HostSite) -> None:
    with at_host.operator("op1") as browser:
        response = browser.client.post(
            "/host/counties/txg/state",
            data={"state": "suspended", "reason": "x"},
            headers={"authorization": "Bearer zhuji_x"},
        )
        assert response.status_code in {303, 401, 403}
        assert response.headers.get("location", "/host/sign-in").startswith("/host/sign-in")
    assert at_host.rows(STATE)[0][0] == "open"

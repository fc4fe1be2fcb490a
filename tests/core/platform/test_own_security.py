"""What operators do about their own password and keys, and what a sign-in asks of them first."""

from __future__ import annotations

import datetime as dt
from typing import Any

import httpx
import pytest

from tests.core.identity.authenticator import Authenticator
from tests.core.identity.ceremony import at_localhost, chooses_languages, named_address, options
from tests.core.platform.conftest import MACHINE, PASSWORD, HostSite
from tests.core.site import Browser
from zhuji_core.identity import ceremonies
from zhuji_core.platform import accounts

NEW = "Another-horse-stapled-7"
THIRD = "Winter.Sparrow-42-north"
SESSION = "zhuji_host_session"
PAGE = "/host/security"
KEYS = f"{PAGE}/keys"
STEP = "/host/sign-in/second-factor"
NEW_PASSWORD = "/host/sign-in/new-password"  # noqa: S105 (an address)
HASHES = "SELECT account, password_hash FROM platform.operator ORDER BY account"
ACTIONS = "SELECT operator, action FROM platform.audit_entry ORDER BY audit_id"


def typed(password: str, *, current: str = PASSWORD, repeated: str = "") -> dict[str, str]:
    return {"current": current, "password": password, "repeated": repeated or password}


@pytest.fixture
def key(at_host: HostSite) -> Authenticator:
    return Authenticator(origin=named_address(at_host.site))


def enter(browser: Browser, account: str = "op1", password: str = PASSWORD) -> httpx.Response:
    return browser.sign_in(account, county="host", password=password)


def is_in(browser: Browser) -> bool:
    return browser.get(f"{PAGE}/").status_code == 200


def given_key(at_host: HostSite, key: Authenticator) -> tuple[str, ...]:
    """Let op1 have a key; return its recovery codes."""
    at_host.given_operator("op1")
    with at_localhost(at_host.site) as browser:
        enter(browser)
        before = browser.cookie(SESSION)
        fields = {"answer": key.create(options(browser, KEYS)), "name": "機房"}
        assert browser.form(KEYS, fields).headers["location"] == f"{KEYS}?done=added"
        assert browser.cookie(SESSION) != before
        assert "機房" in browser.get(KEYS).text
        page = browser.form(f"{PAGE}/recovery-codes").text
    return tuple(part.split("</code>")[0] for part in page.split("<li><code>")[1:])


@pytest.mark.parametrize("role", ["OPR", "PERF", "EXEC"])
def test_whoever_knows_the_password_replaces_it(at_host: HostSite, role: str) -> None:
    with at_host.operator("op1", role) as browser, at_host.site.browser() as elsewhere:
        enter(elsewhere)
        at_host.site.clock.now += dt.timedelta(days=2)
        enter(browser), enter(elsewhere)
        before = browser.cookie(SESSION)
        done = browser.form(f"{PAGE}/password", typed(NEW))
        assert done.headers["location"] == f"{PAGE}?done=password"
        assert browser.cookie(SESSION) != before
        assert "其他裝置上的登入已全部登出" in browser.get(done.headers["location"]).text
        assert not is_in(elsewhere)
        assert (enter(elsewhere).status_code, enter(elsewhere, password=NEW).status_code) == (
            401,
            303,
        )
    assert ("op1", "host.password.change") in at_host.rows(ACTIONS)


@pytest.mark.parametrize(
    ("fields", "days", "code"),
    [
        (typed(NEW, current="wrong"), 2, "目前的密碼不正確"),
        (typed(NEW, repeated=THIRD), 2, "兩次輸入的新密碼不相同"),
        (typed("short"), 2, "至少須 12"),
        (typed(PASSWORD), 2, "不得與目前及前 3 次"),
        (typed(NEW), 0, "變更未滿 1 日"),
    ],
)
def test_a_refused_password_is_not_kept(
    at_host: HostSite, fields: dict[str, str], days: int, code: str
) -> None:
    with at_host.operator("op1") as browser:
        at_host.site.clock.now += dt.timedelta(days=days)
        enter(browser)
        before = at_host.rows(HASHES)
        refused = browser.form(f"{PAGE}/password", fields)
        assert refused.status_code in {409, 422}
        assert code in refused.text
        assert is_in(browser)
        assert at_host.rows(HASHES) == before


def test_guesses_at_an_open_session_lock_the_account(at_host: HostSite) -> None:
    with at_host.operator("op1") as browser:
        at_host.site.clock.now += dt.timedelta(days=2)
        enter(browser)
        for _ in range(5):
            assert browser.form(f"{PAGE}/password", typed(NEW, current="x")).status_code == 422
        locked = browser.form(f"{PAGE}/password", typed(NEW))
        assert "暫停登入" in locked.text
    assert at_host.rows(ACTIONS).count(("op1", "host.password.refuse")) == 5


def test_a_password_that_somebody_else_typed_is_replaced_at_once(at_host: HostSite) -> None:
    at_host.given_operator("op1")
    with at_host.platform.begin(MACHINE) as uow:
        accounts.make_password_temporary(uow, account="op1")
    with at_host.site.browser() as browser:
        first = browser.sign_in("op1", county="host", password=PASSWORD, next_path="/host/audit")
        assert first.headers["location"] == f"{NEW_PASSWORD}?next=/host/audit"
        assert "請變更密碼" in browser.get(first.headers["location"]).text
        assert browser.get(STEP).headers["location"] == f"{NEW_PASSWORD}?next=/host/"
        assert not is_in(browser)
        refused = browser.form(NEW_PASSWORD, typed(PASSWORD))
        assert (refused.status_code, "不得與目前" in refused.text) == (422, True)
        done = browser.form(NEW_PASSWORD, {**typed(NEW), "next": "/host/audit"})
        assert done.headers["location"] == "/host/audit"
        assert is_in(browser)
        assert browser.form(NEW_PASSWORD, typed(THIRD)).headers["location"] == "/host/sign-in"
    actions = [action for _, action in at_host.rows(ACTIONS)]
    assert actions[-3:] == ["host.session.step", "host.password.change", "host.session.open"]


def test_a_temporary_password_that_was_not_replaced_in_time_opens_nothing(
    at_host: HostSite,
) -> None:
    at_host.given_operator("op1")
    with at_host.platform.begin(MACHINE) as uow:
        accounts.make_password_temporary(uow, account="op1")
    at_host.site.clock.now += accounts.TEMPORARY_FOR
    with at_host.site.browser() as browser:
        late = enter(browser)
        assert (late.status_code, "zhuji operator password" in late.text) == (401, True)
        assert not is_in(browser)


def test_an_aged_password_is_replaced_before_anything_else(at_host: HostSite) -> None:
    at_host.given_operator("op1")
    with at_host.site.browser() as browser:
        at_host.site.clock.now += dt.timedelta(days=89)
        assert enter(browser).headers["location"] == "/host/"
        at_host.site.clock.now += dt.timedelta(days=1)
        assert enter(browser).headers["location"] == f"{NEW_PASSWORD}?next=/host/"
        assert browser.form(NEW_PASSWORD, typed(NEW)).headers["location"] == "/host/"
        assert enter(browser, password=NEW).headers["location"] == "/host/"


def test_who_has_a_key_is_in_only_after_it(at_host: HostSite, key: Authenticator) -> None:
    given_key(at_host, key)
    with at_localhost(at_host.site) as browser:
        assert enter(browser).headers["location"] == f"{STEP}?next=/host/"
        assert not is_in(browser)
        assert browser.form(NEW_PASSWORD, typed(NEW)).headers["location"] == "/host/sign-in"
        wrong = key.get(options(browser, STEP), origin="https://elsewhere")
        assert browser.form(STEP, {"answer": wrong}).status_code == 422
        answer = key.get(options(browser, STEP))
        assert browser.form(STEP, {"answer": answer}).headers["location"] == "/host/"
        assert is_in(browser)
    factors = at_host.rows("SELECT factor FROM platform.operator_session ORDER BY created_at")
    assert ("key",) in factors
    told = at_host.rows(
        "SELECT after ->> 'factor' FROM platform.audit_entry"
        " WHERE action IN ('host.session.open', 'host.session.refuse') ORDER BY audit_id"
    )
    assert told == [("password",), ("wrong",), ("key",)]


def test_the_language_is_chosen_between_password_and_session(
    at_host: HostSite, key: Authenticator
) -> None:
    given_key(at_host, key)
    with at_host.platform.begin(MACHINE) as uow:
        accounts.make_password_temporary(uow, account="op1")
    there = "?next=/host/audit"
    with at_localhost(at_host.site) as browser:
        chooses_languages(browser, f"/host/sign-in{there}")
        browser.sign_in("op1", county="host", password=PASSWORD, next_path="/host/audit")
        chooses_languages(browser, f"{STEP}{there}")
        refused = browser.form(STEP, {"code": "AAAA", "next": "/host/audit"})
        chooses_languages(browser, f"{STEP}{there}", shown=refused.text)
        assert browser.form(STEP, {"answer": key.get(options(browser, STEP))}).status_code == 303
        chooses_languages(browser, f"{NEW_PASSWORD}{there}")
        done = browser.form(NEW_PASSWORD, {**typed(NEW), "next": "/host/audit"})
        assert done.headers["location"] == "/host/audit"
        assert browser.get("/host/audit").status_code == 200


def test_a_recovery_code_stands_for_the_key_once(at_host: HostSite, key: Authenticator) -> None:
    code, *others = given_key(at_host, key)
    assert len(others) == 9
    with at_localhost(at_host.site) as browser:
        enter(browser)
        assert browser.form(STEP, {"code": code.lower()}).status_code == 303
        assert is_in(browser)
    with at_localhost(at_host.site) as browser:
        enter(browser)
        for _ in range(5):
            assert browser.form(STEP, {"code": code}).status_code == 422 or not is_in(browser)
        ended = browser.form(STEP, {"code": others[0]})
        assert ended.headers["location"] == "/host/sign-in", "five wrong proofs end the step"
        assert not is_in(browser)


def test_a_lost_key_is_cleared_on_the_host_and_everybody_else_keeps_theirs(
    at_host: HostSite, key: Authenticator
) -> None:
    given_key(at_host, key)
    ((key_id,),) = at_host.rows("SELECT key_id FROM platform.operator_key")
    with at_host.operator("op2") as other:
        assert other.form(f"{KEYS}/{key_id}/removal").status_code == 404
        assert other.form(f"{KEYS}/{key_id}/name", {"name": "x"}).status_code == 404
        assert '<td class="amount">1</td>' in other.get("/host/operators").text
    with at_host.platform.begin(MACHINE) as uow:
        assert accounts.clear_operator_keys(uow, account="op1") == 1
    with at_localhost(at_host.site) as browser:
        assert enter(browser).headers["location"] == "/host/"
    assert ("root", "host.factor.clear") in at_host.rows(ACTIONS)


def test_a_key_is_renamed_and_removed_by_its_owner(at_host: HostSite, key: Authenticator) -> None:
    given_key(at_host, key)
    ((key_id,),) = at_host.rows("SELECT key_id FROM platform.operator_key")
    with at_localhost(at_host.site) as browser:
        enter(browser)
        browser.form(STEP, {"answer": key.get(options(browser, STEP))})
        named = browser.form(f"{KEYS}/{key_id}/name", {"name": "備用"})
        assert named.headers["location"] == f"{KEYS}?done=renamed"
        assert "備用" in browser.get(KEYS).text
        assert browser.form(f"{KEYS}/{key_id}/name", {"name": " "}).status_code == 422
        assert browser.form(f"{KEYS}/{key_id}/removal").status_code == 303
        assert browser.form(f"{KEYS}/{key_id}/removal").status_code == 404
    assert at_host.rows("SELECT count(*) FROM platform.operator_key") == [(0,)]
    assert ("op1", "host.factor.remove") in at_host.rows(ACTIONS)


def test_a_key_of_a_copied_counter_or_of_a_countys_user_opens_nothing(
    at_host: HostSite, key: Authenticator
) -> None:
    given_key(at_host, key)
    stranger = Authenticator(origin=key.origin)
    with at_localhost(at_host.site) as browser:
        enter(browser)
        asked = options(browser, STEP)
        assert browser.form(STEP, {"answer": stranger.get(asked)}).status_code == 422
        assert browser.form(STEP, {"answer": key.get(asked)}).status_code == 422, "used up"
        assert browser.form(STEP, {"answer": key.get(options(browser, STEP))}).status_code == 303
    key.sign_count = 0
    with at_localhost(at_host.site) as browser:
        enter(browser)
        assert browser.form(STEP, {"answer": key.get(options(browser, STEP))}).status_code == 422
        assert not is_in(browser)


def test_of_two_answers_of_a_key_at_one_moment_the_later_is_refused_and_not_counted(
    at_host: HostSite, key: Authenticator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in a county: both answers were right, so the later has proved nothing wrong."""
    given_key(at_host, key)
    with at_localhost(at_host.site) as first, at_localhost(at_host.site) as second:
        enter(first)
        enter(second)
        quick, late = (key.get(options(one, STEP)) for one in (first, second))
        verify = ceremonies.verify_sign_in

        def overtaken(*given: Any, **named: Any) -> tuple[ceremonies.Credential, int]:
            """Let the other browser be answered between the check of this key and its use."""
            found = verify(*given, **named)
            monkeypatch.setattr(ceremonies, "verify_sign_in", verify)
            assert first.form(STEP, {"answer": quick}).headers["location"] == "/host/"
            return found

        monkeypatch.setattr(ceremonies, "verify_sign_in", overtaken)
        refused = second.form(STEP, {"answer": late})
        assert (refused.status_code, "安全金鑰驗證未成功" in refused.text) == (422, True)
        assert not is_in(second)
        assert at_host.rows("SELECT failures FROM platform.operator_step") == [(0,)]
        assert ("op1", "host.session.refuse") not in at_host.rows(ACTIONS)
        again = second.form(STEP, {"answer": key.get(options(second, STEP))})
        assert again.headers["location"] == "/host/"

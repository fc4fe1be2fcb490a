"""Who gets in, who does not, and what of it is kept."""

from __future__ import annotations

import datetime as dt
import hashlib

import pytest

from tests.core.site import PASSWORD, PASSWORDS, Browser, Site
from zhuji_core.identity.lockout import FAILURES_MAX, LOCKED_FOR, AccountLocked
from zhuji_core.identity.passwords import TESTING, Passwords
from zhuji_core.identity.sign_in import SignInRefused, sign_in

SESSION = "zhuji_session_txg"


def token_of(browser: Browser) -> str:
    return browser.cookie(SESSION)


def test_a_session_is_a_cookie_of_its_county_that_no_script_reads(site: Site) -> None:
    site.given_user("clerk", "REQ")
    with site.browser() as browser:
        response = browser.sign_in("clerk")
    cookie = next(c for c in response.headers.get_list("set-cookie") if c.startswith(SESSION))
    assert "Path=/txg" in cookie
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Secure" not in cookie  # over http it would never come back
    assert response.headers["location"] == "/txg/"


def test_the_database_knows_only_the_digest_of_a_token(site: Site, clerk: Browser) -> None:
    (row,) = site.under_test["TXG"].rows("SELECT token_digest FROM kernel.web_session")
    assert row.token_digest == hashlib.sha256(token_of(clerk).encode()).digest()


def test_each_sign_in_is_a_new_session(site: Site, clerk: Browser) -> None:
    first = token_of(clerk)
    clerk.sign_in("clerk")
    assert token_of(clerk) != first


def test_an_account_is_found_whatever_its_case_and_blanks(site: Site) -> None:
    site.given_user("clerk", "REQ")
    with site.browser() as browser:
        assert browser.sign_in(" Clerk ").status_code == 303


def test_a_wrong_password_and_an_unknown_account_get_the_same_answer(site: Site) -> None:
    site.given_user("clerk", "REQ")
    with site.browser() as browser:
        wrong = browser.sign_in("clerk", password="wrong")  # noqa: S106
        unknown = browser.sign_in("nobody", password="wrong")  # noqa: S106
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.text.replace("clerk", "nobody") == unknown.text
    assert "帳號或密碼不正確" in wrong.text


def test_an_unknown_account_costs_a_verification_too(site: Site) -> None:
    verified: list[str | None] = []

    class Counting(Passwords):
        def verify(self, password_hash: str | None, password: str) -> bool:
            verified.append(password_hash)
            return super().verify(password_hash, password)

    with pytest.raises(SignInRefused):
        sign_in(
            site.counties["TXG"],
            account="nobody",
            password="x",  # noqa: S106
            passwords=Counting(TESTING),
            language="en",
        )
    assert verified == [None]


@pytest.mark.parametrize("account", ["clerk", "nobody"])
def test_five_failures_lock_an_account_for_a_quarter_of_an_hour(site: Site, account: str) -> None:
    """An unknown account locks like a real one, so that nobody can tell the two apart."""
    site.given_user("clerk", "REQ")
    site.clock.now = dt.datetime(2026, 3, 15, 1, 0, tzinfo=dt.UTC)
    access = site.counties["TXG"]

    def attempt(password: str) -> str:
        entered = sign_in(
            access, account=account, password=password, passwords=PASSWORDS, language="en"
        )
        return entered.token

    for _ in range(FAILURES_MAX):
        with pytest.raises(SignInRefused):
            attempt("wrong")
    with pytest.raises(AccountLocked) as locked:
        attempt(PASSWORD)
    assert locked.value.detail == {"minutes": 16}
    site.clock.now += LOCKED_FOR - dt.timedelta(seconds=1)
    with pytest.raises(AccountLocked):
        attempt(PASSWORD)
    site.clock.now += dt.timedelta(seconds=2)
    with pytest.raises(SignInRefused):
        attempt("wrong")
    if account == "clerk":
        assert attempt(PASSWORD)


def test_a_success_forgets_the_failures_before_it(site: Site) -> None:
    site.given_user("clerk", "REQ")
    with site.browser() as browser:
        for _ in range(2):
            for _ in range(FAILURES_MAX - 1):
                browser.sign_in("clerk", password="wrong")  # noqa: S106
            assert browser.sign_in("clerk").status_code == 303


def test_what_somebody_typed_for_an_account_is_not_written_down(site: Site) -> None:
    with site.browser() as browser:
        browser.sign_in("my-secret-password", password="x")  # noqa: S106
    rows = site.under_test["TXG"].rows(
        "SELECT document_label FROM kernel.audit_entry WHERE action = 'kernel.session.refuse'"
    )
    assert [row.document_label for row in rows] == ["（查無此帳號）"]


def test_a_password_that_is_too_long_is_no_password(site: Site) -> None:
    site.given_user("clerk", "REQ")
    with site.browser() as browser:
        assert browser.sign_in("clerk", password=PASSWORD + "x" * 300).status_code == 401


def test_coming_and_going_stand_in_the_audit_trail(site: Site, clerk: Browser) -> None:
    clerk.form("/txg/sign-out")
    clerk.sign_in("clerk", password="wrong")  # noqa: S106
    rows = site.under_test["TXG"].rows(
        "SELECT action, actor_account, document_label FROM kernel.audit_entry"
        " WHERE action LIKE 'kernel.session.%' ORDER BY audit_id"
    )
    assert [tuple(row) for row in rows] == [
        ("kernel.session.open", "clerk", "clerk"),
        ("kernel.session.close", "clerk", "clerk"),
        ("kernel.session.refuse", "system", "clerk"),
    ]


def test_signing_out_ends_this_session_and_no_other(site: Site, clerk: Browser) -> None:
    with site.browser("clerk") as other:
        kept = token_of(clerk)
        assert clerk.form("/txg/sign-out").headers["location"] == "/txg/sign-in"
        assert clerk.get("/txg/").status_code == 303
        clerk.set_cookie(SESSION, kept, path="/txg")
        assert clerk.get("/txg/").status_code == 303
        assert other.get("/txg/").status_code == 200


def test_a_session_ends_after_twelve_hours_however_busy(site: Site, clerk: Browser) -> None:
    for _ in range(29):
        site.clock.now += dt.timedelta(minutes=24, seconds=48)
        assert clerk.get("/txg/").status_code == 200
    site.clock.now += dt.timedelta(minutes=3)
    assert clerk.get("/txg/").status_code == 303


def test_a_disabled_account_is_out_at_once(site: Site, clerk: Browser) -> None:
    site.under_test["TXG"].execute("UPDATE kernel.user_account SET state = 'disabled'")
    assert clerk.get("/txg/").status_code == 303
    assert clerk.sign_in("clerk").status_code == 401


def test_a_session_of_one_county_is_none_in_another(site: Site, clerk: Browser) -> None:
    clerk.set_cookie("zhuji_session_mli", token_of(clerk), path="/mli")
    assert clerk.get("/txg/").status_code == 200
    assert clerk.get("/mli/").headers["location"].startswith("/mli/sign-in")


def test_roles_hold_on_their_days_only(site: Site) -> None:
    day = dt.date(2016, 3, 15)
    one = dt.timedelta(days=1)
    site.given_user("today", "REQ", valid_from=day, valid_to=day)
    site.given_user("past", "REQ", valid_to=day - one)
    site.given_user("future", "REQ", valid_from=day + one)
    for account, status in (("today", 200), ("past", 403), ("future", 403)):
        with site.browser(account) as browser:
            assert browser.get("/txg/probe/things").status_code == status, account


def test_a_right_over_the_county_comes_with_a_grant_over_the_county_only(site: Site) -> None:
    site.given_user("county", "BAS", "REQ", in_agency=None)
    site.given_user("agency", "BAS", "REQ", in_agency="A1")
    for account, status in (("county", 201), ("agency", 403)):
        with site.browser(account) as browser:
            response = browser.json("/txg/api/v1/probe/things/enact", b"")
            assert response.status_code in {status, 200}, response.text

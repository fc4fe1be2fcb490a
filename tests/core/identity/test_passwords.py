"""A person's password: changed, refused, replaced at sign-in, reset; and idle accounts."""

from __future__ import annotations

import datetime as dt
import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.core.site import NO_TRUST, PASSWORD, PASSWORDS, Browser, Site
from zhuji_core.identity.accounts import create_user, find_user
from zhuji_core.identity.idle_accounts import disable_idle_accounts
from zhuji_core.identity.lockout import FAILURES_MAX, AccountLocked
from zhuji_core.identity.passwords import NO_PASSWORD, TESTING, Passwords
from zhuji_core.identity.reset_password import make_reset_code
from zhuji_core.identity.sign_in import SignInRefused, sign_in
from zhuji_core.identity.temporary_password import set_temporary_password
from zhuji_core.settings import DEMO, keep_setting

NEW = (
    "Kq7#mv2Rt9zw",
    "Correct.Horse-9",
    "Winter.Sparrow-42",
    "Bridge.Lantern-57",
    "Ox.Pebble-381x",
)
DAY = dt.timedelta(days=1)
STEP = "zhuji_step_txg"


def change(browser: Browser, *, current: str = PASSWORD, new: str = NEW[0], again: str = "") -> Any:
    fields = {"current": current, "password": new, "repeated": again or new}
    return browser.form("/txg/kernel/password", fields)


def user_of(site: Site, account: str = "clerk") -> Any:
    with site.begin() as uow:
        uow.abandon("only looks")
        return find_user(uow, account=account)


def hashes(site: Site) -> list[str]:
    return [row[0] for row in site.under_test["TXG"].rows(
        "SELECT password_hash FROM kernel.user_account ORDER BY account"
    )]  # fmt: skip


def test_a_person_changes_their_own_password(site: Site, clerk: Browser) -> None:
    site.clock.now += DAY
    clerk.sign_in("clerk")
    changed = change(clerk)
    assert changed.headers["location"] == "/txg/kernel/security?done=password"
    assert "密碼已變更" in clerk.get(changed.headers["location"]).text
    with site.browser() as other:
        assert other.sign_in("clerk").status_code == 401
        assert other.sign_in("clerk", password=NEW[0]).status_code == 303
    rows = site.under_test["TXG"].rows(
        "SELECT actor_account, document_label, after::text AS after FROM kernel.audit_entry"
        " WHERE action = 'kernel.password.change'"
    )
    assert [tuple(row) for row in rows] == [("clerk", "clerk 姓名clerk", None)]


def test_the_session_gets_a_new_token_and_all_others_end(site: Site, clerk: Browser) -> None:
    site.clock.now += DAY
    clerk.sign_in("clerk")
    before = clerk.cookie("zhuji_session_txg")
    with site.browser("clerk") as other:
        change(clerk)
        assert clerk.get("/txg/").status_code == 200
        assert other.get("/txg/").status_code == 303
        other.set_cookie("zhuji_session_txg", before, path="/txg")
        assert other.get("/txg/").status_code == 303


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"new": "short-1A"}, "密碼至少須 12 個字元"),
        ({"new": "kq7mv2rt9zwe"}, "至少 3 類"),
        ({"new": "P@ssw0rd1234"}, "太容易猜到"),
        ({"new": "Clerk-Clerk-77"}, "太容易猜到"),
        ({"again": "something else"}, "兩次輸入的新密碼不相同"),
        ({"current": "wrong"}, "目前的密碼不正確"),
        ({"new": PASSWORD, "again": PASSWORD}, "至少 3 類"),
    ],
)
def test_a_refused_change_keeps_nothing(
    site: Site, clerk: Browser, fields: dict[str, str], text: str
) -> None:
    site.clock.now += DAY
    clerk.sign_in("clerk")
    before = hashes(site)
    refused = change(clerk, **fields)
    assert refused.status_code == 422
    assert text in refused.text
    assert 'aria-invalid="true"' in refused.text
    assert hashes(site) == before
    assert site.under_test["TXG"].rows("SELECT 1 FROM kernel.password_history") == []
    assert clerk.get("/txg/").status_code == 200


def test_the_last_three_passwords_do_not_come_back(site: Site, clerk: Browser) -> None:
    current = PASSWORD
    for new in NEW[:4]:
        site.clock.now += DAY
        clerk.sign_in("clerk", password=current)
        assert change(clerk, current=current, new=new).status_code == 303
        current = new
    site.clock.now += DAY
    clerk.sign_in("clerk", password=current)
    for old in NEW[:4]:
        refused = change(clerk, current=current, new=old)
        assert (refused.status_code, "前 3 次使用過" in refused.text) == (422, True), old
    change(clerk, current=current, new=NEW[4])
    site.clock.now += DAY
    clerk.sign_in("clerk", password=NEW[4])
    assert change(clerk, current=NEW[4], new=NEW[0]).status_code == 303  # the fourth before


def test_it_is_not_changed_twice_a_day(site: Site, clerk: Browser) -> None:
    site.clock.now += DAY
    clerk.sign_in("clerk")
    change(clerk)
    refused = change(clerk, current=NEW[0], new=NEW[1])
    assert refused.status_code == 409
    assert "密碼變更未滿 1 日" in refused.text


def test_guessing_the_present_password_at_an_open_session_locks_it(
    site: Site, clerk: Browser
) -> None:
    for _ in range(FAILURES_MAX):
        assert change(clerk, current="wrong").status_code == 422
    assert change(clerk).status_code == 401
    with site.browser() as other:
        assert "暫停登入" in other.sign_in("clerk").text


class Counting(Passwords):
    """Notes each verification: what a guesser really gets."""

    def __init__(self) -> None:
        super().__init__(TESTING)
        self.verified: list[str] = []

    def verify(self, password_hash: str | None, password: str) -> bool:
        self.verified.append(password)
        return super().verify(password_hash, password)


def test_guesses_at_one_moment_are_all_counted(site: Site) -> None:
    """Sixteen guessers at once get five tries between them, as one after another would."""
    site.given_user("clerk", "REQ")
    with site.begin() as uow:
        keep_setting(uow, module="kernel", key="rate_sign_in_per_minute", value=1000)
    access, passwords = site.counties["TXG"], Counting()

    def guess(number: int) -> type[Exception]:
        with pytest.raises((SignInRefused, AccountLocked)) as refused:
            sign_in(
                access,
                account="clerk",
                password=f"wrong {number}",
                passwords=passwords,
                language="en",
            )
        return refused.type

    with ThreadPoolExecutor(16) as guessers:
        answers = list(guessers.map(guess, range(64)))
    assert answers.count(SignInRefused) == len(passwords.verified) == FAILURES_MAX
    assert answers.count(AccountLocked) == 64 - FAILURES_MAX
    (row,) = site.under_test["TXG"].rows("SELECT locked_until FROM kernel.user_account")
    assert row.locked_until == site.clock.now + dt.timedelta(minutes=15)
    with pytest.raises(AccountLocked):
        sign_in(access, account="clerk", password=PASSWORD, passwords=PASSWORDS, language="en")


def test_a_right_password_among_guesses_signs_in_and_clears_the_count(site: Site) -> None:
    site.given_user("clerk", "REQ")
    with site.browser() as browser:
        for _ in range(FAILURES_MAX - 1):
            assert browser.sign_in("clerk", password="wrong").status_code == 401  # noqa: S106
        assert browser.sign_in("clerk").status_code == 303
    (row,) = site.under_test["TXG"].rows(
        "SELECT failed_sign_ins, locked_until FROM kernel.user_account"
    )
    assert tuple(row) == (0, None)


def test_a_weak_new_password_is_no_wrong_one(site: Site, clerk: Browser) -> None:
    for _ in range(FAILURES_MAX + 1):
        assert change(clerk, new="short-1A").status_code == 409  # younger than a day, not locked


def step_form(browser: Browser, new: str, *, again: str = "") -> httpx.Response:
    fields = {"password": new, "repeated": again or new, "next": "/txg/probe/things"}
    response: httpx.Response = browser.form("/txg/sign-in/new-password", fields)
    return response


def given_temporary(site: Site, password: str = NEW[0]) -> None:
    site.given_user("clerk", "REQ")
    with site.begin() as uow:
        user = find_user(uow, account="clerk")
        assert user is not None
        set_temporary_password(uow, user, password=password, passwords=PASSWORDS)


def test_what_somebody_else_typed_opens_only_the_page_that_replaces_it(site: Site) -> None:
    given_temporary(site)
    with site.browser() as browser:
        first = browser.sign_in("clerk", password=NEW[0], next_path="/txg/probe/things")
        assert first.headers["location"] == "/txg/sign-in/new-password?next=/txg/probe/things"
        assert browser.cookie("zhuji_session_txg") == ""
        assert browser.get("/txg/").status_code == 303
        page = browser.get(first.headers["location"])
        assert "請變更密碼" in page.text
        refused = step_form(browser, NEW[0])
        assert (refused.status_code, "不得與目前" in refused.text) == (422, True)
        done = step_form(browser, NEW[1])
        assert done.headers["location"] == "/txg/probe/things"
        assert browser.get("/txg/").status_code == 200
        assert step_form(browser, NEW[2]).headers["location"] == "/txg/sign-in"
    with site.browser() as again:
        assert again.sign_in("clerk", password=NEW[1]).headers["location"] == "/txg/"


def test_a_temporary_password_is_good_for_three_days(site: Site) -> None:
    given_temporary(site)
    site.clock.now += 3 * DAY
    with site.browser() as browser:
        late = browser.sign_in("clerk", password=NEW[0])
        assert (late.status_code, "暫用密碼已逾期" in late.text) == (401, True)
        assert browser.cookie(STEP) == ""


def test_an_unfinished_sign_in_ends_by_itself_and_by_order(site: Site) -> None:
    given_temporary(site)
    with site.browser() as browser:
        browser.sign_in("clerk", password=NEW[0])
        site.clock.now += dt.timedelta(minutes=15)
        assert step_form(browser, NEW[1]).headers["location"] == "/txg/sign-in"
        browser.sign_in("clerk", password=NEW[0])
        site.under_test["TXG"].execute("UPDATE kernel.user_account SET state = 'disabled'")
        assert step_form(browser, NEW[1]).headers["location"] == "/txg/sign-in"
    assert PASSWORDS.verify(hashes(site)[0], NEW[0])


def test_a_step_is_of_one_browser(site: Site) -> None:
    given_temporary(site)
    with site.browser() as browser, site.browser() as other:
        browser.sign_in("clerk", password=NEW[0])
        other.get("/txg/sign-in")
        assert other.get("/txg/sign-in/new-password").headers["location"] == "/txg/sign-in"
        assert step_form(other, NEW[1]).headers["location"] == "/txg/sign-in"


def test_an_aged_password_is_replaced_at_sign_in(site: Site) -> None:
    site.given_user("clerk", "REQ")
    site.clock.now += 90 * DAY
    with site.browser() as browser:
        first = browser.sign_in("clerk")
        assert first.headers["location"].startswith("/txg/sign-in/new-password")
        assert step_form(browser, NEW[0]).headers["location"] == "/txg/probe/things"


def test_the_accounts_of_a_demo_keep_their_printed_passwords(site: Site) -> None:
    site.given_user("clerk", "REQ")
    account = {"account": "clerk", "name": "x", "roles": ["REQ"], "agency_code": "A1"}
    with site.begin() as uow:
        keep_setting(uow, module=DEMO, key="kernel", value=[account])
    site.clock.now += 400 * DAY
    with site.browser("clerk") as browser:
        assert browser.get("/txg/").status_code == 200
    with site.begin() as uow:
        assert disable_idle_accounts(uow) == []


def redeem(browser: Browser, code: str, new: str = NEW[0], *, account: str = "clerk") -> Any:
    browser.get("/txg/password-reset")
    fields = {"account": account, "code": code, "password": new, "repeated": new}
    return browser.form("/txg/password-reset", fields)


def shown_code(text: str) -> str:
    found = re.search(r'id="reset-code">([A-Z2-7-]{19})<', text)
    assert found is not None, text
    return found[1]


def test_an_administrator_hands_over_a_code_and_never_sees_the_password(site: Site) -> None:
    site.given_user("clerk", "REQ")
    site.given_user("boss", "ADM", in_agency=None)
    with site.browser("boss") as boss, site.browser("clerk") as clerk:
        made = boss.form(f"/txg/kernel/users/{user_of(site).user_id}/password-reset")
        assert made.status_code == 200, made.text
        code = shown_code(made.text)
        assert clerk.get("/txg/").status_code == 200  # nothing has changed yet
        with site.browser() as browser:
            done = redeem(browser, f" {code.lower().replace('-', ' ')}")
            assert done.headers["location"] == "/txg/sign-in?done=password"
            assert "請以新密碼登入" in browser.get(done.headers["location"]).text
            assert redeem(browser, code, NEW[1]).status_code == 422
            assert browser.sign_in("clerk", password=NEW[0]).headers["location"] == "/txg/"
        assert clerk.get("/txg/").status_code == 303
    rows = site.under_test["TXG"].rows("SELECT action, after FROM kernel.audit_entry")
    assert {"kernel.password.reset", "kernel.password.redeem"} <= {row.action for row in rows}
    assert code not in str(rows)


def test_a_code_is_for_one_person_for_a_day_and_the_last_one_counts(site: Site) -> None:
    site.given_user("clerk", "REQ")
    site.given_user("other", "REQ")
    with site.begin() as uow:
        first = make_reset_code(uow, user_id=user_of(site).user_id).code
        second = make_reset_code(uow, user_id=user_of(site).user_id).code
    before = hashes(site)
    with site.browser() as browser:
        refused = redeem(browser, first)
        assert (refused.status_code, "重設碼不正確" in refused.text) == (422, True)
        assert redeem(browser, second, account="other").status_code == 422
        weak = redeem(browser, second, "P@ssw0rd1234")
        assert (weak.status_code, "太容易猜到" in weak.text) == (422, True)
        site.clock.now += DAY
        assert redeem(browser, second).status_code == 422
        assert hashes(site) == before
        site.clock.now -= dt.timedelta(minutes=1)
        assert redeem(browser, second).status_code == 303


def test_one_code_redeemed_sixteen_times_at_once_sets_one_password(site: Site) -> None:
    site.given_user("clerk", "REQ")
    with site.begin() as uow:
        code = make_reset_code(uow, user_id=user_of(site).user_id).code
    with site.browser() as browser:
        browser.get("/txg/password-reset")
        token, cookies = browser.csrf, dict(browser.client.cookies)

        def attempt(number: int) -> int:
            new = f"Kq7#mv2Rt9-{number:03}"
            fields = {"account": "clerk", "code": code, "password": new, "repeated": new}
            with httpx.Client(
                base_url=site.address, timeout=60, cookies=cookies, verify=NO_TRUST
            ) as client:
                data = {"_csrf_token": token, **fields}
                return client.post("/txg/password-reset", data=data).status_code

        with ThreadPoolExecutor(16) as people:
            answers = list(people.map(attempt, range(16)))
    assert answers.count(303) == 1, answers
    assert set(answers) <= {303, 409, 422}


def test_who_has_chosen_no_password_yet_cannot_sign_in(site: Site) -> None:
    with site.begin() as uow:
        user = create_user(
            uow, account="new", name="新人", agency_code="A1", password_hash=NO_PASSWORD
        )
        code = make_reset_code(uow, user_id=user.user_id).code
    with site.browser() as browser:
        assert browser.sign_in("new", password=NO_PASSWORD).status_code == 401
        assert redeem(browser, code, account="new").status_code == 303
        assert browser.sign_in("new", password=NEW[0]).status_code == 303
    assert site.under_test["TXG"].rows("SELECT 1 FROM kernel.password_history") == []


def test_only_administrators_make_codes(site: Site, clerk: Browser) -> None:
    user = user_of(site)
    assert clerk.form(f"/txg/kernel/users/{user.user_id}/password-reset").status_code == 403
    assert site.under_test["TXG"].rows("SELECT 1 FROM kernel.password_reset") == []


def test_idle_accounts_are_disabled_and_signed_out(site: Site) -> None:
    site.given_user("idle", "REQ")
    site.given_user("busy", "REQ")
    site.clock.now += 179 * DAY
    with site.browser() as busy:
        busy.sign_in("busy")
        step_form(busy, NEW[0])
    with site.begin() as uow:
        assert disable_idle_accounts(uow) == []
    site.clock.now += 2 * DAY
    with site.begin() as uow:
        assert [user.account for user in disable_idle_accounts(uow)] == ["idle"]
    with site.browser() as browser:
        assert browser.sign_in("idle").status_code == 401
        assert browser.sign_in("busy", password=NEW[0]).status_code == 303
    site.under_test["TXG"].execute(
        "UPDATE kernel.user_account SET state = 'active', active_since = :now",
        now=site.clock.now,
    )
    with site.begin() as uow:
        assert disable_idle_accounts(uow) == []


def test_passwords_are_masked_and_never_filled_in(site: Site, clerk: Browser) -> None:
    refused = change(clerk, new="short-1A")
    for page in (clerk.get("/txg/kernel/password"), refused, clerk.get("/txg/password-reset")):
        inputs = re.findall(
            r"<input[^>]*autocomplete=\"(?:new|current)-password\"[^>]*>", page.text
        )
        assert len(inputs) >= 2
        assert all('type="password"' in one and "value=" not in one for one in inputs)

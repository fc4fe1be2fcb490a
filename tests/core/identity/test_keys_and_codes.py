"""A person's security keys and recovery codes: whose they are, the last one, a lost one."""

from __future__ import annotations

import re
import uuid

from tests.core.identity.authenticator import Authenticator
from tests.core.identity.ceremony import (
    KEYS,
    STEP,
    at_localhost,
    given_key,
    is_in,
    prove,
    register,
    require_keys,
)
from tests.core.people import Staff
from tests.core.site import Browser, Site


def test_the_last_key_stays_where_the_role_asks_for_one(site: Site, key: Authenticator) -> None:
    given_key(site, key)
    require_keys(site, "REQ")
    with at_localhost(site) as browser:
        browser.sign_in("clerk")
        prove(browser, key)
        (first,) = key_ids(site)
        refused = browser.form(f"{KEYS}/{first}/removal")
        assert (refused.status_code, "不能移除最後一把" in refused.text) == (409, True)
        assert register(browser, Authenticator(origin=key.origin)).status_code == 303
        assert browser.form(f"{KEYS}/{first}/removal").status_code == 303
        assert len(key_ids(site)) == 1
        renamed = browser.form(f"{KEYS}/{key_ids(site)[0]}/name", {"name": "家裡"})
        assert renamed.status_code == 303
        assert "家裡" in browser.get(KEYS).text


def key_ids(site: Site) -> list[uuid.UUID]:
    rows = site.under_test["TXG"].rows("SELECT key_id FROM kernel.security_key ORDER BY made_at")
    return [row.key_id for row in rows]


def test_keys_of_others_are_unknown(site: Site, key: Authenticator) -> None:
    given_key(site, key)
    site.given_user("other", "REQ")
    (first,) = key_ids(site)
    with at_localhost(site, "other") as browser:
        assert browser.form(f"{KEYS}/{first}/removal").status_code == 404
        assert browser.form(f"{KEYS}/{first}/name", {"name": "x"}).status_code == 404
        taken = register(browser, key)  # the same authenticator a second time
        assert (taken.status_code, "已登錄" in taken.text) == (409, True)
    assert key_ids(site) == [first]


def test_recovery_codes_stand_for_a_lost_key_once_each(site: Site, key: Authenticator) -> None:
    given_key(site, key)
    with at_localhost(site) as browser:
        browser.sign_in("clerk")
        prove(browser, key)
        old = codes_of(browser)
        codes = codes_of(browser)
    assert len(set(codes)) == 10
    with at_localhost(site) as browser:
        browser.sign_in("clerk")
        for wrong in (old[0], "AAAA-AAAA-AAAA-AAAA"):
            refused = browser.form(STEP, {"code": wrong})
            assert (refused.status_code, "救援碼不正確" in refused.text) == (422, True)
        done = browser.form(STEP, {"code": codes[3].lower(), "next": ""})
        assert done.headers["location"] == "/txg/"
        assert is_in(browser)
        assert "尚有 9 個" in browser.get(KEYS).text
    with at_localhost(site) as browser:
        browser.sign_in("clerk")
        assert browser.form(STEP, {"code": codes[3]}).status_code == 422
    whole = site.under_test["TXG"].rows("SELECT c::text AS c FROM kernel.recovery_code AS c")
    assert not any(code.replace("-", "") in str(whole) for code in codes)


def codes_of(browser: Browser) -> list[str]:
    page = browser.form("/txg/kernel/recovery-codes")
    assert page.status_code == 200, page.text
    return re.findall(r"<li><code>([A-Z2-7-]{19})</code>", page.text)


def test_two_administrators_give_a_new_start(site: Site, key: Authenticator) -> None:
    given_key(site, key)
    (user,) = site.under_test["TXG"].rows("SELECT user_id FROM kernel.user_account")
    with Staff.signed_in(site) as staff:
        proposed = staff.post("adm1", f"users/{user.user_id}/factor-reset", {"reason": "金鑰遺失"})
        proposal = proposed.headers["location"].removeprefix("/txg/kernel/")
        assert len(key_ids(site)) == 1
        own = staff.call("adm1", f"{proposal}/approval", {"reason": ""})
        assert own.status_code in {403, 409}, own.text
        assert len(key_ids(site)) == 1
        done = staff.call("adm2", f"{proposal}/approval", {"reason": ""})
        assert done.status_code == 200, done.text
    assert key_ids(site) == []
    with at_localhost(site, "clerk") as browser:
        assert is_in(browser)


def test_without_a_known_address_there_are_no_keys(site: Site) -> None:
    """127.0.0.1 is no name that a key can be bound to, and no other Host is believed."""
    site.given_user("clerk", "REQ")
    with site.browser("clerk") as browser:
        assert "ZHUJI_ORIGIN" in browser.get(KEYS).text
        refused = browser.json(f"{KEYS}/options", b"")
        assert (refused.status_code, refused.json()["code"]) == (409, "E-FACTOR-UNAVAILABLE")

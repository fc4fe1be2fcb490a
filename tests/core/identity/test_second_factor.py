"""Security keys as second factor, against an authenticator in software that also cheats."""

from __future__ import annotations

import datetime as dt
import json
import uuid

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.core.identity.authenticator import PRESENT, Authenticator
from tests.core.identity.ceremony import (
    KEYS,
    STEP,
    at_localhost,
    chooses_languages,
    given_key,
    is_in,
    options,
    prove,
    register,
    require_keys,
)
from tests.core.site import Site
from zhuji_core.identity.sign_in_steps import Standing, StepKind, remaining

SESSION = "zhuji_session_txg"


def test_options_are_of_this_site_and_ask_for_the_person(site: Site, key: Authenticator) -> None:
    given_key(site, key)
    with at_localhost(site) as browser:
        browser.sign_in("clerk")
        wanted = options(browser, STEP)
        assert (wanted["rpId"], wanted["userVerification"]) == ("localhost", "required")
        assert [one["id"] for one in wanted["allowCredentials"]] == [
            json.loads(key.create({"challenge": ""}))["id"]
        ]
        assert options(browser, STEP)["challenge"] != wanted["challenge"]


def test_who_has_a_key_is_in_only_after_it(site: Site, key: Authenticator) -> None:
    given_key(site, key)
    with at_localhost(site) as browser:
        first = browser.sign_in("clerk", next_path="/txg/probe/things")
        assert first.headers["location"] == f"{STEP}?next=/txg/probe/things"
        assert "以安全金鑰確認身分" in browser.get(first.headers["location"]).text
        assert browser.cookie(SESSION) == ""
        assert not is_in(browser)
        assert prove(browser, key).headers["location"] == "/txg/probe/things"
        assert is_in(browser)
        sessions = browser.get("/txg/kernel/sessions").text
        assert "密碼及安全金鑰" in sessions
    rows = site.under_test["TXG"].rows(
        "SELECT after FROM kernel.audit_entry WHERE action = 'kernel.session.open'"
        " ORDER BY audit_id"
    )
    assert [row.after["factor"] for row in rows] == ["password", "key"]


def test_registering_a_key_gives_the_session_a_new_token(site: Site, key: Authenticator) -> None:
    site.given_user("clerk", "REQ")
    with at_localhost(site, "clerk") as browser:
        before = browser.cookie(SESSION)
        register(browser, key)
        assert browser.cookie(SESSION) != before
        assert is_in(browser)
        browser.set_cookie(SESSION, before, path="/txg")


@pytest.mark.parametrize(
    "changed",
    [
        {"origin": "https://zhuji.example.evil"},
        {"origin": "http://127.0.0.1:1"},
        {"type": "webauthn.create"},
        {"challenge": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"},
    ],
)
def test_an_answer_of_another_ceremony_is_refused(
    site: Site, key: Authenticator, changed: dict[str, str]
) -> None:
    given_key(site, key)
    with at_localhost(site) as browser:
        browser.sign_in("clerk")
        refused = prove(browser, key, **changed)
        assert (refused.status_code, "驗證未成功" in refused.text) == (422, True)
        assert not is_in(browser)
        assert prove(browser, key).status_code == 303  # a new challenge, the right answer
    assert used_rows(site) == 1


def used_rows(site: Site) -> int:
    (row,) = site.under_test["TXG"].rows("SELECT count(used_at) AS n FROM kernel.security_key")
    return int(row.n)


def test_a_key_of_another_site_is_refused(site: Site, key: Authenticator) -> None:
    given_key(site, key)
    key.rp_id = "example.evil"
    with at_localhost(site) as browser:
        browser.sign_in("clerk")
        assert prove(browser, key).status_code == 422


def test_touching_a_key_without_pin_or_finger_is_not_enough(site: Site, key: Authenticator) -> None:
    given_key(site, key)
    key.flags = PRESENT
    with at_localhost(site) as browser:
        browser.sign_in("clerk")
        assert prove(browser, key).status_code == 422
    with at_localhost(site, site.given_user("other", "REQ")) as browser:
        unverified = Authenticator(origin=key.origin, flags=PRESENT)
        assert register(browser, unverified).status_code == 422
    assert used_rows(site) == 0


def test_an_answer_is_taken_once(site: Site, key: Authenticator) -> None:
    given_key(site, key)
    with at_localhost(site) as browser:
        browser.sign_in("clerk")
        answer = key.get(options(browser, STEP))
        assert browser.form(STEP, {"answer": answer}).status_code == 303
    with at_localhost(site) as thief:
        thief.sign_in("clerk")
        assert thief.form(STEP, {"answer": answer}).status_code == 422
        options(thief, STEP)
        assert thief.form(STEP, {"answer": answer}).status_code == 422
        assert not is_in(thief)


def test_a_refused_answer_uses_its_challenge_up(site: Site, key: Authenticator) -> None:
    given_key(site, key)
    with at_localhost(site) as browser:
        browser.sign_in("clerk")
        wanted = options(browser, STEP)
        wrong = key.get(wanted, origin="https://elsewhere")
        assert browser.form(STEP, {"answer": wrong}).status_code == 422
        assert browser.form(STEP, {"answer": key.get(wanted)}).status_code == 422


def test_a_challenge_lasts_three_minutes(site: Site, key: Authenticator) -> None:
    given_key(site, key)
    with at_localhost(site) as browser:
        browser.sign_in("clerk")
        wanted = options(browser, STEP)
        site.clock.now += dt.timedelta(minutes=3)
        assert browser.form(STEP, {"answer": key.get(wanted)}).status_code == 422
        assert prove(browser, key).status_code == 303


def test_a_challenge_is_of_one_browser(site: Site, key: Authenticator) -> None:
    given_key(site, key)
    with at_localhost(site) as browser, at_localhost(site) as thief:
        browser.sign_in("clerk")
        thief.sign_in("clerk")
        answer = key.get(options(browser, STEP))
        assert thief.form(STEP, {"answer": answer}).status_code == 422
        assert browser.form(STEP, {"answer": answer}).status_code == 303


def test_a_key_of_somebody_else_is_refused(site: Site, key: Authenticator) -> None:
    given_key(site, key)
    other = Authenticator(origin=key.origin)
    given_key(site, other, "other")
    with at_localhost(site) as browser:
        browser.sign_in("clerk")
        assert prove(browser, other).status_code == 422
        assert not is_in(browser)


def test_a_counter_that_goes_back_is_a_copied_key(site: Site, key: Authenticator) -> None:
    given_key(site, key)
    with at_localhost(site) as browser:
        browser.sign_in("clerk")
        assert prove(browser, key).status_code == 303
    for back in (1, 0):
        key.sign_count -= back + 1
        with at_localhost(site) as browser:
            browser.sign_in("clerk")
            assert prove(browser, key).status_code == 422
    key.sign_count += 5
    with at_localhost(site) as browser:
        browser.sign_in("clerk")
        assert prove(browser, key).status_code == 303


def test_five_wrong_proofs_end_the_sign_in(site: Site, key: Authenticator) -> None:
    given_key(site, key)
    with at_localhost(site) as browser:
        browser.sign_in("clerk")
        for _ in range(5):
            browser.form(STEP, {"code": "AAAA"})
        again = browser.form(STEP, {"answer": "{}"})
        assert again.headers["location"] == "/txg/sign-in"


DEEP = "[" * 9_000 + "]" * 9_000
EMPTY_PROOF = {"clientDataJSON": "bnVsbA", "attestationObject": "oA", "authenticatorData": "AA"}
WHOLE = {"id": "AA", "rawId": "AA", "type": "public-key"}
ODD = (
    *("[]", "null", "1", '"x"', "{}", DEEP, f'{{"id": {DEEP}}}', '{"id": [], "rawId": {}}'),
    json.dumps({**WHOLE, "response": []}),
    json.dumps({**WHOLE, "response": {**EMPTY_PROOF, "signature": "AA"}}),
)


@pytest.mark.parametrize("answer", ODD, ids=range(len(ODD)))
def test_json_of_another_shape_is_refused_at_either_ceremony(
    site: Site, key: Authenticator, answer: str
) -> None:
    given_key(site, key)
    site.given_user("other", "REQ")
    with at_localhost(site, "other") as browser:
        options(browser, KEYS)
        assert browser.form(KEYS, {"answer": answer, "name": "x"}).status_code == 422
    with at_localhost(site) as browser:
        browser.sign_in("clerk")
        options(browser, STEP)
        assert browser.form(STEP, {"answer": answer}).status_code == 422
        assert not is_in(browser)


@given(st.text(max_size=200) | st.binary(max_size=60).map(repr))
@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_nonsense_is_refused_and_is_no_fault(site: Site, answer: str) -> None:
    site.given_user("clerk", "REQ")
    with at_localhost(site, "clerk") as browser:
        options(browser, KEYS)
        refused = browser.form(KEYS, {"answer": answer.replace("\x00", ""), "name": "x"})
        assert refused.status_code == 422
    site.clock.now += dt.timedelta(minutes=1)


def test_the_page_of_another_step_leads_to_the_one_that_is_due(
    site: Site, key: Authenticator
) -> None:
    given_key(site, key)
    with at_localhost(site) as browser:
        browser.sign_in("clerk")
        for page in ("new-password", "enrol-key"):
            lead = browser.get(f"/txg/sign-in/{page}").headers["location"]
            assert lead == f"{STEP}?next=/txg/"
        fields = {"password": "Kq7#mv2Rt9zw", "repeated": "Kq7#mv2Rt9zw"}
        skipped = browser.form("/txg/sign-in/new-password", fields)
        assert skipped.headers["location"] == "/txg/sign-in"
        assert not is_in(browser)
    with at_localhost(site) as stranger:
        stranger.get("/txg/sign-in")
        assert stranger.get(STEP).headers["location"] == "/txg/sign-in"
        assert stranger.json(f"{STEP}/options", b"").json()["code"] == "E-SIGN-IN-STEP"


def test_a_temporary_password_is_replaced_after_the_key(site: Site, key: Authenticator) -> None:
    given_key(site, key)
    site.under_test["TXG"].execute("UPDATE kernel.user_account SET password_temporary = true")
    with at_localhost(site) as browser:
        assert browser.sign_in("clerk").headers["location"].startswith(STEP)
        assert prove(browser, key).headers["location"].startswith("/txg/sign-in/new-password")
        fields = {"password": "Kq7#mv2Rt9zw", "repeated": "Kq7#mv2Rt9zw"}
        assert browser.form("/txg/sign-in/new-password", fields).headers["location"] == "/txg/"
        assert is_in(browser)


def test_a_role_that_asks_for_a_key_registers_one_at_sign_in(
    site: Site, key: Authenticator
) -> None:
    site.given_user("clerk", "REQ")
    site.given_user("rev", "REV")
    require_keys(site, "REQ")
    enrol = "/txg/sign-in/enrol-key"
    with at_localhost(site) as browser:
        assert browser.sign_in("clerk").headers["location"].startswith(enrol)
        assert not is_in(browser)
        answer = key.create(options(browser, enrol))
        nameless = browser.form(enrol, {"answer": answer, "name": " "})
        assert (nameless.status_code, "1 至 60 字" in nameless.text) == (422, True)
        done = browser.form(enrol, {"answer": answer, "name": "第一把"})
        assert done.headers["location"] == "/txg/"
        assert is_in(browser)
    with at_localhost(site) as browser:
        assert browser.sign_in("clerk").headers["location"].startswith(STEP)
    with at_localhost(site, "rev") as browser:
        assert is_in(browser)


def test_the_language_is_chosen_between_password_and_session(
    site: Site, key: Authenticator
) -> None:
    given_key(site, key)
    site.given_user("rev", "REV")
    require_keys(site, "REV")
    site.under_test["TXG"].execute(
        "UPDATE kernel.user_account SET password_temporary = (account = 'clerk')"
    )
    things = "?next=/txg/probe/things"
    with at_localhost(site) as browser:
        browser.sign_in("rev", next_path="/txg/probe/things")
        chooses_languages(browser, f"/txg/sign-in/enrol-key{things}")
    with at_localhost(site) as browser:
        browser.sign_in("clerk", next_path="/txg/probe/things")
        chooses_languages(browser, f"{STEP}{things}")
        refused = browser.form(STEP, {"code": "AAAA", "next": "/txg/probe/things"})
        assert refused.status_code == 422
        chooses_languages(browser, f"{STEP}{things}", shown=refused.text)
        assert prove(browser, key).status_code == 303
        page = "/txg/sign-in/new-password"
        chooses_languages(browser, f"{page}{things}")
        fields = {"password": "Kq7#mv2Rt9zw", "repeated": "Kq7#mv2Rt9zw"}
        assert browser.form(page, fields).headers["location"] == "/txg/"
        assert is_in(browser), "the step was kept"


@pytest.mark.parametrize("has_key", [False, True])
@pytest.mark.parametrize("needs_key", [False, True])
@pytest.mark.parametrize("temporary", [False, True])
@pytest.mark.parametrize("factor", ["password", "key", "recovery"])
def test_nobody_is_in_while_something_remains(
    *, has_key: bool, needs_key: bool, temporary: bool, factor: str
) -> None:
    standing = Standing(
        user_id=uuid.UUID(int=1), account="a", name="n", agency_code="A1", password_hash="x",  # noqa: S106
        password_temporary=temporary, password_until=None,
        password_set_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC), has_key=has_key,
        needs_key=needs_key,
    )  # fmt: skip
    step = remaining(standing, factor=factor, aged=False)
    if has_key and factor == "password":
        assert step is StepKind.SECOND_FACTOR
    elif temporary:
        assert step is StepKind.NEW_PASSWORD
    else:
        assert (step is StepKind.ENROL_KEY) == (needs_key and not has_key)

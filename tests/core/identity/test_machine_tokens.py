"""Tokens of machines: the API only, never more than their owner, dead at once when revoked."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.probe import READ, WRITE, thing
from tests.core.site import NO_TRUST, Browser, Site
from zhuji_core.identity import machine_tokens, sessions
from zhuji_core.identity.accounts import find_user
from zhuji_core.identity.make_token import (
    TokenExceeds,
    TokenInvalid,
    TokenTaken,
    TokenUnknown,
    WantedToken,
    make_token,
    revoke_token,
)
from zhuji_core.identity.open_sessions import end_sessions
from zhuji_core.settings import keep_setting

THINGS = "/txg/api/v1/probe/things"


def user_id(site: Site, account: str = "clerk") -> uuid.UUID:
    with site.begin() as uow:
        uow.abandon("only looks")
        user = find_user(uow, account=account)
    assert user is not None
    return user.user_id


def given_token(site: Site, *permissions: str, **more: Any) -> Any:
    """Make a token of ``clerk``, as an operator does."""
    name = more.pop("name", "nightly")
    wanted = WantedToken(name=name, permissions=permissions or (READ.name, WRITE.name), **more)
    with site.begin() as uow:
        return make_token(uow, wanted, owner_id=user_id(site))


@pytest.fixture
def machine(site: Site) -> Iterator[httpx.Client]:
    """A program that holds a token of the clerk."""
    site.given_user("clerk", "REQ")
    headers = {"authorization": f"Bearer {given_token(site).text}"}
    with httpx.Client(
        base_url=site.address, headers=headers, timeout=60, verify=NO_TRUST
    ) as client:
        yield client


def by(token: str, site: Site) -> httpx.Client:
    headers = {"authorization": f"bearer {token}"}
    return httpx.Client(base_url=site.address, headers=headers, timeout=60, verify=NO_TRUST)


def write(client: httpx.Client, **headers: str) -> httpx.Response:
    headers = {"content-type": "application/json", "idempotency-key": str(uuid.uuid4()), **headers}
    return client.post(THINGS, content=thing(), headers=headers)


def test_a_token_is_recognised_by_its_prefix_and_checksum() -> None:
    token = machine_tokens.new_token()
    assert re.fullmatch(r"zjt_[0-9A-Za-z]{46}", token)
    assert machine_tokens.is_well_formed(token)
    assert token != machine_tokens.new_token()


@given(st.integers(4, 49), st.sampled_from(machine_tokens.ALPHABET))
def test_a_slip_of_copying_is_no_token(at: int, letter: str) -> None:
    token = machine_tokens.new_token()
    slipped = token[:at] + letter + token[at + 1 :]
    assert machine_tokens.is_well_formed(slipped) == (slipped == token)
    assert not machine_tokens.is_well_formed(token[:-1])
    assert not machine_tokens.is_well_formed(f"{token}0")
    assert not machine_tokens.is_well_formed(token.replace("zjt_", "zjx_"))


def test_the_statement_says_what_the_settings_say() -> None:
    assert "'rate_token_per_minute'), 600)" in machine_tokens.RESOLVE
    assert f"'{machine_tokens.USED_EVERY_MINUTES} minutes'" in machine_tokens.RESOLVE
    assert machine_tokens.AS_SESSION in machine_tokens.RESOLVE
    assert machine_tokens.SESSION_TABLE not in machine_tokens.RESOLVE
    assert machine_tokens.SESSION_TABLE in sessions.RESOLVE


def test_a_program_reads_and_writes_without_a_csrf_token(site: Site, machine: httpx.Client) -> None:
    read = machine.get(THINGS)
    assert read.json()["account"] == "clerk"
    assert read.headers["ratelimit-policy"] == '"token";q=600;w=60'
    assert write(machine).status_code == 201
    (row,) = site.under_test["TXG"].rows(
        "SELECT actor_account, context FROM kernel.audit_entry WHERE action = 'probe.thing.write'"
    )
    assert tuple(row) == ("clerk", {"token": "nightly"})


def test_it_is_answered_in_the_language_that_it_accepts(machine: httpx.Client) -> None:
    path = "/txg/api/v1/probe/things/enact"
    english = machine.post(path, headers={"accept-language": "en"}).json()["detail"]
    assert "You do not have" in english or "permission" in english
    assert "您沒有" in machine.post(path).json()["detail"]


@pytest.mark.parametrize("path", ["/txg/", "/txg/probe/things", "/txg/kernel/tokens"])
def test_a_token_signs_in_to_no_page(machine: httpx.Client, path: str) -> None:
    assert machine.get(path).headers["location"].startswith("/txg/sign-in")


def test_a_token_is_not_taken_where_a_person_is_meant(site: Site, machine: httpx.Client) -> None:
    refused = machine.get("/txg/drafts/form")
    assert refused.status_code == 401  # the scripts' path knows nothing of tokens


def test_a_form_of_another_site_gains_nothing_by_an_empty_header(
    site: Site, clerk: Browser
) -> None:
    """A bearer header switches the CSRF token off, and the cookie with it."""
    for header in ("Bearer x", "bearer ,", f"Bearer {machine_tokens.new_token()}"):
        response = clerk.client.post(THINGS, content=thing(), headers={"authorization": header})
        assert (response.status_code, response.json()["code"]) == (401, "E-TOKEN"), header
    with_basic = {"authorization": "Basic eDp5", "content-type": "application/json"}
    refused = clerk.client.post(THINGS, content=thing(), headers=with_basic)
    assert (refused.status_code, refused.json()["code"]) == (403, "E-CSRF")
    assert site.under_test["TXG"].rows("SELECT 1 FROM kernel.number_counter") == []


def test_a_refused_token_is_told_as_a_problem(site: Site) -> None:
    with by(machine_tokens.new_token(), site) as client:
        refused = client.get(THINGS)
    assert refused.status_code == 401
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.headers["www-authenticate"].startswith("Bearer ")
    assert refused.json()["code"] == "E-TOKEN"


def test_wrong_tokens_from_one_address_are_limited(site: Site, machine: httpx.Client) -> None:
    with site.begin() as uow:
        keep_setting(uow, module="kernel", key="rate_wrong_token_per_minute", value=3)
    with by("zjt_wrong", site) as client:
        codes = [client.get(THINGS).status_code for _ in range(4)]
    assert codes == [401, 401, 401, 429]
    assert machine.get(THINGS).status_code == 200


def test_a_token_has_a_rate_of_its_own(site: Site, machine: httpx.Client) -> None:
    with site.begin() as uow:
        keep_setting(uow, module="kernel", key="rate_token_per_minute", value=3)
    answers = [machine.get(THINGS) for _ in range(4)]
    assert [one.status_code for one in answers] == [200, 200, 200, 429]
    assert [one.headers["ratelimit"] for one in answers[:3]] == [
        '"token";r=2;t=0', '"token";r=1;t=0', '"token";r=0;t=20',
    ]  # fmt: skip
    assert answers[3].headers["retry-after"] == "20"
    with by(given_token(site, name="other").text, site) as other:
        assert other.get(THINGS).status_code == 200
    site.clock.now += dt.timedelta(seconds=20)
    assert machine.get(THINGS).status_code == 200


def test_the_scope_is_part_of_what_the_owner_may(site: Site) -> None:
    site.given_user("clerk", "REQ")
    with by(given_token(site, READ.name).text, site) as reader:
        assert reader.get(THINGS).status_code == 200
        refused = write(reader)
        assert (refused.status_code, refused.json()["code"]) == (403, "E-FORBIDDEN")
    with by(given_token(site, name="b1", agencies=("B1",)).text, site) as elsewhere:
        assert write(elsewhere).status_code == 403
    site.given_user("clerk", "REQ", in_agency=None)
    with by(given_token(site, name="a1", agencies=("A1",)).text, site) as here:
        assert write(here).status_code == 201
    assert len(site.under_test["TXG"].rows("SELECT 1 FROM kernel.audit_entry"
                                           " WHERE action = 'probe.thing.write'")) == 1  # fmt: skip


def told(client: httpx.Client) -> tuple[str, str]:
    """Try to write and return why it is refused, in both languages."""
    languages = ("zh-TW", "en")
    refused = [write(client, **{"accept-language": one}) for one in languages]
    assert {(one.status_code, one.json()["code"]) for one in refused} == {(403, "E-FORBIDDEN")}
    chinese, english = (one.json()["detail"] for one in refused)
    return chinese, english


@pytest.mark.parametrize(
    "narrow", [{"permissions": (READ.name,)}, {"permissions": (WRITE.name,), "agencies": ("B1",)}]
)
def test_who_lacks_a_scope_is_told_that_it_is_the_tokens(
    site: Site, narrow: dict[str, Any]
) -> None:
    site.given_user("clerk", "REQ", in_agency=None)
    permissions, agencies = narrow["permissions"], narrow.get("agencies", ())
    token = given_token(site, *permissions, name="narrow", agencies=agencies)
    with by(token.text, site) as client:
        chinese, english = told(client)
    scope = f"{WRITE.title}」（{WRITE.name}，機關 A1）"
    assert chinese.startswith(f"權杖「narrow」未獲授予「{scope}")
    assert english.startswith("The token “narrow” was not granted")
    assert f"({WRITE.name}, agency A1)" in english


def test_what_its_owner_may_not_either_is_no_matter_of_the_token(site: Site) -> None:
    site.given_user("clerk", "REQ")
    with by(given_token(site, READ.name).text, site) as reader:
        site.under_test["TXG"].execute("UPDATE kernel.role_grant SET valid_to = '2016-03-14'")
        chinese, english = told(reader)
    assert chinese.startswith(f"您沒有「{WRITE.title}」的權限（機關 A1）")
    assert english.startswith("You do not have the right")


def test_a_token_never_exceeds_what_its_owner_may_today(site: Site, machine: httpx.Client) -> None:
    assert machine.get(THINGS).status_code == 200
    site.under_test["TXG"].execute("UPDATE kernel.role_grant SET valid_to = '2016-03-14'")
    assert machine.get(THINGS).status_code == 403
    site.under_test["TXG"].execute("UPDATE kernel.role_grant SET valid_to = NULL")
    assert machine.get(THINGS).status_code == 200
    site.under_test["TXG"].execute("UPDATE kernel.user_account SET state = 'disabled'")
    assert machine.get(THINGS).json()["code"] == "E-TOKEN"


def test_signing_its_owner_out_leaves_a_machine_at_work(site: Site, machine: httpx.Client) -> None:
    with site.browser("clerk"), site.begin() as uow:
        end_sessions(uow, user_id=user_id(site), reason="test")
    assert machine.get(THINGS).status_code == 200


def test_revoked_or_out_of_date_is_dead_at_the_next_request(
    site: Site, machine: httpx.Client
) -> None:
    other = given_token(site, name="other", days=2)
    with by(other.text, site) as client:
        assert client.get(THINGS).status_code == 200
        with site.begin() as uow:
            revoke_token(uow, token_id=other.token.token_id)
        assert client.get(THINGS).status_code == 401
    site.clock.now += dt.timedelta(days=90)
    assert machine.get(THINGS).status_code == 401


def test_the_database_knows_only_the_digest_and_the_last_use(
    site: Site, machine: httpx.Client
) -> None:
    machine.get(THINGS)
    first = site.clock.now
    site.clock.now += dt.timedelta(minutes=4)
    machine.get(THINGS)
    (row,) = site.under_test["TXG"].rows("SELECT t.used_at, t::text AS whole"
                                         " FROM kernel.machine_token AS t")  # fmt: skip
    assert row.used_at == first
    assert machine.headers["authorization"].split()[1] not in row.whole
    site.clock.now += dt.timedelta(minutes=2)
    machine.get(THINGS)
    (row,) = site.under_test["TXG"].rows("SELECT used_at FROM kernel.machine_token")
    assert row.used_at == site.clock.now


def test_a_token_of_one_county_is_none_in_another(site: Site, machine: httpx.Client) -> None:
    assert machine.get("/mli/api/v1/kernel/personal-reads").status_code == 401


def test_a_person_gives_a_token_no_more_than_they_hold(site: Site) -> None:
    site.given_user("rev", "REV")
    with site.browser("rev") as browser:
        page = browser.get("/txg/kernel/tokens").text
        assert READ.name in page
        assert WRITE.name not in page
        form = {"name": "mine", "days": "30", "agencies": "", "permissions": READ.name}
        made = browser.form("/txg/kernel/tokens", form)
        token = re.search(r'id="token">(zjt_\w{46})<', made.text)
        assert token is not None, made.text
        assert token[1] not in browser.get("/txg/kernel/tokens").text
        with by(token[1], site) as client:
            assert client.get(THINGS).json()["account"] == "rev"
        for wrong in (
            {**form, "name": "other", "permissions": WRITE.name},
            {**form, "name": "other", "agencies": "B1"},
        ):
            refused = browser.form("/txg/kernel/tokens", wrong)
            assert (refused.status_code, "不得超過" in refused.text) == (403, True)
        bad = browser.form("/txg/kernel/tokens", {**form, "name": "Other", "days": "9999"})
        assert (bad.status_code, "權杖名稱須為" in bad.text) == (422, True)
        assert browser.form("/txg/kernel/tokens", form).status_code == 409
    assert len(site.under_test["TXG"].rows("SELECT 1 FROM kernel.machine_token")) == 1


def test_whoever_may_not_make_tokens_sees_no_page(clerk: Browser) -> None:
    assert clerk.get("/txg/kernel/tokens").status_code == 403


def test_tokens_of_others_are_the_administrators_business(site: Site) -> None:
    site.given_user("clerk", "REQ")
    site.given_user("rev", "REV")
    site.given_user("boss", "ADM", in_agency=None)
    token = given_token(site).token
    path = f"/txg/kernel/tokens/{token.token_id}/revocation"
    with site.browser("rev") as stranger, site.browser("boss") as boss:
        assert token.hint not in stranger.get("/txg/kernel/tokens").text
        assert stranger.form(path).status_code == 404
        assert token.hint in boss.get("/txg/kernel/tokens").text
        assert boss.form(path).headers["location"] == "/txg/kernel/tokens?done=revoked"
        assert boss.form(path).status_code == 404


@pytest.mark.parametrize(
    ("wanted", "refusal"),
    [
        ({"name": "UPPER"}, TokenInvalid),
        ({"permissions": ()}, TokenInvalid),
        ({"days": 366}, TokenInvalid),
        ({"days": 0}, TokenInvalid),
        ({"name": "nightly"}, TokenTaken),
    ],
)
def test_a_refused_token_is_not_kept(
    site: Site, wanted: dict[str, Any], refusal: type[Exception]
) -> None:
    site.given_user("clerk", "REQ")
    given_token(site)
    good: dict[str, Any] = {"name": "new", "permissions": (READ.name,)}
    owner = user_id(site)
    with pytest.raises(refusal), site.begin() as uow:
        make_token(uow, WantedToken(**{**good, **wanted}), owner_id=owner)
    assert len(site.under_test["TXG"].rows("SELECT 1 FROM kernel.machine_token")) == 1


def test_an_unknown_token_is_not_revoked(site: Site) -> None:
    with pytest.raises(TokenUnknown), site.begin() as uow:
        revoke_token(uow, token_id=uuid.uuid4())
    assert TokenExceeds.status_code == 403

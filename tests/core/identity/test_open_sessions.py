"""Open sessions: seen, idle, listed, ended one by one and all at once."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest

from tests.core.site import Browser, Site
from zhuji_core.identity import sessions
from zhuji_core.identity.accounts import find_user
from zhuji_core.identity.actor import Forbidden
from zhuji_core.identity.open_sessions import (
    SessionUnknown,
    end_session,
    end_sessions,
    list_sessions,
)
from zhuji_core.settings import CountySettings, keep_setting
from zhuji_core.testing.counties import given_actor

SESSION = "zhuji_session_txg"


def user_id(site: Site, account: str = "clerk") -> uuid.UUID:
    with site.begin() as uow:
        uow.abandon("only looks")
        user = find_user(uow, account=account)
    assert user is not None
    return user.user_id


def seen(site: Site) -> list[dt.datetime | None]:
    rows = site.under_test["TXG"].rows("SELECT seen_at FROM kernel.web_session")
    return [row.seen_at for row in rows]


def test_the_statement_and_the_settings_name_the_same_numbers() -> None:
    assert f"::int, {CountySettings().session_idle_minutes}))" in sessions.RESOLVE
    assert f"interval '{sessions.SEEN_EVERY_MINUTES} minutes'" in sessions.RESOLVE


def test_who_does_nothing_for_half_an_hour_is_signed_out(site: Site, clerk: Browser) -> None:
    site.clock.now += dt.timedelta(minutes=29)
    assert clerk.get("/txg/").status_code == 200
    site.clock.now += dt.timedelta(minutes=31)
    assert clerk.get("/txg/").headers["location"].startswith("/txg/sign-in")


def test_a_county_sets_how_long_one_may_be_idle(site: Site, clerk: Browser) -> None:
    with site.begin() as uow:
        keep_setting(uow, module="kernel", key="session_idle_minutes", value=10)
    site.clock.now += dt.timedelta(minutes=9)
    assert clerk.get("/txg/").status_code == 200
    site.clock.now += dt.timedelta(minutes=11)
    assert clerk.get("/txg/").status_code == 303


def test_being_seen_is_written_at_most_every_two_minutes(site: Site, clerk: Browser) -> None:
    for _ in range(3):
        site.clock.now += dt.timedelta(seconds=30)
        clerk.get("/txg/")
    assert seen(site) == [None]
    site.clock.now += dt.timedelta(seconds=40)
    clerk.get("/txg/")
    assert seen(site) == [site.clock.now]


def test_requests_at_one_moment_do_not_wait_to_write_it(site: Site, clerk: Browser) -> None:
    site.clock.now += dt.timedelta(minutes=3)
    with site.counties["TXG"].engine.begin() as connection:
        connection.exec_driver_sql("SELECT 1 FROM kernel.web_session FOR UPDATE")
        assert clerk.get("/txg/").status_code == 200  # else: refused after the lock's time-out
    assert seen(site) == [None]


def test_a_session_of_the_release_before_is_a_session(site: Site, clerk: Browser) -> None:
    """The code of part 1 writes five columns and knows of no others."""
    site.under_test["TXG"].execute(
        "INSERT INTO kernel.web_session (token_digest, user_id, language, created_at, expires_at)"
        " SELECT sha256('old'), user_id, language, created_at, expires_at FROM kernel.web_session"
    )
    with site.browser() as browser:
        browser.set_cookie(SESSION, "old", path="/txg")
        assert browser.get("/txg/").status_code == 200


def test_the_list_tells_browser_address_and_times(site: Site, clerk: Browser) -> None:
    with site.browser() as other:
        other.client.headers["user-agent"] = "Firefox" * 100
        other.sign_in("clerk")
    person = given_actor()
    with site.counties["TXG"].begin(actor=person, read_only=True) as uow:
        found = list_sessions(uow, user_id=user_id(site), token=clerk.cookie(SESSION))
    first, second = found
    assert (first.this_one, second.this_one) == (True, False)
    assert first.device.startswith("python-httpx/")
    assert len(second.device) == sessions.DEVICE_MAX
    assert {one.address for one in found} == {"127.0.0.1"}
    assert first.created_at == first.seen_at == site.clock.now
    assert first.factor == "password"


def test_one_session_is_ended_and_the_others_go_on(site: Site, clerk: Browser) -> None:
    who = user_id(site)
    with site.browser("clerk") as other, site.begin() as uow:
        found = list_sessions(uow, user_id=who, token=clerk.cookie(SESSION))
        end_session(uow, user_id=who, session_id=found[1].session_id)
        with pytest.raises(SessionUnknown):
            end_session(uow, user_id=who, session_id=found[1].session_id)
    assert other is not clerk
    assert clerk.get("/txg/").status_code == 200
    assert site.under_test["TXG"].rows("SELECT count(*) AS n FROM kernel.web_session")[0].n == 1


def test_all_sessions_end_at_the_next_request_and_the_audit_says_why(
    site: Site, clerk: Browser
) -> None:
    site.given_user("other", "REQ")
    with site.browser("clerk") as second, site.browser("other") as other:
        with site.begin() as uow:
            assert end_sessions(uow, user_id=user_id(site), reason="role-changed") == 2
        assert clerk.get("/txg/").status_code == second.get("/txg/").status_code == 303
        assert other.get("/txg/").status_code == 200
    (row,) = site.under_test["TXG"].rows(
        "SELECT document_label, after FROM kernel.audit_entry WHERE action = 'kernel.session.end'"
    )
    assert row.document_label == "clerk"
    assert row.after == {"ended": 2, "reason": "role-changed"}


def test_the_caller_may_keep_its_own_session(site: Site, clerk: Browser) -> None:
    with site.browser("clerk") as second:
        with site.begin() as uow:
            kept = clerk.cookie(SESSION)
            end_sessions(uow, user_id=user_id(site), reason="password-changed", keep_token=kept)
        assert clerk.get("/txg/").status_code == 200
        assert second.get("/txg/").status_code == 303


def test_nothing_ends_when_the_use_case_is_refused(site: Site, clerk: Browser) -> None:
    who = user_id(site)
    with pytest.raises(SessionUnknown), site.begin() as uow:  # noqa: PT012
        end_sessions(uow, user_id=who, reason="role-changed")
        end_session(uow, user_id=who, session_id=uuid.uuid4())
    assert clerk.get("/txg/").status_code == 200


def test_sessions_of_others_are_the_administrators_business(site: Site, clerk: Browser) -> None:
    stranger = given_actor(2, permissions={})
    who, some = user_id(site), uuid.uuid4()
    with site.counties["TXG"].begin(actor=stranger) as uow:
        with pytest.raises(Forbidden):
            list_sessions(uow, user_id=who)
        with pytest.raises(Forbidden):
            end_session(uow, user_id=who, session_id=some)
        uow.abandon("refused")
    assert clerk.get("/txg/").status_code == 200

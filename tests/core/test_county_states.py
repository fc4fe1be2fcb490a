"""What people meet in a county that is not open: on pages, in the API, when they sign in."""

from __future__ import annotations

from typing import Any

import pytest

from tests.core.probe import thing
from tests.core.site import Browser, Site
from zhuji_core.county import CountyState
from zhuji_core.db.states import change_state
from zhuji_core.testing.cluster import TestHost

API = "/txg/api/v1/probe/things"
REASON = "設備搬遷，預計下午三時恢復"


def turn(host: TestHost, state: CountyState) -> None:
    """Change the state as an operator does; the application's register still says otherwise."""
    change_state(host.engines, code="TXG", state=state, reason=REASON)


def told(host: TestHost, site: Site, state: CountyState) -> None:
    """The same, and every process has read the register since."""
    turn(host, state)
    site.switch("TXG", state=state, epoch=2, reason=REASON)


def kept(site: Site) -> Any:
    return site.under_test["TXG"].rows(
        "SELECT (SELECT count(*) FROM kernel.audit_entry), (SELECT count(*) FROM kernel.draft),"
        "       (SELECT count(*) FROM kernel.number_counter),"
        "       (SELECT count(*) FROM kernel.web_session)"
    )


@pytest.mark.parametrize("state", ["read_only", "moving"])
def test_who_is_signed_in_reads_at_once_but_writes_nothing(
    site: Site, host: TestHost, clerk: Browser, state: CountyState
) -> None:
    before = kept(site)
    turn(host, state)
    page = clerk.get("/txg/")
    assert page.status_code == 200
    assert REASON in page.text
    assert 'class="flash warning notice"' in page.text
    assert clerk.get(API).status_code == 200
    refused = clerk.json(API, thing(), key="a key of mine")
    assert (refused.status_code, refused.json()["code"]) == (409, "E-COUNTY-READ-ONLY")
    assert REASON in refused.json()["detail"]
    form = clerk.form("/txg/probe/things")
    assert form.status_code == 409
    assert REASON in form.text
    assert clerk.json("/txg/drafts/a", b"{}", method="PUT").status_code == 409
    assert kept(site) == before


def test_a_read_only_county_lets_people_in_and_out(
    site: Site, host: TestHost, stranger: Browser
) -> None:
    site.given_user("clerk", "REQ")
    told(host, site, "read_only")
    assert REASON in stranger.get("/txg/sign-in").text
    assert stranger.sign_in("clerk", password="wrong").status_code == 401  # noqa: S106
    assert stranger.sign_in("clerk").status_code == 303
    assert stranger.get("/txg/probe/things").status_code == 200
    assert stranger.form("/txg/sign-out").status_code == 303
    actions = site.under_test["TXG"].rows(
        "SELECT action FROM kernel.audit_entry WHERE document_kind = 'kernel.session'"
        " ORDER BY audit_id"
    )
    assert [row.action.rpartition(".")[2] for row in actions] == ["refuse", "open", "close"]


def test_a_moving_county_lets_nobody_in_anew(site: Site, host: TestHost, stranger: Browser) -> None:
    site.given_user("clerk", "REQ")
    before = kept(site)
    told(host, site, "moving")
    refused = stranger.sign_in("clerk")
    assert refused.status_code == 409
    assert "移轉中" in refused.text
    assert kept(site) == before


@pytest.mark.parametrize("heard", [True, False])
@pytest.mark.parametrize("state", ["restoring", "suspended"])
def test_nobody_enters_a_closed_county(
    site: Site,
    host: TestHost,
    clerk: Browser,
    stranger: Browser,
    state: CountyState,
    *,
    heard: bool,
) -> None:
    before = kept(site)
    (told(host, site, state) if heard else turn(host, state))
    for path in ("/txg/", "/txg/probe/things"):
        page = clerk.get(path)
        assert page.status_code == 409
        assert REASON in page.text
        assert "E-COUNTY-CLOSED" in page.text
    assert clerk.get(API).json()["code"] == "E-COUNTY-CLOSED"
    assert clerk.json(API, thing()).json()["code"] == "E-COUNTY-CLOSED"
    if heard:
        assert stranger.get("/txg/sign-in").status_code == 409
        assert "E-COUNTY-CLOSED" in stranger.get("/txg/").text
    assert stranger.sign_in("clerk").status_code == 409
    assert kept(site) == before
    assert stranger.get("/mli/sign-in").status_code == 200


def test_the_message_is_read_in_english_too(site: Site, host: TestHost, clerk: Browser) -> None:
    turn(host, "read_only")
    clerk.client.cookies.set("zhuji_language", "en", domain="127.0.0.1", path="/")
    assert "read-only" in clerk.get("/txg/").text
    assert "read-only" in clerk.json(API, thing()).json()["detail"]


def test_an_opened_county_works_at_once(site: Site, host: TestHost, clerk: Browser) -> None:
    """The register that the process knows still has the first epoch; the session has the third."""
    turn(host, "suspended")
    turn(host, "open")
    assert "notice" not in clerk.get("/txg/").text
    assert clerk.json(API, thing()).status_code == 201

"""What every call of the API may rely on: keys, kinds of content, methods, problems, pages."""

from __future__ import annotations

import base64

import pytest

from tests.core.probe import thing
from tests.core.site import Browser, Site

API = "/txg/api/v1/probe/things"
JSON = {"content-type": "application/json"}


def test_a_post_without_a_key_is_refused_and_does_nothing(site: Site, clerk: Browser) -> None:
    before = site.under_test["TXG"].rows("SELECT count(*) FROM kernel.audit_entry")
    headers = {"x-csrftoken": clerk.csrf, **JSON}
    reply = clerk.client.post(API, content=thing(), headers=headers)
    assert (reply.status_code, reply.json()["code"]) == (400, "E-KEY-MISSING")
    assert site.under_test["TXG"].rows("SELECT count(*) FROM kernel.audit_entry") == before


@pytest.mark.parametrize("key", ["short", "k" * 101, "schlüssel-1"])
def test_a_key_has_a_shape(clerk: Browser, key: str) -> None:
    headers = [(b"x-csrftoken", clerk.csrf.encode()), (b"idempotency-key", key.encode("latin-1"))]
    reply = clerk.client.post(
        API, content=thing(), headers=[*headers, (b"content-type", b"application/json")]
    )
    assert (reply.status_code, reply.json()["code"]) == (422, "E-KEY")


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "", "text/xml"]
)
def test_another_kind_of_content_is_told_so(clerk: Browser, kind: str) -> None:
    headers = {"x-csrftoken": clerk.csrf, "idempotency-key": "a key of its own"}
    if kind:
        headers["content-type"] = kind
    reply = clerk.client.post(API, content=thing(), headers=headers)
    assert (reply.status_code, reply.json()["code"]) == (415, "E-MEDIA-TYPE")


def test_the_kind_of_content_may_name_its_charset(clerk: Browser) -> None:
    headers = {
        "x-csrftoken": clerk.csrf,
        "idempotency-key": "a key of its own",
        "content-type": "Application/JSON; charset=utf-8",
    }
    assert clerk.client.post(API, content=thing(), headers=headers).status_code == 201


def test_another_method_is_told_which_there_are(clerk: Browser) -> None:
    for method in ("DELETE", "OPTIONS", "PATCH"):
        reply = clerk.client.request(method, API, headers={"x-csrftoken": clerk.csrf})
        assert (reply.status_code, reply.json()["code"]) == (405, "E-METHOD"), method
        assert {"GET", "POST"} <= set(reply.headers["allow"].replace(" ", "").split(","))


@pytest.mark.parametrize("path", [API, "/txg/", "/txg/sign-in", "/txg/api/openapi.json", "/txg/x"])
def test_head_is_get_without_the_body(clerk: Browser, path: str) -> None:
    got, head = clerk.get(path), clerk.client.head(path)
    assert head.status_code == got.status_code
    assert head.content == b""
    assert head.headers["content-type"] == got.headers["content-type"]


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/txg/api/v1/nothing", 404, "E-NOT-FOUND"),
        ("GET", "/txg/api/v1/probe/things/none", 404, "E-NOT-FOUND"),
        ("GET", "/xyz/api/v1/probe/things", 404, "E-NOT-FOUND"),
        ("DELETE", API, 405, "E-METHOD"),
        ("POST", "/txg/api/v1/nothing", 404, "E-NOT-FOUND"),
    ],
)
def test_every_error_is_a_problem(
    clerk: Browser, method: str, path: str, status: int, code: str
) -> None:
    reply = clerk.client.request(method, path, headers={"x-csrftoken": clerk.csrf})
    assert reply.status_code == status
    assert reply.headers["content-type"] == "application/problem+json"
    problem = reply.json()
    assert set(problem) == {
        *("type", "title", "status", "code", "detail", "arithmetic", "fields", "trace_id"),
    }
    assert (problem["status"], problem["code"]) == (status, code)


LISTED = "/txg/api/v1/probe/numbers"


def test_pages_follow_one_another_to_the_end(clerk: Browser) -> None:
    path, seen = f"{LISTED}?limit=4&text=a", []
    while path:
        reply = clerk.get(path)
        seen.append(reply.json()["items"])
        link = reply.headers.get("link", "")
        assert bool(link) == (reply.json()["next"] is not None)
        assert not link or link.endswith('; rel="next"')
        path = link.partition(">")[0].lstrip("<")
        assert not path or "text=a" in path
    assert seen == [[1, 2, 3, 4], [5, 6, 7, 8], [9, 10]]


@pytest.mark.parametrize("limit", ["0", "-1", "201", "many", "9" * 30])
def test_a_page_has_a_largest_size(clerk: Browser, limit: str) -> None:
    reply = clerk.get(f"{LISTED}?limit={limit}")
    assert (reply.status_code, reply.json()["code"]) == (422, "E-INPUT")
    assert "limit" in reply.json()["fields"]


def test_a_cursor_that_was_changed_is_refused(clerk: Browser) -> None:
    cursor = clerk.get(f"{LISTED}?limit=4").json()["next"]
    raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    changed = [
        base64.urlsafe_b64encode(bytes([*raw[:place], byte ^ 1, *raw[place + 1 :]])).decode()
        for place, byte in enumerate(raw)
    ]
    for wrong in [*changed, cursor[:-1], cursor + "A", cursor + "=", "x", "%00", "游標", "a" * 900]:
        reply = clerk.client.get(LISTED, params={"cursor": wrong})
        assert (reply.status_code, reply.json()["code"]) == (422, "E-CURSOR"), wrong
    assert len(changed) > 16


def test_a_cursor_of_another_list_or_county_is_refused(site: Site, clerk: Browser) -> None:
    cursor = clerk.get(f"{LISTED}?limit=4").json()["next"]
    other = clerk.get(f"{LISTED}/again?cursor={cursor}")
    assert (other.status_code, other.json()["code"]) == (422, "E-CURSOR")
    site.switch("MLI", modules=("probe",))
    site.given_user("mli", "REQ", county="MLI")
    with site.browser("mli", county="mli") as browser:
        foreign = browser.get(f"{LISTED.replace('txg', 'mli')}?cursor={cursor}")
    assert (foreign.status_code, foreign.json()["code"]) == (422, "E-CURSOR")

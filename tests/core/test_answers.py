"""What every answer carries, and how errors read on a page and in the API."""

from __future__ import annotations

import html
import logging
import re
import socket
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa

from tests.core.probe import thing
from tests.core.site import Browser, Site
from zhuji_core.app import BODY_MAX
from zhuji_core.logs import DiscreetFormatter

API = "/txg/api/v1/probe/things"


def wait_until(happened: Callable[[], bool]) -> None:
    until = time.monotonic() + 60
    while not happened():
        assert time.monotonic() < until, "it did not happen"
        time.sleep(0.01)


def audits(site: Site) -> Any:
    return site.under_test["TXG"].rows("SELECT count(*) FROM kernel.audit_entry")


@pytest.mark.parametrize(
    "path", ["/", "/healthz", "/txg/", "/txg/sign-in", "/txg/nothing", "/nothing/at/all", API]
)
def test_every_answer_tells_the_browser_its_limits(clerk: Browser, path: str) -> None:
    headers = clerk.get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cache-control"] == "no-store"
    assert headers["server-timing"].startswith("total;dur=")


def test_a_file_of_ours_is_kept_as_long_as_its_address_names_its_content(
    clerk: Browser,
) -> None:
    page = clerk.get("/txg/").text
    path = page.partition('href="/static/')[2].partition('"')[0]
    assert "?v=" in path
    kept = clerk.get(f"/static/{path}")
    assert "immutable" in kept.headers["cache-control"]
    assert "set-cookie" not in kept.headers
    assert (
        "immutable" not in clerk.get("/static/" + path.partition("?")[0]).headers["cache-control"]
    )
    assert clerk.get("/static/nothing.css?v=1").headers["cache-control"] == "no-store"
    assert clerk.get("/static/../app.py").status_code == 404


def test_a_refusal_in_the_api_says_its_arithmetic(site: Site, clerk: Browser) -> None:
    before = audits(site)
    reply = clerk.json(API, thing(name="業務費", refuse=True))
    assert reply.status_code == 409
    assert reply.headers["content-type"] == "application/problem+json"
    problem = reply.json()
    assert problem == {
        "type": "urn:zhuji:refusal:E-PROBE",
        "title": "未能受理",
        "status": 409,
        "code": "E-PROBE",
        "detail": "業務費可用 81,480，本次 90,000。",
        "arithmetic": {"available_ntd": 81480, "requested_ntd": 90000},
        "fields": {"amount_ntd": "可用餘額"},
        "trace_id": problem["trace_id"],
    }
    assert list(problem["arithmetic"]) == ["available_ntd", "requested_ntd"]
    assert audits(site) == before


def test_a_refusal_as_a_page_escapes_what_people_typed(site: Site, clerk: Browser) -> None:
    before = audits(site)
    reply = clerk.form("/txg/probe/things/dear", referer=f"{site.address}/txg/probe/things")
    assert reply.status_code == 409
    assert "81,480" in reply.text
    assert "<b>太貴</b>" not in reply.text
    assert "&lt;b&gt;太貴" in reply.text
    assert 'href="/txg/probe/things"' in reply.text
    assert audits(site) == before


@pytest.mark.parametrize("path", [f"{API}/fault", "/txg/probe/things/fault"])
def test_a_fault_shows_nothing_of_itself(
    clerk: Browser, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR, logger="zhuji"):
        reply = clerk.get(path)
    assert reply.status_code == 500
    assert "E-INTERNAL" in reply.text
    for secret in ("王小明", "A123456789", "RuntimeError", "Traceback", ".py"):
        assert secret not in reply.text
    (record,) = [one for one in caplog.records if one.exc_info]
    told = DiscreetFormatter().format(record)  # the log is for those who mend it
    assert f"fault in GET /{{county}}{path.removeprefix('/txg')}" in told
    assert told.endswith("\nRuntimeError"), "its message is not told, which stands in the source"


@pytest.mark.parametrize(
    ("path", "media_type"),
    [
        (API, "application/json"),
        ("/txg/probe/things", "application/x-www-form-urlencoded"),
        ("/txg/probe/things", "multipart/form-data; boundary=half"),
    ],
)
def test_a_client_that_hangs_up_is_no_fault(
    site: Site, clerk: Browser, path: str, media_type: str, caplog: pytest.LogCaptureFixture
) -> None:
    before = audits(site)
    caplog.set_level(logging.INFO, logger="zhuji")
    head = (
        f"POST {path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: {media_type}\r\n"
        f"content-length: 400\r\nx-csrftoken: {clerk.csrf}\r\nidempotency-key: hung-up-1\r\n"
        f"cookie: {'; '.join(f'{one.name}={one.value}' for one in clerk.client.cookies.jar)}\r\n"
    )
    server = urlsplit(site.address)
    with socket.create_connection((server.hostname, server.port)) as wire:
        wire.sendall(f"{head}\r\nname=half of i".encode())
    # The route, and not the path: in that stands whatever somebody typed.
    said = f"client hung up in POST /{{county}}{path.removeprefix('/txg')}"
    wait_until(lambda: said in caplog.messages)
    assert all(one.levelno == logging.INFO and not one.exc_info for one in caplog.records)
    assert audits(site) == before


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        (b"{", {}),
        (b"[]", {}),
        (b'{"name": "x"}', {}),
        (b'{"name": 1, "amount_ntd": "much"}', {}),
        (b'{"name": "x", "amount_ntd": 1.5}', {}),
        (b'{"name": "x", "amount_ntd": 1, "other": 1}', {}),
    ],
)
def test_what_cannot_be_read_is_422(
    site: Site, clerk: Browser, body: bytes, fields: dict[str, str]
) -> None:
    before = audits(site)
    reply = clerk.json(API, body)
    assert reply.status_code == 422, reply.text
    assert reply.json()["code"] == "E-INPUT"
    assert audits(site) == before


def test_an_input_that_does_not_fit_is_named(clerk: Browser) -> None:
    reply = clerk.json(API, b'{"name": "x", "amount_ntd": "much"}')
    assert "amount_ntd" in reply.json()["fields"]


def test_what_is_not_there_is_404_in_the_way_it_was_asked(clerk: Browser) -> None:
    assert clerk.get("/txg/api/v1/probe/nothing").json()["code"] == "E-NOT-FOUND"
    assert "E-NOT-FOUND" in clerk.get("/txg/probe/nothing/at/all").text
    assert clerk.get("/xyz/api/v1/probe/things").json()["status"] == 404


def test_another_method_is_405(clerk: Browser) -> None:
    reply = clerk.json(API, b"", method="DELETE")
    assert reply.status_code == 405
    assert reply.json()["code"] == "E-METHOD"
    assert clerk.client.options(API).status_code == 405


def test_a_body_has_a_largest_size(site: Site, clerk: Browser) -> None:
    before = audits(site)
    reply = clerk.json(API, b" " * (BODY_MAX + 1))
    assert reply.status_code == 413
    assert reply.json()["code"] == "E-TOO-LARGE"
    assert clerk.form("/txg/probe/things", {"x": "x" * BODY_MAX}).status_code == 413
    assert audits(site) == before


def test_a_form_without_the_token_is_refused(site: Site, clerk: Browser) -> None:
    before = audits(site)
    page = clerk.client.post("/txg/probe/things", data={"x": "1"})
    assert page.status_code == 403
    assert "E-CSRF" in page.text
    api = clerk.client.post(API, content=thing(), headers={"content-type": "application/json"})
    assert api.status_code == 403
    assert api.json()["code"] == "E-CSRF"
    stolen = clerk.client.post("/txg/probe/things", data={"_csrf_token": "a" * 128})
    assert stolen.status_code == 403
    assert audits(site) == before


@pytest.mark.parametrize("origin", ["https://evil.tw", "null", "http://127.0.0.1:1"])
def test_a_form_from_another_site_is_refused(site: Site, clerk: Browser, origin: str) -> None:
    before = audits(site)
    reply = clerk.form("/txg/probe/things", origin=origin)
    assert reply.status_code == 403
    assert "E-ORIGIN" in reply.text
    assert clerk.form("/txg/probe/things", origin=site.address).status_code == 303
    assert len(audits(site)) == len(before)


def test_the_language_is_kept_by_the_browser(site: Site, clerk: Browser) -> None:
    assert 'lang="zh-Hant-TW"' in clerk.get("/txg/").text
    chosen = clerk.form(
        "/txg/language", {"language": "en"}, referer=f"{site.address}/txg/probe/things?a=1"
    )
    assert chosen.headers["location"] == "/txg/probe/things?a=1"
    assert 'lang="en"' in clerk.get("/txg/").text
    refusal = clerk.json(API, b"{")
    assert refusal.json()["title"] != "輸入內容有誤"
    clerk.form("/txg/language", {"language": "xx"})
    assert 'lang="en"' in clerk.get("/txg/").text
    foreign = clerk.form("/txg/language", {"language": "zh_Hant_TW", "next": "//evil.tw"})
    assert foreign.headers["location"] == "/txg/"
    assert 'lang="zh-Hant-TW"' in clerk.get("/txg/").text


def test_the_language_can_be_chosen_before_signing_in(site: Site, stranger: Browser) -> None:
    there = "/txg/sign-in?next=/txg/probe/things"
    (link,) = re.findall(r'<a href="([^"]+)" lang="en">', stranger.get(there).text)
    assert stranger.get(html.unescape(link)).headers["location"] == there
    assert 'lang="en"' in stranger.get(there).text
    stranger.get("/?language=zh_Hant_TW")
    assert 'lang="zh-Hant-TW"' in stranger.get("/").text
    with site.browser() as fresh:
        assert 'lang="zh' in fresh.get("/", **{"accept-language": "en-GB,en;q=0.9"}).text


def test_a_program_is_refused_in_the_language_it_accepts(stranger: Browser) -> None:
    path = "/txg/api/v1/probe/things"
    english = stranger.get(path, **{"accept-language": "en-GB,en;q=0.9"}).json()["detail"]
    chinese = stranger.get(path, **{"accept-language": "zh-TW"}).json()["detail"]
    assert english.isascii()
    assert not chinese.isascii()


def test_a_page_is_one_transaction(site: Site, clerk: Browser) -> None:
    """The session is resolved before it, outside of any transaction."""
    begun: list[str] = []
    engine = site.counties["TXG"].engine

    def note(*_: object) -> None:
        begun.append("begin")

    sa.event.listen(engine, "begin", note)
    try:
        assert clerk.get("/txg/").status_code == 200
        assert begun == ["begin"]
    finally:
        sa.event.remove(engine, "begin", note)


def test_the_front_page_names_the_counties(stranger: Browser) -> None:
    page = stranger.get("/")
    assert page.status_code == 200
    assert 'href="/txg/"' in page.text
    assert "苗栗縣" in page.text


def test_the_first_page_shows_what_waits_and_where_one_is(clerk: Browser) -> None:
    page = clerk.get("/txg/").text
    for text in ("臺中市", "民政局", "105-03-15", "姓名clerk", "經辦", "待填寫", "1,234"):
        assert text in page


def test_drafts_are_kept_for_one_person(site: Site, clerk: Browser) -> None:
    path = "/txg/drafts/probe:new"
    assert clerk.get(path).status_code == 404
    kept = clerk.json(path, '{"用途": "茶葉", "amount": "1,000"}'.encode(), method="PUT")
    assert kept.status_code == 200, kept.text
    assert clerk.get(path).json()["fields"] == {"用途": "茶葉", "amount": "1,000"}
    site.given_user("other", "REQ")
    with site.browser("other") as other:
        assert other.get(path).status_code == 404
        assert other.json(path, b"", method="DELETE").status_code == 204
    assert clerk.json(path, b"", method="DELETE").status_code == 204
    assert clerk.get(path).status_code == 404
    large = clerk.json(path, b'{"a": "' + b"x" * 300_000 + b'"}', method="PUT")
    assert large.status_code == 413
    long = clerk.json("/txg/drafts/" + "k" * 201, b"{}", method="PUT")
    assert long.status_code == 422

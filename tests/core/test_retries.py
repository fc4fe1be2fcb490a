"""The same request sent twice is done once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.core.probe import thing
from tests.core.site import Browser, Site

KEY = "0198c5a0-key-1"
API = "/txg/api/v1/probe/things"


def numbers(site: Site) -> Any:
    (row,) = site.under_test["TXG"].rows(
        "SELECT (SELECT max(last_no) FROM kernel.number_counter) AS last_no,"
        " (SELECT count(*) FROM kernel.audit_entry WHERE action = 'probe.thing.write') AS audits,"
        " (SELECT count(*) FROM kernel.idempotency_key) AS keys"
    )
    return tuple(row)


def test_the_second_answer_is_the_first_one_byte_for_byte(site: Site, clerk: Browser) -> None:
    first = clerk.json(API, thing(name='第一筆 " \\ 𠮷'), key=KEY)
    second = clerk.json(API, thing(name='第一筆 " \\ 𠮷'), key=KEY)
    assert first.status_code == second.status_code == 201
    assert first.content == second.content
    assert first.headers["content-type"] == second.headers["content-type"]
    assert "idempotent-replayed" not in first.headers
    assert second.headers["idempotent-replayed"] == "true"
    assert numbers(site) == (1, 1, 1)


def test_with_a_new_key_each_request_is_another(site: Site, clerk: Browser) -> None:
    for number in (1, 2):
        assert clerk.json(API, thing()).json()["number"] == number
    assert numbers(site) == (2, 2, 2)


def test_the_same_key_with_another_body_is_a_mistake(site: Site, clerk: Browser) -> None:
    clerk.json(API, thing(), key=KEY)
    other = clerk.json(API, thing(amount_ntd=11), key=KEY)
    assert other.status_code == 422
    assert other.json()["code"] == "E-KEY-REUSED"
    assert numbers(site) == (1, 1, 1)


def test_the_same_key_at_another_address_is_a_mistake(site: Site, clerk: Browser) -> None:
    clerk.json(API, thing(), key=KEY)
    other = clerk.form("/txg/probe/things", {"_key": KEY})
    assert other.status_code == 422
    assert numbers(site) == (1, 1, 1)


def test_another_person_may_use_the_same_key(site: Site, clerk: Browser) -> None:
    site.given_user("other", "REQ")
    clerk.json(API, thing(), key=KEY)
    with site.browser("other") as other:
        assert other.json(API, thing(), key=KEY).json()["number"] == 2


def test_a_form_sent_twice_leads_to_the_same_page(site: Site, clerk: Browser) -> None:
    fields = {"_key": KEY, "note": "民政"}
    first = clerk.form("/txg/probe/things", fields)
    second = clerk.form("/txg/probe/things", {**fields, "_csrf_token": clerk.csrf})
    assert first.status_code == second.status_code == 303
    assert first.headers["location"] == second.headers["location"] == "/txg/probe/things?made=1"
    assert second.headers["idempotent-replayed"] == "true"
    assert clerk.form("/txg/probe/things", {**fields, "note": "社會"}).status_code == 422
    assert numbers(site) == (1, 1, 1)


def test_twenty_at_once_are_done_once(site: Site, clerk: Browser) -> None:
    with ThreadPoolExecutor(20) as crowd:
        replies = list(crowd.map(lambda _: clerk.json(API, thing(), key=KEY), range(20)))
    assert {reply.status_code for reply in replies} == {201}
    assert {reply.content for reply in replies} == {b'{"number":1,"name":"' + "筆".encode() + b'"}'}
    assert sum("idempotent-replayed" not in reply.headers for reply in replies) == 1
    assert numbers(site) == (1, 1, 1)


def test_a_refusal_is_not_kept_and_may_be_tried_again(site: Site, clerk: Browser) -> None:
    for _ in range(2):
        reply = clerk.json(API, thing(refuse=True), key=KEY)
        assert reply.status_code == 409
        assert "idempotent-replayed" not in reply.headers
    assert numbers(site) == (None, 0, 0)


def test_a_key_that_is_too_short_or_too_long_is_refused(site: Site, clerk: Browser) -> None:
    for key in ("short", "x" * 101):
        reply = clerk.json(API, thing(), key=key)
        assert reply.status_code == 422
        assert reply.json()["code"] == "E-KEY"
    assert numbers(site) == (None, 0, 0)


def test_a_kept_answer_is_not_given_to_who_has_lost_the_right(site: Site, clerk: Browser) -> None:
    clerk.json(API, thing(), key=KEY)
    site.under_test["TXG"].execute("DELETE FROM kernel.role_grant")
    assert clerk.json(API, thing(), key=KEY).status_code == 403

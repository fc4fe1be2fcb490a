"""The audit trail on pages and in the API: found, shown, proved, and kept from others."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import msgspec
import pytest
from playwright.sync_api import Browser as Chromium

from tests.core.audit import changes
from tests.core.audit.conftest import seal
from tests.core.site import Browser, Site
from tests.e2e.desk import RUN_AXE, SCREENSHOTS
from zhuji_core.audit.proofs import Proof, check_proof
from zhuji_core.identity.sessions import cookie_name

PAGE = "/txg/kernel/audit"
API = "/txg/api/v1/kernel/audit"
AXE = Path(__file__).parents[2] / "assets" / "axe" / "axe.min.js"


def entries(browser: Browser, **filters: object) -> list[dict[str, Any]]:
    answer = browser.get(f"{API}/entries?{urlencode(filters)}")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


def business(browser: Browser, **filters: object) -> list[dict[str, Any]]:
    return [one for one in entries(browser, **filters) if one["document_kind"] == "probe.thing"]


def test_each_filter_finds_what_it_names_and_nothing_else(auditor: Browser) -> None:
    everything = business(auditor, limit=200)
    assert len(everything) == 15
    one = everything[4]
    for filters, expected in (
        ({"label": one["document_label"]}, 1),
        ({"label": "105-00000"}, 10),
        ({"label": "105_"}, 0),  # no pattern of SQL
        ({"document_id": one["document_id"]}, 1),
        ({"action": "probe.thing.write"}, 15),
        ({"action": "probe."}, 15),
        ({"action": "probe"}, 0),
        ({"who": "system"}, 15),
        ({"who": "auditor"}, 0),
        ({"agency_code": "A1"}, 15),
        ({"agency_code": "B1"}, 0),
        ({"from_date": "2016-03-15", "to_date": "2016-03-15"}, 15),
        ({"from_date": "2016-03-16"}, 0),
        ({"to_date": "2016-03-14"}, 0),
        ({"trace_id": "0" * 32}, 0),
        ({"words": "10007"}, 1),
        ({"words": "草稿"}, 8),
        ({"words": "100%"}, 0),
        ({"words": "10007", "agency_code": "B1"}, 0),
    ):
        assert len(business(auditor, limit=200, **filters)) == expected, filters
    assert {one["document_label"] for one in business(auditor, label="105-00000")} == {
        f"105-00000{number}" for number in range(10)
    }


def test_pages_follow_each_other_without_loss(auditor: Browser) -> None:
    every = [one["audit_id"] for one in entries(auditor, limit=200)]
    assert every == sorted(every, reverse=True)
    seen: list[int] = []
    cursor: str | None = None
    for _ in range(len(every)):
        query = {"limit": 4, **({"cursor": cursor} if cursor is not None else {})}
        answer = auditor.get(f"{API}/entries?{urlencode(query)}").json()
        seen += [one["audit_id"] for one in answer["items"]]
        cursor = answer["next"]
        if cursor is None:
            break
    assert seen == every


def test_words_are_looked_for_window_by_window(
    auditor: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zhuji_core.audit.search.WORDS_WINDOW", 5)
    found: list[dict[str, Any]] = []
    cursor, pages = None, 0
    while True:
        query = {"words": "10003", **({"cursor": cursor} if cursor is not None else {})}
        answer = auditor.get(f"{API}/entries?{urlencode(query)}").json()
        found += answer["items"]
        cursor, pages = answer["next"], pages + 1
        if cursor is None:
            break
    assert [one["document_label"] for one in found] == ["105-000003"]
    assert pages > 3


def test_the_page_shows_what_changed_who_did_it_and_that_it_is_sealed(auditor: Browser) -> None:
    page = auditor.get(f"{PAGE}?label=105-000005")
    assert page.status_code == 200
    assert "105-000005" in page.text
    assert "amount_ntd：10005" in page.text
    assert "已封存" in page.text
    (audit_id,) = {int(found) for found in re.findall(r"/kernel/audit/(\d+)\"", page.text)}
    entry = auditor.get(f"{PAGE}/{audit_id}")
    assert entry.status_code == 200
    assert "臺中市政府" in entry.text
    assert f"{PAGE}/{audit_id}/proof" in entry.text


@pytest.mark.parametrize("asked", ["?from_date=abc", "?to_date=1051399", "/daily?day=x"])
def test_a_date_that_cannot_be_read_is_said_where_the_list_would_stand(
    auditor: Browser, asked: str
) -> None:
    answer = auditor.get(f"{PAGE}{asked}")
    assert answer.status_code == 422
    assert "-error" in answer.text
    listing = answer.text[answer.text.index('<section class="listing"') :]
    assert "不是有效的日期" in listing
    assert "105-00000" not in listing, "a filter that cannot be read shows no entries"


def test_an_administrator_sees_what_administrators_do_and_no_business(audited: Site) -> None:
    audited.given_user("adm", "ADM", in_agency=None)
    number = business_id(audited)
    with audited.browser("adm") as browser:
        found = entries(browser, limit=200)
        assert found
        assert {one["document_kind"].partition(".")[0] for one in found} == {"kernel"}
        assert entries(browser, words="臺中市政府") == []
        for path in (f"{API}/entries/{number}", f"{API}/entries/{number}/proof"):
            answer = browser.get(path)
            assert (answer.status_code, answer.json()["code"]) == (404, "E-AUDIT-ENTRY")
        assert browser.get(f"{PAGE}/{number}").status_code == 404
        assert browser.get(f"{PAGE}/{number}/proof").status_code == 404


def business_id(site: Site) -> int:
    (row,) = site.under_test["TXG"].rows(
        "SELECT max(audit_id) AS id FROM kernel.audit_entry WHERE document_kind = 'probe.thing'"
    )
    return int(row.id)


def test_others_and_strangers_see_nothing(audited: Site, clerk: Browser, stranger: Browser) -> None:
    paths = (
        "/entries", "/entries/1", "/entries/1/proof", "/status", "/days/2016-03-15",
    )  # fmt: skip
    for path in paths:
        assert clerk.get(f"{API}{path}").json()["code"] == "E-FORBIDDEN"
        assert stranger.get(f"{API}{path}").status_code == 401
    for path in ("", "/1", "/1/proof", "/daily", "/export/csv", "/daily/export/ods?day=1050315"):
        assert clerk.get(f"{PAGE}{path}").status_code == 403, path


def test_a_proof_can_be_checked_without_the_site(auditor: Browser, audited: Site) -> None:
    number = business_id(audited)
    with audited.begin() as uow:
        changes.tell(uow, 99)
    seal(audited)  # a seal after the entry's own
    answer = auditor.get(f"{PAGE}/{number}/proof")
    assert "attachment" in answer.headers["content-disposition"]
    proof = msgspec.json.decode(answer.content, type=Proof)
    assert check_proof(proof).passed
    assert len(proof.links) == 1
    status = auditor.get(f"{API}/status").json()
    assert proof.head == status["head"]
    assert auditor.get(f"{API}/entries/{number}/proof").json() == json.loads(answer.content)


def test_an_unsealed_and_a_tampered_entry_say_so(auditor: Browser, audited: Site) -> None:
    with audited.begin() as uow:
        changes.tell(uow, 99)
    number = business_id(audited)
    answer = auditor.get(f"{API}/entries/{number}/proof")
    assert (answer.status_code, answer.json()["code"]) == (409, "E-AUDIT-UNSEALED")
    assert "待封存" in auditor.get(f"{PAGE}/{number}").text
    seal(audited)
    county = audited.under_test["TXG"]
    county.execute("UPDATE kernel.audit_entry SET action = 'x' WHERE audit_id = :n", n=number)
    answer = auditor.get(f"{API}/entries/{number}/proof")
    assert (answer.status_code, answer.json()["code"]) == (409, "E-AUDIT-BROKEN")
    page = auditor.get(f"{PAGE}/{number}")
    assert page.status_code == 200
    assert "與封存不符" in page.text


def test_files_hold_what_the_filter_shows(auditor: Browser) -> None:
    answer = auditor.get(f"{PAGE}/export/csv?label=105-00000")
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert len(rows) == 11
    assert rows[0][0] == "編號"
    assert any("臺中市政府" in cell for cell in rows[1])
    assert auditor.get(f"{PAGE}/export/ods?label=105-00000").content[:2] == b"PK"
    refused = auditor.get(f"{PAGE}/export/exe")
    assert refused.status_code == 404


def test_the_daily_report_counts_and_carries_the_head(auditor: Browser, audited: Site) -> None:
    seal(audited)
    report = auditor.get(f"{API}/days/2016-03-15").json()
    counted = {(one["action"], one["agency_code"]): one["entries"] for one in report["counts"]}
    assert counted["probe.thing.write", "A1"] == 15
    assert sum(counted.values()) == report["entries"]
    page = auditor.get(f"{PAGE}/daily?day=1050315").text
    groups = re.findall(r"<code>([0-9A-F]{4})</code>", page)
    assert "".join(groups).lower() == report["head"]["head"]
    assert "本日尚未結束" in page
    before = report["head"]["head"]
    with audited.begin() as uow:
        changes.tell(uow, 99)
    later = auditor.get(f"{API}/days/2016-03-15").json()
    assert (later["unsealed"], later["head"]["head"]) == (1, before), "the newest that there is"
    quiet = auditor.get(f"{PAGE}/daily?day=1050101")
    assert "沒有錨定值" in quiet.text
    assert auditor.get(f"{PAGE}/daily/export/ods?day=1050315").content[:2] == b"PK"
    assert auditor.get(f"{PAGE}/daily/export/ods?day=x").status_code == 422


def test_a_late_sealer_is_said_to_those_who_must_know(
    auditor: Browser, audited: Site, clerk: Browser
) -> None:
    with audited.begin() as uow:
        changes.tell(uow, 99)
    warning = "尚未封存，最久已等候"
    assert warning not in auditor.get(PAGE).text
    audited.clock.now += dt.timedelta(seconds=9)
    assert warning in auditor.get(PAGE).text
    assert warning in auditor.get(f"{PAGE}/daily").text
    assert "逾時未封存" in auditor.get("/txg/").text
    assert "逾時未封存" not in clerk.get("/txg/").text


def test_two_counties_never_meet(auditor: Browser, audited: Site) -> None:
    audited.given_user("auditor", "AUD", in_agency=None, county="MLI")
    with audited.browser("auditor", county="mli") as other:
        answer = other.get("/mli/api/v1/kernel/audit/entries?limit=200")
        assert answer.status_code == 200
        assert "105-0000" not in answer.text
        assert "臺中市政府" not in answer.text


@pytest.mark.needs("chromium")
def test_pages_have_no_accessibility_violation(
    chromium: Chromium, auditor: Browser, audited: Site
) -> None:
    number = business_id(audited)
    context = chromium.new_context(base_url=audited.address, locale="zh-TW",
                                   viewport={"width": 1366, "height": 768})  # fmt: skip
    context.add_cookies(
        [{"name": cookie_name("txg"), "value": auditor.cookie(cookie_name("txg")),
          "url": audited.address}]
    )  # fmt: skip
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    looked = 0
    for name, path in (
        ("audit", PAGE), ("audit-entry", f"{PAGE}/{number}"),
        ("audit-daily", f"{PAGE}/daily?day=1050315"), ("audit-none", f"{PAGE}?who=nobody"),
    ):  # fmt: skip
        page.goto(path)
        page.evaluate(AXE.read_text("utf-8"))
        found = page.evaluate(RUN_AXE)["violations"]
        assert [(one["id"], one["nodes"][0]["target"]) for one in found] == [], name
        wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert wide <= 0, name
        if SCREENSHOTS:
            page.screenshot(path=Path(SCREENSHOTS) / f"{name}.png", full_page=True)
        looked += 1
    context.close()
    assert looked == 4
    assert complaints == []

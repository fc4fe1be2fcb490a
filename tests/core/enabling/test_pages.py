"""The page of modules and its API: who may, what is shown, refusals where they happened."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest

from tests.core.site import Browser, Site
from zhuji_core.licences.book import LicenceBook, Term, day_of

PAGE = "/txg/kernel/modules"
API = "/txg/api/v1/kernel/modules"
AUDIT = """
    SELECT action, actor_account, after FROM kernel.audit_entry
     WHERE document_kind = 'kernel.module' ORDER BY audit_id
"""


@pytest.fixture
def boss(whole_site: Site) -> Iterator[Browser]:
    whole_site.given_user("boss", "ADM", in_agency=None)
    with whole_site.browser("boss") as browser:
        yield browser


def entries(site: Site) -> list[tuple[str, str, str]]:
    rows = site.under_test["TXG"].rows(AUDIT)
    return [(row.action, row.actor_account, row.after.get("reason", "")) for row in rows]


def test_an_administrator_switches_on_the_page(whole_site: Site, boss: Browser) -> None:
    page = boss.get(PAGE).text
    assert 'href="/txg/kernel/modules/accounting"' in page
    off = boss.form(f"{PAGE}/accounting/disablement", {"reason": "併入總帳", "_key": "k" * 20})
    assert off.headers["location"] == f"{PAGE}/accounting"
    again = boss.form(f"{PAGE}/accounting/disablement", {"reason": "併入總帳", "_key": "k" * 20})
    assert again.headers["location"] == f"{PAGE}/accounting"
    shown = boss.get(f"{PAGE}/accounting").text
    assert "併入總帳" in shown
    assert "/accounting/enablement" in shown
    assert boss.form(f"{PAGE}/accounting/enablement", {"reason": ""}).status_code == 303
    assert entries(whole_site) == [
        ("kernel.module.disable", "boss", "併入總帳"),
        ("kernel.module.enable", "boss", ""),
    ]


def test_a_refusal_is_shown_on_the_module_and_nothing_is_kept(
    whole_site: Site, boss: Browser
) -> None:
    assert "所需，請先停用後者" in boss.get(f"{PAGE}/budget").text  # where the button would be
    refused = boss.form(f"{PAGE}/budget/disablement", {"reason": "x"})
    assert (refused.status_code, "E-MODULE-NEEDED" in refused.text) == (409, True)
    boss.form(f"{PAGE}/accounting/disablement", {"reason": "x"})
    whole_site.license("TXG", LicenceBook([]))
    never = boss.form(f"{PAGE}/accounting/enablement", {"reason": "x"})
    assert (never.status_code, "E-MODULE-UNLICENSED" in never.text) == (409, True)
    assert boss.form(f"{PAGE}/nothing/enablement", {"reason": "x"}).status_code == 404
    assert boss.get(f"{PAGE}/nothing").status_code == 404
    assert len(entries(whole_site)) == 1


@pytest.mark.parametrize("role", ["REQ", "SUP", "REV", "CACC", "HEAD", "BAS", "AUD"])
def test_nobody_but_an_administrator_switches(whole_site: Site, role: str) -> None:
    whole_site.given_user("other", role, in_agency=None)
    with whole_site.browser("other") as browser:
        for verb in ("enablement", "disablement"):
            refused = browser.form(f"{PAGE}/accounting/{verb}", {"reason": "x"})
            assert (refused.status_code, "E-FORBIDDEN" in refused.text) == (403, True)
            by_api = browser.json(f"{API}/accounting/{verb}", b"{}", key="12345678")
            assert (by_api.status_code, by_api.json()["code"]) == (403, "E-FORBIDDEN")
        reads = browser.get(PAGE).status_code
        assert reads == (200 if role == "AUD" else 403)
        if role == "AUD":
            assert "須由系統管理人員辦理" in browser.get(f"{PAGE}/accounting").text
    assert entries(whole_site) == []


def test_a_program_switches_and_reads(whole_site: Site, boss: Browser) -> None:
    off = boss.json(f"{API}/accounting/disablement", b'{"reason": "a"}', key="key-0001").json()
    assert off == {"module": "accounting", "enabled": False, "changed": True, "version": 1}
    same = boss.json(f"{API}/accounting/disablement", b"{}", key="key-0002").json()
    assert (same["changed"], same["version"]) == (False, 1)
    found = {one["name"]: one for one in boss.get(API).json()["items"]}
    assert (found["accounting"]["enabled"], found["budget"]["enabled"]) == (False, True)
    assert found["accounting"]["requires"] == ["budget"]
    first = boss.get(f"{API}?limit=1").json()
    assert len(first["items"]) == 1
    second = boss.get(f"{API}?limit=1&cursor={first['next']}").json()
    assert second["items"][0]["name"] != first["items"][0]["name"]
    assert boss.get(f"{API}/accounting").json()["licence"] == "valid"
    unknown = boss.get(f"{API}/nothing")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "E-MODULE-UNKNOWN")
    needed = boss.json(f"{API}/accounting/enablement", b"{}", key="key-0003")
    assert needed.status_code == 200


def test_the_page_says_until_when_and_by_which_licence(whole_site: Site, boss: Browser) -> None:
    today = day_of(whole_site.clock())
    ends = today + dt.timedelta(days=20)
    term = Term(
        module="budget", valid_from=today, valid_to=ends, serial="TXG-116-1", issuer="主計總處"
    )
    whole_site.license("TXG", LicenceBook([term]))
    shown = boss.get(f"{PAGE}/budget").text
    assert "即將屆滿" in shown
    assert "TXG-116-1" in shown
    assert "主計總處" in shown
    assert "唯讀" in boss.get(f"{PAGE}/accounting").text
    assert f"尚有 {boss.get(f'{API}/budget').json()['days_left']} 天" in boss.get(PAGE).text


def test_pages_speak_english_too(boss: Browser) -> None:
    boss.form("/txg/language", {"language": "en"})
    for path in (PAGE, f"{PAGE}/budget"):
        page = boss.get(path).text
        assert "Modules" in page
        assert "Licence" in page

"""Settings with versions: who changed what, when and why, and what a refusal says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser as Chromium

from tests.core.people import Staff
from tests.core.setting_changes.given import CONTROL, HOURS, kept, read_in, wanted
from tests.e2e.desk import RUN_AXE, SCREENSHOTS
from zhuji_core.docs_tables import setting_structs
from zhuji_core.identity.sessions import cookie_name
from zhuji_core.setting_changes.change_setting import change_setting
from zhuji_core.setting_changes.declared import (
    SettingKind,
    allowed,
    fields_of,
    from_text,
    to_text,
)
from zhuji_core.settings import SettingInvalid

AXE = Path(__file__).parents[2] / "assets" / "axe" / "axe.min.js"
# As part 1 wrote a setting.
PART_1 = """
    INSERT INTO kernel.setting (module, key, value) VALUES ('kernel', 'draft_days', '{value}')
        ON CONFLICT (module, key) DO UPDATE SET value = excluded.value
"""


def test_each_change_is_a_version_that_says_who_and_why(staff: Staff) -> None:
    for number, hours in enumerate((10, 11)):
        answer = staff.call("adm1", f"{HOURS}/versions", wanted(hours, version=number))
        assert answer.status_code == 201, answer.text
        assert answer.json()["version"] == number + 1
    found = staff.call("adm1", HOURS, method="GET").json()
    assert found["present"]["value"] == 11
    assert [(one["version"], one["value"], one["reason"]) for one in found["versions"]] == [
        (2, 11, "加班季"),
        (1, 10, "加班季"),
    ]
    assert {one["set_by"] for one in found["versions"]} == {"姓名adm1"}
    audits = staff.site.under_test["TXG"].rows(
        "SELECT before, after FROM kernel.audit_entry"
        " WHERE document_label = 'kernel.session_hours' ORDER BY audit_id"
    )
    assert [tuple(row) for row in audits] == [(None, 10), (10, 11)]


def test_a_change_holds_from_the_next_request_on(staff: Staff) -> None:
    answer = staff.call("adm1", "settings/kernel/proposal_days/versions", wanted(5))
    assert answer.status_code == 201, answer.text
    made = staff.call("adm1", f"{CONTROL}/proposals", wanted(14)).json()
    assert made["expires_on"] == "2016-03-20"


def test_who_comes_second_is_told_and_changes_nothing(staff: Staff) -> None:
    assert staff.call("adm1", f"{HOURS}/versions", wanted(10)).status_code == 201
    before = kept(staff)
    for stale in (0, 7):
        answer = staff.call("adm2", f"{HOURS}/versions", wanted(9, version=stale))
        assert (answer.status_code, answer.json()["code"]) == (409, "E-SETTING-CHANGED")
        assert "adm1" in answer.json()["detail"]
    assert kept(staff) == before


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        (HOURS, wanted(25), 422, "E-SETTING"),
        (HOURS, wanted("十"), 422, "E-SETTING"),
        (HOURS, wanted(None), 422, "E-SETTING"),
        (HOURS, wanted([1]), 422, "E-SETTING"),
        (HOURS, wanted(10, reason=" "), 422, "E-SETTING-REASON"),
        (HOURS, wanted(10, reason="x" * 501), 422, "E-SETTING-REASON"),
        (HOURS, wanted(12), 409, "E-SETTING-SAME"),
        (CONTROL, wanted(14), 403, "E-SETTING-TWO-PERSONS"),
        ("settings/budget/commit_basis", wanted("annual"), 403, "E-SETTING-TWO-PERSONS"),
        ("settings/kernel/nothing", wanted(1), 404, "E-SETTING-UNKNOWN"),
        ("settings/nothing/session_hours", wanted(1), 404, "E-SETTING-UNKNOWN"),
        ("settings/kernel/business_date", wanted("1050315"), 422, "E-SETTING"),
    ],
)
def test_refuses_and_keeps_nothing(
    staff: Staff, path: str, body: dict[str, object], status: int, code: str
) -> None:
    before = kept(staff)
    answer = staff.call("adm1", f"{path}/versions", body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert kept(staff) == before


HOURS_RANGE = {"zh_Hant_TW": "須為 1 至 24 的整數", "en": "it must be a whole number from 1 to 24"}
TOLD = [
    (HOURS, wanted(25), ("「25」", "須為 1 至 24 的整數"), ("“25”", "from 1 to 24")),
    (HOURS, wanted(None), ("「null」", "須為 1 至 24 的整數"), ("“null”", "from 1 to 24")),
    (HOURS, wanted("x" * 999), ("x…」", "1 至 24"), ("x…”", "from 1 to 24")),
    (HOURS, wanted(12), ("「12」",), ("“12”",)),
    (HOURS, wanted(10, reason="x" * 501), ("1 至 500 字", "501"), ("1 to 500", "501")),
    (
        "settings/kernel/business_date",
        wanted("1050315"),
        ("「1050315」", "西元日期（如 2016-03-31），或不設定"),
        ("“1050315”", "2016-03-31", "or nothing"),
    ),
    (
        "settings/budget/lag_basis",
        wanted("x"),
        ("「x」", "certified（"),
        ("“x”", "certified ("),
    ),
]


@pytest.mark.parametrize(("path", "body", "chinese", "english"), TOLD)
def test_a_refusal_says_what_was_given_and_what_may_be(
    staff: Staff,
    path: str,
    body: dict[str, object],
    chinese: tuple[str, ...],
    english: tuple[str, ...],
) -> None:
    for language, words in (("zh_Hant_TW", chinese), ("en", english)):
        staff["adm1"].get("/txg/")
        read_in(staff, language)
        detail = staff.call("adm1", f"{path}/versions", body).json()["detail"]
        assert [word for word in words if word not in detail] == [], detail
        assert len(detail) < 400


@pytest.mark.parametrize("language", ["zh_Hant_TW", "en"])
def test_the_page_says_what_may_be_once_at_its_head_and_at_the_field(
    staff: Staff, language: str
) -> None:
    staff["adm1"].get("/txg/")
    read_in(staff, language)
    page = staff.post("adm1", HOURS, {"value": "99", "reason": "太長", "version": "0"}).text
    (box,) = re.findall(r'<section class="panel refusal".*?</section>', page, re.DOTALL)
    assert box.count(HOURS_RANGE[language]) == 1
    assert 'href="#value"' in box
    (beside,) = re.findall(r'id="value-error".*?</small>', page, re.DOTALL)
    assert HOURS_RANGE[language] in beside
    assert "session_hours" not in beside, "the whole sentence stands at the head alone"


def test_every_setting_says_what_it_takes() -> None:
    for module, struct in setting_structs().items():
        for one in fields_of(module, struct):
            told = SettingInvalid(module=module, key=one.key, value="?", allowed=allowed(one))
            text = told.text(str)
            assert "{" not in text
            if one.kind is SettingKind.NUMBER:
                assert f"{one.least} 至 {one.most}" in text, one.name
            assert [value for value in one.choices if value not in text] == []


def test_code_of_part_1_makes_versions_without_a_name(staff: Staff) -> None:
    county = staff.site.under_test["TXG"]
    assert staff.call("adm1", "settings/kernel/draft_days/versions", wanted(30)).status_code == 201
    for value in (40, 50):
        with county.engine.begin() as connection:
            connection.execute(sa.text(PART_1.format(value=value)))
    found = staff.call("adm1", "settings/kernel/draft_days", method="GET").json()
    assert [(one["version"], one["value"], one["set_by"]) for one in found["versions"]] == [
        (3, 50, ""),
        (2, 40, ""),
        (1, 30, "姓名adm1"),
    ]
    assert found["present"]["reason"] == ""


def test_versions_are_never_changed(staff: Staff) -> None:
    staff.call("adm1", f"{HOURS}/versions", wanted(10))
    for statement in (
        "UPDATE kernel.setting_version SET value = '1'",
        "DELETE FROM kernel.setting_version",
    ):
        with (
            staff.site.under_test["TXG"].engine.connect() as connection,
            pytest.raises(sa.exc.ProgrammingError),
        ):
            connection.exec_driver_sql(statement)


def test_values_of_a_disabled_module_are_kept_and_cannot_be_changed(staff: Staff) -> None:
    with staff.site.begin() as uow:
        change_setting(uow, module="budget", key="commit_basis", value="annual", reason="x")
    assert ("budget", "commit_basis", 1, "annual", "x") in kept(staff)
    county = staff.site.counties["TXG"].county
    enabled = tuple(name for name in county.modules if name not in {"budget", "accounting"})
    staff.site.switch("TXG", modules=enabled)
    staff.site.under_test["TXG"].execute(
        "UPDATE kernel.module_set SET modules = CAST(:m AS text[])", m=list(enabled)
    )
    answer = staff.call("adm1", "settings/budget/commit_basis", method="GET")
    assert (answer.status_code, answer.json()["code"]) == (404, "E-SETTING-UNKNOWN")
    assert staff.call("adm1", f"{HOURS}/versions", wanted(10)).status_code == 201
    assert ("budget", "commit_basis", 1, "annual", "x") in kept(staff)


def test_others_read_or_see_nothing(staff: Staff) -> None:
    staff.site.given_user("auditor", "AUD", in_agency=None)
    staff.site.given_user("clerk", "REQ")
    assert staff.call("auditor", HOURS, method="GET").status_code == 200
    assert "新的值" not in staff["auditor"].get(f"/txg/kernel/{HOURS}").text
    for account in ("auditor", "clerk"):
        answer = staff.call(account, f"{HOURS}/versions", wanted(10))
        assert (answer.status_code, answer.json()["code"]) == (403, "E-FORBIDDEN")
        assert staff.post(account, HOURS, {"value": "10", "reason": "x"}).status_code == 403
    assert staff.call("clerk", "settings", method="GET").status_code == 403
    assert staff["clerk"].get("/txg/kernel/settings").status_code == 403
    assert [row for row in kept(staff) if row[1] == "session_hours"] == []


def test_the_list_is_paged_and_whole(staff: Staff) -> None:
    whole = staff.call("adm1", "settings?limit=200", method="GET").json()["items"]
    names = [f"{one['field']['module']}.{one['field']['key']}" for one in whole]
    assert "budget.commit_basis" in names
    assert names == sorted(names)
    found: list[Any] = []
    cursor: str | None = ""
    while cursor is not None:
        page = staff.call("adm1", f"settings?limit=5&cursor={cursor}", method="GET").json()
        found += page["items"]
        cursor = page["next"]
    assert found == whole


def test_forms_change_propose_and_give_back_what_was_keyed(staff: Staff) -> None:
    fields = {"value": "10", "reason": "加班季", "version": "0"}
    done = staff.post("adm1", HOURS, fields)
    assert (done.status_code, done.headers["location"]) == (303, f"/txg/kernel/{HOURS}")
    page = staff["adm1"].get(f"/txg/kernel/{HOURS}").text
    assert "加班季" in page
    refused = staff.post("adm1", HOURS, {"value": "99", "reason": "太長", "version": "1"})
    assert refused.status_code == 422
    assert 'value="99"' in refused.text
    assert "太長" in refused.text
    assert "value-error" in refused.text
    proposed = staff.post("adm1", CONTROL, {"value": "14", "reason": "加強", "version": "0"})
    assert proposed.status_code == 303
    assert "/kernel/proposals/" in proposed.headers["location"]
    listed = staff["adm2"].get("/txg/kernel/settings").text
    assert "兩人核可" in listed
    dated = staff.post(
        "adm1",
        "settings/kernel/business_date",
        {"value": "1050401", "reason": "關帳", "version": "1"},
    )
    assert dated.status_code == 303, re.sub("<[^>]+>", " ", dated.text)[:2000]
    assert (
        staff.call("adm1", "settings/kernel/business_date", method="GET").json()["present"]["value"]
        == "2016-04-01"
    )


def test_every_setting_has_a_title_and_a_form() -> None:
    seen = 0
    for module, struct in setting_structs().items():
        for one in fields_of(module, struct):
            assert one.title, f"{one.name} has no title"
            assert one.about, f"{one.name} is not explained"
            assert from_text(one, to_text(one, one.default)) == (
                list(one.default) if one.kind is SettingKind.LIST else one.default
            ), one.name
            seen += 1
    assert seen > 15


@pytest.mark.needs("chromium")
def test_pages_have_no_accessibility_violation(chromium: Chromium, staff: Staff) -> None:
    staff.call("adm1", f"{HOURS}/versions", wanted(10))
    made = staff.call("adm1", f"{CONTROL}/proposals", wanted(14)).json()
    assert staff.call("adm2", f"proposals/{made['proposal_id']}/approval").status_code == 200
    staff.call("adm2", f"{CONTROL}/proposals", wanted(16, version=1))
    context = chromium.new_context(
        base_url=staff.site.address, locale="zh-TW", viewport={"width": 1366, "height": 768}
    )
    name = cookie_name("txg")
    context.add_cookies(
        [{"name": name, "value": staff["adm1"].cookie(name), "url": staff.site.address}]
    )
    page = context.new_page()
    looked = 0
    for shot, path in (
        ("settings", "settings"), ("setting", HOURS), ("setting-control", CONTROL),
        ("setting-choice", "settings/budget/commit_basis"),
    ):  # fmt: skip
        page.goto(f"/txg/kernel/{path}")
        page.evaluate(AXE.read_text("utf-8"))
        found = page.evaluate(RUN_AXE)["violations"]
        assert [(one["id"], one["nodes"][0]["target"]) for one in found] == [], shot
        if SCREENSHOTS:
            page.screenshot(path=Path(SCREENSHOTS) / f"{shot}.png", full_page=True)
        looked += 1
    context.close()
    assert looked == 4

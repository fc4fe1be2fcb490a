"""Control settings: by two persons, both named; a proposal that waits is told."""

from __future__ import annotations

import re

import pytest

from tests.core.people import Staff
from tests.core.setting_changes.given import CONTROL, HOURS, read_in, wanted
from zhuji_core.setting_changes.catalogue import SettingUnknown
from zhuji_core.setting_changes.change_setting import SettingSame, change_setting
from zhuji_core.settings import SettingChanged, SettingInvalid


def test_a_control_setting_takes_two_persons(staff: Staff) -> None:
    made = staff.call("adm1", f"{CONTROL}/proposals", wanted(14))
    assert made.status_code == 201, made.text
    proposal = f"proposals/{made.json()['proposal_id']}/approval"
    assert staff.call("adm1", CONTROL, method="GET").json()["present"]["value"] == 12
    own = staff.call("adm1", proposal)
    assert (own.status_code, own.json()["code"]) == (403, "E-OWN-PROPOSAL")
    assert staff.call("adm2", proposal).status_code == 200
    found = staff.call("adm1", CONTROL, method="GET").json()
    assert found["present"]["value"] == 14
    assert found["versions"][0]["proposal_id"] == made.json()["proposal_id"]
    assert found["versions"][0]["reason"] == "加班季"


def cells(page: str) -> list[str]:
    """Return the text of every cell and fact of a page, without its marks."""
    return [
        " ".join(re.sub("<[^>]+>", " ", found).split())
        for found in re.findall(r"<(?:th|td|dt|dd)\b[^>]*>(.*?)</(?:th|td|dt|dd)>", page, re.DOTALL)
    ]


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("zh_Hant_TW", ("提案人", "核准人", "一人變更")),
        ("en", ("Proposed by", "Approved by", "by one person")),
    ],
)
def test_the_history_of_a_control_setting_names_both_persons(
    staff: Staff, language: str, words: tuple[str, str, str]
) -> None:
    made = staff.call("adm1", f"{CONTROL}/proposals", wanted(14)).json()
    assert staff.call("adm2", f"proposals/{made['proposal_id']}/approval").status_code == 200
    with staff.site.begin() as uow:
        change_setting(uow, module="kernel", key="password_length_min", value=16, reason="緊急提高")
    alone, together = staff.call("adm1", CONTROL, method="GET").json()["versions"]
    assert (together["proposed_by"], together["approved_by"]) == ("姓名adm1", "姓名adm2")
    assert (alone["set_by"], alone["proposed_by"], alone["approved_by"]) == ("system", "", "")
    read_in(staff, language)
    shown = cells(staff["adm1"].get(f"/txg/kernel/{CONTROL}").text)
    assert set(words[:2]) <= set(shown)
    assert shown[shown.index("姓名adm1") + 1] == "姓名adm2"
    assert shown[shown.index(f"system {words[2]}") + 1] == "－", "nobody approved that one"
    assert staff.call("adm1", f"{HOURS}/versions", wanted(10)).status_code == 201
    assert not set(words[:2]) & set(cells(staff["adm1"].get(f"/txg/kernel/{HOURS}").text))


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("zh_Hant_TW", ("變更提案等候決定", "提案人 姓名adm1", "新的值 14")),
        ("en", ("A proposal to change it waits", "Proposed by 姓名adm1", "New value 14")),
    ],
)
def test_a_setting_says_that_a_proposal_to_change_it_is_open(
    staff: Staff, language: str, words: tuple[str, ...]
) -> None:
    staff.site.given_user("auditor", "AUD", in_agency=None)
    assert staff.call("adm1", CONTROL, method="GET").json()["proposal"] is None
    made = staff.call("adm1", f"{CONTROL}/proposals", wanted(14)).json()
    link = f"/txg/kernel/proposals/{made['proposal_id']}"
    told = staff.call("auditor", CONTROL, method="GET").json()["proposal"]
    assert (told["proposal_id"], told["proposed_by"], told["value"]) == (
        made["proposal_id"],
        "姓名adm1",
        14,
    )
    for account in ("adm1", "adm2", "auditor"):
        staff[account].get("/txg/")
    read_in(staff, language)
    for account in ("adm1", "adm2", "auditor"):
        page = staff[account].get(f"/txg/kernel/{CONTROL}").text
        text = " ".join(re.sub("<[^>]+>", " ", page).split())
        assert [one for one in words if one not in text] == [], account
        assert f'href="{link}"' in page
    other = staff["adm1"].get("/txg/kernel/settings/kernel/password_kept_last").text
    assert link not in other
    assert staff.call("adm2", f"proposals/{made['proposal_id']}/approval").status_code == 200
    assert staff.call("adm1", CONTROL, method="GET").json()["proposal"] is None
    assert words[0] not in staff["adm1"].get(f"/txg/kernel/{CONTROL}").text


def test_a_proposal_that_nobody_decided_in_time_is_not_said_to_be_open(staff: Staff) -> None:
    staff.call("adm1", f"{CONTROL}/proposals", wanted(14))
    staff.site.under_test["TXG"].execute("UPDATE kernel.proposal SET expires_on = '2016-03-01'")
    assert staff.call("adm1", CONTROL, method="GET").json()["proposal"] is None


def test_the_basis_of_certification_takes_two_persons(staff: Staff) -> None:
    path = "settings/budget/commit_basis"
    made = staff.call("adm1", f"{path}/proposals", wanted("annual"))
    assert made.status_code == 201, made.text
    page = staff["adm2"].get(f"/txg/kernel/proposals/{made.json()['proposal_id']}").text
    assert "全年預算數" in page
    assert "截至本月的分配數" in page
    bad = staff.call("adm1", f"{path}/proposals", wanted("weekly"))
    assert (bad.status_code, bad.json()["code"]) == (422, "E-SETTING")


def test_a_proposal_made_before_somebody_else_changed_it_is_refused(staff: Staff) -> None:
    made = staff.call("adm1", f"{CONTROL}/proposals", wanted(14)).json()
    with staff.site.begin() as uow:
        change_setting(uow, module="kernel", key="password_length_min", value=16, reason="緊急提高")
    answer = staff.call("adm2", f"proposals/{made['proposal_id']}/approval")
    assert answer.status_code == 409, answer.text
    assert staff.call("adm1", CONTROL, method="GET").json()["present"]["value"] == 16


def test_the_operator_may_alone_and_it_is_said(staff: Staff) -> None:
    key = "password_kept_last"
    with staff.site.begin() as uow:
        change_setting(uow, module="kernel", key=key, value=5, reason="上線")
    (version,) = staff.call("adm1", f"settings/kernel/{key}", method="GET").json()["versions"]
    assert (version["set_by"], version["reason"], version["value"]) == ("system", "上線", 5)
    for module, name, value, seen, error in (
        ("kernel", key, 5, None, SettingSame),
        ("kernel", key, 2, None, SettingInvalid),
        ("kernel", key, [5], None, SettingInvalid),
        ("kernel", key, 6, 0, SettingChanged),
        ("probe", "nothing", 1, None, SettingUnknown),
    ):
        with pytest.raises(error), staff.site.begin() as uow:
            change_setting(uow, module=module, key=name, value=value, reason="x", version=seen)

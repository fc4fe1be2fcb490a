"""The pages without script: what a browser sends, what it is shown."""

from __future__ import annotations

import csv
import html
import io
import re
import zipfile

import httpx
import pytest

from tests.plugins.accounting.given import everything, unique
from tests.plugins.accounting.people import PAGES, People, code_of


def form_of(people: People, **changes: str) -> dict[str, str]:
    return {
        "kind": "ordinary",
        "purpose": unique(),
        "basis": "105 年 3 月簽",
        "payee": "甲商行",
        "lines-0-control_row_id": str(people.office.supplies),
        "lines-0-amount": "１,２００",
        "act": "send",
        **changes,
    }


def sent(people: People, **changes: str) -> str:
    answer = people.post("req", "requests/new", form_of(people, **changes))
    assert answer.status_code == 303, answer.text
    return answer.headers["location"].rpartition("/")[2]


def text_of(answer: httpx.Response) -> str:
    return html.unescape(re.sub(r"<[^>]+>", " ", answer.text))


def test_a_form_is_sent_and_its_page_shown(people: People) -> None:
    request_id = sent(people)
    page = people["req"].get(f"{PAGES}/requests/{request_id}")
    assert page.status_code == 200
    assert "待主管核准" in page.text
    assert "1,200" in page.text


def test_a_form_is_kept_as_a_draft(people: People) -> None:
    request_id = sent(people, act="keep", purpose="", basis="")
    assert "草稿" in people["req"].get(f"{PAGES}/requests/{request_id}").text


def test_a_code_keyed_without_choosing_is_found(people: People) -> None:
    fields = {"lines-0-control_row_id": "", "lines-0-control_row": "3302010101-02"}
    request_id = sent(people, **fields)
    assert "業務費" in people["req"].get(f"{PAGES}/requests/{request_id}").text


def test_a_refused_form_shows_what_was_typed(people: People) -> None:
    assert people["req"].csrf, "signing in is audited, so it comes before"
    before = everything(people.office.county)
    fields = form_of(people, purpose="", **{"lines-0-description": "三號碳粉"})
    answer = people.post("req", "requests/new", fields)
    assert answer.status_code == 422
    assert code_of(answer) == "E-PURPOSE-MISSING"
    assert 'aria-invalid="true"' in answer.text
    assert "三號碳粉" in answer.text
    assert "１,２００" in answer.text
    assert everything(people.office.county) == before


def test_another_row_is_added_without_script(people: People) -> None:
    answer = people.post("req", "requests/new", form_of(people, _add_row="1"))
    assert answer.status_code == 200
    assert 'name="lines-1-amount"' in answer.text


def test_what_was_typed_comes_back(people: People) -> None:
    browser = people["req"]
    path = "/txg/drafts/accounting.request.new"
    kept = browser.json(path, b'{"fields": {"purpose": "half typed"}}', method="PUT")
    assert kept.status_code < 300, kept.text
    assert "half typed" in browser.get(f"{PAGES}/requests/new").text
    sent(people)
    assert "half typed" not in browser.get(f"{PAGES}/requests/new").text


def test_the_balance_of_a_row_in_words(people: People) -> None:
    available_ntd = people.office.supplies_available_ntd
    path = f"{PAGES}/availability?control_row_id={people.office.supplies}"
    ask = people["req"].get
    assert ask(f"{path}&amount=1").json()["state"] == "ok"
    short = ask(f"{path}&amount={available_ntd}&also_ntd=5").json()
    assert short["state"] == "short"
    assert f"可用 {available_ntd - 5:,}" in short["text"]
    assert "短少 5" in short["text"]


def test_the_picker_finds_by_code_and_name(people: People) -> None:
    assert len(people["req"].get(f"{PAGES}/control-rows").json()["items"]) == 3
    for text in ("業務", "3302010101-02", "行政 業務"):
        found = people["req"].client.get(f"{PAGES}/control-rows", params={"text": text}).json()
        assert [item["value"] for item in found["items"]] == [str(people.office.supplies)]


def test_approve_from_the_worklist(people: People) -> None:
    request_id = people.submitted(5)
    page = people["sup"].get(f"{PAGES}/requests/waiting/approval")
    assert f"waiting/approval/{request_id}" in page.text
    assert people.post("sup", f"requests/waiting/approval/{request_id}").status_code == 303
    page = people["sup"].get(f"{PAGES}/requests/waiting/approval")
    assert request_id not in page.text


def test_a_batch_is_confirmed_and_answered_one_by_one(people: People) -> None:
    available_ntd = people.office.supplies_available_ntd
    ids = [people.approved(amount_ntd) for amount_ntd in (available_ntd - 1, 2, 1)]
    chosen = {"request_ids": ",".join(ids)}
    summary = people.post("rev", "requests/waiting/certification", chosen)
    assert f"{available_ntd + 2:,}" in summary.text
    wrong = people.post("rev", "certifications/batch", {**chosen, "confirmation": "2"})
    assert wrong.status_code == 422
    assert people.office.encumbered_ntd() == 0
    key = {"_key": "batch-key-1"}
    right = {**chosen, "confirmation": "3", **key}
    result = people.post("rev", "certifications/batch", right)
    assert result.headers["content-type"] == "text/html; charset=utf-8"
    assert "105簽00001" in result.text
    assert "105簽00002" in result.text
    assert "E-ALLOT-INSUFFICIENT" in result.text
    assert people.office.encumbered_ntd() == available_ntd
    again = people.post("rev", "certifications/batch", right)
    assert again.content == result.content


def test_the_next_actions_say_why_not(people: People) -> None:
    request_id = people.submitted(1, account="both")
    page = text_of(people["both"].get(f"{PAGES}/requests/{request_id}"))
    assert "不得再由您核准" in page
    page = text_of(people["req"].get(f"{PAGES}/requests/{people.submitted(1)}"))
    assert "等候有「核准動支申請」權限的人員辦理" in page


def test_the_receipt_to_print(people: People) -> None:
    request_id = people.certified(1_203)
    page = text_of(people["rev"].get(f"{PAGES}/requests/{request_id}/receipt"))
    assert "壹仟貳佰零參元整" in page
    assert f"{people.office.supplies_available_ntd - 1_203:,}" in page
    assert "中華民國105年3月15日" in page


def test_release_through_the_form(people: People) -> None:
    request_id = people.certified(500)
    path = f"requests/{request_id}/release"
    assert "尚保留" in people["rev"].get(f"{PAGES}/{path}").text
    over = people.post("rev", path, {"amount-1": "501", "reason": "標餘"})
    assert (over.status_code, code_of(over)) == (409, "E-OVER-RELEASE")
    assert "_ntd" not in text_of(over)
    wrong = people.post("rev", path, {"amount-1": "五百", "reason": "標餘"})
    assert (wrong.status_code, code_of(wrong)) == (422, "E-REQUEST-FORM")
    assert people.post("rev", path, {"amount-1": "500", "reason": "標餘"}).status_code == 303
    assert people.office.encumbered_ntd() == 0
    assert "已結案" in people["rev"].get(f"{PAGES}/requests/{request_id}").text


def test_the_register_and_its_files_add_up(people: People) -> None:
    for amount_ntd in (10, 20, 30):
        people.certified(amount_ntd, amount_ntd)
    page = text_of(people["rev"].get(f"{PAGES}/register?agency_code=A1"))
    assert "共 3 件簽證、6 行" in page
    answer = people["rev"].get(f"{PAGES}/register/export/csv?agency_code=A1")
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    amount_column = rows[0].index("簽證金額")
    assert sum(int(row[amount_column]) for row in rows[1:]) == 120
    for name in ("xlsx", "ods"):
        file = people["rev"].get(f"{PAGES}/register/export/{name}?agency_code=A1")
        with zipfile.ZipFile(io.BytesIO(file.content)) as archive:
            content = "".join(
                archive.read(one).decode() for one in archive.namelist() if one.endswith(".xml")
            )
        assert "主辦會計" in content
        assert "105簽00003" in content


def test_the_filter_stands_in_the_address_of_the_file(people: People) -> None:
    people.submitted(5, purpose="甲案")
    people.submitted(6, purpose="乙案")
    page = people["req"].get(f"{PAGES}/requests?states=submitted&mine=true&text=%E7%94%B2%E6%A1%88")
    assert "甲案" in page.text
    assert "乙案" not in page.text
    url = html.unescape(re.search(r'href="([^"]+export/csv[^"]*)"', page.text)[1])  # type: ignore[index]
    answer = people["req"].get(url)
    assert "甲案" in answer.text
    assert "乙案" not in answer.text


def test_a_month_is_closed_after_a_second_key_and_reopened_with_a_reason(people: People) -> None:
    path, fields = "periods/105/3", {"agency_code": "A1"}
    people.office.close_through(2)
    assert "確認關帳" in people["cacc"].get(f"{PAGES}/{path}/closing?agency_code=A1").text
    wrong = people.post("cacc", f"{path}/closing", {**fields, "confirmation": "4"})
    assert wrong.status_code == 422
    closed = people.post("cacc", f"{path}/closing", {**fields, "confirmation": "3"})
    assert closed.status_code == 303
    assert "已關帳" in people["cacc"].get(closed.headers["location"]).text
    refused = people.post("bas", f"{path}/reopening", fields)
    assert code_of(refused) == "E-REASON-MISSING"
    opened = people.post("bas", f"{path}/reopening", {**fields, "reason": "補登"})
    assert opened.status_code == 303


@pytest.mark.parametrize("language", ["zh_Hant_TW", "en"])
def test_every_page_in_both_languages(people: People, language: str) -> None:
    request_id = people.certified(7)
    waiting = people.approved(8)
    people.submitted(9)
    paths = {
        "req": ["", "requests", "requests/new", f"requests/{request_id}"],
        "sup": ["requests/waiting/approval"],
        "rev": [
            "requests/waiting/certification", f"requests/{waiting}", "register",
            f"requests/{request_id}/receipt", f"requests/{request_id}/release", "periods",
        ],
        "cacc": ["periods/105/3/closing?agency_code=A1"],
    }  # fmt: skip
    for account, pages in paths.items():
        people[account].set_cookie("zhuji_language", language, path="/")
        for page in pages:
            path = f"{PAGES}/{page}" if page else "/txg/"
            answer = people[account].get(path)
            assert answer.status_code == 200, (path, answer.text)
            if language == "en":
                assert not untranslated(answer.text), path


def untranslated(page: str) -> list[str]:
    """Return Chinese words of heads, labels and buttons; data stays as it was written."""
    found = re.findall(r"<(?:th scope=\"col\"|label|dt|h1|h2|summary|caption)[^>]*>([^<]+)<", page)
    return [text for text in found if re.search(r"[\u4e00-\u9fff]", text) and text != "探針"]

"""The pages of budget through HTTP, as an office uses them; no script runs here."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import httpx
import pytest

from tests.core.site import Browser, Site
from tests.plugins.budget.books.conftest import Press
from tests.plugins.budget.given import (
    AGENCY,
    LINE,
    SUPPLIES_TO_MARCH_NTD,
    TOTAL_NTD,
    do,
    given_allotted,
    given_bill,
    move,
    rows_of,
)
from zhuji_core.spreadsheets import read_workbook
from zhuji_core.testing.counties import CountyUnderTest

Files = Sequence[tuple[str, bytes]]
GARBAGE = b"this is no spreadsheet"


def upload(browser: Browser, path: str, files: Files, **fields: str) -> httpx.Response:
    answer: httpx.Response = browser.client.post(
        path,
        data={"_csrf_token": browser.csrf, "_key": "upload-key-1", "year": "105", **fields},
        files=[("files", (name, content)) for name, content in files],
    )
    return answer


def import_form(page: str) -> dict[str, str]:
    """Return the hidden fields of the button that imports."""
    form = re.search(r'<form action="/mli/budget/imports" .*?</form>', page, re.DOTALL)
    assert form, page
    return dict(re.findall(r'name="(\w+)" value="([^"]*)"', form[0]))


def amount(ntd: int) -> str:
    return f"{ntd:,}"


def test_the_list_shows_the_totals_of_the_whole_filter(mli: CountyUnderTest, bas: Browser) -> None:
    given_allotted(mli)
    page = bas.get("/mli/budget/lines").text
    assert amount(TOTAL_NTD) in page
    assert "10 個科目" in page
    found = bas.get("/mli/budget/lines?text=行政管理").text
    assert "2 個科目" in found
    assert "3201010101" in found
    assert "車輛管理" not in found


def test_the_list_is_paged_by_key(txg: CountyUnderTest, site: Site) -> None:
    from zhuji_budget import demo  # noqa: PLC0415 (the figures of a whole city)

    with txg.uow() as uow:
        demo.seed(uow)
    with site.browser("bas", county="txg") as browser:
        page = browser.get("/txg/budget/lines").text
        assert len(page.encode()) < 100_000
        assert "127,360,200,000" in page
        codes = []
        while True:
            codes += re.findall(r'<span class="code">(\d{11})</span>', page)
            following = re.search(r'href="([^"]+)"[^>]*>下一頁', page)
            if not following:
                break
            page = browser.get(following[1].replace("&amp;", "&")).text
            assert "上一頁" in page
        assert len(codes) == 782
        assert codes == sorted(codes)


@pytest.mark.parametrize("suffix", ["csv", "xlsx", "ods"])
def test_what_is_seen_is_exported(mli: CountyUnderTest, bas: Browser, suffix: str) -> None:
    given_allotted(mli)
    answer = bas.get(f"/mli/budget/lines/export/{suffix}?text=行政管理")
    assert answer.headers["content-disposition"].endswith(f'105.{suffix}"')
    if suffix == "csv":
        rows: list[Any] = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
        assert [row[0] for row in rows[1:]] == [LINE, "3201020101"]
        assert rows[1][5] == "62844050"
        return
    (sheet,) = read_workbook(answer.content, name=f"x.{suffix}").sheets
    cells = [[str(cell) for cell in row] for row in sheet.rows]
    assert [row[0] for row in cells if row[0].startswith("32")] == [LINE, "3201020101"]
    (total,) = [row for row in cells if row[0] == "合計"]
    assert float(total[5]) == 62_844_050 + 18_276_789


def test_an_unknown_export_is_not_found(mli: CountyUnderTest, bas: Browser) -> None:
    given_allotted(mli)
    assert bas.get("/mli/budget/lines/export/exe").status_code == 404


def line_page(mli: CountyUnderTest, row: UUID, browser: Browser) -> str:
    found = browser.get(f"/mli/budget/lines/by-control-row/{row}")
    assert found.status_code == 303
    page: str = browser.get(found.headers["location"]).text
    return page


def test_the_page_of_a_line_says_who_holds_the_rest(mli: CountyUnderTest, bas: Browser) -> None:
    given_allotted(mli)
    rows = rows_of(mli, line_code=LINE)
    do(mli, move(rows[1], 46_912))
    page = line_page(mli, rows[1], bas)
    for text in (
        "02 業務費",
        "經常門",
        "資本門",
        amount(SUPPLIES_TO_MARCH_NTD - 46_912),
        "簽 1",
        "動支申請",
        "12 月",
        "簽證保留",
    ):
        assert text in page, text
    # Accounting is off in this county: its documents are named, not linked.
    assert "/mli/accounting/" not in page


def test_a_holder_is_linked_where_its_module_is_enabled(txg: CountyUnderTest, site: Site) -> None:
    given_allotted(txg)
    row = rows_of(txg, line_code=LINE)[1]
    do(txg, move(row, 46_912, number=7))
    with site.browser("bas", county="txg") as browser:
        found = browser.get(f"/txg/budget/lines/by-control-row/{row}")
        page = browser.get(found.headers["location"]).text
    assert f'href="/txg/accounting/requests/{UUID(int=7)}"' in page


def test_a_closed_row_says_why(mli: CountyUnderTest, bas: Browser) -> None:
    given_allotted(mli)
    row = rows_of(mli, line_code=LINE)[1]
    mli.execute("UPDATE budget.control_row SET closed_reason = '議會凍結'")
    assert "02 業務費（經常門）不得動支：議會凍結" in line_page(mli, row, bas)


def test_other_agencies_lines_are_not_shown(mli: CountyUnderTest, clerk: Browser) -> None:
    given_allotted(mli)
    row = rows_of(mli, line_code=LINE)[1]
    assert clerk.get(f"/mli/budget/lines/by-control-row/{row}").status_code == 404
    assert LINE not in clerk.get("/mli/budget/lines").text
    assert clerk.get(f"/mli/budget/lines?agency={AGENCY}").status_code == 403


def test_a_year_is_enacted_and_allotted_with_a_second_key(
    mli: CountyUnderTest, bas: Browser, bas2: Browser
) -> None:
    given_bill(mli)
    count = str(mli.rows("SELECT count(*) FROM budget.control_row")[0][0])
    year = "/mli/budget/years/105"
    assert "預算案" in bas.get(year).text
    assert "請輸入議會審議通過" in bas.get(f"{year}/enactment?act_no=").text
    assert amount(TOTAL_NTD) in bas.get(f"{year}/enactment?act_no=議字第1號").text

    wrong = bas.form(f"{year}/enactment", {"act_no": "議字第1號", "confirmation": "1"})
    assert wrong.status_code == 422
    assert mli.rows("SELECT state FROM budget.fiscal_year")[0][0] == "bill"

    sent = {"act_no": "議字第1號", "confirmation": count, "_key": "enact-key-1"}
    first = bas.form(f"{year}/enactment", sent)
    again = bas.form(f"{year}/enactment", sent)
    assert [first.status_code, again.status_code] == [303, 303]
    assert again.headers["idempotent-replayed"] == "true"
    assert "議字第1號" in bas.get(first.headers["location"]).text
    assert bas.get(f"{year}/enactment?act_no=2").status_code == 409

    assert "十二月" in bas.get(f"{year}/allotment").text
    assert bas.form(f"{year}/allotment", {"confirmation": "x"}).status_code == 422
    sent = {"confirmation": count, "reason": "年度開始", "_key": "allot-key-1"}
    proposal = bas.form(f"{year}/allotment", sent).headers["location"]
    assert bas2.form(f"{proposal}/approval", {}).status_code == 303
    assert "已核定" in bas.get(year).text
    assert mli.rows("SELECT state FROM budget.fiscal_year")[0][0] == "allotted"
    assert amount(TOTAL_NTD) in bas.get("/mli/budget/years").text


def test_only_the_budget_office_enacts(mli: CountyUnderTest, clerk: Browser) -> None:
    given_bill(mli)
    year = "/mli/budget/years/105"
    page = clerk.get(year)
    assert "須由主計處" in page.text
    for path in (f"{year}/enactment", f"{year}/allotment"):
        assert clerk.get(path).status_code == 403
        assert clerk.form(path, {"confirmation": "1"}).status_code == 403
    assert clerk.get("/mli/budget/imports/new").status_code == 403


def test_an_unknown_year_is_not_found(bas: Browser) -> None:
    assert bas.get("/mli/budget/years/99").status_code == 404
    assert bas.get("/mli/budget/lines").status_code == 200


def test_books_are_previewed_then_imported(
    mli: CountyUnderTest, bas: Browser, press: Press
) -> None:
    book = press.workbook({"歲出": press.body()})
    answer = upload(bas, "/mli/budget/imports/upload", [("農林處.xlsx", book)])
    assert answer.status_code == 303, answer.text
    page = bas.get(answer.headers["location"]).text
    assert "可以匯入" in page
    assert "農林處.xlsx" in page
    assert not mli.rows("SELECT 1 FROM budget.budget_line")
    assert mli.rows("SELECT file_name FROM kernel.blob")[0][0] == "農林處.xlsx"

    done = bas.form("/mli/budget/imports", import_form(page))
    assert done.status_code == 303, done.text
    shown = bas.get(done.headers["location"]).text
    assert "新增 2 個科目" in shown
    assert "農林處.xlsx" in shown
    line = mli.rows("SELECT line_id FROM budget.budget_line ORDER BY code")[0][0]
    assert "農林處.xlsx" in bas.get(f"/mli/budget/lines/{line}").text


def test_the_same_books_again_change_nothing(
    mli: CountyUnderTest, bas: Browser, press: Press
) -> None:
    book = press.workbook({"歲出": press.body()})
    shown = []
    for number in (1, 2):
        answer = upload(
            bas, "/mli/budget/imports/upload", [("書.xlsx", book)], _key=f"upload-{number}"
        )
        page = bas.get(answer.headers["location"]).text
        assert ("不會變更任何資料" in page) == (number == 2)
        done = bas.form("/mli/budget/imports", import_form(page))
        shown.append(bas.get(done.headers["location"]).text)
    assert "新增 2 個科目" in shown[0]
    assert "2 個科目先前已匯入" in shown[1]
    imports = "SELECT count(*) FROM kernel.audit_entry WHERE action = 'budget.book.import'"
    assert mli.rows(imports)[0][0] == 1


def test_a_wrong_book_is_shown_by_cell_and_cannot_be_imported(
    mli: CountyUnderTest, bas: Browser, press: Press
) -> None:
    good = press.workbook({"歲出": press.body()})
    wrong = press.workbook({"歲出": press.body({"F6": 999})})
    answer = upload(bas, "/mli/budget/imports/upload", [("錯.xlsx", wrong)])
    preview = answer.headers["location"]
    page = bas.get(preview).text
    assert "F6" in page
    assert "相差" in page
    assert "有錯誤未排除" in page
    query = dict(pair.split("=") for pair in preview.partition("?")[2].split("&"))
    refused = bas.form("/mli/budget/imports", {"files": query["files"], "year": "105"})
    assert refused.status_code == 422
    assert "E-BOOKS-INCONSISTENT" in refused.text
    assert not mli.rows("SELECT 1 FROM budget.fiscal_year")
    # Leaving out the wrong file keeps the other.
    other = press.workbook({"歲出": other_book(press)})
    files = [("錯.xlsx", wrong), ("對.xlsx", other)]
    answer = upload(bas, "/mli/budget/imports/upload", files, partial="1", _key="upload-key-2")
    page = bas.get(answer.headers["location"]).text
    assert "已排除有誤的 1 個檔案" in page
    assert bas.form("/mli/budget/imports", import_form(page)).status_code == 303
    assert len(mli.rows("SELECT 1 FROM budget.budget_line")) == 2
    assert good != wrong


def other_book(press: Press) -> list[list[object]]:
    """Return the ordinary book as another department's."""
    return [
        [cell.replace("0701", "0801").replace("0007", "0008") if isinstance(cell, str) else cell
         for cell in row]
        for row in press.body()
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("files", "fields", "text"),
    [
        ([("x.xls", GARBAGE)], {}, "x.xls"),
        ([("x.pdf", b"%PDF-1.4 nothing")], {}, "x.pdf"),
        ([("../../etc/passwd", GARBAGE)], {}, "「passwd」"),
        ([], {}, "送出了 0 個"),
        ([(f"{n}.xls", GARBAGE) for n in range(51)], {}, "送出了 51 個"),
        ([("x.xls", GARBAGE)], {"year": "二"}, "民國年"),
    ],
)
def test_garbage_is_refused_at_the_form(
    mli: CountyUnderTest, bas: Browser, files: Files, fields: dict[str, str], text: str
) -> None:
    answer = upload(bas, "/mli/budget/imports/upload", files, **fields)
    assert answer.status_code == 422
    assert text in answer.text
    assert 'name="files"' in answer.text
    assert not mli.rows("SELECT 1 FROM kernel.blob")


def test_a_file_that_only_begins_as_a_workbook_is_named_in_the_preview(
    bas: Browser, press: Press
) -> None:
    broken = press.workbook({"歲出": press.body()})[:3000] + b"xl/workbook.xml"
    answer = upload(bas, "/mli/budget/imports/upload", [("壞.xlsx", broken)])
    page = bas.get(answer.headers["location"]).text
    assert "已損毀" in page
    assert "有錯誤未排除" in page


def test_a_file_that_is_too_large_is_refused(mli: CountyUnderTest, bas: Browser) -> None:
    large = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(10_485_760)
    answer = upload(bas, "/mli/budget/imports/upload", [("大.xls", large)])
    assert answer.status_code == 422
    assert "10,485,760" in answer.text
    assert not mli.rows("SELECT 1 FROM kernel.blob")


def test_files_that_nobody_uploaded_are_not_found(bas: Browser) -> None:
    for digest in ("0" * 64, "zz", "x" * 64):
        page = bas.get(f"/mli/budget/imports/preview?year=105&files={digest}")
        assert page.status_code == 404
    assert bas.get("/mli/budget/imports/preview?year=105").status_code == 422


def test_pages_speak_english(mli: CountyUnderTest, site: Site) -> None:
    given_allotted(mli)
    row = rows_of(mli, line_code=LINE)[1]
    with site.browser("bas", county="mli") as browser:
        browser.set_cookie("zhuji_language", "en", path="/")
        line = browser.get(f"/mli/budget/lines/by-control-row/{row}").headers["location"]
        pages = [
            "/mli/budget/lines",
            line,
            "/mli/budget/years",
            "/mli/budget/years/105",
            "/mli/budget/imports/new",
        ]
        words = ["Budget lines", "Who holds", "Budget years", "Enacted (NT$)", "Upload and"]
        for path, word in zip(pages, words, strict=True):
            text = browser.get(path).text
            if word == "Who holds":
                word = "Control rows (object × account)"  # noqa: PLW2901
            assert word in text, path

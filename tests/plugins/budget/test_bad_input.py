"""What a clerk may upload by mistake: each is refused in words that name the cell; nothing kept.

Both governments: ten-digit codes in MLI, eleven digits in TXG.
"""

from __future__ import annotations

import io
import os
import re
import zipfile
from collections.abc import Callable, Mapping
from typing import Any
from uuid import uuid4

import pytest

from tests.core.site import Browser, Site
from tests.plugins.budget.books.conftest import Press
from zhuji_core.testing.counties import CountyUnderTest

CODE = re.compile(r"(?<!\d)(\d{4})(\d{6})(?!\d)")
KEPT = """
    SELECT (SELECT count(*) FROM budget.fiscal_year) + (SELECT count(*) FROM budget.budget_line)
         + (SELECT count(*) FROM budget.control_row) + (SELECT count(*) FROM budget.book)
         + (SELECT count(*) FROM budget.code_set) + (SELECT count(*) FROM kernel.agency)
"""
Change = Callable[[list[list[object]]], None]

CELLS: Mapping[str, tuple[dict[str, object], str, str, str]] = {
    "a formula with an error": ({"F7": "=A9+1→#REF!"}, "E-BOOK-FORMULA", "F7", "#REF!"),
    "a division by zero": ({"F13": "=1/0→#DIV/0!"}, "E-BOOK-FORMULA", "F13", "公式"),
    "a negative budget": ({"F13": -300}, "E-BOOK-NEGATIVE", "F13", "為負數"),
    "a negative budget in brackets": ({"F13": "（３００）"}, "E-BOOK-NEGATIVE", "F13", "為負數"),
    "amounts with decimals": ({"F7": "1,000.0005"}, "E-BOOK-DECIMAL", "F7", "須為整元"),
    "a word for an amount": ({"F7": "約一千"}, "E-BOOK-AMOUNT", "F7", "約一千"),
    "a duplicate code": (
        {"E13": "5607010101 推廣教育", "F13": 1000},
        "E-BOOK-TWICE",
        "E13",
        "重複",
    ),
    "a duplicate code with another amount": (
        {"E13": "5607010101 推廣教育"},
        "E-BOOK-TWICE",
        "E13",
        "重複",
    ),
    "a code cut short": ({"E13": "560701020 推廣教育"}, "E-BOOK-CODE-LENGTH", "E13", "碼"),
}


def of_county(press: Press, county: str, changes: dict[str, object]) -> list[list[object]]:
    """Return the ordinary book with codes of the county's length."""
    rows = press.body(changes)
    if county == "txg":
        rows = [
            [CODE.sub(r"\g<1>0\2", cell) if isinstance(cell, str) else cell for cell in row]
            for row in rows
        ]
    return rows


@pytest.fixture(params=["mli", "txg"])
def office(request: pytest.FixtureRequest, site: Site) -> Any:
    """Give the budget office of each government at its browser."""
    with site.browser("bas", county=request.param) as browser:
        yield request.param, browser


def of(county: str, mli: CountyUnderTest, txg: CountyUnderTest) -> CountyUnderTest:
    return mli if county == "mli" else txg


def by_api(browser: Browser, county: str, *files: bytes) -> Any:
    return browser.client.post(
        f"/{county}/api/v1/budget/imports",
        data={"year": "105"},
        files=[("files", (f"書{number}.xlsx", content)) for number, content in enumerate(files)],
        headers={"x-csrftoken": browser.csrf, "idempotency-key": uuid4().hex},
    )


def by_page(browser: Browser, county: str, content: bytes) -> Any:
    """Upload on the page and follow to the preview, as a clerk does."""
    answer = browser.client.post(
        f"/{county}/budget/imports/upload",
        data={"_csrf_token": browser.csrf, "_key": uuid4().hex, "year": "105"},
        files=[("files", ("書.xlsx", content))],
    )
    return browser.get(answer.headers["location"]) if answer.status_code == 303 else answer


@pytest.mark.parametrize("fault", CELLS)
def test_the_cell_is_named_and_nothing_is_kept(
    office: Any, mli: CountyUnderTest, txg: CountyUnderTest, press: Press, fault: str
) -> None:
    county, browser = office
    changes, code, cell, said = CELLS[fault]
    before = of(county, mli, txg).rows(KEPT)[0][0]
    content = press.workbook({"歲出": of_county(press, county, changes)})
    answer = by_api(browser, county, content)
    assert answer.status_code == 422
    named = {(one["code"], one["sheet"], one["cell"]) for one in answer.json()["errors"]}
    assert (code, "歲出", cell) in named
    page = by_page(browser, county, content).text
    assert f"書.xlsx　歲出　{cell}" in page
    assert said in page
    assert of(county, mli, txg).rows(KEPT)[0][0] == before


def test_full_width_digits_are_read_as_what_they_are(
    office: Any, mli: CountyUnderTest, txg: CountyUnderTest, press: Press
) -> None:
    county, browser = office
    rows = of_county(press, county, {"F13": "３００", "F7": "１，０００"})
    rows[12][4] = str(rows[12][4]).translate(str.maketrans("0123456789", "０１２３４５６７８９"))
    answer = by_api(browser, county, press.workbook({"歲出": rows}))
    assert answer.status_code == 200, answer.text
    found = of(county, mli, txg).rows("SELECT code, bill_ntd FROM budget.budget_line ORDER BY 1")
    digits = 10 if county == "mli" else 11
    assert [(len(row.code), row.bill_ntd) for row in found] == [
        (digits, 1_000_000),
        (digits, 300_000),
    ]


def test_merged_heads_are_read_and_one_that_hides_a_column_is_refused_in_words(
    office: Any, press: Press
) -> None:
    county, browser = office
    rows = of_county(press, county, {})
    hidden = [["科目名稱及本年度預算數", "", "", "", "", "", *row[6:]] for row in rows[:2]]
    refused = by_api(
        browser, county, press.workbook({"歲出": [*hidden, *rows[2:]]}, merged=["A1:F1"])
    )
    assert refused.status_code == 422
    (error,) = refused.json()["errors"]
    assert error["code"] == "E-BOOK-KIND"
    assert "請取消合併" in error["message"]
    assert "歲出" in error["message"]
    merged = press.workbook({"歲出": rows}, merged=["A1:E1", "F1:F2", "J1:J2"])
    assert by_api(browser, county, merged).status_code == 200


def test_at_most_200_are_listed(office: Any, press: Press) -> None:
    county, browser = office
    rows = of_county(press, county, {})
    extra = [["", "", "", "02", f"56070102{n:02} 甲{n}", "無價", 0, 0, 0, ""] for n in range(2, 99)]
    many = [*rows, *extra, *extra, *extra]
    answer = by_api(browser, county, press.workbook({"歲出": many}))
    assert len(answer.json()["errors"]) == 200
    counted = re.search(r"有 (\d+) 處錯誤", answer.json()["detail"])
    assert counted
    assert int(counted[1]) > 200
    page = by_page(browser, county, press.workbook({"歲出": many})).text
    assert page.partition("提醒（不影響匯入")[0].count("書.xlsx　歲出　") == 200
    assert "另有" in page


def test_a_workbook_of_50_megabytes(
    office: Any, mli: CountyUnderTest, txg: CountyUnderTest, press: Press
) -> None:
    county, browser = office
    out = io.BytesIO(press.workbook({"歲出": of_county(press, county, {})}))
    with zipfile.ZipFile(out, "a", zipfile.ZIP_STORED) as archive:
        archive.writestr("xl/media/photo.png", os.urandom(50_000_000))
    large = out.getvalue()
    answer = by_api(browser, county, large)
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert (error["code"], error["file"]) == ("E-SHEET-TOO-LARGE", "書0.xlsx")
    assert "過大" in error["message"]
    page = by_page(browser, county, large)
    assert page.status_code == 422
    assert "書.xlsx" in page.text
    assert of(county, mli, txg).rows("SELECT count(*) FROM kernel.blob")[0][0] == 0


def test_a_zip_bomb(office: Any, mli: CountyUnderTest, txg: CountyUnderTest, press: Press) -> None:
    county, browser = office
    before = of(county, mli, txg).rows(KEPT)[0][0]
    out = io.BytesIO(press.workbook({"歲出": of_county(press, county, {})}))
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/photo.png", b"\0" * 150_000_000)
    answer = by_api(browser, county, out.getvalue())
    assert answer.status_code == 422
    assert [one["code"] for one in answer.json()["errors"]] == ["E-SHEET-TOO-LARGE"]
    page = by_page(browser, county, out.getvalue()).text
    assert "過大" in page
    assert of(county, mli, txg).rows(KEPT)[0][0] == before

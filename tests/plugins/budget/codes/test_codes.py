"""Codes as data with effective years: a county's own, and what they do to its books."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import msgspec
import pytest
import sqlalchemy as sa

from tests.core.site import Browser
from tests.plugins.budget.books.conftest import Grid, Press
from tests.plugins.budget.given import given_allotted, given_bill
from zhuji_budget.domain.code_set import CodeSetWrong, CodesInUse, CodesInvalid, CodesOverlap
from zhuji_budget.queries.codes import codes_of, county_sets
from zhuji_budget.usecases.import_books import import_reading
from zhuji_budget.usecases.load_codes import load_codes
from zhuji_budget.usecases.read_books import BookFile, BooksInconsistent, Reading, read_books
from zhuji_budget.usecases.read_codes import CodeSetHead, CodesRead, read_codes
from zhuji_core.identity.actor import Forbidden
from zhuji_core.spreadsheets import read_workbook
from zhuji_core.testing.counties import CountyUnderTest, given_actor

API = "/mli/api/v1/budget/codes"
FUNCTIONS: Grid = [["代碼", "名稱"], ["３２", "行政支出"], [56, "農業支出"]]
OBJECTS: Grid = [
    ["示範縣用途別科目"],
    ["代 碼", "名稱", "上級代碼", "經資門", "性 質"],
    ["7000", "人事費", "", "經常門", "人事費"],
    ["8000", "業務費", "", "", ""],
    ["8010", "水電費", "8000", "", ""],
    ["9000", "設備", "", "資本門", ""],
]


def head(kind: str = "function", name: str = "自訂", **more: Any) -> CodeSetHead:
    return CodeSetHead(kind=kind, name=name, **{"first_year": 105, **more})


def read(press: Press, grid: Grid, wanted: CodeSetHead) -> CodesRead:
    return read_codes(wanted, BookFile(name="碼.xlsx", content=press.workbook({"表": grid})))


def load(county: CountyUnderTest, press: Press, grid: Grid, wanted: CodeSetHead) -> None:
    with county.uow() as uow:
        load_codes(uow, read(press, grid, wanted))


def sets(county: CountyUnderTest, kind: str) -> list[tuple[str, int, int | None, bool]]:
    with county.uow(read_only=True) as uow:
        return [
            (one.name, one.first_year, one.last_year, one.shipped)
            for one in county_sets(uow)
            if one.kind == kind
        ]


def book(county: CountyUnderTest, press: Press, grid: Grid, *, year: int = 105) -> Reading:
    with county.uow(read_only=True) as uow:
        codes = codes_of(uow)
    content = press.workbook({"歲出": grid})
    return read_books([BookFile(name="書.xlsx", content=content)], fiscal_year=year, codes=codes)


def test_a_county_begins_with_two_generations_of_objects(mli: CountyUnderTest) -> None:
    assert sets(mli, "object") == [("old", 0, 107, True), ("new", 108, None, True)]
    with mli.uow(read_only=True) as uow:
        codes = codes_of(uow)
    assert {scheme.length for scheme in codes.schemes} == {10, 11, 12}
    assert codes.functions_of(105)["58"] == "農業支出"
    assert codes.sources_of(105)["0109"] == "統籌分配稅"


def test_the_lines_of_a_book_know_their_function(
    mli: CountyUnderTest, txg: CountyUnderTest
) -> None:
    for county in (mli, txg):
        given_bill(county)
        found = county.rows(
            "SELECT function_code, count(*) AS lines FROM budget.budget_line GROUP BY 1 ORDER BY 1"
        )
        assert [(row.function_code, row.lines) for row in found] == [
            ("32", 3), ("51", 2), ("56", 2), ("58", 2), ("61", 1),
        ]  # fmt: skip


def test_a_new_generation_ends_the_one_before(mli: CountyUnderTest, press: Press) -> None:
    load(mli, press, OBJECTS, head("object", "120 年起", first_year=120))
    assert sets(mli, "object") == [
        ("old", 0, 107, True),
        ("new", 108, 119, True),
        ("120 年起", 120, None, False),
    ]
    load(mli, press, OBJECTS, head("object", "130 年起", first_year=130))
    assert sets(mli, "object")[-2:] == [
        ("120 年起", 120, 129, False),
        ("130 年起", 130, None, False),
    ]
    rows = mli.rows(
        "SELECT code, level, parent_code, account, fiscal_year_from, fiscal_year_to"
        " FROM budget.object_code WHERE pack = '120 年起' ORDER BY code"
    )
    assert [tuple(row) for row in rows] == [
        ("7000", 1, "", "current", 120, 129),
        ("8000", 1, "", "current", 120, 129),
        ("8010", 2, "8000", "current", 120, 129),
        ("9000", 1, "", "capital", 120, 129),
    ]


def test_books_are_read_by_the_objects_of_their_year(mli: CountyUnderTest, press: Press) -> None:
    load(mli, press, OBJECTS, head("object", "120 年起", first_year=120))
    body = press.body(
        {"J8": "二、本年度預算數包括:\n　　人事費900千元", "J10": "　　業務費100千元"}
    )
    reading = book(mli, press, body, year=120)
    assert not reading.errors
    assert [item.code for item in reading.budget.lines[0].split] == ["7000", "8000"]
    assert [item.code for item in book(mli, press, body).budget.lines[0].split] == ["01", "02"]


def test_one_year_has_one_set(mli: CountyUnderTest, press: Press) -> None:
    load(mli, press, FUNCTIONS, head(name="甲", first_year=100, last_year=110))
    for first, last in ((90, 100), (105, None), (101, 102)):
        with pytest.raises(CodesOverlap):
            load(mli, press, FUNCTIONS, head(name="乙", first_year=first, last_year=last))
    assert sets(mli, "function") == [("臺中市 105", 0, 99, True), ("甲", 100, 110, False)]
    with pytest.raises(sa.exc.IntegrityError):
        mli.execute(
            "INSERT INTO budget.code_set VALUES"
            " ('function', '丙', 110, 111, '', false, gen_random_uuid(), now())"
        )


def test_a_set_of_the_same_name_is_replaced_whole(mli: CountyUnderTest, press: Press) -> None:
    load(mli, press, FUNCTIONS, head())
    load(mli, press, [["代碼", "名稱"], ["99", "其他"]], head(first_year=90))
    assert sets(mli, "function") == [("臺中市 105", 0, 89, True), ("自訂", 90, None, False)]
    codes = mli.rows("SELECT code, name FROM budget.class_code WHERE set_name = '自訂'")
    assert [tuple(row) for row in codes] == [("99", "其他")]
    audit = mli.rows(
        "SELECT before, after FROM kernel.audit_entry WHERE action = 'budget.code.load'"
        " ORDER BY recorded_at"
    )
    assert audit[1].before["codes"] == 2
    assert audit[1].after["codes"] == 1


def test_codes_in_use_stay(mli: CountyUnderTest, press: Press) -> None:
    given_allotted(mli)
    for kind, grid, code in (("object", OBJECTS, "01"), ("function", FUNCTIONS, "51")):
        with pytest.raises(CodesInUse) as refused:
            load(mli, press, grid, head(kind, first_year=100, last_year=106))
        assert (refused.value.detail["number"], refused.value.detail["fiscal_year"]) == (code, 105)
    assert all(one[3] for one in sets(mli, "object") + sets(mli, "function"))


WRONG: list[tuple[str, Grid, list[tuple[str, str]]]] = [
    ("function", [["代碼", "名稱"], ["3-2", "行政"]], [("E-CODE-FORM", "A2")]),
    ("function", [["代碼", "名稱"], ["32", "行政"], ["３２", "又"]], [("E-CODE-TWICE", "A3")]),
    ("function", [["代碼", "名稱"], ["32", ""]], [("E-CODE-NAME", "B2")]),
    ("source", [["代碼", "名稱", "上級"], ["0101", "土地稅", "01"]], [("E-CODE-PARENT", "C2")]),
    (
        "source",
        [["代碼", "名稱", "上級代碼"], ["1", "甲", "2"], ["2", "乙", "1"]],
        [("E-CODE-DEPTH", "C2"), ("E-CODE-DEPTH", "C3")],
    ),
    ("object", [["代碼", "名稱", "經資門"], ["1000", "人", "兩邊"]], [("E-CODE-ACCOUNT", "C2")]),
    ("object", [["代碼", "名稱"], ["1", "用人"]], [("E-CODE-ROLE-NONE", "")]),
    ("object", [["代碼", "名稱", "性質"], ["1", "甲", "第二預備金"]], [("E-CODE-ROLE", "C2")]),
    (
        "object",
        [["代碼", "名稱", "上級", "性質"], ["1", "甲", "", "人事費"], ["12", "乙", "1", "預備金"]],
        [("E-CODE-ROLE-LEVEL", "D3")],
    ),
    (
        "source",
        [["代碼", "名稱"], ["01", "稅課"], ["02", "工程"], ["003", "罰款"]],
        [("E-CODE-DIGITS", "A4")],
    ),
    (
        "source",
        [["代碼", "名稱", "上級"], ["01", "稅課", ""], ["02", "工程", ""], ["0101", "土地稅", "01"],
         ["0201", "受益費", "01"], ["020", "其他", "02"]],
        [("E-CODE-PREFIX", "C5"), ("E-CODE-DIGITS", "A6")],
    ),
    ("object", [["科目", "金額"], ["人事費", 5]], [("E-CODE-HEAD", "")]),
    (
        "scheme",
        [["碼段", "碼數"], ["政事別", "二"], ["縣市", 2]],
        [("E-CODE-LENGTH", "B2"), ("E-CODE-SEGMENT", "A3")],
    ),
    ("scheme", [["碼段", "碼數"], ["機關", 4]], [("E-CODE-SEGMENTS", "A2")]),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "grid", "expected"), WRONG)
def test_names_every_wrong_cell_and_keeps_nothing(
    mli: CountyUnderTest, press: Press, kind: str, grid: Grid, expected: list[tuple[str, str]]
) -> None:
    found = read(press, grid, head(kind))
    assert [(one.code, one.place.cell) for one in found.problems] == expected
    assert all("{" not in one.text() for one in found.problems)
    with pytest.raises(CodesInvalid), mli.uow() as uow:
        load_codes(uow, found)
    assert not mli.rows("SELECT 1 FROM budget.code_set")


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "colour"},
        {"name": " "},
        {"first_year": 0},
        {"last_year": 104},
        {"source": "x" * 501},
    ],
)
def test_kind_name_and_years_are_checked(press: Press, wrong: dict[str, Any]) -> None:
    with pytest.raises(CodeSetWrong):
        read(press, FUNCTIONS, msgspec.structs.replace(head(), **wrong))


def test_an_unknown_function_is_an_error_against_the_countys_own(
    mli: CountyUnderTest, press: Press
) -> None:
    shipped = book(mli, press, press.body())
    assert not shipped.errors
    assert [(one.code, one.place.cell) for one in shipped.warnings] == [
        ("E-BOOK-FUNCTION", "E7"),
        ("E-BOOK-FUNCTION", "E13"),
    ]
    load(mli, press, [["代碼", "名稱"], ["32", "行政支出"]], head())
    reading = book(mli, press, press.body())
    assert [(one.code, one.place.cell) for one in reading.errors] == [
        ("E-BOOK-FUNCTION", "E7"),
        ("E-BOOK-FUNCTION", "E13"),
    ]
    with pytest.raises(BooksInconsistent), mli.uow() as uow:
        import_reading(uow, reading)
    load(mli, press, FUNCTIONS, head())
    assert not book(mli, press, press.body()).errors


def test_codes_of_another_length_than_the_countys_own(mli: CountyUnderTest, press: Press) -> None:
    twelve: Grid = [["碼段", "碼數"], ["政事別", 2], ["主管", 2], ["機關", 4], ["業務計畫", 2],
                    ["工作計畫", 2]]  # fmt: skip
    load(mli, press, twelve, head("scheme", "本縣"))
    assert [one[0] for one in sets(mli, "scheme")] == ["本縣"]
    reading = book(mli, press, press.body())
    assert [(one.code, one.place.cell) for one in reading.errors] == [
        ("E-BOOK-SCHEME", "E7"),
        ("E-BOOK-SCHEME", "E13"),
    ]


def test_a_year_without_objects_is_refused_in_words(
    mli: CountyUnderTest, bas: Browser, press: Press
) -> None:
    load(mli, press, OBJECTS, head("object", "甲", first_year=108, last_year=109))
    mli.execute("DELETE FROM budget.code_set WHERE name = 'new'")
    answer = bas.client.post(
        "/mli/api/v1/budget/imports",
        data={"year": "111"},
        files=[("files", ("書.xlsx", press.workbook({"歲出": press.body()})))],
        headers={"x-csrftoken": bas.csrf, "idempotency-key": uuid4().hex},
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "E-CODES-YEAR")


def test_who_may_not_load(mli: CountyUnderTest, press: Press) -> None:
    clerk = given_actor(permissions={"budget.line.read": ("*",)})
    with pytest.raises(Forbidden), mli.uow(clerk) as uow:
        load_codes(uow, read(press, FUNCTIONS, head()))
    assert not mli.rows("SELECT 1 FROM budget.code_set")


def test_the_api_loads_reads_and_refuses_by_row(mli: CountyUnderTest, bas: Browser) -> None:
    def post(body: object) -> Any:
        return bas.json(API, msgspec.json.encode(body), key=uuid4().hex)

    wanted = {"kind": "function", "name": "自訂", "first_year": 105}
    refused = post({**wanted, "codes": [{"code": "32", "name": "行政"}, {"code": "32"}]})
    assert refused.status_code == 422
    assert [(one["code"], one["row"]) for one in refused.json()["errors"]] == [
        ("E-CODE-TWICE", 2),
        ("E-CODE-NAME", 2),
    ]
    assert not mli.rows("SELECT 1 FROM budget.code_set")
    kept = post({**wanted, "codes": [{"code": "32", "name": "行政支出"}]})
    assert kept.status_code == 200, kept.text
    assert bas.get(f"{API}/function/自訂").json() == kept.json()
    assert bas.get(f"{API}/function/none").status_code == 404
    assert {one["kind"] for one in bas.get(API).json()} == {
        "object", "function", "source", "scheme",
    }  # fmt: skip


def upload(browser: Browser, content: bytes, **fields: str) -> Any:
    return browser.client.post(
        "/mli/budget/codes",
        data={
            "_csrf_token": browser.csrf,
            "_key": uuid4().hex,
            "kind": "function",
            "name": "自訂",
            "first_year": "１０５",
            "last_year": "",
            "source": "府主一字第 1 號",
            **fields,
        },
        files=[("file", ("碼.xlsx", content))],
    )


def test_the_page_names_cells_and_then_loads(
    mli: CountyUnderTest, bas: Browser, press: Press
) -> None:
    assert bas.get("/mli/budget/codes/new").status_code == 200
    wrong = upload(bas, press.workbook({"表": [["代碼", "名稱"], ["32", ""]]}))
    assert wrong.status_code == 422
    assert "碼.xlsx　表　B2" in wrong.text
    assert upload(bas, b"nothing").status_code == 422
    assert upload(bas, press.workbook({"表": FUNCTIONS}), first_year="x").status_code == 422
    done = upload(bas, press.workbook({"表": FUNCTIONS}))
    assert done.status_code == 303, done.text
    assert "代碼表「自訂」已載入" in bas.get(done.headers["location"]).text
    page = bas.get("/mli/budget/codes/function/自訂").text
    assert "府主一字第 1 號" in page
    assert "農業支出" in page


@pytest.mark.parametrize("kind", ["object", "function", "source", "scheme"])
def test_what_is_exported_can_be_loaded(
    mli: CountyUnderTest, bas: Browser, press: Press, kind: str
) -> None:
    name = sets(mli, kind)[-1][0]
    content = bas.get(f"/mli/budget/codes/{kind}/{name}/xlsx").content
    found = read_codes(head(kind, "又"), BookFile(name="碼.xlsx", content=content))
    assert not found.problems, [one.text() for one in found.problems]
    with mli.uow(read_only=True) as uow:
        (shown,) = [one for one in county_sets(uow) if (one.kind, one.name) == (kind, name)]
    assert found.codes.codes == shown.codes
    assert read_workbook(content).sheets

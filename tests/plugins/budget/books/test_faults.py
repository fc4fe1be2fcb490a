"""Faults planted in a book: each is reported with its sheet, row, cell and arithmetic."""

from __future__ import annotations

import pytest

from tests.plugins.budget.books.conftest import Press
from zhuji_budget.domain.books.consolidate import without_faulty
from zhuji_budget.domain.books.problems import MESSAGES

CELL_FAULTS: list[tuple[dict[str, object], str, str, dict[str, int]]] = [
    (
        {"F13": 301, "J13": "業務費301千元"},
        "E-BOOK-SUM",
        "F12",
        {"printed": 300_000, "sum_of_children": 301_000, "difference": -1_000},
    ),
    ({"F7": "約一千"}, "E-BOOK-AMOUNT", "F7", {}),
    ({"F7": True}, "E-BOOK-AMOUNT", "F7", {}),
    ({"F7": "1000.00001"}, "E-BOOK-DECIMAL", "F7", {}),
    ({"F7": 1e15}, "E-BOOK-AMOUNT", "F7", {}),
    ({"F7": "#REF!"}, "E-BOOK-FORMULA", "F7", {}),
    ({"F7": "=A9+1→#REF!"}, "E-BOOK-FORMULA", "F7", {}),
    ({"J7": "=A9→#N/A"}, "E-BOOK-FORMULA-TEXT", "J7", {}),
    ({"E7": "=A9→#NAME?"}, "E-BOOK-FORMULA-TEXT", "E7", {}),
    ({"E13": "5607010101 推廣教育", "F13": 1000}, "E-BOOK-TWICE", "E13", {}),
    ({"E13": "560701020 推廣教育"}, "E-BOOK-CODE-LENGTH", "E13", {}),
    ({"E13": "推廣教育"}, "E-BOOK-CODE-MISSING", "E13", {}),
    ({"E13": "5607010200 推廣教育"}, "E-BOOK-LEVEL", "E13", {}),
    (
        {"E13": "5607010101 推廣教育"},
        "E-BOOK-CONFLICT",
        "F13",
        {"first": 1_000_000, "again": 300_000, "difference": -700_000},
    ),
    ({"F4": -1300}, "E-BOOK-NEGATIVE", "F4", {"actual": -1_300_000}),
    (
        {"J13": "人事費200千元、業務費99千元"},
        "E-BOOK-SPLIT",
        "J13",
        {
            "line": 300_000,
            "object_01": 200_000,
            "object_02": 99_000,
            "sum": 299_000,
            "difference": 1_000,
        },
    ),
]


@pytest.mark.parametrize(("changes", "code", "cell", "arithmetic"), CELL_FAULTS)
def test_names_the_cell_of_what_is_wrong(
    press: Press,
    changes: dict[str, object],
    code: str,
    cell: str,
    arithmetic: dict[str, int],
) -> None:
    result = press.consolidate(press.body(changes))

    found = [e for e in result.errors if (e.code, e.place.cell) == (code, cell)]
    assert found, [(e.code, e.place.cell) for e in result.errors]
    assert (found[0].place.file, found[0].place.sheet) == ("1.xlsx", "Sheet1")
    assert found[0].place.row == int(cell[1:])
    assert found[0].arithmetic == arithmetic
    assert "{" not in found[0].text()
    assert str(found[0].place) == f"1.xlsx Sheet1 {cell}"


def test_other_years_are_warned_about_only(press: Press) -> None:
    result = press.consolidate(press.body({"H12": 101, "I13": 99, "G4": 1201}))

    assert not result.errors
    assert {(w.code, w.place.cell) for w in result.warnings} == {
        ("E-BOOK-SUM", "H5"),
        ("E-BOOK-SUM", "H12"),
        ("E-BOOK-SUM", "G4"),
        ("E-BOOK-SUM", "I12"),
        ("E-BOOK-DIFFERENCE", "I13"),
        ("E-BOOK-DIFFERENCE", "I4"),
    }


def test_a_total_that_is_not_the_sum_of_its_book(press: Press) -> None:
    total: list[object] = ["", "", "", "", "合　　計", 1301, 1200, 900, 101, ""]
    result = press.consolidate([*press.body(), total, ["", "", "", "", "經常門合計", 5, 5]])

    assert [(e.code, e.place.cell) for e in result.errors] == [("E-BOOK-TOTAL", "F14")]
    assert [(w.code, w.place.cell) for w in result.warnings] == [("E-BOOK-TOTAL", "I14")]
    assert result.errors[0].arithmetic["difference"] == 1_000


def test_a_row_above_its_own_superior(press: Press) -> None:
    body = press.body()
    result = press.consolidate([*body[:3], *body[11:], *body[3:11]])

    assert "E-BOOK-ORPHAN" in {e.code for e in result.errors}


def test_the_same_book_twice_counts_once(press: Press) -> None:
    result = press.consolidate(press.body(), press.body())

    assert not result.errors
    assert result.budget.total_ntd == 1_300_000
    (duplicate,) = result.duplicates
    assert (duplicate.code, duplicate.line_count) == ("0007010000", 2)
    assert (duplicate.first.file, duplicate.again.file) == ("1.xlsx", "2.xlsx")
    assert [(b.lines, b.duplicate_lines, b.total_ntd) for b in result.books] == [
        (2, 0, 1_300_000),
        (0, 2, 0),
    ]


def second_agency(press: Press) -> list[list[object]]:
    """The same department's other agency, in its own sheet with its own share of level 1."""
    rows = press.body()
    for row in rows[3:]:
        row[4] = str(row[4]).replace("0701", "0702").replace("農林處\n", "林管所\n")
    return rows


def test_agencies_sheets_beside_the_whole_departments_sheet(press: Press) -> None:
    own, other = press.body(), second_agency(press)
    whole = [*press.body({"F4": 2600, "G4": 2400, "H4": 1800, "I4": 200}), *other[4:]]
    content = press.workbook({"農": own, "林": other, "主管": whole})
    result = press.join([press.read(content)])

    assert not result.errors
    assert (len(result.budget.lines), len(result.budget.agencies)) == (4, 2)
    assert result.budget.total_ntd == 2_600_000
    assert [d.code for d in result.duplicates] == ["0007010000", "0007020000"]
    assert result.books[0].duplicate_lines == 4


def test_the_same_code_with_other_figures_names_both_cells(press: Press) -> None:
    changes: dict[str, object] = dict.fromkeys(["F4", "F5"], 1301)
    changes |= {"F12": 301, "F13": 301, "J13": "業務費301千元"}
    changes |= dict.fromkeys(["I4", "I5", "I12", "I13"], 101)
    result = press.consolidate(press.body(), press.body(changes))

    conflicts = [e for e in result.errors if e.place.cell == "F13"]
    (conflict,) = conflicts
    assert conflict.code == "E-BOOK-CONFLICT"
    assert conflict.also is not None
    assert (str(conflict.place), str(conflict.also)) == ("2.xlsx Sheet1 F13", "1.xlsx Sheet1 F13")
    assert conflict.arithmetic == {"first": 300_000, "again": 301_000, "difference": 1_000}
    assert result.budget.total_ntd == 1_300_000


def test_names_superiors_and_parts_that_differ_between_books(press: Press) -> None:
    renamed = press.body({"E13": "5607010201 推廣教學"})
    extra: list[list[object]] = [
        *press.body(),
        ["", "", "", "02", "5607010202 停辦計畫", "-", "-", "-", "-"],
    ]
    moved = press.body({"E4": "0008000000 其他主管", "E5": "0007010000 甲乙縣政府農林處"})
    result = press.consolidate(press.body(), renamed, extra, moved)

    assert [(w.code, w.place.file) for w in result.warnings] == [
        ("E-BOOK-NAME", "2.xlsx"),
        ("E-BOOK-PARTIAL", "3.xlsx"),
        ("E-BOOK-PARTIAL", "4.xlsx"),
    ]
    assert {e.code for e in result.errors} == {"E-BOOK-PARENT"}
    assert result.lines_without_split == {"5607010202": "zero"}


def test_object_amounts_that_differ_between_two_places(press: Press) -> None:
    longer: list[list[object]] = [*press.body(), ["", "", "", "02", "5607010202 停辦", 0]]
    longer[7][9] = "二、本年度預算數包括:\n人事費800千元"
    longer[9][9] = "業務費200千元"
    grids = [press.body({"J13": "推廣"}), longer]

    results = [press.consolidate(*grids), press.consolidate(*reversed(grids))]

    for result in results:
        assert not result.errors
        assert [item.amount_ntd for item in result.budget.lines[0].split] == [800_000, 200_000]
        # Where one place gives no amounts, the other's count.
        assert result.budget.lines[1].split
        (warning,) = (w for w in result.warnings if w.code == "E-BOOK-SPLIT-DIFFERS")
        assert warning.also
        assert {warning.place.cell, warning.also.cell} == {"J7"}
    assert results[0].budget == results[1].budget


def test_partial_keeps_the_books_without_fault(press: Press) -> None:
    bad = second_agency(press)
    bad[3][5] = 1
    books = [
        press.read(press.workbook({"S": grid}), file=name)
        for name, grid in (("好.xlsx", press.body()), ("壞.xlsx", bad))
    ]
    result = press.join(books)
    assert result.books[1].errors == 1

    kept = without_faulty(books, result)

    assert [book.file for book in kept] == ["好.xlsx"]
    assert press.join(kept).errors == ()
    assert press.join(kept).budget.total_ntd == 1_300_000


def test_an_empty_workbook_and_a_wrong_one(press: Press) -> None:
    empty = press.read(press.workbook({"Sheet1": []}))
    wrong = press.read(press.workbook({"帳": [["日期", "金額"], ["105/1/1", 5]]}))
    bare = press.read(press.workbook({"表": press.body()[:3]}))

    assert [p.code for p in empty.problems] == ["E-BOOK-EMPTY"]
    assert [p.code for p in wrong.problems] == ["E-BOOK-KIND"]
    assert wrong.problems[0].text().endswith("已看過的工作表：帳。")
    assert [p.code for p in bare.sheets[0].problems] == ["E-BOOK-NO-ROWS"]
    result = press.join([empty, wrong, bare])
    assert [e.code for e in result.errors] == ["E-BOOK-EMPTY", "E-BOOK-KIND", "E-BOOK-NO-ROWS"]


def test_a_book_in_dollars_that_says_nothing_is_not_taken_for_thousands(press: Press) -> None:
    body = press.body()
    for row in body[3:]:
        row[5:9] = [v * 1000 if isinstance(v, int) else v for v in row[5:9]]
    result = press.consolidate(body)

    assert {e.code for e in result.errors} == {"E-BOOK-SPLIT"}
    assert {w.code for w in result.warnings} == {"E-BOOK-UNIT"}


GARBAGE: list[object] = ["", "　", "-", 0, -1, 1e300, "款", "節", "合計", "名稱及編號",
    "本年度預算數", "9" * 40, "５６", "人事費千元", "\x01", "(", "1.2.3.4", True]  # fmt: skip


def test_nothing_crashes_on_garbage(press: Press) -> None:
    for seed in range(300):
        rows = press.body()
        for step in range(40):
            at = (seed * 7919 + step * 104729) % (len(rows) * 10)
            if step % 3 == 0 or seed % 2:
                rows[at // 10][at % 10] = GARBAGE[(seed + step * 5) % len(GARBAGE)]
        book = press.read(press.workbook({"S": rows}))
        joined = press.join([book, book])
        assert {error.code for error in joined.errors} <= MESSAGES.keys()


def test_every_message_can_be_filled() -> None:
    assert all(code.startswith(("E-BOOK-", "E-UNIT-", "E-CODE-")) for code in MESSAGES)

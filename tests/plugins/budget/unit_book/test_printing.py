"""Unit books printed again: of a file, of an estimate, of a year; both governments."""

from __future__ import annotations

import datetime as dt
import uuid
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from tests.core.site import Browser
from tests.plugins.budget.estimates.given import NEXT, given_estimate, line_id, write
from tests.plugins.budget.given import AGENCY, LINE, YEAR, given_allotted, small_budget
from tests.plugins.budget.unit_book.test_small_book import OBJECTS, PLAN, printed
from zhuji_budget.domain.estimate_items import WantedItem, WantedLine
from zhuji_budget.domain.unit_book.edition import Edition
from zhuji_budget.domain.unit_book.from_estimate import BookEmpty, BookLinesUncut
from zhuji_budget.queries.unit_books import estimate_edition, year_edition
from zhuji_budget.usecases.check_book import check_book
from zhuji_budget.usecases.print_book import (
    BookPartUnknown,
    BookUnreadable,
    booklet_of,
    print_book,
)
from zhuji_budget.usecases.read_books import BookFile
from zhuji_budget.usecases.write_estimate import write_estimate
from zhuji_core.booklets.files import booklet_file
from zhuji_core.booklets.model import Booklet
from zhuji_core.cli import group
from zhuji_core.testing.counties import CountyUnderTest
from zhuji_core.testing.plugin import shared_folder

ITEMS = (
    WantedItem(
        object_code="0104",
        sub_plan="人員維持",
        unit="人/年",
        quantity="2",
        price_ntd=400_000,
        explanation="5等約僱人員薪俸。",
        fund_source="縣款",
    ),
    WantedItem(object_code="0271", sub_plan="一般業務", quantity="１０×９", price_ntd=1_111),
    WantedItem(object_code="0279", account="capital", price_ntd=30_000, explanation="工程管理費"),
    WantedItem(object_code="0305", unit="輛", quantity="1", price_ntd=600_000),
)


def booklet(edition: Edition, *, part: str = "") -> Booklet:
    now = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    return booklet_of(edition, part=part, title="單位預算", author="測試", printed_at=now)


@pytest.mark.needs("shared")
@pytest.mark.parametrize("suffix", ["xlsx", "ods"])
def test_the_official_book_printed_again_holds_every_table(
    pytestconfig: pytest.Config, suffix: str
) -> None:
    folder = shared_folder(pytestconfig.rootpath) / "data" / "taichung-105" / "books"
    path = folder / "研考會-歲出機關別預算表.xls"
    official = check_book(BookFile(name=path.name, content=path.read_bytes()))
    edition = print_book(BookFile(name=path.name, content=path.read_bytes()))
    made = booklet_file(booklet(edition), suffix)
    again = check_book(BookFile(name=f"again.{suffix}", content=made))
    assert (again.compared, again.equal) == (758, 758)
    assert (again.items, again.total_ntd) == (official.items, official.total_ntd)
    titles = {sheet.title for sheet in again.sheets}
    left_out = {sheet.title for sheet in official.sheets} - titles
    assert left_out == {"公務車輛明細表"}
    first = print_book(BookFile(name=f"again.{suffix}", content=made))
    assert first.entered == edition.entered
    assert first.book.fiscal_year == 105


def test_a_made_up_government_s_book_prints_and_reads_again() -> None:
    edition = print_book(printed(計畫=PLAN, 用途別=OBJECTS))
    for suffix in ("xlsx", "ods"):
        made = booklet_file(booklet(edition), suffix)
        again = check_book(BookFile(name=f"again.{suffix}", content=made))
        assert again.passed
        assert (again.fiscal_year, again.items, again.total_ntd) == (115, 3, 12_000)


def test_a_book_with_an_unreadable_cell_is_not_printed() -> None:
    plan = [list(row) for row in PLAN]
    plan[6][6] = "五千"
    with pytest.raises(BookUnreadable):
        print_book(printed(計畫=plan), fiscal_year=115)
    with pytest.raises(BookPartUnknown):
        booklet(print_book(printed(計畫=PLAN), fiscal_year=115), part="nothing")


def test_an_estimate_prints_what_it_asks_less_what_was_cut(mli: CountyUnderTest) -> None:
    given_allotted(mli)
    estimate_id = given_estimate(mli)
    write(mli, estimate_id, *ITEMS)
    _revenue(mli, estimate_id)
    mli.execute(
        "UPDATE budget.estimate_item SET cut_ntd = 100000, comment = '緩辦'"
        " WHERE object_code = '0305'"
    )
    with mli.uow(read_only=True) as uow:
        edition = estimate_edition(uow, estimate_id)[1]
    assert edition.book.total_ntd(lambda _: True) == 800_000 + 99_990 + 30_000 + 500_000
    again = check_book(
        BookFile(name="again.xlsx", content=booklet_file(booklet(edition), "xlsx")),
        fiscal_year=NEXT,
    )
    assert again.problems == ()
    # Only what an item's object does not tell: that 工程管理費 is capital here.
    differing = {sheet.title: sheet.differences for sheet in again.sheets if sheet.differences}
    assert set(differing) <= {
        "資本支出分析表",
        "歲出用途別科目分析表",
        "歲出按職能及經濟性綜合分類表",
    }
    objects = next(one for one in booklet(edition, part="objects").sheets)
    total = next(row for row in objects.rows if row[0].value == "合計")
    amounts = [cell.value for cell in total[1:] if cell.value]
    assert amounts == [1_430, 800, 100, 900, 30, 500, 530]
    economic = booklet(edition, part="economic").sheets[0]
    assert [cell.value for cell in economic.rows[0][1:] if cell.value] == [
        800, 100, 900, 30, 500, 530, 1_430,
    ]  # fmt: skip
    (plans,) = booklet(edition, part="plans").sheets
    told = [cell.value for row in plans.rows for cell in row if isinstance(cell.value, str)]
    assert any("原列600,000元，審議刪減100,000元" in one for one in told)


def _revenue(county: CountyUnderTest, estimate_id: uuid.UUID) -> None:
    with county.uow() as uow:
        write_estimate(
            uow,
            estimate_id=estimate_id,
            wanted=WantedLine(
                side="revenue",
                code="0401010101",
                name="場地使用費",
                group_code="0401010100",
                group_name="使用規費收入",
                legal_basis="規費法第8條",
                items=(WantedItem(price_ntd=50, quantity="100", explanation="場地"),),
            ),
        )


def test_a_year_without_estimates_prints_by_line_and_object(allotted: CountyUnderTest) -> None:
    whole = small_budget()
    own = [line for line in whole.lines if line.agency_code == AGENCY]
    with allotted.uow(read_only=True) as uow:
        found = year_edition(uow, fiscal_year=YEAR, agency_code=AGENCY)
    total_ntd = sum(line.this_year_ntd for line in own)
    assert found.edition.book.total_ntd(lambda _: True) == total_ntd
    sheet = booklet(found.edition, part="expenditure").sheets[0]
    codes = [str(row[4].value).split("\n")[0] for row in sheet.rows if row[4].value]
    assert set(codes) >= {line.code for line in own}
    assert booklet_file(booklet(found.edition), "pdf").startswith(b"%PDF")


def test_a_year_s_book_compares_with_what_the_bill_says_of_the_year_before(
    allotted: CountyUnderTest,
) -> None:
    own = {line.code: line for line in small_budget().lines if line.agency_code == AGENCY}
    before = {code: line.last_year_ntd or 0 for code, line in own.items()}
    cells = _amounts(allotted)
    assert {code: row[1] for code, row in cells.items() if code in own} == {
        code: (amount + 500) // 1_000 for code, amount in before.items()
    }
    this_ntd = sum(line.this_year_ntd for line in own.values())
    top = next(iter(cells.values()))
    assert top[3] == (this_ntd - sum(before.values()) + 500) // 1_000
    # Nobody knows the final accounts: that is no 0, and a dash would say so.
    assert all(row[2] is None for row in cells.values())
    code = next(iter(own))
    allotted.corrupt("UPDATE budget.budget_line SET final_ntd = 5000 WHERE code = :code", code=code)
    allotted.corrupt("UPDATE budget.budget_line SET last_year_ntd = NULL WHERE code = :c", c=code)
    cells = _amounts(allotted)
    assert cells[code][1:] == [None, 5, None]
    assert next(iter(cells.values()))[1:] == [None, None, None]


def _amounts(county: CountyUnderTest) -> dict[str, list[Any]]:
    """Return this year, last year, final accounts and the difference by code of the printed row."""
    with county.uow(read_only=True) as uow:
        found = year_edition(uow, fiscal_year=YEAR, agency_code=AGENCY)
    sheet = booklet(found.edition, part="expenditure").sheets[0]
    return {
        str(row[4].value).split("\n")[0]: [cell.value for cell in row[5:9]]
        for row in sheet.rows
        if row[4].value
    }


def test_a_year_s_book_follows_the_council_row_by_row(allotted: CountyUnderTest) -> None:
    estimate_id = given_estimate(allotted)
    write(allotted, estimate_id, *ITEMS[1:2])
    allotted.execute("UPDATE budget.estimate SET fiscal_year = 105")
    with allotted.uow(read_only=True) as uow:
        found = year_edition(uow, fiscal_year=YEAR, agency_code=AGENCY)
    supplies = [
        item
        for item in found.edition.book.items()
        if item.plan_code == LINE and item.object_code in {"02", "0271"}
    ]
    assert [item.amount_ntd for item in supplies] == [99_990, 12_987_650 - 99_990]


def test_nothing_to_print_and_codes_of_no_cut_are_refused(mli: CountyUnderTest) -> None:
    given_allotted(mli)
    estimate_id = given_estimate(mli)
    with mli.uow(read_only=True) as uow:
        with pytest.raises(BookEmpty):
            estimate_edition(uow, estimate_id)
        with pytest.raises(BookEmpty):
            year_edition(uow, fiscal_year=YEAR, agency_code="9999")
    with mli.uow() as uow:
        write_estimate(
            uow,
            estimate_id=estimate_id,
            wanted=WantedLine(side="expenditure", code="12345", name="別碼", items=ITEMS[1:2]),
        )
    write(mli, estimate_id, *ITEMS)
    with mli.uow(read_only=True) as uow, pytest.raises(BookLinesUncut):
        estimate_edition(uow, estimate_id)


def test_pages_and_api_show_the_same_tables(
    allotted: CountyUnderTest, bas: Browser, clerk: Browser
) -> None:
    listed = bas.get(f"/mli/budget/books?year={YEAR}").text
    assert f"/mli/budget/books/{YEAR}?agency_code={AGENCY}" in listed
    page = bas.get(f"/mli/budget/books/{YEAR}?agency_code={AGENCY}&part=objects&sheet=1").text
    assert "歲出用途別科目分析表" in page
    assert "colspan" in page
    answer = bas.get(f"/mli/api/v1/budget/books/{YEAR}?agency_code={AGENCY}&part=objects").json()
    assert [sheet["title"] for sheet in answer["sheets"]] == ["歲出用途別科目分析表"]
    files = f"/mli/budget/books/{YEAR}/export"
    for suffix, begins in (("xlsx", b"PK"), ("ods", b"PK"), ("pdf", b"%PDF")):
        file = bas.get(f"{files}/{suffix}?agency_code={AGENCY}&part=objects")
        assert file.content.startswith(begins)
    assert bas.get(f"{files}/csv?agency_code={AGENCY}").status_code == 404
    assert bas.get(f"/mli/budget/books/{YEAR}?agency_code={AGENCY}&part=xx").status_code == 404
    assert clerk.get(f"/mli/budget/books/{YEAR}?agency_code={AGENCY}").status_code == 403
    estimate_id = given_estimate(allotted)
    write(allotted, estimate_id, *ITEMS)
    shown = bas.get(f"/mli/budget/estimates/{estimate_id}/book?sheet=1").text
    assert "單位概算" in shown
    assert str(line_id(allotted, estimate_id))
    told = bas.get(f"/mli/api/v1/budget/estimates/{estimate_id}/book?part=plans").json()
    assert told["expenditure_ntd"] == 1_529_990


def test_the_command_writes_the_file_it_is_named(tmp_path: Path) -> None:
    book = printed(計畫=PLAN, 用途別=OBJECTS)
    source = tmp_path / "農林處.xlsx"
    source.write_bytes(book.content)
    out = tmp_path / "book.ods"
    run = CliRunner().invoke(group, ["budget", "book", "print", str(source), "--out", str(out)])
    assert run.exit_code == 0, run.output
    assert check_book(BookFile(name="book.ods", content=out.read_bytes())).passed
    wrong = CliRunner().invoke(
        group, ["budget", "book", "print", str(source), "--out", str(tmp_path / "book.doc")]
    )
    assert wrong.exit_code == 1
    assert not (tmp_path / "book.doc").exists()

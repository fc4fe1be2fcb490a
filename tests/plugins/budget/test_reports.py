"""Reports: one definition for page, file and API; every sum is what it is made of."""

from __future__ import annotations

import csv
import datetime as dt
import io
import itertools
import re
import subprocess
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from tests.core.site import Browser, Site
from tests.plugins.budget.given import (
    AGENCY,
    LINE,
    SUPPLIES_TO_MARCH_NTD,
    TOTAL_NTD,
    YEAR,
    do,
    given_allotted,
    given_bill,
    move,
    rows_of,
)
from zhuji_budget.domain.reports.catalogue import REPORTS, report_named
from zhuji_budget.domain.reports.definition import MonthNotBegun, ReportHasNoMonth, Subject
from zhuji_budget.permissions import READ_LINES
from zhuji_budget.queries.codes import codes_of
from zhuji_budget.queries.reports.reading import ReportFound, read_report, report_filter
from zhuji_core.contracts.funds import MoveKind
from zhuji_core.reports.adding import Leaf, add_up
from zhuji_core.reports.definition import (
    Figure,
    ReportLevel,
    ReportNotFound,
    complete,
    rate,
)
from zhuji_core.spreadsheets import read_workbook
from zhuji_core.testing.counties import CountyUnderTest, given_actor

API = "/mli/api/v1/budget/reports"
EXPENDITURE = [name for name, one in REPORTS.items() if one.subject != Subject.REVENUE]
REVENUE = """
    INSERT INTO budget.revenue_row
           (revenue_row_id, fiscal_year, agency_code, agency_name, code, name, source_code,
            source_name, account, last_year_ntd, bill_ntd, enacted_ntd, changes_ntd, allotment_ntd)
    VALUES (gen_random_uuid(), :year, '0001010000', '示範機關甲', :code, :name, :source,
            :source_name, 'current', :last, :bill, :bill, :changes,
            ARRAY[:month, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]::bigint[])
"""


def found_in(
    county: CountyUnderTest,
    name: str,
    *,
    month: int | None = None,
    within: str = "",
    depth: int = 0,
    actor: Any = None,
) -> ReportFound:
    with county.uow(actor, read_only=True) as uow:
        report = report_named(name)
        wanted = report_filter(
            uow, report, fiscal_year=YEAR, month=month, within=within, depth=depth
        )
        return read_report(uow, report, wanted, whole=True)


@pytest.mark.parametrize("name", EXPENDITURE)
def test_every_sum_is_the_sum_of_what_it_is_opened_to(allotted: CountyUnderTest, name: str) -> None:
    rows = rows_of(allotted, line_code=LINE)
    do(allotted, move(rows[1], 46_912))
    report = REPORTS[name]
    whole = found_in(allotted, name, depth=len(report.dimensions))
    read = [figure.name for figure in report.figures if not figure.is_rate]
    sums: dict[tuple[str, ...], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for row in whole.rows:
        if len(row.keys) == len(report.dimensions):
            for level in range(len(row.keys)):
                for figure in read:
                    sums[row.keys[:level]][figure] += row.figures[figure] or 0
    assert whole.count == len(whole.rows) > 5
    assert sums[()] == {figure: whole.total[figure] or 0 for figure in read}
    for row in whole.rows:
        if len(row.keys) < len(report.dimensions):
            assert sums[row.keys] == {figure: row.figures[figure] or 0 for figure in read}
            opened = found_in(allotted, name, within=",".join(row.keys))
            assert opened.total["budget_ntd"] == row.figures["budget_ntd"]
            assert {one.keys[: len(row.keys)] for one in opened.rows} == {row.keys}


def test_what_is_added_up_outside_of_sql_opens_and_pages_alike(allotted: CountyUnderTest) -> None:
    do(allotted, move(rows_of(allotted, line_code=LINE)[1], 46_912))
    report = report_named("execution")
    deepest = found_in(allotted, "execution", depth=4)
    labels = {row.keys: row.label for row in deepest.rows}
    leaves = [
        Leaf(
            keys=row.keys,
            labels=tuple(labels[row.keys[: n + 1]] for n in range(4)),
            references=("", "", row.reference, row.reference),
            amounts={
                figure.name: row.figures[figure.name] or 0
                for figure in report.figures
                if figure.is_read
            },
        )
        for row in deepest.rows
        if len(row.keys) == 4
    ]
    department = deepest.rows[0].keys[0]
    compared = 0
    for within, depth, limit in (("", 1, 100), ("", 4, 3), ("", 3, 100), (department, 4, 2)):
        after, more = "", True
        while more:
            with allotted.uow(read_only=True) as uow:
                wanted = report_filter(
                    uow, report, fiscal_year=YEAR, within=within, depth=depth, after=after,
                    limit=limit,
                )  # fmt: skip
                by_sql = read_report(uow, report, wanted)
            added = add_up(report, wanted, leaves)
            assert (added.parents, added.total, added.count, added.more, added.previous) == (
                by_sql.parents, by_sql.total, by_sql.count, by_sql.more, by_sql.previous
            )  # fmt: skip
            assert [(row.keys, row.label, row.place, row.reference, row.figures)
                    for row in added.rows] == [
                (row.keys, row.label, row.place, row.reference, row.figures)
                for row in by_sql.rows
            ]  # fmt: skip
            compared += len(added.rows)
            more, after = by_sql.more, by_sql.rows[-1].place
    assert compared > 20


@pytest.mark.parametrize("name", sorted(set(EXPENDITURE) - {"capital"}))
def test_reports_agree_on_the_budget_of_the_year(allotted: CountyUnderTest, name: str) -> None:
    assert found_in(allotted, name).total["budget_ntd"] == TOTAL_NTD


def test_objects_split_into_current_and_capital_as_the_rows_do(allotted: CountyUnderTest) -> None:
    told = {
        row.keys[0]: (row.figures["current_ntd"], row.figures["capital_ntd"])
        for row in found_in(allotted, "objects").rows
    }
    asked: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for row in allotted.rows(
        "SELECT object_code, account, enacted_ntd + changes_ntd AS ntd FROM budget.control_row"
    ):
        asked[row.object_code or "-"][row.account == "capital"] += row.ntd
    assert told == {code: tuple(ntd) for code, ntd in asked.items()}
    functions = found_in(allotted, "functions").total
    assert functions["current_ntd"] == sum(ntd[0] for ntd in asked.values())
    assert functions["capital_ntd"] == sum(ntd[1] for ntd in asked.values()) > 0
    capital = found_in(allotted, "capital").total
    assert capital["budget_ntd"] == functions["capital_ntd"]


def test_a_function_is_named_by_the_codes_of_the_county(allotted: CountyUnderTest) -> None:
    with allotted.uow(read_only=True) as uow:
        names = codes_of(uow).functions_of(YEAR)
    lines = allotted.rows("SELECT DISTINCT function_code AS code FROM budget.budget_line")
    told = {row.keys[0]: row.label for row in found_in(allotted, "functions").rows}
    assert told == {one.code or "-": names.get(one.code, "") for one in lines}
    assert any(told.values())


def test_execution_follows_what_is_certified(allotted: CountyUnderTest) -> None:
    row = rows_of(allotted, line_code=LINE)[1]
    do(allotted, move(row, 46_912))
    total = found_in(allotted, "execution").total
    assert total["encumbered_ntd"] == 46_912
    (line,) = [
        one
        for one in found_in(allotted, "execution", depth=4).rows
        if one.keys[2:] == (LINE, "02/current")
    ]
    assert line.figures["allotted_to_date_ntd"] == SUPPLIES_TO_MARCH_NTD
    assert line.figures["balance_ntd"] == SUPPLIES_TO_MARCH_NTD - 46_912
    assert line.figures["used_bp"] == rate(46_912, SUPPLIES_TO_MARCH_NTD) == 144
    assert line.figures["execution_bp"] == 0


def spent_through_march(county: CountyUnderTest) -> None:
    """January holds 100 and spends 60 of it, 25 not paid; February pays those and advances 30."""
    row = rows_of(county, line_code=LINE)[1]
    for date, kind, amount_ntd in (
        (dt.date(2016, 1, 8), MoveKind.RESERVE, 100),
        (dt.date(2016, 1, 31), MoveKind.EXPEND, 60),
        (dt.date(2016, 1, 31), MoveKind.OWE, 25),
        (dt.date(2016, 2, 1), MoveKind.PAY, 25),
        (dt.date(2016, 2, 29), MoveKind.ADVANCE, 30),
        (dt.date(2016, 3, 1), MoveKind.SETTLE, 30),
    ):
        county.business_date = date
        do(county, move(row, amount_ntd, kind=kind, document_kind="test.request"))
    county.business_date = dt.date(2016, 3, 15)


def test_a_reader_chooses_the_month_that_the_report_shows(allotted: CountyUnderTest) -> None:
    spent_through_march(allotted)
    read = ("realised_ntd", "payable_ntd", "advanced_ntd", "encumbered_ntd")
    totals = [found_in(allotted, "execution", month=month).total for month in (1, 2, 3)]
    assert [tuple(total[name] for name in read) for total in totals] == [
        (35, 25, 0, 40),
        (60, 0, 30, 10),
        (90, 0, 0, 10),
    ]
    months = [found_in(allotted, "allotment").total[f"month_{n}_ntd"] or 0 for n in (1, 2, 3)]
    assert [total["allotted_to_date_ntd"] for total in totals] == list(itertools.accumulate(months))
    assert {total["budget_ntd"] for total in totals} == {TOTAL_NTD}
    now, march = (found_in(allotted, "execution", month=one, depth=4) for one in (None, 3))
    assert march.rows == now.rows, "the month of the business date is what the counters say"
    assert march.total == now.total


def test_what_was_not_executed_yet_or_has_no_month_is_refused(allotted: CountyUnderTest) -> None:
    for month in (4, 12, 0, 13):
        with pytest.raises(MonthNotBegun) as told:
            found_in(allotted, "execution", month=month)
        assert told.value.detail == {"fiscal_year": YEAR, "month": month, "begun": 3}
    with pytest.raises(ReportHasNoMonth):
        found_in(allotted, "agencies", month=1)


def test_page_file_and_api_agree_on_the_month(mli: CountyUnderTest, bas: Browser) -> None:
    given_allotted(mli)
    spent_through_march(mli)
    address = "/mli/budget/reports/execution"
    page = bas.get(f"{address}?year=105&month=1").text
    assert '<option value="1" selected>1 月底' in page
    assert "month=1" in re.findall(r'scope="row"><a href="([^"]+)"', page)[0]
    told = bas.get(f"{API}/execution?fiscal_year=105&month=1").json()
    assert (told["month"], told["totals"]["realised_ntd"]) == (1, 35)
    file = bas.get(f"{address}/export/csv?year=105&month=1&depth=4").content.decode("utf-8-sig")
    assert sum(int(row["實現數 (2)"]) for row in csv.DictReader(io.StringIO(file))) == 35
    for future in (f"{address}?year=105&month=4", f"{API}/execution?month=4"):
        refused = bas.get(future)
        assert (refused.status_code, "4 月尚未開始" in refused.text) == (422, True)
    assert 'name="month"' not in bas.get("/mli/budget/reports/agencies?year=105").text


def test_a_bill_shows_what_it_asks_and_what_the_lines_had(bill: CountyUnderTest) -> None:
    found = found_in(bill, "agencies", depth=4)
    assert found.year_state == "bill"
    assert found.total["budget_ntd"] == found.total["bill_ntd"] == TOTAL_NTD
    last = bill.rows("SELECT sum(last_year_ntd) AS ntd FROM budget.budget_line")[0].ntd
    assert found.total["last_year_ntd"] == last
    allotment = found_in(bill, "allotment").total
    assert allotment["unallotted_ntd"] == TOTAL_NTD


def test_final_accounts_of_the_books_stand_in_the_reports_of_lines(bill: CountyUnderTest) -> None:
    assert found_in(bill, "agencies").total["final_ntd"] is None  # these books print none
    bill.execute("UPDATE budget.budget_line SET final_ntd = 7 WHERE code = :code", code=LINE)
    lines = {row.keys[-1]: row.figures for row in found_in(bill, "agencies", depth=4).rows}
    assert lines[LINE]["final_ntd"] == 7
    bill.execute("UPDATE budget.budget_line SET final_ntd = 7")
    count = bill.rows("SELECT count(*) AS n FROM budget.budget_line")[0].n
    for name in ("agencies", "functions"):
        assert found_in(bill, name).total["final_ntd"] == 7 * count


def test_revenue_is_told_by_source(allotted: CountyUnderTest) -> None:
    for code, source, name, last, bill in (
        ("0101", "0101", "土地稅", 100, 700),
        ("0102", "0102", "房屋稅", 50, 300),
        ("0401", "04", "規費收入", None, 9),
    ):
        allotted.execute(
            REVENUE, year=YEAR, code=code, name=f"{name}{code}", source=source, source_name=name,
            last=last, bill=bill, changes=1, month=5,
        )  # fmt: skip
    found = found_in(allotted, "revenue-sources")
    # 款 of the county's codes stand above 項; a row that has 款 alone is of that.
    opened = found_in(allotted, "revenue-sources", within="01")
    assert [(row.keys[-1], row.label) for row in opened.rows] == [
        ("0101", "土地稅"),
        ("0102", "房屋稅"),
    ]
    assert [(row.keys, row.label, row.figures["budget_ntd"]) for row in found.rows] == [
        (("01",), "稅課收入", 1002),
        (("04",), "規費收入", 10),
    ]
    assert found.rows[0].figures["difference_ntd"] == 852
    assert found.rows[1].figures["difference_ntd"] is None
    # One row does not tell: what the two others had is not what all of them had.
    assert (found.total["last_year_ntd"], found.total["difference_ntd"]) == (None, None)
    allotment = found_in(allotted, "revenue-allotment", depth=3)
    assert allotment.total["month_1_ntd"] == 15
    assert allotment.total["unallotted_ntd"] == 1012 - 15


def test_shows_the_agencies_that_the_reader_may_read(allotted: CountyUnderTest) -> None:
    reader = given_actor(permissions={READ_LINES.name: (AGENCY,)})
    found = found_in(allotted, "execution", depth=2, actor=reader)
    assert {row.keys[1] for row in found.rows if len(row.keys) == 2} == {AGENCY}
    asked = allotted.rows(
        "SELECT sum(enacted_ntd) AS ntd FROM budget.control_row WHERE agency_code = :agency",
        agency=AGENCY,
    )
    assert found.total["budget_ntd"] == asked[0].ntd < TOTAL_NTD


def test_refuses_a_level_that_the_report_has_not(allotted: CountyUnderTest) -> None:
    with pytest.raises(ReportLevel, match="'depth': 5"):
        found_in(allotted, "execution", depth=5)
    with pytest.raises(ReportLevel):
        found_in(allotted, "execution", within="a,b", depth=2)
    with pytest.raises(ReportNotFound):
        found_in(allotted, "nothing")


def test_a_year_without_a_budget_has_an_empty_report(mli: CountyUnderTest) -> None:
    found = found_in(mli, "execution")
    assert (found.rows, found.count, found.total["budget_ntd"]) == ((), 0, 0)


def test_rates_are_of_the_sums_and_round_halves_away_from_zero() -> None:
    assert rate(1, 3) == 3333
    assert rate(1, 8000) == 1
    assert rate(-1, 8000) == -1
    assert rate(28_520, 170_000) == 1678
    assert rate(1, 0) is None
    figures = (
        Figure(name="part_ntd", title=""),
        Figure(name="whole_ntd", title=""),
        Figure(name="of_bp", title="", plus=("part_ntd",), by="whole_ntd"),
        Figure(name="left_ntd", title="", plus=("whole_ntd",), less=("part_ntd",)),
    )
    told = complete(figures, {"part_ntd": 1, "whole_ntd": 4}, total={})
    assert told == {"part_ntd": 1, "whole_ntd": 4, "of_bp": 2500, "left_ntd": 3}


def test_a_page_opens_down_to_the_line(mli: CountyUnderTest, bas: Browser) -> None:
    given_allotted(mli)
    page = bas.get("/mli/budget/reports").text
    address = "/mli/budget/reports/execution?year=105"
    assert address in page
    for _ in range(3):
        page = bas.get(address).text
        links = re.findall(r'scope="row"><a href="([^"]+)"', page)
        assert links
        address = links[0].replace("&amp;", "&")
    assert "/budget/lines/" in address
    assert "預算科目" in bas.get(address).text


def test_a_page_goes_on_by_key(txg: CountyUnderTest, site: Site) -> None:
    from zhuji_budget import demo  # noqa: PLC0415 (the figures of a whole city)

    with txg.uow() as uow:
        demo.seed(uow)
    codes: list[str] = []
    with site.browser("bas", county="txg") as browser:
        address = "/txg/budget/reports/agencies?depth=4"
        while address:
            page = browser.get(address).text
            assert "127,360,200,000" in page
            assert len(page.encode()) < 200_000
            codes += re.findall(r'<tr>\s*<th scope="row"><a[^>]*><span class="code">(\d+)<', page)
            following = re.search(r'href="([^"]+)"[^>]*>下一頁', page)
            address = following[1].replace("&amp;", "&") if following else ""
    assert len(codes) == 782


@pytest.mark.parametrize("name", list(REPORTS))
@pytest.mark.parametrize("suffix", ["csv", "xlsx", "ods", "pdf"])
def test_files_hold_the_total(mli: CountyUnderTest, bas: Browser, name: str, suffix: str) -> None:
    given_allotted(mli)
    mli.execute(
        REVENUE, year=YEAR, code="0101", name="地價稅", source="01", source_name="稅課收入",
        last=1, bill=TOTAL_NTD, changes=0, month=5,
    )  # fmt: skip
    deepest = len(REPORTS[name].dimensions)
    answer = bas.get(f"/mli/budget/reports/{name}/export/{suffix}?depth={deepest}")
    assert answer.status_code == 200
    wanted = found_in(mli, name).total["budget_ntd"]
    if suffix == "pdf":
        assert answer.content.startswith(b"%PDF-1.7")
        return
    if suffix == "csv":
        head, *rows = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))
        title = next(one.title for one in REPORTS[name].figures if one.name == "budget_ntd")
        assert sum(int(row[head.index(title)]) for row in rows) == wanted
        assert all(cell for row in rows for cell in row[1 : 2 * deepest : 2])
        return
    (sheet,) = read_workbook(answer.content, name=f"x.{suffix}").sheets
    cells = [[str(cell) for cell in row] for row in sheet.rows]
    (total,) = [row for row in cells if row[0] == "合計"]
    assert wanted in {float(cell) for cell in total[2:] if re.fullmatch(r"[\d.]+", cell)}


def test_a_page_leads_back_to_the_one_before(mli: CountyUnderTest) -> None:
    given_bill(mli)
    report = report_named("agencies")

    def page(after: str) -> ReportFound:
        with mli.uow(read_only=True) as uow:
            return read_report(
                uow,
                report,
                report_filter(uow, report, fiscal_year=YEAR, depth=4, after=after, limit=4),
            )

    pages = [page("")]
    while pages[-1].more:
        pages.append(page(pages[-1].rows[-1].place))
    assert len(pages) > 3
    for before, this in itertools.pairwise(pages):
        assert this.previous == before.wanted.after
    assert pages[0].previous == ""


@pytest.mark.needs("pdftotext", "cjk-font")
def test_months_on_paper_stand_in_two_lines(
    mli: CountyUnderTest, bas: Browser, tmp_path: Path
) -> None:
    given_allotted(mli)
    pdf = tmp_path / "allotment.pdf"
    pdf.write_bytes(bas.get("/mli/budget/reports/allotment/export/pdf?depth=4").content)
    text = subprocess.run(
        ["pdftotext", "-layout", str(pdf), "-"], check=True, capture_output=True, text=True
    ).stdout
    heads = [
        line for line in text.splitlines() if re.search(r"\d+ ?月", line) and "截至" not in line
    ]
    assert [len(re.findall(r"\d+ ?月", line)) for line in heads[:2]] == [6, 6]
    total = found_in(mli, "allotment").total
    for name in ("first_half_ntd", "second_half_ntd", "allotted_ntd"):
        assert f"{total[name]:,}" in text


def test_an_unknown_report_or_file_is_not_found(mli: CountyUnderTest, bas: Browser) -> None:
    given_allotted(mli)
    assert bas.get("/mli/budget/reports/nothing").status_code == 404
    assert bas.get("/mli/budget/reports/execution/export/exe").status_code == 404
    assert bas.get("/mli/budget/reports/execution?depth=9").status_code == 422


def test_the_api_tells_what_the_page_shows(mli: CountyUnderTest, bas: Browser) -> None:
    given_bill(mli)
    listed = bas.get(API).json()
    assert [one["name"] for one in listed] == list(REPORTS)
    first = bas.get(f"{API}/agencies?depth=4&limit=9").json()
    items, following = first["items"], first["next"]
    while following:
        page = bas.get(f"{API}/agencies?depth=4&limit=9&cursor={following}").json()
        items, following = [*items, *page["items"]], page["next"]
    assert first["totals"]["budget_ntd"] == TOTAL_NTD
    assert len(items) == first["count"]
    lines = [one for one in items if len(one["keys"]) == 4]
    assert sum(one["figures"]["budget_ntd"] for one in lines) == TOTAL_NTD
    assert all(one["line_id"] for one in lines)
    refused = bas.get(f"{API}/agencies?within=1,2,3,4")
    assert (refused.status_code, refused.json()["code"]) == (422, "E-REPORT-LEVEL")

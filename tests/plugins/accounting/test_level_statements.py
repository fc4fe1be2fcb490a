"""經費累計表 and its kin: the budget's figures beside those of the books, as of any month begun."""

from __future__ import annotations

import datetime as dt
from urllib.parse import parse_qsl, urlsplit

import pytest

from tests.plugins.accounting.given import MARCH, YEAR, Office
from tests.plugins.accounting.given_claims import Claims
from tests.plugins.accounting.given_vouchers import Desk
from tests.plugins.accounting.people import API, PAGES, People
from zhuji_accounting.domain.books.definition import BookFilter
from zhuji_accounting.domain.books.levels import STATEMENTS, statement_named
from zhuji_accounting.domain.books.refusals import BookMonths, BookOfFuture
from zhuji_accounting.queries.books.levels import level_filter, read_statement
from zhuji_accounting.queries.books.reading import read_book
from zhuji_accounting.web.level_view import LevelPlace
from zhuji_core.reports.definition import ReportNotFound
from zhuji_core.reports.reading import ReportFound

REVENUE = """
    INSERT INTO budget.revenue_row
           (revenue_row_id, fiscal_year, agency_code, agency_name, code, name, source_code,
            source_name, account, bill_ntd, enacted_ntd, allotment_ntd)
    VALUES (:row, 105, :agency, '示範機關', '0401', '證照費', '04', '規費收入', 'current', 480, 480,
            ARRAY[40, 40, 40, 40, 40, 40, 40, 40, 40, 40, 40, 40]::bigint[])
"""
TOLD = """
    INSERT INTO budget.revenue_movement
           (revenue_row_id, kind, amount_ntd, month, document_kind, document_id, document_label,
            business_date, recorded_at, actor_id)
    SELECT :row, k.kind, k.amount_ntd, k.month, 'budget.year', gen_random_uuid(), '', '2016-01-01',
           now(), gen_random_uuid()
      FROM (SELECT 'enact' AS kind, 480 AS amount_ntd, NULL::integer AS month
             UNION ALL
            SELECT 'allot', 40, m FROM generate_series(1, 12) AS m) AS k
"""
ENTRY = """
    WITH made AS (
        INSERT INTO accounting.voucher
               (voucher_id, fiscal_year, agency_code, agency_name, kind, state, period,
                posting_date, memo, amount_ntd, created_at)
        VALUES (:id, 105, :agency, '', 'receipt', 'draft', :period, :day, '收入', :ntd, now())
        RETURNING voucher_id
    ), lines AS (
        INSERT INTO accounting.voucher_line
               (voucher_id, line_no, account_code, account_name, debit_ntd, credit_ntd,
                revenue_row_id)
        SELECT voucher_id, 1, :debit, '', :ntd, 0, CAST(:debit_row AS uuid) FROM made
         UNION ALL
        SELECT voucher_id, 2, :credit, '', 0, :ntd, CAST(:credit_row AS uuid) FROM made
        RETURNING voucher_id, line_no, account_code, debit_ntd, credit_ntd, revenue_row_id
    )
    INSERT INTO accounting.ledger_entry
           (fiscal_year, agency_code, period, posting_date, account_code, voucher_id, line_no,
            debit_ntd, credit_ntd, revenue_row_id)
    SELECT 105, :agency, :period, :day, account_code, voucher_id, line_no, debit_ntd, credit_ntd,
           revenue_row_id
      FROM lines
"""


def statement(office: Office, name: str, *, period: int = MARCH, year: int = YEAR) -> ReportFound:
    agency = office.government.agency_code
    wanted = level_filter(
        statement_named(name), fiscal_year=year, period=period, agency_code=agency
    )
    with office.county.uow(office.reviewer, read_only=True) as uow:
        return read_statement(uow, name, wanted, whole=True)


def opened(office: Office, name: str, *, within: str, depth: int) -> ReportFound:
    """Return the statement of all agencies, or inside of one."""
    wanted = level_filter(
        statement_named(name), fiscal_year=YEAR, period=MARCH, within=within, depth=depth
    )
    with office.county.uow(office.reviewer, read_only=True) as uow:
        return read_statement(uow, name, wanted)


def supplies(office: Office, found: ReportFound) -> dict[str, int | None]:
    """Return the figures of 業務費."""
    row = office.government.rows[1]
    last = f"{row.object_code}/{row.account}"
    (one,) = [one for one in found.rows if one.keys[-1] == last]
    return dict(one.figures)


def allotted(office: Office, months: int) -> int:
    """Return what the schedule gives 業務費 in the first months."""
    (row,) = office.county.rows(
        "SELECT allotment_ntd[1:3] AS months FROM budget.control_row WHERE control_row_id = :row",
        row=office.supplies,
    )
    return sum(row.months[:months])


@pytest.fixture
def claimed(any_office: Office) -> Office:
    """Give either office one request of 18,000 of which 17,500 were claimed, and 500 are left."""
    request = any_office.certified(18_000)
    Claims(any_office).granted((request.request_id, 17_500))
    return any_office


def test_a_row_tells_what_was_certified_spent_and_is_left(claimed: Office) -> None:
    row = claimed.government.rows[1]
    allotted_ntd = allotted(claimed, MARCH)
    told = supplies(claimed, statement(claimed, "expenditure"))
    assert told["enacted_ntd"] == told["budget_ntd"] == row.budget_ntd
    assert told["allotted_ntd"] == allotted_ntd
    assert told["unallotted_ntd"] == row.budget_ntd - allotted_ntd
    assert told["realised_ntd"] == told["month_realised_ntd"] == told["unposted_ntd"] == 17_500
    assert told["encumbered_ntd"] == 500
    assert told["balance_ntd"] == allotted_ntd - 18_000
    annual = supplies(claimed, statement(claimed, "annual-balance"))
    assert annual["annual_ntd"] == row.budget_ntd - 18_000
    assert annual["payable_now_ntd"] == allotted_ntd - 17_500
    execution = statement(claimed, "execution")
    assert execution.total["realised_ntd"] == 17_500
    budget_ntd = sum(one.budget_ntd for one in claimed.government.rows)
    assert execution.total["budget_ntd"] == budget_ntd
    counters = claimed.county.rows("SELECT sum(encumbered_ntd) AS ntd FROM budget.control_row")
    assert execution.total["encumbered_ntd"] == counters[0].ntd


def test_a_month_that_is_over_reads_as_it_was(claimed: Office) -> None:
    told = supplies(claimed, statement(claimed, "expenditure", period=2))
    assert told["allotted_ntd"] == allotted(claimed, 2)
    assert told["realised_ntd"] == told["encumbered_ntd"] == told["unposted_ntd"] == 0


def test_what_is_posted_is_no_longer_told_as_unposted_and_leads_to_its_entries(
    claimed: Office,
) -> None:
    desk = Desk(claimed)
    (draft,) = claimed.county.rows("SELECT voucher_id FROM accounting.voucher")
    for step in (desk.prepare, desk.review, desk.approve, desk.post):
        step(draft.voucher_id)
    found = statement(claimed, "expenditure")
    assert supplies(claimed, found)["unposted_ntd"] == 0
    place = LevelPlace(address=lambda path: path, gettext=lambda text: text)
    followed = 0
    for row in found.rows:
        for figure in found.report.figures:
            path = place.figure_page(row, found, figure)
            if not path:
                continue
            fields = dict(parse_qsl(urlsplit(path).query))
            with claimed.county.uow(claimed.reviewer, read_only=True) as uow:
                sums = read_book(uow, "budget-row", book_filter(fields)).sums
            signed = int(sums["debit_ntd"] or 0) - int(sums["credit_ntd"] or 0)
            assert signed == row.figures[figure.name], (row.keys, figure.name)
            followed += bool(signed)
    assert followed == 2, "this month's and this year's spending"


def book_filter(fields: dict[str, str]) -> BookFilter:
    return BookFilter(
        fiscal_year=int(fields["fiscal_year"]),
        first=int(fields.get("first", 1)),
        period=int(fields["period"]),
        agency_code=fields["agency_code"],
        row_id=fields["row"],
        part=fields.get("part", ""),
    )


def test_revenue_is_collected_remitted_and_open(office: Office) -> None:
    county, agency = office.county, office.government.agency_code
    row = "0198c5a0-0000-7000-8000-000000000401"
    county.execute(REVENUE, row=row, agency=agency)
    county.execute(TOLD, row=row)
    for number, (period, debit, credit, ntd, rows) in enumerate(
        (
            (1, "1101", "2102", 45, (None, row)),  # collected by the agency
            (2, "1103", "1101", 30, (row, None)),  # paid in
            (3, "1103", "2102", 50, (row, row)),  # collected by the treasury
        ),
        start=1,
    ):
        county.execute(
            ENTRY, id=f"0198c5a0-0000-7000-8000-00000000000{number}", agency=agency, period=period,
            day=dt.date(2016, period, 9), ntd=ntd, debit=debit, credit=credit, debit_row=rows[0],
            credit_row=rows[1],
        )  # fmt: skip
    told = statement(office, "revenue").total
    assert opened(office, "revenue", within="", depth=1).total == told
    assert {name: told[name] for name in ("budget_ntd", "allotted_ntd", "collected_ntd")} == {
        "budget_ntd": 480, "allotted_ntd": 120, "collected_ntd": 95,
    }  # fmt: skip
    assert (told["month_ntd"], told["month_remitted_ntd"]) == (50, 50)
    assert (told["remitted_ntd"], told["open_ntd"], told["difference_ntd"]) == (80, 15, -25)
    february = statement(office, "revenue", period=2).total
    assert (february["collected_ntd"], february["remitted_ntd"], february["month_ntd"]) == (
        45, 30, 0
    )  # fmt: skip


@pytest.mark.parametrize("name", sorted(STATEMENTS))
def test_an_agency_is_the_sum_of_its_rows(claimed: Office, name: str) -> None:
    """What a city's page adds up where it is kept equals what is read row by row."""
    desk = Desk(claimed)
    (draft,) = claimed.county.rows("SELECT voucher_id FROM accounting.voucher")
    for step in (desk.prepare, desk.review, desk.approve, desk.post):
        step(draft.voucher_id)
    agency = claimed.government.agency_code
    rows = statement(claimed, name)
    city, inside, nothing = (
        opened(claimed, name, within=within, depth=depth)
        for within, depth in (("", 1), (agency, 2), ("nowhere", 2))
    )
    assert city.total == rows.total == inside.total
    assert [one.figures for one in city.rows if one.keys == (agency,)] == [
        one.figures for one in rows.rows if one.keys == (agency,)
    ]
    assert nothing.rows == ()
    if STATEMENTS[name].side == "expenditure":
        assert any(rows.total.values())


def test_refuses_a_month_to_come_and_names_nobody_knows(office: Office) -> None:
    for period, year in ((4, YEAR), (1, YEAR + 1), (13, YEAR)):
        with pytest.raises(BookOfFuture):
            statement(office, "expenditure", period=period, year=year)
    for period in (0, 15):
        with pytest.raises(BookMonths):
            statement(office, "expenditure", period=period)
    with pytest.raises(ReportNotFound):
        statement_named("nothing")


def test_pages_api_and_files_tell_the_same(people: People) -> None:
    people.certified(18_000)
    rev = people["rev"]
    row = people.office.government.rows[1]
    for name in STATEMENTS:
        assert f"{PAGES}/reports/{name}" in rev.get(f"{PAGES}/books").text
        assert rev.get(f"{PAGES}/reports/{name}").status_code == 200
        for suffix in ("csv", "ods", "xlsx"):
            assert rev.get(f"{PAGES}/reports/{name}/export/{suffix}").status_code == 200
    page = rev.get(f"{PAGES}/reports/expenditure").text
    assert f"{row.object_name}（經常門）" in page
    assert "18,000" in page
    assert "/budget/lines/" in page
    assert [one["name"] for one in rev.get(f"{API}/reports").json()] == list(STATEMENTS)
    told = rev.get(f"{API}/reports/expenditure?limit=2").json()
    assert told["totals"]["encumbered_ntd"] == 18_000
    items, following = told["items"], told["next"]
    while following:
        more = rev.get(f"{API}/reports/expenditure?limit=2&cursor={following}").json()
        items, following = [*items, *more["items"]], more["next"]
    assert len(items) == told["count"]
    last = [one["values"] for one in items if one["values"]["keys"].count(",") == 3]
    assert sum(one["encumbered_ntd"] for one in last) == 18_000
    refused = rev.get(f"{API}/reports/expenditure?period=5")
    assert (refused.status_code, refused.json()["code"]) == (409, "E-REPORT-FUTURE")
    unknown = rev.get(f"{PAGES}/books/budget-row?row=x")
    assert (unknown.status_code, "E-BOOK-WHOSE" in unknown.text) == (422, True)

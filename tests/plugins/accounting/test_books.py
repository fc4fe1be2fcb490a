"""Books and statements: each figure is the sum of what it leads to, down to the voucher."""

from __future__ import annotations

import datetime as dt
import json
from urllib.parse import parse_qsl, urlsplit

import pytest

from tests.plugins.accounting.given import Office
from tests.plugins.accounting.given_vouchers import BANK, DEPOSIT, WITHHELD, Desk, entry, wanted
from tests.plugins.accounting.people import API, PAGES, People
from tests.plugins.accounting.test_voucher_api import remittance, step, written
from zhuji_accounting.domain.books.catalogue import BOOKS
from zhuji_accounting.domain.books.definition import BookFilter
from zhuji_accounting.domain.books.refusals import (
    BookAccount,
    BookAgency,
    BookMonths,
    BookNotFound,
    BookOfFuture,
    BookWhose,
)
from zhuji_accounting.domain.books.statements import Balance, balance_sheet, income_statement
from zhuji_accounting.facts import shipped_charts
from zhuji_accounting.permissions import READ_VOUCHERS
from zhuji_accounting.queries.books.reading import read_book
from zhuji_core.identity.actor import Forbidden
from zhuji_core.reports.sheet import Sheet, SheetRow, digest_of
from zhuji_core.testing.counties import given_actor

YEAR = 105
FEBRUARY_1 = dt.date(2016, 2, 1)
FOLLOWED = (
    "ledger",
    "subsidiaries",
    "trial-balance",
    "balance-sheet",
    "income-statement",
    "cash",
)


@pytest.fixture
def desk(any_office: Office) -> Desk:
    """Give either government's desk with vouchers of two months and two guarantees."""
    desk = Desk(any_office)
    desk.posted(
        wanted(entry(BANK, 115_000), entry(WITHHELD, 0, 115_000), posting_date=FEBRUARY_1),
        wanted(entry(WITHHELD, 42_000), entry(BANK, 0, 42_000)),
        wanted(entry(BANK, 15_000), entry(DEPOSIT, 0, 15_000, kind="deposit", key="契1")),
        wanted(entry(BANK, 7_000), entry(DEPOSIT, 0, 7_000, kind="deposit", key="契2")),
        wanted(entry(DEPOSIT, 5_000, kind="deposit", key="契1"), entry(BANK, 0, 5_000)),
    )
    return desk


def asked(desk: Desk, **more: object) -> BookFilter:
    given: dict[str, object] = {
        "fiscal_year": YEAR,
        "period": 3,
        "agency_code": desk.office.government.agency_code,
        **more,
    }
    return BookFilter(**given)  # type: ignore[arg-type]


def read(desk: Desk, name: str, wanted_by: BookFilter | None = None, **more: object) -> Sheet:
    with desk.office.county.uow(desk.chief, read_only=True) as uow:
        return read_book(uow, name, wanted_by or asked(desk, **more))


def opened(desk: Desk, path: str) -> Sheet:
    """Read the book that a figure leads to."""
    parts = urlsplit(path)
    fields = dict(parse_qsl(parts.query))
    return read(
        desk,
        parts.path.rpartition("/")[2],
        BookFilter(
            fiscal_year=int(fields["fiscal_year"]),
            period=int(fields["period"]),
            first=int(fields.get("first", 1)),
            agency_code=fields["agency_code"],
            account_code=fields.get("account_code", ""),
            subsidiary_kind=fields.get("kind", ""),
            subsidiary_key=fields.get("key", ""),
        ),
    )


def test_the_journal_has_every_entry_in_order_and_its_pages_are_the_whole(desk: Desk) -> None:
    whole = read(desk, "journal")
    assert [row["posting_date"] for row in whole.records()][:2] == ["2016-02-01"] * 2
    assert len(whole.rows) == 10
    assert (whole.sums["debit_ntd"], whole.sums["credit_ntd"]) == (184_000, 184_000)
    assert sum(int(row["debit_ntd"] or 0) for row in whole.records()) == 184_000
    pages: list[SheetRow] = []
    after = ""
    while True:
        page = read(desk, "journal", limit=3, after=after)
        assert page.sums == whole.sums
        pages += page.rows
        if not page.next:
            break
        after = page.next
    assert tuple(pages) == whole.rows
    march = read(desk, "journal", first=3)
    assert len(march.rows) == 8
    assert march.sums["debit_ntd"] == 69_000


def test_an_account_is_read_with_its_balance_page_by_page(desk: Desk) -> None:
    whole = read(desk, "account", account_code=BANK)
    told = [(row["side"], row["balance_ntd"]) for row in whole.records()]
    assert told == [
        ("平", 0), ("借", 115_000), ("借", 73_000), ("借", 88_000), ("借", 95_000), ("借", 90_000)
    ]  # fmt: skip
    assert whole.sums["balance_ntd"] == 90_000
    assert [row["against"] for row in whole.records()][1:3] == ["代收款", "代收款"]
    first = read(desk, "account", account_code=BANK, limit=2)
    second = read(desk, "account", account_code=BANK, limit=2, after=first.next)
    assert (second.records()[0]["memo"], second.records()[0]["balance_ntd"]) == ("承前頁", 73_000)
    assert second.rows[1:] == whole.rows[3:5]
    assert second.sums == whole.sums
    march = read(desk, "account", account_code=BANK, first=3)
    assert march.records()[0]["balance_ntd"] == 115_000
    assert march.sums == {**whole.sums, "debit_ntd": 22_000, "credit_ntd": 47_000}


def test_cash_is_told_month_by_month_with_what_was_carried_into_it(desk: Desk) -> None:
    sheet = read(desk, "cash")
    assert [row.values[2:] for row in sheet.rows] == [
        (1, 0, 0, 0, 0), (2, 0, 115_000, 0, 115_000), (3, 115_000, 22_000, 47_000, 90_000)
    ]  # fmt: skip
    assert sheet.totals[3:] == (0, 137_000, 47_000, 90_000)
    march = read(desk, "cash", first=3)
    assert march.totals[3:] == (115_000, 22_000, 47_000, 90_000)


def test_every_figure_adds_up_from_what_it_leads_to(desk: Desk) -> None:
    for name in FOLLOWED:
        sheet = read(desk, name)
        followed = 0
        for row, values in zip(sheet.rows, sheet.records(), strict=True):
            for column, path in row.paths.items():
                value = values[column]
                if not isinstance(value, int):
                    continue
                target = opened(desk, path).sums
                side = "credit_ntd" if "credit" in column or "paid" in column else "debit_ntd"
                if "balance" in column or name in {"balance-sheet", "income-statement"}:
                    side = "balance_ntd"
                    if not value:
                        continue
                assert target[side] == abs(value), (name, column, path)
                followed += 1
        assert followed >= 3 or name == "income-statement", name
    journal = read(desk, "journal")
    assert journal.rows
    assert all(row.paths["voucher"].startswith("accounting/vouchers/") for row in journal.rows)


def test_subsidiary_accounts_add_up_to_their_control_account(desk: Desk) -> None:
    sheet = read(desk, "subsidiaries", account_code=DEPOSIT)
    assert [(row["key"], row["side"], row["balance_ntd"]) for row in sheet.records()] == [
        ("契1", "貸", 10_000), ("契2", "貸", 7_000)
    ]  # fmt: skip
    control = read(desk, "account", account_code=DEPOSIT)
    for figure in ("debit_ntd", "credit_ntd", "side", "balance_ntd"):
        assert sheet.sums[figure] == control.sums[figure]
    one = read(desk, "subsidiary", subsidiary_kind="deposit", subsidiary_key="契1")
    assert [row["balance_ntd"] for row in one.records()] == [0, 15_000, 10_000]
    first = read(desk, "subsidiaries", limit=1)
    rest = read(desk, "subsidiaries", limit=1, after=first.next)
    assert (first.rows + rest.rows, first.sums) == (sheet.rows, rest.sums)
    assert (first.count, rest.next) == (2, "")


def test_a_trial_balance_is_even_and_opens_by_agency_for_the_county(desk: Desk) -> None:
    own = read(desk, "trial-balance")
    sums = own.sums
    assert sums["debit_ntd"] == sums["credit_ntd"] == 184_000
    assert sums["month_debit_ntd"] == sums["month_credit_ntd"] == 69_000
    assert sums["debit_balance_ntd"] == sums["credit_balance_ntd"] == 90_000
    county = given_actor(150, permissions={READ_VOUCHERS.name: ("*",)})
    with desk.office.county.uow(county, read_only=True) as uow:
        everybody = asked(desk, agency_code="")
        sheet = read_book(uow, "trial-balance", everybody)
        assert sheet.records() == own.records()
        agencies = read_book(
            uow, "account-agencies", asked(desk, agency_code="", account_code=BANK)
        )
    assert agencies.records()[0]["agency_code"] == desk.office.government.agency_code
    assert agencies.sums["balance_ntd"] == 90_000


def test_a_month_of_the_future_or_a_book_of_nobody_is_refused(desk: Desk) -> None:
    with pytest.raises(BookOfFuture, match="'period': 4"):
        read(desk, "trial-balance", period=4)
    with pytest.raises(BookOfFuture):
        read(desk, "trial-balance", period=13)
    with pytest.raises(BookOfFuture):
        read(desk, "journal", fiscal_year=YEAR + 1, period=1)
    for first, period in ((4, 3), (0, 3), (1, 15)):
        with pytest.raises(BookMonths):
            read(desk, "journal", first=first, period=period)
    with pytest.raises(BookAgency):
        read(desk, "journal", agency_code="")
    with pytest.raises(BookAccount):
        read(desk, "account", account_code="9999")
    with pytest.raises(BookWhose):
        read(desk, "account")
    with pytest.raises(BookNotFound):
        read(desk, "nothing")
    stranger = given_actor(151, permissions={READ_VOUCHERS.name: ("X-9",)})
    with (
        desk.office.county.uow(stranger, read_only=True) as uow,
        pytest.raises(Forbidden),
    ):
        read_book(uow, "journal", asked(desk))


def test_what_nobody_reads_is_not_added_up(desk: Desk) -> None:
    assert read(desk, "trial-balance", agency_code=desk.office.government.agency_code).rows
    stranger = given_actor(151, permissions={READ_VOUCHERS.name: ("X-9",)})
    with desk.office.county.uow(stranger, read_only=True) as uow:
        assert not read_book(uow, "trial-balance", asked(desk, agency_code="")).rows


def test_a_sheet_that_is_read_again_has_the_digest_it_had(desk: Desk) -> None:
    before = digest_of(read(desk, "trial-balance"))
    assert before == digest_of(read(desk, "trial-balance"))
    february = digest_of(read(desk, "trial-balance", period=2))
    desk.posted(wanted(entry(WITHHELD, 1), entry(BANK, 0, 1)))
    assert before != digest_of(read(desk, "trial-balance"))
    assert february == digest_of(read(desk, "trial-balance", period=2))


# The golden quarter's trial balance at 114-03-31 (design/domain.md §9, G3), without the accounts
# that are even: debits, credits since January.
GOLDEN = {
    "110102": (30_000, 0),
    "110103": (214_000, 199_000),
    "140401": (285_000, 0),
    "280301": (0, 15_000),
    "410101": (0, 6_000),
    "420101": (0, 125_000),
    "430101": (1_400, 2_478_520),
    "510101": (2_030_000, 0),
    "520101": (97_120, 0),
    "530101": (35_000, 0),
    "590101": (131_000, 0),
    "920101": (8_760_000, 0),
}


def golden_balances() -> list[Balance]:
    return [
        Balance(
            account_code=code,
            debit_ntd=debit,
            credit_ntd=credit,
            month_debit_ntd=15_000 if code == "110103" else 0,
            month_credit_ntd=15_000 if code == "280301" else 0,
        )
        for code, (debit, credit) in GOLDEN.items()
    ]


def test_the_golden_quarter_makes_its_balance_sheet() -> None:
    chart = next(chart for chart, _ in shipped_charts() if chart.name == "accrual")
    rows, totals = balance_sheet(chart, golden_balances(), paths={})
    assert [row.values for row in rows] == [
        ("110102", "零用金", 30_000, 30_000, "280301", "存入保證金", 15_000, 0),
        ("110103", "專戶存款", 15_000, 0, "", "本期餘絀", 315_000, 315_000),
        ("140401", "機械及設備", 285_000, 285_000, "", "", None, None),
    ]
    assert totals[2:4] == (330_000, 315_000)
    assert totals[6:] == (330_000, 315_000)
    income = income_statement(chart, golden_balances(), paths={})
    told = {row.values[1]: row.values[3] for row in income}
    assert (told["收入合計"], told["支出合計"], told["本期餘絀"]) == (2_608_120, 2_293_120, 315_000)


def test_the_old_basis_stands_its_budgetary_accounts_in_the_balance_sheet(desk: Desk) -> None:
    chart = next(chart for chart, _ in shipped_charts() if chart.name == "cash")
    balances = [
        Balance(account_code=code, debit_ntd=debit, credit_ntd=credit, month_debit_ntd=0,
                month_credit_ntd=0)
        for code, debit, credit in (("1201", 500, 200), ("1210", 100, 0), ("2202", 0, 400))
    ]  # fmt: skip
    rows, totals = balance_sheet(chart, balances, paths={})
    assert [row.values[1] for row in rows] == ["可支庫款", "預計支用數"]
    assert (totals[2], totals[6]) == (400, 400)
    even = read(desk, "balance-sheet").sums
    assert even["asset_ntd"] == even["claim_ntd"] == 90_000


def test_a_book_has_the_days_of_its_periods() -> None:
    def days(first: int, period: int) -> tuple[dt.date, dt.date]:
        wanted = BookFilter(fiscal_year=105, first=first, period=period)
        return wanted.since, wanted.until

    assert days(12, 12) == (dt.date(2016, 12, 1), dt.date(2016, 12, 31))
    assert days(1, 2) == (dt.date(2016, 1, 1), dt.date(2016, 2, 29))
    assert days(13, 13) == (dt.date(2017, 1, 1), dt.date(2017, 2, 28))


def post(people: People, *bodies: dict[str, object]) -> list[str]:
    ids = [written(people, body) for body in bodies]
    for account, verb in (
        ("prep", "preparation"), ("rev", "review"), ("cacc", "approval"), ("book", "posting"),
    ):  # fmt: skip
        assert step(people, account, verb, *ids).status_code == 200
    return ids


def test_pages_api_and_files_tell_the_same(people: People) -> None:
    (voucher_id,) = post(people, remittance(300, memo="=繳付代扣款"))
    rev = people["rev"]
    page = rev.get(f"{PAGES}/books").text
    links = [name for name, book in BOOKS.items() if not book.needs]
    assert all(f"{PAGES}/books/{name}" in page for name in links)
    journal = rev.get(f"{PAGES}/books/journal").text
    assert f"{PAGES}/vouchers/{voucher_id}" in journal
    assert "支10500001" in journal
    trial = rev.get(f"{PAGES}/books/trial-balance?period=3").text
    assert "account?fiscal_year=105&amp;period=3" in trial
    account = rev.get(f"{PAGES}/books/account?account_code=1203").text
    assert "總分類帳（科目）：1203 專戶存款" in account
    assert "E-BOOK-WHOSE" in rev.get(f"{PAGES}/books/account").text
    listed = rev.get(f"{API}/books").json()
    assert [one["name"] for one in listed] == list(BOOKS)
    told = rev.get(f"{API}/books/journal?limit=1").json()
    assert told["items"][0]["links"]["voucher"] == f"/txg/accounting/vouchers/{voucher_id}"
    rest = rev.get(f"{API}/books/journal?limit=1&cursor={told['next']}").json()
    assert (rest["next"], rest["totals"]["debit_ntd"]) == (None, 300)
    for name in links:
        for suffix in ("csv", "ods", "xlsx"):
            answer = rev.get(f"{PAGES}/books/{name}/export/{suffix}")
            assert answer.status_code == 200, (name, suffix)
    csv = rev.get(f"{PAGES}/books/journal/export/csv").content.decode("utf-8-sig")
    assert csv.splitlines()[1].startswith("1050315,支10500001,2204,代收款,,'=繳付代扣款,300,")


def test_a_future_month_is_refused_with_its_arithmetic(people: People) -> None:
    refused = people["rev"].get(f"{API}/books/trial-balance?period=4")
    assert (refused.status_code, refused.json()["code"]) == (409, "E-REPORT-FUTURE")
    assert "2016-04-01" in refused.json()["detail"]
    page = people["rev"].get(f"{PAGES}/books/trial-balance?period=4")
    assert (page.status_code, "E-REPORT-FUTURE" in page.text) == (409, True)
    wrong = people["rev"].get(f"{API}/books/journal?first=3&period=2")
    assert (wrong.status_code, json.loads(wrong.text)["code"]) == (422, "E-BOOK-MONTHS")

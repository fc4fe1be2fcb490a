"""What a book reads: a page of it, and of one agency; counted by PostgreSQL, with the plans in use.

A plan kept for all values once read every agency's year to show one agency's month.
"""

from __future__ import annotations

import importlib
from collections import Counter
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from tests.plugins.accounting.given import MARCH, YEAR, Office
from zhuji_accounting.domain.books.definition import BookFilter
from zhuji_accounting.domain.books.levels import statement_named
from zhuji_accounting.queries.books.levels import level_filter, read_statement
from zhuji_accounting.queries.books.reading import read_book
from zhuji_accounting.queries.voucher_lists import VoucherFilter, list_vouchers
from zhuji_accounting.queries.worklist import waiting
from zhuji_core.uow import UnitOfWork

ROW_BALANCES = "zhuji_accounting.migrations.versions.0021_row_balances"
OWN, PAGE = 1_000, 20
# A thousand vouchers of March, of this agency and of one account; many of forty other agencies.
VOUCHERS = """
    INSERT INTO accounting.voucher
           (voucher_id, fiscal_year, agency_code, agency_name, kind, state, voucher_no, period,
            posting_date, memo, amount_ntd, created_at)
    SELECT CAST(lpad(n::text, 32, '0') AS uuid), 105, :agency, '', 'journal', 'posted',
           100000 + n, 3, DATE '2016-03-10', '測試', 5, now()
      FROM generate_series(1, 1000) AS n
"""
LINES = """
    INSERT INTO accounting.voucher_line
           (voucher_id, line_no, account_code, account_name, debit_ntd, credit_ntd)
    SELECT CAST(lpad(n::text, 32, '0') AS uuid), 1, '1208', '', 5, 0
      FROM generate_series(1, 1000) AS n
"""
ENTRIES = """
    INSERT INTO accounting.ledger_entry
           (fiscal_year, agency_code, period, posting_date, account_code, voucher_id, line_no,
            debit_ntd, credit_ntd, control_row_id)
    SELECT 105, 'other' || n % 40, 3, DATE '2016-03-10', '1208', gen_random_uuid(), 1, 5,
           0, gen_random_uuid()
      FROM generate_series(1, 10000) AS n
     UNION ALL
    SELECT 105, :agency, 3, DATE '2016-03-10', '1208',
           CAST(lpad(n::text, 32, '0') AS uuid), 1, 5, 0, gen_random_uuid()
      FROM generate_series(1, 1000) AS n
"""
BALANCES = """
    INSERT INTO accounting.account_balance
           (fiscal_year, agency_code, account_code, period, debit_ntd, credit_ntd)
    SELECT 105, 'other' || n, '1208', p, 5, 0
      FROM generate_series(1, 400) AS n, generate_series(1, 3) AS p
"""
MOVEMENTS = """
    INSERT INTO budget.budget_movement
           (control_row_id, kind, amount_ntd, document_kind, document_id, document_label,
            business_date, recorded_at, actor_id)
    SELECT gen_random_uuid(), 'reserve', 5, 'test', gen_random_uuid(), '', DATE '2016-03-10', now(),
           gen_random_uuid()
      FROM generate_series(1, 10000) AS n
"""
TABLES = (
    "accounting.voucher", "accounting.voucher_line", "accounting.ledger_entry",
    "accounting.account_balance", "accounting.row_balance", "budget.budget_movement",
    "budget.control_row", "accounting.spending_request",
)  # fmt: skip
# Read so far in this transaction: rows found by going through a table, and by its indexes.
READ = sa.text("""
    SELECT relname, seq_tup_read + COALESCE(idx_tup_fetch, 0) AS rows
      FROM pg_stat_xact_user_tables
""")
# A connection prepares a statement that it has seen so often; then it has one plan for all values.
UNTIL_PREPARED = 6


@pytest.fixture
def city(office: Office) -> Office:
    for statement in (VOUCHERS, LINES, ENTRIES, BALANCES, MOVEMENTS, REQUESTS):
        agency = {"agency": office.government.agency_code} if ":agency" in statement else {}
        office.county.corrupt(statement, **agency)
    office.county.execute(importlib.import_module(ROW_BALANCES).fill())
    for table in TABLES:
        office.county.execute(f"ANALYZE {table}")
    return office


# Of the year before: forty agencies' requests, certified, of which none waits for anybody.
REQUESTS = """
    INSERT INTO accounting.spending_request
           (request_id, fiscal_year, agency_code, agency_name, state, kind, purpose, basis, payee,
            duplicate_reason, amount_ntd, created_by, created_by_name, created_at, request_no,
            submitted_at)
    SELECT gen_random_uuid(), 104, 'other' || n % 40, '', 'certified', 'general', '測試', '', '',
           '', 5, gen_random_uuid(), '', now(), n, now()
      FROM generate_series(1, 600) AS n
"""


def rows_read(office: Office, ask: Callable[[UnitOfWork], object]) -> Counter[str]:
    """Return how many rows of each table one more asking reads."""
    with office.county.uow(office.reviewer, read_only=True) as uow:
        for _ in range(UNTIL_PREPARED):
            ask(uow)
        before = _read(uow)
        ask(uow)
        after = _read(uow)
    return after - before


def _read(uow: UnitOfWork) -> Counter[str]:
    return Counter({row.relname: row.rows for row in uow.connection.execute(READ)})


def book(office: Office, *, account_code: str = "", after: str = "") -> BookFilter:
    return BookFilter(
        fiscal_year=YEAR, agency_code=office.government.agency_code, first=1, period=MARCH,
        account_code=account_code, after=after, limit=PAGE,
    )  # fmt: skip


@pytest.mark.parametrize("name", ["journal", "account"])
def test_a_page_reads_a_page(city: Office, name: str) -> None:
    wanted = book(city, account_code="1208" if name == "account" else "")
    read = rows_read(city, lambda uow: read_book(uow, name, wanted))
    assert read["ledger_entry"] == PAGE + 1
    assert 0 < read["voucher"] <= PAGE + 1


def test_a_trial_balance_reads_balances_of_the_agency(city: Office) -> None:
    read = rows_read(city, lambda uow: read_book(uow, "trial-balance", book(city)))
    assert read["ledger_entry"] == 0
    assert read["account_balance"] < 100, "those of other agencies are 1,200"


def test_a_statement_of_an_agency_reads_what_is_of_the_agency(city: Office) -> None:
    wanted = level_filter(
        statement_named("expenditure"),
        fiscal_year=YEAR,
        period=MARCH,
        agency_code=city.government.agency_code,
    )
    read = rows_read(city, lambda uow: read_statement(uow, "expenditure", wanted))
    assert read["budget_movement"] < 200, "those of other agencies are 10,000"
    assert read["ledger_entry"] == 0
    assert 0 < read["row_balance"] <= OWN, "those of other agencies are 10,000"


def test_what_waits_is_counted_without_reading_what_is_done(city: Office) -> None:
    read = rows_read(city, waiting)
    assert read["spending_request"] < 100, "600 wait for nobody"


@pytest.mark.parametrize("agency", ["", "A1"])
def test_a_list_reads_a_page(city: Office, agency: str) -> None:
    wanted = VoucherFilter(fiscal_year=YEAR, agency_code=agency, limit=PAGE)
    read = rows_read(city, lambda uow: list_vouchers(uow, wanted))
    assert 0 < read["voucher"] <= PAGE + 10

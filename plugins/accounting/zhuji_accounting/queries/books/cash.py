"""現金出納表: what the agency keeps in its own hands, month by month."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from zhuji_accounting.domain.books.definition import Book, BookFilter, path_of
from zhuji_accounting.domain.ledger.chart import Chart
from zhuji_accounting.queries.books.balances import TOTAL, names_of
from zhuji_core.db.by_agency import ByAgency
from zhuji_core.reports.sheet import Sheet, SheetRow, SheetValue
from zhuji_core.uow import UnitOfWork

# Every month of the range, also one in which nothing moved; what came before is carried into it.
MONTHS = ByAgency(
    """
    WITH kept AS MATERIALIZED (
        SELECT b.account_code, b.period, sum(b.debit_ntd) AS debit_ntd,
               sum(b.credit_ntd) AS credit_ntd
          FROM accounting.account_balance AS b
         WHERE b.fiscal_year = :fiscal_year AND b.account_code = ANY(CAST(:accounts AS text[]))
           AND b.period <= CAST(:period AS integer) AND {agencies}
         GROUP BY b.account_code, b.period
    )
    SELECT a.account_code, m.period,
           COALESCE(sum(b.debit_ntd - b.credit_ntd) FILTER (WHERE b.period < m.period), 0)::bigint
               AS before_ntd,
           COALESCE(sum(b.debit_ntd) FILTER (WHERE b.period = m.period), 0)::bigint
               AS received_ntd,
           COALESCE(sum(b.credit_ntd) FILTER (WHERE b.period = m.period), 0)::bigint AS paid_ntd
      FROM unnest(CAST(:accounts AS text[])) AS a (account_code)
     CROSS JOIN generate_series(CAST(:first AS integer), CAST(:period AS integer)) AS m (period)
      LEFT JOIN kept AS b ON b.account_code = a.account_code AND b.period <= m.period
     GROUP BY a.account_code, m.period
     ORDER BY a.account_code, m.period
     LIMIT 1000
""",
    agency="b.agency_code",
)


def cash(
    uow: UnitOfWork,
    book: Book,
    wanted: BookFilter,
    chart: Chart,
    accounts: Sequence[str],
    agencies: list[str] | None,
) -> Sheet:
    """Return the months of each account; an account that never moved is left out."""
    found = uow.connection.execute(
        MONTHS.of(agencies),
        {
            "fiscal_year": wanted.fiscal_year,
            "first": wanted.first,
            "period": wanted.period,
            "accounts": list(accounts),
            "agencies": agencies,
        },
    ).all()
    moved = {
        row.account_code for row in found if row.before_ntd or row.received_ntd or row.paid_ntd
    }
    shown = [row for row in found if row.account_code in moved]
    names = names_of(chart)
    return Sheet(
        name=book.name,
        title=book.title,
        columns=book.columns,
        rows=tuple(_month(row, wanted, name=names.get(row.account_code, "")) for row in shown),
        totals=_totals(shown, first=wanted.first),
        count=len(shown),
    )


def _month(row: sa.Row[Any], wanted: BookFilter, *, name: str) -> SheetRow:
    """Return one month of an account; its figures lead to the entries of that month."""
    entries = path_of(
        "account" if wanted.agency_code else "account-agencies",
        wanted,
        account_code=row.account_code,
        first=row.period,
        period=row.period,
    )
    return SheetRow(
        values=(
            row.account_code,
            name,
            row.period,
            row.before_ntd,
            row.received_ntd,
            row.paid_ntd,
            row.before_ntd + row.received_ntd - row.paid_ntd,
        ),
        paths=dict.fromkeys(("account_code", "received_ntd", "paid_ntd", "balance_ntd"), entries),
    )


def _totals(shown: Sequence[sa.Row[Any]], *, first: int) -> tuple[SheetValue, ...]:
    """Return the sums: what the first month began with, and what moved in all of them."""
    before_ntd = sum(row.before_ntd for row in shown if row.period == first)
    received_ntd = sum(row.received_ntd for row in shown)
    paid_ntd = sum(row.paid_ntd for row in shown)
    closing_ntd = before_ntd + received_ntd - paid_ntd
    return TOTAL, None, None, before_ntd, received_ntd, paid_ntd, closing_ntd

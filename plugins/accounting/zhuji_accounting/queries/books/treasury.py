"""公庫收支日報（本機關部分）: what the treasury took in and paid for the agency, day by day.

The agency's own entries tell of remittances and transfers; a remittance that the bank returned, and
that was sent again, moves the treasury's money alone and stands in its register. What is given
back (支出收回書) leaves the suspense on its day and comes in as a recovery: no money moves.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from zhuji_accounting.domain.books.definition import Book, BookFilter, path_of
from zhuji_accounting.domain.ledger.chart import Chart
from zhuji_accounting.domain.ledger.voucher import KIND_WORDS, VoucherKind
from zhuji_accounting.domain.remittances.returned import return_label
from zhuji_accounting.queries.books.balances import TOTAL
from zhuji_accounting.queries.books.row_accounts import treasury_accounts
from zhuji_core.reports.sheet import Sheet, SheetRow, SheetValue
from zhuji_core.uow import UnitOfWork

AMOUNTS = (
    "remitted_ntd", "recovered_ntd", "returned_ntd", "received_ntd",
    "transferred_ntd", "refunded_ntd", "resent_ntd", "paid_ntd",
)  # fmt: skip
VOUCHERS = 1
PLACE_MAX = 18  # digits that a number of the database holds
# A reversal takes back what was entered on the side where it was entered: no money came or went.
# Read by agency, year and account; of a day by its index of dates.
MOVES = f"""
        SELECT e.posting_date, {VOUCHERS} AS kind, e.fiscal_year AS label_year,
               e.entry_id AS place, e.voucher_id AS document_id,
               v.kind AS voucher_kind, v.voucher_no AS number, v.memo,
               CASE WHEN t.remitted THEN s.taken ELSE 0 END AS remitted_ntd,
               CASE WHEN t.remitted THEN 0 ELSE s.taken END AS recovered_ntd,
               0 AS returned_ntd,
               CASE WHEN t.remitted THEN 0 ELSE s.given END AS transferred_ntd,
               CASE WHEN t.remitted THEN s.given ELSE 0 END AS refunded_ntd,
               0 AS resent_ntd
          FROM accounting.ledger_entry AS e
          JOIN accounting.voucher AS v USING (voucher_id)
         CROSS JOIN LATERAL (SELECT e.account_code = ANY(CAST(:remitted AS text[])) AS remitted)
               AS t
         CROSS JOIN LATERAL (
               SELECT CASE WHEN v.reverses_id IS NULL THEN e.debit_ntd ELSE -e.credit_ntd END
                          AS taken,
                      CASE WHEN v.reverses_id IS NULL THEN e.credit_ntd ELSE -e.debit_ntd END
                          AS given) AS s
         WHERE e.agency_code = :agency_code AND e.fiscal_year = :fiscal_year
           AND e.account_code = ANY(CAST(:accounts AS text[]))
           AND e.period BETWEEN 1 AND :period
           AND NOT v.event_code = ANY(CAST(:automatic AS text[]))
     UNION ALL
        SELECT r.returned_on, 2, r.fiscal_year, r.return_no, r.return_id, '', r.return_no,
               r.claim_label || ' ' || r.payee_name || ' ' || r.reason,
               0, 0, r.amount_ntd, 0, 0, 0
          FROM accounting.returned_remittance AS r
         WHERE r.agency_code = :agency_code AND r.fiscal_year = :fiscal_year
           AND r.period BETWEEN 1 AND :period
     UNION ALL
        SELECT a.settled_on, 3, r.fiscal_year, r.return_no, r.return_id, '', r.return_no,
               r.claim_label || ' ' || r.payee_name,
               0, 0, 0, 0, 0, a.amount_ntd
          FROM accounting.remittance_answer AS a
          JOIN accounting.returned_remittance AS r USING (return_id)
         WHERE a.agency_code = :agency_code AND a.fiscal_year = :fiscal_year
           AND a.period BETWEEN 1 AND :period
"""
SUMS = """
    COALESCE(sum(m.remitted_ntd), 0)::bigint AS remitted_ntd,
    COALESCE(sum(m.recovered_ntd), 0)::bigint AS recovered_ntd,
    COALESCE(sum(m.returned_ntd), 0)::bigint AS returned_ntd,
    COALESCE(sum(m.remitted_ntd + m.recovered_ntd + m.returned_ntd), 0)::bigint AS received_ntd,
    COALESCE(sum(m.transferred_ntd), 0)::bigint AS transferred_ntd,
    COALESCE(sum(m.refunded_ntd), 0)::bigint AS refunded_ntd,
    COALESCE(sum(m.resent_ntd), 0)::bigint AS resent_ntd,
    COALESCE(sum(m.transferred_ntd + m.refunded_ntd + m.resent_ntd), 0)::bigint AS paid_ntd
"""
DAYS = sa.text(f"""
    WITH days AS (
        SELECT m.posting_date, {SUMS}
          FROM ({MOVES}) AS m
         GROUP BY m.posting_date
    )
    SELECT d.*, sum(d.received_ntd - d.paid_ntd) OVER (ORDER BY d.posting_date)::bigint AS net_ntd
      FROM days AS d
     ORDER BY d.posting_date
     LIMIT 500
""")
OF_DAY = sa.text(f"""
    SELECT m.*, m.remitted_ntd + m.recovered_ntd + m.returned_ntd AS received_ntd,
           m.transferred_ntd + m.refunded_ntd + m.resent_ntd AS paid_ntd
      FROM ({MOVES}) AS m
     WHERE m.posting_date = CAST(:day AS date) AND (m.kind, m.place) > (:after_kind, :after_place)
     ORDER BY m.kind, m.place
     LIMIT :limit
""")
DAY_SUMS = sa.text(f"""
    SELECT {SUMS}
      FROM ({MOVES}) AS m
     WHERE m.posting_date = CAST(:day AS date)
""")


def days(uow: UnitOfWork, book: Book, wanted: BookFilter, chart: Chart) -> Sheet:
    """Return a row for each day on which anything moved; the net is of the year so far."""
    found = uow.connection.execute(DAYS, _asked(uow, wanted, chart)).all()
    shown = [row for row in found if row.posting_date >= wanted.since]
    rows = []
    for row in shown:
        path = path_of("treasury-day", wanted, day=str(row.posting_date))
        rows.append(
            SheetRow(
                values=(str(row.posting_date), *_amounts(row), row.net_ntd),
                paths=dict.fromkeys(("posting_date", *_moved(row)), path),
            )
        )
    sums = [sum(getattr(row, name) for row in shown) for name in AMOUNTS]
    net_ntd = found[-1].net_ntd if found else 0
    return Sheet(
        name=book.name,
        title=book.title,
        columns=book.columns,
        rows=tuple(rows),
        totals=(TOTAL, *sums, net_ntd),
        count=len(rows),
    )


def day(uow: UnitOfWork, book: Book, wanted: BookFilter, chart: Chart) -> Sheet:
    """Return what moved on one day: vouchers, then what came back, then what was sent again."""
    asked = _asked(uow, wanted, chart)
    kind, place = _place_of(wanted.after)
    page = {**asked, "limit": wanted.limit + 1, "after_kind": kind, "after_place": place}
    found = uow.connection.execute(OF_DAY, page).all()
    sums = uow.connection.execute(DAY_SUMS, asked).one()
    shown = found[: wanted.limit]
    return Sheet(
        name=book.name,
        title=book.title,
        columns=book.columns,
        rows=tuple(_entry(row) for row in shown),
        totals=(TOTAL, None, None, *_amounts(sums)),
        next=f"{shown[-1].kind}_{shown[-1].place}" if len(found) > wanted.limit else "",
    )


def _place_of(text: str) -> tuple[int, int]:
    """Read ``Sheet.next`` of the page before; anything else is the first page."""
    kind, _, place = text.partition("_")
    known = kind.isdecimal() and place.isdecimal() and len(kind) == 1 and len(place) <= PLACE_MAX
    return (int(kind), int(place)) if known else (0, 0)


def _asked(uow: UnitOfWork, wanted: BookFilter, chart: Chart) -> Mapping[str, Any]:
    known = treasury_accounts(uow, chart, fiscal_year=wanted.fiscal_year, until=wanted.until)
    return {
        "agency_code": wanted.agency_code,
        "fiscal_year": wanted.fiscal_year,
        "period": wanted.period,
        "day": wanted.day or None,
        "remitted": list(known.remitted),
        "accounts": [*known.transferred, *known.remitted],
        "automatic": list(known.automatic),
    }


def _amounts(row: sa.Row[Any]) -> tuple[SheetValue, ...]:
    return tuple(getattr(row, name) for name in AMOUNTS)


def _moved(row: sa.Row[Any]) -> list[str]:
    return [name for name in AMOUNTS if getattr(row, name)]


def _entry(row: sa.Row[Any]) -> SheetRow:
    """Return one voucher or notice; its figures lead to it."""
    if row.kind == VOUCHERS:
        label = f"{KIND_WORDS[VoucherKind(row.voucher_kind)]}{row.label_year}{row.number:05}"
        path = f"accounting/vouchers/{row.document_id}"
    else:
        label = return_label(row.label_year, row.number)
        path = f"accounting/returned-remittances/{row.document_id}"
    return SheetRow(
        values=(str(row.posting_date), label, row.memo, *_amounts(row)),
        paths=dict.fromkeys(("voucher", *_moved(row)), path),
    )

"""零用金備查簿: what each fund was given, each receipt it paid, and what was paid back to it.

A receipt stands there from the day on which its claim was sent, on its own day; the money comes
back (撥還) on the day of the claim's approval. What the fund still holds is its balance: what the
keeper has in the till and at hand.
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any, NamedTuple

import sqlalchemy as sa

from zhuji_accounting.domain.books.definition import Book, BookFilter
from zhuji_accounting.queries.books.balances import TOTAL
from zhuji_core.reports.sheet import Sheet, SheetRow, SheetValue
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_

BROUGHT = N_("期初餘額")
KINDS = {
    "drawn": N_("撥款"),
    "paid": N_("支付"),
    "replenished": N_("撥還"),
    "settled": N_("轉正"),
    "returned": N_("繳回"),
}
MOVES = """
    WITH fund AS (
        SELECT a.advance_id, a.fiscal_year || '暫' || lpad(a.advance_no::text, 5, '0') AS fund,
               a.receiver_name, a.memo, a.amount_ntd, a.granted_on
          FROM accounting.advance AS a
         WHERE a.agency_code = :agency_code AND a.fiscal_year = :fiscal_year
           AND a.kind = 'petty_cash' AND a.state IN ('granted', 'closed')
    ), claim AS (
        SELECT f.fund, f.advance_id, c.claim_id, c.kind, c.memo, c.amount_ntd, c.business_date,
               c.fiscal_year || '報' || lpad(c.claim_no::text, 5, '0') AS label
          FROM fund AS f
          JOIN accounting.claim AS c USING (advance_id)
         WHERE c.state IN ('submitted', 'accepted', 'unit_approved', 'reviewed', 'approved')
    )
        SELECT f.fund, f.granted_on AS day, 1 AS turn, 'drawn' AS kind, f.fund AS paper, f.memo,
               f.amount_ntd AS in_ntd, 0::bigint AS out_ntd, 'advances' AS leads,
               f.advance_id AS document_id, 0 AS document_no
          FROM fund AS f
     UNION ALL
        SELECT c.fund, d.dated_on, 2, 'paid', d.number, c.memo, 0, d.amount_ntd, 'claims',
               c.claim_id, d.document_no
          FROM claim AS c
          JOIN accounting.source_document AS d USING (claim_id)
         WHERE c.kind = 'petty_cash'
     UNION ALL
        SELECT c.fund, c.business_date, 3, 'replenished', c.label, c.memo, c.amount_ntd, 0,
               'claims', c.claim_id, 0
          FROM claim AS c
         WHERE c.kind = 'petty_cash' AND c.business_date IS NOT NULL
     UNION ALL
        SELECT c.fund, c.business_date, 4, 'settled', c.label, c.memo, 0,
               (SELECT sum(l.settled_ntd) FROM accounting.claim_line AS l
                 WHERE l.claim_id = c.claim_id)::bigint, 'claims', c.claim_id, 0
          FROM claim AS c
         WHERE c.kind <> 'petty_cash' AND c.business_date IS NOT NULL
     UNION ALL
        SELECT f.fund, v.business_date, 5, 'returned',
               v.fiscal_year || '回' || lpad(v.recovery_no::text, 5, '0'), v.reason, 0,
               v.amount_ntd, 'recoveries', v.recovery_id, 0
          FROM fund AS f
          JOIN accounting.recovery AS v USING (advance_id)
"""
NUMBER_MAX = 2**31 - 1
KEY = "m.day, m.turn, m.document_id, m.document_no"
BEGINS = ":day, :turn, :document_id, :document_no"
BEFORE = sa.text(f"""
    SELECT COALESCE(sum(m.in_ntd - m.out_ntd) FILTER (WHERE m.day < :since), 0)::bigint
               AS month_ntd,
           COALESCE(sum(m.in_ntd - m.out_ntd), 0)::bigint AS page_ntd
      FROM ({MOVES}) AS m
     WHERE ({KEY}) < ({BEGINS})
""")
ROWS = sa.text(f"""
    SELECT m.*, sum(m.in_ntd - m.out_ntd) OVER (ORDER BY {KEY})::bigint AS net_ntd
      FROM ({MOVES}) AS m
     WHERE m.day <= :until AND ({KEY}) >= ({BEGINS})
     ORDER BY {KEY}
     LIMIT :limit
""")
SUMS = sa.text(f"""
    SELECT COALESCE(sum(m.in_ntd), 0)::bigint AS in_ntd,
           COALESCE(sum(m.out_ntd), 0)::bigint AS out_ntd
      FROM ({MOVES}) AS m
     WHERE m.day BETWEEN :since AND :until
""")


class Place(NamedTuple):
    """Where a page begins: its first row, or whatever comes after."""

    day: dt.date
    turn: int = 0
    document_id: uuid.UUID = uuid.UUID(int=0)
    document_no: int = 0


def petty_cash(uow: UnitOfWork, book: Book, wanted: BookFilter) -> Sheet:
    """Return what moved in the agency's funds, with what they held after it."""
    asked: dict[str, Any] = {
        "agency_code": wanted.agency_code,
        "fiscal_year": wanted.fiscal_year,
        # A receipt may be older than the fund's year; it is of the first month then.
        "since": wanted.since if wanted.first > 1 else dt.date.min,
        "until": wanted.until,
    }
    sums = uow.connection.execute(SUMS, asked).one()
    first = Place(day=asked["since"])
    begins = max(place_of(wanted.after) or first, first)
    page = {**asked, **begins._asdict(), "limit": wanted.limit + 1}
    before = uow.connection.execute(BEFORE, page).one()
    found = uow.connection.execute(ROWS, page).all()
    rows = [_row(row, before.page_ntd) for row in found[: wanted.limit]]
    month_ntd = before.month_ntd
    if wanted.first > 1 and begins == first:
        brought: tuple[SheetValue, ...] = (None, None, BROUGHT, None, None, None, None, month_ntd)
        rows.insert(0, SheetRow(values=brought, strong=True))
    closing_ntd = month_ntd + sums.in_ntd - sums.out_ntd
    return Sheet(
        name=book.name,
        title=book.title,
        columns=book.columns,
        rows=tuple(rows),
        totals=(TOTAL, None, None, None, None, sums.in_ntd, sums.out_ntd, closing_ntd),
        next=_told(found[-1]) if len(found) > wanted.limit else "",
    )


def place_of(text: str) -> Place | None:
    """Read ``Sheet.next`` of the page before: where this page begins; None where it says nothing.

    A name of a page that was told in another way is the first page.
    """
    try:
        day, turn, document_id, document_no = text.split("_")
        return Place(
            day=dt.date.fromisoformat(day),
            turn=int(turn) if len(turn) == 1 else 0,
            document_id=uuid.UUID(document_id),
            document_no=min(int(document_no), NUMBER_MAX),
        )
    except ValueError:
        return None


def _told(row: sa.Row[Any]) -> str:
    return f"{row.day}_{row.turn}_{row.document_id}_{row.document_no}"


def _row(row: sa.Row[Any], before_ntd: int) -> SheetRow:
    path = f"accounting/{row.leads}/{row.document_id}"
    return SheetRow(
        values=(
            str(row.day), row.fund, KINDS[row.kind], row.paper, row.memo,
            row.in_ntd, row.out_ntd, before_ntd + row.net_ntd,
        ),
        paths=dict.fromkeys(("paper", "in_ntd" if row.in_ntd else "out_ntd"), path),
    )  # fmt: skip

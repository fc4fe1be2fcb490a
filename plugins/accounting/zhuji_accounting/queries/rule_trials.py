"""What a draft of rules is tried on: the last vouchers of an event, and what the budget says."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from zhuji_accounting.domain.ledger.rule_trial import RowWords
from zhuji_accounting.domain.ledger.voucher import VoucherLine
from zhuji_accounting.permissions import READ_VOUCHERS
from zhuji_accounting.queries.revenue_rows import revenue_rows
from zhuji_accounting.queries.scope import listed_agencies
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import Value

# By the index of events. A reversal is no fact of its own, and a free voucher has no rule.
RECENT = sa.text("""
    SELECT v.voucher_id, v.agency_name, v.posting_date, v.memo, v.amount_ntd
      FROM accounting.voucher AS v
     WHERE v.event_code = :event_code AND v.event_code <> ''
       AND v.rule_set_id IS NOT NULL AND v.reverses_id IS NULL
       AND (CAST(:agencies AS text[]) IS NULL OR v.agency_code = ANY(:agencies))
       AND v.fiscal_year BETWEEN :first_year AND :last_year
       AND v.state <> 'withdrawn'
     ORDER BY v.voucher_id DESC
     LIMIT :limit
""")


class RecentVoucher(Value, frozen=True, kw_only=True):
    """A voucher that rules made of the event, in this county."""

    voucher_id: uuid.UUID
    agency_name: str
    posting_date: dt.date
    memo: str
    amount_ntd: int


def recent_vouchers(
    uow: UnitOfWork, *, event_code: str, first_year: int, last_year: int, limit: int = 20
) -> list[RecentVoucher]:
    """Return the last vouchers of the event in the agencies that the actor may read."""
    rows = uow.connection.execute(
        RECENT,
        {
            "event_code": event_code,
            "agencies": listed_agencies(uow, READ_VOUCHERS, ""),
            "first_year": first_year,
            "last_year": last_year,
            "limit": limit,
        },
    ).mappings()
    return [RecentVoucher(**row) for row in rows]


def row_words(uow: UnitOfWork, lines: Sequence[VoucherLine]) -> Mapping[uuid.UUID, RowWords]:
    """Return what the budget says of the rows that the entries name."""
    spent = sorted({line.control_row_id for line in lines if line.control_row_id})
    earned = sorted({line.revenue_row_id for line in lines if line.revenue_row_id})
    found = {
        one.control_row_id: RowWords(object_code=one.object_code, account=one.account)
        for one in (uow.hooks.fund_positions(uow, spent) if spent else ())
    }
    return found | {
        row_id: RowWords(source_code=row.source_code)
        for row_id, row in revenue_rows(uow, earned).items()
    }

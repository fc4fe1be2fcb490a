"""A year's books row by row, for tools that keep accounts as text."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec
import sqlalchemy as sa

from zhuji_accounting.domain.ledger.plain_text import Kept, Posted, PostedEntry
from zhuji_core.uow import UnitOfWork

CHUNK = 5_000

# Sorted once and fetched from a cursor in chunks: no index has the whole county's entries by date,
# so each chunk by its own key would read the year again.
ENTRIES = sa.text("""
    SELECT e.entry_id, e.posting_date, e.period, e.agency_code, v.kind, v.fiscal_year,
           v.voucher_no, v.voucher_id, v.memo, e.account_code, l.account_name, e.debit_ntd,
           e.credit_ntd
      FROM accounting.ledger_entry AS e
      JOIN accounting.voucher AS v USING (voucher_id)
      JOIN accounting.voucher_line AS l USING (voucher_id, line_no)
     WHERE e.fiscal_year = :fiscal_year
     ORDER BY e.posting_date, e.entry_id
     LIMIT 1000000000
""").execution_options(yield_per=CHUNK)
KEPT = sa.text("""
    SELECT b.agency_code, b.account_code, b.period,
           (b.debit_ntd - b.credit_ntd)::bigint AS net_ntd
      FROM accounting.account_balance AS b
     WHERE b.fiscal_year = :fiscal_year
     ORDER BY b.period, b.agency_code, b.account_code
     LIMIT 1000000
""")


def posted_in(uow: UnitOfWork, fiscal_year: int) -> Iterator[Posted]:
    """Yield the posted vouchers of the year in order of date and entry, fetched in chunks.

    What is posted at one moment has its entries between each other's, so a day is put together
    before it is told: of the largest city some ten thousand entries.
    """
    for _, day in itertools.groupby(_entries(uow, fiscal_year), key=lambda one: one.posting_date):
        yield from _vouchers(day)


def _vouchers(day: Iterable[sa.Row[Any]]) -> Iterator[Posted]:
    by_voucher: dict[uuid.UUID, list[sa.Row[Any]]] = {}
    for entry in day:
        by_voucher.setdefault(entry.voucher_id, []).append(entry)
    for entries in by_voucher.values():
        first = entries[0]
        yield Posted(
            posting_date=first.posting_date,
            period=first.period,
            kind=first.kind,
            fiscal_year=first.fiscal_year,
            voucher_no=first.voucher_no,
            agency_code=first.agency_code,
            memo=first.memo,
            entries=tuple(
                PostedEntry(
                    account_code=one.account_code,
                    account_name=one.account_name,
                    net_ntd=one.debit_ntd - one.credit_ntd,
                )
                for one in entries
            ),
        )


def _entries(uow: UnitOfWork, fiscal_year: int) -> Iterator[sa.Row[Any]]:
    yield from uow.connection.execute(ENTRIES, {"fiscal_year": fiscal_year})


def kept_balances(uow: UnitOfWork, fiscal_year: int) -> list[Kept]:
    """Return the balances that were kept while posting, by period."""
    rows = uow.connection.execute(KEPT, {"fiscal_year": fiscal_year}).mappings()
    return [msgspec.convert(dict(row), Kept) for row in rows]

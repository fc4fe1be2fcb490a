"""The end of an agency's year: what holds it up, what its books hold, which ends there were."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Mapping

import msgspec
import sqlalchemy as sa

from zhuji_accounting.domain.advances.advance import advance_label
from zhuji_accounting.domain.year_end import Piece, YearBalances
from zhuji_accounting.permissions import READ_VOUCHERS
from zhuji_accounting.queries.scope import listed_agencies
from zhuji_core.db.by_agency import PageByAgency
from zhuji_core.ids import AFTER_ALL
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import Value

NET = sa.text("""
    SELECT b.account_code, sum(b.debit_ntd - b.credit_ntd)::bigint AS net_ntd
      FROM accounting.account_balance AS b
     WHERE b.agency_code = :agency_code AND b.fiscal_year = :fiscal_year
     GROUP BY b.account_code
    HAVING sum(b.debit_ntd - b.credit_ntd) <> 0
     ORDER BY b.account_code
     LIMIT 10000
""")
# By the index of an account's entries; only of accounts that are kept by row or by whose.
PIECES = sa.text("""
    SELECT e.account_code, e.control_row_id, e.subsidiary_kind, e.subsidiary_key,
           (array_agg(l.row_label ORDER BY e.entry_id DESC))[1] AS row_label,
           (array_agg(l.object_code ORDER BY e.entry_id DESC))[1] AS object_code,
           (array_agg(l.subsidiary_name ORDER BY e.entry_id DESC))[1] AS subsidiary_name,
           sum(e.debit_ntd - e.credit_ntd)::bigint AS net_ntd
      FROM accounting.ledger_entry AS e
      JOIN accounting.voucher_line AS l USING (voucher_id, line_no)
     WHERE e.agency_code = :agency_code AND e.fiscal_year = :fiscal_year
       AND e.account_code = ANY(:accounts)
     GROUP BY e.account_code, e.control_row_id, e.subsidiary_kind, e.subsidiary_key
    HAVING sum(e.debit_ntd - e.credit_ntd) <> 0
     ORDER BY e.account_code, e.control_row_id, e.subsidiary_kind, e.subsidiary_key
     LIMIT 1000000
""")
# What is held of the year by line, and what of it was decided to be carried over (保留). What is
# owed of former years was decided in its own year.
OPEN_LINES = """
    SELECT r.request_id, l.line_no,
           l.amount_ntd - l.claimed_ntd - l.advanced_ntd - l.released_ntd AS held_ntd,
           COALESCE(d.granted_carry_ntd, 0) AS granted_ntd
      FROM accounting.spending_request AS r
      JOIN accounting.request_line AS l USING (request_id)
      LEFT JOIN accounting.carry_over AS c
             ON c.request_id = r.request_id AND c.state = 'decided'
      LEFT JOIN accounting.carry_line AS d
             ON d.carry_id = c.carry_id AND d.request_line_no = l.line_no
     WHERE r.agency_code = :agency_code AND r.fiscal_year = :fiscal_year AND r.state = 'certified'
       AND r.brought <> 'owed'
       AND l.amount_ntd - l.claimed_ntd - l.advanced_ntd - l.released_ntd > 0
"""
HELD = sa.text(f"""
    SELECT count(*) FILTER (WHERE o.held_ntd > o.granted_ntd) AS lines,
           COALESCE(sum(greatest(o.held_ntd - o.granted_ntd, 0)), 0)::bigint AS held_ntd,
           COALESCE(sum(least(o.held_ntd, o.granted_ntd)), 0)::bigint AS carried_ntd
      FROM ({OPEN_LINES}) AS o
""")
OUT_NAMED_MAX = 20  # as many as a refusal can name and still be read
# Each with what is out of it, and beside it the count and sum of all, also beyond the named ones.
OUT = sa.text(f"""
    SELECT a.advance_id, a.advance_no, sum(l.amount_ntd - l.settled_ntd - l.returned_ntd)::bigint
               AS outstanding_ntd,
           count(*) OVER () AS advances,
           (sum(sum(l.amount_ntd - l.settled_ntd - l.returned_ntd)) OVER ())::bigint AS total_ntd
      FROM accounting.advance AS a
      JOIN accounting.advance_line AS l USING (advance_id)
     WHERE a.agency_code = :agency_code AND a.fiscal_year = :fiscal_year AND a.state = 'granted'
       AND l.amount_ntd - l.settled_ntd - l.returned_ntd > 0
     GROUP BY a.advance_id, a.advance_no
     ORDER BY a.advance_no, a.advance_id
     LIMIT {OUT_NAMED_MAX}
""")
COLUMNS = """
    y.year_end_id, y.fiscal_year, y.agency_code, y.agency_name, y.version, y.state,
    y.closed_by_name, y.closed_at, y.reopened_by_name, y.reopened_at, y.reason
"""
LIST = PageByAgency(
    columns=COLUMNS,
    table="accounting.year_end",
    alias="y",
    where="y.fiscal_year = :fiscal_year AND y.year_end_id < :before",
    order="y.year_end_id DESC",
)
IN_FORCE = sa.text(f"""
    SELECT {COLUMNS}
      FROM accounting.year_end AS y
     WHERE y.fiscal_year = :fiscal_year AND y.agency_code = :agency_code AND y.state = 'closed'
""")
# A month that is closed county-wide ('') is a month of every agency.
ENDED_AGENCY = sa.text("""
    SELECT min(y.agency_code)
      FROM accounting.year_end AS y
     WHERE y.fiscal_year = :fiscal_year AND :agency_code IN (y.agency_code, '')
       AND y.state = 'closed'
""")
# Whether January of the next year may be closed, and whether this year may be opened again.
HAS_BOOKS = sa.text("""
    SELECT EXISTS (SELECT FROM accounting.account_balance AS b
                    WHERE b.agency_code = :agency_code AND b.fiscal_year = :fiscal_year)
""")
LAST_CLOSED = sa.text("""
    SELECT max(p.period)
      FROM accounting.closed_period AS p
     WHERE p.fiscal_year = :fiscal_year AND p.agency_code IN (:agency_code, '')
       AND p.stage = 'closed'
""")


class YearEnd(Value, frozen=True, kw_only=True):
    """One end of an agency's year; ``state`` is ``closed`` or ``reopened``."""

    year_end_id: uuid.UUID
    fiscal_year: int
    agency_code: str
    agency_name: str
    version: int
    state: str
    closed_by_name: str
    closed_at: dt.datetime
    reopened_by_name: str
    reopened_at: dt.datetime | None
    reason: str

    @property
    def label(self) -> str:
        return f"{self.fiscal_year} 年度結帳（{self.version}）"


class Held(Value, frozen=True, kw_only=True):
    """Lines that hold money of which nobody decided what becomes, and how much.

    ``carried_ntd``: what it was decided to carry over, as far as it is still held.
    """

    count: int
    held_ntd: int
    carried_ntd: int = 0


class Out(Value, frozen=True, kw_only=True):
    """Advances that are neither settled nor paid back, and how much of them is out.

    ``named``: the first OUT_NAMED_MAX of them by their numbers, each with what is out of it.
    """

    count: int
    outstanding_ntd: int
    named: Mapping[str, int]


def balances_of(
    uow: UnitOfWork, *, agency_code: str, fiscal_year: int, divided: Collection[str]
) -> YearBalances:
    """Return what the books of the year hold; the accounts ``divided`` in their parts too."""
    year: dict[str, object] = {"agency_code": agency_code, "fiscal_year": fiscal_year}
    net = uow.connection.execute(NET, year)
    pieces = uow.connection.execute(PIECES, {**year, "accounts": sorted(divided)}).mappings()
    return YearBalances(
        net_ntd={row.account_code: row.net_ntd for row in net},
        pieces=tuple(msgspec.convert(dict(row), Piece) for row in pieces),
    )


def held_of(uow: UnitOfWork, *, agency_code: str, fiscal_year: int) -> Held:
    """Return how much the year's certified requests still hold, decided or not."""
    row = uow.connection.execute(
        HELD, {"agency_code": agency_code, "fiscal_year": fiscal_year}
    ).one()
    return Held(count=row.lines, held_ntd=row.held_ntd, carried_ntd=row.carried_ntd)


def advances_out_of(uow: UnitOfWork, *, agency_code: str, fiscal_year: int) -> Out:
    """Return how much of the year's advances nobody has answered for."""
    rows = uow.connection.execute(
        OUT, {"agency_code": agency_code, "fiscal_year": fiscal_year}
    ).all()
    return Out(
        count=rows[0].advances if rows else 0,
        outstanding_ntd=rows[0].total_ntd if rows else 0,
        named={
            advance_label(fiscal_year, row.advance_no, row.advance_id): row.outstanding_ntd
            for row in rows
        },
    )


def year_end_of(uow: UnitOfWork, *, agency_code: str, fiscal_year: int) -> YearEnd | None:
    """Return the end that holds; None while the year is open."""
    row = (
        uow.connection.execute(IN_FORCE, {"agency_code": agency_code, "fiscal_year": fiscal_year})
        .mappings()
        .one_or_none()
    )
    return None if row is None else msgspec.convert(dict(row), YearEnd)


def ended_agency(uow: UnitOfWork, *, agency_code: str, fiscal_year: int) -> str | None:
    """Return the code of the agency whose year is ended, so that its months stay as they are.

    None: no such end. An empty ``agency_code`` means all agencies.
    """
    code: str | None = uow.connection.execute(
        ENDED_AGENCY, {"agency_code": agency_code, "fiscal_year": fiscal_year}
    ).scalar_one()
    return code


def list_year_ends(
    uow: UnitOfWork,
    *,
    fiscal_year: int,
    agency_code: str = "",
    before: uuid.UUID | None = None,
    limit: int = 50,
) -> list[YearEnd]:
    """Return ends of the year, newest first: of one agency, or of all that the actor may read."""
    agencies = listed_agencies(uow, READ_VOUCHERS, agency_code)
    rows = uow.connection.execute(
        LIST.of(agencies),
        {
            "fiscal_year": fiscal_year,
            "agencies": agencies,
            "before": before or AFTER_ALL,
            "limit": limit,
        },
    ).mappings()
    return [msgspec.convert(dict(row), YearEnd) for row in rows]


def has_books(uow: UnitOfWork, *, agency_code: str, fiscal_year: int) -> bool:
    """Tell whether anything of the year is in the agency's books."""
    found: bool = uow.connection.execute(
        HAS_BOOKS, {"agency_code": agency_code, "fiscal_year": fiscal_year}
    ).scalar_one()
    return found


def last_closed(uow: UnitOfWork, *, agency_code: str, fiscal_year: int) -> int:
    """Return the last month of the year that is closed for the agency; 0: none."""
    found: int | None = uow.connection.execute(
        LAST_CLOSED, {"agency_code": agency_code, "fiscal_year": fiscal_year}
    ).scalar_one()
    return found or 0

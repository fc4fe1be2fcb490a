"""What of a year goes on in the next one, and the requests of former years that go on in a year."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import msgspec
import sqlalchemy as sa

from zhuji_accounting.domain.carries.brought import GoingOn
from zhuji_accounting.domain.request import Brought, SpendingRequest
from zhuji_accounting.queries.year_ends import OPEN_LINES
from zhuji_accounting.store.requests import REQUEST_COLUMNS, request_of
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import Value

GOES_ON_MAX = 100_000  # lines of one agency: three times those of the largest one's whole year
LABEL = """
    r.fiscal_year || lpad(r.request_no::text, greatest(5, length(r.request_no::text)), '0')
"""
# What was granted to be carried over, as far as it is still held; what was decided to be due, as
# nothing pays it in its own year; and what of former years is still due.
LEFT = f"""
    SELECT o.request_id, o.line_no, 'carried' AS brought,
           least(o.held_ntd, o.granted_ntd) AS amount_ntd, '' AS creditor, '' AS creditor_id
      FROM ({OPEN_LINES}) AS o
     WHERE o.granted_ntd > 0
     UNION ALL
    SELECT c.request_id, d.request_line_no, 'owed', d.granted_payable_ntd, c.creditor,
           c.creditor_id
      FROM accounting.carry_over AS c
      JOIN accounting.carry_line AS d USING (carry_id)
     WHERE c.agency_code = :agency_code AND c.fiscal_year = :fiscal_year AND c.state = 'decided'
       AND d.granted_payable_ntd > 0
     UNION ALL
    SELECT r.request_id, l.line_no, 'owed', l.amount_ntd - l.claimed_ntd - l.released_ntd,
           r.payee, r.creditor_id
      FROM accounting.spending_request AS r
      JOIN accounting.request_line AS l USING (request_id)
     WHERE r.agency_code = :agency_code AND r.fiscal_year = :fiscal_year AND r.brought = 'owed'
       AND r.state = 'certified' AND l.amount_ntd > l.claimed_ntd + l.released_ntd
"""
GOES_ON = sa.text(f"""
    SELECT r.request_id, {LABEL} AS request_label, o.brought,
           CASE WHEN r.origin_year = 0 THEN r.fiscal_year ELSE r.origin_year END AS origin_year,
           l.line_no, l.control_row_id, l.line_code, l.line_name, l.object_code, l.object_name,
           o.amount_ntd::bigint AS amount_ntd, o.creditor, o.creditor_id
      FROM ({LEFT}) AS o
      JOIN accounting.spending_request AS r USING (request_id)
      JOIN accounting.request_line AS l USING (request_id, line_no)
     ORDER BY r.request_id, o.brought, l.line_no
     LIMIT {GOES_ON_MAX}
""")
CONTINUED = sa.text(f"""
    SELECT {REQUEST_COLUMNS}
      FROM accounting.spending_request AS r
     WHERE r.agency_code = :agency_code AND r.fiscal_year = :fiscal_year AND r.brought <> ''
       AND r.state IN ('certified', 'closed')
     ORDER BY r.request_id
     LIMIT {GOES_ON_MAX}
""")
GOES_ON_AS = sa.text(f"""
    SELECT r.request_id, {LABEL} AS label, r.brought
      FROM accounting.spending_request AS r
     WHERE r.continues_id = :request_id AND r.state IN ('certified', 'closed')
     ORDER BY r.brought
     LIMIT 2
""")
# A claim or an advance that is on its way, and what was asked to be carried on from this year.
IN_USE = sa.text(
    """
    SELECT l.request_id
      FROM accounting.claim_line AS l
      JOIN accounting.claim AS c USING (claim_id)
     WHERE l.request_id = ANY(:ids) AND c.state NOT IN ('draft', 'withdrawn')
     UNION
    SELECT a.request_id
      FROM accounting.advance AS a
     WHERE a.request_id = ANY(:ids) AND a.state NOT IN ('draft', 'withdrawn')
     UNION
    SELECT v.request_id
      FROM accounting.carry_over AS v
     WHERE v.request_id = ANY(:ids) AND v.state NOT IN ('draft', 'withdrawn')
"""  # no LIMIT: at most as many as were asked for
)


class GoesOn(Value, frozen=True, kw_only=True):
    """A request of the next year as which another one goes on."""

    request_id: uuid.UUID
    label: str
    brought: Brought


def in_use(uow: UnitOfWork, request_ids: Sequence[uuid.UUID]) -> set[uuid.UUID]:
    """Return those of the requests on which something is on its way, or was done."""
    return set(uow.connection.execute(IN_USE, {"ids": list(request_ids)}).scalars())


def goes_on_of(uow: UnitOfWork, *, agency_code: str, fiscal_year: int) -> list[GoingOn]:
    """Return the lines of which something goes on in the next year."""
    rows = uow.connection.execute(
        GOES_ON, {"agency_code": agency_code, "fiscal_year": fiscal_year}
    ).mappings()
    return [msgspec.convert(dict(row), GoingOn) for row in rows]


def continued_of(uow: UnitOfWork, *, agency_code: str, fiscal_year: int) -> list[SpendingRequest]:
    """Return the requests of former years that go on in ``fiscal_year``, in order of id."""
    rows = uow.connection.execute(
        CONTINUED, {"agency_code": agency_code, "fiscal_year": fiscal_year}
    ).mappings()
    return [request_of(dict(row)) for row in rows]


def goes_on_as(uow: UnitOfWork, request_id: uuid.UUID) -> tuple[GoesOn, ...]:
    """Return the requests as which this one goes on in the next year."""
    rows = uow.connection.execute(GOES_ON_AS, {"request_id": request_id}).mappings()
    return tuple(msgspec.convert(dict(row), GoesOn) for row in rows)

"""The register of certifications (簽證登記簿): number, date, request, line, held, released."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa

from zhuji_accounting.domain.certification import certification_label
from zhuji_accounting.permissions import READ_REGISTER
from zhuji_core.matching import containing
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import Value

PAGE_MAX = 200
EXPORT_MAX = 100_000  # rows of one file; a year of the largest agency has about 30,000

# A request of former years answers to the certification of the first that it continues.
LABEL = sa.text("""
    WITH RECURSIVE chain AS (
        SELECT r.request_id, r.continues_id
          FROM accounting.spending_request AS r
         WHERE r.request_id = :request_id
         UNION ALL
        SELECT r.request_id, r.continues_id
          FROM chain
          JOIN accounting.spending_request AS r ON r.request_id = chain.continues_id
    )
    SELECT c.fiscal_year, c.certification_no
      FROM chain
      JOIN accounting.certification AS c USING (request_id)
     LIMIT 1
""")

# The index behind UNIQUE (agency_code, fiscal_year, certification_no) gives the order.
REGISTER = sa.text("""
    SELECT c.agency_code, c.fiscal_year, c.certification_no, c.business_date,
           c.certified_by_name, c.request_id, r.request_no, r.purpose, r.payee, l.line_no,
           l.control_row_id, l.line_code, l.line_name, l.object_code, l.object_name,
           l.amount_ntd AS certified_ntd, l.claimed_ntd, l.advanced_ntd, l.released_ntd,
           l.amount_ntd - l.claimed_ntd - l.advanced_ntd - l.released_ntd AS held_ntd,
           x.remaining_ntd
      FROM accounting.certification AS c
      JOIN accounting.spending_request AS r USING (request_id)
      JOIN accounting.request_line AS l USING (request_id)
      JOIN accounting.receipt_line AS x USING (certification_id, line_no)
     WHERE c.agency_code = :agency_code AND c.fiscal_year = :fiscal_year
       AND (CAST(:from_date AS date) IS NULL OR c.business_date >= :from_date)
       AND (CAST(:to_date AS date) IS NULL OR c.business_date <= :to_date)
       AND (:text = '' OR r.purpose LIKE :pattern OR l.line_name LIKE :pattern
            OR l.line_code LIKE :pattern OR r.payee LIKE :pattern)
       AND (c.certification_no, l.line_no) > (:after_no, :after_line)
     ORDER BY c.certification_no, l.line_no
     LIMIT :limit
""")
TOTALS = sa.text("""
    SELECT count(DISTINCT c.certification_id) AS certifications, count(*) AS lines,
           COALESCE(sum(l.amount_ntd), 0)::bigint AS certified_ntd,
           COALESCE(sum(l.claimed_ntd), 0)::bigint AS claimed_ntd,
           COALESCE(sum(l.advanced_ntd), 0)::bigint AS advanced_ntd,
           COALESCE(sum(l.released_ntd), 0)::bigint AS released_ntd,
           COALESCE(sum(l.amount_ntd - l.claimed_ntd - l.advanced_ntd - l.released_ntd), 0)::bigint
               AS held_ntd
      FROM accounting.certification AS c
      JOIN accounting.spending_request AS r USING (request_id)
      JOIN accounting.request_line AS l USING (request_id)
     WHERE c.agency_code = :agency_code AND c.fiscal_year = :fiscal_year
       AND (CAST(:from_date AS date) IS NULL OR c.business_date >= :from_date)
       AND (CAST(:to_date AS date) IS NULL OR c.business_date <= :to_date)
       AND (:text = '' OR r.purpose LIKE :pattern OR l.line_name LIKE :pattern
            OR l.line_code LIKE :pattern OR r.payee LIKE :pattern)
""")


class RegisterFilter(Value, frozen=True, kw_only=True):
    """One agency's register of a year, between two business dates, holding ``text``."""

    agency_code: str
    fiscal_year: int
    from_date: dt.date | None = None
    to_date: dt.date | None = None
    text: str = ""
    after_no: int = 0
    after_line: int = 0
    limit: int = 100


class RegisterRow(Value, frozen=True, kw_only=True):
    """One line of one certification, NT dollars; what is held is what nothing took."""

    agency_code: str
    fiscal_year: int
    certification_no: int
    business_date: dt.date
    certified_by_name: str
    request_id: uuid.UUID
    request_no: int
    purpose: str
    payee: str
    line_no: int
    control_row_id: uuid.UUID
    line_code: str
    line_name: str
    object_code: str
    object_name: str
    certified_ntd: int
    claimed_ntd: int
    advanced_ntd: int
    released_ntd: int
    held_ntd: int
    remaining_ntd: int

    @property
    def certification_label(self) -> str:
        return certification_label(self.fiscal_year, self.certification_no)

    @property
    def request_label(self) -> str:
        return f"{self.fiscal_year}{self.request_no:05}"


class RegisterTotals(Value, frozen=True, kw_only=True):
    """Totals of the whole filtered register, not of the page."""

    certifications: int
    lines: int
    certified_ntd: int
    claimed_ntd: int
    advanced_ntd: int
    released_ntd: int
    held_ntd: int


def certification_label_of(uow: UnitOfWork, request_id: uuid.UUID) -> str:
    """Return the certification number of a certified request."""
    row = uow.connection.execute(LABEL, {"request_id": request_id}).one()
    return certification_label(row.fiscal_year, row.certification_no)


def register(uow: UnitOfWork, wanted: RegisterFilter) -> list[RegisterRow]:
    """Return a page of the register in order of number; raise Forbidden for another agency."""
    uow.require(READ_REGISTER, agency_code=wanted.agency_code)
    parameters = {
        **_parameters(wanted),
        "after_no": wanted.after_no,
        "after_line": wanted.after_line,
        "limit": min(wanted.limit, EXPORT_MAX),
    }
    return [RegisterRow(**row) for row in uow.connection.execute(REGISTER, parameters).mappings()]


def register_totals(uow: UnitOfWork, wanted: RegisterFilter) -> RegisterTotals:
    """Return the totals of all that the filter shows."""
    uow.require(READ_REGISTER, agency_code=wanted.agency_code)
    return RegisterTotals(**uow.connection.execute(TOTALS, _parameters(wanted)).mappings().one())


def _parameters(wanted: RegisterFilter) -> dict[str, object]:
    return {
        "agency_code": wanted.agency_code,
        "fiscal_year": wanted.fiscal_year,
        "from_date": wanted.from_date,
        "to_date": wanted.to_date,
        "text": wanted.text.strip(),
        "pattern": containing(wanted.text),
    }

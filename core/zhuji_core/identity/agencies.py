"""Agencies (機關) of a county: what imports find, and who belongs where."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

import msgspec
import sqlalchemy as sa

from zhuji_core.contracts.documents import DocumentRef
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import Value

AGENCY_NAMESPACE = uuid.UUID("0198c5a0-0000-7000-8000-a6e4c7000001")

# A picker shows twenty; no county has 2,000 agencies (Taichung: 400 with schools).
LIST_MAX = 2_000

# Only rows that are new or differ are written and told of, so the same book twice changes nothing.
ENSURE = sa.text("""
    WITH wanted AS (
        SELECT w.agency_code, w.name, w.valid_from, w.valid_to
          FROM jsonb_to_recordset(CAST(:agencies AS jsonb))
               AS w (agency_code text, name text, valid_from date, valid_to date)
    ), kept AS (
        INSERT INTO kernel.agency AS a (agency_code, name, valid_from, valid_to)
        SELECT agency_code, name, valid_from, valid_to FROM wanted ORDER BY agency_code
            ON CONFLICT (agency_code) DO UPDATE
           SET name = excluded.name,
               valid_from = COALESCE(excluded.valid_from, a.valid_from),
               valid_to = COALESCE(excluded.valid_to, a.valid_to)
         WHERE (a.name, a.valid_from, a.valid_to)
               IS DISTINCT FROM (excluded.name, COALESCE(excluded.valid_from, a.valid_from),
                                 COALESCE(excluded.valid_to, a.valid_to))
        RETURNING agency_code
    )
    SELECT k.agency_code, o.name AS name_before
      FROM kept AS k
      LEFT JOIN kernel.agency AS o USING (agency_code)
     ORDER BY k.agency_code
""")
FIND = sa.text("""
    SELECT agency_code, name, valid_from, valid_to
      FROM kernel.agency
     WHERE (CAST(:codes AS text[]) IS NULL OR agency_code = ANY (CAST(:codes AS text[])))
       AND (starts_with(agency_code, :text) OR strpos(name, :text) > 0)
     ORDER BY agency_code
     LIMIT :limit
""")
CODES = sa.text("SELECT agency_code FROM kernel.agency LIMIT 100000")


class Agency(Value, frozen=True, kw_only=True):
    """An agency and how long it exists; without dates it has no known beginning or end."""

    agency_code: str
    name: str
    valid_from: dt.date | None = None
    valid_to: dt.date | None = None

    @property
    def document(self) -> DocumentRef:
        return DocumentRef(
            kind="kernel.agency",
            document_id=uuid.uuid5(AGENCY_NAMESPACE, self.agency_code),
            label=f"{self.agency_code} {self.name}",
            agency_code=self.agency_code,
        )


def ensure_agencies(uow: UnitOfWork, agencies: Sequence[Agency]) -> int:
    """Make or correct the agencies; return how many were new or differed, each audited.

    A date that is not said (None) leaves the known one as it is.

    Called by use cases that bring agencies with them (import of a book), under their permission.
    """
    wanted = {agency.agency_code: agency for agency in agencies}
    rows = uow.connection.execute(
        ENSURE, {"agencies": msgspec.json.encode(list(wanted.values())).decode()}
    ).all()
    for row in rows:
        agency = wanted[row.agency_code]
        before = None if row.name_before is None else {"name": row.name_before}
        uow.audit("kernel.agency.ensure", agency.document, before=before, after=agency)
    return len(rows)


def find_agencies(
    uow: UnitOfWork,
    *,
    codes: Sequence[str] | None = None,
    text: str = "",
    limit: int = LIST_MAX,
) -> list[Agency]:
    """Return agencies in order of code: those of ``codes``, or whose code or name has ``text``."""
    rows = uow.connection.execute(
        FIND, {"codes": codes, "text": text, "limit": min(limit, LIST_MAX)}
    )
    return [Agency(**row) for row in rows.mappings()]


def known_codes(uow: UnitOfWork) -> frozenset[str]:
    """Return the codes of all agencies that the county has, also of those that have ended."""
    return frozenset(uow.connection.execute(CODES).scalars())


def find_agency(uow: UnitOfWork, *, agency_code: str) -> Agency | None:
    """Return the agency, or None when the county has none with this code."""
    return next(iter(find_agencies(uow, codes=[agency_code])), None)

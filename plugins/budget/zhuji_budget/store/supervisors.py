"""SQL of the map of supervising agencies."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import msgspec
import sqlalchemy as sa

from zhuji_budget.domain.supervisor import Supervised
from zhuji_core.ids import new_id
from zhuji_core.uow import UnitOfWork

ALL = """
    SELECT s.agency_code, s.supervisor_code
      FROM budget.agency_supervisor AS s
     ORDER BY s.agency_code
     LIMIT 5000
"""
READ = sa.text(ALL)
# One writer at a time: pairs are judged against the whole map.
LOCK = sa.text("LOCK TABLE budget.agency_supervisor IN SHARE ROW EXCLUSIVE MODE")
PUT = sa.text("""
    WITH wanted AS (
        SELECT w.agency_code, w.supervisor_code, w.document_id
          FROM jsonb_to_recordset(CAST(:pairs AS jsonb))
               AS w (agency_code text, supervisor_code text, document_id uuid)
    ), gone AS (
        DELETE FROM budget.agency_supervisor AS s USING wanted AS w
         WHERE s.agency_code = w.agency_code AND w.supervisor_code = ''
        RETURNING s.agency_code, s.document_id
    ), kept AS (
        INSERT INTO budget.agency_supervisor AS s (agency_code, supervisor_code, document_id)
        SELECT w.agency_code, w.supervisor_code, w.document_id
          FROM wanted AS w WHERE w.supervisor_code <> ''
         ORDER BY w.agency_code
            ON CONFLICT (agency_code) DO UPDATE SET supervisor_code = excluded.supervisor_code
        RETURNING s.agency_code, s.document_id
    )
    SELECT agency_code, document_id FROM gone
     UNION ALL
    SELECT agency_code, document_id FROM kept
     ORDER BY agency_code
     LIMIT 5000
""")
OF = sa.text("""
    SELECT s.supervisor_code FROM budget.agency_supervisor AS s WHERE s.agency_code = :agency_code
""")


def lock_all(uow: UnitOfWork) -> dict[str, str]:
    """Return the supervisor of each agency that has one; nobody else writes until the commit."""
    uow.connection.execute(LOCK)
    return {row.agency_code: row.supervisor_code for row in uow.connection.execute(READ)}


def put(uow: UnitOfWork, pairs: Sequence[Supervised]) -> dict[str, uuid.UUID]:
    """Write the pairs; return the document of each agency."""
    given = [{**msgspec.structs.asdict(one), "document_id": new_id()} for one in pairs]
    rows = uow.connection.execute(PUT, {"pairs": msgspec.json.encode(given).decode()})
    return {row.agency_code: row.document_id for row in rows}


def supervisor_code_of(uow: UnitOfWork, agency_code: str) -> str:
    """Return the supervisor of an agency, "" when it has none."""
    found = uow.connection.execute(OF, {"agency_code": agency_code}).scalar_one_or_none()
    return str(found or "")

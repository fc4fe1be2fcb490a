"""SQL that keeps the ceilings of estimates."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import msgspec
import sqlalchemy as sa

from zhuji_budget.domain.ceiling import Ceiling
from zhuji_core.ids import new_id
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import Value

# Only what is new or differs is written and told of; rows in order of agency.
KEEP = sa.text("""
    WITH wanted AS (
        SELECT w.agency_code, w.ceiling_ntd, w.document_id, o.ceiling_ntd AS before_ntd
          FROM jsonb_to_recordset(CAST(:ceilings AS jsonb))
               AS w (agency_code text, ceiling_ntd bigint, document_id uuid)
          LEFT JOIN budget.estimate_ceiling AS o
            ON o.fiscal_year = :fiscal_year AND o.agency_code = w.agency_code
    ), kept AS (
        INSERT INTO budget.estimate_ceiling AS c
               (fiscal_year, agency_code, ceiling_ntd, document_id)
        SELECT :fiscal_year, w.agency_code, w.ceiling_ntd, w.document_id
          FROM wanted AS w
         ORDER BY w.agency_code
            ON CONFLICT (fiscal_year, agency_code) DO UPDATE
           SET ceiling_ntd = excluded.ceiling_ntd
         WHERE c.ceiling_ntd <> excluded.ceiling_ntd
        RETURNING c.agency_code, c.ceiling_ntd, c.document_id
    )
    SELECT k.agency_code, k.ceiling_ntd, k.document_id, w.before_ntd
      FROM kept AS k
      JOIN wanted AS w USING (agency_code)
     ORDER BY k.agency_code
""")


class CeilingKept(Value, frozen=True, kw_only=True):
    """A ceiling that is new or was changed."""

    agency_code: str
    ceiling_ntd: int
    document_id: uuid.UUID
    before_ntd: int | None


def keep(uow: UnitOfWork, *, fiscal_year: int, wanted: Sequence[Ceiling]) -> list[CeilingKept]:
    """Write ceilings; return those that are new or differ."""
    ceilings = [{**msgspec.structs.asdict(one), "document_id": new_id()} for one in wanted]
    rows = uow.connection.execute(
        KEEP, {"fiscal_year": fiscal_year, "ceilings": msgspec.json.encode(ceilings).decode()}
    )
    return [CeilingKept(**row) for row in rows.mappings()]

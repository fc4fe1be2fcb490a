"""SQL that keeps the reports of a closed month."""

from __future__ import annotations

import uuid

import msgspec
import sqlalchemy as sa

from zhuji_accounting.domain.report_set import ReportSet
from zhuji_core.ids import new_id
from zhuji_core.uow import UnitOfWork

# The gate of the year is shut (``store/periods.shut``): nobody else draws the next version.
KEEP = sa.text("""
    INSERT INTO accounting.report_set
           (set_id, fiscal_year, agency_code, agency_name, period, kind, version, digest, body,
            made_by, made_by_name, made_at)
    SELECT :set_id, :fiscal_year, :agency_code, :agency_name, :period, :kind,
           1 + count(*), :digest, :body, :actor_id, :actor_name, :now
      FROM accounting.report_set AS s
     WHERE s.agency_code = :agency_code AND s.fiscal_year = :fiscal_year
       AND s.period = :period AND s.kind = :kind
    RETURNING set_id
""")


def keep(uow: UnitOfWork, reports: ReportSet) -> uuid.UUID:
    """Keep the reports as the next version; return its id."""
    kept: uuid.UUID = uow.connection.execute(
        KEEP,
        {
            "set_id": new_id(),
            "fiscal_year": reports.fiscal_year,
            "agency_code": reports.agency_code,
            "agency_name": reports.agency_name,
            "period": reports.period,
            "kind": str(reports.kind),
            "digest": reports.digest,
            "body": msgspec.json.encode(reports).decode(),
            "actor_id": uow.actor.user_id,
            "actor_name": uow.actor.signature,
            "now": uow.now,
        },
    ).scalar_one()
    return kept

"""SQL that writes certifications, their receipts, and releases. One statement for a whole batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
import sqlalchemy as sa

from zhuji_accounting.domain.certification import Certification
from zhuji_accounting.domain.refusals import PeriodClosed
from zhuji_accounting.domain.request import Period, SpendingRequest
from zhuji_core.db.hot import HotStatement
from zhuji_core.ids import new_id
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_

# The ids are given twice: a planner that expects a hundred rows from the JSON reads the whole table
# of requests to set their states; by the ids it goes to them (1.0 ms and growing, or 0.3).
INSERT = HotStatement("""
    WITH granted AS (
        SELECT c.*
          FROM jsonb_to_recordset(CAST(:certifications AS jsonb))
               AS c (certification_id uuid, request_id uuid, fiscal_year integer,
                     agency_code text, certification_no integer, amount_ntd bigint,
                     commit_basis text, business_date date, certified_by uuid,
                     certified_by_name text, receipt jsonb)
         WHERE NOT EXISTS (SELECT FROM accounting.closed_period AS p
                            WHERE p.fiscal_year = c.fiscal_year
                              AND p.period = extract(month FROM c.business_date)
                              AND p.agency_code IN (c.agency_code, ''))
    ), written AS (
        INSERT INTO accounting.certification
               (certification_id, request_id, fiscal_year, agency_code, certification_no,
                amount_ntd, commit_basis, business_date, certified_by, certified_by_name,
                certified_at)
        SELECT g.certification_id, g.request_id, g.fiscal_year, g.agency_code,
               g.certification_no, g.amount_ntd, g.commit_basis, g.business_date,
               g.certified_by, g.certified_by_name, :now
          FROM granted AS g
    ), states AS (
        UPDATE accounting.spending_request AS r
           SET state = 'certified', revision = r.revision + 1
          FROM granted AS g
         WHERE r.request_id = g.request_id
           AND r.request_id = ANY(CAST(:request_ids AS uuid[]))
    )
    INSERT INTO accounting.receipt_line
           (certification_id, line_no, control_row_id, enacted_ntd, changes_ntd, frozen_ntd,
            allotted_to_date_ntd, encumbered_ntd, advanced_ntd, expended_ntd, requested_ntd,
            remaining_ntd)
    SELECT g.certification_id, l.line_no, l.control_row_id, l.enacted_ntd, l.changes_ntd,
           l.frozen_ntd, l.allotted_to_date_ntd, l.encumbered_ntd, l.advanced_ntd, l.expended_ntd,
           l.requested_ntd, l.remaining_ntd
      FROM granted AS g
     CROSS JOIN LATERAL jsonb_to_recordset(g.receipt)
           AS l (line_no integer, control_row_id uuid, enacted_ntd bigint, changes_ntd bigint,
                 frozen_ntd bigint, allotted_to_date_ntd bigint, encumbered_ntd bigint,
                 advanced_ntd bigint, expended_ntd bigint, requested_ntd bigint,
                 remaining_ntd bigint)
""")

# The guard in the CHECK (never_released_twice) stands behind the domain's own rule.
RELEASE = sa.text("""
    WITH given AS (
        SELECT g.*
          FROM jsonb_to_recordset(CAST(:releases AS jsonb))
               AS g (release_id uuid, line_no integer, amount_ntd bigint)
         WHERE NOT EXISTS (SELECT FROM accounting.closed_period AS p
                            WHERE p.fiscal_year = :fiscal_year AND p.period = :period
                              AND p.agency_code IN (:agency_code, ''))
    ), lines AS (
        UPDATE accounting.request_line AS l
           SET released_ntd = l.released_ntd + g.amount_ntd
          FROM given AS g
         WHERE l.request_id = :request_id AND l.line_no = g.line_no
    ), states AS (
        UPDATE accounting.spending_request AS r
           SET state = :state, revision = r.revision + 1
         WHERE r.request_id = :request_id
    )
    INSERT INTO accounting.release
           (release_id, request_id, line_no, amount_ntd, reason, business_date, released_by,
            released_by_name, released_at)
    SELECT g.release_id, :request_id, g.line_no, g.amount_ntd, :reason, :business_date,
           :released_by, :released_by_name, :now
      FROM given AS g
     ORDER BY g.line_no
""")


def insert(uow: UnitOfWork, certifications: Sequence[Certification]) -> None:
    """Write certifications and receipts and set their requests to certified.

    Raises PeriodClosed when the month was closed while this transaction waited at its gate.
    """
    written = INSERT.count(
        uow.connection,
        {
            "certifications": msgspec.json.encode(certifications).decode(),
            "request_ids": [certification.request_id for certification in certifications],
            "now": uow.now,
        },
    )
    _require_written(
        uow,
        written,
        sum(len(certification.receipt) for certification in certifications),
        action=N_("簽證"),
    )


def release(
    uow: UnitOfWork,
    request: SpendingRequest,
    amounts_ntd: Mapping[int, int],
    *,
    reason: str,
) -> None:
    """Write the releases of one locked request; ``amounts_ntd`` maps line number → NT dollars.

    Raises PeriodClosed as ``insert`` does.
    """
    releases = [
        {"release_id": new_id(), "line_no": line_no, "amount_ntd": amount_ntd}
        for line_no, amount_ntd in sorted(amounts_ntd.items())
    ]
    period = Period.of_year(uow.business_date, request.fiscal_year)
    written = uow.connection.execute(
        RELEASE,
        {
            "releases": msgspec.json.encode(releases).decode(),
            "request_id": request.request_id,
            "fiscal_year": period.fiscal_year,
            "period": period.period,
            "agency_code": request.agency_code,
            "state": str(request.state),
            "reason": reason,
            "business_date": uow.business_date,
            "released_by": uow.actor.user_id,
            "released_by_name": uow.actor.name,
            "now": uow.now,
        },
    )
    _require_written(uow, written.rowcount, len(releases), action=N_("釋放"))


def _require_written(uow: UnitOfWork, rows: int, wanted: int, *, action: str) -> None:
    """Raise PeriodClosed when the guard in the statement left rows out; nothing is kept then."""
    if rows != wanted:
        period = Period.of(uow.business_date)
        raise PeriodClosed(fiscal_year=period.fiscal_year, period=period.period, action=action)

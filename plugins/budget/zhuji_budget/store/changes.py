"""SQL that writes changes of the budget. Documents are locked in order of id, before rows."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from zhuji_budget.domain.changes.effects import Circumstances, RevenueEffect, RowEffect
from zhuji_budget.domain.changes.model import Change, ChangeKind, ChangeState
from zhuji_budget.domain.changes.refusals import AlreadyReversed
from zhuji_budget.domain.changes.reserve_use import ReserveUse
from zhuji_budget.domain.reserve_limit import AgencyReserve
from zhuji_budget.store.control_rows import commit_basis
from zhuji_budget.store.roles import reserves_now
from zhuji_core.contracts.funds import CommitBasis
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_

CHANGE_COLUMNS = """
    d.document_id, d.fiscal_year, d.agency_code, d.agency_name, d.kind, d.state,
    COALESCE(d.change_no, 0) AS change_no, d.purpose, d.ground, d.act_no, d.reverses_id,
    d.advance_id, d.reserve_use, d.created_by, d.created_by_name, d.created_for, d.writers,
    d.agreed_by,
    d.agreed_for,
    d.agreed_by_name, d.supervisor_code, d.supervisor_name, d.endorsed_by, d.endorsed_for,
    d.endorsed_by_name, d.posted_by_name, d.return_reason, d.revision,
    (SELECT COALESCE(json_agg(json_build_object(
                'line_no', l.line_no, 'control_row_id', l.control_row_id,
                'revenue_row_id', l.revenue_row_id,
                'agency_code', l.agency_code, 'line_code', l.line_code,
                'line_name', l.line_name, 'object_code', l.object_code,
                'object_name', l.object_name, 'account', l.account,
                'amount_ntd', l.amount_ntd, 'month', l.month,
                'new_row', l.new_row) ORDER BY l.line_no), '[]')
       FROM budget.change_line AS l WHERE l.document_id = d.document_id) AS lines
"""
# The document with the one that it reverses or includes: locked together, in order of id. A row
# that was waited for comes as its last writer left it, its lines as of this statement's snapshot;
# where ``seen_revision`` differs the caller reads again.
LOCK = sa.text(f"""
    SELECT {CHANGE_COLUMNS},
           (SELECT s.revision FROM budget.change_document AS s
             WHERE s.document_id = d.document_id) AS seen_revision
      FROM budget.change_document AS d
     WHERE d.document_id = :document_id
        OR d.document_id IN (SELECT unnest(ARRAY[o.reverses_id, o.advance_id])
                               FROM budget.change_document AS o
                              WHERE o.document_id = :document_id)
     ORDER BY d.document_id
       FOR NO KEY UPDATE OF d
     LIMIT 3
""")
LINES = """
    INSERT INTO budget.change_line
           (document_id, line_no, control_row_id, revenue_row_id, agency_code, line_code, line_name,
            object_code, object_name, account, amount_ntd, month, new_row)
    SELECT :document_id, l.line_no, l.control_row_id, l.revenue_row_id, l.agency_code,
           l.line_code, l.line_name, l.object_code, l.object_name, l.account, l.amount_ntd,
           l.month, l.new_row
      FROM jsonb_to_recordset(CAST(:lines AS jsonb))
           AS l (line_no integer, control_row_id uuid, revenue_row_id uuid, agency_code text,
                 line_code text,
                 line_name text, object_code text, object_name text, account text,
                 amount_ntd bigint, month integer, new_row jsonb)
"""
INSERT = sa.text(f"""
    WITH written AS (
        INSERT INTO budget.change_document
               (document_id, fiscal_year, agency_code, agency_name, kind, state, purpose, ground,
                amount_ntd, reverses_id, advance_id, created_by, created_by_name, created_for,
                created_at, writers, reserve_use)
        VALUES (:document_id, :fiscal_year, :agency_code, :agency_name, :kind, :state, :purpose,
                :ground, :amount_ntd, :reverses_id, :advance_id, :created_by, :created_by_name,
                :created_for, :now, CAST(:writers AS uuid[]), CAST(:reserve_use AS jsonb))
    ) {LINES}
""")
# Lines of a document that was never posted are replaced: nothing refers to them yet.
CLEAR_LINES = sa.text("DELETE FROM budget.change_line WHERE document_id = :document_id")
REWRITE = sa.text(f"""
    WITH written AS (
        UPDATE budget.change_document
           SET purpose = :purpose, ground = :ground, amount_ntd = :amount_ntd,
               advance_id = :advance_id, writers = CAST(:writers AS uuid[]),
               reserve_use = CAST(:reserve_use AS jsonb),
               revision = revision + 1
         WHERE document_id = :document_id
    ) {LINES}
""")
SAVE_STATE = sa.text("""
    UPDATE budget.change_document
       SET state = :state, change_no = NULLIF(:change_no, 0), act_no = :act_no,
           agreed_by = :agreed_by, agreed_for = :agreed_for, agreed_by_name = :agreed_by_name,
           supervisor_code = :supervisor_code, supervisor_name = :supervisor_name,
           endorsed_by = CAST(:endorsed_by AS uuid), endorsed_for = CAST(:endorsed_for AS uuid),
           endorsed_by_name = :endorsed_by_name,
           writers = CAST(:writers AS uuid[]),
           posted_by_name = :posted_by_name, return_reason = :return_reason,
           posted_on = CASE WHEN :state = 'posted' THEN CAST(:today AS date) ELSE posted_on END,
           posted_at = CASE WHEN :state = 'posted' THEN CAST(:now AS timestamptz)
                            ELSE posted_at END,
           effects = COALESCE(CAST(:effects AS jsonb), effects),
           revenue_effects = COALESCE(CAST(:revenue_effects AS jsonb), revenue_effects),
           revision = revision + 1
     WHERE document_id = :document_id
""")
# What documents that stand moved through each row: neither reversed nor reversals. Read after the
# rows are locked, so two virements of one row cannot both fit into the same fifth, nor two returns
# to a pooled line into what it lent.
STANDING = sa.text("""
    SELECT x.control_row_id,
           COALESCE(sum(x.amount_ntd) FILTER (WHERE x.kind = 'virement' AND x.amount_ntd > 0),
                    0)::bigint AS vired_in_ntd,
           COALESCE(-sum(x.amount_ntd) FILTER (WHERE x.kind = 'virement' AND x.amount_ntd < 0),
                    0)::bigint AS vired_out_ntd,
           COALESCE(sum(x.amount_ntd) FILTER (WHERE x.kind = 'pooled'), 0)::bigint AS pooled_ntd,
           COALESCE(-sum(x.amount_ntd) FILTER (WHERE x.kind = 'reduction'), 0)::bigint
               AS reduced_ntd
      FROM (SELECT l.control_row_id, d.kind, l.document_id, sum(l.amount_ntd) AS amount_ntd
              FROM budget.change_line AS l
              JOIN budget.change_document AS d USING (document_id)
             WHERE l.control_row_id = ANY(:ids)
               AND d.kind IN ('virement', 'pooled', 'reduction')
               AND d.state = 'posted' AND d.reverses_id IS NULL
             GROUP BY l.control_row_id, d.kind, l.document_id) AS x
     GROUP BY x.control_row_id
     LIMIT 1000
""")
# Agencies of the document without an allotment: no schedule of theirs is approved, and the county
# has not allotted the year by rule. A month of theirs would be allotted past the schedule.
UNALLOTTED = sa.text("""
    SELECT w.agency_code
      FROM unnest(CAST(:agencies AS text[])) AS w (agency_code)
      JOIN budget.fiscal_year AS y ON y.fiscal_year = :fiscal_year
     WHERE y.state <> 'allotted'
       AND NOT EXISTS (SELECT FROM budget.allotment_schedule AS s
                        WHERE s.fiscal_year = y.fiscal_year AND s.agency_code = w.agency_code
                          AND s.side = 'expenditure' AND s.state = 'approved')
     LIMIT 1000
""")
HAS_BUDGET = sa.text("""
    SELECT EXISTS (SELECT FROM budget.budget_line AS b
                    WHERE b.fiscal_year = :fiscal_year AND b.agency_code = :agency_code)
""")
INCLUDED = sa.text("""
    SELECT COALESCE(sum(d.amount_ntd), 0)::bigint
      FROM budget.change_document AS d
     WHERE d.advance_id = :advance_id AND d.kind = 'inclusion' AND d.state = 'posted'
       AND d.reverses_id IS NULL
""")
# The year's state is kept from changing until the document is posted; others may read it too.
YEAR = "SELECT y.state FROM budget.fiscal_year AS y WHERE y.fiscal_year = :fiscal_year"
READ_YEAR, HOLD_YEAR = sa.text(YEAR), sa.text(f"{YEAR} FOR SHARE")
# What adds to what was voted before.
VOTES_MONEY = frozenset({ChangeKind.SUPPLEMENT, ChangeKind.INCLUSION})
REVERSED_ONCE = "change_reversed_once"


def lock(uow: UnitOfWork, document_id: uuid.UUID) -> dict[uuid.UUID, Change]:
    """Lock the document and the one that it names; return them by id."""
    wanted = {"document_id": document_id}
    rows = uow.connection.execute(LOCK, wanted).mappings().all()
    if any(row["revision"] != row["seen_revision"] for row in rows):
        rows = uow.connection.execute(LOCK, wanted).mappings().all()
    found = {}
    for row in rows:
        fields = dict(row)
        assert fields.pop("seen_revision") == fields["revision"], "the lines are of the locked row"
        found[fields["document_id"]] = change_of(fields)
    return found


def change_of(fields: dict[str, Any]) -> Change:
    """Make the value of one row of CHANGE_COLUMNS."""
    return msgspec.convert(fields, Change)


def insert(uow: UnitOfWork, change: Change) -> None:
    """Write a new draft with its lines; raise AlreadyReversed for a second reversal."""
    try:
        uow.connection.execute(INSERT, _content(uow, change))
    except sa.exc.IntegrityError as error:
        if getattr(getattr(error.orig, "diag", None), "constraint_name", "") == REVERSED_ONCE:
            raise AlreadyReversed(label=change.label, reason=N_("已有沖回文件")) from error
        raise


def rewrite(uow: UnitOfWork, change: Change) -> None:
    """Write the changed draft and its new lines (two round trips: the old lines go first)."""
    uow.connection.execute(CLEAR_LINES, {"document_id": change.document_id})
    uow.connection.execute(REWRITE, _content(uow, change))


def save_state(
    uow: UnitOfWork,
    change: Change,
    effects: Sequence[RowEffect] | None = None,
    revenues: Sequence[RevenueEffect] = (),
) -> None:
    """Save state, number, decision and, when it was posted, the arithmetic that was met."""
    encoded = None if effects is None else msgspec.json.encode(effects).decode()
    uow.connection.execute(
        SAVE_STATE,
        {
            "document_id": change.document_id,
            "state": str(change.state),
            "change_no": change.change_no,
            "act_no": change.act_no,
            "agreed_by": change.agreed_by,
            "agreed_for": change.agreed_for,
            "agreed_by_name": change.agreed_by_name,
            "supervisor_code": change.supervisor_code,
            "supervisor_name": change.supervisor_name,
            "endorsed_by": change.endorsed_by,
            "endorsed_for": change.endorsed_for,
            "endorsed_by_name": change.endorsed_by_name,
            "writers": list(change.writers),
            "posted_by_name": change.posted_by_name,
            "return_reason": change.return_reason,
            "effects": encoded,
            "revenue_effects": msgspec.json.encode(revenues).decode() if revenues else None,
            "today": uow.business_date,
            "now": uow.now,
        },
    )


def mark_reversed(uow: UnitOfWork, change: Change) -> Change:
    """Say of a posted document that another one took it back."""
    reversed_ = msgspec.structs.replace(change, state=ChangeState.REVERSED)
    save_state(uow, reversed_)
    return reversed_


def circumstances(
    uow: UnitOfWork, change: Change, *, advance: Change | None, hold: bool
) -> Circumstances:
    """Return what the rules ask besides the rows; with ``hold`` under the locks of a decision."""
    statement = HOLD_YEAR if hold else READ_YEAR
    state = uow.connection.execute(
        statement, {"fiscal_year": change.fiscal_year}
    ).scalar_one_or_none()
    moved = uow.connection.execute(STANDING, {"ids": change.row_ids}).all()
    advance_id = change.advance_id or change.reverses_id
    stands = advance is not None and advance.state is ChangeState.POSTED
    return Circumstances(
        year_state=state or "",
        business_year=uow.fiscal_year,
        month=_month(uow, change.fiscal_year),
        binds_to_date=commit_basis(uow) == CommitBasis.ALLOTTED,
        vired_in={row.control_row_id: row.vired_in_ntd for row in moved},
        vired_out={row.control_row_id: row.vired_out_ntd for row in moved},
        pooled={row.control_row_id: row.pooled_ntd for row in moved},
        reduced={row.control_row_id: row.reduced_ntd for row in moved},
        unallotted=_unallotted(uow, change),
        advance_agency=_advance_agency(uow, change, advance) if advance is not None else "",
        advanced_ntd=advance.amount_ntd if advance is not None and stands else None,
        included_ntd=included_ntd(uow, advance_id) if advance_id else 0,
        reserves=_reserves(uow, change),
    )


def _reserves(uow: UnitOfWork, change: Change) -> tuple[AgencyReserve, ...]:
    """Return the first reserves that the document may raise: none where it votes nothing new."""
    if change.kind not in VOTES_MONEY or change.reverses_id is not None:
        return ()
    agencies = sorted({line.agency_code for line in change.expenditures})
    return tuple(reserves_now(uow, fiscal_year=change.fiscal_year, agencies=agencies))


def _month(uow: UnitOfWork, fiscal_year: int) -> int:
    """Return the last month of the year that has begun: none before it, all after it."""
    if uow.fiscal_year != fiscal_year:
        return 12 if uow.fiscal_year > fiscal_year else 0
    return uow.business_date.month


def _unallotted(uow: UnitOfWork, change: Change) -> frozenset[str]:
    agencies = sorted({line.agency_code for line in change.lines if line.month})
    if not agencies:
        return frozenset()
    asked = {"agencies": agencies, "fiscal_year": change.fiscal_year}
    return frozenset(uow.connection.execute(UNALLOTTED, asked).scalars())


def _advance_agency(uow: UnitOfWork, change: Change, advance: Change) -> str:
    """Return whose advance is included; "" where that agency has no budget in the year any more.

    Then the one that came in its place includes it.
    """
    asked = {"agency_code": advance.agency_code, "fiscal_year": change.fiscal_year}
    stands: bool = uow.connection.execute(HAS_BUDGET, asked).scalar_one()
    return advance.agency_code if stands else ""


def included_ntd(uow: UnitOfWork, advance_id: uuid.UUID) -> int:
    """Return what of an advance is in the budget by now."""
    total: int = uow.connection.execute(INCLUDED, {"advance_id": advance_id}).scalar_one()
    return total


def _encoded(use: ReserveUse | None) -> str | None:
    return None if use is None else msgspec.json.encode(use).decode()


def _content(uow: UnitOfWork, change: Change) -> dict[str, Any]:
    return {
        "document_id": change.document_id,
        "fiscal_year": change.fiscal_year,
        "agency_code": change.agency_code,
        "agency_name": change.agency_name,
        "kind": str(change.kind),
        "state": str(change.state),
        "purpose": change.purpose,
        "ground": change.ground,
        "amount_ntd": change.amount_ntd,
        "reverses_id": change.reverses_id,
        "advance_id": change.advance_id,
        "created_by": change.created_by,
        "created_by_name": change.created_by_name,
        "created_for": change.created_for,
        "writers": list(change.writers),
        "now": uow.now,
        "reserve_use": _encoded(change.reserve_use),
        "lines": msgspec.json.encode(change.lines).decode(),
    }

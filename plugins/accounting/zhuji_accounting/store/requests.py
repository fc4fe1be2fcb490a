"""SQL that writes spending requests. Each function is one round trip."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from zhuji_accounting.domain.refusals import DUPLICATE_FIELDS, DuplicateRequest
from zhuji_accounting.domain.request import Period, SpendingRequest
from zhuji_core.db.hot import HotStatement
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_, Value

# First key of the advisory lock of a period; the second is fiscal year × 100 + period.
PERIOD_GATE = 105_0315

REQUEST_COLUMNS = """
    r.request_id, r.fiscal_year, r.agency_code, r.agency_name, r.state, r.kind, r.purpose, r.basis,
    r.payee, r.duplicate_reason, COALESCE(r.request_no, 0) AS request_no, r.created_by,
    r.created_by_name, r.approved_by, r.approved_by_name, r.return_reason, r.revision,
    r.created_for, r.approved_for, r.supplements_id, r.supplements_label, r.hold_until,
    r.contract_no, r.contractor, r.brought, r.origin_year, r.continues_id, r.continues_label,
    r.creditor_id,
    (SELECT COALESCE(json_agg(json_build_object(
                'line_no', l.line_no, 'control_row_id', l.control_row_id,
                'line_code', l.line_code, 'line_name', l.line_name,
                'object_code', l.object_code, 'object_name', l.object_name,
                'account', l.account, 'detail_object_code', l.detail_object_code,
                'description', l.description, 'amount_ntd', l.amount_ntd,
                'released_ntd', l.released_ntd,
                'claimed_ntd', l.claimed_ntd,
                'advanced_ntd', l.advanced_ntd) ORDER BY l.line_no), '[]')
       FROM accounting.request_line AS l WHERE l.request_id = r.request_id) AS lines
"""

# Documents are locked in order of id, before control rows and numbers (core/docs/locks.md). The
# lines come with the request as one JSON column, and whether the period is closed as another:
# one round trip for a batch of any size.
#
# A row that was waited for is read as its last writer left it, but its lines are still those of
# this statement's snapshot. ``seen_revision`` is the snapshot's too: where it differs, ``lock``
# reads again. The gate is shared by all acts of a period and taken alone to close it
# (``store/periods.py``): a month is not closed while something is being certified in it.
LOCK = HotStatement(f"""
    SELECT {REQUEST_COLUMNS},
           (SELECT s.revision
              FROM accounting.spending_request AS s
             WHERE s.request_id = r.request_id) AS seen_revision,
           EXISTS (SELECT FROM accounting.closed_period AS p
                    WHERE p.fiscal_year = :fiscal_year AND p.period = :period
                      AND p.agency_code IN (r.agency_code, '')) AS period_closed
      FROM accounting.spending_request AS r
     CROSS JOIN (SELECT pg_advisory_xact_lock_shared(
                            {PERIOD_GATE}, CAST(:fiscal_year * 100 + :period AS integer))) AS gate
     WHERE r.request_id = ANY(:ids)
     ORDER BY r.request_id
       FOR NO KEY UPDATE OF r
""")

INSERT = sa.text("""
    WITH request AS (
        INSERT INTO accounting.spending_request
               (request_id, fiscal_year, agency_code, agency_name, state, kind, purpose, basis,
                payee, duplicate_reason, amount_ntd, created_by, created_by_name, created_at,
                created_for, supplements_id, supplements_label, hold_until)
        VALUES (:request_id, :fiscal_year, :agency_code, :agency_name, :state, :kind, :purpose,
                :basis, :payee, :duplicate_reason, :amount_ntd, :created_by, :created_by_name,
                :now, :created_for, :supplements_id, :supplements_label, :hold_until)
    )
    INSERT INTO accounting.request_line
           (request_id, line_no, control_row_id, line_code, line_name, object_code, object_name,
            account, detail_object_code, description, amount_ntd)
    SELECT :request_id, l.line_no, l.control_row_id, l.line_code, l.line_name, l.object_code,
           l.object_name, l.account, l.detail_object_code, l.description, l.amount_ntd
      FROM jsonb_to_recordset(CAST(:lines AS jsonb))
           AS l (line_no integer, control_row_id uuid, line_code text, line_name text,
                 object_code text, object_name text, account text, detail_object_code text,
                 description text, amount_ntd bigint)
""")

# Lines of a request that was never certified are replaced: nothing refers to them yet.
CLEAR_LINES = sa.text("DELETE FROM accounting.request_line WHERE request_id = :request_id")
REWRITE = sa.text("""
    WITH request AS (
        UPDATE accounting.spending_request
           SET kind = :kind, purpose = :purpose, basis = :basis, payee = :payee,
               duplicate_reason = :duplicate_reason, amount_ntd = :amount_ntd,
               hold_until = :hold_until,
               revision = revision + 1
         WHERE request_id = :request_id
    )
    INSERT INTO accounting.request_line
           (request_id, line_no, control_row_id, line_code, line_name, object_code, object_name,
            account, detail_object_code, description, amount_ntd)
    SELECT :request_id, l.line_no, l.control_row_id, l.line_code, l.line_name, l.object_code,
           l.object_name, l.account, l.detail_object_code, l.description, l.amount_ntd
      FROM jsonb_to_recordset(CAST(:lines AS jsonb))
           AS l (line_no integer, control_row_id uuid, line_code text, line_name text,
                 object_code text, object_name text, account text, detail_object_code text,
                 description text, amount_ntd bigint)
""")

# By id as well: for a list of unknown length alone the planner reads the whole table to find a row.
SAVE_STATES = sa.text("""
    UPDATE accounting.spending_request AS r
       SET state = s.state, request_no = NULLIF(s.request_no, 0),
           submitted_at = CASE WHEN s.request_no = 0 THEN NULL
                               ELSE COALESCE(r.submitted_at, :now) END,
           content_digest = decode(s.content_digest, 'hex'),
           approved_by = s.approved_by, approved_by_name = s.approved_by_name,
           approved_for = s.approved_for,
           approved_at = CASE WHEN s.approved_by IS NULL THEN NULL
                              ELSE COALESCE(r.approved_at, :now) END,
           return_reason = s.return_reason, duplicate_reason = s.duplicate_reason,
           revision = r.revision + 1
      FROM jsonb_to_recordset(CAST(:states AS jsonb))
           AS s (request_id uuid, state text, request_no integer, content_digest text,
                 approved_by uuid, approved_by_name text, approved_for uuid, return_reason text,
                 duplicate_reason text)
     WHERE r.request_id = s.request_id
       AND r.request_id = ANY(:ids)
""")

SAVE_HOLD = sa.text("""
    UPDATE accounting.spending_request
       SET hold_until = :hold_until, revision = revision + 1
     WHERE request_id = :request_id
""")

# For the message only: what forbids two open requests of one content is the unique index
# spending_request_content_once, which also holds when two are submitted in the same moment.
DUPLICATE = sa.text("""
    SELECT r.fiscal_year, r.request_no
      FROM accounting.spending_request AS r
     WHERE r.agency_code = :agency_code AND r.fiscal_year = :fiscal_year
       AND r.content_digest = :content_digest AND r.request_id <> :request_id
       AND r.state IN ('submitted', 'unit_approved', 'certified')
     LIMIT 1
""")
CONTENT_ONCE = "spending_request_content_once"


class LockedRequest(Value, frozen=True, kw_only=True):
    """A locked request, and whether the asked period is closed for its agency."""

    request: SpendingRequest
    period_closed: bool


YEAR_OF = sa.text("""
    SELECT r.fiscal_year FROM accounting.spending_request AS r WHERE r.request_id = :request_id
""")


def year_of(uow: UnitOfWork, request_id: uuid.UUID) -> int | None:
    """Return the request's fiscal year, which never changes; None: there is none."""
    year: int | None = uow.connection.execute(
        YEAR_OF, {"request_id": request_id}
    ).scalar_one_or_none()
    return year


def lock(
    uow: UnitOfWork, request_ids: Sequence[uuid.UUID], *, period: Period
) -> dict[uuid.UUID, LockedRequest]:
    """Lock the requests that exist, in order of id; ``period`` is the one of the act.

    Reads a second time, with the locks held, when somebody else's change was waited for.
    """
    wanted = {
        "ids": list(request_ids),
        "fiscal_year": period.fiscal_year,
        "period": period.period,
    }
    rows = LOCK.rows(uow.connection, wanted)
    if any(row["revision"] != row["seen_revision"] for row in rows):
        rows = LOCK.rows(uow.connection, wanted)
    return {row["request_id"]: _locked(row) for row in rows}


def _locked(row: dict[str, Any]) -> LockedRequest:
    period_closed, seen_revision = row.pop("period_closed"), row.pop("seen_revision")
    assert seen_revision == row["revision"], "the lines belong to the locked request"
    return LockedRequest(request=request_of(row), period_closed=period_closed)


def request_of(row: dict[str, Any]) -> SpendingRequest:
    """Make the value of one row of REQUEST_COLUMNS."""
    return msgspec.convert(row, SpendingRequest)


def insert(uow: UnitOfWork, request: SpendingRequest) -> None:
    """Write a new draft with its lines."""
    uow.connection.execute(INSERT, _columns(uow, request))


def rewrite(uow: UnitOfWork, request: SpendingRequest) -> None:
    """Write the changed draft and its new lines (two round trips: the old lines go first)."""
    uow.connection.execute(CLEAR_LINES, {"request_id": request.request_id})
    uow.connection.execute(REWRITE, _columns(uow, request))


def save_states(uow: UnitOfWork, requests: Sequence[SpendingRequest]) -> None:
    """Save state, number, approval and reason of locked requests.

    Raises DuplicateRequest when another open request has the same content.
    """
    states = [
        {
            "request_id": request.request_id,
            "state": str(request.state),
            "request_no": request.request_no,
            "content_digest": request.content_digest.hex(),
            "approved_by": request.approved_by,
            "approved_by_name": request.approved_by_name,
            "approved_for": request.approved_for,
            "return_reason": request.return_reason,
            "duplicate_reason": request.duplicate_reason,
        }
        for request in requests
    ]
    try:
        result = uow.connection.execute(
            SAVE_STATES,
            {
                "states": msgspec.json.encode(states).decode(),
                "ids": [one["request_id"] for one in states],
                "now": uow.now,
            },
        )
    except sa.exc.IntegrityError as error:
        if getattr(getattr(error.orig, "diag", None), "constraint_name", "") == CONTENT_ONCE:
            raise DuplicateRequest(other=N_("（剛送出者）"), fields=DUPLICATE_FIELDS) from error
        raise
    assert result.rowcount == len(requests), "the rows are locked by lock()"


def save_hold(uow: UnitOfWork, request: SpendingRequest) -> None:
    """Save until when the locked request is held."""
    given = {"request_id": request.request_id, "hold_until": request.hold_until}
    uow.connection.execute(SAVE_HOLD, given)


def duplicate_of(uow: UnitOfWork, request: SpendingRequest) -> str:
    """Return the number of an open request with the same content, or an empty text."""
    row = uow.connection.execute(
        DUPLICATE,
        {
            "agency_code": request.agency_code,
            "fiscal_year": request.fiscal_year,
            "content_digest": request.content_digest,
            "request_id": request.request_id,
        },
    ).one_or_none()
    return "" if row is None else f"{row.fiscal_year}{row.request_no:05}"


def _columns(uow: UnitOfWork, request: SpendingRequest) -> dict[str, Any]:
    return {
        "request_id": request.request_id,
        "fiscal_year": request.fiscal_year,
        "agency_code": request.agency_code,
        "agency_name": request.agency_name,
        "state": str(request.state),
        "kind": str(request.kind),
        "purpose": request.purpose,
        "basis": request.basis,
        "payee": request.payee,
        "duplicate_reason": request.duplicate_reason,
        "amount_ntd": request.amount_ntd,
        "created_by": request.created_by,
        "created_by_name": request.created_by_name,
        "created_for": request.created_for,
        "supplements_id": request.supplements_id,
        "supplements_label": request.supplements_label,
        "hold_until": request.hold_until,
        "now": uow.now,
        "lines": msgspec.json.encode(request.lines).decode(),
    }

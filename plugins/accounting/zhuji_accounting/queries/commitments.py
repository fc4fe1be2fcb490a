"""A commitment as it stands: a request, its supplements, and who holds what until when."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import msgspec
import sqlalchemy as sa

from zhuji_accounting.domain.commitments.award import Award
from zhuji_accounting.domain.request import SpendingRequest
from zhuji_accounting.permissions import READ_REQUESTS
from zhuji_accounting.store.requests import REQUEST_COLUMNS, request_of
from zhuji_core.contracts.requests import CommitmentNote
from zhuji_core.uow import UnitOfWork

PARTS_MAX = 200  # supplements of one request that a page shows

# The origin first: its id is older than those of its supplements.
PARTS = sa.text(f"""
    SELECT {REQUEST_COLUMNS}
      FROM accounting.spending_request AS r
     WHERE (r.request_id = :origin OR r.supplements_id = :origin)
       AND r.state <> 'withdrawn' AND (r.state <> 'draft' OR r.created_by = :actor_id)
     ORDER BY r.request_id
     LIMIT {PARTS_MAX}
""")


def parts_of(uow: UnitOfWork, request: SpendingRequest) -> Sequence[SpendingRequest]:
    """Return the whole commitment of ``request``: the request it adds to, and all supplements.

    All are of one agency, so whoever may read one may read the others; others' drafts are not
    shown.
    """
    origin = request.supplements_id or request.request_id
    rows = uow.connection.execute(PARTS, {"origin": origin, "actor_id": uow.actor.user_id})
    return [request_of(dict(row)) for row in rows.mappings()]


AWARD = sa.text("""
    SELECT a.award_id, a.request_id, a.business_date, a.awarded_by, a.awarded_by_name,
           json_build_object('contract_no', a.contract_no, 'contractor', a.contractor,
                             'tax_id', a.tax_id, 'awarded_on', a.awarded_on,
                             'due_on', a.due_on) AS contract,
           (SELECT json_agg(json_build_object('line_no', l.line_no, 'awarded_ntd', l.awarded_ntd,
                                              'surplus_ntd', l.surplus_ntd) ORDER BY l.line_no)
              FROM accounting.award_line AS l WHERE l.award_id = a.award_id) AS lines
      FROM accounting.award AS a
     WHERE a.request_id = :request_id
""")
ORIGIN = sa.text("""
    SELECT r.contract_no, r.contractor
      FROM accounting.spending_request AS r
     WHERE r.request_id = :request_id AND r.contract_no <> ''
""")


def award_of(uow: UnitOfWork, request_id: uuid.UUID) -> Award | None:
    """Return the award of a request that the actor may read, or None."""
    row = uow.connection.execute(AWARD, {"request_id": request_id}).mappings().one_or_none()
    return None if row is None else msgspec.convert(dict(row), Award)


def contract_of_origin(uow: UnitOfWork, request: SpendingRequest) -> tuple[str, str] | None:
    """Return number and contractor of the contract that a supplement adds to, or None."""
    if request.supplements_id is None:
        return None
    given = {"request_id": request.supplements_id}
    row = uow.connection.execute(ORIGIN, given).one_or_none()
    return None if row is None else (row.contract_no, row.contractor)


# Whose money a budget line holds; what is closed holds nothing.
NOTES = sa.text("""
    SELECT r.request_id AS document_id, r.agency_code, r.created_by_name AS held_by,
           CASE WHEN r.contract_no = '' THEN r.payee
                ELSE r.contractor || '（' || r.contract_no || '）' END AS held_for,
           COALESCE(r.hold_until, make_date(r.fiscal_year + 1911, 12, 31)) AS held_until
      FROM accounting.spending_request AS r
     WHERE r.request_id = ANY(:ids) AND r.state = 'certified'
     ORDER BY r.request_id
     LIMIT 1000
""")


def notes_of(uow: UnitOfWork, document_ids: Sequence[uuid.UUID]) -> list[CommitmentNote]:
    """Say of the requests among these, that the actor may read, who asked and until when."""
    rows = uow.connection.execute(NOTES, {"ids": list(document_ids)}).mappings()
    return [
        CommitmentNote(**{name: row[name] for name in CommitmentNote.__struct_fields__})
        for row in rows
        if uow.actor.may(READ_REQUESTS, agency_code=row["agency_code"])
    ]

"""SQL that writes the requests of former years: made by the end of a year, undone with it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence

import msgspec
import sqlalchemy as sa

from zhuji_accounting.domain.carries.brought import Continued
from zhuji_accounting.domain.request import SpendingRequest
from zhuji_core.uow import UnitOfWork

# All of one end at once. What a request says of itself goes on with it: its purpose, its people.
INSERT = sa.text("""
    INSERT INTO accounting.spending_request
           (request_id, fiscal_year, agency_code, agency_name, request_no, state, kind, purpose,
            basis, payee, duplicate_reason, amount_ntd, created_by, created_by_name, created_for,
            created_at, submitted_at, approved_by, approved_by_name, approved_for, approved_at,
            contract_no, contractor, brought, origin_year, continues_id, continues_label,
            creditor_id)
    SELECT g.request_id, :fiscal_year, r.agency_code, r.agency_name, g.request_no, 'certified',
           r.kind, r.purpose, r.basis,
           CASE WHEN g.creditor = '' THEN r.payee ELSE g.creditor END, '', g.amount_ntd,
           r.created_by, r.created_by_name, r.created_for, :now, :now, r.approved_by,
           r.approved_by_name, r.approved_for, r.approved_at, r.contract_no, r.contractor,
           g.brought, g.origin_year, r.request_id, g.continues_label, g.creditor_id
      FROM jsonb_to_recordset(CAST(:requests AS jsonb))
           AS g (request_id uuid, request_no integer, continues_id uuid, continues_label text,
                 brought text, origin_year integer, amount_ntd bigint, creditor text,
                 creditor_id text)
      JOIN accounting.spending_request AS r ON r.request_id = g.continues_id
""")
LINES = sa.text("""
    INSERT INTO accounting.request_line
           (request_id, line_no, control_row_id, line_code, line_name, object_code, object_name,
            account, detail_object_code, description, amount_ntd)
    SELECT g.request_id, l.line_no, g.control_row_id, l.line_code, l.line_name, l.object_code,
           l.object_name, l.account, l.detail_object_code, l.description, g.amount_ntd
      FROM jsonb_to_recordset(CAST(:lines AS jsonb))
           AS g (request_id uuid, continues_id uuid, line_no integer, control_row_id uuid,
                 amount_ntd bigint)
      JOIN accounting.request_line AS l
        ON l.request_id = g.continues_id AND l.line_no = g.line_no
""")
# Locked first and read afterwards: what was waited for is read as it is left.
LOCK = sa.text("""
    SELECT r.request_id
      FROM accounting.spending_request AS r
     WHERE r.agency_code = :agency_code AND r.fiscal_year = :fiscal_year AND r.brought <> ''
       AND r.state IN ('certified', 'closed')
     ORDER BY r.request_id
       FOR NO KEY UPDATE
""")
WITHDRAW = sa.text("""
    UPDATE accounting.spending_request AS r
       SET state = 'withdrawn', return_reason = :reason, revision = r.revision + 1
     WHERE r.request_id = ANY(:ids)
""")


def insert(
    uow: UnitOfWork, continued: Sequence[Continued], rows: Mapping[uuid.UUID, uuid.UUID]
) -> None:
    """Write the requests; ``rows`` tells for each control row the one of the new year."""
    if not continued:
        return
    requests = [
        {
            "request_id": one.request_id,
            "request_no": one.request_no,
            "continues_id": one.first.request_id,
            "continues_label": one.first.request_label,
            "brought": str(one.first.brought),
            "origin_year": one.first.origin_year,
            "amount_ntd": one.amount_ntd,
            "creditor": one.first.creditor,
            "creditor_id": one.first.creditor_id,
        }
        for one in continued
    ]
    lines = [
        {
            "request_id": one.request_id,
            "continues_id": line.request_id,
            "line_no": line.line_no,
            "control_row_id": rows[line.control_row_id],
            "amount_ntd": line.amount_ntd,
        }
        for one in continued
        for line in one.lines
    ]
    made = uow.connection.execute(
        INSERT,
        {
            "fiscal_year": continued[0].fiscal_year,
            "now": uow.now,
            "requests": msgspec.json.encode(requests).decode(),
        },
    )
    assert made.rowcount == len(requests), "each continues a request that exists"
    written = uow.connection.execute(LINES, {"lines": msgspec.json.encode(lines).decode()})
    assert written.rowcount == len(lines), "each line continues a line that exists"


def lock(uow: UnitOfWork, *, agency_code: str, fiscal_year: int) -> None:
    """Lock the agency's requests of former years that go on in ``fiscal_year``, in order of id."""
    uow.connection.execute(LOCK, {"agency_code": agency_code, "fiscal_year": fiscal_year})


def withdraw(uow: UnitOfWork, requests: Sequence[SpendingRequest], *, reason: str) -> None:
    """Write that these go on no more: the year that they come from is open again."""
    ids = [one.request_id for one in requests]
    done = uow.connection.execute(WITHDRAW, {"ids": ids, "reason": reason})
    assert done.rowcount == len(ids), "the rows are locked"

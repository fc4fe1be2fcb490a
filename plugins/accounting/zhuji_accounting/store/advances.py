"""SQL that writes advances. An advance is written whole: the lines of a draft are replaced."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

import msgspec
import sqlalchemy as sa

from zhuji_accounting.domain.advances.advance import Advance, AdvanceState, advance_label
from zhuji_accounting.domain.request import SpendingRequest
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import Value

OTHERS_MAX = 20  # of one receiver, named in the refusal

ADVANCE_COLUMNS = """
    a.advance_id, a.fiscal_year, a.agency_code, a.agency_name, a.state, a.kind, a.request_id,
    a.request_label, a.memo, a.settle_by, a.receiver_name, a.receiver_id, a.bank_code,
    a.branch_code, a.account_no, a.contract_no, a.open_reason,
    COALESCE(a.advance_no, 0) AS advance_no, a.created_by, a.created_by_name, a.created_for,
    a.approval, a."grant", a.granted_on,
    a.return_reason, a.revision,
    (SELECT COALESCE(json_agg(to_jsonb(l) - 'advance_id' - 'request_id' ORDER BY l.line_no), '[]')
       FROM accounting.advance_line AS l WHERE l.advance_id = a.advance_id) AS lines
"""
# The row is locked first and read afterwards: one that was waited for is read as it is left.
LOCK = sa.text("""
    SELECT a.advance_id FROM accounting.advance AS a
     WHERE a.advance_id = :advance_id
       FOR NO KEY UPDATE
""")
READ = sa.text(
    f"SELECT {ADVANCE_COLUMNS} FROM accounting.advance AS a WHERE a.advance_id = :advance_id"
)
REQUEST = sa.text(
    "SELECT a.request_id FROM accounting.advance AS a WHERE a.advance_id = :advance_id"
)
INSERT = sa.text("""
    INSERT INTO accounting.advance
           (advance_id, fiscal_year, agency_code, agency_name, state, kind, request_id,
            request_label, memo, settle_by, receiver_name, receiver_id, bank_code, branch_code,
            account_no, contract_no, open_reason, amount_ntd, created_by, created_by_name,
            created_for, created_at)
    VALUES (:advance_id, :fiscal_year, :agency_code, :agency_name, :state, :kind, :request_id,
            :request_label, :memo, :settle_by, :receiver_name, :receiver_id, :bank_code,
            :branch_code, :account_no, :contract_no, :open_reason, :amount_ntd, :created_by,
            :created_by_name, :created_for, :now)
""")
REWRITE = sa.text("""
    UPDATE accounting.advance
       SET kind = :kind, request_id = :request_id, request_label = :request_label, memo = :memo,
           settle_by = :settle_by, receiver_name = :receiver_name, receiver_id = :receiver_id,
           bank_code = :bank_code, branch_code = :branch_code, account_no = :account_no,
           contract_no = :contract_no, open_reason = :open_reason, amount_ntd = :amount_ntd,
           revision = revision + 1
     WHERE advance_id = :advance_id
""")
CLEAR = sa.text("DELETE FROM accounting.advance_line WHERE advance_id = :advance_id")
LINES = sa.text("""
    INSERT INTO accounting.advance_line
           (advance_id, line_no, request_id, request_line_no, control_row_id, line_code, line_name,
            object_code, object_name, account, detail_object_code, amount_ntd)
    SELECT :advance_id, l.line_no, :request_id, l.request_line_no, l.control_row_id, l.line_code,
           l.line_name, l.object_code, l.object_name, l.account, l.detail_object_code, l.amount_ntd
      FROM jsonb_to_recordset(CAST(:lines AS jsonb))
           AS l (line_no integer, request_line_no integer, control_row_id uuid, line_code text,
                 line_name text, object_code text, object_name text, account text,
                 detail_object_code text, amount_ntd bigint)
""")
SAVE = sa.text("""
    UPDATE accounting.advance
       SET state = :state, advance_no = NULLIF(:advance_no, 0), return_reason = :return_reason,
           submitted_at = CASE WHEN :advance_no = 0 THEN NULL
                               ELSE COALESCE(submitted_at, :now) END,
           approval = CAST(:approval AS jsonb), "grant" = CAST(:grant AS jsonb),
           granted_on = :granted_on, revision = revision + 1
     WHERE advance_id = :advance_id
""")
TAKEN = sa.text("""
    WITH lines AS (
        UPDATE accounting.request_line AS l
           SET advanced_ntd = l.advanced_ntd + g.amount_ntd
          FROM jsonb_to_recordset(CAST(:lines AS jsonb))
               AS g (request_line_no integer, amount_ntd bigint)
         WHERE l.request_id = :request_id AND l.line_no = g.request_line_no
    )
    UPDATE accounting.spending_request
       SET state = :state, revision = revision + 1
     WHERE request_id = :request_id
""")
ANSWERED = sa.text("""
    WITH lines AS (
        UPDATE accounting.advance_line AS l
           SET settled_ntd = g.settled_ntd, returned_ntd = g.returned_ntd
          FROM jsonb_to_recordset(CAST(:lines AS jsonb))
               AS g (line_no integer, settled_ntd bigint, returned_ntd bigint)
         WHERE l.advance_id = :advance_id AND l.line_no = g.line_no
    )
    UPDATE accounting.advance
       SET state = :state, revision = revision + 1
     WHERE advance_id = :advance_id
""")
# The same receiver: by the number where both have one, else by the name. Petty cash is not due.
OVERDUE = sa.text(f"""
    SELECT a.advance_id, a.fiscal_year, COALESCE(a.advance_no, 0) AS advance_no, a.settle_by,
           (SELECT sum(l.amount_ntd - l.settled_ntd - l.returned_ntd)
              FROM accounting.advance_line AS l
             WHERE l.advance_id = a.advance_id)::bigint AS outstanding_ntd
      FROM accounting.advance AS a
     WHERE a.state = 'granted' AND a.agency_code = :agency_code AND a.settle_by < :today
       AND a.advance_id <> :advance_id AND a.kind <> 'petty_cash'
       AND CASE WHEN :receiver_id <> '' AND a.receiver_id <> ''
                THEN a.receiver_id = :receiver_id ELSE a.receiver_name = :receiver_name END
     ORDER BY a.settle_by, a.advance_id
     LIMIT {OTHERS_MAX}
""")


class OverdueAdvance(Value, frozen=True, kw_only=True):
    """An advance that should have been settled."""

    advance_id: uuid.UUID
    fiscal_year: int
    advance_no: int
    settle_by: dt.date
    outstanding_ntd: int

    @property
    def label(self) -> str:
        return advance_label(self.fiscal_year, self.advance_no, self.advance_id)


def request_of(uow: UnitOfWork, advance_id: uuid.UUID) -> uuid.UUID | None:
    """Return the request that the advance draws on, which is locked before it."""
    found = uow.connection.execute(REQUEST, {"advance_id": advance_id}).scalar_one_or_none()
    return None if found is None else uuid.UUID(str(found))


def lock(uow: UnitOfWork, advance_id: uuid.UUID) -> Advance | None:
    """Lock the advance and read it as it stands, or return None."""
    if uow.connection.execute(LOCK, {"advance_id": advance_id}).one_or_none() is None:
        return None
    row = uow.connection.execute(READ, {"advance_id": advance_id}).mappings().one()
    return advance_of_row(dict(row))


def advance_of_row(row: Mapping[str, Any]) -> Advance:
    """Make the value of one row of ADVANCE_COLUMNS; further columns are left out."""
    return msgspec.convert({name: row[name] for name in Advance.__struct_fields__}, Advance)


def insert(uow: UnitOfWork, advance: Advance) -> None:
    """Write a new draft with its lines."""
    uow.connection.execute(INSERT, _columns(uow, advance))
    _write_lines(uow, advance)


def rewrite(uow: UnitOfWork, advance: Advance) -> None:
    """Write the changed draft and its lines anew."""
    uow.connection.execute(CLEAR, {"advance_id": advance.advance_id})
    uow.connection.execute(REWRITE, _columns(uow, advance))
    _write_lines(uow, advance)


def save(uow: UnitOfWork, advance: Advance) -> None:
    """Save state, number, signers and reason of the locked advance."""
    uow.connection.execute(
        SAVE,
        {
            "advance_id": advance.advance_id,
            "state": str(advance.state),
            "advance_no": advance.advance_no,
            "return_reason": advance.return_reason,
            "approval": _json(advance.approval),
            "grant": _json(advance.grant),
            "granted_on": advance.granted_on,
            "now": uow.now,
        },
    )


def take_from(uow: UnitOfWork, request: SpendingRequest, amounts_ntd: Mapping[int, int]) -> None:
    """Add ``amounts_ntd`` (line number → NT dollars) to what the locked request has advanced."""
    lines = [
        {"request_line_no": line_no, "amount_ntd": amount_ntd}
        for line_no, amount_ntd in sorted(amounts_ntd.items())
    ]
    uow.connection.execute(
        TAKEN,
        {
            "request_id": request.request_id,
            "state": str(request.state),
            "lines": msgspec.json.encode(lines).decode(),
        },
    )


def save_answered(uow: UnitOfWork, advance: Advance) -> None:
    """Save what became of the locked advance, and its state."""
    uow.connection.execute(
        ANSWERED,
        {
            "advance_id": advance.advance_id,
            "state": str(advance.state),
            "lines": msgspec.json.encode(advance.lines).decode(),
        },
    )


def overdue_of_receiver(uow: UnitOfWork, advance: Advance) -> list[OverdueAdvance]:
    """Return other advances of the receiver that should have been settled, oldest first."""
    rows = uow.connection.execute(
        OVERDUE,
        {
            "agency_code": advance.agency_code,
            "advance_id": advance.advance_id,
            "receiver_id": advance.receiver_id,
            "receiver_name": advance.receiver_name,
            "today": uow.business_date,
        },
    )
    return [OverdueAdvance(**row) for row in rows.mappings()]


def _json(value: msgspec.Struct | None) -> str | None:
    return None if value is None else msgspec.json.encode(value).decode()


def _write_lines(uow: UnitOfWork, advance: Advance) -> None:
    uow.connection.execute(
        LINES,
        {
            "advance_id": advance.advance_id,
            "request_id": advance.request_id,
            "lines": msgspec.json.encode(advance.lines).decode(),
        },
    )


def _columns(uow: UnitOfWork, advance: Advance) -> dict[str, Any]:
    names = (
        "advance_id", "fiscal_year", "agency_code", "agency_name", "request_id", "request_label",
        "memo", "settle_by", "receiver_name", "receiver_id", "bank_code", "branch_code",
        "account_no", "contract_no", "open_reason", "amount_ntd", "created_by", "created_by_name",
        "created_for",
    )  # fmt: skip
    assert advance.state in {AdvanceState.DRAFT, AdvanceState.RETURNED}, "only drafts are written"
    return {
        **{name: getattr(advance, name) for name in names},
        "state": str(advance.state),
        "kind": str(advance.kind),
        "now": uow.now,
    }

"""SQL that writes carry-over requests, and what a decision leaves of their spending request."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from zhuji_accounting.domain.carries.carry_over import CarryOver, carry_label
from zhuji_accounting.domain.carries.refusals import CarryTwice
from zhuji_accounting.domain.request import SpendingRequest
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_

CARRY_COLUMNS = """
    c.carry_id, c.fiscal_year, c.agency_code, c.agency_name, c.state,
    COALESCE(c.carry_no, 0) AS carry_no, c.request_id, c.request_label, c.reason, c.evidence,
    c.creditor, c.creditor_id, c.contract_no, c.created_by, c.created_by_name, c.created_for,
    c.review, c.decision, c.decided_on, c.decision_note, c.return_reason, c.revision,
    (SELECT COALESCE(json_agg(to_jsonb(l) - 'carry_id' - 'request_id' ORDER BY l.line_no), '[]')
       FROM accounting.carry_line AS l WHERE l.carry_id = c.carry_id) AS lines
"""
REQUESTS = sa.text("""
    SELECT c.carry_id, c.request_id, c.fiscal_year
      FROM accounting.carry_over AS c
     WHERE c.carry_id = ANY(:ids)
""")
# The rows are locked first and read afterwards: one that was waited for is read as it is left.
LOCK = sa.text("""
    SELECT c.carry_id FROM accounting.carry_over AS c
     WHERE c.carry_id = ANY(:ids)
     ORDER BY c.carry_id
       FOR NO KEY UPDATE
""")
READ_MANY = sa.text(
    f"SELECT {CARRY_COLUMNS} FROM accounting.carry_over AS c WHERE c.carry_id = ANY(:ids)"
)
READ = sa.text(
    f"SELECT {CARRY_COLUMNS} FROM accounting.carry_over AS c WHERE c.carry_id = :carry_id"
)
SAME = sa.text("""
    SELECT c.carry_id, c.fiscal_year, COALESCE(c.carry_no, 0) AS carry_no
      FROM accounting.carry_over AS c
     WHERE c.request_id = :request_id AND c.state <> 'withdrawn'
""")
ONCE = "carry_over_once"
INSERT = sa.text("""
    INSERT INTO accounting.carry_over
           (carry_id, fiscal_year, agency_code, agency_name, state, request_id, request_label,
            reason, evidence, creditor, creditor_id, contract_no, created_by, created_by_name,
            created_for, created_at)
    VALUES (:carry_id, :fiscal_year, :agency_code, :agency_name, :state, :request_id,
            :request_label, :reason, :evidence, :creditor, :creditor_id, :contract_no, :created_by,
            :created_by_name, :created_for, :now)
""")
REWRITE = sa.text("""
    WITH lines AS (DELETE FROM accounting.carry_line WHERE carry_id = :carry_id)
    UPDATE accounting.carry_over
       SET reason = :reason, evidence = :evidence, creditor = :creditor,
           creditor_id = :creditor_id, contract_no = :contract_no, revision = revision + 1
     WHERE carry_id = :carry_id
""")
LINES = sa.text("""
    INSERT INTO accounting.carry_line
           (carry_id, line_no, request_id, request_line_no, control_row_id, line_code, line_name,
            object_code, object_name, account, detail_object_code, open_ntd, carry_ntd,
            payable_ntd)
    SELECT :carry_id, l.line_no, :request_id, l.request_line_no, l.control_row_id, l.line_code,
           l.line_name, l.object_code, l.object_name, l.account, l.detail_object_code, l.open_ntd,
           l.carry_ntd, l.payable_ntd
      FROM jsonb_to_recordset(CAST(:lines AS jsonb))
           AS l (line_no integer, request_line_no integer, control_row_id uuid, line_code text,
                 line_name text, object_code text, object_name text, account text,
                 detail_object_code text, open_ntd bigint, carry_ntd bigint, payable_ntd bigint)
""")
SAVE = sa.text("""
    WITH lines AS (
        UPDATE accounting.carry_line AS l
           SET granted_carry_ntd = g.granted_carry_ntd,
               granted_payable_ntd = g.granted_payable_ntd
          FROM jsonb_to_recordset(CAST(:lines AS jsonb))
               AS g (line_no integer, granted_carry_ntd bigint, granted_payable_ntd bigint)
         WHERE l.carry_id = :carry_id AND l.line_no = g.line_no AND :state = 'decided'
    )
    UPDATE accounting.carry_over
       SET state = :state, carry_no = NULLIF(:carry_no, 0), return_reason = :return_reason,
           submitted_at = CASE WHEN :carry_no = 0 THEN NULL
                               ELSE COALESCE(submitted_at, :now) END,
           review = CAST(:review AS jsonb), decision = CAST(:decision AS jsonb),
           decided_on = :decided_on, decision_note = :decision_note, revision = revision + 1
     WHERE carry_id = :carry_id
""")
DUE = sa.text("""
    WITH lines AS (
        UPDATE accounting.request_line AS l
           SET claimed_ntd = l.claimed_ntd + g.amount_ntd
          FROM jsonb_to_recordset(CAST(:lines AS jsonb)) AS g (line_no integer, amount_ntd bigint)
         WHERE l.request_id = :request_id AND l.line_no = g.line_no
    )
    UPDATE accounting.spending_request
       SET state = :state, revision = revision + 1
     WHERE request_id = :request_id
""")


def requests_of(
    uow: UnitOfWork, carry_ids: Sequence[uuid.UUID]
) -> dict[uuid.UUID, tuple[uuid.UUID, int]]:
    """Return of each that exists the request that it divides and its year; neither changes."""
    rows = uow.connection.execute(REQUESTS, {"ids": list(carry_ids)})
    return {row.carry_id: (row.request_id, row.fiscal_year) for row in rows}


def lock(uow: UnitOfWork, carry_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, CarryOver]:
    """Lock the carry-over requests that exist, in order of id, and return them."""
    given = {"ids": list(carry_ids)}
    uow.connection.execute(LOCK, given)
    rows = uow.connection.execute(READ_MANY, given).mappings()
    return {row["carry_id"]: carry_of_row(dict(row)) for row in rows}


def carry_of_row(row: Mapping[str, Any]) -> CarryOver:
    """Make the value of one row of CARRY_COLUMNS."""
    return msgspec.convert(row, CarryOver)


def insert(uow: UnitOfWork, carry: CarryOver) -> None:
    """Write a new draft; raise CarryTwice for a request that has one."""
    same = uow.connection.execute(SAME, {"request_id": carry.request_id}).one_or_none()
    if same is not None:
        number = same.carry_no
        label = carry_label(same.fiscal_year, number, same.carry_id)
        other = label if number else N_("（草稿）")
        raise CarryTwice(request_label=carry.request_label, other=other)
    try:
        uow.connection.execute(INSERT, _columns(uow, carry))
    except sa.exc.IntegrityError as error:
        if getattr(getattr(error.orig, "diag", None), "constraint_name", "") != ONCE:
            raise
        raise CarryTwice(request_label=carry.request_label, other=N_("（剛填寫者）")) from error
    _write_lines(uow, carry)


def rewrite(uow: UnitOfWork, carry: CarryOver) -> None:
    """Write the changed draft and its lines anew."""
    uow.connection.execute(REWRITE, _columns(uow, carry))
    _write_lines(uow, carry)


def _write_lines(uow: UnitOfWork, carry: CarryOver) -> None:
    uow.connection.execute(
        LINES,
        {
            "carry_id": carry.carry_id,
            "request_id": carry.request_id,
            "lines": msgspec.json.encode(carry.lines).decode(),
        },
    )


def _columns(uow: UnitOfWork, carry: CarryOver) -> dict[str, Any]:
    names = (
        "carry_id", "fiscal_year", "agency_code", "agency_name", "request_id", "request_label",
        "reason", "evidence", "creditor", "creditor_id", "contract_no", "created_by",
        "created_by_name", "created_for",
    )  # fmt: skip
    return {
        **{name: getattr(carry, name) for name in names},
        "state": str(carry.state),
        "now": uow.now,
    }


def save(uow: UnitOfWork, carry: CarryOver) -> None:
    """Save state, number, signers, reason and what was granted of the locked one."""
    signed = {
        name: None if signer is None else msgspec.json.encode(signer).decode()
        for name, signer in (("review", carry.review), ("decision", carry.decision))
    }
    done = uow.connection.execute(
        SAVE,
        {
            **signed,
            "carry_id": carry.carry_id,
            "state": str(carry.state),
            "carry_no": carry.carry_no,
            "return_reason": carry.return_reason,
            "decided_on": carry.decided_on,
            "decision_note": carry.decision_note,
            "lines": msgspec.json.encode(carry.lines).decode(),
            "now": uow.now,
        },
    )
    assert done.rowcount == 1, "the row is locked by lock()"


def take_due(uow: UnitOfWork, request: SpendingRequest, amounts_ntd: Mapping[int, int]) -> None:
    """Count what is due as claimed of the locked request (line number → NT dollars)."""
    lines = [
        {"line_no": line_no, "amount_ntd": amount_ntd}
        for line_no, amount_ntd in sorted(amounts_ntd.items())
    ]
    uow.connection.execute(
        DUE,
        {
            "request_id": request.request_id,
            "state": str(request.state),
            "lines": msgspec.json.encode(lines).decode(),
        },
    )

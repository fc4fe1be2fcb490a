"""SQL that writes expense claims. A claim is written whole: the rows of a draft are replaced."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from zhuji_accounting.domain.claims.claim import ClaimState, ExpenseClaim
from zhuji_accounting.domain.claims.refusals import DuplicateInvoice
from zhuji_accounting.domain.request import SpendingRequest
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_

CLAIM_COLUMNS = """
    c.claim_id, c.fiscal_year, c.agency_code, c.agency_name, c.state, c.kind, c.memo, c.final,
    COALESCE(c.claim_no, 0) AS claim_no, c.created_by, c.created_by_name, c.created_for,
    c.return_reason, c.revision, c.business_date AS approved_on,
    c.advance_id, c.advance_label, c.details,
    (SELECT COALESCE(json_agg(to_jsonb(l) - 'claim_id' ORDER BY l.line_no), '[]')
       FROM accounting.claim_line AS l WHERE l.claim_id = c.claim_id) AS lines,
    (SELECT COALESCE(json_agg(to_jsonb(d) - 'claim_id' - 'document_no' - 'counts'
                            ORDER BY d.document_no), '[]')
       FROM accounting.source_document AS d WHERE d.claim_id = c.claim_id) AS documents,
    (SELECT COALESCE(json_agg(to_jsonb(p) - 'claim_id' - 'payee_no' ORDER BY p.payee_no), '[]')
       FROM accounting.claim_payee AS p WHERE p.claim_id = c.claim_id) AS payees,
    (SELECT COALESCE(json_agg(to_jsonb(s) - 'claim_id' ORDER BY s.signed_at), '[]')
       FROM accounting.claim_signature AS s WHERE s.claim_id = c.claim_id) AS signatures
"""
# The row is locked first and read afterwards: a claim that was waited for is read as it is left.
LOCK = sa.text("""
    SELECT c.claim_id FROM accounting.claim AS c
     WHERE c.claim_id = :claim_id
       FOR NO KEY UPDATE
""")
READ = sa.text(f"SELECT {CLAIM_COLUMNS} FROM accounting.claim AS c WHERE c.claim_id = :claim_id")
REQUESTS = sa.text("""
    SELECT DISTINCT l.request_id FROM accounting.claim_line AS l
     WHERE l.claim_id = :claim_id
     ORDER BY l.request_id
     LIMIT 50
""")
ADVANCE = sa.text("SELECT c.advance_id FROM accounting.claim AS c WHERE c.claim_id = :claim_id")
INSERT = sa.text("""
    INSERT INTO accounting.claim
           (claim_id, fiscal_year, agency_code, agency_name, state, kind, memo, final, amount_ntd,
            created_by, created_by_name, created_for, created_at, advance_id, advance_label,
            details)
    VALUES (:claim_id, :fiscal_year, :agency_code, :agency_name, :state, :kind, :memo, :final,
            :amount_ntd, :created_by, :created_by_name, :created_for, :now, :advance_id,
            :advance_label, CAST(:details AS jsonb))
""")
REWRITE = sa.text("""
    UPDATE accounting.claim
       SET fiscal_year = :fiscal_year, kind = :kind, memo = :memo, final = :final,
           amount_ntd = :amount_ntd,
           advance_id = :advance_id, advance_label = :advance_label,
           details = CAST(:details AS jsonb),
           revision = revision + 1
     WHERE claim_id = :claim_id
""")
CLEAR = sa.text("""
    WITH lines AS (DELETE FROM accounting.claim_line WHERE claim_id = :claim_id),
         payees AS (DELETE FROM accounting.claim_payee WHERE claim_id = :claim_id)
    DELETE FROM accounting.source_document WHERE claim_id = :claim_id
""")
ROWS = sa.text("""
    WITH lines AS (
        INSERT INTO accounting.claim_line
               (claim_id, line_no, request_id, request_label, request_line_no, control_row_id,
                line_code, line_name, object_code, object_name, account, detail_object_code,
                amount_ntd, settled_ntd)
        SELECT :claim_id, l.line_no, l.request_id, l.request_label, l.request_line_no,
               l.control_row_id, l.line_code, l.line_name, l.object_code, l.object_name, l.account,
               l.detail_object_code, l.amount_ntd, l.settled_ntd
          FROM jsonb_to_recordset(CAST(:lines AS jsonb))
               AS l (line_no integer, request_id uuid, request_label text, request_line_no integer,
                     control_row_id uuid, line_code text, line_name text, object_code text,
                     object_name text, account text, detail_object_code text, amount_ntd bigint,
                     settled_ntd bigint)
    ), payees AS (
        INSERT INTO accounting.claim_payee
               (claim_id, payee_no, name, identifier, bank_code, branch_code, account_no,
                amount_ntd)
        SELECT :claim_id, p.payee_no, p.name, p.identifier, p.bank_code, p.branch_code,
               p.account_no, p.amount_ntd
          FROM jsonb_to_recordset(CAST(:payees AS jsonb))
               AS p (payee_no integer, name text, identifier text, bank_code text,
                     branch_code text, account_no text, amount_ntd bigint)
    )
    INSERT INTO accounting.source_document
           (claim_id, document_no, kind, number, dated_on, tax_id, amount_ntd)
    SELECT :claim_id, d.document_no, d.kind, d.number, d.dated_on, d.tax_id, d.amount_ntd
      FROM jsonb_to_recordset(CAST(:documents AS jsonb))
           AS d (document_no integer, kind text, number text, dated_on date, tax_id text,
                 amount_ntd bigint)
""")
SAVE = sa.text("""
    WITH signatures AS (
        DELETE FROM accounting.claim_signature
         WHERE claim_id = :claim_id AND :state IN ('returned', 'withdrawn')
    ), signed AS (
        INSERT INTO accounting.claim_signature
               (claim_id, step, user_id, on_behalf_of, name, signed_at)
        SELECT :claim_id, s.step, s.user_id, s.on_behalf_of, s.name, s.signed_at
          FROM jsonb_to_recordset(CAST(:signatures AS jsonb))
               AS s (step text, user_id uuid, on_behalf_of uuid, name text, signed_at timestamptz)
            ON CONFLICT DO NOTHING
    ), documents AS (
        UPDATE accounting.source_document SET counts = false
         WHERE claim_id = :claim_id AND :state = 'withdrawn'
    )
    UPDATE accounting.claim
       SET state = :state, claim_no = NULLIF(:claim_no, 0), return_reason = :return_reason,
           submitted_at = CASE WHEN :claim_no = 0 THEN NULL ELSE COALESCE(submitted_at, :now) END,
           business_date = CASE WHEN :state = 'approved' THEN CAST(:business_date AS date) END,
           revision = revision + 1
     WHERE claim_id = :claim_id
""")
# Who claims of one approval waits for the other until the commit: after the documents, before
# control rows (core/docs/locks.md).
SUBSIDY_GATE = sa.text(
    "SELECT pg_advisory_xact_lock(hashtextextended(:agency_code || ' ' || :approval_no, 105))"
)
SUBSIDY_OTHERS = sa.text("""
    SELECT COALESCE(sum(c.amount_ntd - COALESCE(
               (SELECT sum(l.recovered_ntd) FROM accounting.claim_line AS l
                 WHERE l.claim_id = c.claim_id), 0)), 0)::bigint AS others_ntd,
           min((c.details -> 'subsidy' ->> 'approved_ntd')::bigint) AS approved_ntd
      FROM accounting.claim AS c
     WHERE c.agency_code = :agency_code AND c.fiscal_year = :fiscal_year AND c.kind = 'subsidy'
       AND c.details -> 'subsidy' ->> 'approval_no' = :approval_no
       AND c.details -> 'subsidy' ->> 'recipient' = :recipient
       AND c.claim_id <> :claim_id
       AND c.state IN ('submitted', 'accepted', 'unit_approved', 'reviewed', 'approved')
""")
REPLENISHING = sa.text("""
    SELECT COALESCE(sum(c.amount_ntd), 0)::bigint AS others_ntd
      FROM accounting.claim AS c
     WHERE c.advance_id = :advance_id AND c.claim_id <> :claim_id AND c.kind = 'petty_cash'
       AND c.state IN ('submitted', 'accepted', 'unit_approved', 'reviewed')
""")
CLAIMED = sa.text("""
    WITH lines AS (
        UPDATE accounting.request_line AS l
           SET claimed_ntd = l.claimed_ntd + g.amount_ntd,
               advanced_ntd = l.advanced_ntd - g.settled_ntd
          FROM jsonb_to_recordset(CAST(:lines AS jsonb))
               AS g (request_id uuid, request_line_no integer, amount_ntd bigint,
                     settled_ntd bigint)
         WHERE l.request_id = g.request_id AND l.line_no = g.request_line_no
    )
    UPDATE accounting.spending_request AS r
       SET state = s.state, revision = r.revision + 1
      FROM jsonb_to_recordset(CAST(:states AS jsonb)) AS s (request_id uuid, state text)
     WHERE r.request_id = s.request_id
""")
# For the message, and against two in one moment the unique index source_document_once.
# By seller and number, however the number is written; another claim's, or the claim's own twice.
SAME = sa.text("""
    WITH wanted AS (
        SELECT w.number, w.tax_id, accounting.document_key(w.number) AS number_key
          FROM jsonb_to_recordset(CAST(:documents AS jsonb)) AS w (number text, tax_id text)
         WHERE w.tax_id <> '' AND accounting.document_key(w.number) <> ''
    )
    SELECT w.number, w.tax_id, c.fiscal_year, COALESCE(c.claim_no, 0) AS claim_no
      FROM wanted AS w
      JOIN accounting.source_document AS d
        ON d.tax_id = w.tax_id AND accounting.document_key(d.number) = w.number_key
      JOIN accounting.claim AS c USING (claim_id)
     WHERE d.counts AND d.claim_id <> :claim_id
     UNION ALL
    SELECT max(w.number), w.tax_id, 0, 0
      FROM wanted AS w
     GROUP BY w.tax_id, w.number_key
    HAVING count(*) > 1
     LIMIT 1
""")
ONCE = "source_document_once"


def requests_of(uow: UnitOfWork, claim_id: uuid.UUID) -> list[uuid.UUID]:
    """Return the requests that the claim names, which are locked before it."""
    return list(uow.connection.execute(REQUESTS, {"claim_id": claim_id}).scalars())


def advance_of(uow: UnitOfWork, claim_id: uuid.UUID) -> uuid.UUID | None:
    """Return the advance that the claim settles, which is locked before it; None: none."""
    found = uow.connection.execute(ADVANCE, {"claim_id": claim_id}).scalar_one_or_none()
    return None if found is None else uuid.UUID(str(found))


def lock(uow: UnitOfWork, claim_id: uuid.UUID) -> ExpenseClaim | None:
    """Lock the claim and read it as it stands, or return None."""
    if uow.connection.execute(LOCK, {"claim_id": claim_id}).one_or_none() is None:
        return None
    row = uow.connection.execute(READ, {"claim_id": claim_id}).mappings().one()
    return claim_of_row(dict(row))


def claim_of_row(row: Mapping[str, Any]) -> ExpenseClaim:
    """Make the value of one row of CLAIM_COLUMNS; further columns are left out."""
    known = {name: row[name] for name in ExpenseClaim.__struct_fields__}
    return msgspec.convert(known, ExpenseClaim)


def insert(uow: UnitOfWork, claim: ExpenseClaim) -> None:
    """Write a new draft with its rows; raise DuplicateInvoice."""
    uow.connection.execute(INSERT, _columns(uow, claim))
    _write_rows(uow, claim)


def rewrite(uow: UnitOfWork, claim: ExpenseClaim) -> None:
    """Write the changed draft and its rows anew; raise DuplicateInvoice."""
    uow.connection.execute(CLEAR, {"claim_id": claim.claim_id})
    uow.connection.execute(REWRITE, _columns(uow, claim))
    _write_rows(uow, claim)


def save(uow: UnitOfWork, claim: ExpenseClaim) -> None:
    """Save state, number, signatures and reason of the locked claim."""
    uow.connection.execute(
        SAVE,
        {
            "claim_id": claim.claim_id,
            "state": str(claim.state),
            "claim_no": claim.claim_no,
            "return_reason": claim.return_reason,
            "signatures": msgspec.json.encode(claim.signatures).decode(),
            "business_date": uow.business_date if claim.state is ClaimState.APPROVED else None,
            "now": uow.now,
        },
    )


def take_from(uow: UnitOfWork, claim: ExpenseClaim, requests: Sequence[SpendingRequest]) -> None:
    """Add what the claim takes to the lines of the locked requests, and save their states."""
    states = [{"request_id": one.request_id, "state": str(one.state)} for one in requests]
    result = uow.connection.execute(
        CLAIMED,
        {
            "lines": msgspec.json.encode(claim.lines).decode(),
            "states": msgspec.json.encode(states).decode(),
        },
    )
    assert result.rowcount == len(requests), "the requests are locked"


def subsidy_others(uow: UnitOfWork, claim: ExpenseClaim) -> tuple[int, int | None]:
    """Return what other claims have of the subsidy's approval, and the least they say it is.

    Waits for who claims of it now; None: no other claim tells of the approval.
    """
    subsidy = claim.details.subsidy
    if subsidy is None:
        return 0, None
    given = {"agency_code": claim.agency_code, "approval_no": subsidy.approval_no}
    uow.connection.execute(SUBSIDY_GATE, given)
    others = uow.connection.execute(
        SUBSIDY_OTHERS,
        {
            **given,
            "recipient": subsidy.recipient,
            "fiscal_year": claim.fiscal_year,
            "claim_id": claim.claim_id,
        },
    ).one()
    return others.others_ntd, others.approved_ntd


def replenishing(uow: UnitOfWork, claim: ExpenseClaim) -> int:
    """Return what other claims that are not approved yet replenish of the locked fund."""
    given = {"advance_id": claim.advance_id, "claim_id": claim.claim_id}
    others_ntd: int = uow.connection.execute(REPLENISHING, given).scalar_one()
    return others_ntd


def _write_rows(uow: UnitOfWork, claim: ExpenseClaim) -> None:
    documents = _numbered(claim.documents, "document_no")
    same = uow.connection.execute(
        SAME, {"documents": documents, "claim_id": claim.claim_id}
    ).one_or_none()
    if same is not None:
        raise DuplicateInvoice(number=same.number, tax_id=same.tax_id, other=_other(same))
    try:
        uow.connection.execute(
            ROWS,
            {
                "claim_id": claim.claim_id,
                "lines": msgspec.json.encode(claim.lines).decode(),
                "payees": _numbered(claim.payees, "payee_no"),
                "documents": documents,
            },
        )
    except sa.exc.IntegrityError as error:
        if getattr(getattr(error.orig, "diag", None), "constraint_name", "") != ONCE:
            raise
        first = claim.documents[0]
        raise DuplicateInvoice(
            number=first.number, tax_id=first.tax_id, other=N_("（剛存檔者）")
        ) from error


def _other(same: sa.Row[Any]) -> str:
    """Return which claim has it: its number, or that it is a draft or this one."""
    if not same.fiscal_year:
        return N_("（本案）")
    return f"{same.fiscal_year}報{same.claim_no:05}" if same.claim_no else N_("（草稿）")


def _numbered(rows: Sequence[msgspec.Struct], name: str) -> str:
    return msgspec.json.encode(
        [{**msgspec.to_builtins(row), name: number} for number, row in enumerate(rows, 1)]
    ).decode()


def _columns(uow: UnitOfWork, claim: ExpenseClaim) -> dict[str, Any]:
    names = (
        "claim_id", "fiscal_year", "agency_code", "agency_name", "memo", "final", "amount_ntd",
        "created_by", "created_by_name", "created_for", "advance_id", "advance_label",
    )  # fmt: skip
    return {
        **{name: getattr(claim, name) for name in names},
        "state": str(claim.state),
        "kind": str(claim.kind),
        "details": msgspec.json.encode(claim.details).decode(),
        "now": uow.now,
    }

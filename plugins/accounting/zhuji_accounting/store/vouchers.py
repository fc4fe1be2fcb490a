"""SQL that writes and posts vouchers. Lock order: gate of the period, vouchers by id, numbers."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from zhuji_accounting.domain.ledger.refusals import AlreadyReversed
from zhuji_accounting.domain.ledger.voucher import Voucher
from zhuji_accounting.domain.refusals import PeriodClosed
from zhuji_accounting.store.requests import PERIOD_GATE
from zhuji_core.numbering import take_numbers
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_

VOUCHER_COLUMNS = """
    v.voucher_id, v.fiscal_year, v.agency_code, v.agency_name, v.kind, v.state,
    COALESCE(v.voucher_no, 0) AS voucher_no, v.period, v.posting_date, v.memo, v.document_count,
    v.event_code, v.rule_set_id, v.automatic, v.reverses_id, v.reversal_reason,
    v.source_kind, v.source_id, v.source_label,
    v.prepared_by, v.prepared_for, v.prepared_by_name, v.reviewed_by, v.reviewed_for,
    v.reviewed_by_name, v.approved_by, v.approved_for, v.approved_by_name, v.posted_by,
    v.posted_by_name, v.return_reason, v.revision, v.writers,
    (SELECT COALESCE(json_agg(json_build_object(
                'line_no', l.line_no, 'account_code', l.account_code,
                'account_name', l.account_name, 'debit_ntd', l.debit_ntd,
                'credit_ntd', l.credit_ntd, 'description', l.description,
                'control_row_id', l.control_row_id, 'revenue_row_id', l.revenue_row_id,
                'row_label', l.row_label, 'object_code', l.object_code,
                'subsidiary_kind', l.subsidiary_kind, 'subsidiary_key', l.subsidiary_key,
                'subsidiary_name', l.subsidiary_name) ORDER BY l.line_no), '[]')
       FROM accounting.voucher_line AS l WHERE l.voucher_id = v.voucher_id) AS lines
"""

# Shared with every act that counts in these months; closing one takes it alone. Taken before the
# documents: whoever holds a document never waits at a gate (core/docs/locks.md).
GATES = sa.text(f"""
    SELECT pg_advisory_xact_lock_shared({PERIOD_GATE}, k.key)
      FROM (SELECT DISTINCT v.fiscal_year * 100 + v.period AS key
              FROM accounting.voucher AS v
             WHERE v.voucher_id = ANY(:ids)
             ORDER BY key) AS k
""")
GATES_OF = sa.text(f"""
    SELECT pg_advisory_xact_lock_shared({PERIOD_GATE}, k.key)
      FROM unnest(CAST(:keys AS integer[])) AS k (key)
     ORDER BY k.key
""")
# As for requests: a row that was waited for is as its last writer left it, but its lines are of
# this statement's snapshot; ``seen_revision`` is the snapshot's too.
LOCK = sa.text(f"""
    SELECT {VOUCHER_COLUMNS},
           (SELECT s.revision FROM accounting.voucher AS s
             WHERE s.voucher_id = v.voucher_id) AS seen_revision
      FROM accounting.voucher AS v
     WHERE v.voucher_id = ANY(:ids)
     ORDER BY v.voucher_id
       FOR NO KEY UPDATE OF v
""")
WANTED = """
    WITH wanted AS MATERIALIZED (
        SELECT g.*
          FROM jsonb_to_recordset(CAST(:vouchers AS jsonb))
               AS g (voucher_id uuid, fiscal_year integer, agency_code text, agency_name text,
                     kind text, state text, period integer, posting_date date, memo text,
                     amount_ntd bigint, document_count integer, event_code text,
                     rule_set_id uuid, automatic boolean, source_kind text, source_id uuid,
                     source_label text, reverses_id uuid, reversal_reason text,
                     prepared_by uuid, prepared_for uuid, prepared_by_name text,
                     reviewed_by uuid, reviewed_for uuid, reviewed_by_name text,
                     approved_by uuid, approved_for uuid, approved_by_name text,
                     return_reason text, writers uuid[], lines jsonb)
    )
"""


def _with_lines(write: str, *, where: str = "") -> sa.TextClause:
    """Return the statement that writes the wanted vouchers by ``write``, and then their lines."""
    return sa.text(f"""
    {WANTED}, written AS ({write}
          FROM wanted AS g {where}
        RETURNING v.voucher_id
    )
    INSERT INTO accounting.voucher_line
           (voucher_id, line_no, account_code, account_name, debit_ntd, credit_ntd, description,
            control_row_id, revenue_row_id, row_label, object_code, subsidiary_kind,
            subsidiary_key, subsidiary_name)
    SELECT w.voucher_id, l.line_no, l.account_code, l.account_name, l.debit_ntd, l.credit_ntd,
           l.description, l.control_row_id, l.revenue_row_id, l.row_label, l.object_code,
           l.subsidiary_kind, l.subsidiary_key, l.subsidiary_name
      FROM written AS w
      JOIN wanted AS g USING (voucher_id)
     CROSS JOIN LATERAL jsonb_to_recordset(g.lines)
           AS l (line_no integer, account_code text, account_name text, debit_ntd bigint,
                 credit_ntd bigint, description text, control_row_id uuid, revenue_row_id uuid,
                 row_label text, object_code text, subsidiary_kind text, subsidiary_key text,
                 subsidiary_name text)
""")


INSERT = _with_lines("""
        INSERT INTO accounting.voucher AS v
               (voucher_id, fiscal_year, agency_code, agency_name, kind, state, period,
                posting_date, memo, amount_ntd, document_count, event_code, rule_set_id,
                automatic, source_kind, source_id, source_label, reverses_id, reversal_reason,
                prepared_by, prepared_for, prepared_by_name, prepared_at, approved_by,
                approved_by_name, approved_at, created_at, writers)
        SELECT g.voucher_id, g.fiscal_year, g.agency_code, g.agency_name, g.kind, g.state,
               g.period, g.posting_date, g.memo, g.amount_ntd, g.document_count, g.event_code,
               g.rule_set_id, g.automatic, g.source_kind, g.source_id, g.source_label,
               g.reverses_id, g.reversal_reason, g.prepared_by, g.prepared_for,
               g.prepared_by_name,
               CASE WHEN g.prepared_by IS NOT NULL THEN CAST(:now AS timestamptz) END,
               g.approved_by, g.approved_by_name,
               CASE WHEN g.approved_by IS NOT NULL THEN CAST(:now AS timestamptz) END, :now,
               g.writers
""")
CLEAR_LINES = sa.text("DELETE FROM accounting.voucher_line WHERE voucher_id = ANY(:ids)")
REWRITE = _with_lines(
    """
        UPDATE accounting.voucher AS v
           SET kind = g.kind, period = g.period, posting_date = g.posting_date, memo = g.memo,
               amount_ntd = g.amount_ntd, document_count = g.document_count,
               event_code = g.event_code, rule_set_id = g.rule_set_id, writers = g.writers,
               revision = v.revision + 1
""",
    where="WHERE v.voucher_id = g.voucher_id",
)
SAVE_STATES = sa.text(f"""
    {WANTED}
    UPDATE accounting.voucher AS v
       SET state = g.state, return_reason = g.return_reason,
           prepared_by = g.prepared_by, prepared_for = g.prepared_for,
           prepared_by_name = g.prepared_by_name,
           prepared_at = CASE WHEN g.state = 'prepared' THEN :now ELSE v.prepared_at END,
           reviewed_by = g.reviewed_by, reviewed_for = g.reviewed_for,
           reviewed_by_name = g.reviewed_by_name,
           reviewed_at = CASE WHEN g.reviewed_by IS NULL THEN NULL
                              ELSE COALESCE(v.reviewed_at, :now) END,
           approved_by = g.approved_by, approved_for = g.approved_for,
           approved_by_name = g.approved_by_name,
           approved_at = CASE WHEN g.approved_by IS NULL THEN NULL
                              ELSE COALESCE(v.approved_at, :now) END,
           revision = v.revision + 1
      FROM wanted AS g
     WHERE v.voucher_id = g.voucher_id
""")
# One statement: the number, the entries in the books, the balances by deltas. Rows of balances in
# order of their key, so that two batches of an agency never wait for each other both ways.
POST = sa.text("""
    WITH wanted AS MATERIALIZED (
        SELECT w.*
          FROM unnest(CAST(:ids AS uuid[]), CAST(:numbers AS integer[]))
               AS w (voucher_id, voucher_no)
    ), posted AS (
        UPDATE accounting.voucher AS v
           SET state = 'posted', voucher_no = w.voucher_no, posted_by = :actor_id,
               posted_by_name = :actor_name, posted_at = :now, revision = v.revision + 1
          FROM wanted AS w
         WHERE v.voucher_id = w.voucher_id AND v.state = 'approved'
           AND NOT EXISTS (SELECT FROM accounting.closed_period AS p
                            WHERE p.fiscal_year = v.fiscal_year AND p.period = v.period
                              AND p.agency_code IN (v.agency_code, '') AND p.stage = 'closed')
        RETURNING v.voucher_id, v.fiscal_year, v.agency_code, v.kind, v.period, v.posting_date,
                  v.voucher_no
    ), line AS MATERIALIZED (
        SELECT p.fiscal_year, p.agency_code, p.period, p.posting_date, p.kind, p.voucher_no, l.*
          FROM posted AS p
          JOIN accounting.voucher_line AS l USING (voucher_id)
    ), entries AS (
        INSERT INTO accounting.ledger_entry
               (fiscal_year, agency_code, period, posting_date, account_code, voucher_id, line_no,
                debit_ntd, credit_ntd, control_row_id, revenue_row_id, subsidiary_kind,
                subsidiary_key)
        SELECT l.fiscal_year, l.agency_code, l.period, l.posting_date, l.account_code,
               l.voucher_id, l.line_no, l.debit_ntd, l.credit_ntd, l.control_row_id,
               l.revenue_row_id, l.subsidiary_kind, l.subsidiary_key
          FROM line AS l
         ORDER BY l.agency_code, l.kind, l.voucher_no, l.line_no
    ), balances AS (
        INSERT INTO accounting.account_balance AS b
               (fiscal_year, agency_code, account_code, period, debit_ntd, credit_ntd)
        SELECT l.fiscal_year, l.agency_code, l.account_code, l.period, sum(l.debit_ntd),
               sum(l.credit_ntd)
          FROM line AS l
         GROUP BY l.fiscal_year, l.agency_code, l.account_code, l.period
         ORDER BY l.fiscal_year, l.agency_code, l.account_code, l.period
            ON CONFLICT (fiscal_year, agency_code, account_code, period) DO UPDATE
           SET debit_ntd = b.debit_ntd + excluded.debit_ntd,
               credit_ntd = b.credit_ntd + excluded.credit_ntd
    ), subsidiary AS (
        INSERT INTO accounting.subsidiary_balance AS b
               (fiscal_year, agency_code, account_code, subsidiary_kind, subsidiary_key, period,
                subsidiary_name, debit_ntd, credit_ntd)
        SELECT l.fiscal_year, l.agency_code, l.account_code, l.subsidiary_kind, l.subsidiary_key,
               l.period, max(l.subsidiary_name), sum(l.debit_ntd), sum(l.credit_ntd)
          FROM line AS l
         WHERE l.subsidiary_kind <> ''
         GROUP BY l.fiscal_year, l.agency_code, l.account_code, l.subsidiary_kind,
                  l.subsidiary_key, l.period
         ORDER BY l.fiscal_year, l.agency_code, l.account_code, l.subsidiary_kind,
                  l.subsidiary_key, l.period
            ON CONFLICT (fiscal_year, agency_code, account_code, subsidiary_kind, subsidiary_key,
                         period) DO UPDATE
           SET debit_ntd = b.debit_ntd + excluded.debit_ntd,
               credit_ntd = b.credit_ntd + excluded.credit_ntd
    )
    SELECT (SELECT count(*) FROM posted) AS vouchers, (SELECT count(*) FROM line) AS lines
""")
REVERSED_ONCE = "voucher_reversed_once"


def pass_gates(uow: UnitOfWork, vouchers: Sequence[Voucher]) -> None:
    """Share the gates of these vouchers' periods, so that none is closed until the commit."""
    keys = sorted({voucher.fiscal_year * 100 + voucher.period for voucher in vouchers})
    uow.connection.execute(GATES_OF, {"keys": keys})


def lock(uow: UnitOfWork, voucher_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, Voucher]:
    """Pass the gates of their periods and lock the vouchers that exist, in order of id."""
    wanted = {"ids": list(voucher_ids)}
    uow.connection.execute(GATES, wanted)
    rows = uow.connection.execute(LOCK, wanted).mappings().all()
    if any(row["revision"] != row["seen_revision"] for row in rows):
        rows = uow.connection.execute(LOCK, wanted).mappings().all()
    return {row["voucher_id"]: voucher_of(dict(row)) for row in rows}


def voucher_of(row: dict[str, Any]) -> Voucher:
    """Make the value of one row of VOUCHER_COLUMNS."""
    row.pop("seen_revision", None)
    kind, source_id, label = row.pop("source_kind"), row.pop("source_id"), row.pop("source_label")
    if source_id is not None:
        row["source"] = {
            "kind": kind,
            "document_id": source_id,
            "label": label,
            "agency_code": row["agency_code"],
        }
    return msgspec.convert(row, Voucher)


def insert(uow: UnitOfWork, vouchers: Sequence[Voucher]) -> None:
    """Write new vouchers with their lines. Raises AlreadyReversed."""
    try:
        uow.connection.execute(INSERT, {"vouchers": _json(vouchers), "now": uow.now})
    except sa.exc.IntegrityError as error:
        if getattr(getattr(error.orig, "diag", None), "constraint_name", "") == REVERSED_ONCE:
            raise AlreadyReversed(label=N_("原傳票"), other=N_("（剛沖銷者）")) from error
        raise


def rewrite(uow: UnitOfWork, voucher: Voucher) -> None:
    """Write the changed draft and its new lines (the old lines go first)."""
    uow.connection.execute(CLEAR_LINES, {"ids": [voucher.voucher_id]})
    uow.connection.execute(REWRITE, {"vouchers": _json([voucher]), "now": uow.now})


def save_states(uow: UnitOfWork, vouchers: Sequence[Voucher]) -> None:
    """Save states, names and reasons of locked vouchers."""
    saved = uow.connection.execute(SAVE_STATES, {"vouchers": _json(vouchers), "now": uow.now})
    assert saved.rowcount == len(vouchers), "the rows are locked by lock()"


def post(uow: UnitOfWork, vouchers: Sequence[Voucher]) -> list[Voucher]:
    """Number approved vouchers in this order and enter them in the books; return them as posted.

    The one door into the ledger. Numbers are taken last of all locks, agencies and kinds in order.
    Raises PeriodClosed when a month is closed; then nothing is kept.
    """
    numbers: dict[uuid.UUID, int] = {}
    books: dict[tuple[str, int, str], list[Voucher]] = {}
    for voucher in vouchers:
        book = (voucher.agency_code, voucher.fiscal_year, voucher.number_kind)
        books.setdefault(book, []).append(voucher)
    for (agency_code, fiscal_year, kind), group in sorted(books.items()):
        taken = take_numbers(
            uow, agency_code=agency_code, fiscal_year=fiscal_year, kind=kind, count=len(group)
        )
        numbers |= {one.voucher_id: number for one, number in zip(group, taken, strict=True)}
    counted = uow.connection.execute(
        POST,
        {
            "ids": list(numbers),
            "numbers": list(numbers.values()),
            "actor_id": uow.actor.user_id,
            "actor_name": uow.actor.signature,
            "now": uow.now,
        },
    ).one()
    if counted.vouchers != len(vouchers):
        first = vouchers[0]
        raise PeriodClosed(fiscal_year=first.fiscal_year, period=first.period, action=N_("登帳"))
    assert counted.lines == sum(len(voucher.lines) for voucher in vouchers), "every line is entered"
    return [
        msgspec.structs.replace(
            voucher,
            state=type(voucher.state).POSTED,
            voucher_no=numbers[voucher.voucher_id],
            posted_by=uow.actor.user_id,
            posted_by_name=uow.actor.signature,
        )
        for voucher in vouchers
    ]


def _json(vouchers: Sequence[Voucher]) -> str:
    rows = []
    for voucher in vouchers:
        row = {name: getattr(voucher, name) for name in voucher.__struct_fields__}
        source = row.pop("source")
        row["source_kind"] = "" if source is None else source.kind
        row["source_id"] = None if source is None else source.document_id
        row["source_label"] = "" if source is None else source.label
        rows.append({**row, "amount_ntd": voucher.debit_ntd})
    return msgspec.json.encode(rows).decode()

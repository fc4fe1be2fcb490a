"""The statements of one certification as a pgbench script: the product's own texts, word for word.

What Python would compute between them (the receipt, event and audit as JSON) is prepared in a
table and fetched by one more statement, so pgbench sends one statement more than the application.
"""

from __future__ import annotations

import re
from pathlib import Path

import sqlalchemy as sa

from tests.prove.certification_parts.seed import BUSINESS_DATE, FISCAL_YEAR
from zhuji_accounting.store import certifications, requests
from zhuji_budget.store import control_rows
from zhuji_core import numbering, uow
from zhuji_core.identity import sessions

# Numbers far from those that the application gives in the same tables.
NUMBER_OFFSET = 10_000_000

PREPARE = """
    CREATE SCHEMA prove;
    CREATE SEQUENCE prove.turn;
    CREATE TABLE prove.todo (
        n               bigint PRIMARY KEY,
        agency_code     text, request_ids text, row_ids text, kinds text, amounts text,
        nothings        text, unsaid text, actor_ids text,
        document_kinds  text, document_ids text, document_labels text, certifications text,
        events          text, audits text, keys text
    );
"""
FILL = """
    INSERT INTO prove.todo
    SELECT w.n, r.agency_code, '{' || r.request_id || '}', l.row_ids::text, l.kinds::text,
           l.amounts::text, l.nothings::text, l.unsaid::text, l.actor_ids::text,
           l.document_kinds::text, l.document_ids::text, l.document_labels::text,
           jsonb_build_array(jsonb_build_object(
               'certification_id', w.certification_id, 'request_id', r.request_id,
               'fiscal_year', 105, 'agency_code', r.agency_code,
               'certification_no', w.n + CAST(:offset AS bigint), 'amount_ntd', r.amount_ntd,
               'commit_basis', 'allotted', 'business_date', CAST(:date AS text),
               'certified_by', CAST(:actor_id AS text), 'certified_by_name', '審核0',
               'receipt', l.receipt))::text,
           jsonb_build_array(jsonb_build_object(
               'event_id', gen_random_uuid(), 'type', 'accounting.certification-granted',
               'document_id', r.request_id, 'body', jsonb_build_object(
                   'type', 'accounting.certification-granted', 'request_id', r.request_id,
                   'certification_no', '105簽00001', 'agency_code', r.agency_code,
                   'fiscal_year', 105, 'amount_ntd', r.amount_ntd, 'lines', l.told,
                   'certified_by', CAST(:actor_id AS text),
                   'business_date', CAST(:date AS text))))::text,
           jsonb_build_array(jsonb_build_object(
               'actor_id', CAST(:actor_id AS text), 'actor_account', 'reviewer0',
               'action', 'accounting.request.certify', 'document_kind', 'accounting.request',
               'document_id', r.request_id, 'document_label', '10500001',
               'agency_code', r.agency_code, 'trace_id', repeat('0', 32),
               'before', jsonb_build_object('state', r.state),
               'after', jsonb_build_object('state', 'certified', 'certification', '105簽00001',
                                           'amount_ntd', r.amount_ntd)))::text,
           jsonb_build_array(jsonb_build_object(
               'actor_id', CAST(:actor_id AS text),
               'key', gen_random_uuid(), 'digest', repeat('ab', 32),
               'answer', jsonb_build_object('status_code', 201, 'body', l.receipt::text,
                                            'media_type', 'application/json',
                                            'location', '')))::text
      FROM unnest(CAST(:ids AS uuid[])) WITH ORDINALITY AS i (request_id, n)
     CROSS JOIN LATERAL (SELECT i.n, gen_random_uuid() AS certification_id) AS w
      JOIN accounting.spending_request AS r USING (request_id)
     CROSS JOIN LATERAL (
           SELECT array_agg(q.control_row_id ORDER BY q.line_no) AS row_ids,
                  array_agg(text 'reserve' ORDER BY q.line_no) AS kinds,
                  array_agg(q.amount_ntd ORDER BY q.line_no) AS amounts,
                  array_agg(0) AS nothings,
                  array_agg(NULL::text) AS unsaid,
                  array_agg(CAST(:actor_id AS text)) AS actor_ids,
                  array_agg(text 'accounting.request' ORDER BY q.line_no) AS document_kinds,
                  array_agg(q.request_id ORDER BY q.line_no) AS document_ids,
                  array_agg(text '10500001' ORDER BY q.line_no) AS document_labels,
                  jsonb_agg(jsonb_build_object(
                      'line_no', q.line_no, 'control_row_id', q.control_row_id,
                      'enacted_ntd', 1200000, 'changes_ntd', 0, 'frozen_ntd', 0,
                      'allotted_to_date_ntd', 300000,
                      'encumbered_ntd', 0, 'advanced_ntd', 0, 'expended_ntd', 0,
                      'requested_ntd', q.amount_ntd, 'remaining_ntd', 297000)) AS receipt,
                  jsonb_agg(jsonb_build_object(
                      'line_no', q.line_no, 'control_row_id', q.control_row_id,
                      'amount_ntd', q.amount_ntd)) AS told
             FROM accounting.request_line AS q
            WHERE q.request_id = r.request_id) AS l
"""
NEXT = """
SELECT agency_code, request_ids, row_ids, kinds, amounts, nothings, unsaid, actor_ids,
       document_kinds, document_ids,
       document_labels, certifications, events, audits, keys, now()::text AS now
  FROM prove.todo
 WHERE n = (SELECT nextval('prove.turn')) \\gset
"""


def prepare(admin: sa.Engine, request_ids: list[object], *, actor_id: object) -> None:
    """Write down what each run of the script needs."""
    with admin.begin() as connection:
        connection.exec_driver_sql(PREPARE)
        connection.execute(
            sa.text(FILL),
            {
                "ids": request_ids,
                "offset": NUMBER_OFFSET,
                "date": str(BUSINESS_DATE),
                "actor_id": str(actor_id),
            },
        )
    with admin.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("VACUUM ANALYZE prove.todo")


def write_script(file: Path, *, token_digest: bytes, actor_id: object) -> int:
    """Write the script; return how many statements of the product it holds."""
    own_rows = {"ids": "row_ids"}
    # A reservation adds to what is held, and to nothing else.
    reserved = own_rows | {
        "encumbered": "amounts",
        **dict.fromkeys(("advanced", "expended", "payable"), "nothings"),
        **dict.fromkeys(("commitment_kinds", "commitment_ids", "commitment_labels"), "unsaid"),
    }
    statements = [
        _named(_colons(sessions.RESOLVE), {}),
        "BEGIN",
        _named(requests.LOCK.text, {"ids": "request_ids"}),
        _named(control_rows.LOCK.text, own_rows),
        _named(control_rows.APPLY.text, reserved),
        _named(numbering.TAKE.text, {}),
        _named(certifications.INSERT.text, {}),
        _named(uow.FLUSH.text, {}),
        "COMMIT",
    ]
    texts = {
        "token_digest": f"\\x{token_digest.hex()}",
        "today": "2026-01-01",
        "whole_county": "*",
        "basis": "allotted",
        "business_date": str(BUSINESS_DATE),
        "actor_id": str(actor_id),
        "kind": "certification",
    }
    # psql variables take texts from a query only.
    given = ", ".join(f"'{value}' AS {name}" for name, value in texts.items())
    numbers = {"fiscal_year": FISCAL_YEAR, "year": FISCAL_YEAR, "period": 3, "month": 3, "count": 1}
    lines = [f"\\set {name} {value}" for name, value in numbers.items()]
    # The texts go with the one statement that is not the product's.
    lines.append(NEXT.replace("now()::text AS now", f"now()::text AS now, {given}"))
    lines += [f"{statement};" for statement in statements]
    file.write_text("\n".join(lines))
    return len(statements)


def _colons(driver_sql: str) -> str:
    return re.sub(r"%\((\w+)\)s", r":\1", driver_sql)


def _named(sql: str, names: dict[str, str]) -> str:
    """Return ``sql`` with parameters renamed, so that two statements do not share one name."""
    for name, instead in names.items():
        sql = re.sub(rf"(?<!:):{name}\b", f":{instead}", sql)
    return sql.strip()

"""The statements of one certification as a pgbench script: the product's own texts, word for word.

What Python would compute between them (the receipt, event and audit as JSON) is prepared in a
table and fetched by one more statement, so pgbench sends one statement more than the application.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
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
    CREATE SCHEMA IF NOT EXISTS prove;
    CREATE SEQUENCE prove.turn_{size};
    CREATE TABLE prove.todo_{size} (
        n               bigint PRIMARY KEY,
        agency_code     text, request_ids text, row_ids text, kinds text, amounts text,
        nothings        text, unsaid text, actor_ids text,
        document_kinds  text, document_ids text, document_labels text, certifications text,
        events          text, audits text, keys text
    );
"""
# What one transaction certifies, ``size`` requests of one agency, is one row.
FILL = """
    WITH wanted AS (
        SELECT r.*, i.n, (i.n - 1) / :size + 1 AS turn, gen_random_uuid() AS certification_id
          FROM unnest(CAST(:ids AS uuid[])) WITH ORDINALITY AS i (request_id, n)
          JOIN accounting.spending_request AS r USING (request_id)
    ), lines AS (
        SELECT w.turn,
               array_agg(q.control_row_id ORDER BY w.n, q.line_no) AS row_ids,
               array_agg(text 'reserve' ORDER BY w.n, q.line_no) AS kinds,
               array_agg(q.amount_ntd ORDER BY w.n, q.line_no) AS amounts,
               array_agg(0) AS nothings,
               array_agg(NULL::text) AS unsaid,
               array_agg(CAST(:actor_id AS text)) AS actor_ids,
               array_agg(text 'accounting.request') AS document_kinds,
               array_agg(q.request_id ORDER BY w.n, q.line_no) AS document_ids,
               array_agg(text '10500001') AS document_labels
          FROM wanted AS w
          JOIN accounting.request_line AS q USING (request_id)
         GROUP BY w.turn
    )
    INSERT INTO prove.todo_{size}
    SELECT w.turn, min(w.agency_code), '{{' || string_agg(w.request_id::text, ',') || '}}',
           min(l.row_ids::text), min(l.kinds::text), min(l.amounts::text), min(l.nothings::text),
           min(l.unsaid::text), min(l.actor_ids::text), min(l.document_kinds::text),
           min(l.document_ids::text), min(l.document_labels::text),
           jsonb_agg(jsonb_build_object(
               'certification_id', w.certification_id, 'request_id', w.request_id,
               'fiscal_year', 105, 'agency_code', w.agency_code,
               'certification_no', w.n + CAST(:offset AS bigint), 'amount_ntd', w.amount_ntd,
               'commit_basis', 'allotted', 'business_date', CAST(:date AS text),
               'certified_by', CAST(:actor_id AS text), 'certified_by_name', '審核0',
               'receipt', o.receipt))::text,
           jsonb_agg(jsonb_build_object(
               'event_id', gen_random_uuid(), 'type', 'accounting.certification-granted',
               'document_id', w.request_id, 'body', jsonb_build_object(
                   'type', 'accounting.certification-granted', 'request_id', w.request_id,
                   'certification_no', '105簽00001', 'agency_code', w.agency_code,
                   'fiscal_year', 105, 'amount_ntd', w.amount_ntd, 'lines', o.told,
                   'certified_by', CAST(:actor_id AS text),
                   'business_date', CAST(:date AS text))))::text,
           jsonb_agg(jsonb_build_object(
               'actor_id', CAST(:actor_id AS text), 'actor_account', 'reviewer0',
               'action', 'accounting.request.certify', 'document_kind', 'accounting.request',
               'document_id', w.request_id, 'document_label', '10500001',
               'agency_code', w.agency_code, 'trace_id', repeat('0', 32),
               'before', jsonb_build_object('state', w.state),
               'after', jsonb_build_object('state', 'certified', 'certification', '105簽00001',
                                           'amount_ntd', w.amount_ntd)))::text,
           jsonb_agg(jsonb_build_object(
               'actor_id', CAST(:actor_id AS text),
               'key', gen_random_uuid(), 'digest', repeat('ab', 32),
               'answer', jsonb_build_object('status_code', 201, 'body', o.receipt::text,
                                            'media_type', 'application/json',
                                            'location', '')))::text
      FROM wanted AS w
      JOIN lines AS l USING (turn)
     CROSS JOIN LATERAL (
           SELECT jsonb_agg(jsonb_build_object(
                      'line_no', q.line_no, 'control_row_id', q.control_row_id,
                      'enacted_ntd', 1200000, 'changes_ntd', 0, 'frozen_ntd', 0,
                      'allotted_to_date_ntd', 300000,
                      'encumbered_ntd', 0, 'advanced_ntd', 0, 'expended_ntd', 0,
                      'requested_ntd', q.amount_ntd, 'remaining_ntd', 297000)) AS receipt,
                  jsonb_agg(jsonb_build_object(
                      'line_no', q.line_no, 'control_row_id', q.control_row_id,
                      'amount_ntd', q.amount_ntd)) AS told
             FROM accounting.request_line AS q
            WHERE q.request_id = w.request_id) AS o
     GROUP BY w.turn
"""
NEXT = """
SELECT agency_code, request_ids, row_ids, kinds, amounts, nothings, unsaid, actor_ids,
       document_kinds, document_ids,
       document_labels, certifications, events, audits, keys, now()::text AS now
  FROM prove.todo_{size}
 WHERE n = (SELECT nextval('prove.turn_{size}')) \\gset
"""


def prepare(
    admin: sa.Engine, request_ids: Sequence[uuid.UUID], *, actor_id: uuid.UUID, size: int = 1
) -> None:
    """Write down what each run needs that certifies ``size`` requests, each time of one agency."""
    with admin.begin() as connection:
        # Numbers of two sizes must not meet.
        number = {"offset": NUMBER_OFFSET * size, "date": str(BUSINESS_DATE), "size": size}
        connection.exec_driver_sql(PREPARE.format(size=size))
        connection.execute(
            sa.text(FILL.format(size=size)),
            {"ids": list(request_ids), "actor_id": str(actor_id), **number},
        )
    with admin.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql(f"VACUUM ANALYZE prove.todo_{size}")


def write_script(file: Path, *, token_digest: bytes, actor_id: uuid.UUID, size: int = 1) -> int:
    """Write the script; return how many statements of the product it holds.

    Of a batch it is what the database must do for the requests: who asks was found out before.
    """
    own_rows = {"ids": "row_ids"}
    # A reservation adds to what is held, and to nothing else.
    reserved = own_rows | {
        "encumbered": "amounts",
        **dict.fromkeys(("advanced", "expended", "payable"), "nothings"),
        **dict.fromkeys(("commitment_kinds", "commitment_ids", "commitment_labels"), "unsaid"),
    }
    statements = [
        *([_named(_colons(sessions.RESOLVE), {})] if size == 1 else []),
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
    year = {"fiscal_year": FISCAL_YEAR, "year": FISCAL_YEAR}
    numbers = year | {"period": 3, "month": 3, "count": size}
    lines = [f"\\set {name} {value}" for name, value in numbers.items()]
    # The texts go with the one statement that is not the product's.
    fetched = NEXT.format(size=size)
    lines.append(fetched.replace("now()::text AS now", f"now()::text AS now, {given}"))
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

"""What a decision made final, as one hash: the audit keeps it, and ``zhuji budget verify`` asks it.

A digest is ``<form>:<hex>``, SHA-256 over the JSON array of the columns that the form lists. A
column that is added later makes a form of its own: what was decided before keeps the one it has.
Moments are seconds since 1970, so no setting of a session changes the text.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping

import sqlalchemy as sa

from zhuji_core.uow import UnitOfWork

DIGEST = "digest"  # the name in the audit's ``after``


def _form_1(columns: str) -> str:
    return _form(1, columns)


def _form_2(columns: str) -> str:
    return _form(2, columns)


def _form(number: int, columns: str) -> str:
    hashed = f"encode(sha256(convert_to(jsonb_build_array({columns})::text, 'UTF8')), 'hex')"
    return f"'{number}:' || {hashed}"


def _listed(columns: str, rest: str, *, order: str) -> str:
    """Return SQL: these rows (named l) as one JSON array, or NULL for none."""
    return f"(SELECT jsonb_agg(jsonb_build_array({columns}) ORDER BY {order}) {rest})"


CHANGE_LINES = _listed(
    """l.line_no, l.control_row_id, l.revenue_row_id, l.agency_code, l.line_code, l.line_name,
       l.object_code, l.object_name, l.account, l.amount_ntd, l.month, l.new_row""",
    "FROM budget.change_line AS l WHERE l.document_id = d.document_id",
    order="l.line_no",
)
CHANGE_COLUMNS = f"""
    d.document_id, d.fiscal_year, d.agency_code, d.agency_name, d.kind, d.change_no, d.purpose,
    d.ground, d.act_no, d.amount_ntd, d.reverses_id, d.advance_id, d.created_by,
    d.created_by_name, d.created_for, extract(epoch FROM d.created_at), d.agreed_by,
    d.agreed_for, d.agreed_by_name, d.supervisor_code, d.supervisor_name, d.endorsed_by,
    d.endorsed_for, d.endorsed_by_name, d.posted_by_name, d.posted_on, d.writers,
    extract(epoch FROM d.posted_at), d.effects, d.revenue_effects, d.return_reason,
    {CHANGE_LINES}
"""
# All but the state (``reversed`` comes later) and the revision. Form 2 is of documents that say how
# a reserve is used: those of before, and of other kinds, have nothing there.
CHANGES = f"""
    SELECT d.document_id, d.kind || ' ' || d.agency_code || ' ' || d.change_no AS what,
           CASE WHEN d.reserve_use IS NULL THEN {_form_1(CHANGE_COLUMNS)}
                ELSE {_form_2(f"{CHANGE_COLUMNS}, d.reserve_use")} END AS digest
      FROM budget.change_document AS d
     WHERE d.state IN ('posted', 'reversed')
"""
SCHEDULE_LINES = _listed(
    """l.line_no, l.row_id, l.code, l.name, l.object_code, l.object_name, l.account, l.base_ntd,
       l.months_ntd, l.rule""",
    "FROM budget.allotment_line AS l WHERE l.schedule_id = d.schedule_id",
    order="l.line_no",
)
SCHEDULE_COLUMNS = f"""
    d.schedule_id, d.fiscal_year, d.agency_code, d.agency_name, d.side, d.kind, d.schedule_no,
    d.reason, d.created_by, d.created_by_name, d.writers, extract(epoch FROM d.created_at),
    d.submitted_on, d.opinion, d.comment, d.commented_by_name, d.approved_by_name,
    d.approved_on, d.return_reason, d.supervisor_code, d.supervisor_name, d.endorsed_by,
    d.endorsed_for, d.endorsed_by_name, d.endorsed_on, d.commented_by, d.commented_for,
    {SCHEDULE_LINES}
"""
SCHEDULES = f"""
    SELECT d.schedule_id AS document_id,
           d.side || ' ' || d.agency_code || ' ' || d.schedule_no AS what,
           {_form_1(SCHEDULE_COLUMNS)} AS digest
      FROM budget.allotment_schedule AS d
     WHERE d.state = 'approved'
"""


def _of_years(columns: str) -> str:
    return f"""
    SELECT d.document_id, d.fiscal_year::text AS what, {_form_1(columns)} AS digest
      FROM budget.fiscal_year AS d
     WHERE d.state <> 'bill'
"""


# A line or row that a document makes later has nothing of the bill.
YEAR_PARTS = {
    "year": _of_years("d.document_id, d.fiscal_year, d.act_no, d.reserve_reason, d.writers"),
    "lines": _of_years(
        _listed(
            """l.line_id, l.book_id, l.code, l.name, l.agency_code, l.agency_name,
               l.department_code, l.department_name, l.plan_code, l.plan_name, l.bill_ntd,
               l.last_year_ntd, l.final_ntd, l.function_code""",
            """FROM budget.budget_line AS l
              WHERE l.fiscal_year = d.fiscal_year AND (l.bill_ntd > 0 OR l.book_id IS NOT NULL)""",
            order="l.line_id",
        )
    ),
    "rows": _of_years(
        _listed(
            """l.control_row_id, l.line_id, l.agency_code, l.line_code, l.line_name,
               l.object_code, l.object_name, l.account, l.bill_ntd, l.council_ntd,
               l.enacted_ntd""",
            """FROM budget.control_row AS l
              WHERE l.fiscal_year = d.fiscal_year
                AND (l.bill_ntd, l.council_ntd, l.enacted_ntd) <> (0, 0, 0)""",
            order="l.control_row_id",
        )
    ),
    "revenue": _of_years(
        _listed(
            """l.revenue_row_id, l.agency_code, l.agency_name, l.code, l.name, l.source_code,
               l.source_name, l.account, l.legal_basis, l.explanation, l.last_year_ntd,
               l.bill_ntd, l.council_ntd, l.enacted_ntd""",
            """FROM budget.revenue_row AS l
              WHERE l.fiscal_year = d.fiscal_year
                AND (l.bill_ntd, l.council_ntd, l.enacted_ntd) <> (0, 0, 0)""",
            order="l.revenue_row_id",
        )
    ),
    "council": _of_years(
        _listed(
            "l.control_row_id, l.cut_ntd, l.frozen_ntd, l.condition",
            """FROM budget.council_change AS l
               JOIN budget.control_row AS r USING (control_row_id)
              WHERE r.fiscal_year = d.fiscal_year""",
            order="l.control_row_id",
        )
    ),
    "council_revenue": _of_years(
        _listed(
            "l.revenue_row_id, l.change_ntd, l.reason",
            """FROM budget.council_revenue AS l
               JOIN budget.revenue_row AS r USING (revenue_row_id)
              WHERE r.fiscal_year = d.fiscal_year""",
            order="l.revenue_row_id",
        )
    ),
}
# One recording of what the council decided; a year has many, by number.
RECORDING_COLUMNS = """
    d.fiscal_year, d.record_no, d.side, d.reason, d.actor_id, d.actor_name,
    extract(epoch FROM d.recorded_at), d.changes
"""
RECORDINGS = f"""
    SELECT y.document_id, d.record_no, d.fiscal_year || ' ' || d.record_no AS what,
           {_form_1(RECORDING_COLUMNS)} AS digest
      FROM budget.council_record AS d
      LEFT JOIN budget.fiscal_year AS y USING (fiscal_year)
"""
# What a year was allotted by its own act (by the equal rule; nothing where schedules did), from
# the movements: row by row, month by month. The state may be another by now.
ALLOTMENTS = f"""
    SELECT d.document_id, d.fiscal_year::text AS what, {
    _form_1(
        _listed(
            "l.control_row_id, l.months",
            '''FROM (SELECT m.control_row_id,
                           array_agg(m.month || ' ' || m.amount_ntd ORDER BY m.month,
                                     m.movement_id) AS months
                      FROM budget.budget_movement AS m
                     WHERE m.kind = 'allot' AND m.document_id = d.document_id
                     GROUP BY m.control_row_id) AS l''',
            order="l.control_row_id",
        )
    )
} AS digest
      FROM budget.fiscal_year AS d
     WHERE d.state = 'allotted'
"""

# A county's own table of codes. Its last year may be cut by one that follows it, so it is said
# beside the digest.
OWN_CODES = _listed(
    "l.code, l.level, l.parent_code, l.name, l.account, l.role",
    """FROM (SELECT o.code, o.level, o.parent_code, o.name, o.account, o.role
              FROM budget.object_code AS o
             WHERE s.kind = 'object' AND o.pack = s.name
             UNION ALL
            SELECT c.code, c.level, c.parent_code, c.name, '', c.role
              FROM budget.class_code AS c
             WHERE c.kind = s.kind AND c.set_name = s.name
             UNION ALL
            SELECT g.segment, g.position, '', '', g.length::text, ''
              FROM budget.code_segment AS g
             WHERE s.kind = 'scheme' AND g.scheme = s.name) AS l""",
    order="l.level, l.code",
)
CODES = f"""
    SELECT s.document_id, s.kind || ' ' || s.name AS what,
           jsonb_build_object('kind', s.kind, 'name', s.name, 'first_year', s.fiscal_year_from,
                              'last_year', NULLIF(s.fiscal_year_to, 999), 'source', s.source,
                              'digest', {_form_1(OWN_CODES)}) AS now
      FROM budget.code_set AS s
     WHERE NOT s.shipped
"""

NOTES = _listed(
    "l.line_id, l.reason, l.remedy",
    "FROM budget.lag_note AS l WHERE l.report_id = d.report_id",
    order="l.line_id",
)
REPORT_COLUMNS = f"""
    d.report_id, d.fiscal_year, d.month, d.agency_code, d.agency_name, d.below_percent, d.basis,
    d.writers, d.lagging, d.explained, d.submitted_by_name, d.submitted_on,
    extract(epoch FROM d.submitted_at), d.accepted_by_name, d.accepted_on, d.return_reason,
    d.lines, {NOTES}
"""
REPORTS = f"""
    SELECT d.report_id AS document_id,
           d.fiscal_year || ' ' || d.agency_code || ' ' || d.month AS what,
           jsonb_build_object('state', d.state, 'digest', {_form_1(REPORT_COLUMNS)}) AS now
      FROM budget.month_report AS d
     WHERE d.state IN ('submitted', 'accepted')
"""
ITEMS = _listed(
    """p.side, p.code, p.name, p.group_code, p.group_name, p.legal_basis, p.reason,
       p.last_year_ntd, l.item_id, l.item_no, l.sub_plan, l.object_code, l.object_name,
       l.account, l.unit, l.quantity, l.price_ntd, l.amount_ntd, l.explanation, l.fund_source,
       l.cut_ntd, l.comment""",
    """FROM budget.estimate_line AS p
       LEFT JOIN budget.estimate_item AS l USING (estimate_line_id)
      WHERE p.estimate_id = d.estimate_id""",
    order="p.side, p.code, l.item_no",
)
VERSIONS = _listed(
    """l.version_no, l.stage, l.reason, l.actor_id, l.actor_name,
       extract(epoch FROM l.recorded_at), l.items""",
    "FROM budget.estimate_version AS l WHERE l.estimate_id = d.estimate_id",
    order="l.version_no",
)
ESTIMATE_COLUMNS = f"""
    d.estimate_id, d.fiscal_year, d.agency_code, d.agency_name, d.department_code,
    d.department_name, d.submitted_by, d.reason, d.supervisor_code, d.supervisor_name,
    d.endorsed_by, d.endorsed_by_name, d.endorsed_on, d.writers, d.endorsers, {ITEMS}
"""
# What was returned is keyed again, its versions stay.
ESTIMATES = f"""
    SELECT d.estimate_id AS document_id, d.fiscal_year || ' ' || d.agency_code AS what,
           jsonb_build_object('state', d.state, 'versions', {_form_1(VERSIONS)})
           || CASE d.state WHEN 'returned' THEN '{{}}'
                           ELSE jsonb_build_object('digest', {_form_1(ESTIMATE_COLUMNS)}) END
               AS now
      FROM budget.estimate AS d
     WHERE d.state <> 'draft'
"""


def _one(sql: str) -> sa.TextClause:
    return sa.text(f"SELECT digest FROM ({sql}) AS x WHERE document_id = :document_id")


CHANGE, SCHEDULE, ALLOTMENT = _one(CHANGES), _one(SCHEDULES), _one(ALLOTMENTS)
RECORDING = sa.text(f"""
    SELECT digest FROM ({RECORDINGS} WHERE d.fiscal_year = :fiscal_year) AS x
     WHERE record_no = :record_no
""")
NOW = "SELECT now FROM ({0}) AS x WHERE document_id = :document_id"
REPORT, ESTIMATE = sa.text(NOW.format(REPORTS)), sa.text(NOW.format(ESTIMATES))
CODE_SET = sa.text(f"""
    SELECT now->>'digest' FROM ({CODES}) AS x WHERE document_id = :document_id
""")
YEAR = {part: _one(sql) for part, sql in YEAR_PARTS.items()}


def of_change(uow: UnitOfWork, document_id: uuid.UUID) -> str:
    """Return the digest of a document that has just taken effect."""
    return _read(uow, CHANGE, document_id)


def of_schedule(uow: UnitOfWork, schedule_id: uuid.UUID) -> str:
    """Return the digest of a schedule that was just approved."""
    return _read(uow, SCHEDULE, schedule_id)


def of_year(uow: UnitOfWork, document_id: uuid.UUID) -> Mapping[str, str]:
    """Return the digests of a year that was just enacted, by part: its lines, its rows …."""
    return {part: _read(uow, statement, document_id) for part, statement in YEAR.items()}


def of_allotment(uow: UnitOfWork, document_id: uuid.UUID) -> str:
    """Return the digest of the months that a year was just allotted by its own act."""
    return _read(uow, ALLOTMENT, document_id)


def of_recording(uow: UnitOfWork, *, fiscal_year: int, record_no: int) -> str:
    """Return the digest of a recording of the council's decisions that was just kept."""
    asked = {"fiscal_year": fiscal_year, "record_no": record_no}
    found: str = uow.connection.execute(RECORDING, asked).scalar_one()
    return found


def of_codes(uow: UnitOfWork, document_id: uuid.UUID) -> str:
    """Return the digest of a county's own table of codes that was just loaded."""
    return _read(uow, CODE_SET, document_id)


def of_report(uow: UnitOfWork, report_id: uuid.UUID) -> Mapping[str, str]:
    """Return what the audit says of a month's report that was submitted or accepted."""
    found: Mapping[str, str] = uow.connection.execute(
        REPORT, {"document_id": report_id}
    ).scalar_one()
    return found


def of_estimate(uow: UnitOfWork, estimate_id: uuid.UUID) -> Mapping[str, str]:
    """Return what the audit says of an estimate that was submitted, reviewed or returned."""
    found: Mapping[str, str] = uow.connection.execute(
        ESTIMATE, {"document_id": estimate_id}
    ).scalar_one()
    return found


def _read(uow: UnitOfWork, statement: sa.TextClause, document_id: uuid.UUID) -> str:
    found: str = uow.connection.execute(statement, {"document_id": document_id}).scalar_one()
    return found

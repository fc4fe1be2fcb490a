"""SQL that writes allotment schedules, and reads them to decide."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from zhuji_budget.domain.schedule import (
    ROWS_MAX,
    SIDE_TITLES,
    AllottedRow,
    Schedule,
    ScheduleLine,
    Side,
    row_of_expenditure,
    row_of_revenue,
)
from zhuji_budget.domain.schedule_refusals import ScheduleOpen
from zhuji_budget.store.adjustments import positions_for_change, revenue_for_change
from zhuji_budget.store.control_rows import commit_basis
from zhuji_core.contracts.funds import CommitBasis
from zhuji_core.uow import UnitOfWork

SCHEDULE_COLUMNS = """
    s.schedule_id, s.fiscal_year, s.agency_code, s.agency_name, s.side, s.kind, s.state,
    COALESCE(s.schedule_no, 0) AS schedule_no, s.reason, s.created_by, s.created_by_name,
    s.writers, s.created_at, s.submitted_on, s.opinion, s.comment, s.commented_by_name,
    s.approved_by_name, s.approved_on, s.return_reason, s.revision, s.supervisor_code,
    s.supervisor_name, s.endorsed_by, s.endorsed_for, s.endorsed_by_name, s.commented_by,
    s.commented_for, s.endorsed_on
"""
LINE_COLUMNS = """
    l.row_id, l.line_no, l.code, l.name, l.object_code, l.object_name, l.account, l.base_ntd,
    l.months_ntd, l.rule
"""
LOCK = sa.text(f"""
    SELECT {SCHEDULE_COLUMNS}
      FROM budget.allotment_schedule AS s
     WHERE s.schedule_id = :schedule_id
       FOR NO KEY UPDATE
""")
LINES = sa.text(f"""
    SELECT {LINE_COLUMNS}
      FROM budget.allotment_line AS l
     WHERE l.schedule_id = :schedule_id
     ORDER BY l.line_no
     LIMIT {ROWS_MAX}
""")
# One more than a schedule takes, so that too many are seen. A row without money has nothing to
# be allotted, unless it had: then its months come down to nothing. Nothing is locked: a draft
# waits for nobody, and approval asks again with the rows locked.
EXPENDITURE = sa.text(f"""
    SELECT r.control_row_id AS row_id, r.line_code AS code, r.line_name AS name, r.object_code,
           r.object_name, r.account, r.enacted_ntd + r.changes_ntd AS budget_ntd, r.frozen_ntd,
           CASE :basis WHEN 'allotted' THEN r.encumbered_ntd ELSE 0 END
               + r.advanced_ntd + r.expended_ntd AS used_ntd,
           r.allotment_ntd AS months_ntd, r.reserve <> '' AS is_reserve
      FROM budget.control_row AS r
     WHERE r.fiscal_year = :fiscal_year AND r.agency_code = :agency_code
       AND (r.enacted_ntd + r.changes_ntd > 0 OR 0 < ANY (r.allotment_ntd))
     ORDER BY r.line_code, r.object_code, r.account
     LIMIT {ROWS_MAX + 1}
""")
REVENUE = sa.text(f"""
    SELECT r.revenue_row_id AS row_id, r.code, r.name, r.source_code AS object_code,
           r.source_name AS object_name, r.account, r.enacted_ntd + r.changes_ntd AS budget_ntd,
           0 AS frozen_ntd, 0 AS used_ntd, r.allotment_ntd AS months_ntd
      FROM budget.revenue_row AS r
     WHERE r.fiscal_year = :fiscal_year AND r.agency_code = :agency_code
       AND (r.enacted_ntd + r.changes_ntd > 0 OR 0 < ANY (r.allotment_ntd))
     ORDER BY r.code, r.account
     LIMIT {ROWS_MAX + 1}
""")
AGENCY_NAME = sa.text("""
    SELECT COALESCE(
        (SELECT b.agency_name FROM budget.budget_line AS b
          WHERE b.fiscal_year = :fiscal_year AND b.agency_code = :agency_code
          ORDER BY b.code LIMIT 1),
        (SELECT r.agency_name FROM budget.revenue_row AS r
          WHERE r.fiscal_year = :fiscal_year AND r.agency_code = :agency_code
          ORDER BY r.code LIMIT 1),
        '')
""")
INSERT = sa.text("""
    INSERT INTO budget.allotment_schedule
           (schedule_id, fiscal_year, agency_code, agency_name, side, kind, state, reason,
            created_by, created_by_name, writers, created_at)
    VALUES (:schedule_id, :fiscal_year, :agency_code, :agency_name, :side, :kind, :state, :reason,
            :created_by, :created_by_name, CAST(:writers AS uuid[]), :created_at)
""")
OPEN_ONCE = "allotment_schedule_open"
SAVE = sa.text("""
    UPDATE budget.allotment_schedule
       SET kind = :kind, state = :state, schedule_no = NULLIF(:schedule_no, 0), reason = :reason,
           writers = CAST(:writers AS uuid[]), submitted_on = :submitted_on,
           opinion = :opinion, comment = :comment,
           commented_by_name = :commented_by_name, approved_by_name = :approved_by_name,
           approved_on = :approved_on, return_reason = :return_reason, revision = revision + 1,
           supervisor_code = :supervisor_code, supervisor_name = :supervisor_name,
           endorsed_by = CAST(:endorsed_by AS uuid), endorsed_by_name = :endorsed_by_name,
           endorsed_for = CAST(:endorsed_for AS uuid), commented_by = CAST(:commented_by AS uuid),
           commented_for = CAST(:commented_for AS uuid),
           endorsed_on = CAST(:endorsed_on AS date)
     WHERE schedule_id = :schedule_id
""")
# Lines of a schedule in work are replaced as they are saved; an approved one is never written.
PUT_LINES = sa.text("""
    INSERT INTO budget.allotment_line AS l
           (schedule_id, line_no, row_id, code, name, object_code, object_name, account, base_ntd,
            months_ntd, rule)
    SELECT :schedule_id, g.line_no, g.row_id, g.code, g.name, g.object_code, g.object_name,
           g.account, g.base_ntd, g.months_ntd, g.rule
      FROM jsonb_to_recordset(CAST(:lines AS jsonb))
           AS g (line_no integer, row_id uuid, code text, name text, object_code text,
                 object_name text, account text, base_ntd bigint[], months_ntd bigint[],
                 rule text)
        ON CONFLICT (schedule_id, row_id)
        DO UPDATE SET base_ntd = excluded.base_ntd, months_ntd = excluded.months_ntd,
                      rule = excluded.rule
""")
# Agencies of the year whose expenditure has no month yet and that no approved schedule covers.
WITHOUT_MONTHS = sa.text("""
    SELECT EXISTS (
        SELECT FROM budget.control_row AS r
         WHERE r.fiscal_year = :fiscal_year AND r.enacted_ntd + r.changes_ntd > 0
           AND r.reserve = ''
           AND r.allotment_ntd = '{0,0,0,0,0,0,0,0,0,0,0,0}'
           AND NOT EXISTS (SELECT FROM budget.allotment_schedule AS s
                            WHERE s.fiscal_year = r.fiscal_year AND s.agency_code = r.agency_code
                              AND s.side = 'expenditure' AND s.state = 'approved'))
""")


def schedule_of(row: sa.RowMapping) -> Schedule:
    """Make the value of one row of SCHEDULE_COLUMNS."""
    return msgspec.convert(dict(row), Schedule)


def line_of(row: sa.RowMapping) -> ScheduleLine:
    """Make the value of one row of LINE_COLUMNS."""
    return msgspec.convert(dict(row), ScheduleLine)


def lock(uow: UnitOfWork, schedule_id: uuid.UUID) -> Schedule | None:
    """Lock and return the schedule, or None."""
    row = uow.connection.execute(LOCK, {"schedule_id": schedule_id}).mappings().one_or_none()
    return None if row is None else schedule_of(row)


def lines(uow: UnitOfWork, schedule_id: uuid.UUID) -> list[ScheduleLine]:
    """Return the lines of a schedule in their order."""
    rows = uow.connection.execute(LINES, {"schedule_id": schedule_id}).mappings()
    return [line_of(row) for row in rows]


def agency_name(uow: UnitOfWork, *, fiscal_year: int, agency_code: str) -> str:
    """Return the agency's name in the year's budget, "" when it is not there."""
    found: str = uow.connection.execute(
        AGENCY_NAME, {"fiscal_year": fiscal_year, "agency_code": agency_code}
    ).scalar_one()
    return found


def read_rows(
    uow: UnitOfWork, *, fiscal_year: int, agency_code: str, side: Side
) -> list[AllottedRow]:
    """Return the rows that an agency allots, in the order of the book, unlocked."""
    statement = EXPENDITURE if side is Side.EXPENDITURE else REVENUE
    wanted: dict[str, Any] = {"fiscal_year": fiscal_year, "agency_code": agency_code}
    if side is Side.EXPENDITURE:
        wanted["basis"] = commit_basis(uow)
    found = uow.connection.execute(statement, wanted).mappings()
    return [AllottedRow(**{**row, "months_ntd": tuple(row["months_ntd"])}) for row in found]


def lock_rows(
    uow: UnitOfWork, ids: Sequence[uuid.UUID], *, side: Side
) -> dict[uuid.UUID, AllottedRow]:
    """Lock the rows in order of id and return what a schedule meets of them."""
    if side is Side.REVENUE:
        return {row.revenue_row_id: row_of_revenue(row) for row in revenue_for_change(uow, ids)}
    basis = CommitBasis(commit_basis(uow))
    return {
        row.control_row_id: row_of_expenditure(row, basis=basis)
        for row in positions_for_change(uow, ids)
    }


def insert(uow: UnitOfWork, schedule: Schedule) -> None:
    """Write a new draft; raise ScheduleOpen when the agency has one at work."""
    try:
        uow.connection.execute(INSERT, _columns(schedule))
    except sa.exc.IntegrityError as error:
        if getattr(getattr(error.orig, "diag", None), "constraint_name", "") == OPEN_ONCE:
            raise ScheduleOpen(
                agency=schedule.agency_name,
                year=schedule.fiscal_year,
                side=SIDE_TITLES[schedule.side],
            ) from error
        raise


def save(uow: UnitOfWork, schedule: Schedule) -> None:
    """Save the locked schedule's state and texts."""
    result = uow.connection.execute(SAVE, _columns(schedule))
    assert result.rowcount == 1, "the schedule is locked by lock()"


def put_lines(uow: UnitOfWork, schedule_id: uuid.UUID, changed: Sequence[ScheduleLine]) -> None:
    """Write new lines, and the months of known ones."""
    if changed:
        uow.connection.execute(
            PUT_LINES,
            {"schedule_id": schedule_id, "lines": msgspec.json.encode(changed).decode()},
        )


def has_unallotted_agency(uow: UnitOfWork, *, fiscal_year: int) -> bool:
    """Tell whether some agency's expenditure of the year was not allotted at all yet."""
    found: bool = uow.connection.execute(WITHOUT_MONTHS, {"fiscal_year": fiscal_year}).scalar_one()
    return found


def _columns(schedule: Schedule) -> dict[str, Any]:
    return {
        name: getattr(schedule, name) for name in Schedule.__struct_fields__ if name != "revision"
    } | {
        "side": str(schedule.side),
        "kind": str(schedule.kind),
        "state": str(schedule.state),
        "opinion": str(schedule.opinion),
        "writers": list(schedule.writers),
    }

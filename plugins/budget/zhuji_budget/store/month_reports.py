"""SQL that keeps the reports of the month, and reads what they report.

Lock order: the report is the document; its notes are guarded by its lock.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Sequence

import msgspec
import sqlalchemy as sa

from zhuji_budget.domain.month_report import (
    LINES_MAX,
    LagNote,
    LagRule,
    MonthReport,
    ReportedLine,
    ReportState,
    last_day_of,
)
from zhuji_budget.store import as_of
from zhuji_core.uow import UnitOfWork

COLUMNS = """
    m.report_id, m.fiscal_year, m.month, m.agency_code, m.agency_name, m.state, m.below_percent,
    m.basis, m.writers, m.lagging, m.explained, m.submitted_by_name, m.submitted_on,
    m.accepted_by_name, m.accepted_on, m.return_reason, m.revision
"""
INSERT = sa.text("""
    INSERT INTO budget.month_report
           (report_id, fiscal_year, month, agency_code, agency_name, below_percent, basis)
    VALUES (:report_id, :fiscal_year, :month, :agency_code, :agency_name, :below_percent, :basis)
        ON CONFLICT (fiscal_year, month, agency_code) DO NOTHING
""")
OF_MONTH = sa.text(f"""
    SELECT {COLUMNS}
      FROM budget.month_report AS m
     WHERE m.fiscal_year = :fiscal_year AND m.month = :month AND m.agency_code = :agency_code
""")
LOCK = sa.text(f"""
    SELECT {COLUMNS}
      FROM budget.month_report AS m
     WHERE m.report_id = :report_id
       FOR NO KEY UPDATE
""")
ONE = sa.text(f"""
    SELECT {COLUMNS}, m.lines
      FROM budget.month_report AS m
     WHERE m.report_id = :report_id
""")
SAVE = sa.text("""
    UPDATE budget.month_report
       SET state = :state, below_percent = :below_percent, basis = :basis,
           writers = CAST(:writers AS uuid[]), lagging = :lagging, explained = :explained,
           submitted_by_name = :submitted_by_name, submitted_on = :submitted_on,
           submitted_at = CASE WHEN :state = 'submitted' THEN CAST(:now AS timestamptz)
                               ELSE submitted_at END,
           accepted_by_name = :accepted_by_name, accepted_on = :accepted_on,
           return_reason = :return_reason, revision = revision + 1,
           lines = COALESCE(CAST(:lines AS jsonb), lines)
     WHERE report_id = :report_id
""")
NOTES = sa.text("""
    SELECT n.line_id, n.reason, n.remedy
      FROM budget.lag_note AS n
     WHERE n.report_id = :report_id
     ORDER BY n.line_id
     LIMIT 5000
""")
# A note that was emptied is taken away; the others stand in the place of what there was.
CLEAR_NOTES = sa.text("""
    DELETE FROM budget.lag_note
     WHERE report_id = :report_id AND line_id = ANY(:ids)
""")
PUT_NOTES = sa.text("""
    INSERT INTO budget.lag_note (report_id, line_id, reason, remedy)
    SELECT :report_id, w.line_id, w.reason, w.remedy
      FROM jsonb_to_recordset(CAST(:notes AS jsonb)) AS w (line_id uuid, reason text, remedy text)
     WHERE w.reason <> '' OR w.remedy <> ''
     ORDER BY w.line_id
""")
# As of a month (store/as_of.py): what is held, advanced and spent has moved on since.
SUMS = ("budget", "allotted", "expended", "advanced", "encumbered", "payable")
AS_OF = sa.text(f"""
    SELECT b.line_id, b.code, b.name, f.budget_ntd, f.allotted_ntd,
           f.expended_ntd - f.payable_ntd AS realised_ntd, f.payable_ntd, f.advanced_ntd,
           f.encumbered_ntd, f.is_reserve
      FROM budget.budget_line AS b
     CROSS JOIN LATERAL (
           SELECT {
    ", ".join(
        f"COALESCE(sum({as_of.FIGURES[f'{one}_ntd']}), 0)::bigint AS {one}_ntd" for one in SUMS
    )
},
                  COALESCE(bool_and(r.reserve <> ''), false) AS is_reserve
             FROM budget.control_row AS r
             {as_of.JOINED["some"]}
            WHERE r.line_id = b.line_id) AS f
     WHERE b.fiscal_year = :fiscal_year AND b.agency_code = :agency_code
       AND (f.budget_ntd > 0 OR f.allotted_ntd > 0 OR f.expended_ntd > 0)
     ORDER BY b.code
     LIMIT :limit
""")
AGENCY_NAME = sa.text("""
    SELECT b.agency_name
      FROM budget.budget_line AS b
      JOIN budget.fiscal_year AS y USING (fiscal_year)
     WHERE b.fiscal_year = :fiscal_year AND b.agency_code = :agency_code AND y.state <> 'bill'
     ORDER BY b.code
     LIMIT 1
""")


def report_of(row: sa.RowMapping) -> MonthReport:
    """Make the value of one row of COLUMNS."""
    told = {name: row[name] for name in MonthReport.__struct_fields__ if name != "rule"}
    rule = LagRule(below_percent=row["below_percent"], basis=row["basis"])
    return msgspec.convert({**told, "rule": msgspec.to_builtins(rule)}, MonthReport)


def insert(uow: UnitOfWork, report: MonthReport) -> bool:
    """Write a new report; tell whether there was none of this agency and month."""
    result = uow.connection.execute(INSERT, _columns(report))
    return result.rowcount == 1


def of_month(
    uow: UnitOfWork, *, fiscal_year: int, month: int, agency_code: str
) -> MonthReport | None:
    """Return the report of this agency and month, or None."""
    asked = {"fiscal_year": fiscal_year, "month": month, "agency_code": agency_code}
    row = uow.connection.execute(OF_MONTH, asked).mappings().one_or_none()
    return None if row is None else report_of(row)


def lock(uow: UnitOfWork, report_id: uuid.UUID) -> MonthReport | None:
    """Lock and return the report, or None."""
    row = uow.connection.execute(LOCK, {"report_id": report_id}).mappings().one_or_none()
    return None if row is None else report_of(row)


def read(
    uow: UnitOfWork, report_id: uuid.UUID
) -> tuple[MonthReport, tuple[ReportedLine, ...]] | None:
    """Return the report with the lines it was submitted with (none before), or None."""
    row = uow.connection.execute(ONE, {"report_id": report_id}).mappings().one_or_none()
    if row is None:
        return None
    return report_of(row), msgspec.convert(row["lines"] or (), tuple[ReportedLine, ...])


def save(
    uow: UnitOfWork, report: MonthReport, *, lines: Sequence[ReportedLine] | None = None
) -> None:
    """Save the locked report; ``lines`` are kept with it when it is submitted."""
    kept = None if lines is None else msgspec.json.encode(lines).decode()
    asked = {**_columns(report), "lines": kept, "now": uow.now}
    result = uow.connection.execute(SAVE, asked)
    assert result.rowcount == 1, "the report is locked by lock()"


def notes(uow: UnitOfWork, report_id: uuid.UUID) -> dict[uuid.UUID, LagNote]:
    """Return the notes of a report by line."""
    rows = uow.connection.execute(NOTES, {"report_id": report_id}).mappings()
    return {row["line_id"]: LagNote(**row) for row in rows}


def put_notes(uow: UnitOfWork, report_id: uuid.UUID, written: Collection[LagNote]) -> None:
    """Put these notes in the place of those on the same lines."""
    ids = [one.line_id for one in written]
    uow.connection.execute(CLEAR_NOTES, {"report_id": report_id, "ids": ids})
    uow.connection.execute(
        PUT_NOTES,
        {"report_id": report_id, "notes": msgspec.json.encode(list(written)).decode()},
    )


def lines_as_of(
    uow: UnitOfWork, *, fiscal_year: int, month: int, agency_code: str
) -> tuple[ReportedLine, ...]:
    """Return the agency's lines as of the last day of the month, in the order of the book."""
    last_day: dt.date = last_day_of(fiscal_year, month)
    rows = uow.connection.execute(
        AS_OF,
        {
            "fiscal_year": fiscal_year,
            "agency_code": agency_code,
            "limit": LINES_MAX,
            **as_of.asked_of_time(
                month=month, first_day=last_day.replace(day=1), last_day=last_day
            ),
        },
    ).mappings()
    return tuple(ReportedLine(**row) for row in rows)


def agency_name(uow: UnitOfWork, *, fiscal_year: int, agency_code: str) -> str:
    """Return the agency's name in the year's enacted budget, "" when it is not there."""
    asked = {"fiscal_year": fiscal_year, "agency_code": agency_code}
    found: str | None = uow.connection.execute(AGENCY_NAME, asked).scalar_one_or_none()
    return found or ""


def _columns(report: MonthReport) -> dict[str, object]:
    told = {name: getattr(report, name) for name in MonthReport.__struct_fields__}
    rule = told.pop("rule")
    return told | {
        "state": str(ReportState(report.state)),
        "below_percent": rule.below_percent,
        "basis": str(rule.basis),
        "writers": list(report.writers),
    }

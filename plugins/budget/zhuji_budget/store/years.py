"""SQL that changes a budget year: opened by the first book, enacted once, allotted once."""

from __future__ import annotations

import uuid
from collections.abc import Collection

import sqlalchemy as sa

from zhuji_budget.domain.enactment import BillSeen, writers_of
from zhuji_budget.domain.year import BudgetYear
from zhuji_core.ids import new_id
from zhuji_core.uow import UnitOfWork

OPEN = sa.text("""
    INSERT INTO budget.fiscal_year (fiscal_year, document_id)
    VALUES (:fiscal_year, :document_id)
        ON CONFLICT (fiscal_year) DO NOTHING
""")
LOCK = sa.text("""
    SELECT y.fiscal_year, y.state, y.document_id, y.act_no, y.reserve_reason
      FROM budget.fiscal_year AS y
     WHERE y.fiscal_year = :fiscal_year
       FOR UPDATE
""")
# Whoever tells what became of the year's budget holds it until the commit, so that things are told
# in the order in which they happened; rows that refer to the year may be written meanwhile.
HOLD = sa.text("""
    SELECT y.fiscal_year, y.state, y.document_id, y.act_no
      FROM budget.fiscal_year AS y
     WHERE y.fiscal_year = :fiscal_year
       FOR NO KEY UPDATE
""")
# A document of the year begins while nobody enacts or allots it.
LOCK_SHARED = sa.text("""
    SELECT y.fiscal_year, y.state, y.document_id, y.act_no, y.reserve_reason
      FROM budget.fiscal_year AS y
     WHERE y.fiscal_year = :fiscal_year
       FOR SHARE
""")
# Of row r, of expenditure or of revenue, in its year y: the bill as the council left it, later the
# law with its changes.
BUDGET = """CASE y.state WHEN 'bill' THEN r.bill_ntd + r.council_ntd
                             ELSE r.enacted_ntd + r.changes_ntd END"""
READ = sa.text("""
    SELECT y.fiscal_year, y.state, y.document_id, y.act_no, y.reserve_reason
      FROM budget.fiscal_year AS y
     WHERE y.fiscal_year = :fiscal_year
""")
SET_STATE = sa.text("""
    UPDATE budget.fiscal_year
       SET state = :state, act_no = :act_no, reserve_reason = :reserve_reason
     WHERE fiscal_year = :fiscal_year
""")

# The baseline: from here on a row's enacted amount never changes (法定預算); changes have their
# own counter and their own documents.
ENACT = sa.text("""
    WITH locked AS (
        SELECT r.control_row_id
          FROM budget.control_row AS r
         WHERE r.fiscal_year = :fiscal_year AND r.enacted_ntd = 0
         ORDER BY r.control_row_id
           FOR NO KEY UPDATE
    ), enacted AS (
        UPDATE budget.control_row AS r
           SET enacted_ntd = r.bill_ntd + r.council_ntd
          FROM locked AS l
         WHERE r.control_row_id = l.control_row_id
        RETURNING r.control_row_id, r.enacted_ntd
    ), written AS (
        INSERT INTO budget.budget_movement
               (control_row_id, kind, amount_ntd, document_kind, document_id, document_label,
                business_date, recorded_at, actor_id)
        SELECT e.control_row_id, 'enact', e.enacted_ntd, :document_kind, :document_id,
               :document_label, :business_date, :now, :actor_id
          FROM enacted AS e
         WHERE e.enacted_ntd > 0
         ORDER BY e.control_row_id
    )
    SELECT count(*) AS rows, COALESCE(sum(enacted_ntd), 0)::bigint AS enacted_ntd FROM enacted
""")

# What stands between looking at a bill and enacting it: its rows and what is decided on them.
SEEN = sa.text("""
    SELECT r.control_rows, r.expenditure_ntd, v.revenue_ntd, r.frozen_ntd,
           r.decisions + v.decisions AS decisions,
           (SELECT COALESCE(max(c.record_no), 0) FROM budget.council_record AS c
             WHERE c.fiscal_year = :fiscal_year) AS record_no
      FROM (SELECT count(*) AS control_rows, count(c.control_row_id) AS decisions,
                   COALESCE(sum(r.bill_ntd + r.council_ntd), 0)::bigint AS expenditure_ntd,
                   COALESCE(sum(c.frozen_ntd), 0)::bigint AS frozen_ntd
              FROM budget.control_row AS r
              LEFT JOIN budget.council_change AS c USING (control_row_id)
             WHERE r.fiscal_year = :fiscal_year) AS r
     CROSS JOIN
           (SELECT count(c.revenue_row_id) AS decisions,
                   COALESCE(sum(r.bill_ntd + r.council_ntd), 0)::bigint AS revenue_ntd
              FROM budget.revenue_row AS r
              LEFT JOIN budget.council_revenue AS c USING (revenue_row_id)
             WHERE r.fiscal_year = :fiscal_year) AS v
""")
WRITERS = sa.text(
    "SELECT y.writers FROM budget.fiscal_year AS y WHERE y.fiscal_year = :fiscal_year"
)
NOTE_WRITERS = sa.text("""
    UPDATE budget.fiscal_year
       SET writers = ARRAY(SELECT DISTINCT w.id
                             FROM unnest(writers || CAST(:persons AS uuid[])) AS w (id)
                            ORDER BY w.id)
     WHERE fiscal_year = :fiscal_year
""")
# What agencies allotted by their own schedules stays, also what they left unallotted. A reserve
# has no months: it is allotted where it is moved to.
BUDGETS = sa.text("""
    SELECT control_row_id, enacted_ntd + changes_ntd - frozen_ntd AS budget_ntd
      FROM budget.control_row AS r
     WHERE r.fiscal_year = :fiscal_year
       AND r.reserve = ''
       AND r.allotment_ntd = '{0,0,0,0,0,0,0,0,0,0,0,0}'
       AND NOT EXISTS (SELECT FROM budget.allotment_schedule AS s
                        WHERE s.fiscal_year = r.fiscal_year AND s.agency_code = r.agency_code
                          AND s.side = 'expenditure' AND s.state = 'approved')
     ORDER BY control_row_id
       FOR NO KEY UPDATE OF r
     LIMIT 100000
""")
# A statement has five seconds: a city's 21,600 rows × 12 months are 259,200 movements.
ALLOT_ROWS_MAX = 1_000
ALLOT = sa.text("""
    WITH wanted AS (
        SELECT w.control_row_id, array_agg(w.amount_ntd ORDER BY w.month) AS allotment_ntd
          FROM unnest(CAST(:ids AS uuid[]), CAST(:months AS integer[]),
                      CAST(:amounts AS bigint[])) AS w (control_row_id, month, amount_ntd)
         GROUP BY w.control_row_id
    ), allotted AS (
        UPDATE budget.control_row AS r
           SET allotment_ntd = w.allotment_ntd
          FROM wanted AS w
         WHERE r.control_row_id = w.control_row_id
           AND r.allotment_ntd = '{0,0,0,0,0,0,0,0,0,0,0,0}'
        RETURNING r.control_row_id
    ), written AS (
        INSERT INTO budget.budget_movement
               (control_row_id, kind, amount_ntd, month, document_kind, document_id,
                document_label, business_date, recorded_at, actor_id)
        SELECT w.control_row_id, 'allot', w.amount_ntd, w.month, :document_kind, :document_id,
               :document_label, :business_date, :now, :actor_id
          FROM unnest(CAST(:ids AS uuid[]), CAST(:months AS integer[]),
                      CAST(:amounts AS bigint[])) AS w (control_row_id, month, amount_ntd)
         WHERE w.amount_ntd <> 0
         ORDER BY w.control_row_id, w.month
    )
    SELECT count(*) AS rows FROM allotted
""")


def open_year(uow: UnitOfWork, *, fiscal_year: int) -> None:
    """Make the year as a bill unless it exists."""
    uow.connection.execute(OPEN, {"fiscal_year": fiscal_year, "document_id": new_id()})


def lock(uow: UnitOfWork, *, fiscal_year: int) -> BudgetYear | None:
    """Lock and return the year, or None when nothing was imported for it."""
    row = uow.connection.execute(LOCK, {"fiscal_year": fiscal_year}).mappings().one_or_none()
    return None if row is None else BudgetYear(**row)


def hold(uow: UnitOfWork, *, fiscal_year: int) -> BudgetYear | None:
    """Return the year, or None; nobody else tells anything about it until the commit."""
    row = uow.connection.execute(HOLD, {"fiscal_year": fiscal_year}).mappings().one_or_none()
    return None if row is None else BudgetYear(**row)


def lock_shared(uow: UnitOfWork, *, fiscal_year: int) -> BudgetYear | None:
    """Return the year as it stays until the commit, or None; others may read it so too."""
    row = uow.connection.execute(LOCK_SHARED, {"fiscal_year": fiscal_year}).mappings().one_or_none()
    return None if row is None else BudgetYear(**row)


def read(uow: UnitOfWork, *, fiscal_year: int) -> BudgetYear | None:
    """Return the year as it is, or None; nothing is locked."""
    row = uow.connection.execute(READ, {"fiscal_year": fiscal_year}).mappings().one_or_none()
    return None if row is None else BudgetYear(**row)


def set_state(uow: UnitOfWork, year: BudgetYear) -> None:
    """Save state and act number of the locked year."""
    uow.connection.execute(
        SET_STATE,
        {
            "fiscal_year": year.fiscal_year,
            "state": year.state,
            "act_no": year.act_no,
            "reserve_reason": year.reserve_reason,
        },
    )


def writers(uow: UnitOfWork, *, fiscal_year: int) -> list[uuid.UUID]:
    """Return who imported, compiled or recorded what the year's bill says."""
    return list(uow.connection.execute(WRITERS, {"fiscal_year": fiscal_year}).scalar_one())


def note_writers(uow: UnitOfWork, *, fiscal_year: int, behind: Collection[uuid.UUID] = ()) -> None:
    """Note that the actor made the bill of the locked year what it is (``domain/enactment.py``).

    ``behind``: others who did, by what they had written before.
    """
    persons = sorted(writers_of(uow.actor) | frozenset(behind))
    if persons:
        uow.connection.execute(NOTE_WRITERS, {"fiscal_year": fiscal_year, "persons": persons})


def bill_seen(uow: UnitOfWork, *, fiscal_year: int) -> BillSeen:
    """Return the bill of the year as somebody sees it who looks at it now."""
    row = uow.connection.execute(SEEN, {"fiscal_year": fiscal_year}).mappings().one()
    return BillSeen(**row)


def enact(uow: UnitOfWork, year: BudgetYear) -> tuple[int, int]:
    """Freeze the baseline of every control row; return (rows, enacted NT dollars)."""
    row = uow.connection.execute(ENACT, _document(uow, year)).one()
    return row.rows, row.enacted_ntd


def budgets(uow: UnitOfWork, *, fiscal_year: int) -> dict[uuid.UUID, int]:
    """Lock in key order the rows that no schedule allotted; return what of them may be."""
    rows = uow.connection.execute(BUDGETS, {"fiscal_year": fiscal_year})
    return {row.control_row_id: row.budget_ntd for row in rows}


def allot(uow: UnitOfWork, year: BudgetYear, months: dict[uuid.UUID, list[int]]) -> int:
    """Write twelve months for each control row that has none yet; return how many rows."""
    rows = 0
    given = list(months.items())
    for first in range(0, len(given), ALLOT_ROWS_MAX):
        cells = [
            (control_row_id, month, amount_ntd)
            for control_row_id, amounts in given[first : first + ALLOT_ROWS_MAX]
            for month, amount_ntd in enumerate(amounts, 1)
        ]
        written = uow.connection.execute(
            ALLOT,
            {
                **_document(uow, year),
                "ids": [cell[0] for cell in cells],
                "months": [cell[1] for cell in cells],
                "amounts": [cell[2] for cell in cells],
            },
        ).one()
        rows += written.rows
    return rows


def _document(uow: UnitOfWork, year: BudgetYear) -> dict[str, object]:
    return {
        "fiscal_year": year.fiscal_year,
        "document_kind": year.document.kind,
        "document_id": year.document.document_id,
        "document_label": year.document.label,
        "business_date": uow.business_date,
        "now": uow.now,
        "actor_id": uow.actor.user_id,
    }

"""Which agency is supervised by which, and the step that schedules and estimates take there."""

from __future__ import annotations

from alembic import op

revision = "budget_0014b"
down_revision = "budget_0015"
branch_labels = None
depends_on = None

# An agency that stands here sends to its supervising agency (主管機關) first. The document keeps
# who that was when it was sent: a later change of the map moves no document.
SUPERVISORS = """
CREATE TABLE budget.agency_supervisor (
    agency_code     text PRIMARY KEY,
    supervisor_code text NOT NULL,
    document_id     uuid NOT NULL UNIQUE,
    CHECK (agency_code <> supervisor_code)
);
CREATE INDEX agency_supervisor_of ON budget.agency_supervisor (supervisor_code);
"""
STEP = """
    ADD COLUMN supervisor_code  text NOT NULL DEFAULT '',
    ADD COLUMN supervisor_name  text NOT NULL DEFAULT '',
    ADD COLUMN endorsed_by      uuid,
    ADD COLUMN endorsed_by_name text NOT NULL DEFAULT '',
    ADD COLUMN endorsed_on      date,
    ADD CONSTRAINT waits_for_a_supervisor
        CHECK (state <> 'supervising' OR supervisor_code <> '')
"""
UNSTEP = """
    DROP CONSTRAINT waits_for_a_supervisor,
    DROP COLUMN supervisor_code,
    DROP COLUMN supervisor_name,
    DROP COLUMN endorsed_by,
    DROP COLUMN endorsed_by_name,
    DROP COLUMN endorsed_on
"""
OPEN = """
DROP INDEX budget.allotment_schedule_open;
CREATE UNIQUE INDEX allotment_schedule_open
    ON budget.allotment_schedule (fiscal_year, agency_code, side)
 WHERE state IN ({0});
"""


def _states(table: str, states: str) -> str:
    return f"""
    DROP CONSTRAINT {table}_state_check,
    ADD CONSTRAINT {table}_state_check CHECK (state IN ({states}))
    """


SCHEDULE = "'draft', 'submitted', 'commented', 'approved', 'returned', 'withdrawn'"
ESTIMATE = "'draft', 'submitted', 'returned', 'reviewed', 'compiled'"
STAGES = "'submitted', 'returned', 'reviewed', 'compiled'"
AT_WORK = "'draft', 'submitted', 'commented', 'returned'"


def _stages(stages: str) -> str:
    return f"""
    ALTER TABLE budget.estimate_version
        DROP CONSTRAINT estimate_version_stage_check,
        ADD CONSTRAINT estimate_version_stage_check CHECK (stage IN ({stages}))
    """


def upgrade() -> None:
    op.execute(SUPERVISORS)
    for table, states in (("allotment_schedule", SCHEDULE), ("estimate", ESTIMATE)):
        more = _states(table, f"{states}, 'supervising'")
        op.execute(f"ALTER TABLE budget.{table} {more}, {STEP}")
    op.execute(OPEN.format(f"{AT_WORK}, 'supervising'"))
    op.execute(_stages(f"{STAGES}, 'endorsed'"))


def downgrade() -> None:
    op.execute("UPDATE budget.allotment_schedule SET state = 'draft' WHERE state = 'supervising'")
    op.execute("UPDATE budget.estimate SET state = 'draft' WHERE state = 'supervising'")
    op.execute("UPDATE budget.estimate_version SET stage = 'submitted' WHERE stage = 'endorsed'")
    op.execute(_stages(STAGES))
    op.execute(OPEN.format(AT_WORK))
    for table, states in (("allotment_schedule", SCHEDULE), ("estimate", ESTIMATE)):
        op.execute(f"ALTER TABLE budget.{table} {UNSTEP}")
        op.execute(f"ALTER TABLE budget.{table} {_states(table, states)}")
    op.execute("DROP TABLE budget.agency_supervisor")

"""Schedules of allotment and their revisions."""

from __future__ import annotations

from alembic import op

revision = "budget_0006"
down_revision = "budget_0005"
branch_labels = None
depends_on = None

MONTHS = """CHECK (array_length({0}, 1) = 12 AND array_position({0}, NULL) IS NULL)"""
TABLES = f"""
-- 分配預算表 of one agency, year and side; a later one is a revision (修改分配).
CREATE TABLE budget.allotment_schedule (
    schedule_id       uuid        PRIMARY KEY,
    fiscal_year       integer     NOT NULL REFERENCES budget.fiscal_year,
    agency_code       text        NOT NULL,
    agency_name       text        NOT NULL,
    side              text        NOT NULL CHECK (side IN ('expenditure', 'revenue')),
    kind              text        NOT NULL CHECK (kind IN ('allotment', 'revision')),
    state             text        NOT NULL
                                  CHECK (state IN ('draft', 'submitted', 'commented', 'approved',
                                                   'returned', 'withdrawn')),
    schedule_no       integer     CHECK (schedule_no > 0),
    reason            text        NOT NULL DEFAULT '',
    created_by        uuid        NOT NULL,
    created_by_name   text        NOT NULL,
    writers           uuid[]      NOT NULL,
    created_at        timestamptz NOT NULL,
    submitted_on      date,
    opinion           text        NOT NULL DEFAULT '' CHECK (opinion IN ('', 'agree', 'object')),
    comment           text        NOT NULL DEFAULT '',
    commented_by_name text        NOT NULL DEFAULT '',
    approved_by_name  text        NOT NULL DEFAULT '',
    approved_on       date,
    return_reason     text        NOT NULL DEFAULT '',
    revision          integer     NOT NULL DEFAULT 1,
    UNIQUE (fiscal_year, agency_code, schedule_no),
    CHECK (state NOT IN ('submitted', 'commented', 'approved')
           OR (schedule_no IS NOT NULL AND submitted_on IS NOT NULL)),
    CHECK ((state = 'approved') = (approved_on IS NOT NULL))
);
-- An agency has one at work for each side.
CREATE UNIQUE INDEX allotment_schedule_open
    ON budget.allotment_schedule (fiscal_year, agency_code, side)
 WHERE state IN ('draft', 'submitted', 'commented', 'returned');

-- The row is a control row or a row of revenue, by the side of the schedule; its names are
-- frozen here as they were when the schedule was written.
CREATE TABLE budget.allotment_line (
    schedule_id uuid     NOT NULL REFERENCES budget.allotment_schedule,
    line_no     integer  NOT NULL CHECK (line_no > 0),
    row_id      uuid     NOT NULL,
    code        text     NOT NULL,
    name        text     NOT NULL,
    object_code text     NOT NULL,
    object_name text     NOT NULL,
    account     text     NOT NULL CHECK (account IN ('current', 'capital')),
    base_ntd    bigint[] NOT NULL {MONTHS.format("base_ntd")},
    months_ntd  bigint[] NOT NULL {MONTHS.format("months_ntd")}
                         CHECK (0 <= ALL (months_ntd)),
    rule        text     NOT NULL,
    PRIMARY KEY (schedule_id, row_id),
    UNIQUE (schedule_id, line_no)
);
"""


def upgrade() -> None:
    op.execute(TABLES)


def downgrade() -> None:
    op.execute("DROP TABLE budget.allotment_line")
    op.execute("DROP TABLE budget.allotment_schedule")

"""Execution by month: what certifications took and releases gave back, followed from events."""

from __future__ import annotations

from alembic import op

revision = "budget_0002"
down_revision = "budget_0001"
branch_labels = None
depends_on = None

TABLES = """
-- The events that execution_month has taken in: a second delivery finds its own row here.
CREATE TABLE budget.told_event (
    event_id uuid        PRIMARY KEY,
    told_at  timestamptz NOT NULL
);

-- One row for a control row and a calendar month of business dates (year-month, ROC year × 100).
CREATE TABLE budget.execution_month (
    control_row_id uuid    NOT NULL REFERENCES budget.control_row,
    month_key      integer NOT NULL CHECK (month_key % 100 BETWEEN 1 AND 12),
    certified_ntd  bigint  NOT NULL DEFAULT 0 CHECK (certified_ntd >= 0),
    released_ntd   bigint  NOT NULL DEFAULT 0 CHECK (released_ntd >= 0),
    documents      integer NOT NULL DEFAULT 0 CHECK (documents >= 0),
    PRIMARY KEY (control_row_id, month_key)
) WITH (fillfactor = 50);
"""


def upgrade() -> None:
    op.execute(TABLES)


def downgrade() -> None:
    op.execute("DROP TABLE budget.execution_month")
    op.execute("DROP TABLE budget.told_event")

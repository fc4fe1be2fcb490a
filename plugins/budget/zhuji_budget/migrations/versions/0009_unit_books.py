"""What imported unit books keep beside the estimates."""

from __future__ import annotations

from alembic import op

revision = "budget_0009"
down_revision = "budget_0008"
branch_labels = None
depends_on = None

TABLES = """
-- What a unit book tells beside its line items: words of work plans, last year and final accounts,
-- head-counts, grounds of contract staff, journeys. Read with the estimate, never added up by SQL.
CREATE TABLE budget.unit_book (
    estimate_id uuid  PRIMARY KEY REFERENCES budget.estimate,
    file_name   text  NOT NULL DEFAULT '',
    digest      text  NOT NULL DEFAULT '',
    entered     jsonb NOT NULL
);
"""


def upgrade() -> None:
    op.execute(TABLES)


def downgrade() -> None:
    op.execute("DROP TABLE budget.unit_book")

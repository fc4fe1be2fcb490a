"""Which agencies write requests on another agency's pooled line."""

from __future__ import annotations

from alembic import op

revision = "budget_0015b"
down_revision = "budget_0014b"
branch_labels = None
depends_on = None

TABLE = """
-- Who uses a pooled line (統籌科目) beside its own agency; '*': every agency.
CREATE TABLE budget.pooled_use (
    line_id     uuid NOT NULL REFERENCES budget.budget_line,
    agency_code text NOT NULL,
    PRIMARY KEY (line_id, agency_code)
);
CREATE INDEX pooled_use_agency ON budget.pooled_use (agency_code);
"""


def upgrade() -> None:
    op.execute(TABLE)


def downgrade() -> None:
    op.execute("DROP TABLE budget.pooled_use")

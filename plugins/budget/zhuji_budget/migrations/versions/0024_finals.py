"""Final accounts of the year before last (前年度決算數) of a line, as its bill prints them."""

from __future__ import annotations

from alembic import op

revision = "budget_0024"
down_revision = "budget_0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE budget.budget_line ADD COLUMN final_ntd bigint")


def downgrade() -> None:
    op.execute("ALTER TABLE budget.budget_line DROP COLUMN final_ntd")

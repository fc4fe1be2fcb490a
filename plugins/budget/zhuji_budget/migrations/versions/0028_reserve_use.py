"""On which case of 預算法 70 a reserve is drawn, and how the council was told before (22)."""

from __future__ import annotations

from alembic import op

revision = "budget_0028"
down_revision = "budget_0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE budget.change_document ADD COLUMN reserve_use jsonb")


def downgrade() -> None:
    op.execute("ALTER TABLE budget.change_document DROP COLUMN reserve_use")

"""Who made a year's bill what it is: another person enacts it."""

from __future__ import annotations

from alembic import op

revision = "budget_0018"
down_revision = "budget_0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Whoever imported, compiled or recorded before this column knew is not asked.
    op.execute("ALTER TABLE budget.fiscal_year ADD COLUMN writers uuid[] NOT NULL DEFAULT '{}'")


def downgrade() -> None:
    op.execute("ALTER TABLE budget.fiscal_year DROP COLUMN writers")

"""Movements since a day are found where they stand: they are written in the order of days.

A statement of a month reads what came since it began; of three years' movements that is little.
A block-range index costs a certification next to nothing.
"""

from __future__ import annotations

from alembic import op

revision = "budget_0029"
down_revision = "budget_0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        CREATE INDEX budget_movement_day ON budget.budget_movement USING brin (business_date)
          WITH (pages_per_range = 32, autosummarize = on)
    """)


def downgrade() -> None:
    op.execute("DROP INDEX budget.budget_movement_day")

"""Which account of the chart before each account takes the place of, kept with the chart."""

from __future__ import annotations

from alembic import op

revision = "accounting_0019"
down_revision = "accounting_0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE accounting.chart_account ADD COLUMN former text NOT NULL DEFAULT ''")


def downgrade() -> None:
    op.execute("ALTER TABLE accounting.chart_account DROP COLUMN former")

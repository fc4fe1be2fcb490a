"""Charts of accounts: the heading above each account."""

from __future__ import annotations

from alembic import op

revision = "accounting_0012"
down_revision = "accounting_0009b"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        "ALTER TABLE accounting.chart_account ADD COLUMN parent_code text NOT NULL DEFAULT ''"
    )


def downgrade() -> None:
    op.execute("ALTER TABLE accounting.chart_account DROP COLUMN parent_code")

"""What of a line's budget was frozen when it was certified, on the receipt."""

from __future__ import annotations

from alembic import op

revision = "accounting_0003"
down_revision = "accounting_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        "ALTER TABLE accounting.receipt_line ADD COLUMN frozen_ntd bigint NOT NULL DEFAULT 0"
    )


def downgrade() -> None:
    op.execute("ALTER TABLE accounting.receipt_line DROP COLUMN frozen_ntd")

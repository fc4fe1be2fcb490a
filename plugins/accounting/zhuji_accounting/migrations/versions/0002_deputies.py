"""For whom a request was written or approved, where a deputy did it (代理)."""

from __future__ import annotations

from alembic import op

revision = "accounting_0002"
down_revision = "accounting_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        "ALTER TABLE accounting.spending_request"
        " ADD COLUMN created_for uuid, ADD COLUMN approved_for uuid"
    )


def downgrade() -> None:
    op.execute(
        "ALTER TABLE accounting.spending_request DROP COLUMN created_for, DROP COLUMN approved_for"
    )

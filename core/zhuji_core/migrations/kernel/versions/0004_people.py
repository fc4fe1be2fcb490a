"""Delegation, exceptions of separation of duties, proposals that a second person decides."""

from __future__ import annotations

from alembic import op

revision = "kernel_0004"
down_revision = "kernel_0003"
branch_labels = None
depends_on = None

TABLES = """
SELECT 1;
"""


def upgrade() -> None:
    op.execute(TABLES)


def downgrade() -> None:
    pass

"""Passwords before this one, second factors, tokens of machines, limits of rate."""

from __future__ import annotations

from alembic import op

revision = "kernel_0005"
down_revision = "kernel_0004"
branch_labels = None
depends_on = None

TABLES = """
SELECT 1;
"""


def upgrade() -> None:
    op.execute(TABLES)


def downgrade() -> None:
    pass

"""Operators of the host: accounts, sessions, audit."""

from __future__ import annotations

from alembic import op

revision = "platform_0003"
down_revision = "platform_0002"
branch_labels = None
depends_on = None

TABLES = """
SELECT 1;
"""


def upgrade() -> None:
    op.execute(TABLES)


def downgrade() -> None:
    pass

"""Licences, and what the register of counties needs beside."""

from __future__ import annotations

from alembic import op

revision = "platform_0002"
down_revision = "platform_0001"
branch_labels = None
depends_on = None

TABLES = """
SELECT 1;
"""


def upgrade() -> None:
    op.execute(TABLES)


def downgrade() -> None:
    pass

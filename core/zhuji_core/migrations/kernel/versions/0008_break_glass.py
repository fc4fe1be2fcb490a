"""Access of host operators to a county, opened for a reason and a time."""

from __future__ import annotations

from alembic import op

revision = "kernel_0008"
down_revision = "kernel_0007"
branch_labels = None
depends_on = None

TABLES = """
SELECT 1;
"""


def upgrade() -> None:
    op.execute(TABLES)


def downgrade() -> None:
    pass

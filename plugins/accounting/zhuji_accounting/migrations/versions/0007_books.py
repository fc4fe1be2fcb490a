"""What reports and books keep."""

from __future__ import annotations

revision = "accounting_0007"
down_revision = "accounting_0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet: laid out so that work side by side has its place in the order."""


def downgrade() -> None:
    """Nothing yet."""

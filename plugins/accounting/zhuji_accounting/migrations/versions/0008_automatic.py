"""What automatic vouchers have followed."""

from __future__ import annotations

revision = "accounting_0008"
down_revision = "accounting_0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet: laid out so that work side by side has its place in the order."""


def downgrade() -> None:
    """Nothing yet."""

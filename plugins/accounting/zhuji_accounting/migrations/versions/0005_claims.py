"""What is claimed, advanced and paid back of a commitment."""

from __future__ import annotations

revision = "accounting_0005"
down_revision = "accounting_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet: laid out so that work side by side has its place in the order."""


def downgrade() -> None:
    """Nothing yet."""

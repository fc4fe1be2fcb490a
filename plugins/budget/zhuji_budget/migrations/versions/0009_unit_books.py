"""What imported unit books keep beside the estimates."""

from __future__ import annotations

revision = "budget_0009"
down_revision = "budget_0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet: laid out so that work side by side has its place in the order."""


def downgrade() -> None:
    """Nothing yet."""

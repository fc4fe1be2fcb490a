"""Who may use a pooled row, and which rows are personnel or reserve."""

from __future__ import annotations

revision = "budget_0011"
down_revision = "budget_0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet: laid out so that work side by side has its place in the order."""


def downgrade() -> None:
    """Nothing yet."""

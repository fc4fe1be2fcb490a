"""Why a line lags behind its allotment, and what is done about it."""

from __future__ import annotations

revision = "budget_0012"
down_revision = "budget_0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet: laid out so that work side by side has its place in the order."""


def downgrade() -> None:
    """Nothing yet."""

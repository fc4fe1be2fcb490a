"""Moves of the whole life of a commitment: spent, advanced, settled, returned, recovered."""

from __future__ import annotations

revision = "budget_0013"
down_revision = "budget_0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet: laid out so that work side by side has its place in the order."""


def downgrade() -> None:
    """Nothing yet."""

"""Estimates, ceilings, review and council's changes."""

from __future__ import annotations

revision = "budget_0005"
down_revision = "budget_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet: laid out so that work side by side has its place in the order."""


def downgrade() -> None:
    """Nothing yet."""

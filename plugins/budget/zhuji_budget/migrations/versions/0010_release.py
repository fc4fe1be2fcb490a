"""The monthly release, and the supervising step."""

from __future__ import annotations

revision = "budget_0010"
down_revision = "budget_0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet: laid out so that work side by side has its place in the order."""


def downgrade() -> None:
    """Nothing yet."""

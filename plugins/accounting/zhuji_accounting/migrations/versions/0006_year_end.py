"""Months softly closed, report sets, and the end of the year."""

from __future__ import annotations

revision = "accounting_0006"
down_revision = "accounting_0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet: laid out so that work side by side has its place in the order."""


def downgrade() -> None:
    """Nothing yet."""

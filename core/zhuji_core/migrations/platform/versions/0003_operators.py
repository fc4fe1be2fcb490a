"""Operators of the host: accounts, sessions, audit."""

from __future__ import annotations

from alembic import op

revision = "platform_0003"
down_revision = "platform_0002"
branch_labels = None
depends_on = None

# ``settled_epoch`` is behind ``epoch`` while the county's own database has not followed yet.
COUNTY = """
ALTER TABLE platform.county
    ADD COLUMN reason        text   NOT NULL DEFAULT '' CHECK (length(reason) <= 500),
    ADD COLUMN settled_epoch bigint NOT NULL DEFAULT 1;
"""


def upgrade() -> None:
    op.execute(COUNTY)


def downgrade() -> None:
    op.execute("ALTER TABLE platform.county DROP COLUMN reason, DROP COLUMN settled_epoch")

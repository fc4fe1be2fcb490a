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

# The last attempt at each county; without ``finished_at`` it runs, or was killed.
UPGRADE = """
CREATE TABLE platform.county_upgrade (
    code        text        PRIMARY KEY REFERENCES platform.county,
    started_at  timestamptz NOT NULL,
    finished_at timestamptz,
    attempts    integer     NOT NULL DEFAULT 1,
    revisions   text[]      NOT NULL DEFAULT '{}',
    error       text        NOT NULL DEFAULT ''
);
"""


def upgrade() -> None:
    op.execute(COUNTY)
    op.execute(UPGRADE)


def downgrade() -> None:
    op.execute("DROP TABLE platform.county_upgrade")
    op.execute("ALTER TABLE platform.county DROP COLUMN reason, DROP COLUMN settled_epoch")

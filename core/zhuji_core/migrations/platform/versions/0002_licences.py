"""Licences, and what the register of counties needs beside."""

from __future__ import annotations

from alembic import op

revision = "platform_0002"
down_revision = "platform_0001"
branch_labels = None
depends_on = None

TABLES = """
-- How many switches of the county the register has seen; see zhuji_core/enabling/store.py.
ALTER TABLE platform.county ADD COLUMN modules_version bigint NOT NULL DEFAULT 0;

-- A licence is the file itself, verified whenever it is read: a changed row licenses nothing.
-- Never changed or deleted, so the table is its own history.
CREATE TABLE platform.licence (
    licence_id   bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    county_code  text        NOT NULL REFERENCES platform.county,
    serial       text        NOT NULL,
    key_id       text        NOT NULL,
    file         text        NOT NULL CHECK (length(file) BETWEEN 1 AND 20000),
    installed_at timestamptz NOT NULL,
    installed_by text        NOT NULL CHECK (installed_by <> ''),
    UNIQUE (key_id, serial)
);
CREATE INDEX licence_county ON platform.licence (county_code, licence_id);
"""


def upgrade() -> None:
    op.execute(TABLES)


def downgrade() -> None:
    op.execute("DROP TABLE platform.licence")
    op.execute("ALTER TABLE platform.county DROP COLUMN modules_version")

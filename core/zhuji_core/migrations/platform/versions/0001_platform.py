"""The counties of this installation, and what its operators did."""

from __future__ import annotations

from alembic import op

revision = "platform_0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE platform.county (
    code          text        PRIMARY KEY CHECK (code ~ '^[A-Z]{3}$'),
    name          text        NOT NULL CHECK (name <> ''),
    modules       text[]      NOT NULL DEFAULT '{}',
    state         text        NOT NULL DEFAULT 'open'
                              CHECK (state IN ('open', 'read_only', 'moving', 'restoring',
                                               'suspended')),
    epoch         bigint      NOT NULL DEFAULT 1 CHECK (epoch > 0),
    database_name text        NOT NULL UNIQUE,
    created_at    timestamptz NOT NULL DEFAULT now()
);

-- Append-only: the platform's role may only insert and read.
CREATE TABLE platform.audit_entry (
    audit_id    bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    operator    text        NOT NULL CHECK (operator <> ''),
    action      text        NOT NULL,
    county_code text        NOT NULL,
    before      jsonb,
    after       jsonb
);
CREATE INDEX audit_entry_county ON platform.audit_entry (county_code, audit_id);
"""


def upgrade() -> None:
    op.execute(TABLES)


def downgrade() -> None:
    for table in ("audit_entry", "county"):
        op.execute(f"DROP TABLE platform.{table}")

"""Posting rules: drafts of a next version, and who approved the versions that are in force."""

from __future__ import annotations

from alembic import op

revision = "accounting_0013"
down_revision = "accounting_0012b"
branch_labels = None
depends_on = None

TABLES = """
-- What the next version of a chart's rules will say; it is one at a time. A version that was put
-- into force is a row of rule_set and never changes.
CREATE TABLE accounting.rule_draft (
    draft_id        uuid    PRIMARY KEY,
    chart           text    NOT NULL UNIQUE,
    based_on        uuid    NOT NULL REFERENCES accounting.rule_set,
    body            jsonb   NOT NULL,
    revision        integer NOT NULL DEFAULT 1 CHECK (revision > 0),
    started_by_name text    NOT NULL,
    started_at      timestamptz NOT NULL,
    changed_by_name text    NOT NULL,
    changed_at      timestamptz NOT NULL
);
ALTER TABLE accounting.rule_set
    ADD COLUMN based_on uuid REFERENCES accounting.rule_set,
    ADD COLUMN approved_by_name text NOT NULL DEFAULT '',
    ADD COLUMN proposal_id uuid;
-- The last vouchers of an event, on which a draft is tried.
CREATE INDEX voucher_event ON accounting.voucher (event_code, voucher_id DESC)
 WHERE event_code <> '';
"""
BACK = """
DROP INDEX accounting.voucher_event;
ALTER TABLE accounting.rule_set
    DROP COLUMN based_on, DROP COLUMN approved_by_name, DROP COLUMN proposal_id;
DROP TABLE accounting.rule_draft;
"""


def upgrade() -> None:
    op.execute(TABLES)


def downgrade() -> None:
    op.execute(BACK)

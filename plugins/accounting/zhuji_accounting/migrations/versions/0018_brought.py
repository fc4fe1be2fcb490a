"""Requests that go on in the next year: with what was carried over, or what is owed of one."""

from __future__ import annotations

from alembic import op

revision = "accounting_0018"
down_revision = "accounting_0016"
branch_labels = None
depends_on = None

COLUMNS = """
-- ``brought``: '' of the year's own; of former years what is held (carried, 保留) or due (owed,
-- 應付). It continues another request, and answers to the certification of the first of them.
ALTER TABLE accounting.spending_request
    ADD COLUMN brought         text    NOT NULL DEFAULT ''
                               CHECK (brought IN ('', 'carried', 'owed')),
    ADD COLUMN origin_year     integer NOT NULL DEFAULT 0,
    ADD COLUMN continues_id    uuid    REFERENCES accounting.spending_request,
    ADD COLUMN continues_label text    NOT NULL DEFAULT '',
    ADD COLUMN creditor_id     text    NOT NULL DEFAULT '',
    ADD CONSTRAINT continues_another
        CHECK ((brought = '') = (continues_id IS NULL)
           AND (brought = '') = (origin_year = 0)
           AND (brought = '') = (continues_label = ''));
-- Of one request what is held goes on once, and what is due once.
CREATE UNIQUE INDEX spending_request_continued
    ON accounting.spending_request (continues_id, brought)
 WHERE continues_id IS NOT NULL AND state <> 'withdrawn';
CREATE INDEX spending_request_brought
    ON accounting.spending_request (fiscal_year, agency_code, origin_year)
 WHERE brought <> '';
"""
BACK = """
ALTER TABLE accounting.spending_request
    DROP COLUMN brought, DROP COLUMN origin_year, DROP COLUMN continues_id,
    DROP COLUMN continues_label, DROP COLUMN creditor_id;
"""


def upgrade() -> None:
    op.execute(COLUMNS)


def downgrade() -> None:
    op.execute(BACK)

"""Closing: a month in two steps, the reports of a closed month kept, the ends of years."""

from __future__ import annotations

from alembic import op

revision = "accounting_0011"
down_revision = "accounting_0009"
branch_labels = None
depends_on = None

TABLES = """
-- 'soft' (停止收件): no more requests, releases or claims of the month, while its vouchers are
-- still posted; 'closed' (關帳): nothing enters the books of the month.
ALTER TABLE accounting.closed_period
    ADD COLUMN stage text NOT NULL DEFAULT 'closed' CHECK (stage IN ('soft', 'closed')),
    ADD COLUMN closed_by_name text NOT NULL DEFAULT '';

-- Two periods more, written by the end of a year alone: 0 opens the books, 14 closes them.
ALTER TABLE accounting.voucher DROP CONSTRAINT voucher_period_check,
    ADD CONSTRAINT voucher_period_check CHECK (period BETWEEN 0 AND 14);
ALTER TABLE accounting.ledger_entry DROP CONSTRAINT ledger_entry_period_check,
    ADD CONSTRAINT ledger_entry_period_check CHECK (period BETWEEN 0 AND 14);
ALTER TABLE accounting.account_balance DROP CONSTRAINT account_balance_period_check,
    ADD CONSTRAINT account_balance_period_check CHECK (period BETWEEN 0 AND 14);
ALTER TABLE accounting.subsidiary_balance DROP CONSTRAINT subsidiary_balance_period_check,
    ADD CONSTRAINT subsidiary_balance_period_check CHECK (period BETWEEN 0 AND 14);

-- The reports of a closed month, half-year or year as they were then. ``digest`` is
-- the SHA-256 of what they tell; closing again writes the next version, nothing is rewritten.
CREATE TABLE accounting.report_set (
    set_id       uuid    PRIMARY KEY,
    fiscal_year  integer NOT NULL,
    agency_code  text    NOT NULL,
    agency_name  text    NOT NULL,
    period       integer NOT NULL CHECK (period BETWEEN 1 AND 13),
    kind         text    NOT NULL CHECK (kind IN ('month', 'half_year', 'year')),
    version      integer NOT NULL CHECK (version > 0),
    digest       text    NOT NULL CHECK (digest ~ '^[0-9a-f]{64}$'),
    body         text    NOT NULL,
    made_by      uuid    NOT NULL,
    made_by_name text    NOT NULL,
    made_at      timestamptz NOT NULL,
    UNIQUE (agency_code, fiscal_year, period, kind, version)
);

-- The end of an agency's year: which closing it was, and whether it was taken back. The vouchers
-- that it made name it as their source.
CREATE TABLE accounting.year_end (
    year_end_id      uuid    PRIMARY KEY,
    fiscal_year      integer NOT NULL,
    agency_code      text    NOT NULL,
    agency_name      text    NOT NULL,
    version          integer NOT NULL CHECK (version > 0),
    state            text    NOT NULL CHECK (state IN ('closed', 'reopened')),
    closed_by        uuid    NOT NULL,
    closed_by_name   text    NOT NULL,
    closed_at        timestamptz NOT NULL,
    reopened_by      uuid,
    reopened_by_name text    NOT NULL DEFAULT '',
    reopened_at      timestamptz,
    reason           text    NOT NULL DEFAULT '',
    UNIQUE (agency_code, fiscal_year, version),
    CHECK ((state = 'reopened') = (reopened_at IS NOT NULL)),
    CHECK ((state = 'reopened') = (reason <> ''))
);
CREATE UNIQUE INDEX year_end_once ON accounting.year_end (agency_code, fiscal_year)
 WHERE state = 'closed';
"""
BACK = """
DROP TABLE accounting.year_end;
DROP TABLE accounting.report_set;
ALTER TABLE accounting.subsidiary_balance DROP CONSTRAINT subsidiary_balance_period_check,
    ADD CONSTRAINT subsidiary_balance_period_check CHECK (period BETWEEN 1 AND 13);
ALTER TABLE accounting.account_balance DROP CONSTRAINT account_balance_period_check,
    ADD CONSTRAINT account_balance_period_check CHECK (period BETWEEN 1 AND 13);
ALTER TABLE accounting.ledger_entry DROP CONSTRAINT ledger_entry_period_check,
    ADD CONSTRAINT ledger_entry_period_check CHECK (period BETWEEN 1 AND 13);
ALTER TABLE accounting.voucher DROP CONSTRAINT voucher_period_check,
    ADD CONSTRAINT voucher_period_check CHECK (period BETWEEN 1 AND 13);
DELETE FROM accounting.closed_period WHERE stage = 'soft';
ALTER TABLE accounting.closed_period DROP COLUMN closed_by_name, DROP COLUMN stage;
"""


def upgrade() -> None:
    op.execute(TABLES)


def downgrade() -> None:
    op.execute(BACK)

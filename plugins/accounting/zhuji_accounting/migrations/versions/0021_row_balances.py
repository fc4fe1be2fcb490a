"""Balances kept by row of the budget: statements of a city read them, not the year's entries.

Kept by the table of entries itself: whatever enters the books, also the release before this one,
keeps them (decisions 12 and 67).
"""

from __future__ import annotations

from alembic import op

revision = "accounting_0021"
down_revision = "accounting_0020"
branch_labels = None
depends_on = None

TABLE = """
CREATE TABLE accounting.row_balance (
    fiscal_year  integer NOT NULL,
    side         text    NOT NULL CHECK (side IN ('expenditure', 'revenue')),
    agency_code  text    NOT NULL,
    account_code text    NOT NULL,
    row_id       uuid    NOT NULL,
    period       integer NOT NULL CHECK (period BETWEEN 0 AND 14),
    debit_ntd    bigint  NOT NULL CHECK (debit_ntd >= 0),
    credit_ntd   bigint  NOT NULL CHECK (credit_ntd >= 0),
    PRIMARY KEY (fiscal_year, side, agency_code, account_code, row_id, period)
) WITH (fillfactor = 70);
"""
ADDED_UP = """
    SELECT e.fiscal_year, w.side, e.agency_code, e.account_code, w.row_id, e.period,
           sum(e.debit_ntd), sum(e.credit_ntd)
      FROM {entries} AS e
     CROSS JOIN LATERAL (VALUES ('expenditure', e.control_row_id), ('revenue', e.revenue_row_id))
           AS w (side, row_id)
     WHERE w.row_id IS NOT NULL
     GROUP BY 1, 2, 3, 4, 5, 6
"""
# Rows in order of their key, so that two batches of an agency never wait for each other both ways.
KEEP = """
CREATE FUNCTION accounting.keep_row_balances() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO accounting.row_balance AS b
    {added_up}
     ORDER BY 1, 2, 3, 4, 5, 6
        ON CONFLICT (fiscal_year, side, agency_code, account_code, row_id, period) DO UPDATE
       SET debit_ntd = b.debit_ntd + excluded.debit_ntd,
           credit_ntd = b.credit_ntd + excluded.credit_ntd;
    RETURN NULL;
END
$$;
CREATE TRIGGER keep_row_balances AFTER INSERT ON accounting.ledger_entry
    REFERENCING NEW TABLE AS entered
    FOR EACH STATEMENT EXECUTE FUNCTION accounting.keep_row_balances();
"""
FILL = "INSERT INTO accounting.row_balance {added_up}"
BACK = """
DROP TRIGGER keep_row_balances ON accounting.ledger_entry;
DROP FUNCTION accounting.keep_row_balances();
DROP TABLE accounting.row_balance;
"""


def fill() -> str:
    """Return the statement that adds up what is in the books already."""
    return FILL.format(added_up=ADDED_UP.format(entries="accounting.ledger_entry"))


def upgrade() -> None:
    op.execute(TABLE)
    # First: whoever enters something waits for this table's lock, and each entry counts once.
    op.execute(KEEP.format(added_up=ADDED_UP.format(entries="entered")))
    op.execute(fill())


def downgrade() -> None:
    op.execute(BACK)

"""What accounting follows of the budget: its rows, and what was told of them by date."""

from __future__ import annotations

from alembic import op

revision = "accounting_0006"
down_revision = "accounting_0005"
branch_labels = None
depends_on = None

TABLES = """
-- Events that were taken in: a second delivery changes nothing.
CREATE TABLE accounting.followed_event (
    event_id    uuid        PRIMARY KEY,
    followed_at timestamptz NOT NULL
);
-- A control row or a row of revenue as the budget last named it.
CREATE TABLE accounting.budget_item (
    row_id      uuid    PRIMARY KEY,
    side        text    NOT NULL CHECK (side IN ('expenditure', 'revenue')),
    fiscal_year integer NOT NULL,
    agency_code text    NOT NULL,
    code        text    NOT NULL,
    name        text    NOT NULL,
    object_code text    NOT NULL,
    object_name text    NOT NULL,
    account     text    NOT NULL
);
CREATE INDEX budget_item_agency ON accounting.budget_item (agency_code, fiscal_year, side, code);
-- What the budget told of a row: ``kind`` is enacted, released, or the kind of the document that
-- changed it. Append-only; what holds on a date is the sum up to it.
CREATE TABLE accounting.budget_item_movement (
    movement_id  bigint  GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    row_id       uuid    NOT NULL REFERENCES accounting.budget_item,
    kind         text    NOT NULL,
    amount_ntd   bigint  NOT NULL CHECK (amount_ntd <> 0),
    effective_on date    NOT NULL,
    event_id     uuid    NOT NULL REFERENCES accounting.followed_event
);
CREATE INDEX budget_item_movement_row
    ON accounting.budget_item_movement (row_id, effective_on) INCLUDE (kind, amount_ntd);
"""


def upgrade() -> None:
    op.execute(TABLES)


def downgrade() -> None:
    op.execute("DROP TABLE accounting.budget_item_movement")
    op.execute("DROP TABLE accounting.budget_item")
    op.execute("DROP TABLE accounting.followed_event")

"""The council's decisions on revenue; lines of a change whose row does not exist yet."""

from __future__ import annotations

from alembic import op

revision = "budget_0015"
down_revision = "budget_0014"
branch_labels = None
depends_on = None

COUNCIL = """
-- What the council did to a row of revenue of the bill: more (+) or less (−), and why. Into the
-- baseline it goes by revenue_row.council_ntd.
CREATE TABLE budget.council_revenue (
    revenue_row_id uuid   PRIMARY KEY REFERENCES budget.revenue_row,
    change_ntd     bigint NOT NULL,
    reason         text   NOT NULL DEFAULT '',
    CHECK (change_ntd <> 0 OR reason <> '')
);
"""
# A line says of which row it will be (new_row); the row is made when the document takes effect,
# and its id is written here then.
NEW_ROWS = """
ALTER TABLE budget.change_line
    ADD COLUMN new_row jsonb,
    DROP CONSTRAINT one_row,
    ADD CONSTRAINT one_row
        CHECK (CASE num_nonnulls(control_row_id, revenue_row_id)
               WHEN 1 THEN true WHEN 0 THEN new_row IS NOT NULL ELSE false END);
"""
BACK = """
DELETE FROM budget.change_line WHERE control_row_id IS NULL AND revenue_row_id IS NULL;
ALTER TABLE budget.change_line
    DROP CONSTRAINT one_row,
    DROP COLUMN new_row,
    ADD CONSTRAINT one_row CHECK ((control_row_id IS NULL) <> (revenue_row_id IS NULL));
DROP TABLE budget.council_revenue;
"""


def upgrade() -> None:
    for part in (COUNCIL, NEW_ROWS):
        op.execute(part)


def downgrade() -> None:
    op.execute(BACK)

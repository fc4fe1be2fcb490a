"""Roles of codes, the reason for large first reserves, and revenue in changes."""

from __future__ import annotations

from alembic import op

revision = "budget_0011"
down_revision = "budget_0010"
branch_labels = None
depends_on = None

# What the law sees in a code (domain/roles.py). Until now it was told by the name, so codes that
# stand already get their role by it, once.
ROLES = """
ALTER TABLE budget.object_code
    ADD COLUMN role text NOT NULL DEFAULT '' CHECK (role IN ('', 'personnel', 'debt', 'reserve'));
ALTER TABLE budget.class_code
    ADD COLUMN role text NOT NULL DEFAULT ''
        CHECK (role IN ('', 'second_reserve', 'other_reserve'));
UPDATE budget.object_code
   SET role = CASE WHEN strpos(name, '人事費') > 0 THEN 'personnel'
                   WHEN strpos(name, '債務費') > 0 THEN 'debt'
                   ELSE 'reserve' END
 WHERE level = 1 AND (strpos(name, '人事費') > 0 OR strpos(name, '債務費') > 0
                      OR strpos(name, '預備金') > 0);
UPDATE budget.class_code
   SET role = CASE WHEN strpos(name, '第二預備金') > 0 THEN 'second_reserve'
                   ELSE 'other_reserve' END
 WHERE kind = 'function' AND (strpos(name, '第二預備金') > 0
                              OR (set_name = '臺中市 105' AND code = '89'));
-- Why a year was enacted with first reserves beyond one per cent (預算法 22).
ALTER TABLE budget.fiscal_year ADD COLUMN reserve_reason text NOT NULL DEFAULT '';
"""
# A line of a change names a control row or a row of revenue.
REVENUE = """
ALTER TABLE budget.change_line
    ALTER COLUMN control_row_id DROP NOT NULL,
    ADD COLUMN revenue_row_id uuid REFERENCES budget.revenue_row,
    ADD CONSTRAINT one_row CHECK ((control_row_id IS NULL) <> (revenue_row_id IS NULL));
CREATE INDEX change_line_revenue
    ON budget.change_line (revenue_row_id, document_id) WHERE revenue_row_id IS NOT NULL;
ALTER TABLE budget.change_document ADD COLUMN revenue_effects jsonb;
"""
BACK = """
ALTER TABLE budget.change_document DROP COLUMN revenue_effects;
DELETE FROM budget.change_line WHERE control_row_id IS NULL;
ALTER TABLE budget.change_line
    DROP COLUMN revenue_row_id,
    ALTER COLUMN control_row_id SET NOT NULL;
ALTER TABLE budget.fiscal_year DROP COLUMN reserve_reason;
ALTER TABLE budget.class_code DROP COLUMN role;
ALTER TABLE budget.object_code DROP COLUMN role;
"""


def upgrade() -> None:
    for part in (ROLES, REVENUE):
        op.execute(part)


def downgrade() -> None:
    op.execute(BACK)

"""Reports as of a month read what is kept by month, and of the movements the few that change.

An index of those few costs a certification the look at its condition. Months are written in their
order, so a block-range index finds a year among many and costs nothing to keep.
"""

from __future__ import annotations

from alembic import op

revision = "budget_0030"
down_revision = "budget_0029"
branch_labels = None
depends_on = None

INDEXES = """
CREATE INDEX budget_movement_seldom ON budget.budget_movement (control_row_id, business_date)
 WHERE kind IN ('change', 'owe', 'pay', 'lapse') OR document_kind = 'budget.change';
CREATE INDEX execution_month_key ON budget.execution_month USING brin (month_key)
  WITH (pages_per_range = 32, autosummarize = on);
CREATE INDEX realised_month_key ON budget.realised_month USING brin (month_key)
  WITH (pages_per_range = 32, autosummarize = on);
"""
BACK = """
DROP INDEX budget.budget_movement_seldom;
DROP INDEX budget.execution_month_key;
DROP INDEX budget.realised_month_key;
"""


def upgrade() -> None:
    op.execute(INDEXES)


def downgrade() -> None:
    op.execute(BACK)

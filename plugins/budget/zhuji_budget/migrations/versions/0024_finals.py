"""Final accounts of the year before last (前年度決算數) of a line, as its bill prints them."""

from __future__ import annotations

from alembic import op

revision = "budget_0024"
down_revision = "budget_0023"
branch_labels = None
depends_on = None

# They are part of the baseline as last year's figure is, which the trigger of its columns guards.
FINAL = """
CREATE TRIGGER final_accounts_are_final BEFORE UPDATE OF final_ntd ON budget.budget_line
    FOR EACH ROW WHEN (OLD.final_ntd IS DISTINCT FROM NEW.final_ntd)
    EXECUTE FUNCTION budget.enacted_is_final()
"""


def upgrade() -> None:
    op.execute("ALTER TABLE budget.budget_line ADD COLUMN final_ntd bigint")
    op.execute(FINAL)


def downgrade() -> None:
    op.execute("DROP TRIGGER final_accounts_are_final ON budget.budget_line")
    op.execute("ALTER TABLE budget.budget_line DROP COLUMN final_ntd")

"""A control row says which reserve it is, so that certification need not ask the codes."""

from __future__ import annotations

from alembic import op

revision = "budget_0016"
down_revision = "budget_0015b"
branch_labels = None
depends_on = None

COLUMN = """
-- Neither certified nor spent: money leaves it by a change of the budget (預算法 22, 64, 70).
ALTER TABLE budget.control_row
    ADD COLUMN reserve text NOT NULL DEFAULT ''
        CHECK (reserve IN ('', 'first_reserve', 'second_reserve'));
"""
# As store/roles.py tells it: the role of the object, and which reserve by the function.
MARK = """
UPDATE budget.control_row AS r
   SET reserve = told.reserve
  FROM (SELECT x.control_row_id,
               CASE WHEN o.role = 'reserve' THEN COALESCE(f.role, 'first_reserve')
                    WHEN x.object_code = '' THEN f.role END AS reserve
          FROM budget.control_row AS x
          JOIN budget.budget_line AS b USING (line_id)
          LEFT JOIN budget.object_code AS o
                 ON o.code = x.object_code AND o.level = 1
                AND x.fiscal_year BETWEEN o.fiscal_year_from AND o.fiscal_year_to
          LEFT JOIN LATERAL (
               SELECT NULLIF(c.role, '') AS role
                 FROM budget.code_set AS s
                 JOIN budget.class_code AS c ON c.kind = s.kind AND c.set_name = s.name
                WHERE s.kind = 'function' AND c.code = b.function_code
                  AND x.fiscal_year BETWEEN s.fiscal_year_from AND s.fiscal_year_to
                LIMIT 1) AS f ON true) AS told
 WHERE told.control_row_id = r.control_row_id
   AND told.reserve IN ('first_reserve', 'second_reserve')
"""


def upgrade() -> None:
    op.execute(COLUMN)
    op.execute(MARK)


def downgrade() -> None:
    op.execute("ALTER TABLE budget.control_row DROP COLUMN reserve")

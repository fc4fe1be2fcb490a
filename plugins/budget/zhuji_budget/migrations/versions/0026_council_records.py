"""Each time that somebody recorded what the council decided: who, when, why, and what changed."""

from __future__ import annotations

from alembic import op

revision = "budget_0026"
down_revision = "budget_0024b"
branch_labels = None
depends_on = None

# ``changes``: of each row that was decided otherwise than before, what stood and what stands now
# (``domain/council_record.py``). Append-only; what is recorded now stands in council_change.
RECORDS = """
CREATE TABLE budget.council_record (
    fiscal_year integer     NOT NULL REFERENCES budget.fiscal_year,
    record_no   integer     NOT NULL CHECK (record_no >= 1),
    side        text        NOT NULL CHECK (side IN ('expenditure', 'revenue')),
    reason      text        NOT NULL DEFAULT '',
    actor_id    uuid        NOT NULL,
    actor_name  text        NOT NULL,
    recorded_at timestamptz NOT NULL,
    changes     jsonb       NOT NULL,
    PRIMARY KEY (fiscal_year, record_no)
);
"""


def upgrade() -> None:
    op.execute(RECORDS)


def downgrade() -> None:
    op.execute("DROP TABLE budget.council_record")

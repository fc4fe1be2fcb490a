"""Which released months an agency has taken note of."""

from __future__ import annotations

from alembic import op

revision = "budget_0014"
down_revision = "budget_0013"
branch_labels = None
depends_on = None

# Append-only. Releases of before are noted like any other: the agency's first page shows them.
NOTES = """
CREATE TABLE budget.release_note (
    fiscal_year   integer     NOT NULL,
    agency_code   text        NOT NULL,
    side          text        NOT NULL,
    month         integer     NOT NULL,
    noted_by      uuid        NOT NULL,
    noted_by_name text        NOT NULL,
    noted_on      date        NOT NULL,
    noted_at      timestamptz NOT NULL,
    PRIMARY KEY (fiscal_year, agency_code, side, month),
    FOREIGN KEY (fiscal_year, agency_code, side, month) REFERENCES budget.allotment_release
);
"""


def upgrade() -> None:
    op.execute(NOTES)


def downgrade() -> None:
    op.execute("DROP TABLE budget.release_note")

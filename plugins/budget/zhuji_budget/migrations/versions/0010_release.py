"""The monthly release, and the supervising step."""

from __future__ import annotations

from alembic import op

revision = "budget_0010"
down_revision = "budget_0009"
branch_labels = None
depends_on = None

# Append-only. Each month of an agency is released once for each side; what documents change
# afterwards of a month that was released, they tell themselves.
RELEASES = """
CREATE TABLE budget.allotment_release (
    fiscal_year  integer     NOT NULL REFERENCES budget.fiscal_year,
    agency_code  text        NOT NULL,
    side         text        NOT NULL CHECK (side IN ('expenditure', 'revenue')),
    month        integer     NOT NULL CHECK (month BETWEEN 1 AND 12),
    amount_ntd   bigint      NOT NULL CHECK (amount_ntd >= 0),
    rows         integer     NOT NULL CHECK (rows >= 0),
    released_on  date        NOT NULL,
    recorded_at  timestamptz NOT NULL,
    PRIMARY KEY (fiscal_year, agency_code, side, month)
);
"""


def upgrade() -> None:
    op.execute(RELEASES)


def downgrade() -> None:
    op.execute("DROP TABLE budget.allotment_release")

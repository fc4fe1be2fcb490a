"""What the modules cost by day: calls and time, added by every process."""

from __future__ import annotations

from alembic import op

revision = "kernel_0010"
down_revision = "kernel_0009"
branch_labels = None
depends_on = None

# One row for each width of time (zhuji_core/costs.py), so that quantiles of all processes and
# days can be made from sums. Kept for a month; figures of operation, no business data.
TABLES = """
CREATE TABLE kernel.module_cost (
    day      date     NOT NULL,
    module   text     NOT NULL,
    name     text     NOT NULL,
    bucket   smallint NOT NULL CHECK (bucket >= 0),
    calls    bigint   NOT NULL CHECK (calls > 0),
    total_ns bigint   NOT NULL CHECK (total_ns >= 0),
    PRIMARY KEY (day, module, name, bucket)
);
"""


def upgrade() -> None:
    op.execute(TABLES)


def downgrade() -> None:
    op.execute("DROP TABLE kernel.module_cost")

"""The modules that the county has switched on, and what they cost."""

from __future__ import annotations

from alembic import op

revision = "kernel_0009"
down_revision = "kernel_0008"
branch_labels = None
depends_on = None

# One row, so that two administrators who switch at once wait for each other. NULL: the county has
# not switched anything since this table exists; the set of the platform's register holds. The
# version counts the switches, so that the register never goes back to an older set.
TABLES = """
CREATE TABLE kernel.module_set (
    one_row boolean PRIMARY KEY DEFAULT true CHECK (one_row),
    modules text[],
    version bigint  NOT NULL DEFAULT 0 CHECK (version >= 0)
);
INSERT INTO kernel.module_set DEFAULT VALUES;
"""


def upgrade() -> None:
    op.execute(TABLES)


def downgrade() -> None:
    op.execute("DROP TABLE kernel.module_set")

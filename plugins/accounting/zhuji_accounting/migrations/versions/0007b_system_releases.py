"""What the system released because its day had passed is found by whom it is told."""

from __future__ import annotations

from alembic import op

revision = "accounting_0007b"
down_revision = "accounting_0011"
branch_labels = None
depends_on = None

# The first page of everybody who writes requests asks for the last days' ones: a handful of rows
# beside the releases of people.
INDEX = """
CREATE INDEX release_by_system ON accounting.release (business_date) INCLUDE (request_id)
 WHERE released_by = '00000000-0000-0000-0000-000000000000';
"""


def upgrade() -> None:
    op.execute(INDEX)


def downgrade() -> None:
    op.execute("DROP INDEX accounting.release_by_system")

"""Who wrote or sent an estimate, and who passed it on: none of them decides on it afterwards."""

from __future__ import annotations

from alembic import op

revision = "budget_0020"
down_revision = "budget_0019"
branch_labels = None
depends_on = None

# Each person who stands behind an act: the deputy and whoever was acted for. Of estimates that
# are on their way only those who took a step are known.
PERSONS = """
ALTER TABLE budget.estimate
    ADD COLUMN writers   uuid[] NOT NULL DEFAULT '{}',
    ADD COLUMN endorsers uuid[] NOT NULL DEFAULT '{}';
UPDATE budget.estimate
   SET writers   = array_remove(ARRAY[submitted_by], NULL),
       endorsers = array_remove(ARRAY[endorsed_by], NULL)
 WHERE submitted_by IS NOT NULL;
"""


def upgrade() -> None:
    op.execute(PERSONS)


def downgrade() -> None:
    op.execute("ALTER TABLE budget.estimate DROP COLUMN writers, DROP COLUMN endorsers")

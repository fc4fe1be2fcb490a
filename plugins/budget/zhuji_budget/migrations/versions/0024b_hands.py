"""Every hand on a document of the year: who keyed a change, who endorsed and commented a schedule.

Whoever did one step does not do another, also as the deputy of several offices; and a colleague
may take over a change that was returned to somebody who is not there any more.
"""

from __future__ import annotations

from alembic import op

revision = "budget_0024b"
down_revision = "budget_0024"
branch_labels = None
depends_on = None

HANDS = """
ALTER TABLE budget.change_document ADD COLUMN writers uuid[] NOT NULL DEFAULT '{}';
ALTER TABLE budget.allotment_schedule
    ADD COLUMN endorsed_for  uuid,
    ADD COLUMN commented_by  uuid,
    ADD COLUMN commented_for uuid;
"""
NO_HANDS = """
ALTER TABLE budget.change_document DROP COLUMN writers;
ALTER TABLE budget.allotment_schedule
    DROP COLUMN endorsed_for,
    DROP COLUMN commented_by,
    DROP COLUMN commented_for;
"""


def upgrade() -> None:
    # Of what was written before, the person who began it is known beside these columns.
    op.execute(HANDS)


def downgrade() -> None:
    op.execute(NO_HANDS)

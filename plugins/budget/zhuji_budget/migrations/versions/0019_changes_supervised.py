"""The step that a change takes at the supervising agency: a first reserve goes through it (64)."""

from __future__ import annotations

from alembic import op

revision = "budget_0019"
down_revision = "budget_0018"
branch_labels = None
depends_on = None

STATES = "'draft', 'submitted', 'agreed', 'posted', 'returned', 'withdrawn', 'reversed'"
STEP = f"""
ALTER TABLE budget.change_document
    DROP CONSTRAINT change_document_state_check,
    ADD CONSTRAINT change_document_state_check CHECK (state IN ({STATES}, 'supervising')),
    ADD COLUMN supervisor_code  text NOT NULL DEFAULT '',
    ADD COLUMN supervisor_name  text NOT NULL DEFAULT '',
    ADD COLUMN endorsed_by      uuid,
    ADD COLUMN endorsed_for     uuid,
    ADD COLUMN endorsed_by_name text NOT NULL DEFAULT '',
    ADD CONSTRAINT waits_for_a_supervisor
        CHECK (state <> 'supervising' OR supervisor_code <> '');
"""
BACK = "UPDATE budget.change_document SET state = 'submitted' WHERE state = 'supervising'"
UNSTEP = f"""
ALTER TABLE budget.change_document
    DROP CONSTRAINT waits_for_a_supervisor,
    DROP COLUMN supervisor_code,
    DROP COLUMN supervisor_name,
    DROP COLUMN endorsed_by,
    DROP COLUMN endorsed_for,
    DROP COLUMN endorsed_by_name,
    DROP CONSTRAINT change_document_state_check,
    ADD CONSTRAINT change_document_state_check CHECK (state IN ({STATES}));
"""


def upgrade() -> None:
    op.execute(STEP)


def downgrade() -> None:
    op.execute(BACK)
    op.execute(UNSTEP)

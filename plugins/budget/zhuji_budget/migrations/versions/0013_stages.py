"""Moves of the whole life of a commitment: spent, advanced, settled, returned, recovered."""

from __future__ import annotations

from alembic import op

revision = "budget_0013"
down_revision = "budget_0012"
branch_labels = None
depends_on = None

KINDS_BEFORE = "'enact', 'allot', 'reserve', 'release', 'change', 'freeze'"
OF_COMMITMENTS = (
    "'reserve', 'release', 'expend', 'advance', 'settle', 'return', 'recover', 'owe', 'pay'"
)

# commitment_id: whose reservation is added to or drawn on, where that is not the document itself
# (the request of a claim). Few movements have one when they certify, so its index costs that
# nothing.
MOVEMENTS = f"""
ALTER TABLE budget.budget_movement
    DROP CONSTRAINT budget_movement_kind_check,
    ADD CONSTRAINT budget_movement_kind_check
        CHECK (kind IN ('enact', 'allot', 'change', 'freeze', {OF_COMMITMENTS})),
    ADD COLUMN commitment_kind  text,
    ADD COLUMN commitment_id    uuid,
    ADD COLUMN commitment_label text,
    ADD CONSTRAINT a_commitment_is_whole
        CHECK (num_nulls(commitment_kind, commitment_id, commitment_label) IN (0, 3)
               AND (commitment_id IS NULL OR kind IN ({OF_COMMITMENTS})));
CREATE INDEX budget_movement_commitment ON budget.budget_movement (commitment_id)
 WHERE commitment_id IS NOT NULL;
"""
# What a month spent, advanced, settled, returned and recovered on a control row, written with the
# movements. Certified and released money follows events in execution_month.
MONTHS = """
CREATE TABLE budget.realised_month (
    control_row_id uuid    NOT NULL REFERENCES budget.control_row,
    month_key      integer NOT NULL CHECK (month_key % 100 BETWEEN 1 AND 12),
    spent_ntd      bigint  NOT NULL DEFAULT 0 CHECK (spent_ntd >= 0),
    advanced_ntd   bigint  NOT NULL DEFAULT 0 CHECK (advanced_ntd >= 0),
    settled_ntd    bigint  NOT NULL DEFAULT 0 CHECK (settled_ntd >= 0),
    returned_ntd   bigint  NOT NULL DEFAULT 0 CHECK (returned_ntd >= 0),
    recovered_ntd  bigint  NOT NULL DEFAULT 0 CHECK (recovered_ntd >= 0),
    PRIMARY KEY (control_row_id, month_key)
) WITH (fillfactor = 50);
"""
BACK = f"""
DROP TABLE budget.realised_month;
ALTER TABLE budget.budget_movement
    DROP CONSTRAINT budget_movement_kind_check,
    DROP CONSTRAINT a_commitment_is_whole,
    DROP COLUMN commitment_kind,
    DROP COLUMN commitment_id,
    DROP COLUMN commitment_label,
    ADD CONSTRAINT budget_movement_kind_check CHECK (kind IN ({KINDS_BEFORE}));
"""


def upgrade() -> None:
    op.execute(MOVEMENTS)
    op.execute(MONTHS)


def downgrade() -> None:
    op.execute(BACK)

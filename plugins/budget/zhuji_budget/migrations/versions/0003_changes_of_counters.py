"""Counters that change after enactment: council's changes, frozen money, revenue."""

from __future__ import annotations

from alembic import op

revision = "budget_0003"
down_revision = "budget_0002"
branch_labels = None
depends_on = None

ALLOTTED = " + ".join(f"allotment_ntd[{month}]" for month in range(1, 13))
KINDS_BEFORE = "'enact', 'allot', 'reserve', 'release'"

# council_ntd: what the council changed of the bill; enacted = bill + council. frozen_ntd: of the
# budget, what may neither be allotted nor certified yet (議會凍結, 專案核准動支).
ROWS = f"""
ALTER TABLE budget.budget_line
    ADD COLUMN function_code text    NOT NULL DEFAULT '',
    ADD COLUMN pooled        boolean NOT NULL DEFAULT false;

ALTER TABLE budget.control_row
    DROP CONSTRAINT control_row_bill_ntd_check,
    DROP CONSTRAINT never_overspent,
    DROP CONSTRAINT never_overallotted,
    ADD COLUMN council_ntd bigint NOT NULL DEFAULT 0,
    ADD COLUMN frozen_ntd  bigint NOT NULL DEFAULT 0 CHECK (frozen_ntd >= 0),
    ADD CONSTRAINT control_row_bill_ntd_check CHECK (bill_ntd >= 0),
    ADD CONSTRAINT council_cuts_the_bill CHECK (bill_ntd + council_ntd >= 0),
    ADD CONSTRAINT never_overspent
        CHECK (encumbered_ntd + advanced_ntd + expended_ntd
               <= enacted_ntd + changes_ntd - frozen_ntd),
    ADD CONSTRAINT never_overallotted
        CHECK ({ALLOTTED} <= enacted_ntd + changes_ntd - frozen_ntd);
"""
MOVEMENTS = """
ALTER TABLE budget.budget_movement
    DROP CONSTRAINT budget_movement_kind_check,
    DROP CONSTRAINT budget_movement_check1,
    ADD CONSTRAINT budget_movement_kind_check
        CHECK (kind IN ('enact', 'allot', 'reserve', 'release', 'change', 'freeze')),
    ADD CONSTRAINT budget_movement_check1
        CHECK (amount_ntd > 0 OR (kind IN ('allot', 'change', 'freeze') AND amount_ntd <> 0));
"""
REVENUE = f"""
-- A line of revenue (歲入): what an agency is to collect of one source in one year.
CREATE TABLE budget.revenue_row (
    revenue_row_id uuid     PRIMARY KEY,
    fiscal_year    integer  NOT NULL REFERENCES budget.fiscal_year,
    agency_code    text     NOT NULL,
    agency_name    text     NOT NULL,
    code           text     NOT NULL,
    name           text     NOT NULL,
    source_code    text     NOT NULL,
    source_name    text     NOT NULL,
    account        text     NOT NULL CHECK (account IN ('current', 'capital')),
    legal_basis    text     NOT NULL DEFAULT '',
    explanation    text     NOT NULL DEFAULT '',
    last_year_ntd  bigint,
    bill_ntd       bigint   NOT NULL CHECK (bill_ntd >= 0),
    council_ntd    bigint   NOT NULL DEFAULT 0,
    enacted_ntd    bigint   NOT NULL DEFAULT 0 CHECK (enacted_ntd >= 0),
    changes_ntd    bigint   NOT NULL DEFAULT 0,
    allotment_ntd  bigint[] NOT NULL DEFAULT '{{0,0,0,0,0,0,0,0,0,0,0,0}}'
                            CHECK (array_length(allotment_ntd, 1) = 12
                                   AND array_position(allotment_ntd, NULL) IS NULL),
    UNIQUE (fiscal_year, agency_code, code, account),
    CONSTRAINT council_cuts_the_bill CHECK (bill_ntd + council_ntd >= 0),
    CONSTRAINT never_below_zero CHECK (enacted_ntd + changes_ntd >= 0),
    CONSTRAINT never_overallotted CHECK ({ALLOTTED} <= enacted_ntd + changes_ntd)
);

-- Append-only, as budget_movement is; the sum of a row's movements is its counters.
CREATE TABLE budget.revenue_movement (
    movement_id    bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    revenue_row_id uuid        NOT NULL REFERENCES budget.revenue_row,
    kind           text        NOT NULL CHECK (kind IN ('enact', 'allot', 'change')),
    amount_ntd     bigint      NOT NULL CHECK (amount_ntd <> 0),
    month          integer     CHECK (month BETWEEN 1 AND 12),
    document_kind  text        NOT NULL,
    document_id    uuid        NOT NULL,
    document_label text        NOT NULL,
    business_date  date        NOT NULL,
    recorded_at    timestamptz NOT NULL,
    actor_id       uuid        NOT NULL,
    CHECK ((kind = 'allot') = (month IS NOT NULL))
);
CREATE INDEX revenue_movement_row ON budget.revenue_movement (revenue_row_id, movement_id);
CREATE INDEX revenue_movement_document ON budget.revenue_movement (document_id);
"""
BACK = f"""
DROP TABLE budget.revenue_movement;
DROP TABLE budget.revenue_row;
ALTER TABLE budget.budget_movement
    DROP CONSTRAINT budget_movement_kind_check,
    DROP CONSTRAINT budget_movement_check1,
    ADD CONSTRAINT budget_movement_kind_check CHECK (kind IN ({KINDS_BEFORE})),
    ADD CONSTRAINT budget_movement_check1 CHECK (amount_ntd > 0 OR kind = 'allot');
ALTER TABLE budget.control_row
    DROP CONSTRAINT council_cuts_the_bill,
    DROP CONSTRAINT control_row_bill_ntd_check,
    DROP CONSTRAINT never_overspent,
    DROP CONSTRAINT never_overallotted,
    DROP COLUMN council_ntd,
    DROP COLUMN frozen_ntd,
    ADD CONSTRAINT control_row_bill_ntd_check CHECK (bill_ntd > 0),
    ADD CONSTRAINT never_overspent
        CHECK (encumbered_ntd + advanced_ntd + expended_ntd <= enacted_ntd + changes_ntd),
    ADD CONSTRAINT never_overallotted CHECK ({ALLOTTED} <= enacted_ntd + changes_ntd);
ALTER TABLE budget.budget_line DROP COLUMN function_code, DROP COLUMN pooled;
"""


def upgrade() -> None:
    for part in (ROWS, MOVEMENTS, REVENUE):
        op.execute(part)


def downgrade() -> None:
    op.execute(BACK)

"""Rows of former years (以前年度): what a year's end brought into the next, and its movements."""

from __future__ import annotations

from alembic import op

revision = "budget_0027"
down_revision = "budget_0026"
branch_labels = None
depends_on = None

TABLES = """
-- A row of former years: what of one control row of ``origin_year`` was brought into
-- ``fiscal_year``, held (carried_ntd, 保留) or due (owed_ntd, 應付). Apart from control_row: no sum
-- of a year's own budget ever meets it.
CREATE TABLE budget.carried_row (
    control_row_id uuid    PRIMARY KEY,
    fiscal_year    integer NOT NULL,
    origin_year    integer NOT NULL,
    origin_row_id  uuid    NOT NULL REFERENCES budget.control_row,
    agency_code    text    NOT NULL,
    line_code      text    NOT NULL,
    line_name      text    NOT NULL,
    object_code    text    NOT NULL,
    object_name    text    NOT NULL,
    account        text    NOT NULL CHECK (account IN ('current', 'capital')),
    carried_ntd    bigint  NOT NULL DEFAULT 0 CHECK (carried_ntd >= 0),
    owed_ntd       bigint  NOT NULL DEFAULT 0 CHECK (owed_ntd >= 0),
    encumbered_ntd bigint  NOT NULL DEFAULT 0 CHECK (encumbered_ntd >= 0),
    advanced_ntd   bigint  NOT NULL DEFAULT 0 CHECK (advanced_ntd >= 0),
    expended_ntd   bigint  NOT NULL DEFAULT 0 CHECK (expended_ntd >= 0),
    payable_ntd    bigint  NOT NULL DEFAULT 0 CHECK (payable_ntd >= 0),
    UNIQUE (fiscal_year, origin_row_id),
    CHECK (origin_year < fiscal_year),
    CONSTRAINT never_overspent
        CHECK (encumbered_ntd + advanced_ntd + expended_ntd <= carried_ntd),
    CONSTRAINT never_owed_more CHECK (payable_ntd <= owed_ntd + expended_ntd)
) WITH (fillfactor = 50);
CREATE INDEX carried_row_agency ON budget.carried_row (fiscal_year, agency_code, line_code);

-- Append-only, as budget_movement is. ``carry`` and ``due`` are what was brought, negative when the
-- year of origin was opened again; the other kinds are those of move_funds.
CREATE TABLE budget.carried_movement (
    movement_id      bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    control_row_id   uuid        NOT NULL REFERENCES budget.carried_row,
    kind             text        NOT NULL
                                 CHECK (kind IN ('carry', 'due', 'release', 'expend', 'advance',
                                                 'settle', 'return', 'recover', 'owe', 'pay',
                                                 'lapse')),
    amount_ntd       bigint      NOT NULL,
    document_kind    text        NOT NULL,
    document_id      uuid        NOT NULL,
    document_label   text        NOT NULL,
    commitment_kind  text,
    commitment_id    uuid,
    commitment_label text,
    business_date    date        NOT NULL,
    recorded_at      timestamptz NOT NULL,
    actor_id         uuid        NOT NULL,
    CHECK (amount_ntd > 0 OR (kind IN ('carry', 'due') AND amount_ntd <> 0))
);
CREATE INDEX carried_movement_row ON budget.carried_movement (control_row_id, movement_id);
CREATE INDEX carried_movement_document ON budget.carried_movement (document_id);
CREATE INDEX carried_movement_commitment ON budget.carried_movement (commitment_id)
 WHERE commitment_id IS NOT NULL;
"""


def upgrade() -> None:
    op.execute(TABLES)


def downgrade() -> None:
    op.execute("DROP TABLE budget.carried_movement")
    op.execute("DROP TABLE budget.carried_row")

"""Documents that change the budget during the year."""

from __future__ import annotations

from alembic import op

revision = "budget_0007"
down_revision = "budget_0006"
branch_labels = None
depends_on = None

TABLES = """
-- A change during the year: one shape for all kinds (core/docs/decisions/0024). Its content stays
-- as it was posted; ``reversed`` says that another document took it back.
CREATE TABLE budget.change_document (
    document_id     uuid        PRIMARY KEY,
    fiscal_year     integer     NOT NULL REFERENCES budget.fiscal_year,
    agency_code     text        NOT NULL,
    agency_name     text        NOT NULL,
    kind            text        NOT NULL
                                CHECK (kind IN ('virement', 'first_reserve', 'second_reserve',
                                                'supplement', 'reduction', 'condition', 'release',
                                                'advance', 'inclusion', 'pooled')),
    state           text        NOT NULL
                                CHECK (state IN ('draft', 'submitted', 'agreed', 'posted',
                                                 'returned', 'withdrawn', 'reversed')),
    change_no       integer     CHECK (change_no > 0),
    purpose         text        NOT NULL,
    ground          text        NOT NULL,
    act_no          text        NOT NULL DEFAULT '',
    amount_ntd      bigint      NOT NULL,
    reverses_id     uuid        REFERENCES budget.change_document,
    advance_id      uuid        REFERENCES budget.change_document,
    created_by      uuid        NOT NULL,
    created_by_name text        NOT NULL,
    created_for     uuid,
    created_at      timestamptz NOT NULL,
    agreed_by       uuid,
    agreed_for      uuid,
    agreed_by_name  text        NOT NULL DEFAULT '',
    posted_by_name  text        NOT NULL DEFAULT '',
    posted_on       date,
    posted_at       timestamptz,
    effects         jsonb,
    return_reason   text        NOT NULL DEFAULT '',
    revision        integer     NOT NULL DEFAULT 1,
    UNIQUE (agency_code, fiscal_year, kind, change_no),
    CONSTRAINT posted_with_its_arithmetic
        CHECK ((state IN ('posted', 'reversed'))
               = (posted_on IS NOT NULL AND posted_at IS NOT NULL AND effects IS NOT NULL)),
    CONSTRAINT decided_with_a_number
        CHECK (state IN ('draft', 'returned', 'withdrawn') OR change_no IS NOT NULL)
);
CREATE INDEX change_document_list
    ON budget.change_document (fiscal_year, document_id DESC);
-- A document is reversed once.
CREATE UNIQUE INDEX change_reversed_once
    ON budget.change_document (reverses_id) WHERE state <> 'withdrawn';
CREATE INDEX change_document_advance
    ON budget.change_document (advance_id) WHERE advance_id IS NOT NULL;

CREATE TABLE budget.change_line (
    document_id    uuid    NOT NULL REFERENCES budget.change_document,
    line_no        integer NOT NULL CHECK (line_no > 0),
    control_row_id uuid    NOT NULL REFERENCES budget.control_row,
    agency_code    text    NOT NULL,
    line_code      text    NOT NULL,
    line_name      text    NOT NULL,
    object_code    text    NOT NULL,
    object_name    text    NOT NULL,
    account        text    NOT NULL,
    amount_ntd     bigint  NOT NULL CHECK (amount_ntd <> 0),
    month          integer NOT NULL CHECK (month BETWEEN 0 AND 12),
    PRIMARY KEY (document_id, line_no)
);
CREATE INDEX change_line_row ON budget.change_line (control_row_id, document_id);
"""


def upgrade() -> None:
    op.execute(TABLES)


def downgrade() -> None:
    op.execute("DROP TABLE budget.change_line")
    op.execute("DROP TABLE budget.change_document")

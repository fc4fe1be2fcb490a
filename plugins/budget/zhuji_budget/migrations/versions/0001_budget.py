"""Books, lines, control rows and the movements that prove them."""

from __future__ import annotations

from alembic import op

revision = "budget_0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE budget.fiscal_year (
    fiscal_year integer PRIMARY KEY CHECK (fiscal_year BETWEEN 1 AND 999),
    state       text    NOT NULL DEFAULT 'bill' CHECK (state IN ('bill', 'enacted', 'allotted')),
    document_id uuid    NOT NULL UNIQUE,
    act_no      text    NOT NULL DEFAULT ''
);

-- Object codes (用途別) of two generations, with the fiscal years in which they hold.
CREATE TABLE budget.object_code (
    pack             text    NOT NULL,
    code             text    NOT NULL,
    level            integer NOT NULL CHECK (level BETWEEN 1 AND 3),
    parent_code      text    NOT NULL DEFAULT '',
    name             text    NOT NULL,
    account          text    NOT NULL CHECK (account IN ('current', 'capital', 'either')),
    fiscal_year_from integer NOT NULL,
    fiscal_year_to   integer NOT NULL,
    PRIMARY KEY (pack, code)
);

CREATE TABLE budget.book (
    book_id     uuid    PRIMARY KEY,
    fiscal_year integer NOT NULL REFERENCES budget.fiscal_year,
    file_name   text    NOT NULL,
    digest      text    NOT NULL,
    lines       integer NOT NULL,
    total_ntd   bigint  NOT NULL,
    imported_at timestamptz NOT NULL,
    UNIQUE (fiscal_year, digest)
);

CREATE TABLE budget.budget_line (
    line_id         uuid    PRIMARY KEY,
    book_id         uuid    REFERENCES budget.book,
    fiscal_year     integer NOT NULL REFERENCES budget.fiscal_year,
    code            text    NOT NULL,
    name            text    NOT NULL,
    agency_code     text    NOT NULL,
    agency_name     text    NOT NULL,
    department_code text    NOT NULL,
    department_name text    NOT NULL,
    plan_code       text    NOT NULL,
    plan_name       text    NOT NULL,
    bill_ntd        bigint  NOT NULL CHECK (bill_ntd >= 0),
    last_year_ntd   bigint,
    UNIQUE (fiscal_year, code)
);
CREATE INDEX budget_line_agency ON budget.budget_line (fiscal_year, agency_code, code);

-- The control row (預算控制項目): line × first-level object × current/capital account. The only row
-- that certification locks. An empty object code: the book does not split the line.
CREATE TABLE budget.control_row (
    control_row_id uuid     PRIMARY KEY,
    line_id        uuid     NOT NULL REFERENCES budget.budget_line,
    fiscal_year    integer  NOT NULL,
    agency_code    text     NOT NULL,
    line_code      text     NOT NULL,
    line_name      text     NOT NULL,
    object_code    text     NOT NULL,
    object_name    text     NOT NULL,
    account        text     NOT NULL CHECK (account IN ('current', 'capital')),
    bill_ntd       bigint   NOT NULL CHECK (bill_ntd > 0),
    enacted_ntd    bigint   NOT NULL DEFAULT 0 CHECK (enacted_ntd >= 0),
    changes_ntd    bigint   NOT NULL DEFAULT 0,
    allotment_ntd  bigint[] NOT NULL DEFAULT '{0,0,0,0,0,0,0,0,0,0,0,0}'
                            CHECK (array_length(allotment_ntd, 1) = 12
                                   AND array_position(allotment_ntd, NULL) IS NULL),
    encumbered_ntd bigint   NOT NULL DEFAULT 0 CHECK (encumbered_ntd >= 0),
    advanced_ntd   bigint   NOT NULL DEFAULT 0 CHECK (advanced_ntd >= 0),
    expended_ntd   bigint   NOT NULL DEFAULT 0 CHECK (expended_ntd >= 0),
    closed_reason  text     NOT NULL DEFAULT '',
    UNIQUE (line_id, object_code, account),
    -- Fund control's last line of defence: the year's budget is never exceeded.
    CONSTRAINT never_overspent
        CHECK (encumbered_ntd + advanced_ntd + expended_ntd <= enacted_ntd + changes_ntd),
    CONSTRAINT never_overallotted
        CHECK (allotment_ntd[1] + allotment_ntd[2] + allotment_ntd[3] + allotment_ntd[4]
               + allotment_ntd[5] + allotment_ntd[6] + allotment_ntd[7] + allotment_ntd[8]
               + allotment_ntd[9] + allotment_ntd[10] + allotment_ntd[11] + allotment_ntd[12]
               <= enacted_ntd + changes_ntd)
) WITH (fillfactor = 50);
CREATE INDEX control_row_agency ON budget.control_row (fiscal_year, agency_code, line_code);

-- Append-only (the county's role may only insert and read). The sum of a row's movements is its
-- counters; the identity follows the order of the row's lock, so history can be replayed.
CREATE TABLE budget.budget_movement (
    movement_id    bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    control_row_id uuid        NOT NULL REFERENCES budget.control_row,
    kind           text        NOT NULL
                               CHECK (kind IN ('enact', 'allot', 'reserve', 'release')),
    amount_ntd     bigint      NOT NULL,
    month          integer     CHECK (month BETWEEN 1 AND 12),
    document_kind  text        NOT NULL,
    document_id    uuid        NOT NULL,
    document_label text        NOT NULL,
    business_date  date        NOT NULL,
    recorded_at    timestamptz NOT NULL,
    actor_id       uuid        NOT NULL,
    CHECK ((kind = 'allot') = (month IS NOT NULL)),
    CHECK (amount_ntd > 0 OR kind = 'allot')
);
CREATE INDEX budget_movement_row ON budget.budget_movement (control_row_id, movement_id);
CREATE INDEX budget_movement_document ON budget.budget_movement (document_id);
"""


def upgrade() -> None:
    op.execute(TABLES)


def downgrade() -> None:
    for table in (
        "budget_movement", "control_row", "budget_line", "book", "object_code", "fiscal_year",
    ):  # fmt: skip
        op.execute(f"DROP TABLE budget.{table}")

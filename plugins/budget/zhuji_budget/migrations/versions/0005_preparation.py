"""Estimates, ceilings, review and council's changes."""

from __future__ import annotations

from alembic import op

revision = "budget_0005"
down_revision = "budget_0004"
branch_labels = None
depends_on = None

TABLES = """
-- The most that an agency may estimate (概算額度), set by the budget office before or during it.
CREATE TABLE budget.estimate_ceiling (
    fiscal_year integer NOT NULL CHECK (fiscal_year BETWEEN 1 AND 999),
    agency_code text    NOT NULL,
    ceiling_ntd bigint  NOT NULL CHECK (ceiling_ntd >= 0),
    document_id uuid    NOT NULL UNIQUE,
    PRIMARY KEY (fiscal_year, agency_code)
);

-- One agency's estimate (概算) of one year: the document that is submitted, reviewed, compiled.
CREATE TABLE budget.estimate (
    estimate_id     uuid    PRIMARY KEY,
    fiscal_year     integer NOT NULL CHECK (fiscal_year BETWEEN 1 AND 999),
    agency_code     text    NOT NULL,
    agency_name     text    NOT NULL,
    department_code text    NOT NULL DEFAULT '',
    department_name text    NOT NULL DEFAULT '',
    state           text    NOT NULL DEFAULT 'draft'
                    CHECK (state IN ('draft', 'submitted', 'returned', 'reviewed', 'compiled')),
    submitted_by    uuid,
    reason          text    NOT NULL DEFAULT '',
    UNIQUE (fiscal_year, agency_code)
);

-- A work plan (工作計畫) or a source of revenue; revision guards the form that rewrites it.
CREATE TABLE budget.estimate_line (
    estimate_line_id uuid    PRIMARY KEY,
    estimate_id      uuid    NOT NULL REFERENCES budget.estimate,
    side             text    NOT NULL CHECK (side IN ('expenditure', 'revenue')),
    code             text    NOT NULL,
    name             text    NOT NULL,
    group_code       text    NOT NULL DEFAULT '',
    group_name       text    NOT NULL DEFAULT '',
    legal_basis      text    NOT NULL DEFAULT '',
    reason           text    NOT NULL DEFAULT '',
    last_year_ntd    bigint,
    revision         integer NOT NULL DEFAULT 1,
    CONSTRAINT estimate_line_once UNIQUE (estimate_id, side, code)
);

-- Unit × quantity × price, as in the book. cut_ntd and comment are the review's.
CREATE TABLE budget.estimate_item (
    item_id          uuid    PRIMARY KEY,
    estimate_line_id uuid    NOT NULL REFERENCES budget.estimate_line,
    item_no          integer NOT NULL CHECK (item_no BETWEEN 1 AND 500),
    sub_plan         text    NOT NULL DEFAULT '',
    object_code      text    NOT NULL DEFAULT '',
    object_name      text    NOT NULL DEFAULT '',
    account          text    NOT NULL CHECK (account IN ('current', 'capital')),
    unit             text    NOT NULL DEFAULT '',
    quantity         text    NOT NULL,
    price_ntd        bigint  NOT NULL CHECK (price_ntd >= 0),
    amount_ntd       bigint  NOT NULL CHECK (amount_ntd > 0),
    explanation      text    NOT NULL DEFAULT '',
    fund_source      text    NOT NULL DEFAULT '',
    cut_ntd          bigint  NOT NULL DEFAULT 0 CHECK (cut_ntd BETWEEN 0 AND amount_ntd),
    comment          text    NOT NULL DEFAULT '',
    UNIQUE (estimate_line_id, item_no)
);

-- What an estimate was at each step, never changed: versions are compared line by line.
CREATE TABLE budget.estimate_version (
    estimate_id uuid        NOT NULL REFERENCES budget.estimate,
    version_no  integer     NOT NULL CHECK (version_no >= 1),
    stage       text        NOT NULL
                CHECK (stage IN ('submitted', 'returned', 'reviewed', 'compiled')),
    reason      text        NOT NULL DEFAULT '',
    actor_id    uuid        NOT NULL,
    actor_name  text        NOT NULL,
    recorded_at timestamptz NOT NULL,
    items       jsonb       NOT NULL,
    PRIMARY KEY (estimate_id, version_no)
);

-- What the council does to one row of the bill (議會刪減、凍結、附帶決議), until enactment.
CREATE TABLE budget.council_change (
    control_row_id uuid   PRIMARY KEY REFERENCES budget.control_row,
    cut_ntd        bigint NOT NULL CHECK (cut_ntd >= 0),
    frozen_ntd     bigint NOT NULL CHECK (frozen_ntd >= 0),
    condition      text   NOT NULL DEFAULT '',
    CHECK (cut_ntd > 0 OR frozen_ntd > 0 OR condition <> '')
);
"""


def upgrade() -> None:
    op.execute(TABLES)


def downgrade() -> None:
    for table in (
        "council_change", "estimate_version", "estimate_item", "estimate_line", "estimate",
        "estimate_ceiling",
    ):  # fmt: skip
        op.execute(f"DROP TABLE budget.{table}")

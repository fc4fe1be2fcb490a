"""Carry-over requests: what becomes of commitments when their year is over."""

from __future__ import annotations

from alembic import op

revision = "accounting_0012b"
down_revision = "accounting_0012"
branch_labels = None
depends_on = None

TABLES = """
-- Carry-over request (保留申請) of one spending request; signers stand in the row.
CREATE TABLE accounting.carry_over (
    carry_id        uuid    PRIMARY KEY,
    fiscal_year     integer NOT NULL,
    agency_code     text    NOT NULL,
    agency_name     text    NOT NULL,
    state           text    NOT NULL CHECK (state IN ('draft', 'submitted', 'reviewed', 'decided',
                                                      'returned', 'withdrawn')),
    carry_no        integer CHECK (carry_no > 0),
    request_id      uuid    NOT NULL REFERENCES accounting.spending_request,
    request_label   text    NOT NULL,
    reason          text    NOT NULL,
    evidence        text    NOT NULL,
    creditor        text    NOT NULL,
    creditor_id     text    NOT NULL,
    contract_no     text    NOT NULL,
    created_by      uuid    NOT NULL,
    created_by_name text    NOT NULL,
    created_for     uuid,
    created_at      timestamptz NOT NULL,
    submitted_at    timestamptz,
    review          jsonb,
    decision        jsonb,
    decided_on      date,
    decision_note   text    NOT NULL DEFAULT '',
    return_reason   text    NOT NULL DEFAULT '',
    revision        integer NOT NULL DEFAULT 1,
    UNIQUE (agency_code, fiscal_year, carry_no),
    CHECK ((state = 'decided') = (decided_on IS NOT NULL)),
    CHECK ((state = 'decided') = (decision IS NOT NULL))
) WITH (fillfactor = 80);
CREATE INDEX carry_over_list ON accounting.carry_over (fiscal_year, agency_code, carry_id DESC);
-- What a request holds is divided once, whoever writes it first.
CREATE UNIQUE INDEX carry_over_once ON accounting.carry_over (request_id)
 WHERE state <> 'withdrawn';

CREATE TABLE accounting.carry_line (
    carry_id            uuid    NOT NULL REFERENCES accounting.carry_over,
    line_no             integer NOT NULL CHECK (line_no BETWEEN 1 AND 10),
    request_id          uuid    NOT NULL,
    request_line_no     integer NOT NULL,
    control_row_id      uuid    NOT NULL,
    line_code           text    NOT NULL,
    line_name           text    NOT NULL,
    object_code         text    NOT NULL,
    object_name         text    NOT NULL,
    account             text    NOT NULL,
    detail_object_code  text    NOT NULL,
    open_ntd            bigint  NOT NULL CHECK (open_ntd > 0),
    carry_ntd           bigint  NOT NULL CHECK (carry_ntd >= 0),
    payable_ntd         bigint  NOT NULL CHECK (payable_ntd >= 0),
    granted_carry_ntd   bigint  NOT NULL DEFAULT 0,
    granted_payable_ntd bigint  NOT NULL DEFAULT 0,
    PRIMARY KEY (carry_id, line_no),
    UNIQUE (carry_id, request_line_no),
    FOREIGN KEY (request_id, request_line_no) REFERENCES accounting.request_line,
    CONSTRAINT divided_whole CHECK (carry_ntd + payable_ntd <= open_ntd),
    CONSTRAINT never_more_than_asked CHECK (granted_carry_ntd BETWEEN 0 AND carry_ntd
                                        AND granted_payable_ntd BETWEEN 0 AND payable_ntd)
);
CREATE INDEX carry_line_request ON accounting.carry_line (request_id, request_line_no);
"""


def upgrade() -> None:
    op.execute(TABLES)


def downgrade() -> None:
    op.execute("DROP TABLE accounting.carry_line")
    op.execute("DROP TABLE accounting.carry_over")

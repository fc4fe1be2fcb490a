"""What is claimed of a commitment: expense claims, their evidence, payees and signatures."""

from __future__ import annotations

from alembic import op

revision = "accounting_0005"
down_revision = "accounting_0004"
branch_labels = None
depends_on = None

HELD = """
ALTER TABLE accounting.request_line
    ADD COLUMN claimed_ntd bigint NOT NULL DEFAULT 0 CHECK (claimed_ntd >= 0),
    ADD CONSTRAINT never_overclaimed CHECK (claimed_ntd + released_ntd <= amount_ntd);
"""
CLAIMS = """
CREATE TABLE accounting.claim (
    claim_id        uuid    PRIMARY KEY,
    fiscal_year     integer NOT NULL,
    agency_code     text    NOT NULL,
    agency_name     text    NOT NULL,
    state           text    NOT NULL
                            CHECK (state IN ('draft', 'submitted', 'accepted', 'unit_approved',
                                             'reviewed', 'approved', 'returned', 'withdrawn')),
    claim_no        integer CHECK (claim_no > 0),
    kind            text    NOT NULL CHECK (kind IN ('ordinary', 'purchase', 'contract')),
    memo            text    NOT NULL,
    final           boolean NOT NULL,
    amount_ntd      bigint  NOT NULL CHECK (amount_ntd >= 0),
    created_by      uuid    NOT NULL,
    created_by_name text    NOT NULL,
    created_for     uuid,
    created_at      timestamptz NOT NULL,
    submitted_at    timestamptz,
    business_date   date,
    return_reason   text    NOT NULL DEFAULT '',
    revision        integer NOT NULL DEFAULT 1,
    UNIQUE (agency_code, fiscal_year, claim_no),
    CHECK ((state = 'approved') = (business_date IS NOT NULL))
) WITH (fillfactor = 80);
CREATE INDEX claim_list ON accounting.claim (fiscal_year, agency_code, claim_id DESC);
CREATE INDEX claim_waiting ON accounting.claim (state, agency_code, submitted_at, claim_id)
 WHERE state IN ('draft', 'returned', 'submitted', 'accepted', 'unit_approved', 'reviewed');

CREATE TABLE accounting.claim_line (
    claim_id           uuid    NOT NULL REFERENCES accounting.claim,
    line_no            integer NOT NULL CHECK (line_no BETWEEN 1 AND 50),
    request_id         uuid    NOT NULL,
    request_label      text    NOT NULL,
    request_line_no    integer NOT NULL,
    control_row_id     uuid    NOT NULL,
    line_code          text    NOT NULL,
    line_name          text    NOT NULL,
    object_code        text    NOT NULL,
    object_name        text    NOT NULL,
    account            text    NOT NULL CHECK (account IN ('current', 'capital')),
    detail_object_code text    NOT NULL DEFAULT '',
    amount_ntd         bigint  NOT NULL CHECK (amount_ntd > 0),
    PRIMARY KEY (claim_id, line_no),
    UNIQUE (claim_id, request_id, request_line_no),
    FOREIGN KEY (request_id, request_line_no) REFERENCES accounting.request_line
);
CREATE INDEX claim_line_request ON accounting.claim_line (request_id);

-- ``counts``: of a claim that was not withdrawn. One seller's number is claimed once in a county.
CREATE TABLE accounting.source_document (
    claim_id    uuid    NOT NULL REFERENCES accounting.claim,
    document_no integer NOT NULL CHECK (document_no BETWEEN 1 AND 100),
    kind        text    NOT NULL CHECK (kind IN ('invoice', 'receipt', 'other')),
    number      text    NOT NULL,
    dated_on    date    NOT NULL,
    tax_id      text    NOT NULL DEFAULT '',
    amount_ntd  bigint  NOT NULL CHECK (amount_ntd > 0),
    counts      boolean NOT NULL DEFAULT true,
    PRIMARY KEY (claim_id, document_no)
);
CREATE UNIQUE INDEX source_document_once ON accounting.source_document (tax_id, number)
 WHERE counts AND tax_id <> '' AND number <> '';

CREATE TABLE accounting.claim_payee (
    claim_id    uuid    NOT NULL REFERENCES accounting.claim,
    payee_no    integer NOT NULL CHECK (payee_no BETWEEN 1 AND 100),
    name        text    NOT NULL,
    identifier  text    NOT NULL DEFAULT '',
    bank_code   text    NOT NULL DEFAULT '',
    branch_code text    NOT NULL DEFAULT '',
    account_no  text    NOT NULL DEFAULT '',
    amount_ntd  bigint  NOT NULL CHECK (amount_ntd > 0),
    PRIMARY KEY (claim_id, payee_no)
);

CREATE TABLE accounting.claim_signature (
    claim_id     uuid    NOT NULL REFERENCES accounting.claim,
    step         text    NOT NULL CHECK (step IN ('accept', 'approve', 'review', 'grant')),
    user_id      uuid    NOT NULL,
    on_behalf_of uuid,
    name         text    NOT NULL,
    signed_at    timestamptz NOT NULL,
    PRIMARY KEY (claim_id, step)
);
"""
BACK = """
DROP TABLE accounting.claim_signature;
DROP TABLE accounting.claim_payee;
DROP TABLE accounting.source_document;
DROP TABLE accounting.claim_line;
DROP TABLE accounting.claim;
ALTER TABLE accounting.request_line DROP COLUMN claimed_ntd;
"""


def upgrade() -> None:
    for part in (HELD, CLAIMS):
        op.execute(part)


def downgrade() -> None:
    op.execute(BACK)

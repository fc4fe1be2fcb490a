"""Advances, their settlement by claims, money paid back, and what some kinds of claims must say."""

from __future__ import annotations

from alembic import op

revision = "accounting_0008"
down_revision = "accounting_0007"
branch_labels = None
depends_on = None

HELD = """
ALTER TABLE accounting.request_line
    ADD COLUMN advanced_ntd bigint NOT NULL DEFAULT 0 CHECK (advanced_ntd >= 0),
    DROP CONSTRAINT never_overclaimed,
    ADD CONSTRAINT never_overclaimed CHECK (claimed_ntd + advanced_ntd + released_ntd
                                            <= amount_ntd);
"""
# Signers stand in the row: an advance is signed twice, and a returned one loses both.
ADVANCES = """
CREATE TABLE accounting.advance (
    advance_id      uuid    PRIMARY KEY,
    fiscal_year     integer NOT NULL,
    agency_code     text    NOT NULL,
    agency_name     text    NOT NULL,
    state           text    NOT NULL
                            CHECK (state IN ('draft', 'submitted', 'unit_approved', 'granted',
                                             'closed', 'returned', 'withdrawn')),
    advance_no      integer CHECK (advance_no > 0),
    kind            text    NOT NULL CHECK (kind IN ('general', 'travel', 'prepayment',
                                                     'petty_cash')),
    request_id      uuid    NOT NULL REFERENCES accounting.spending_request,
    request_label   text    NOT NULL,
    memo            text    NOT NULL,
    settle_by          date    NOT NULL,
    receiver_name   text    NOT NULL,
    receiver_id     text    NOT NULL DEFAULT '',
    bank_code       text    NOT NULL DEFAULT '',
    branch_code     text    NOT NULL DEFAULT '',
    account_no      text    NOT NULL DEFAULT '',
    contract_no     text    NOT NULL DEFAULT '',
    open_reason     text    NOT NULL DEFAULT '',
    amount_ntd      bigint  NOT NULL CHECK (amount_ntd >= 0),
    created_by      uuid    NOT NULL,
    created_by_name text    NOT NULL,
    created_for     uuid,
    created_at      timestamptz NOT NULL,
    submitted_at    timestamptz,
    approval        jsonb,
    "grant"         jsonb,
    granted_on      date,
    return_reason   text    NOT NULL DEFAULT '',
    revision        integer NOT NULL DEFAULT 1,
    UNIQUE (agency_code, fiscal_year, advance_no),
    CHECK ((state IN ('granted', 'closed')) = (granted_on IS NOT NULL))
) WITH (fillfactor = 80);
CREATE INDEX advance_list ON accounting.advance (fiscal_year, agency_code, advance_id DESC);
CREATE INDEX advance_request ON accounting.advance (request_id);
CREATE INDEX advance_waiting ON accounting.advance (state, agency_code, settle_by, advance_id)
 WHERE state IN ('draft', 'returned', 'submitted', 'unit_approved', 'granted');
CREATE INDEX advance_receiver ON accounting.advance (agency_code, receiver_name, settle_by)
 WHERE state = 'granted';

CREATE TABLE accounting.advance_line (
    advance_id         uuid    NOT NULL REFERENCES accounting.advance,
    line_no            integer NOT NULL CHECK (line_no BETWEEN 1 AND 10),
    request_id         uuid    NOT NULL,
    request_line_no    integer NOT NULL,
    control_row_id     uuid    NOT NULL,
    line_code          text    NOT NULL,
    line_name          text    NOT NULL,
    object_code        text    NOT NULL,
    object_name        text    NOT NULL,
    account            text    NOT NULL CHECK (account IN ('current', 'capital')),
    detail_object_code text    NOT NULL DEFAULT '',
    amount_ntd         bigint  NOT NULL CHECK (amount_ntd > 0),
    settled_ntd        bigint  NOT NULL DEFAULT 0 CHECK (settled_ntd >= 0),
    returned_ntd       bigint  NOT NULL DEFAULT 0 CHECK (returned_ntd >= 0),
    PRIMARY KEY (advance_id, line_no),
    UNIQUE (advance_id, request_line_no),
    FOREIGN KEY (request_id, request_line_no) REFERENCES accounting.request_line,
    CONSTRAINT never_overanswered CHECK (settled_ntd + returned_ntd <= amount_ntd)
);
"""
# Money that came back: of an advance (繳回), or of what a claim had spent (支出收回).
RECOVERIES = """
ALTER TABLE accounting.claim_line
    ADD COLUMN settled_ntd   bigint NOT NULL DEFAULT 0 CHECK (settled_ntd >= 0),
    ADD COLUMN recovered_ntd bigint NOT NULL DEFAULT 0 CHECK (recovered_ntd >= 0),
    ADD CONSTRAINT never_oversettled CHECK (settled_ntd <= amount_ntd),
    ADD CONSTRAINT never_overrecovered CHECK (recovered_ntd <= amount_ntd);

CREATE TABLE accounting.recovery (
    recovery_id      uuid    PRIMARY KEY,
    fiscal_year      integer NOT NULL,
    agency_code      text    NOT NULL,
    agency_name      text    NOT NULL,
    recovery_no      integer NOT NULL CHECK (recovery_no > 0),
    advance_id       uuid    REFERENCES accounting.advance,
    claim_id         uuid    REFERENCES accounting.claim,
    source_label     text    NOT NULL,
    payer            text    NOT NULL,
    slip_no          text    NOT NULL,
    deposited_on     date    NOT NULL,
    reason           text    NOT NULL,
    amount_ntd       bigint  NOT NULL CHECK (amount_ntd > 0),
    business_date    date    NOT NULL,
    recorded_by      uuid    NOT NULL,
    recorded_by_name text    NOT NULL,
    recorded_for     uuid,
    recorded_at      timestamptz NOT NULL,
    UNIQUE (agency_code, fiscal_year, recovery_no),
    CHECK ((advance_id IS NULL) <> (claim_id IS NULL))
);
CREATE INDEX recovery_list ON accounting.recovery (fiscal_year, agency_code, recovery_id DESC);
CREATE INDEX recovery_advance ON accounting.recovery (advance_id);
CREATE INDEX recovery_claim ON accounting.recovery (claim_id);
-- A slip of the treasury is booked once in a county.
CREATE UNIQUE INDEX recovery_slip_once ON accounting.recovery (fiscal_year, slip_no);

CREATE TABLE accounting.recovery_line (
    recovery_id uuid    NOT NULL REFERENCES accounting.recovery,
    line_no     integer NOT NULL CHECK (line_no BETWEEN 1 AND 50),
    amount_ntd  bigint  NOT NULL CHECK (amount_ntd > 0),
    PRIMARY KEY (recovery_id, line_no)
);
"""
KINDS = """
ALTER TABLE accounting.claim
    ADD COLUMN advance_id uuid REFERENCES accounting.advance,
    ADD COLUMN advance_label text NOT NULL DEFAULT '',
    ADD COLUMN details jsonb NOT NULL DEFAULT '{}',
    DROP CONSTRAINT claim_kind_check,
    ADD CONSTRAINT claim_kind_check CHECK (kind IN ('ordinary', 'purchase', 'contract', 'travel',
                                                    'payroll', 'subsidy', 'petty_cash'));
CREATE INDEX claim_advance ON accounting.claim (advance_id) WHERE advance_id IS NOT NULL;
"""
BACK = """
ALTER TABLE accounting.claim
    DROP COLUMN advance_id, DROP COLUMN advance_label, DROP COLUMN details,
    DROP CONSTRAINT claim_kind_check,
    ADD CONSTRAINT claim_kind_check CHECK (kind IN ('ordinary', 'purchase', 'contract'));
DROP TABLE accounting.recovery_line;
DROP TABLE accounting.recovery;
ALTER TABLE accounting.claim_line DROP COLUMN settled_ntd, DROP COLUMN recovered_ntd;
DROP TABLE accounting.advance_line;
DROP TABLE accounting.advance;
ALTER TABLE accounting.request_line
    DROP COLUMN advanced_ntd,
    ADD CONSTRAINT never_overclaimed CHECK (claimed_ntd + released_ntd <= amount_ntd);
"""


def upgrade() -> None:
    for part in (HELD, ADVANCES, RECOVERIES, KINDS):
        op.execute(part)


def downgrade() -> None:
    op.execute(BACK)

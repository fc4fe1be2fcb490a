"""Remittances that the bank returned (退匯), and what became of each: sent again or given back."""

from __future__ import annotations

from alembic import op

revision = "accounting_0015"
down_revision = "accounting_0017"
branch_labels = None
depends_on = None

TABLES = """
-- Money that the treasury paid and the bank sent back: it lies in the treasury's own suspense
-- account, so the agency's ledger does not move. Neither row is ever changed.
CREATE TABLE accounting.returned_remittance (
    return_id        uuid    PRIMARY KEY,
    fiscal_year      integer NOT NULL,
    period           integer NOT NULL CHECK (period BETWEEN 1 AND 13),
    agency_code      text    NOT NULL,
    agency_name      text    NOT NULL,
    return_no        integer NOT NULL CHECK (return_no > 0),
    claim_id         uuid    NOT NULL REFERENCES accounting.claim,
    claim_label      text    NOT NULL,
    payee_no         integer NOT NULL,
    payee_name       text    NOT NULL,
    bank_code        text    NOT NULL DEFAULT '',
    branch_code      text    NOT NULL DEFAULT '',
    account_no       text    NOT NULL DEFAULT '',
    amount_ntd       bigint  NOT NULL CHECK (amount_ntd > 0),
    notice_no        text    NOT NULL,
    returned_on      date    NOT NULL,
    reason           text    NOT NULL,
    answer_by        date    NOT NULL,
    recorded_by      uuid    NOT NULL,
    recorded_by_name text    NOT NULL,
    recorded_for     uuid,
    recorded_at      timestamptz NOT NULL,
    UNIQUE (agency_code, fiscal_year, return_no),
    FOREIGN KEY (claim_id, payee_no) REFERENCES accounting.claim_payee
);
CREATE INDEX returned_remittance_list
    ON accounting.returned_remittance (fiscal_year, agency_code, return_id DESC);
CREATE INDEX returned_remittance_claim ON accounting.returned_remittance (claim_id, payee_no);
-- A notice of the treasury is booked once in a county.
CREATE UNIQUE INDEX returned_remittance_notice_once
    ON accounting.returned_remittance (fiscal_year, notice_no);

CREATE TABLE accounting.remittance_answer (
    return_id        uuid    PRIMARY KEY REFERENCES accounting.returned_remittance,
    fiscal_year      integer NOT NULL,
    period           integer NOT NULL CHECK (period BETWEEN 1 AND 13),
    agency_code      text    NOT NULL,
    kind             text    NOT NULL CHECK (kind IN ('re_remit', 'give_back')),
    settled_on       date    NOT NULL,
    amount_ntd       bigint  NOT NULL CHECK (amount_ntd > 0),
    slip_no          text    NOT NULL DEFAULT '',
    bank_code        text    NOT NULL DEFAULT '',
    branch_code      text    NOT NULL DEFAULT '',
    account_no       text    NOT NULL DEFAULT '',
    recovery_id      uuid    UNIQUE REFERENCES accounting.recovery,
    recovery_label   text    NOT NULL DEFAULT '',
    answered_by      uuid    NOT NULL,
    answered_by_name text    NOT NULL,
    answered_for     uuid,
    answered_at      timestamptz NOT NULL,
    CHECK ((kind = 'give_back') = (recovery_id IS NOT NULL)),
    CHECK ((kind = 're_remit') = (account_no <> '' AND slip_no <> ''))
);
CREATE INDEX remittance_answer_day
    ON accounting.remittance_answer (fiscal_year, agency_code, settled_on);
"""
BACK = """
DROP TABLE accounting.remittance_answer;
DROP TABLE accounting.returned_remittance;
"""


def upgrade() -> None:
    op.execute(TABLES)


def downgrade() -> None:
    op.execute(BACK)

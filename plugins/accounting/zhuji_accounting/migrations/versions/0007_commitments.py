"""The life of a commitment: what supplements it, until when it is held, its award."""

from __future__ import annotations

from alembic import op

revision = "accounting_0007"
down_revision = "accounting_0006"
branch_labels = None
depends_on = None

REQUESTS = """
ALTER TABLE accounting.spending_request
    ADD COLUMN supplements_id    uuid REFERENCES accounting.spending_request,
    ADD COLUMN supplements_label text NOT NULL DEFAULT '',
    ADD COLUMN hold_until        date,
    ADD COLUMN contract_no       text NOT NULL DEFAULT '',
    ADD COLUMN contractor        text NOT NULL DEFAULT '',
    ADD CONSTRAINT supplement_named
        CHECK ((supplements_id IS NULL) = (supplements_label = ''));
CREATE INDEX spending_request_supplements ON accounting.spending_request (supplements_id)
 WHERE supplements_id IS NOT NULL;
-- Reservations by the day on which they end: the nightly look at those that are over.
CREATE INDEX spending_request_ends ON accounting.spending_request (hold_until, request_id)
 WHERE state = 'certified' AND hold_until IS NOT NULL;
"""
AWARDS = """
-- Award (決標): the contract that a certified request became; written once, never changed.
CREATE TABLE accounting.award (
    award_id        uuid    PRIMARY KEY,
    request_id      uuid    NOT NULL UNIQUE REFERENCES accounting.spending_request,
    contract_no     text    NOT NULL CHECK (contract_no <> ''),
    contractor      text    NOT NULL CHECK (contractor <> ''),
    tax_id          text    NOT NULL,
    awarded_on      date    NOT NULL,
    due_on          date,
    amount_ntd      bigint  NOT NULL CHECK (amount_ntd > 0),
    surplus_ntd     bigint  NOT NULL CHECK (surplus_ntd >= 0),
    business_date   date    NOT NULL,
    awarded_by      uuid    NOT NULL,
    awarded_by_name text    NOT NULL,
    awarded_at      timestamptz NOT NULL
);
CREATE TABLE accounting.award_line (
    award_id    uuid    NOT NULL REFERENCES accounting.award,
    line_no     integer NOT NULL,
    awarded_ntd bigint  NOT NULL CHECK (awarded_ntd >= 0),
    surplus_ntd bigint  NOT NULL CHECK (surplus_ntd >= 0),
    PRIMARY KEY (award_id, line_no)
);
"""
BACK = """
DROP TABLE accounting.award_line;
DROP TABLE accounting.award;
ALTER TABLE accounting.spending_request
    DROP COLUMN supplements_id,
    DROP COLUMN supplements_label,
    DROP COLUMN hold_until,
    DROP COLUMN contract_no,
    DROP COLUMN contractor;
"""


def upgrade() -> None:
    for part in (REQUESTS, AWARDS):
        op.execute(part)


def downgrade() -> None:
    op.execute(BACK)

"""Spending requests, their certifications and receipts, releases, closed periods."""

from __future__ import annotations

from alembic import op

revision = "accounting_0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE accounting.spending_request (
    request_id       uuid    PRIMARY KEY,
    fiscal_year      integer NOT NULL,
    agency_code      text    NOT NULL,
    agency_name      text    NOT NULL,
    request_no       integer CHECK (request_no > 0),
    state            text    NOT NULL
                             CHECK (state IN ('draft', 'submitted', 'unit_approved', 'certified',
                                              'closed', 'returned', 'withdrawn')),
    kind             text    NOT NULL,
    purpose          text    NOT NULL,
    basis            text    NOT NULL,
    payee            text    NOT NULL,
    duplicate_reason text    NOT NULL,
    amount_ntd       bigint  NOT NULL CHECK (amount_ntd >= 0),
    content_digest   bytea,
    created_by       uuid    NOT NULL,
    created_by_name  text    NOT NULL,
    created_at       timestamptz NOT NULL,
    submitted_at     timestamptz,
    approved_by      uuid,
    approved_by_name text    NOT NULL DEFAULT '',
    approved_at      timestamptz,
    return_reason    text    NOT NULL DEFAULT '',
    revision         integer NOT NULL DEFAULT 1,
    UNIQUE (agency_code, fiscal_year, request_no),
    CHECK ((request_no IS NULL) = (submitted_at IS NULL)),
    CHECK (state <> 'unit_approved' OR approved_by IS NOT NULL)
) WITH (fillfactor = 80);
-- The worklists: what waits for approval or certification in an agency, oldest first.
CREATE INDEX spending_request_waiting
    ON accounting.spending_request (agency_code, state, submitted_at, request_id)
 WHERE state IN ('draft', 'submitted', 'unit_approved', 'returned');
CREATE INDEX spending_request_list
    ON accounting.spending_request (fiscal_year, agency_code, request_id DESC);
-- One content is open once, unless the later request gives a reason why it is another case.
CREATE UNIQUE INDEX spending_request_content_once
    ON accounting.spending_request (agency_code, fiscal_year, content_digest)
 WHERE state IN ('submitted', 'unit_approved', 'certified') AND duplicate_reason = '';

CREATE TABLE accounting.request_line (
    request_id         uuid    NOT NULL REFERENCES accounting.spending_request,
    line_no            integer NOT NULL CHECK (line_no BETWEEN 1 AND 10),
    control_row_id     uuid    NOT NULL,
    line_code          text    NOT NULL,
    line_name          text    NOT NULL,
    object_code        text    NOT NULL,
    object_name        text    NOT NULL,
    account            text    NOT NULL CHECK (account IN ('current', 'capital')),
    detail_object_code text    NOT NULL DEFAULT '',
    description        text    NOT NULL DEFAULT '',
    amount_ntd         bigint  NOT NULL CHECK (amount_ntd > 0),
    released_ntd       bigint  NOT NULL DEFAULT 0 CHECK (released_ntd >= 0),
    PRIMARY KEY (request_id, line_no),
    CONSTRAINT never_released_twice CHECK (released_ntd <= amount_ntd)
) WITH (fillfactor = 80);

-- Certification (經費簽證) and its availability receipt: written once, never changed.
CREATE TABLE accounting.certification (
    certification_id  uuid    PRIMARY KEY,
    request_id        uuid    NOT NULL UNIQUE REFERENCES accounting.spending_request,
    fiscal_year       integer NOT NULL,
    agency_code       text    NOT NULL,
    certification_no  integer NOT NULL CHECK (certification_no > 0),
    amount_ntd        bigint  NOT NULL CHECK (amount_ntd > 0),
    commit_basis      text    NOT NULL CHECK (commit_basis IN ('annual', 'allotted')),
    business_date     date    NOT NULL,
    certified_by      uuid    NOT NULL,
    certified_by_name text    NOT NULL,
    certified_at      timestamptz NOT NULL,
    UNIQUE (agency_code, fiscal_year, certification_no)
);

CREATE TABLE accounting.receipt_line (
    certification_id     uuid    NOT NULL REFERENCES accounting.certification,
    line_no              integer NOT NULL,
    control_row_id       uuid    NOT NULL,
    enacted_ntd          bigint  NOT NULL,
    changes_ntd          bigint  NOT NULL,
    allotted_to_date_ntd bigint  NOT NULL,
    encumbered_ntd       bigint  NOT NULL,
    advanced_ntd         bigint  NOT NULL,
    expended_ntd         bigint  NOT NULL,
    requested_ntd        bigint  NOT NULL,
    remaining_ntd        bigint  NOT NULL CHECK (remaining_ntd >= 0),
    PRIMARY KEY (certification_id, line_no)
);

CREATE TABLE accounting.release (
    release_id       uuid    PRIMARY KEY,
    request_id       uuid    NOT NULL REFERENCES accounting.spending_request,
    line_no          integer NOT NULL,
    amount_ntd       bigint  NOT NULL CHECK (amount_ntd > 0),
    reason           text    NOT NULL CHECK (reason <> ''),
    business_date    date    NOT NULL,
    released_by      uuid    NOT NULL,
    released_by_name text    NOT NULL,
    released_at      timestamptz NOT NULL,
    FOREIGN KEY (request_id, line_no) REFERENCES accounting.request_line
);
CREATE INDEX release_request ON accounting.release (request_id);

-- A month that takes no more entries. agency_code '' closes it for the whole county.
CREATE TABLE accounting.closed_period (
    fiscal_year integer NOT NULL,
    agency_code text    NOT NULL,
    period      integer NOT NULL CHECK (period BETWEEN 1 AND 13),
    document_id uuid    NOT NULL UNIQUE,
    closed_by   uuid    NOT NULL,
    closed_at   timestamptz NOT NULL,
    PRIMARY KEY (fiscal_year, agency_code, period)
);
"""


def upgrade() -> None:
    op.execute(TABLES)


def downgrade() -> None:
    for table in (
        "closed_period", "release", "receipt_line", "certification", "request_line",
        "spending_request",
    ):  # fmt: skip
        op.execute(f"DROP TABLE accounting.{table}")

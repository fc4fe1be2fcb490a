"""Why a line lags behind its allotment, and what is done about it."""

from __future__ import annotations

from alembic import op

revision = "budget_0012"
down_revision = "budget_0011"
branch_labels = None
depends_on = None

TABLES = """
-- Of what is expended, what is due and not yet paid (應付). It moves with it: who posts
-- payables changes it; reports show it apart.
ALTER TABLE budget.control_row
    ADD COLUMN payable_ntd bigint NOT NULL DEFAULT 0,
    ADD CONSTRAINT payable_is_expended CHECK (payable_ntd BETWEEN 0 AND expended_ntd);

-- The month's report of an agency. ``lines`` are its figures as they were submitted, with their
-- notes; until then they are read from the movements up to the month's last day.
CREATE TABLE budget.month_report (
    report_id         uuid        PRIMARY KEY,
    fiscal_year       integer     NOT NULL REFERENCES budget.fiscal_year,
    month             integer     NOT NULL CHECK (month BETWEEN 1 AND 12),
    agency_code       text        NOT NULL,
    agency_name       text        NOT NULL,
    state             text        NOT NULL DEFAULT 'open'
                                  CHECK (state IN ('open', 'submitted', 'accepted', 'returned')),
    below_percent     integer     NOT NULL CHECK (below_percent BETWEEN 0 AND 100),
    basis             text        NOT NULL CHECK (basis IN ('certified', 'executed')),
    writers           uuid[]      NOT NULL DEFAULT '{}',
    lagging           integer     NOT NULL DEFAULT 0,
    explained         integer     NOT NULL DEFAULT 0,
    submitted_by_name text        NOT NULL DEFAULT '',
    submitted_on      date,
    submitted_at      timestamptz,
    accepted_by_name  text        NOT NULL DEFAULT '',
    accepted_on       date,
    return_reason     text        NOT NULL DEFAULT '',
    lines             jsonb,
    revision          integer     NOT NULL DEFAULT 1,
    UNIQUE (fiscal_year, month, agency_code),
    CONSTRAINT submitted_with_its_figures
        CHECK (state NOT IN ('submitted', 'accepted')
               OR (lines IS NOT NULL AND submitted_on IS NOT NULL)),
    CONSTRAINT accepted_when_explained
        CHECK (state <> 'accepted' OR (explained >= lagging AND accepted_on IS NOT NULL))
);

CREATE TABLE budget.lag_note (
    report_id uuid NOT NULL REFERENCES budget.month_report,
    line_id   uuid NOT NULL REFERENCES budget.budget_line,
    reason    text NOT NULL DEFAULT '',
    remedy    text NOT NULL DEFAULT '',
    PRIMARY KEY (report_id, line_id),
    CHECK (reason <> '' OR remedy <> '')
);
CREATE INDEX lag_note_line ON budget.lag_note (line_id);
"""


def upgrade() -> None:
    op.execute(TABLES)


def downgrade() -> None:
    op.execute("DROP TABLE budget.lag_note")
    op.execute("DROP TABLE budget.month_report")
    op.execute("ALTER TABLE budget.control_row DROP COLUMN payable_ntd")

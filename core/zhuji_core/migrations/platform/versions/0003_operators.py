"""Operators of the host: accounts, sessions, audit."""

from __future__ import annotations

from alembic import op

revision = "platform_0003"
down_revision = "platform_0002"
branch_labels = None
depends_on = None

# ``settled_epoch`` is behind ``epoch`` while the county's own database has not followed yet.
COUNTY = """
ALTER TABLE platform.county
    ADD COLUMN reason        text   NOT NULL DEFAULT '' CHECK (length(reason) <= 500),
    ADD COLUMN settled_epoch bigint NOT NULL DEFAULT 1;
"""

# The last attempt at each county; without ``finished_at`` it runs, or was killed.
UPGRADE = """
CREATE TABLE platform.county_upgrade (
    code        text        PRIMARY KEY REFERENCES platform.county,
    started_at  timestamptz NOT NULL,
    finished_at timestamptz,
    attempts    integer     NOT NULL DEFAULT 1,
    revisions   text[]      NOT NULL DEFAULT '{}',
    error       text        NOT NULL DEFAULT ''
);
"""

# People of the host (集中維運): no user of any county, and no county's user is one of them.
OPERATORS = """
CREATE TABLE platform.operator (
    operator_id     uuid        PRIMARY KEY,
    account         text        NOT NULL UNIQUE CHECK (account = lower(account)),
    name            text        NOT NULL,
    password_hash   text        NOT NULL,
    password_set_at timestamptz NOT NULL,
    state           text        NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'disabled')),
    failed_sign_ins integer     NOT NULL DEFAULT 0,
    locked_until    timestamptz,
    created_at      timestamptz NOT NULL
);

-- OPR: operates the host; PERF: performance engineer; EXEC: executive across counties.
CREATE TABLE platform.operator_role (
    operator_id uuid NOT NULL REFERENCES platform.operator,
    role        text NOT NULL CHECK (role IN ('OPR', 'PERF', 'EXEC')),
    PRIMARY KEY (operator_id, role)
);

-- Earlier passwords, which may not come back.
CREATE TABLE platform.operator_password (
    operator_id   uuid        NOT NULL REFERENCES platform.operator,
    set_at        timestamptz NOT NULL,
    password_hash text        NOT NULL,
    PRIMARY KEY (operator_id, set_at)
);

CREATE TABLE platform.operator_session (
    token_digest bytea       PRIMARY KEY,
    operator_id  uuid        NOT NULL REFERENCES platform.operator,
    language     text        NOT NULL,
    created_at   timestamptz NOT NULL,
    seen_at      timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    address      text        NOT NULL DEFAULT ''
);
CREATE INDEX operator_session_operator ON platform.operator_session (operator_id);

-- ``operator_id``: somebody signed in to the host; without it ``operator`` is an account of the
-- machine, of whoever ran a command there.
ALTER TABLE platform.audit_entry
    ADD COLUMN operator_id uuid,
    ADD COLUMN reason      text NOT NULL DEFAULT '',
    ADD COLUMN trace_id    text NOT NULL DEFAULT '';
CREATE INDEX audit_entry_attempt ON platform.audit_entry (action, county_code, audit_id);
"""

# Asked for here, since the county is not to be entered before it is granted; what was opened and
# read stands in the county's own database (``kernel.break_glass``).
BREAK_GLASS = """
CREATE TABLE platform.break_glass (
    pass_id      uuid        PRIMARY KEY,
    pass_no      bigint      GENERATED ALWAYS AS IDENTITY UNIQUE,
    county_code  text        NOT NULL REFERENCES platform.county,
    operator_id  uuid        NOT NULL REFERENCES platform.operator,
    reason       text        NOT NULL CHECK (length(reason) BETWEEN 1 AND 500),
    minutes      integer     NOT NULL CHECK (minutes BETWEEN 5 AND 240),
    requested_at timestamptz NOT NULL,
    state        text        NOT NULL DEFAULT 'requested'
                 CHECK (state IN ('requested', 'approved', 'single_handed', 'refused', 'opened',
                                  'withdrawn')),
    decided_by   uuid        REFERENCES platform.operator,
    decided_at   timestamptz,
    opened_at    timestamptz,
    expires_at   timestamptz,
    CHECK (decided_by IS NULL OR decided_by <> operator_id)
);
CREATE INDEX break_glass_county ON platform.break_glass (county_code, pass_no);
"""


def upgrade() -> None:
    op.execute(COUNTY)
    op.execute(UPGRADE)
    op.execute(OPERATORS)
    op.execute(BREAK_GLASS)


def downgrade() -> None:
    op.execute("DROP TABLE platform.break_glass")
    op.execute("DROP INDEX platform.audit_entry_attempt")
    op.execute(
        "ALTER TABLE platform.audit_entry DROP COLUMN operator_id, DROP COLUMN reason,"
        " DROP COLUMN trace_id"
    )
    for table in ("operator_session", "operator_password", "operator_role", "operator"):
        op.execute(f"DROP TABLE platform.{table}")
    op.execute("DROP TABLE platform.county_upgrade")
    op.execute("ALTER TABLE platform.county DROP COLUMN reason, DROP COLUMN settled_epoch")

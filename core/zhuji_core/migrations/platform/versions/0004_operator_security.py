"""Operators' own passwords and security keys, as a county's users have them."""

from __future__ import annotations

from alembic import op

revision = "platform_0004"
down_revision = "platform_0003"
branch_labels = None
depends_on = None

# ``temporary_until``: somebody else typed the password; it opens nothing but the page that
# replaces it, and that only until then.
TABLES = """
ALTER TABLE platform.operator ADD COLUMN temporary_until timestamptz;
ALTER TABLE platform.operator_session ADD COLUMN factor text NOT NULL DEFAULT 'password'
    CHECK (factor IN ('password', 'key', 'recovery'));

-- Between the right password and the session: what has been proved so far.
CREATE TABLE platform.operator_step (
    token_digest  bytea       PRIMARY KEY CHECK (length(token_digest) = 32),
    operator_id   uuid        NOT NULL REFERENCES platform.operator,
    password_hash text        NOT NULL,
    factor        text        NOT NULL CHECK (factor IN ('password', 'key', 'recovery')),
    failures      integer     NOT NULL DEFAULT 0,
    expires_at    timestamptz NOT NULL
);
CREATE INDEX operator_step_operator ON platform.operator_step (operator_id);

CREATE TABLE platform.operator_key (
    key_id        uuid        PRIMARY KEY,
    operator_id   uuid        NOT NULL REFERENCES platform.operator,
    name          text        NOT NULL CHECK (length(name) BETWEEN 1 AND 60),
    credential_id bytea       NOT NULL UNIQUE CHECK (length(credential_id) <= 1023),
    public_key    bytea       NOT NULL,
    sign_count    bigint      NOT NULL,
    transports    text[]      NOT NULL DEFAULT '{}',
    made_at       timestamptz NOT NULL,
    used_at       timestamptz
);
CREATE INDEX operator_key_operator ON platform.operator_key (operator_id);

CREATE TABLE platform.operator_challenge (
    challenge_id  uuid        PRIMARY KEY,
    holder_digest bytea       NOT NULL,
    operator_id   uuid        NOT NULL REFERENCES platform.operator,
    purpose       text        NOT NULL CHECK (purpose IN ('register', 'sign_in')),
    challenge     bytea       NOT NULL,
    expires_at    timestamptz NOT NULL
);
CREATE INDEX operator_challenge_holder ON platform.operator_challenge (holder_digest);

CREATE TABLE platform.operator_recovery_code (
    operator_id uuid        NOT NULL REFERENCES platform.operator,
    code_digest bytea       NOT NULL CHECK (length(code_digest) = 32),
    made_at     timestamptz NOT NULL,
    used_at     timestamptz,
    PRIMARY KEY (operator_id, code_digest)
);
"""


def upgrade() -> None:
    op.execute(TABLES)


def downgrade() -> None:
    for table in ("recovery_code", "challenge", "key", "step"):
        op.execute(f"DROP TABLE platform.operator_{table}")
    op.execute("ALTER TABLE platform.operator_session DROP COLUMN factor")
    op.execute("ALTER TABLE platform.operator DROP COLUMN temporary_until")

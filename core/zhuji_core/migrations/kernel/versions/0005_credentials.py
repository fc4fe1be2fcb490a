"""Passwords before this one, second factors, tokens of machines, limits of rate."""

from __future__ import annotations

from alembic import op

revision = "kernel_0005"
down_revision = "kernel_0004"
branch_labels = None
depends_on = None

# Everything is new or has a default: the code of the release before signs people in and out on
# these tables as it did, and knows nothing of idle sessions and second factors.
TABLES = """
-- password_set_at NULL: set when the account was made. A temporary password opens nothing but the
-- page that replaces it, and that only until password_until. active_since: when an administrator
-- enabled the account again; idle days count from the latest of the four times.
ALTER TABLE kernel.user_account
    ADD COLUMN password_set_at    timestamptz,
    ADD COLUMN password_temporary boolean NOT NULL DEFAULT false,
    ADD COLUMN password_until     timestamptz,
    ADD COLUMN last_sign_in_at    timestamptz,
    ADD COLUMN active_since       timestamptz;

-- The passwords that may not come back (資通系統防護基準: at least the last three).
CREATE TABLE kernel.password_history (
    user_id       uuid        NOT NULL REFERENCES kernel.user_account,
    set_at        timestamptz NOT NULL,
    password_hash text        NOT NULL,
    PRIMARY KEY (user_id, set_at)
);

-- A code that lets its holder choose a new password, once. Only its digest is here: whoever made
-- it for somebody else never learns the password, and a stolen table opens nothing.
CREATE TABLE kernel.password_reset (
    code_digest bytea       PRIMARY KEY CHECK (length(code_digest) = 32),
    user_id     uuid        NOT NULL REFERENCES kernel.user_account,
    made_by     uuid        NOT NULL,
    made_at     timestamptz NOT NULL,
    expires_at  timestamptz NOT NULL
);
CREATE INDEX password_reset_user ON kernel.password_reset (user_id);

-- session_id names a session to people without telling its token. seen_at is written at most once
-- in some minutes; NULL: not seen since it was opened.
ALTER TABLE kernel.web_session
    ADD COLUMN session_id uuid NOT NULL DEFAULT gen_random_uuid(),
    ADD COLUMN seen_at    timestamptz,
    ADD COLUMN address    text NOT NULL DEFAULT '' CHECK (length(address) <= 100),
    ADD COLUMN device     text NOT NULL DEFAULT '' CHECK (length(device) <= 300),
    ADD COLUMN factor     text NOT NULL DEFAULT 'password'
                          CHECK (factor IN ('password', 'key', 'recovery'));
CREATE UNIQUE INDEX web_session_id ON kernel.web_session (session_id);

-- Between the right password and the session: what remains to be done first.
CREATE TABLE kernel.sign_in_step (
    token_digest  bytea       PRIMARY KEY CHECK (length(token_digest) = 32),
    user_id       uuid        NOT NULL REFERENCES kernel.user_account,
    password_hash text        NOT NULL,
    factor        text        NOT NULL DEFAULT 'password'
                              CHECK (factor IN ('password', 'key', 'recovery')),
    failures      integer     NOT NULL DEFAULT 0,
    expires_at    timestamptz NOT NULL
);
CREATE INDEX sign_in_step_user ON kernel.sign_in_step (user_id);

-- A second factor (WebAuthn credential): the public half of a key pair kept by a device.
CREATE TABLE kernel.security_key (
    key_id        uuid        PRIMARY KEY,
    user_id       uuid        NOT NULL REFERENCES kernel.user_account,
    name          text        NOT NULL CHECK (length(name) BETWEEN 1 AND 60),
    credential_id bytea       NOT NULL UNIQUE CHECK (length(credential_id) <= 1023),
    public_key    bytea       NOT NULL,
    sign_count    bigint      NOT NULL,
    transports    text[]      NOT NULL DEFAULT '{}',
    made_at       timestamptz NOT NULL,
    used_at       timestamptz
);
CREATE INDEX security_key_user ON kernel.security_key (user_id);

-- A challenge is answered once, within minutes, by the browser it was given to (holder_digest:
-- of its session or of its unfinished sign-in).
CREATE TABLE kernel.challenge (
    challenge_id  uuid        PRIMARY KEY,
    holder_digest bytea       NOT NULL,
    user_id       uuid        NOT NULL REFERENCES kernel.user_account,
    purpose       text        NOT NULL CHECK (purpose IN ('register', 'sign_in')),
    challenge     bytea       NOT NULL,
    expires_at    timestamptz NOT NULL
);
CREATE INDEX challenge_holder ON kernel.challenge (holder_digest);

CREATE TABLE kernel.recovery_code (
    user_id     uuid        NOT NULL REFERENCES kernel.user_account,
    code_digest bytea       NOT NULL CHECK (length(code_digest) = 32),
    made_at     timestamptz NOT NULL,
    used_at     timestamptz,
    PRIMARY KEY (user_id, code_digest)
);

-- agencies NULL: wherever its owner may. What it may do is never more than its owner may at the
-- moment of the request, so nothing here has to follow a change of roles.
CREATE TABLE kernel.machine_token (
    token_id     uuid        PRIMARY KEY,
    token_digest bytea       NOT NULL UNIQUE CHECK (length(token_digest) = 32),
    hint         text        NOT NULL,
    owner_id     uuid        NOT NULL REFERENCES kernel.user_account,
    name         text        NOT NULL CHECK (name ~ '^[a-z0-9][a-z0-9._-]{0,39}$'),
    permissions  text[]      NOT NULL CHECK (cardinality(permissions) BETWEEN 1 AND 200),
    agencies     text[]      CHECK (cardinality(agencies) BETWEEN 1 AND 500),
    made_by      uuid        NOT NULL,
    made_at      timestamptz NOT NULL,
    valid_from   timestamptz NOT NULL,
    valid_to     timestamptz NOT NULL CHECK (valid_to > valid_from),
    revoked_at   timestamptz,
    used_at      timestamptz
);
CREATE UNIQUE INDEX machine_token_name
    ON kernel.machine_token (owner_id, name) WHERE revoked_at IS NULL;

-- One row for each limited subject (GCRA: full_at is when its allowance will be whole again).
-- Unlogged: counting costs no WAL, and a crash forgives everybody.
CREATE UNLOGGED TABLE kernel.rate_limit (
    bucket  text        NOT NULL,
    subject text        NOT NULL,
    full_at timestamptz NOT NULL,
    PRIMARY KEY (bucket, subject)
) WITH (fillfactor = 50);

-- Who looked at whose personal data, when and what for (個人資料保護法施行細則 §12).
CREATE TABLE kernel.personal_read (
    read_id       bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    read_at       timestamptz NOT NULL,
    actor_id      uuid        NOT NULL,
    actor_account text        NOT NULL,
    kind          text        NOT NULL,
    subjects      text[]      NOT NULL,
    subject_count integer     NOT NULL CHECK (subject_count >= cardinality(subjects)),
    purpose       text        NOT NULL,
    source        text        NOT NULL,
    trace_id      text        NOT NULL
);
CREATE INDEX personal_read_actor ON kernel.personal_read (actor_id, read_id);
CREATE INDEX personal_read_subjects ON kernel.personal_read USING gin (subjects);

-- The county's role may not delete what was read; this may, once it is old enough for the law
-- (at least six months: 資通系統防護基準), whoever asks for whatever.
CREATE FUNCTION kernel.forget_personal_reads(before timestamptz) RETURNS bigint
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog
AS $$
    WITH gone AS (
        DELETE FROM kernel.personal_read
         WHERE read_at < LEAST(before, pg_catalog.now() - interval '184 days')
        RETURNING 1
    )
    SELECT count(*) FROM gone
$$;
"""


def upgrade() -> None:
    op.execute(TABLES)


def downgrade() -> None:
    # An index of the first days of this revision, which certification paid for.
    op.execute("DROP INDEX IF EXISTS kernel.audit_entry_session")
    op.execute("DROP FUNCTION kernel.forget_personal_reads(timestamptz)")
    for table in (
        "personal_read", "rate_limit", "machine_token", "recovery_code", "challenge",
        "security_key", "sign_in_step", "password_reset", "password_history",
    ):  # fmt: skip
        op.execute(f"DROP TABLE kernel.{table}")
    op.execute("""
        ALTER TABLE kernel.web_session
            DROP COLUMN session_id, DROP COLUMN seen_at, DROP COLUMN address,
            DROP COLUMN device, DROP COLUMN factor
    """)
    op.execute("""
        ALTER TABLE kernel.user_account
            DROP COLUMN password_set_at, DROP COLUMN password_temporary,
            DROP COLUMN password_until, DROP COLUMN last_sign_in_at, DROP COLUMN active_since
    """)

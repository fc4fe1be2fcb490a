"""The kernel's tables in a county database."""

from __future__ import annotations

from alembic import op

revision = "kernel_0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE kernel.this_county (
    one_row boolean PRIMARY KEY DEFAULT true CHECK (one_row),
    code    text    NOT NULL CHECK (code ~ '^[A-Z]{3}$')
);

-- Agency (機關): the code is unique in the county; others freeze code and name where they refer.
CREATE TABLE kernel.agency (
    agency_code text PRIMARY KEY,
    name        text NOT NULL,
    valid_from  date,
    valid_to    date
);

CREATE TABLE kernel.user_account (
    user_id         uuid        PRIMARY KEY,
    account         text        NOT NULL UNIQUE CHECK (account = lower(account)),
    name            text        NOT NULL,
    agency_code     text        NOT NULL REFERENCES kernel.agency,
    password_hash   text        NOT NULL,
    state           text        NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'disabled')),
    failed_sign_ins integer     NOT NULL DEFAULT 0,
    locked_until    timestamptz,
    created_at      timestamptz NOT NULL
);

CREATE TABLE kernel.role (
    role_code text PRIMARY KEY,
    title     text NOT NULL
);

-- What modules declared; role_permission says who holds it, and is the county's to change.
CREATE TABLE kernel.permission (
    permission text PRIMARY KEY,
    module     text NOT NULL,
    scope      text NOT NULL CHECK (scope IN ('agency', 'county')),
    title      text NOT NULL
);

CREATE TABLE kernel.role_permission (
    role_code  text NOT NULL REFERENCES kernel.role,
    permission text NOT NULL REFERENCES kernel.permission,
    PRIMARY KEY (role_code, permission)
);

-- agency_code NULL: the role holds in the whole county.
CREATE TABLE kernel.role_grant (
    grant_id    uuid PRIMARY KEY,
    user_id     uuid NOT NULL REFERENCES kernel.user_account,
    role_code   text NOT NULL REFERENCES kernel.role,
    agency_code text REFERENCES kernel.agency,
    valid_from  date NOT NULL,
    valid_to    date,
    CHECK (valid_to IS NULL OR valid_to >= valid_from)
);
CREATE UNIQUE INDEX role_grant_once
    ON kernel.role_grant (user_id, role_code, COALESCE(agency_code, ''), valid_from);

-- The token itself is only in the browser's cookie: a stolen table signs nobody in.
CREATE TABLE kernel.web_session (
    token_digest bytea       PRIMARY KEY,
    user_id      uuid        NOT NULL REFERENCES kernel.user_account,
    language     text        NOT NULL DEFAULT 'zh_Hant_TW',
    created_at   timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL
);
CREATE INDEX web_session_user ON kernel.web_session (user_id);

CREATE TABLE kernel.setting (
    module text  NOT NULL,
    key    text  NOT NULL,
    value  jsonb NOT NULL,
    PRIMARY KEY (module, key)
);

CREATE TABLE kernel.audit_entry (
    audit_id       bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    recorded_at    timestamptz NOT NULL,
    business_date  date        NOT NULL,
    actor_id       uuid        NOT NULL,
    actor_account  text        NOT NULL,
    action         text        NOT NULL,
    document_kind  text        NOT NULL,
    document_id    uuid        NOT NULL,
    document_label text        NOT NULL,
    agency_code    text        NOT NULL,
    before         jsonb,
    after          jsonb,
    trace_id       text        NOT NULL
);
CREATE INDEX audit_entry_document ON kernel.audit_entry (document_id, audit_id);

-- transaction_id lets a reader stop before the oldest transaction still open, so that an event
-- with a smaller sequence that commits later is never skipped.
CREATE TABLE kernel.event (
    sequence       bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_id       uuid        NOT NULL UNIQUE,
    transaction_id xid8        NOT NULL DEFAULT pg_current_xact_id(),
    type           text        NOT NULL,
    document_id    uuid        NOT NULL,
    body           jsonb       NOT NULL,
    recorded_at    timestamptz NOT NULL
);

CREATE TABLE kernel.idempotency_key (
    actor_id       uuid        NOT NULL,
    key            text        NOT NULL CHECK (length(key) BETWEEN 8 AND 100),
    request_digest bytea       NOT NULL,
    answer         jsonb       NOT NULL,
    recorded_at    timestamptz NOT NULL,
    PRIMARY KEY (actor_id, key)
);

-- Gapless numbers per agency, year and kind (內部審核處理準則 17): the row is locked until commit.
CREATE TABLE kernel.number_counter (
    agency_code text    NOT NULL,
    fiscal_year integer NOT NULL,
    kind        text    NOT NULL,
    last_no     bigint  NOT NULL CHECK (last_no > 0),
    PRIMARY KEY (agency_code, fiscal_year, kind)
) WITH (fillfactor = 50);

CREATE TABLE kernel.draft (
    user_id  uuid        NOT NULL REFERENCES kernel.user_account,
    form_key text        NOT NULL CHECK (length(form_key) <= 200),
    fields   jsonb       NOT NULL CHECK (pg_column_size(fields) <= 262144),
    saved_at timestamptz NOT NULL,
    PRIMARY KEY (user_id, form_key)
);

-- Attachments and uploads by content; 10 MB is the largest file that a clerk may hand in.
CREATE TABLE kernel.blob (
    digest     bytea       PRIMARY KEY CHECK (length(digest) = 32),
    file_name  text        NOT NULL,
    media_type text        NOT NULL,
    content    bytea       NOT NULL CHECK (octet_length(content) <= 10485760),
    stored_at  timestamptz NOT NULL
);
"""

# Roles of the offices (會計法, 預算法, 公庫法); what each may do stands in role_permission.
ROLES = """
INSERT INTO kernel.role (role_code, title) VALUES
    ('REQ', '經辦'), ('SUP', '業務主管'), ('REV', '審核'), ('CACC', '主辦會計'),
    ('HEAD', '機關首長'), ('BAS', '主計處'), ('AUD', '審計'), ('ADM', '系統管理');
"""


def upgrade() -> None:
    op.execute(TABLES)
    op.execute(ROLES)


def downgrade() -> None:
    for table in (
        "blob", "draft", "number_counter", "idempotency_key", "event", "audit_entry", "setting",
        "web_session", "role_grant", "role_permission", "permission", "role", "user_account",
        "agency", "this_county",
    ):  # fmt: skip
        op.execute(f"DROP TABLE kernel.{table}")

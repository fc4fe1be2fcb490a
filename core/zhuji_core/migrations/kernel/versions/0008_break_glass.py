"""Emergency access of the host's operators to this county: who, why, until when, ended by whom."""

from __future__ import annotations

from alembic import op

revision = "kernel_0008"
down_revision = "kernel_0007"
branch_labels = None
depends_on = None

# Asked for and decided on the host (``platform.break_glass``); opened here, so that the county's
# administrators see and end it even when the host's database cannot be reached.
TABLES = """
CREATE TABLE kernel.break_glass (
    pass_id          uuid        PRIMARY KEY,
    pass_no          bigint      NOT NULL,
    operator_id      uuid        NOT NULL,
    operator_account text        NOT NULL,
    operator_name    text        NOT NULL,
    reason           text        NOT NULL CHECK (length(reason) BETWEEN 1 AND 500),
    approved_by      text        NOT NULL,
    single_handed    boolean     NOT NULL,
    language         text        NOT NULL DEFAULT 'zh_Hant_TW',
    token_digest     bytea       NOT NULL UNIQUE,
    opened_at        timestamptz NOT NULL,
    expires_at       timestamptz NOT NULL,
    ended_at         timestamptz,
    ended_by         text        NOT NULL DEFAULT '',
    CHECK (expires_at > opened_at AND expires_at <= opened_at + interval '4 hours'),
    CHECK (single_handed = (approved_by = '')),
    CHECK (approved_by <> operator_account)
);
CREATE INDEX break_glass_open ON kernel.break_glass (expires_at) WHERE ended_at IS NULL;
"""


def upgrade() -> None:
    op.execute(TABLES)


def downgrade() -> None:
    op.execute("DROP TABLE kernel.break_glass")

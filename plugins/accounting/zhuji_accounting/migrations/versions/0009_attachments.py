"""Attachments of vouchers: which kept files belong to which voucher, for good once posted."""

from __future__ import annotations

from alembic import op

revision = "accounting_0009"
down_revision = "accounting_0008"
branch_labels = None
depends_on = None

# The files themselves are the kernel's (kernel.blob), known by their SHA-256.
TABLE = """
CREATE TABLE accounting.voucher_attachment (
    attachment_id    uuid    PRIMARY KEY,
    voucher_id       uuid    NOT NULL REFERENCES accounting.voucher,
    digest           bytea   NOT NULL CHECK (length(digest) = 32),
    file_name        text    NOT NULL CHECK (file_name <> ''),
    media_type       text    NOT NULL,
    size_bytes       integer NOT NULL CHECK (size_bytes > 0),
    attached_by      uuid    NOT NULL,
    attached_by_name text    NOT NULL,
    attached_at      timestamptz NOT NULL,
    UNIQUE (voucher_id, digest)
);
CREATE TRIGGER posted_is_final BEFORE INSERT OR UPDATE OR DELETE
    ON accounting.voucher_attachment
   FOR EACH ROW EXECUTE FUNCTION accounting.posted_is_final();
"""


def upgrade() -> None:
    op.execute(TABLE)


def downgrade() -> None:
    op.execute("DROP TABLE accounting.voucher_attachment")

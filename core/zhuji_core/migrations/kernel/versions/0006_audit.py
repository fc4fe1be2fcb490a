"""Leaf hashes and seals of the audit trail (core/docs/audit.md)."""

from __future__ import annotations

from alembic import op

revision = "kernel_0006"
down_revision = "kernel_0005"
branch_labels = None
depends_on = None

# context: how the person came to act (on whose behalf, by which token, by which break-glass).
COLUMNS = """
ALTER TABLE kernel.audit_entry
    ADD COLUMN context jsonb,
    ADD COLUMN form    smallint,
    ADD COLUMN leaf    bytea;
"""

# The canonical form: a head with the number of the form, then each stored value as text with its
# length in bytes before it, so that no two rows have the same bytes. Neither DateStyle nor the
# time zone of a session has a say: moments are seconds since 1970 in UTC.
# Form 1 is hashed in the transaction that wrote the row. Form 0 has the same parts and is of rows
# older than this migration: their hash says what they were when the migration ran, no more.
# STABLE, because convert_to is; both functions name everything they call by its schema.
LEAVES = r"""
CREATE FUNCTION kernel.audit_part(value text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $part$
    SELECT CASE WHEN value IS NULL THEN '-,'
                ELSE pg_catalog.octet_length(value)::text || ':' || value || ',' END
$part$;

CREATE FUNCTION kernel.audit_leaf(entry kernel.audit_entry) RETURNS bytea
    LANGUAGE sql STABLE PARALLEL SAFE AS $leaf$
    SELECT pg_catalog.sha256('\x00'::bytea || pg_catalog.convert_to(
        'zhuji.audit.' || entry.form::text || ','
        || kernel.audit_part(entry.audit_id::text)
        || kernel.audit_part(EXTRACT(epoch FROM entry.recorded_at)::text)
        || kernel.audit_part(EXTRACT(epoch FROM entry.business_date)::text)
        || kernel.audit_part(entry.actor_id::text)
        || kernel.audit_part(entry.actor_account)
        || kernel.audit_part(entry.action)
        || kernel.audit_part(entry.document_kind)
        || kernel.audit_part(entry.document_id::text)
        || kernel.audit_part(entry.document_label)
        || kernel.audit_part(entry.agency_code)
        || kernel.audit_part(entry.before::text)
        || kernel.audit_part(entry.after::text)
        || kernel.audit_part(entry.trace_id)
        || kernel.audit_part(entry.context::text), 'UTF8'))
$leaf$;

-- The database hashes what it is about to store: code that knows nothing of leaves writes them
-- too, and no digit is hashed that is not stored. The same bytes as audit_leaf(), written out,
-- because every certification pays for it: one call of concat costs half of fourteen of a
-- function (measured in core/docs/evidence/kernel.md); concat leaves out what is NULL.
CREATE FUNCTION kernel.audit_entry_hashed() RETURNS trigger
    LANGUAGE plpgsql AS $hashed$
DECLARE
    number  text := NEW.audit_id;
    moment  text := EXTRACT(epoch FROM NEW.recorded_at);
    day     text := EXTRACT(epoch FROM NEW.business_date);
    earlier text := NEW.before;
    later   text := NEW.after;
    context text := NEW.context;
BEGIN
    NEW.form := 1;
    NEW.leaf := pg_catalog.sha256('\x00'::bytea || pg_catalog.convert_to(pg_catalog.concat(
        'zhuji.audit.1,',
        pg_catalog.octet_length(number), ':', number, ',',
        pg_catalog.octet_length(moment), ':', moment, ',',
        pg_catalog.octet_length(day), ':', day, ',36:', NEW.actor_id, ',',
        pg_catalog.octet_length(NEW.actor_account), ':', NEW.actor_account, ',',
        pg_catalog.octet_length(NEW.action), ':', NEW.action, ',',
        pg_catalog.octet_length(NEW.document_kind), ':', NEW.document_kind,
        ',36:', NEW.document_id, ',',
        pg_catalog.octet_length(NEW.document_label), ':', NEW.document_label, ',',
        pg_catalog.octet_length(NEW.agency_code), ':', NEW.agency_code, ',',
        pg_catalog.octet_length(earlier) || ':', COALESCE(earlier, '-'), ',',
        pg_catalog.octet_length(later) || ':', COALESCE(later, '-'), ',',
        pg_catalog.octet_length(NEW.trace_id), ':', NEW.trace_id, ',',
        pg_catalog.octet_length(context) || ':', COALESCE(context, '-'), ','), 'UTF8'));
    RETURN NEW;
END
$hashed$;

UPDATE kernel.audit_entry SET form = 0;
UPDATE kernel.audit_entry AS e SET leaf = kernel.audit_leaf(e);

ALTER TABLE kernel.audit_entry
    ALTER COLUMN form SET NOT NULL,
    ALTER COLUMN leaf SET NOT NULL,
    ADD CONSTRAINT audit_entry_leaf CHECK (octet_length(leaf) = 32);

CREATE TRIGGER audit_entry_hashed BEFORE INSERT ON kernel.audit_entry
    FOR EACH ROW EXECUTE FUNCTION kernel.audit_entry_hashed();
"""

# A seal covers every row of its range of audit_id. entry_ids are the ids found there, so that a
# number lost with a rolled-back transaction is told from a row that is gone; leaves are theirs,
# 32 bytes each in the order of the ids, so that a row changed with its leaf is found by name.
SEALS = """
CREATE TABLE kernel.audit_seal (
    batch_no       bigint         PRIMARY KEY CHECK (batch_no > 0),
    form           smallint       NOT NULL,
    first_audit_id bigint         NOT NULL,
    last_audit_id  bigint         NOT NULL UNIQUE,
    entries        integer        NOT NULL CHECK (entries > 0),
    entry_ids      int8multirange NOT NULL,
    leaves         bytea          NOT NULL,
    root           bytea          NOT NULL CHECK (octet_length(root) = 32),
    previous_hash  bytea          NOT NULL CHECK (octet_length(previous_hash) = 32),
    entries_total  bigint         NOT NULL,
    sealed_at      timestamptz    NOT NULL,
    seal_hash      bytea          NOT NULL UNIQUE CHECK (octet_length(seal_hash) = 32),
    CHECK (first_audit_id <= last_audit_id),
    CHECK (octet_length(leaves) = 32 * entries)
);
"""

# What people search by, each with the newest first; no more, for every write pays for each. Days
# rise with time, so theirs is always written at its end, the cheapest place; the last index is
# not touched by the writes of the modules.
INDEXES = """
CREATE INDEX audit_entry_actor  ON kernel.audit_entry (actor_account, audit_id);
CREATE INDEX audit_entry_action ON kernel.audit_entry (action, audit_id);
CREATE INDEX audit_entry_label  ON kernel.audit_entry (document_label text_pattern_ops, audit_id);
CREATE INDEX audit_entry_day    ON kernel.audit_entry (business_date, audit_id);
CREATE INDEX audit_entry_kernel ON kernel.audit_entry (audit_id)
 WHERE document_kind LIKE 'kernel.%';
"""


def upgrade() -> None:
    op.execute(COLUMNS)
    op.execute(LEAVES)
    op.execute(SEALS)
    op.execute(INDEXES)


def downgrade() -> None:
    op.execute("DROP TABLE kernel.audit_seal")
    op.execute("DROP TRIGGER audit_entry_hashed ON kernel.audit_entry")
    op.execute("DROP FUNCTION kernel.audit_entry_hashed()")
    op.execute("DROP FUNCTION kernel.audit_leaf(kernel.audit_entry)")
    op.execute("DROP FUNCTION kernel.audit_part(text)")
    for name in ("actor", "action", "label", "day", "kernel"):
        op.execute(f"DROP INDEX kernel.audit_entry_{name}")
    op.execute(
        "ALTER TABLE kernel.audit_entry DROP COLUMN context, DROP COLUMN form, DROP COLUMN leaf"
    )

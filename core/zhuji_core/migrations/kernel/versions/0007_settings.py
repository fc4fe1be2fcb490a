"""Versions of settings: every change is a row of its own (core/docs/settings.md)."""

from __future__ import annotations

from alembic import op

revision = "kernel_0007"
down_revision = "kernel_0006"
branch_labels = None
depends_on = None

# kernel.setting stays what every request reads: the present values. change_id is new with each
# change that says who made it and why; version counts the changes of one setting.
TABLES = """
ALTER TABLE kernel.setting
    ADD COLUMN version        integer     NOT NULL DEFAULT 1,
    ADD COLUMN change_id      uuid,
    ADD COLUMN set_at         timestamptz,
    ADD COLUMN set_by         uuid,
    ADD COLUMN set_by_account text        NOT NULL DEFAULT '',
    ADD COLUMN reason         text        NOT NULL DEFAULT '' CHECK (length(reason) <= 500),
    ADD COLUMN proposal_id    uuid;

CREATE TABLE kernel.setting_version (
    module         text        NOT NULL,
    key            text        NOT NULL,
    version        integer     NOT NULL CHECK (version > 0),
    value          jsonb       NOT NULL,
    set_at         timestamptz,
    set_by         uuid,
    set_by_account text        NOT NULL,
    reason         text        NOT NULL,
    proposal_id    uuid,
    PRIMARY KEY (module, key, version)
);
"""

# The database keeps the history, so that code of the previous version, which only sets a value,
# makes versions too; they say that nobody gave a name and a reason.
HISTORY = """
CREATE FUNCTION kernel.setting_counted() RETURNS trigger
    LANGUAGE plpgsql AS $counted$
BEGIN
    NEW.version := OLD.version + 1;
    IF NEW.change_id IS NOT DISTINCT FROM OLD.change_id THEN
        NEW.change_id := NULL;
        NEW.set_at := pg_catalog.clock_timestamp();
        NEW.set_by := NULL;
        NEW.set_by_account := '';
        NEW.reason := '';
        NEW.proposal_id := NULL;
    END IF;
    RETURN NEW;
END
$counted$;

CREATE FUNCTION kernel.setting_kept() RETURNS trigger
    LANGUAGE plpgsql AS $kept$
BEGIN
    INSERT INTO kernel.setting_version
           (module, key, version, value, set_at, set_by, set_by_account, reason, proposal_id)
    VALUES (NEW.module, NEW.key, NEW.version, NEW.value, NEW.set_at, NEW.set_by,
            NEW.set_by_account, NEW.reason, NEW.proposal_id);
    RETURN NULL;
END
$kept$;

INSERT INTO kernel.setting_version (module, key, version, value, set_by_account, reason)
SELECT module, key, version, value, '', '' FROM kernel.setting;

CREATE TRIGGER setting_counted BEFORE UPDATE ON kernel.setting
    FOR EACH ROW EXECUTE FUNCTION kernel.setting_counted();
CREATE TRIGGER setting_kept AFTER INSERT OR UPDATE ON kernel.setting
    FOR EACH ROW EXECUTE FUNCTION kernel.setting_kept();
"""


def upgrade() -> None:
    op.execute(TABLES)
    op.execute(HISTORY)


def downgrade() -> None:
    op.execute("DROP TRIGGER setting_kept ON kernel.setting")
    op.execute("DROP TRIGGER setting_counted ON kernel.setting")
    op.execute("DROP FUNCTION kernel.setting_kept()")
    op.execute("DROP FUNCTION kernel.setting_counted()")
    op.execute("DROP TABLE kernel.setting_version")
    op.execute(
        "ALTER TABLE kernel.setting DROP COLUMN version, DROP COLUMN change_id, DROP COLUMN set_at,"
        " DROP COLUMN set_by, DROP COLUMN set_by_account, DROP COLUMN reason,"
        " DROP COLUMN proposal_id"
    )

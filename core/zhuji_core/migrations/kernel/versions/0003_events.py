"""Cursors of the event relay, events that wait, jobs and their queue."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

from alembic import op

revision = "kernel_0003"
down_revision = "kernel_0002"
branch_labels = None
depends_on = None

# The library's own tables and functions, as it ships them, in our schema. The digest stands here
# so that the template database is made anew when the file changes (db/databases.py).
QUEUE = "procrastinate/schema_3_10_0.sql"
QUEUE_SHA256 = "5de32492308a94dd98aa298786d3cd82fec27409c81e07ef37551f9dd2ebef76"

TABLES = """
-- The order in which the relay reads: a transaction below every open one is final, whatever its
-- sequences are. By document: is there an earlier event that is still to come?
CREATE INDEX event_commit_order ON kernel.event (transaction_id, sequence);
CREATE INDEX event_document ON kernel.event (document_id, sequence);

-- What of the log each module has been given. floor_sequence: events up to it were numbered by
-- another cluster's transactions (a county that moved) and have been taken over already.
CREATE TABLE kernel.event_cursor (
    module         text        PRIMARY KEY,
    transaction_id xid8        NOT NULL DEFAULT '0',
    sequence       bigint      NOT NULL DEFAULT 0,
    floor_sequence bigint      NOT NULL DEFAULT 0,
    delivered      bigint      NOT NULL DEFAULT 0 CHECK (delivered >= 0),
    moved_at       timestamptz,
    relay          text        NOT NULL DEFAULT ''
) WITH (fillfactor = 50);

-- Events that the cursor has passed and the module has not had: the first of a document failed
-- (retrying, or dead and waiting for a person), the others wait behind it in their order.
CREATE TABLE kernel.event_waiting (
    module      text        NOT NULL REFERENCES kernel.event_cursor,
    sequence    bigint      NOT NULL REFERENCES kernel.event,
    document_id uuid        NOT NULL,
    state       text        NOT NULL CHECK (state IN ('behind', 'retrying', 'dead')),
    attempts    integer     NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    due_at      timestamptz NOT NULL,
    code        text        NOT NULL DEFAULT '',
    error       text        NOT NULL DEFAULT '',
    since       timestamptz NOT NULL,
    PRIMARY KEY (module, sequence)
);
CREATE INDEX event_waiting_document ON kernel.event_waiting (module, document_id, sequence);
CREATE INDEX event_waiting_due ON kernel.event_waiting (module, due_at) WHERE state <> 'dead';

-- A long job as its owner sees it; the queue's own row (procrastinate_jobs) says who runs it.
-- attempt is the fence: a worker that was given up may not write into a later attempt.
CREATE TABLE kernel.job (
    job_id              uuid        PRIMARY KEY,
    name                text        NOT NULL,
    module              text        NOT NULL,
    label               text        NOT NULL,
    owner_id            uuid        NOT NULL,
    owner               jsonb       NOT NULL,
    language            text        NOT NULL DEFAULT 'zh_Hant_TW',
    arguments           jsonb       NOT NULL,
    state               text        NOT NULL DEFAULT 'waiting'
                        CHECK (state IN ('waiting', 'running', 'done', 'failed', 'cancelled')),
    attempt             integer     NOT NULL DEFAULT 0,
    cancel_requested_at timestamptz,
    done                bigint      NOT NULL DEFAULT 0 CHECK (done >= 0),
    total               bigint      CHECK (total >= 0),
    told                text        NOT NULL DEFAULT '',
    kept                text        NOT NULL DEFAULT '',
    checkpoint          jsonb,
    code                text        NOT NULL DEFAULT '',
    error               text        NOT NULL DEFAULT '',
    queue_id            bigint,
    queued_at           timestamptz NOT NULL,
    started_at          timestamptz,
    told_at             timestamptz,
    ended_at            timestamptz,
    file_name           text        NOT NULL DEFAULT '',
    media_type          text        NOT NULL DEFAULT '',
    file_bytes          bigint      NOT NULL DEFAULT 0
);
CREATE INDEX job_owner ON kernel.job (owner_id, job_id DESC);
CREATE INDEX job_unfinished ON kernel.job (job_id) WHERE state IN ('waiting', 'running');

-- What a job made, in parts, so that neither writing nor sending holds a whole file in memory.
CREATE TABLE kernel.job_file_part (
    job_id  uuid    NOT NULL REFERENCES kernel.job ON DELETE CASCADE,
    part_no integer NOT NULL,
    content bytea   NOT NULL CHECK (octet_length(content) <= 1048576),
    PRIMARY KEY (job_id, part_no)
);
"""

# The library writes bare names; ours find nothing by them (db/engines.py), so each function
# carries its own path, and no caller can put another table before it.
SETTLE = """
DO $settle$
DECLARE found regprocedure;
BEGIN
    FOR found IN SELECT p.oid FROM pg_proc AS p
                  WHERE p.pronamespace = current_setting('zhuji.schema')::regnamespace
                    AND starts_with(p.proname, 'procrastinate_')
    LOOP
        EXECUTE format('ALTER FUNCTION %s SET search_path = %I, pg_catalog',
                       found, current_setting('zhuji.schema'));
    END LOOP;
END
$settle$
"""
DROP_QUEUE = """
DROP TABLE kernel.procrastinate_events, kernel.procrastinate_periodic_defers,
           kernel.procrastinate_jobs, kernel.procrastinate_workers CASCADE;
DO $drop$
DECLARE found regprocedure;
BEGIN
    FOR found IN SELECT p.oid FROM pg_proc AS p
                  WHERE p.pronamespace = current_setting('zhuji.schema')::regnamespace
                    AND starts_with(p.proname, 'procrastinate_')
    LOOP
        EXECUTE format('DROP FUNCTION %s', found);
    END LOOP;
END
$drop$;
DROP TYPE kernel.procrastinate_job_to_defer_v1, kernel.procrastinate_job_event_type,
          kernel.procrastinate_job_status;
"""


# The schema under its own name, for the statements above and for the library's file.
PATH = """
    SELECT set_config('zhuji.schema', %(schema)s, true),
           set_config('search_path', %(schema)s || ', pg_catalog', true)
"""


def upgrade() -> None:
    op.execute(TABLES)
    queue = (files("zhuji_core") / "migrations" / "kernel" / QUEUE).read_bytes()
    found = hashlib.sha256(queue).hexdigest()
    assert found == QUEUE_SHA256, f"{QUEUE} is not the file that this migration was made for"
    with _own_path() as driver:
        driver.execute(queue.decode())
        driver.execute(SETTLE)


def downgrade() -> None:
    with _own_path() as driver:
        driver.execute(DROP_QUEUE)
    for table in ("job_file_part", "job", "event_waiting", "event_cursor"):
        op.execute(f"DROP TABLE kernel.{table}")
    op.execute("DROP INDEX kernel.event_document, kernel.event_commit_order")


@contextlib.contextmanager
def _own_path() -> Iterator[Any]:
    """Give the driver with bare names found in this schema, and put the path back."""
    driver = op.get_bind().connection.driver_connection
    assert driver is not None, "a migration has a connection"
    (before,) = driver.execute("SELECT current_setting('search_path')").fetchone()
    driver.execute(PATH, {"schema": op.get_context().version_table_schema})
    yield driver
    driver.execute("SELECT set_config('search_path', %s, true)", (before,))

"""SQL of the relay: reading the log in commit-safe order, cursors, and events that wait.

**No event is skipped.** Numbers (``sequence``) are given before the commit, so a smaller one may
become visible later. The cursor therefore goes by (transaction, sequence) and stops before the
oldest transaction that is still open: whatever appears later belongs to a later transaction.

**A document's events keep their order.** Transaction ids follow the order in which transactions
first wrote, not that in which they committed: one that began early and waited for a document's
lock tells of it later, with the smaller id. ``early`` marks an event whose document has an older
one (by sequence, which follows the document's lock) still to come; it waits for that one.
"""

from __future__ import annotations

import sqlalchemy as sa

# What the cursor may see: finished transactions, and numbers of this cluster.
SAFE = """
    (e.transaction_id, e.sequence) > (c.transaction_id, c.sequence)
    AND e.transaction_id < pg_snapshot_xmin(pg_current_snapshot())
    AND e.sequence > c.floor_sequence
"""
# A transaction id that this cluster has not given yet: the county was moved here with its log.
FOREIGN = """
    (SELECT f.sequence
       FROM (SELECT e.transaction_id, e.sequence
               FROM kernel.event AS e
              ORDER BY e.transaction_id DESC, e.sequence DESC
              LIMIT 1) AS f
      WHERE f.transaction_id >= pg_snapshot_xmax(pg_current_snapshot())
        AND f.sequence > c.floor_sequence)
"""

# One statement of a quiet second: which of these modules have anything to do? By ORDER BY and
# LIMIT, because for EXISTS the planner would read the whole log (12 ms for 20,000 events, now 0.1).
PENDING = sa.text(f"""
    SELECT m.module
      FROM unnest(CAST(:modules AS text[])) AS m (module)
      LEFT JOIN kernel.event_cursor AS c USING (module)
     WHERE c.module IS NULL
        OR (SELECT e.sequence FROM kernel.event AS e WHERE {SAFE}
             ORDER BY e.transaction_id, e.sequence LIMIT 1) IS NOT NULL
        OR EXISTS (SELECT FROM kernel.event_waiting AS w
                    WHERE w.module = m.module AND w.state <> 'dead' AND w.due_at <= :now
                      AND NOT EXISTS (SELECT FROM kernel.event_waiting AS before
                                       WHERE before.module = w.module
                                         AND before.document_id = w.document_id
                                         AND before.sequence < w.sequence))
        OR {FOREIGN} IS NOT NULL
     LIMIT 100
""")  # noqa: S608 (constants of this file)

BEGIN_CURSOR = sa.text("""
    INSERT INTO kernel.event_cursor (module) VALUES (:module) ON CONFLICT DO NOTHING
""")
# One relay at a time for a module of a county: another one finds nothing and goes on.
LOCK_CURSOR = sa.text(f"""
    SELECT c.transaction_id::text, c.sequence, c.floor_sequence,
           c.moved_at IS NOT NULL AS began,
           EXISTS (SELECT FROM kernel.event_waiting AS w
                    WHERE w.module = c.module AND w.state <> 'dead'
                      AND w.due_at <= :now) AS due, {FOREIGN} AS foreign_sequence
      FROM kernel.event_cursor AS c
     WHERE c.module = :module
       FOR NO KEY UPDATE SKIP LOCKED
""")  # noqa: S608 (constants of this file)
MOVE_CURSOR = sa.text("""
    UPDATE kernel.event_cursor
       SET transaction_id = CAST(:transaction_id AS xid8), sequence = :sequence,
           delivered = delivered + :delivered, moved_at = :now, relay = :relay
     WHERE module = :module
""")

# The county's log was numbered elsewhere: what the module had not had yet waits, document by
# document, and from here on only numbers of this cluster are read.
TAKE_OVER = sa.text("""
    WITH edge AS (
        SELECT max(e.sequence) AS sequence
          FROM kernel.event AS e
         WHERE e.transaction_id >= pg_snapshot_xmax(pg_current_snapshot())
    ), left_over AS (
        INSERT INTO kernel.event_waiting
               (module, sequence, document_id, state, due_at, since)
        SELECT c.module, e.sequence, e.document_id, 'behind', :now, :now
          FROM kernel.event_cursor AS c, kernel.event AS e, edge
         WHERE c.module = :module AND e.sequence <= edge.sequence
           AND e.sequence > c.floor_sequence
           AND (e.transaction_id, e.sequence) > (c.transaction_id, c.sequence)
            ON CONFLICT DO NOTHING
    )
    UPDATE kernel.event_cursor AS c
       SET transaction_id = '0', sequence = 0, floor_sequence = edge.sequence
      FROM edge
     WHERE c.module = :module
""")

# The cursor comes as parameters: joined to its row, the planner would sort all that is left. Of
# types that the module does not follow only the last one is given, to move the cursor there.
READ = sa.text("""
    WITH batch AS MATERIALIZED (
        SELECT e.sequence, e.transaction_id, e.type, e.document_id,
               CASE WHEN CAST(:followed AS text[]) IS NULL
                      OR e.type = ANY (CAST(:followed AS text[])) THEN e.body END AS body
          FROM kernel.event AS e
         WHERE (e.transaction_id, e.sequence) > (CAST(:transaction_id AS xid8), :sequence)
           AND e.transaction_id < pg_snapshot_xmin(pg_current_snapshot())
           AND e.sequence > :floor_sequence
         ORDER BY e.transaction_id, e.sequence
         LIMIT :batch
    ), last AS (
        SELECT transaction_id, sequence FROM batch
         ORDER BY transaction_id DESC, sequence DESC LIMIT 1
    )
    SELECT b.sequence, b.transaction_id::text, b.type, b.document_id, b.body::text AS body,
           (SELECT count(*) FROM batch) AS passed,
           EXISTS (SELECT FROM kernel.event_waiting AS w
                    WHERE w.module = :module AND w.document_id = b.document_id) AS behind,
           EXISTS (SELECT FROM kernel.event AS p, last
                    WHERE p.document_id = b.document_id AND p.sequence < b.sequence
                      AND p.sequence > :floor_sequence
                      AND (p.transaction_id, p.sequence)
                          > (last.transaction_id, last.sequence)) AS early
      FROM batch AS b
     WHERE b.body IS NOT NULL
        OR (b.transaction_id, b.sequence) = (SELECT transaction_id, sequence FROM last)
     ORDER BY b.transaction_id, b.sequence
""")

# An older event of the same document that the cursor has not come to yet.
STILL_TO_COME = """
    (SELECT FROM kernel.event AS p
      WHERE p.document_id = {one}.document_id AND p.sequence < {one}.sequence
        AND p.sequence > c.floor_sequence
        AND (p.transaction_id, p.sequence) > (c.transaction_id, c.sequence))
"""
# Documents whose first waiting event is due and has no older one still to come; with it all that
# waits behind it up to the first that has one, which goes on waiting though its head does not.
DUE = sa.text(f"""
    WITH head AS (
        SELECT DISTINCT ON (w.document_id)
               w.document_id, w.sequence, w.state, w.due_at
          FROM kernel.event_waiting AS w
         WHERE w.module = :module
         ORDER BY w.document_id, w.sequence
    ), due AS (
        SELECT h.document_id
          FROM head AS h, kernel.event_cursor AS c
         WHERE c.module = :module AND h.state <> 'dead' AND h.due_at <= :now
           AND NOT EXISTS {STILL_TO_COME.format(one="h")}
         ORDER BY h.due_at, h.sequence
         LIMIT :documents
    )
    SELECT w.sequence, w.document_id, w.attempts, e.type, e.body::text AS body
      FROM due
      JOIN kernel.event_cursor AS c ON c.module = :module
      JOIN kernel.event_waiting AS w ON w.module = :module AND w.document_id = due.document_id
      JOIN kernel.event AS e ON e.sequence = w.sequence
     WHERE NOT EXISTS {STILL_TO_COME.format(one="w")}
     ORDER BY w.document_id, w.sequence
     LIMIT :batch
""")  # noqa: S608 (constants of this file)
DONE_WAITING = sa.text("""
    DELETE FROM kernel.event_waiting WHERE module = :module AND sequence = ANY(:sequences)
""")
WAIT = sa.text("""
    INSERT INTO kernel.event_waiting AS w
           (module, sequence, document_id, state, attempts, due_at, code, error, since)
    SELECT :module, r.sequence, r.document_id, r.state, r.attempts,
           CAST(:now AS timestamptz) + make_interval(secs => r.delay_s), r.code, r.error, :now
      FROM jsonb_to_recordset(CAST(:waiting AS jsonb))
           AS r (sequence bigint, document_id uuid, state text, attempts integer,
                 delay_s float8, code text, error text)
        ON CONFLICT (module, sequence) DO UPDATE
       SET state = excluded.state, attempts = excluded.attempts, due_at = excluded.due_at,
           code = excluded.code, error = excluded.error
""")

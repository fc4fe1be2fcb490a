"""SQL of jobs: what their owners see, and the entry into the queue.

Progress is told in statements of its own (autocommit): it must be seen while the work goes on,
and must not hold a lock. Everything that a worker writes is fenced by the number of its attempt.
"""

from __future__ import annotations

import sqlalchemy as sa

INSERT = sa.text("""
    INSERT INTO kernel.job
           (job_id, name, module, label, owner_id, owner, language, arguments, queued_at)
    VALUES (:job_id, :name, :module, :label, :owner_id, CAST(:owner AS jsonb), :language,
            CAST(:arguments AS jsonb), :now)
        ON CONFLICT (job_id) DO NOTHING
""")
# By the queue's own function, in the transaction of whoever starts the job: a start that is
# rolled back leaves nothing in the queue.
QUEUE = sa.text("""
    UPDATE kernel.job
       SET queue_id = (kernel.procrastinate_defer_jobs_v1(ARRAY[ROW(
               :module, :task, 0, NULL, NULL, jsonb_build_object('job_id', CAST(:job_id AS text)),
               NULL)::kernel.procrastinate_job_to_defer_v1]))[1]
     WHERE job_id = :job_id
""")
UNFINISHED = sa.text("""
    SELECT count(*) FROM (SELECT FROM kernel.job
                           WHERE owner_id = :owner_id AND state IN ('waiting', 'running')
                           LIMIT :most) AS unfinished
""")

# A job begins its next attempt; none begins that has ended or was cancelled while it waited.
CLAIM = sa.text("""
    UPDATE kernel.job AS j
       SET state = 'running', attempt = j.attempt + 1, told_at = :now,
           started_at = COALESCE(j.started_at, :now)
     WHERE j.job_id = :job_id AND j.state IN ('waiting', 'running')
    RETURNING j.job_id, j.name, j.label, j.owner, j.language, j.arguments, j.attempt,
              j.checkpoint, j.cancel_requested_at
""")
TELL = sa.text("""
    UPDATE kernel.job
       SET done = :done, total = :total, told = COALESCE(:told, told),
           kept = COALESCE(:kept, kept), told_at = :now
     WHERE job_id = :job_id AND attempt = :attempt AND state = 'running'
    RETURNING cancel_requested_at
""")
KEEP = sa.text("""
    UPDATE kernel.job SET checkpoint = CAST(:checkpoint AS jsonb)
     WHERE job_id = :job_id AND attempt = :attempt AND state = 'running'
    RETURNING job_id
""")
END = sa.text("""
    UPDATE kernel.job
       SET state = :state, code = :code, error = :error, ended_at = :now, told_at = :now,
           done = COALESCE(:done, done), total = COALESCE(:total, total),
           kept = COALESCE(:kept, kept),
           file_name = :file_name, media_type = :media_type, file_bytes = :file_bytes
     WHERE job_id = :job_id AND attempt = :attempt AND state = 'running'
    RETURNING job_id
""")
AGAIN = sa.text("""
    UPDATE kernel.job SET state = 'waiting'
     WHERE job_id = :job_id AND attempt = :attempt AND state = 'running'
""")
FORGET_PARTS = sa.text("DELETE FROM kernel.job_file_part WHERE job_id = :job_id")
PART = sa.text("""
    INSERT INTO kernel.job_file_part (job_id, part_no, content)
    VALUES (:job_id, :part_no, :content)
""")

# Locked, so that a worker that ends the job and a person who cancels it come one after the other.
LOCK = sa.text("""
    SELECT j.job_id, j.name, j.module, j.label, j.owner_id, j.state, j.queue_id
      FROM kernel.job AS j
     WHERE j.job_id = :job_id
       FOR UPDATE
""")
CANCEL_WAITING = sa.text("""
    WITH taken AS (
        SELECT kernel.procrastinate_cancel_job_v1(:queue_id, false, false) AS queue_id
    )
    UPDATE kernel.job
       SET state = 'cancelled', cancel_requested_at = :now, ended_at = :now
      FROM taken
     WHERE job_id = :job_id AND taken.queue_id IS NOT NULL
    RETURNING job_id
""")
ASK_TO_CANCEL = sa.text("UPDATE kernel.job SET cancel_requested_at = :now WHERE job_id = :job_id")

# Given up: the worker that had it is gone, and it was tried often enough.
GIVE_UP = sa.text("""
    UPDATE kernel.job
       SET state = 'failed', code = :code, error = :error, ended_at = :now
     WHERE job_id = :job_id AND state IN ('waiting', 'running')
""")
USER_STATE = sa.text("SELECT state FROM kernel.user_account WHERE user_id = :user_id")

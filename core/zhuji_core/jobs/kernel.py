"""The kernel's own schedules; a kernel service adds its line here, as a module its hook."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa

from zhuji_core.audit.personal_reads import forget_personal_reads
from zhuji_core.contracts.documents import DocumentRef
from zhuji_core.identity.idle_accounts import disable_idle_accounts
from zhuji_core.jobs.run import Job, JobRun
from zhuji_core.permissions import MODULE
from zhuji_core.settings import CountySettings
from zhuji_core.values import N_

# Rows of one transaction: short, so that nobody who signs in or saves waits for the purge.
BATCH = 1_000
PURGE_NAMESPACE = uuid.UUID("0198c5a0-0000-7000-8000-90f6e0000001")

# (table, SQL that deletes at most :batch rows older than :before). Keys, in order of age.
PURGES = (
    (
        "idempotency_key",
        sa.text("""
            DELETE FROM kernel.idempotency_key
             WHERE ctid = ANY(ARRAY(SELECT ctid FROM kernel.idempotency_key
                                     WHERE recorded_at < :before
                                     LIMIT :batch))
        """),
        "idempotency_days",
    ),
    (
        "web_session",
        sa.text("""
            DELETE FROM kernel.web_session
             WHERE ctid = ANY(ARRAY(SELECT ctid FROM kernel.web_session
                                     WHERE expires_at < :before
                                     LIMIT :batch))
        """),
        "",
    ),
    (
        "draft",
        sa.text("""
            DELETE FROM kernel.draft
             WHERE ctid = ANY(ARRAY(SELECT ctid FROM kernel.draft
                                     WHERE saved_at < :before
                                     LIMIT :batch))
        """),
        "draft_days",
    ),
    (
        "job",
        sa.text("""
            DELETE FROM kernel.job
             WHERE ctid = ANY(ARRAY(SELECT ctid FROM kernel.job
                                     WHERE ended_at < :before
                                     LIMIT :batch))
        """),
        "job_days",
    ),
    (
        "procrastinate_jobs",
        sa.text("""
            DELETE FROM kernel.procrastinate_jobs
             WHERE id = ANY(ARRAY(
                   SELECT j.id
                     FROM kernel.procrastinate_jobs AS j
                    WHERE j.status IN ('succeeded', 'failed', 'cancelled', 'aborted')
                      AND NOT EXISTS (SELECT FROM kernel.procrastinate_events AS e
                                       WHERE e.job_id = j.id AND e.at >= :before)
                    LIMIT :batch))
        """),
        "job_days",
    ),
)


def purge(run: JobRun) -> None:
    """Delete what has served its time: keys, ended sessions, old drafts, ended jobs.

    Each batch is a transaction with its audit entry; what is deleted stays so when it is stopped.
    """
    deleted = 0
    for step, (table, statement, setting) in enumerate(PURGES):
        while True:
            count = _purge_batch(run, table, statement, setting)
            deleted += count
            last = count < BATCH
            run.tell(
                done=step + last,
                total=len(PURGES),
                text=table,
                kept=run.gettext("已清除 {count} 筆").format(count=deleted),
            )
            if last:
                break


def _purge_batch(run: JobRun, table: str, statement: sa.TextClause, setting: str) -> int:
    with run.write() as uow:
        days = getattr(uow.settings(CountySettings, module=MODULE), setting) if setting else 0
        before = uow.now - dt.timedelta(days=days)
        count = uow.connection.execute(statement, {"before": before, "batch": BATCH}).rowcount
        if not count:
            uow.abandon("nothing is old enough")
        uow.audit(
            PURGE.name,
            DocumentRef(
                kind="kernel.purge",
                document_id=uuid.uuid5(PURGE_NAMESPACE, table),
                label=table,
                agency_code="",
            ),
            after={"deleted": count, "before": before},
        )
        return count


PURGE = Job(
    name="kernel.expired.purge",
    title=N_("清除逾期資料（重送識別碼、登入、暫存、作業）"),
    run=purge,
    schedule="20 2 * * *",
    timeout_s=3600,
)


def disable_idle(run: JobRun) -> None:
    """Disable the accounts that nobody has signed in to for long, and sign them out."""
    with run.write() as uow:
        users = disable_idle_accounts(uow)
    run.tell(done=1, total=1, kept=str(len(users)))


def forget_reads(run: JobRun) -> None:
    """Forget who looked at personal data so long ago that it need not be kept."""
    with run.write() as uow:
        count = forget_personal_reads(uow)
        if not count:
            uow.abandon("nothing is old enough")
        uow.audit(
            FORGET_READS.name,
            DocumentRef(
                kind="kernel.purge",
                document_id=uuid.uuid5(PURGE_NAMESPACE, "personal_read"),
                label="personal_read",
                agency_code="",
            ),
            after={"deleted": count},
        )
    run.tell(done=1, total=1, kept=str(count))


DISABLE_IDLE = Job(
    name="kernel.idle-account.disable",
    title=N_("停用久未登入的帳號"),
    run=disable_idle,
    schedule="40 2 * * *",
)
FORGET_READS = Job(
    name="kernel.personal-read.forget",
    title=N_("清除逾保存期限的個資查閱紀錄"),
    run=forget_reads,
    schedule="50 2 1 * *",
)

KERNEL_JOBS: tuple[Job, ...] = (
    PURGE,
    DISABLE_IDLE,
    FORGET_READS,
)

"""Jobs as people see them: their own, or all of them with the right to."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator, Mapping
from typing import Literal

import sqlalchemy as sa

from zhuji_core.permissions import READ_JOBS
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_, DomainError, Value

LIST_MAX = 200
State = Literal["waiting", "running", "done", "failed", "cancelled"]
STATE_TITLES: Mapping[State, str] = {
    "waiting": N_("等候中"),
    "running": N_("執行中"),
    "done": N_("已完成"),
    "failed": N_("失敗"),
    "cancelled": N_("已取消"),
}
CANCELLING = N_("取消中")

COLUMNS = """
    j.job_id, j.name, j.module, j.label, j.owner_id, j.owner->>'name' AS owner_name, j.state,
    j.attempt, j.cancel_requested_at, j.done, j.total, j.told, j.kept, j.code, j.error,
    j.queued_at, j.started_at, j.told_at, j.ended_at, j.file_name, j.media_type, j.file_bytes
"""
LIST = sa.text(f"""
    SELECT {COLUMNS}
      FROM kernel.job AS j
     WHERE (CAST(:owner_id AS uuid) IS NULL OR j.owner_id = :owner_id)
       AND (CAST(:before_at AS timestamptz) IS NULL
            OR (j.queued_at, j.job_id) < (:before_at, CAST(:before_id AS uuid)))
     ORDER BY j.queued_at DESC, j.job_id DESC
     LIMIT :limit
""")  # noqa: S608 (constants of this file)
RUNS = sa.text(f"""
    SELECT {COLUMNS}
      FROM kernel.job AS j
     WHERE j.name = :name
     ORDER BY j.queued_at DESC, j.job_id DESC
     LIMIT :limit
""")  # noqa: S608 (constants of this file)
ONE = sa.text(f"""
    SELECT {COLUMNS} FROM kernel.job AS j WHERE j.job_id = :job_id
""")  # noqa: S608 (constants of this file)
PART = sa.text("""
    SELECT content FROM kernel.job_file_part WHERE job_id = :job_id AND part_no = :part_no
""")


class JobNotFound(DomainError):
    """No such job, or not one of the actor's; a file: none, or not the actor's own."""

    code = "E-JOB-NOT-FOUND"
    message = N_("查無此背景作業，或您無權查閱。")
    status_code = 404


class JobSeen(Value, frozen=True, kw_only=True):
    """A job as its owner sees it.

    ``done`` of ``total`` (None: not known), ``told``: what it does now, ``kept``: what would stay
    if it were cancelled; ``file_bytes`` 0: it made no file.
    """

    job_id: uuid.UUID
    name: str
    module: str
    label: str
    owner_id: uuid.UUID
    owner_name: str
    state: State
    attempt: int
    cancel_requested_at: dt.datetime | None
    done: int
    total: int | None
    told: str
    kept: str
    code: str
    error: str
    queued_at: dt.datetime
    started_at: dt.datetime | None
    told_at: dt.datetime | None
    ended_at: dt.datetime | None
    file_name: str
    media_type: str
    file_bytes: int

    @property
    def unfinished(self) -> bool:
        return self.state in {"waiting", "running"}

    @property
    def cancelling(self) -> bool:
        """Asked to stop, and not stopped yet: it does so at its next safe point."""
        return self.unfinished and self.cancel_requested_at is not None

    @property
    def state_title(self) -> str:
        """Return the words for its state, for whoever reads them to translate."""
        return CANCELLING if self.cancelling else STATE_TITLES[self.state]

    def left_s(self) -> int | None:
        """Estimate the seconds left from the pace so far; None while there is none to see."""
        if self.state != "running" or not self.total or not self.done:
            return None
        if self.started_at is None or self.told_at is None:
            return None
        took_s = (self.told_at - self.started_at).total_seconds()
        return max(0, round(took_s / self.done * (self.total - self.done)))


class JobFilter(Value, frozen=True, kw_only=True):
    """``before``: when the last one shown was queued, and its id."""

    everybody: bool = False
    before: tuple[dt.datetime, uuid.UUID] | None = None
    limit: int = 50


def list_jobs(uow: UnitOfWork, wanted: JobFilter) -> list[JobSeen]:
    """Return jobs, newest first: the actor's own, or everybody's; then raise Forbidden."""
    if wanted.everybody:
        uow.require(READ_JOBS)
    before_at, before_id = wanted.before or (None, None)
    rows = uow.connection.execute(
        LIST,
        {
            "owner_id": None if wanted.everybody else uow.actor.user_id,
            "before_at": before_at,
            "before_id": before_id,
            "limit": min(wanted.limit, LIST_MAX + 1),
        },
    )
    return [JobSeen(**row) for row in rows.mappings()]


def runs_of(uow: UnitOfWork, name: str, *, limit: int) -> list[JobSeen]:
    """Return the last runs of one job, newest first; the module asks for its own right."""
    rows = uow.connection.execute(RUNS, {"name": name, "limit": min(limit, LIST_MAX)})
    return [JobSeen(**row) for row in rows.mappings()]


def find_job(uow: UnitOfWork, job_id: uuid.UUID) -> JobSeen:
    """Return one job; raise JobNotFound, also for another's without the right to see it."""
    row = uow.connection.execute(ONE, {"job_id": job_id}).mappings().one_or_none()
    if row is None or not (row["owner_id"] == uow.actor.user_id or uow.actor.may(READ_JOBS)):
        raise JobNotFound
    return JobSeen(**row)


def find_file(uow: UnitOfWork, job_id: uuid.UUID) -> JobSeen:
    """Return the job whose file the actor may fetch: only its owner may; raise JobNotFound."""
    job = find_job(uow, job_id)
    if job.owner_id != uow.actor.user_id or job.state != "done" or not job.file_bytes:
        raise JobNotFound
    return job


def file_parts(statements: sa.Engine, job_id: uuid.UUID) -> Iterator[bytes]:
    """Give the file part by part, each read by itself: no transaction waits for a slow line."""
    part_no = 0
    while True:
        with statements.connect() as connection:
            parameters = {"job_id": job_id, "part_no": part_no}
            row = connection.execute(PART, parameters).one_or_none()
        if row is None:
            return
        yield bytes(row.content)
        part_no += 1

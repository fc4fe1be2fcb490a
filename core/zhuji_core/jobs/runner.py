"""Run one job: claim it, call its function, keep how it ended. Knows no queue and no process."""

from __future__ import annotations

import contextlib
import datetime as dt
import logging
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

import msgspec
import sqlalchemy as sa

from zhuji_core import tracing
from zhuji_core.access import CountyAccess
from zhuji_core.i18n import SOURCE, Translations
from zhuji_core.identity.actor import SYSTEM_USER_ID, Actor
from zhuji_core.jobs import store
from zhuji_core.jobs.run import (
    Job,
    JobCancelled,
    JobInterrupted,
    JobRun,
    JobTakenOver,
    JobTimedOut,
    never,
)
from zhuji_core.values import N_, DomainError

PART_BYTES = 1_048_576
# A job whose process is lost, or whose database is away, is tried so often before people are told.
ATTEMPTS_MAX = 5
# Made from a schedule's name and tick, so that a tick that is tried again finds its own row.
TICK_NAMESPACE = uuid.UUID("0198c5a0-0000-7000-8000-71c000000001")

log = logging.getLogger(__name__)


class JobUnknown(DomainError):
    """The code of this host has no such job any more."""

    code = "E-JOB-UNKNOWN"
    message = N_("本主機的程式沒有作業「{name}」。")


class JobTooSlow(DomainError):
    """A job has taken longer than it may."""

    code = "E-JOB-TIMEOUT"
    message = N_("作業超過時限 {timeout_s} 秒，已停止。")


class JobBroken(DomainError):
    """A fault of the program; its cause is in the log and the trace, not before users."""

    code = "E-JOB-BROKEN"
    message = N_("作業因程式錯誤而停止（{fault}），請洽系統管理人員。")


class JobStalled(DomainError):
    """The process that ran the job was lost, as often as it may be."""

    code = "E-JOB-STALLED"
    message = N_("執行作業的程序已中斷 {attempts} 次，不再重試。")


class OwnerDisabled(DomainError):
    """Whoever started the job may not sign in any more."""

    code = "E-JOB-OWNER"
    message = N_("開始此作業的帳號已停用。")


class TryAgain(Exception):
    """The job could not be run now, by nobody's fault: later."""


@dataclass(frozen=True, kw_only=True)
class Runner:
    """``jobs`` are those of the kernel and of all installed modules, by name."""

    jobs: Mapping[str, Job]
    system: Actor
    translations: Translations

    def run_tick(
        self,
        access: CountyAccess,
        *,
        name: str,
        tick: dt.datetime,
        should_stop: Callable[[], bool] = never,
    ) -> None:
        """Run a schedule's tick; its row is made here, so that operators see what ran."""
        job_id = tick_id(name, tick)
        job = self.jobs.get(name)
        with access.statements.connect() as connection:
            connection.execute(
                store.INSERT,
                {
                    "job_id": job_id,
                    "name": name,
                    "module": name.partition(".")[0],
                    "label": job.title if job else name,
                    "owner_id": SYSTEM_USER_ID,
                    "owner": msgspec.json.encode(self.system).decode(),
                    "language": SOURCE,
                    "arguments": msgspec.json.encode({"tick": tick}).decode(),
                    "now": access.clock(),
                },
            )
        self.run(access, job_id=job_id, should_stop=should_stop)

    def run(
        self, access: CountyAccess, *, job_id: uuid.UUID, should_stop: Callable[[], bool] = never
    ) -> None:
        """Run the next attempt of a job; nothing happens when it has ended already.

        Raises TryAgain when it must be tried later; every other end is kept in its row.
        """
        if access.county.state != "open":
            raise TryAgain(f"the county is {access.county.state}")
        with access.statements.connect() as connection:
            parameters = {"job_id": job_id, "now": access.clock()}
            row = connection.execute(store.CLAIM, parameters).one_or_none()
        if row is None:
            return
        module = row.name.partition(".")[0]
        with tracing.span("job.run", module=module, county=access.county.code, job=row.name):
            self._attempt(access, row, should_stop)

    def _attempt(
        self, access: CountyAccess, row: sa.Row[Any], should_stop: Callable[[], bool]
    ) -> None:
        with contextlib.ExitStack() as resources:
            self._attempt_with(resources, access, row, should_stop)

    def _attempt_with(
        self,
        resources: contextlib.ExitStack,
        access: CountyAccess,
        row: sa.Row[Any],
        should_stop: Callable[[], bool],
    ) -> None:
        words = self.translations.of(row.language)
        run: JobRun | None = None
        state = "done"
        refusal: DomainError | None = None
        try:
            run = self._prepare(access, row, should_stop)
            resources.enter_context(run.resources)
            run.job.run(run)
        except JobTakenOver:
            return
        except JobCancelled:
            state = "cancelled"
        except JobInterrupted as error:
            raise _again(access, row, error) from error
        except sa.exc.OperationalError as error:
            # A lost connection, a lock or a statement that took too long: seldom twice.
            if row.attempt < ATTEMPTS_MAX:
                raise _again(access, row, error) from error
            log.exception("job %s failed", row.name)
            state, refusal = "failed", JobBroken(fault=type(error).__name__)
        except JobTimedOut:
            state, refusal = "failed", JobTooSlow(timeout_s=self.jobs[row.name].timeout_s)
        except DomainError as error:
            state, refusal = "failed", error
        except Exception as error:
            log.exception("job %s failed", row.name)
            state, refusal = "failed", JobBroken(fault=type(error).__name__)
        code, text = (refusal.code, refusal.text(words.gettext)) if refusal else ("", "")
        _end(access, row, run if state == "done" else None, state=state, code=code, error=text)

    def _prepare(
        self, access: CountyAccess, row: sa.Row[Any], should_stop: Callable[[], bool]
    ) -> JobRun:
        if row.cancel_requested_at is not None:
            raise JobCancelled
        job = self.jobs.get(row.name)
        if job is None:
            raise JobUnknown(name=row.name)
        return JobRun(
            access=access,
            job=job,
            job_id=row.job_id,
            attempt=row.attempt,
            actor=self._actor(access, row),
            words=self.translations.of(row.language),
            arguments=row.arguments,
            checkpoint=row.checkpoint,
            scheduled_at=_tick(row.arguments),
            should_stop=should_stop,
        )

    def _actor(self, access: CountyAccess, row: sa.Row[Any]) -> Actor:
        """Return who acts: the system for a schedule, else the owner while the account is active.

        The owner acts with the rights held when the job was started.
        """
        owner = msgspec.convert(row.owner, Actor)
        if owner.user_id == SYSTEM_USER_ID:
            return self.system
        with access.statements.connect() as connection:
            found = connection.execute(store.USER_STATE, {"user_id": owner.user_id})
            if found.scalar_one_or_none() != "active":
                raise OwnerDisabled
        return owner


def tick_id(name: str, tick: dt.datetime) -> uuid.UUID:
    """Return the id of the row that a schedule's tick has, however often it is tried."""
    return uuid.uuid5(TICK_NAMESPACE, f"{name} {tick.isoformat()}")


def _again(access: CountyAccess, row: sa.Row[Any], error: Exception) -> TryAgain:
    with access.statements.connect() as connection:
        connection.execute(store.AGAIN, {"job_id": row.job_id, "attempt": row.attempt})
    return TryAgain(type(error).__name__)


def _tick(arguments: Mapping[str, Any]) -> dt.datetime | None:
    told = arguments.get("tick")
    return None if told is None else dt.datetime.fromisoformat(told)


def _end(
    access: CountyAccess,
    row: sa.Row[Any],
    run: JobRun | None,
    *,
    state: str,
    code: str,
    error: str,
) -> None:
    """Keep how the attempt ended, with its file: both or neither, and only if it is still ours."""
    file = run.file if run else None
    latest = run.latest if run else None
    with access.engine.begin() as connection:
        size = 0
        if file is not None:
            connection.execute(store.FORGET_PARTS, {"job_id": row.job_id})
            for part_no, content in enumerate(parts(file.content)):
                size += len(content)
                connection.execute(
                    store.PART, {"job_id": row.job_id, "part_no": part_no, "content": content}
                )
        ended = connection.execute(
            store.END,
            {
                "job_id": row.job_id,
                "attempt": row.attempt,
                "state": state,
                "code": code,
                "error": error,
                "now": access.clock(),
                "done": latest.done if latest else None,
                "total": latest.total if latest else None,
                "kept": latest.kept if latest else None,
                "file_name": file.file_name if file else "",
                "media_type": file.media_type if file else "",
                "file_bytes": size,
            },
        ).one_or_none()
        if ended is None:
            connection.rollback()


def parts(content: BinaryIO) -> Iterator[bytes]:
    content.seek(0)
    while block := content.read(PART_BYTES):
        yield block


def jobs_by_name(jobs: Sequence[Job]) -> dict[str, Job]:
    """Return the jobs by name; two of one name are a programmer's mistake."""
    by_name = {job.name: job for job in jobs}
    assert len(by_name) == len(jobs), "two jobs of one name"
    return by_name

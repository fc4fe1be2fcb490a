"""What the function of a job is given: units of work, progress, safe points, and its result."""

from __future__ import annotations

import contextlib
import datetime as dt
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO, cast

import msgspec
import sqlalchemy as sa

from zhuji_core.access import CountyAccess
from zhuji_core.i18n import Language
from zhuji_core.identity.actor import Actor
from zhuji_core.jobs import store
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import Value

# People see a bar move; more often would be writing for nobody.
TELL_EVERY_S = 0.5

ONE_MOMENT = sa.text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
PATIENCE = sa.text("""
    SELECT set_config('statement_timeout', '60s', true),
           set_config('idle_in_transaction_session_timeout', '10min', true)
""")


class Job(Value, frozen=True, kw_only=True):
    """Work outside of a request: on a schedule, or started by somebody who then watches it.

    ``name`` is ``module.noun.verb``. ``schedule`` has the five fields of cron, in the time of
    Taipei; None: only started. ``run`` opens units of work of its own, one after another, and may
    be run again after a crash: what it has done already it finds in the database or in its
    checkpoint. After ``timeout_s`` it is stopped at its next safe point.
    """

    name: str
    title: str
    run: Callable[[JobRun], None]
    schedule: str | None = None
    timeout_s: int = 600

    @property
    def module(self) -> str:
        return self.name.partition(".")[0]


class JobCancelled(Exception):
    """The owner asked to stop; raised at a safe point, caught by the worker."""


class JobInterrupted(Exception):
    """The worker is told to stop; the job goes back into the queue."""


class JobTimedOut(Exception):
    """The job has taken longer than its declaration allows."""


class JobTakenOver(Exception):
    """Another worker has begun a later attempt: this one may write nothing more."""


class GivenFile(msgspec.Struct, frozen=True, kw_only=True):
    """What a job made; ``content`` is read from its beginning when the job ends."""

    content: Any
    file_name: str
    media_type: str


class Progress(Value, frozen=True, kw_only=True):
    """What was told last, whether or not it was written yet."""

    done: int
    total: int | None
    kept: str | None


def never() -> bool:
    return False


@dataclass(kw_only=True)
class JobRun:
    """One attempt of one job in one county.

    ``arguments`` are those that it was started with; ``checkpoint`` is what an earlier attempt
    kept by :meth:`keep`; ``scheduled_at`` is the tick of a schedule.
    """

    access: CountyAccess
    job: Job
    job_id: uuid.UUID
    attempt: int
    actor: Actor
    words: Language
    arguments: Mapping[str, Any]
    checkpoint: Any = None
    scheduled_at: dt.datetime | None = None
    should_stop: Callable[[], bool] = never
    file: GivenFile | None = None
    latest: Progress | None = None
    resources: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)
    _begun_s: float = field(default_factory=time.monotonic)
    _told_s: float = 0.0

    def gettext(self, message: str) -> str:
        """Return ``message`` in the language of whoever started the job."""
        return self.words.gettext(message)

    @contextlib.contextmanager
    def read(self) -> Iterator[UnitOfWork]:
        """Open a read-only unit of work in the name of the owner."""
        with self.access.begin(actor=self.actor, read_only=True) as uow:
            yield uow

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[UnitOfWork]:
        """Open a read-only unit of work that sees one moment, however long it reads.

        Its statements may take longer than those of a request, and it may wait for a file to be
        written. It holds nobody up: reading takes no transaction id.
        """
        with self.read() as uow:
            uow.connection.execute(ONE_MOMENT)
            uow.connection.execute(PATIENCE)
            yield uow

    @contextlib.contextmanager
    def write(self) -> Iterator[UnitOfWork]:
        """Open a unit of work in the name of the owner; it is audited like any other."""
        with self.access.begin(actor=self.actor) as uow:
            yield uow

    def keep(self, uow: UnitOfWork, checkpoint: object) -> None:
        """Keep how far the job has come with what ``uow`` does: a later attempt goes on there.

        Raises JobTakenOver; then nothing of the unit of work is kept.
        """
        kept = uow.connection.execute(
            store.KEEP,
            {
                "job_id": self.job_id,
                "attempt": self.attempt,
                "checkpoint": msgspec.json.encode(checkpoint).decode(),
            },
        ).one_or_none()
        if kept is None:
            raise JobTakenOver
        self.checkpoint = checkpoint

    def tell(
        self,
        *,
        done: int,
        total: int | None = None,
        text: str | None = None,
        kept: str | None = None,
    ) -> None:
        """Say how far the job is; a safe point, at which it may be stopped.

        ``text`` is what it does now, ``kept`` what would stay if it were cancelled here; None:
        as it was told before.
        Raises JobCancelled, JobInterrupted, JobTimedOut or JobTakenOver: let them rise.
        """
        now_s = time.monotonic()
        self.latest = Progress(done=done, total=total, kept=kept)
        if now_s - self._begun_s > self.job.timeout_s:
            raise JobTimedOut
        if self.should_stop():
            raise JobInterrupted
        if now_s - self._told_s < TELL_EVERY_S:
            return
        self._told_s = now_s
        with self.access.statements.connect() as connection:
            row = connection.execute(
                store.TELL,
                {
                    "job_id": self.job_id,
                    "attempt": self.attempt,
                    "done": done,
                    "total": total,
                    "told": text,
                    "kept": kept,
                    "now": self.access.clock(),
                },
            ).one_or_none()
        if row is None:
            raise JobTakenOver
        if row.cancel_requested_at is not None:
            raise JobCancelled

    def scratch(self) -> BinaryIO:
        """Open a file to write the result into; it is gone when the attempt has ended."""
        return cast("BinaryIO", self.resources.enter_context(tempfile.TemporaryFile()))

    def give(self, content: BinaryIO, *, file_name: str, media_type: str) -> None:
        """Give the file that the job made; its owner may fetch it once the job has ended."""
        self.file = GivenFile(content=content, file_name=file_name, media_type=media_type)

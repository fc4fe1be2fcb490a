"""Cancel a job: at once while it waits, at its next safe point while it runs."""

from __future__ import annotations

import uuid

from zhuji_core.jobs import store
from zhuji_core.jobs.queries import JobNotFound
from zhuji_core.jobs.start import document_of
from zhuji_core.permissions import CANCEL_JOB
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_, DomainError

ACTION = "kernel.job.cancel"


class JobEnded(DomainError):
    """There is nothing left to cancel."""

    code = "E-JOB-ENDED"
    message = N_("背景作業「{label}」已結束，無法取消。")


def cancel_job(uow: UnitOfWork, *, job_id: uuid.UUID) -> None:
    """Cancel one's own job, or another's with the right to. What it has kept so far stays.

    Raises JobNotFound or JobEnded. Cancelling twice changes nothing.
    """
    row = uow.connection.execute(store.LOCK, {"job_id": job_id}).one_or_none()
    if row is None or not (row.owner_id == uow.actor.user_id or uow.actor.may(CANCEL_JOB)):
        raise JobNotFound
    if row.state not in {"waiting", "running"}:
        raise JobEnded(label=row.label)
    parameters = {"job_id": job_id, "queue_id": row.queue_id, "now": uow.now}
    taken = None
    if row.state == "waiting" and row.queue_id is not None:
        taken = uow.connection.execute(store.CANCEL_WAITING, parameters).one_or_none()
    if taken is None:
        uow.connection.execute(store.ASK_TO_CANCEL, {"job_id": job_id, "now": uow.now})
    uow.audit(
        ACTION,
        document_of(job_id, row.label),
        before={"state": row.state},
        after={"state": "cancelled" if taken is not None else "cancelling"},
    )

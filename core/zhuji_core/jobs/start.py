"""Start a long job: its row and its place in the queue, in the transaction of the use case."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

import msgspec

from zhuji_core.contracts.documents import DocumentRef
from zhuji_core.i18n import SOURCE
from zhuji_core.ids import new_id
from zhuji_core.jobs import store
from zhuji_core.jobs.run import Job
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_, DomainError

TASK = "kernel.job"
# More would only wait behind each other, and a key held down would fill the queue.
UNFINISHED_MAX = 10


class TooManyJobs(DomainError):
    """One person's jobs that have not ended are limited."""

    code = "E-JOBS-LIMIT"
    message = N_("您已有 {count} 件背景作業尚未結束，請待其完成或先取消，再開始新的作業。")


def start_job(
    uow: UnitOfWork,
    job: Job,
    *,
    arguments: Mapping[str, object],
    label: str,
    language: str = SOURCE,
) -> uuid.UUID:
    """Queue ``job`` in the name of the actor, with the rights that the actor has now.

    The use case that calls asks for the permission. ``label`` is what people read. Audited.
    Raises TooManyJobs.
    """
    assert uow.actor.account != "system", "what the system does has a schedule"
    held = {"owner_id": uow.actor.user_id, "most": UNFINISHED_MAX}
    count = uow.connection.execute(store.UNFINISHED, held).scalar_one()
    if count >= UNFINISHED_MAX:
        raise TooManyJobs(count=count)
    job_id = new_id()
    # What the owner of a token may beyond it is nothing to a job, and not known to older code.
    owner = msgspec.structs.replace(uow.actor, owner_may={})
    uow.connection.execute(
        store.INSERT,
        {
            "job_id": job_id,
            "name": job.name,
            "module": job.module,
            "label": label,
            "owner_id": uow.actor.user_id,
            "owner": msgspec.json.encode(owner).decode(),
            "language": language,
            "arguments": msgspec.json.encode(dict(arguments)).decode(),
            "now": uow.now,
        },
    )
    uow.connection.execute(store.QUEUE, {"job_id": job_id, "module": job.module, "task": TASK})
    uow.audit(job.name, document_of(job_id, label), after={"arguments": dict(arguments)})
    return job_id


def document_of(job_id: uuid.UUID, label: str) -> DocumentRef:
    return DocumentRef(kind="kernel.job", document_id=job_id, label=label, agency_code="")

"""How the kernel's pages of waiting events and of long jobs are called."""

from __future__ import annotations

import uuid

from tests.boundaries.caller import Content
from tests.boundaries.recipe import Kind, Recipe, Scene, Values
from zhuji_core.ids import new_id
from zhuji_core.permissions import CANCEL_JOB, READ_JOBS

MODULE = "budget"
PARK = """
    WITH told AS (
        INSERT INTO kernel.event (event_id, type, document_id, body, recorded_at)
        VALUES (:event_id, 'accounting.certification-granted', :document_id, '{}', now())
        RETURNING sequence, document_id
    ), cursor AS (
        INSERT INTO kernel.event_cursor (module) VALUES ('budget')
            ON CONFLICT (module) DO UPDATE SET relay = event_cursor.relay
        RETURNING module
    )
    INSERT INTO kernel.event_waiting
           (module, sequence, document_id, state, attempts, due_at, code, error, since)
    SELECT cursor.module, told.sequence, told.document_id, 'dead', 9, now(), 'E-PROBE', :error,
           now()
      FROM told CROSS JOIN cursor
"""
PARKED = "SELECT max(sequence) FROM kernel.event_waiting WHERE document_id = :document_id"
MAKE_JOB = """
    INSERT INTO kernel.job
           (job_id, name, module, label, owner_id, owner, arguments, state, queued_at, started_at,
            ended_at, file_name, media_type, file_bytes)
    VALUES (:job_id, 'accounting.register.export', 'accounting', :label, :owner, :who, '{}',
            :state, now(), now(), CASE WHEN :state = 'done' THEN now() END, 'made.txt',
            'text/plain', :bytes)
"""
MAKE_PART = "INSERT INTO kernel.job_file_part (job_id, part_no, content) VALUES (:job_id, 0, :made)"


def _parked(scene: Scene) -> Values:
    document_id = uuid.uuid4()
    scene.world.county.execute(
        PARK, event_id=new_id(), document_id=document_id, error=scene.world.text("無法解讀")
    )
    sequence = scene.world.county.rows(PARKED, document_id=document_id)[0][0]
    return {"module": MODULE, "sequence": str(sequence)}


def _job(scene: Scene, state: str = "done") -> str:
    job_id, made = new_id(), scene.world.text("內容").encode()
    scene.world.county.execute(
        MAKE_JOB,
        job_id=job_id,
        label=scene.world.text("匯出"),
        owner=scene.by.user_id,
        who="{}",
        state=state,
        bytes=len(made),
    )
    scene.world.county.execute(MAKE_PART, job_id=job_id, made=made)
    return str(job_id)


def _waiting(scene: Scene) -> Values:
    return {"job_id": _job(scene, "waiting")}


def _module_json(_scene: Scene, _values: Values) -> Content:
    return Content(json={"module": MODULE})


def _module_form(_scene: Scene, _values: Values) -> Content:
    return Content(form={"module": MODULE})


def _reason_json(scene: Scene, _values: Values) -> Content:
    return Content(json={"reason": scene.world.text("已人工補正")})


def _reason_form(scene: Scene, _values: Values) -> Content:
    return Content(form={"reason": scene.world.text("已人工補正")})


def _plain(_scene: Scene, _values: Values) -> Content:
    return Content(form={})


KINDS = {
    "sequence": Kind(make=lambda scene: _parked(scene)["sequence"], missing="99999999"),
    "module": Kind(make=lambda _: MODULE, missing=""),
    "job_id": Kind(make=_job, of_person=True, others=READ_JOBS),
    # Its file is its owner's alone.
    "kernel.job.file:job_id": Kind(make=_job, of_person=True),
    "kernel.job.file.read:job_id": Kind(make=_job, of_person=True),
    "kernel.job.cancel:job_id": Kind(make=_job, of_person=True, others=CANCEL_JOB),
    "kernel.job.cancel-form:job_id": Kind(make=_job, of_person=True, others=CANCEL_JOB),
}

RECIPES = {
    "kernel.events.replay": Recipe(role="ADM", prepare=_parked, content=_module_json),
    "kernel.events.replay-form": Recipe(role="ADM", prepare=_parked, content=_module_form),
    "kernel.event.replay": Recipe(role="ADM", prepare=_parked),
    "kernel.event.replay-form": Recipe(role="ADM", prepare=_parked, content=_plain),
    "kernel.event.skip": Recipe(role="ADM", prepare=_parked, content=_reason_json),
    "kernel.event.skip-form": Recipe(role="ADM", prepare=_parked, content=_reason_form),
    "kernel.job.cancel": Recipe(role="REQ", prepare=_waiting),
    # Asked for twice it is still one cancelling, told of twice.
    "kernel.job.cancel-form": Recipe(role="REQ", prepare=_waiting, content=_plain, keyless=True),
}

"""How the routes of accounting are called: requests in each state, for each verb."""

from __future__ import annotations

from tests.boundaries.caller import Content
from tests.boundaries.common import (
    agency_query,
    named,
    plain_form,
    reason_form,
    reason_json,
    rewritten,
)
from tests.boundaries.recipe import Kind, Recipe, Scene, Values
from tests.boundaries.world import Person
from tests.plugins.accounting.given import follow
from zhuji_accounting.domain.request import RequestKind, SpendingRequest
from zhuji_accounting.usecases.approve_request import approve_request
from zhuji_accounting.usecases.certify_requests import certify_requests
from zhuji_accounting.usecases.close_period import close_period
from zhuji_accounting.usecases.stop_intake import stop_intake
from zhuji_accounting.usecases.submit_request import submit_request
from zhuji_accounting.usecases.write_request import WantedLine, WantedRequest, write_request
from zhuji_core.jobs.cancel import cancel_job
from zhuji_core.jobs.queries import JobFilter, list_jobs

AMOUNT_NTD = 100
# Colleagues of the person under test: who else takes a hand in a request.
WRITER, HEAD, REVIEWER = 101, 102, 103
OPEN_MONTHS = (3, 4, 5, 6, 7, 8, 9, 10, 11, 12)
CLOSE_JANUARY = """
    INSERT INTO accounting.closed_period
           (fiscal_year, agency_code, period, document_id, closed_by, closed_at)
    VALUES (105, :agency, 1, gen_random_uuid(), gen_random_uuid(), now())
"""
REOPEN = "DELETE FROM accounting.closed_period"


def wanted(scene: Scene) -> WantedRequest:
    world = scene.world
    return WantedRequest(
        kind=RequestKind.ORDINARY,
        purpose=world.of_agency(scene.agency_code, "購置文具"),
        basis=world.text("105 年 3 月簽"),
        payee=world.of_agency(scene.agency_code, "甲商行"),
        agency_code=scene.agency_code,
        lines=(
            WantedLine(
                control_row_id=world.rows[scene.agency_code],
                amount_ntd=AMOUNT_NTD,
                description=world.text("說明"),
            ),
        ),
    )


def draft(scene: Scene, by: Person | int | None = None) -> SpendingRequest:
    """Write a draft of the person under test, or of a colleague."""
    with scene.uow(by) as uow:
        return write_request(uow, wanted=wanted(scene))


def submitted(scene: Scene, by: Person | int = WRITER) -> SpendingRequest:
    made = draft(scene, by)
    with scene.uow(by) as uow:
        return submit_request(uow, request_id=made.request_id)


def approved(scene: Scene) -> SpendingRequest:
    made = submitted(scene)
    with scene.uow(HEAD) as uow:
        return approve_request(uow, request_id=made.request_id)


def certified(scene: Scene) -> SpendingRequest:
    made = approved(scene)
    with scene.uow(REVIEWER) as uow:
        outcome = certify_requests(uow, request_ids=[made.request_id])[0]
    assert outcome.certification is not None, outcome.refusal
    return made


_own_draft = named("request_id", draft)
_own_submitted = named("request_id", lambda scene: submitted(scene, scene.by))
_submitted = named("request_id", submitted)
_approved = named("request_id", approved)
_certified = named("request_id", certified)


def _write_json(scene: Scene, _values: Values) -> Content:
    one = wanted(scene)
    return Content(json={
        "kind": "ordinary", "purpose": one.purpose, "basis": one.basis, "payee": one.payee,
        "agency_code": scene.agency_code,
        "lines": [{"control_row_id": str(line.control_row_id), "amount_ntd": line.amount_ntd,
                   "description": line.description} for line in one.lines],
    })  # fmt: skip


_rewrite_json = rewritten(_write_json)


def _typed(scene: Scene, _values: Values) -> Content:
    one = wanted(scene)
    return Content(form={
        "kind": "ordinary", "purpose": one.purpose, "basis": one.basis, "payee": one.payee,
        "lines-0-control_row_id": str(one.lines[0].control_row_id),
        "lines-0-amount": str(AMOUNT_NTD), "lines-0-description": one.lines[0].description,
        "act": "send",
    })  # fmt: skip


def _typed_again(scene: Scene, values: Values) -> Content:
    form = _typed(scene, values).form
    return Content(form={**(form or {}), "revision": "1"})


def _release_json(scene: Scene, _values: Values) -> Content:
    lines = [{"line_no": 1, "amount_ntd": 10}]
    return Content(json={"lines": lines, "reason": scene.world.text("結餘")})


def _release_form(scene: Scene, _values: Values) -> Content:
    return Content(form={"amount-1": "10", "reason": scene.world.text("結餘")})


def _open_period(scene: Scene) -> Values:
    # Months are few: the one under test is opened again, as its administrator alone could.
    county = scene.world.county
    county.execute(REOPEN)
    follow(county)
    county.execute(CLOSE_JANUARY, agency=scene.agency_code)
    return {"fiscal_year": "105", "period": "2"}


def _closed_period(scene: Scene) -> Values:
    values = _open_period(scene)
    with scene.uow(REVIEWER) as uow:
        close_period(uow, fiscal_year=105, period=2, agency_code=scene.agency_code)
    return values


def _stopped_period(scene: Scene) -> Values:
    values = _open_period(scene)
    with scene.uow(REVIEWER) as uow:
        stop_intake(uow, fiscal_year=105, period=2, agency_code=scene.agency_code)
    return values


def _kept_set(scene: Scene) -> str:
    _closed_period(scene)
    (found,) = scene.world.county.rows(
        "SELECT set_id FROM accounting.report_set WHERE agency_code = :agency"
        " ORDER BY set_id DESC LIMIT 1",
        agency=scene.agency_code,
    )
    return str(found.set_id)


def _close_form(scene: Scene, values: Values) -> Content:
    return Content(form={"agency_code": scene.agency_code, "confirmation": values["period"]})


def _close_json(scene: Scene, _values: Values) -> Content:
    return Content(json={"agency_code": scene.agency_code})


def _reopen_json(scene: Scene, _values: Values) -> Content:
    return Content(json={"agency_code": scene.agency_code, "reason": scene.world.text("更正")})


def _reopen_form(scene: Scene, _values: Values) -> Content:
    return Content(form={"agency_code": scene.agency_code, "reason": scene.world.text("更正")})


def _row_query(scene: Scene, _values: Values) -> Content:
    return Content(query={"control_row_id": str(scene.world.rows[scene.agency_code])})


def _empty_json(_scene: Scene, _values: Values) -> Content:
    return Content(json={})


def _chosen(_scene: Scene, values: Values) -> Content:
    return Content(form={"request_ids": values["request_id"]})


def _batch_form(_scene: Scene, values: Values) -> Content:
    return Content(form={"request_ids": values["request_id"], "confirmation": "1"})


def _batch_json(_scene: Scene, values: Values) -> Content:
    return Content(json={"request_ids": [values["request_id"]]})


def nothing_waits(scene: Scene) -> Values:
    """Cancel what the person has in the queue: nobody works here, and it holds ten of each."""
    actor = scene.world.actor(scene.by, scene.agency_code)
    with scene.world.county.uow(actor, read_only=True) as uow:
        waiting = [job.job_id for job in list_jobs(uow, JobFilter()) if job.unfinished]
    for job_id in waiting:
        with scene.uow() as uow:
            cancel_job(uow, job_id=job_id)
    return {}


def _export_json(scene: Scene, _values: Values) -> Content:
    return Content(json={
        "agency_code": scene.agency_code, "fiscal_year": 105, "file_format": "csv", "text": "",
    })  # fmt: skip


def _export_form(scene: Scene, _values: Values) -> Content:
    return Content(form={
        "agency_code": scene.agency_code, "fiscal_year": "105", "file_format": "csv",
    })  # fmt: skip


KINDS = {
    "accounting.request_id": Kind(
        make=lambda scene: str(submitted(scene).request_id), of_agency=True
    ),
    "accounting.fiscal_year": Kind(make=lambda _: "105", missing=""),
    "accounting.period": Kind(make=lambda _: "2", missing=""),
    "accounting.set_id": Kind(make=_kept_set, of_agency=True),
    "accounting.sheet": Kind(make=lambda _: "trial-balance", missing="no-such-sheet"),
    "accounting.file_format": Kind(make=lambda _: "csv", missing="exe"),
}

RECIPES = {
    "accounting.requests.write": Recipe(role="REQ", content=_write_json, names_agency=True),
    "accounting.requests.rewrite": Recipe(role="REQ", prepare=_own_draft, content=_rewrite_json),
    "accounting.requests.submit": Recipe(role="REQ", prepare=_own_draft, content=_empty_json),
    "accounting.requests.approve": Recipe(role="SUP", prepare=_submitted),
    "accounting.requests.certify": Recipe(role="REV", prepare=_approved),
    "accounting.requests.return": Recipe(role="REV", prepare=_approved, content=reason_json),
    "accounting.requests.withdraw": Recipe(role="REQ", prepare=_own_submitted),
    "accounting.requests.release": Recipe(role="REV", prepare=_certified, content=_release_json),
    "accounting.certifications.grant": Recipe(
        role="REV", prepare=_approved, content=_batch_json, per_item=True, names_agency=True
    ),
    "accounting.requests.new-send": Recipe(role="REQ", content=_typed),
    "accounting.requests.edit-form": Recipe(role="REQ", prepare=_own_draft),
    "accounting.requests.edit-send": Recipe(role="REQ", prepare=_own_draft, content=_typed_again),
    "accounting.requests.submit-form": Recipe(role="REQ", prepare=_own_draft, content=plain_form),
    "accounting.requests.approve-form": Recipe(role="SUP", prepare=_submitted, content=plain_form),
    "accounting.requests.certify-form": Recipe(role="REV", prepare=_approved, content=plain_form),
    "accounting.requests.return-form": Recipe(role="REV", prepare=_approved, content=reason_form),
    "accounting.requests.withdraw-form": Recipe(
        role="REQ", prepare=_own_submitted, content=plain_form
    ),
    "accounting.requests.receipt": Recipe(role="REQ", prepare=_certified),
    "accounting.releases.form": Recipe(role="REV", prepare=_certified),
    "accounting.releases.write": Recipe(role="REV", prepare=_certified, content=_release_form),
    "accounting.waiting.approve": Recipe(role="SUP", prepare=_submitted, content=plain_form),
    "accounting.waiting.choose": Recipe(
        role="REV", prepare=_approved, content=_chosen, per_item=True, names_agency=True,
        changes_nothing=True,
    ),
    "accounting.certifications.batch": Recipe(
        role="REV", prepare=_approved, content=_batch_form, per_item=True, names_agency=True
    ),
    "accounting.control-rows.pick": Recipe(role="REQ", content=agency_query, names_agency=True),
    "accounting.availability.read": Recipe(
        role="REQ", content=_row_query, names_agency=True, per_item=True
    ),
    "accounting.requests.list": Recipe(role="REQ", content=agency_query, names_agency=True),
    "accounting.requests.list-page": Recipe(role="REQ", content=agency_query, names_agency=True),
    "accounting.requests.export": Recipe(role="REQ", content=agency_query, names_agency=True),
    "accounting.register.page": Recipe(role="REV", content=agency_query, names_agency=True),
    "accounting.register.export": Recipe(role="REV", content=agency_query, names_agency=True),
    "accounting.certifications.list": Recipe(role="REV", content=agency_query, names_agency=True),
    "accounting.register-exports.start": Recipe(
        role="REV", prepare=nothing_waits, content=_export_json, names_agency=True
    ),
    "accounting.register.export-job": Recipe(
        role="REV", prepare=nothing_waits, content=_export_form, names_agency=True
    ),
    "accounting.periods.page": Recipe(role="CACC", content=agency_query, names_agency=True),
    "accounting.periods.confirm": Recipe(
        role="CACC", prepare=_open_period, content=agency_query, names_agency=True
    ),
    "accounting.periods.close-form": Recipe(
        role="CACC", prepare=_open_period, content=_close_form, names_agency=True
    ),
    "accounting.periods.reopen-form": Recipe(
        role="BAS", prepare=_closed_period, content=_reopen_form, names_agency=True
    ),
    "accounting.periods.stop-form": Recipe(
        role="CACC", prepare=_open_period, content=_close_form, names_agency=True
    ),
    "accounting.periods.resume-form": Recipe(
        role="CACC", prepare=_stopped_period, content=_reopen_form, names_agency=True
    ),
    "accounting.periods.stop": Recipe(
        role="CACC", prepare=_open_period, content=_close_json, names_agency=True
    ),
    "accounting.periods.resume": Recipe(
        role="CACC", prepare=_stopped_period, content=_reopen_json, names_agency=True
    ),
    "accounting.report-sets.list": Recipe(role="CACC", content=agency_query, names_agency=True),
    "accounting.report-sets.list-page": Recipe(
        role="CACC", content=agency_query, names_agency=True
    ),
    "accounting.periods.list": Recipe(role="CACC", content=agency_query, names_agency=True),
    "accounting.periods.close": Recipe(
        role="CACC", prepare=_open_period, content=_close_json, names_agency=True
    ),
    "accounting.periods.reopen": Recipe(
        role="BAS", prepare=_closed_period, content=_reopen_json, names_agency=True
    ),
}  # fmt: skip

"""How the routes of changes during the year are called: an advance in each of its states."""

from __future__ import annotations

from typing import Any

from tests.boundaries.caller import Content
from tests.boundaries.recipe import Kind, Recipe, Scene, Values
from zhuji_budget.domain.changes.model import Change, ChangeKind
from zhuji_budget.usecases.agree_change import agree_change
from zhuji_budget.usecases.decide_change import decide_change
from zhuji_budget.usecases.submit_change import submit_change
from zhuji_budget.usecases.write_change import WantedChange, WantedChangeLine, write_change

AMOUNT_NTD = 100
# Colleagues of the person under test: who else takes a hand in a document.
WRITER, HEAD, OFFICE = 111, 112, 113
LINE_OF = "SELECT line_id FROM budget.control_row WHERE control_row_id = :row"


def wanted(scene: Scene) -> WantedChange:
    world = scene.world
    return WantedChange(
        kind=ChangeKind.ADVANCE,
        purpose=world.of_agency(scene.agency_code, "災後搶修墊付"),
        ground=world.text("議會同意墊付案"),
        agency_code=scene.agency_code,
        lines=(
            WantedChangeLine(
                control_row_id=world.rows[scene.agency_code], amount_ntd=AMOUNT_NTD, month=0
            ),
        ),
    )


def draft(scene: Scene, by: object = None) -> Change:
    """Write a draft of the person under test, or of a colleague."""
    actor = scene.world.actor(by or scene.by, scene.agency_code)  # type: ignore[arg-type]
    with scene.world.uow(actor) as uow:
        return write_change(uow, wanted=wanted(scene))


def submitted(scene: Scene, by: object = WRITER) -> Change:
    made = draft(scene, by)
    with scene.world.uow(scene.world.actor(by, scene.agency_code)) as uow:  # type: ignore[arg-type]
        return submit_change(uow, document_id=made.document_id)


def agreed(scene: Scene) -> Change:
    made = submitted(scene)
    with scene.world.uow(scene.world.actor(HEAD, scene.agency_code)) as uow:
        return agree_change(uow, document_id=made.document_id)


def posted(scene: Scene) -> Change:
    made = agreed(scene)
    with scene.world.uow(scene.world.actor(OFFICE, scene.agency_code)) as uow:
        return decide_change(
            uow, document_id=made.document_id, act_no=scene.world.text("議字第 9 號")
        )


def _id(made: Change) -> Values:
    return {"document_id": str(made.document_id)}


def _own_draft(scene: Scene) -> Values:
    return _id(draft(scene))


def _submitted(scene: Scene) -> Values:
    return _id(submitted(scene))


def _agreed(scene: Scene) -> Values:
    return _id(agreed(scene))


def _supervising(scene: Scene) -> Values:
    """Sent to the agency's own people as its supervisor: the right is asked for there."""
    made = agreed(scene)
    scene.world.county.execute(
        "UPDATE budget.change_document SET state = 'supervising', supervisor_code = agency_code"
        " WHERE document_id = :id",
        id=made.document_id,
    )
    return _id(made)


def _posted(scene: Scene) -> Values:
    return _id(posted(scene))


def _not_pooled(scene: Scene) -> Values:
    row = scene.world.rows[scene.agency_code]
    line_id = scene.world.county.rows(LINE_OF, row=row)[0].line_id
    scene.world.county.execute(
        "UPDATE budget.budget_line SET pooled = false WHERE line_id = :line", line=line_id
    )
    scene.world.county.execute("DELETE FROM kernel.proposal WHERE kind = 'budget.pooling'")
    return {"line_id": str(line_id)}


def _write_json(scene: Scene, _values: Values) -> Content:
    one = wanted(scene)
    return Content(json={
        "kind": str(one.kind), "purpose": one.purpose, "ground": one.ground,
        "agency_code": scene.agency_code,
        "lines": [{"control_row_id": str(line.control_row_id), "amount_ntd": line.amount_ntd,
                   "month": line.month} for line in one.lines],
    })  # fmt: skip


def _rewrite_json(scene: Scene, values: Values) -> Content:
    body: dict[str, Any] = _write_json(scene, values).json
    return Content(json={**body, "revision": 1})


def _typed(scene: Scene, _values: Values) -> Content:
    one = wanted(scene)
    return Content(form={
        "kind": str(one.kind), "agency_code": scene.agency_code, "purpose": one.purpose,
        "ground": one.ground, "lines-0-control_row_id": str(one.lines[0].control_row_id),
        "lines-0-increase": str(AMOUNT_NTD), "act": "send",
    })  # fmt: skip


def _typed_again(scene: Scene, values: Values) -> Content:
    return Content(form={**(_typed(scene, values).form or {}), "revision": "1"})


def _kind_query(scene: Scene, _values: Values) -> Content:
    return Content(query={"kind": str(ChangeKind.ADVANCE), "agency_code": scene.agency_code})


def _agency_query(scene: Scene, _values: Values) -> Content:
    return Content(query={"agency_code": scene.agency_code})


def _row_query(scene: Scene, _values: Values) -> Content:
    return Content(query={"control_row_id": str(scene.world.rows[scene.agency_code])})


def _act_json(scene: Scene, _values: Values) -> Content:
    return Content(json={"act_no": scene.world.text("議字第 9 號")})


def _act_form(scene: Scene, _values: Values) -> Content:
    return Content(form={"act_no": scene.world.text("議字第 9 號")})


def _endorse_json(_scene: Scene, _values: Values) -> Content:
    return Content(json={"opinion": "agree"})


def _reason_json(scene: Scene, _values: Values) -> Content:
    return Content(json={"reason": scene.world.text("計畫取消")})


def _reason_form(scene: Scene, _values: Values) -> Content:
    return Content(form={"reason": scene.world.text("計畫取消")})


def _pooled(scene: Scene) -> Values:
    values = _not_pooled(scene)
    scene.world.county.execute(
        "UPDATE budget.budget_line SET pooled = true WHERE line_id = :line",
        line=values["line_id"],
    )
    return values


def _share_json(_scene: Scene, _values: Values) -> Content:
    return Content(json={"agency_codes": ["*"]})


def _share_form(_scene: Scene, _values: Values) -> Content:
    return Content(form={"agencies": "*"})


def _pool_json(scene: Scene, _values: Values) -> Content:
    return Content(json={"pooled": True, "reason": scene.world.text("依附表")})


def _pool_form(scene: Scene, _values: Values) -> Content:
    return Content(form={"pooled": "true", "reason": scene.world.text("依附表")})


KINDS = {
    "budget.document_id": Kind(
        make=lambda scene: str(submitted(scene).document_id), of_agency=True
    ),
}

RECIPES = {
    "budget.changes.write": Recipe(role="CACC", content=_write_json, names_agency=True),
    "budget.changes.preview": Recipe(
        role="CACC", content=_write_json, names_agency=True, changes_nothing=True
    ),
    "budget.changes.rewrite": Recipe(role="CACC", prepare=_own_draft, content=_rewrite_json),
    "budget.changes.submit": Recipe(role="CACC", prepare=_own_draft),
    "budget.changes.approve": Recipe(role="HEAD", prepare=_submitted),
    "budget.changes.endorse": Recipe(role="CACC", prepare=_supervising, content=_endorse_json),
    "budget.change.endorse-form": Recipe(role="CACC", prepare=_supervising),
    "budget.change.endorse-return-form": Recipe(
        role="CACC", prepare=_supervising, content=_reason_form
    ),
    "budget.changes.decide": Recipe(role="BAS", prepare=_agreed, content=_act_json),
    "budget.changes.return": Recipe(role="HEAD", prepare=_submitted, content=_reason_json),
    "budget.changes.withdraw": Recipe(role="CACC", prepare=_own_draft),
    "budget.changes.reverse": Recipe(role="CACC", prepare=_posted, content=_reason_json),
    "budget.changes.pick": Recipe(role="REQ", content=_agency_query, names_agency=True),
    "budget.changes.position": Recipe(role="REQ", content=_row_query),
    "budget.changes.new-form": Recipe(role="CACC", content=_kind_query, names_agency=True),
    "budget.changes.new-send": Recipe(role="CACC", content=_typed, names_agency=True),
    "budget.change.edit-form": Recipe(role="CACC", prepare=_own_draft),
    "budget.change.edit-send": Recipe(role="CACC", prepare=_own_draft, content=_typed_again),
    "budget.change.submit-form": Recipe(role="CACC", prepare=_own_draft),
    "budget.change.approve-form": Recipe(role="HEAD", prepare=_submitted),
    "budget.change.decide-form": Recipe(role="BAS", prepare=_agreed, content=_act_form),
    "budget.change.return-form": Recipe(role="HEAD", prepare=_submitted, content=_reason_form),
    "budget.change.withdraw-form": Recipe(role="CACC", prepare=_own_draft),
    "budget.change.reverse-form": Recipe(role="CACC", prepare=_posted, content=_reason_form),
    "budget.lines.pool": Recipe(role="BAS", prepare=_not_pooled, content=_pool_json),
    "budget.lines.share": Recipe(role="BAS", prepare=_pooled, content=_share_json),
    "budget.line.share-form": Recipe(role="BAS", prepare=_pooled, content=_share_form),
    "budget.line.pool-form": Recipe(role="BAS", prepare=_not_pooled, content=_pool_form),
}

"""How the routes of advances are called: advances in each state, for each verb."""

from __future__ import annotations

import datetime as dt
import itertools
from typing import Any

import msgspec

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
from tests.boundaries.recipes.accounting import HEAD, WRITER, certified
from tests.boundaries.recipes.accounting_claims import reviewed as reviewed_claim
from tests.boundaries.world import Person
from tests.plugins.accounting.given_advances import wanted_advance
from zhuji_accounting.domain.advances.advance import Advance
from zhuji_accounting.domain.claims.claim import ExpenseClaim
from zhuji_accounting.domain.recoveries.recovery import (
    DepositSlip,
    Recovery,
    RecoveryLine,
    WantedRecovery,
)
from zhuji_accounting.usecases.approve_advance import approve_advance
from zhuji_accounting.usecases.grant_advance import grant_advance
from zhuji_accounting.usecases.grant_claim import grant_claim
from zhuji_accounting.usecases.pay_back_advance import pay_back_advance
from zhuji_accounting.usecases.submit_advance import submit_advance
from zhuji_accounting.usecases.write_advance import WantedAdvance, write_advance

AMOUNT_NTD = 60
CHIEF = 105
SLIPS = itertools.count(1)
PAID_ON = dt.date(2016, 3, 15)


def wanted(scene: Scene) -> WantedAdvance:
    """Ask for a part of a request that was certified for it."""
    made = wanted_advance(
        certified(scene).request_id,
        AMOUNT_NTD,
        memo=scene.world.of_agency(scene.agency_code, "赴臺北出差"),
    )
    return msgspec.structs.replace(made, agency_code=scene.agency_code)


def draft(scene: Scene, by: Person | int | None = None) -> Advance:
    one = wanted(scene)
    with scene.uow(by) as uow:
        return write_advance(uow, wanted=one)


def submitted(scene: Scene, by: Person | int = WRITER) -> Advance:
    made = draft(scene, by)
    with scene.uow(by) as uow:
        return submit_advance(uow, advance_id=made.advance_id)


def approved(scene: Scene) -> Advance:
    made = submitted(scene)
    with scene.uow(HEAD) as uow:
        return approve_advance(uow, advance_id=made.advance_id)


def granted(scene: Scene) -> Advance:
    made = approved(scene)
    with scene.uow(CHIEF) as uow:
        return grant_advance(uow, advance_id=made.advance_id)


def granted_claim(scene: Scene) -> ExpenseClaim:
    made = reviewed_claim(scene)
    with scene.uow(CHIEF) as uow:
        return grant_claim(uow, claim_id=made.claim_id)


def slip(scene: Scene) -> DepositSlip:
    return DepositSlip(
        payer=scene.world.text("出差戊"),
        slip_no=f"Q-{next(SLIPS):08}",
        deposited_on=PAID_ON,
        reason=scene.world.text("結餘繳回"),
    )


def recovery(scene: Scene) -> Recovery:
    made = granted(scene)
    wanted_back = WantedRecovery(slip=slip(scene), lines=(RecoveryLine(line_no=1, amount_ntd=5),))
    with scene.uow(CHIEF) as uow:
        return pay_back_advance(uow, advance_id=made.advance_id, wanted=wanted_back)


_own_draft = named("advance_id", draft)
_own_submitted = named("advance_id", lambda scene: submitted(scene, scene.by))
_submitted = named("advance_id", submitted)
_approved = named("advance_id", approved)
_granted = named("advance_id", granted)


def _granted_claim(scene: Scene) -> Values:
    return {"claim_id": str(granted_claim(scene).claim_id)}


def _slip_json(scene: Scene, _values: Values) -> Content:
    told: Any = msgspec.to_builtins(slip(scene))
    return Content(json={"slip": told, "lines": [{"line_no": 1, "amount_ntd": 5}]})


def _slip_form(scene: Scene, _values: Values) -> Content:
    told = slip(scene)
    return Content(form={
        "payer": told.payer, "slip_no": told.slip_no, "deposited_on": "1050315",
        "reason": told.reason, "amount-1": "5",
    })  # fmt: skip


def _json(scene: Scene, _values: Values) -> Content:
    body: Any = msgspec.to_builtins(wanted(scene))
    return Content(json=body)


def _typed(scene: Scene, _values: Values) -> Content:
    one = wanted(scene)
    return Content(form={
        "memo": one.memo, "kind": "general", "settle_by": "1050331",
        "receiver_name": scene.world.text("出差戊"), "request_id": str(one.request_id),
        "lines-0-line_no": "1", "lines-0-amount": str(AMOUNT_NTD),
    })  # fmt: skip


KINDS = {
    "accounting.advance_id": Kind(
        make=lambda scene: str(submitted(scene).advance_id), of_agency=True
    ),
    "accounting.recovery_id": Kind(
        make=lambda scene: str(recovery(scene).recovery_id), of_agency=True
    ),
}

RECIPES = {
    "accounting.advances.list": Recipe(role="REQ", content=agency_query, names_agency=True),
    "accounting.advances.list-page": Recipe(role="REQ", content=agency_query, names_agency=True),
    "accounting.advances.write": Recipe(role="REQ", content=_json, names_agency=True),
    "accounting.advances.rewrite": Recipe(role="REQ", prepare=_own_draft, content=rewritten(_json)),
    "accounting.advances.submit": Recipe(role="REQ", prepare=_own_draft),
    "accounting.advances.approve": Recipe(role="SUP", prepare=_submitted),
    "accounting.advances.grant": Recipe(role="CACC", prepare=_approved),
    "accounting.advances.return": Recipe(role="CACC", prepare=_approved, content=reason_json),
    "accounting.advances.withdraw": Recipe(role="REQ", prepare=_own_submitted),
    "accounting.advances.new-send": Recipe(role="REQ", content=_typed),
    "accounting.advances.edit-form": Recipe(role="REQ", prepare=_own_draft),
    "accounting.advances.edit-send": Recipe(role="REQ", prepare=_own_draft, content=_typed),
    "accounting.advances.submit-form": Recipe(role="REQ", prepare=_own_draft, content=plain_form),
    "accounting.advances.approve-form": Recipe(role="SUP", prepare=_submitted, content=plain_form),
    "accounting.advances.grant-form": Recipe(role="CACC", prepare=_approved, content=plain_form),
    "accounting.advances.return-form": Recipe(role="CACC", prepare=_approved, content=reason_form),
    "accounting.advances.withdraw-form": Recipe(
        role="REQ", prepare=_own_submitted, content=plain_form
    ),
    "accounting.advances.pay-back": Recipe(role="CACC", prepare=_granted, content=_slip_json),
    "accounting.advances.recovery-form": Recipe(role="CACC", prepare=_granted),
    "accounting.advances.recovery-send": Recipe(role="CACC", prepare=_granted, content=_slip_form),
    "accounting.claims.recover": Recipe(role="CACC", prepare=_granted_claim, content=_slip_json),
    "accounting.claims.recovery-form": Recipe(role="CACC", prepare=_granted_claim),
    "accounting.claims.recovery-send": Recipe(
        role="CACC", prepare=_granted_claim, content=_slip_form
    ),
    "accounting.recoveries.list": Recipe(role="REQ", content=agency_query, names_agency=True),
    "accounting.recoveries.list-page": Recipe(role="REQ", content=agency_query, names_agency=True),
    "accounting.open-advances.list": Recipe(role="REQ", content=agency_query, names_agency=True),
    "accounting.open-advances.page": Recipe(role="REQ", content=agency_query, names_agency=True),
    "accounting.open-advances.export": Recipe(role="REQ", content=agency_query, names_agency=True),
}

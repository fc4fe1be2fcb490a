"""How the routes of expense claims are called: claims in each state, for each verb."""

from __future__ import annotations

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
from tests.boundaries.recipes.accounting import HEAD, REVIEWER, WRITER, certified
from tests.boundaries.world import Person
from tests.plugins.accounting.given_claims import SELLER, wanted_claim
from zhuji_accounting.domain.claims.claim import ExpenseClaim
from zhuji_accounting.usecases.accept_claim import accept_claim
from zhuji_accounting.usecases.approve_claim import approve_claim
from zhuji_accounting.usecases.review_claim import review_claim
from zhuji_accounting.usecases.submit_claim import submit_claim
from zhuji_accounting.usecases.write_claim import WantedClaim, write_claim

AMOUNT_NTD = 60
ACCEPTOR = 104
INVOICES = itertools.count(1)


def wanted(scene: Scene) -> WantedClaim:
    """Claim a part of a request that was certified for it."""
    made = wanted_claim(
        (certified(scene).request_id, AMOUNT_NTD),
        memo=scene.world.of_agency(scene.agency_code, "購置文具"),
        number=f"QA-{next(INVOICES):08}",
    )
    return msgspec.structs.replace(made, agency_code=scene.agency_code)


def draft(scene: Scene, by: Person | int | None = None) -> ExpenseClaim:
    one = wanted(scene)
    with scene.uow(by) as uow:
        return write_claim(uow, wanted=one)


def submitted(scene: Scene, by: Person | int = WRITER) -> ExpenseClaim:
    made = draft(scene, by)
    with scene.uow(by) as uow:
        return submit_claim(uow, claim_id=made.claim_id)


def accepted(scene: Scene) -> ExpenseClaim:
    made = submitted(scene)
    with scene.uow(ACCEPTOR) as uow:
        return accept_claim(uow, claim_id=made.claim_id)


def approved(scene: Scene) -> ExpenseClaim:
    made = accepted(scene)
    with scene.uow(HEAD) as uow:
        return approve_claim(uow, claim_id=made.claim_id)


def reviewed(scene: Scene) -> ExpenseClaim:
    made = approved(scene)
    with scene.uow(REVIEWER) as uow:
        return review_claim(uow, claim_id=made.claim_id)


_own_draft = named("claim_id", draft)
_own_submitted = named("claim_id", lambda scene: submitted(scene, scene.by))
_submitted = named("claim_id", submitted)
_accepted = named("claim_id", accepted)
_approved = named("claim_id", approved)
_reviewed = named("claim_id", reviewed)


def _json(scene: Scene, _values: Values) -> Content:
    body: Any = msgspec.to_builtins(wanted(scene))
    return Content(json=body)


def _typed(scene: Scene, _values: Values) -> Content:
    one = wanted(scene)
    return Content(form={
        "memo": one.memo, "kind": "ordinary",
        "lines-0-request_id": str(one.lines[0].request_id), "lines-0-line_no": "1",
        "lines-0-amount": str(AMOUNT_NTD),
        "documents-0-kind": "invoice", "documents-0-number": one.documents[0].number,
        "documents-0-dated_on": "1050310", "documents-0-tax_id": SELLER,
        "documents-0-amount": str(AMOUNT_NTD),
        "payees-0-name": scene.world.text("甲商行"), "payees-0-amount": str(AMOUNT_NTD),
    })  # fmt: skip


KINDS = {
    "accounting.claim_id": Kind(make=lambda scene: str(submitted(scene).claim_id), of_agency=True),
}

RECIPES = {
    "accounting.claims.list": Recipe(role="REQ", content=agency_query, names_agency=True),
    "accounting.claims.list-page": Recipe(role="REQ", content=agency_query, names_agency=True),
    "accounting.claims.write": Recipe(role="REQ", content=_json, names_agency=True),
    "accounting.claims.rewrite": Recipe(role="REQ", prepare=_own_draft, content=rewritten(_json)),
    "accounting.claims.submit": Recipe(role="REQ", prepare=_own_draft),
    "accounting.claims.accept": Recipe(role="SUP", prepare=_submitted),
    "accounting.claims.approve": Recipe(role="SUP", prepare=_accepted),
    "accounting.claims.review": Recipe(role="REV", prepare=_approved),
    "accounting.claims.grant": Recipe(role="CACC", prepare=_reviewed),
    "accounting.claims.return": Recipe(role="REV", prepare=_approved, content=reason_json),
    "accounting.claims.withdraw": Recipe(role="REQ", prepare=_own_submitted),
    "accounting.claims.new-send": Recipe(role="REQ", content=_typed),
    "accounting.claims.edit-form": Recipe(role="REQ", prepare=_own_draft),
    "accounting.claims.edit-send": Recipe(role="REQ", prepare=_own_draft, content=_typed),
    "accounting.claims.submit-form": Recipe(role="REQ", prepare=_own_draft, content=plain_form),
    "accounting.claims.accept-form": Recipe(role="SUP", prepare=_submitted, content=plain_form),
    "accounting.claims.approve-form": Recipe(role="SUP", prepare=_accepted, content=plain_form),
    "accounting.claims.review-form": Recipe(role="REV", prepare=_approved, content=plain_form),
    "accounting.claims.grant-form": Recipe(role="CACC", prepare=_reviewed, content=plain_form),
    "accounting.claims.return-form": Recipe(role="REV", prepare=_approved, content=reason_form),
    "accounting.claims.withdraw-form": Recipe(
        role="REQ", prepare=_own_submitted, content=plain_form
    ),
}

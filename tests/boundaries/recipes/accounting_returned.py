"""How the routes of returned remittances are called: a claim that was paid, a return of it."""

from __future__ import annotations

import itertools
from typing import Any

import msgspec

from tests.boundaries.caller import Content
from tests.boundaries.common import agency_query
from tests.boundaries.recipe import Kind, Recipe, Scene, Values
from tests.boundaries.recipes.accounting_advances import CHIEF, PAID_ON, granted_claim
from tests.plugins.accounting.given_returned import wanted_answer, wanted_return
from zhuji_accounting.domain.claims.claim import ExpenseClaim
from zhuji_accounting.domain.remittances.returned import ReturnedRemittance
from zhuji_accounting.queries.vouchers import vouchers_of
from zhuji_accounting.usecases.approve_vouchers import approve_vouchers
from zhuji_accounting.usecases.post_vouchers import post_vouchers
from zhuji_accounting.usecases.prepare_vouchers import prepare_vouchers
from zhuji_accounting.usecases.record_return import record_return

AMOUNT_NTD = 5
NOTICES = itertools.count(1)
PREPARER, BOOKKEEPER = 121, 124


def paid_claim(scene: Scene) -> ExpenseClaim:
    made = granted_claim(scene)
    with scene.uow(PREPARER) as uow:
        ids = [one.voucher_id for one in vouchers_of(uow, [made.claim_id])]
        prepare_vouchers(uow, voucher_ids=ids)
    with scene.uow(CHIEF) as uow:
        approve_vouchers(uow, voucher_ids=ids)
    with scene.uow(BOOKKEEPER) as uow:
        post_vouchers(uow, voucher_ids=ids)
    return made


def returned(scene: Scene) -> ReturnedRemittance:
    made = paid_claim(scene)
    wanted = wanted_return(AMOUNT_NTD, notice_no=f"R-{next(NOTICES):08}", returned_on=PAID_ON)
    with scene.uow(CHIEF) as uow:
        return record_return(uow, claim_id=made.claim_id, wanted=wanted)


def _paid(scene: Scene) -> Values:
    return {"claim_id": str(paid_claim(scene).claim_id)}


def _returned(scene: Scene) -> Values:
    return {"return_id": str(returned(scene).return_id)}


def _json(scene: Scene, _values: Values) -> Content:
    wanted = wanted_return(
        AMOUNT_NTD, notice_no=f"R-{next(NOTICES):08}", returned_on=PAID_ON,
        reason=scene.world.text("帳號錯誤"),
    )  # fmt: skip
    body: Any = msgspec.to_builtins(wanted)
    return Content(json=body)


def _form(scene: Scene, _values: Values) -> Content:
    return Content(form={
        "payee_no": "1", "amount": str(AMOUNT_NTD), "notice_no": f"R-{next(NOTICES):08}",
        "returned_on": "1050315", "reason": scene.world.text("帳號錯誤"),
    })  # fmt: skip


def _answer_json(_scene: Scene, _values: Values) -> Content:
    body: Any = msgspec.to_builtins(wanted_answer(settled_on=PAID_ON))
    return Content(json=body)


def _answer_form(_scene: Scene, _values: Values) -> Content:
    return Content(form={
        "settled_on": "1050315", "slip_no": "重-1", "bank_code": "004", "branch_code": "0037",
        "account_no": "003712345679",
    })  # fmt: skip


KINDS = {
    "accounting.return_id": Kind(make=lambda scene: str(returned(scene).return_id), of_agency=True),
}

RECIPES = {
    "accounting.claims.return-remittance": Recipe(role="CACC", prepare=_paid, content=_json),
    "accounting.claims.return-remittance-form": Recipe(role="CACC", prepare=_paid),
    "accounting.claims.return-remittance-send": Recipe(role="CACC", prepare=_paid, content=_form),
    "accounting.returned-remittances.list": Recipe(
        role="REQ", content=agency_query, names_agency=True
    ),
    "accounting.returned-remittances.list-page": Recipe(
        role="REQ", content=agency_query, names_agency=True
    ),
    "accounting.returned-remittances.answer": Recipe(
        role="REV", prepare=_returned, content=_answer_json
    ),
    "accounting.returned-remittances.answer-send": Recipe(
        role="REV", prepare=_returned, content=_answer_form
    ),
}

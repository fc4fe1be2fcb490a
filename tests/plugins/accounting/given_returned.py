"""Payments that the bank sent back, saying only what matters."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from tests.plugins.accounting.given import Office
from tests.plugins.accounting.given_claims import Claims
from tests.plugins.accounting.given_vouchers import Desk
from zhuji_accounting.domain.claims.claim import ExpenseClaim
from zhuji_accounting.domain.remittances.returned import (
    AnswerKind,
    ReturnedRemittance,
    ReturnNotice,
    WantedAnswer,
    WantedReturn,
)
from zhuji_accounting.usecases.answer_return import answer_return
from zhuji_accounting.usecases.record_return import record_return
from zhuji_core.identity.actor import Actor

MARCH_15 = dt.date(2016, 3, 15)
MARCH_18 = dt.date(2016, 3, 18)


def wanted_return(amount_ntd: int, **more: Any) -> WantedReturn:
    told: dict[str, Any] = {
        "notice_no": uuid.uuid4().hex[:10], "returned_on": MARCH_15, "reason": "帳號錯誤", **more,
    }  # fmt: skip
    payee_no = told.pop("payee_no", 1)
    return WantedReturn(payee_no=payee_no, amount_ntd=amount_ntd, notice=ReturnNotice(**told))


def wanted_answer(**more: Any) -> WantedAnswer:
    told: dict[str, Any] = {
        "kind": AnswerKind.RE_REMIT, "settled_on": MARCH_18, "slip_no": "重-1", "bank_code": "004",
        "branch_code": "0037", "account_no": "003712345679", **more,
    }  # fmt: skip
    return WantedAnswer(**told)


class Returns:
    """A claim that was paid, and who writes down what the bank sent back."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.claims = Claims(office)
        self.desk = Desk(office)

    def paid(self, amount_ntd: int = 900) -> ExpenseClaim:
        request_id = self.office.certified(amount_ntd).request_id
        claim = self.claims.granted((request_id, amount_ntd))
        self.desk.through()
        return claim

    def record(
        self, claim: ExpenseClaim, amount_ntd: int, *, by: Actor | None = None, **more: Any
    ) -> ReturnedRemittance:
        with self.office.county.uow(by or self.office.reviewer) as uow:
            return record_return(
                uow, claim_id=claim.claim_id, wanted=wanted_return(amount_ntd, **more)
            )

    def answer(
        self, found: ReturnedRemittance, *, by: Actor | None = None, **more: Any
    ) -> ReturnedRemittance:
        with self.office.county.uow(by or self.claims.chief) as uow:
            return answer_return(uow, return_id=found.return_id, wanted=wanted_answer(**more))

"""A claim in each of its states, saying only what matters."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

from tests.plugins.accounting.given import Office
from zhuji_accounting.domain.claims.claim import DocumentKind, ExpenseClaim, Payee, SourceDocument
from zhuji_accounting.usecases.accept_claim import accept_claim
from zhuji_accounting.usecases.approve_claim import approve_claim
from zhuji_accounting.usecases.grant_claim import grant_claim
from zhuji_accounting.usecases.review_claim import review_claim
from zhuji_accounting.usecases.submit_claim import submit_claim
from zhuji_accounting.usecases.write_claim import WantedClaim, WantedClaimLine, write_claim
from zhuji_core.identity.actor import Actor
from zhuji_core.testing.counties import given_actor

SELLER = "04595257"
MARCH_10 = dt.date(2016, 3, 10)


def wanted_claim(*of: tuple[uuid.UUID, int], **more: Any) -> WantedClaim:
    """Claim an amount of the first line of each request, with evidence and payee for the sum."""
    total_ntd = sum(amount_ntd for _, amount_ntd in of)
    number = more.pop("number", f"AB-{uuid.uuid4().int % 10**8:08}")
    given: dict[str, Any] = {
        "memo": "購置文具",
        "lines": tuple(
            WantedClaimLine(request_id=request_id, line_no=1, amount_ntd=amount_ntd)
            for request_id, amount_ntd in of
        ),
        "documents": (
            SourceDocument(
                kind=DocumentKind.INVOICE,
                number=number,
                dated_on=MARCH_10,
                tax_id=SELLER,
                amount_ntd=total_ntd,
            ),
        ),
        "payees": (
            Payee(
                name="甲商行",
                identifier=SELLER,
                bank_code="004",
                branch_code="0037",
                account_no="003712345678",
                amount_ntd=total_ntd,
            ),
        ),
        **more,
    }
    return WantedClaim(**given)


class Claims:
    """The people of an office on the way of a claim."""

    def __init__(self, office: Office) -> None:
        code = office.government.agency_code
        self.office = office
        self.acceptor = given_actor(121, agency_code=code, name="驗收辛")
        self.chief = given_actor(113, agency_code=code, name="主辦己")

    def act(self, by: Actor, use_case: Callable[..., ExpenseClaim], **how: Any) -> ExpenseClaim:
        with self.office.county.uow(by) as uow:
            return use_case(uow, **how)

    def draft(self, *of: tuple[uuid.UUID, int], **more: Any) -> ExpenseClaim:
        return self.act(self.office.writer, write_claim, wanted=wanted_claim(*of, **more))

    def submitted(self, *of: tuple[uuid.UUID, int], **more: Any) -> ExpenseClaim:
        draft = self.draft(*of, **more)
        return self.act(self.office.writer, submit_claim, claim_id=draft.claim_id)

    def reviewed(self, *of: tuple[uuid.UUID, int], **more: Any) -> ExpenseClaim:
        claim_id = self.submitted(*of, **more).claim_id
        self.act(self.acceptor, accept_claim, claim_id=claim_id)
        self.act(self.office.head, approve_claim, claim_id=claim_id)
        return self.act(self.office.reviewer, review_claim, claim_id=claim_id)

    def granted(self, *of: tuple[uuid.UUID, int], **more: Any) -> ExpenseClaim:
        return self.grant(self.reviewed(*of, **more))

    def grant(self, claim: ExpenseClaim) -> ExpenseClaim:
        return self.act(self.chief, grant_claim, claim_id=claim.claim_id)

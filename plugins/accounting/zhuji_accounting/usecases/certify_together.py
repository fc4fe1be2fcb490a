"""Certify spending requests (經費簽證), each in the name of who certifies it: the hot path.

One request and three hundred, of one person or of many, take the same road: one lock, one
decision, one update. Each has its own answer; a refusal neither breaks nor splits the rest.
"""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Mapping, Sequence

from zhuji_accounting.domain import rules
from zhuji_accounting.domain.certification import (
    NUMBER_KIND,
    Certification,
    Outcome,
    document_of,
    granted_event,
    moves_of,
    receipt_of,
    refusal_of,
)
from zhuji_accounting.domain.refusals import RequestNotFound
from zhuji_accounting.domain.request import Period, SpendingRequest
from zhuji_accounting.permissions import CERTIFY_REQUEST
from zhuji_accounting.store import certifications, requests
from zhuji_core.contracts.funds import FundsAnswer, MoveKind
from zhuji_core.identity.duties import Step
from zhuji_core.identity.duty_exceptions import note_uses
from zhuji_core.ids import new_id
from zhuji_core.numbering import take_numbers
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import DomainError

Granted = tuple[SpendingRequest, list[FundsAnswer]]
# By request: the transaction in the hands of who certifies it.
Hands = Mapping[uuid.UUID, UnitOfWork]


def certify_together(
    uow: UnitOfWork, acts: Sequence[tuple[UnitOfWork, uuid.UUID]]
) -> list[Outcome]:
    """Certify requests in their order of arrival, each in the name of who holds its ``acts``.

    ``acts``: each request once, with the same transaction in the hands of who certifies it.
    Returns an outcome for each. When all are refused the transaction is abandoned: nothing is
    kept. Raises NoFundControl.
    """
    hands = {request_id: own for own, request_id in acts}
    assert len(hands) == len(acts), "one request is certified once in a transaction"
    found, refusals = _decide(uow, hands)
    granted = _reserve(uow, hands, found, refusals)
    made = _write(uow, hands, granted) if granted else {}
    if not made:
        uow.abandon("every request of the batch was refused")
    return [
        Outcome(
            request_id=request_id,
            label=found[request_id].label if request_id in found else "",
            certification=made.get(request_id),
            refusal=refusals.get(request_id),
        )
        for request_id in hands
    ]


def _decide(
    uow: UnitOfWork, hands: Hands
) -> tuple[dict[uuid.UUID, SpendingRequest], dict[uuid.UUID, DomainError]]:
    """Lock the requests; say of each what forbids it apart from funds."""
    period = Period.of(uow.business_date)
    locked = requests.lock(uow, list(hands), period=period)
    # Another agency's request is not found: its number is nobody else's business.
    found = {
        request_id: locked[request_id].request
        for request_id, own in hands.items()
        if request_id in locked
        and own.actor.may(CERTIFY_REQUEST, agency_code=locked[request_id].request.agency_code)
    }
    refusals: dict[uuid.UUID, DomainError] = {}
    for request_id, own in hands.items():
        try:
            if request_id not in found:
                raise RequestNotFound
            request = found[request_id]
            rules.require_certifiable(
                request,
                by=own.actor,
                period=period,
                period_closed=locked[request_id].period_closed,
            )
        except DomainError as refusal:
            refusals[request_id] = refusal
    return found, refusals


def _reserve(
    uow: UnitOfWork,
    hands: Hands,
    found: dict[uuid.UUID, SpendingRequest],
    refusals: dict[uuid.UUID, DomainError],
) -> list[Granted]:
    """Ask for the funds of all requests at once; add to ``refusals`` those that are short."""
    asking = [request for request_id, request in found.items() if request_id not in refusals]
    if not asking:
        return []
    moves = [
        move
        for request in asking
        for move in moves_of(request, MoveKind.RESERVE, by=hands[request.request_id].actor.user_id)
    ]
    answers = iter(uow.hooks.move_funds(uow, moves))
    granted = []
    for request in asking:
        own = list(itertools.islice(answers, len(request.lines)))
        refusal = refusal_of(own)
        if refusal is None:
            granted.append((request, own))
        else:
            refusals[request.request_id] = refusal
    return granted


def _write(
    uow: UnitOfWork, hands: Hands, granted: Sequence[Granted]
) -> dict[uuid.UUID, Certification]:
    """Number the certifications (last of all locks), write them, tell and audit them."""
    numbers = _numbers(uow, [request for request, _ in granted])
    made = [
        Certification(
            certification_id=new_id(),
            request_id=request.request_id,
            fiscal_year=request.fiscal_year,
            agency_code=request.agency_code,
            certification_no=numbers[request.request_id],
            amount_ntd=request.amount_ntd,
            commit_basis=str(answers[0].before.commit_basis),
            business_date=uow.business_date,
            certified_by=hands[request.request_id].actor.user_id,
            certified_by_name=hands[request.request_id].actor.signature,
            receipt=receipt_of(answers),
        )
        for request, answers in granted
    ]
    certifications.insert(uow, made)
    for (request, _), certification in zip(granted, made, strict=True):
        own = hands[request.request_id]
        own.record(granted_event(certification, event_id=new_id()), document_id=request.request_id)
        own.audit(
            CERTIFY_REQUEST.name,
            request.document,
            before={"state": request.state},
            after={
                "state": rules.certify(request).state,
                "certification": document_of(certification).label,
                "amount_ntd": certification.amount_ntd,
                **_noted(own, request),
            },
        )
    return {certification.request_id: certification for certification in made}


def _noted(uow: UnitOfWork, request: SpendingRequest) -> dict[str, object]:
    """Note the written exceptions by which the request was certified; most need none."""
    used = rules.require_duties(request, by=uow.actor, step=Step.CERTIFY)
    return note_uses(uow, used, document=request.document, step=Step.CERTIFY)


def _numbers(uow: UnitOfWork, granted: Sequence[SpendingRequest]) -> dict[uuid.UUID, int]:
    """Take the numbers of each agency and year at once, agencies in order of code."""

    def book(request: SpendingRequest) -> tuple[str, int]:
        return request.agency_code, request.fiscal_year

    numbers: dict[uuid.UUID, int] = {}
    for (agency_code, fiscal_year), group in itertools.groupby(sorted(granted, key=book), key=book):
        of_agency = list(group)
        taken = take_numbers(
            uow,
            agency_code=agency_code,
            fiscal_year=fiscal_year,
            kind=NUMBER_KIND,
            count=len(of_agency),
        )
        numbers |= {
            request.request_id: number for request, number in zip(of_agency, taken, strict=True)
        }
    return numbers

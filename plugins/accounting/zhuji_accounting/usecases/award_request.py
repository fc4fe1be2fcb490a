"""Register the award of a certified request (決標): a contract from then on, its surplus released.

會計法 100: a contract counts when accounting has reviewed it, so accounting registers it, and
nobody who wrote or approved the request.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence

from zhuji_accounting.domain import rules
from zhuji_accounting.domain.commitments.award import (
    CLEARED,
    ENCUMBERED,
    Award,
    AwardLine,
    Contract,
    award,
    contract_fact,
    require_contract,
)
from zhuji_accounting.domain.ledger.fact import Fact
from zhuji_accounting.domain.request import Period, SpendingRequest
from zhuji_accounting.permissions import AWARD_REQUEST
from zhuji_accounting.store import awards, certifications
from zhuji_accounting.usecases._one import lock_one
from zhuji_accounting.usecases._record_fact import post_automatic
from zhuji_accounting.usecases.release_encumbrance import release_event, release_moves
from zhuji_core.identity.duties import Step
from zhuji_core.identity.duty_exceptions import note_uses
from zhuji_core.ids import new_id
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_


def award_request(
    uow: UnitOfWork,
    *,
    request_id: uuid.UUID,
    contract: Contract,
    amounts_ntd: Mapping[int, int],
) -> SpendingRequest:
    """Register ``contract`` with ``amounts_ntd`` (line number → NT dollars) of the request.

    Raises RequestNotFound, Forbidden, SamePerson, YearEnded, PeriodClosed, WrongState, AwardTwice,
    AwardSpent, AwardIncomplete, AwardLines, AwardOver, TooLong, or what ``post_automatic`` raises;
    then nothing is kept.
    """
    locked = lock_one(uow, request_id, permission=AWARD_REQUEST)
    before = locked.request
    rules.require_open(
        before,
        period=Period.of(uow.business_date),
        period_closed=locked.period_closed,
        action=N_("決標"),
    )
    used = rules.require_duties(before, by=uow.actor, step=Step.CERTIFY)
    told = require_contract(contract, fiscal_year=before.fiscal_year, today=uow.business_date)
    after, lines = award(before, told, amounts_ntd)
    made = Award(
        award_id=new_id(),
        request_id=request_id,
        contract=told,
        business_date=uow.business_date,
        awarded_by=uow.actor.user_id,
        awarded_by_name=uow.actor.signature,
        lines=lines,
    )
    surplus = {line.line_no: line.surplus_ntd for line in lines if line.surplus_ntd}
    if surplus:
        answers = uow.hooks.move_funds(uow, release_moves(after, surplus))
        assert all(answer.granted for answer in answers), "giving money back is never refused"
        certifications.release(uow, after, surplus, reason=f"標餘 {told.contract_no}")
        uow.record(release_event(uow, after, surplus), document_id=request_id)
    awards.insert(uow, made)
    uow.audit(
        AWARD_REQUEST.name,
        after.document,
        before=before.summary(),
        after={
            **after.summary(),
            "awarded_ntd": made.amount_ntd,
            "surplus_ntd": made.surplus_ntd,
            **note_uses(uow, used, document=after.document, step=Step.CERTIFY),
        },
    )
    post_automatic(uow, _facts(uow, before, after, lines))
    return after


def _facts(
    uow: UnitOfWork, before: SpendingRequest, after: SpendingRequest, lines: Sequence[AwardLine]
) -> list[Fact]:
    """Return what the books are told; what was carried over stood there under its request."""
    awarded = {line.line_no: line.awarded_ntd for line in lines}
    facts = [contract_fact(after, ENCUMBERED, awarded, on_date=uow.business_date)]
    if before.is_booked:
        held = {line.line_no: line.held_ntd for line in before.lines}
        facts.insert(0, contract_fact(before, CLEARED, held, on_date=uow.business_date))
    return facts

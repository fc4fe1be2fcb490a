"""Record what became of a returned remittance: it was sent again (重匯) or given back (繳回)."""

from __future__ import annotations

import uuid

import msgspec

from zhuji_accounting.domain.claims import rules as claim_rules
from zhuji_accounting.domain.claims.claim import ClaimStep
from zhuji_accounting.domain.refusals import PeriodClosed
from zhuji_accounting.domain.remittances import returned as rules
from zhuji_accounting.domain.remittances.returned import (
    Answer,
    ReturnedRemittance,
    WantedAnswer,
)
from zhuji_accounting.domain.request import Period
from zhuji_accounting.permissions import RECORD_RETURN
from zhuji_accounting.queries.periods import is_closed_for_good
from zhuji_accounting.queries.remittances import find_returned, free_recoveries
from zhuji_accounting.store import remittances
from zhuji_accounting.usecases._claim import lock_claim
from zhuji_core.identity.duties import Step
from zhuji_core.identity.duty_exceptions import note_uses
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_

VERB = "accounting.return.answer"


def answer_return(
    uow: UnitOfWork, *, return_id: uuid.UUID, wanted: WantedAnswer
) -> ReturnedRemittance:
    """Write down by which order it was sent again, or by which recovery it was given back.

    Two persons send money to another account: who recorded the return does not answer it, nor who
    wrote or approved the claim. Raises
    ReturnNotFound, Forbidden, ReturnAnswered, SamePerson, ReturnIncomplete, ReturnDate,
    BankInvalid, ReturnRecovery or PeriodClosed; then nothing is kept.
    """
    seen = find_returned(uow, return_id)
    period = Period.of_year(wanted.settled_on, seen.fiscal_year)
    remittances.pass_gate(uow, period)
    # Returns are only added to, so it is their claim that is locked; then the return is read again.
    claim = lock_claim(uow, seen.claim_id, permission=RECORD_RETURN)
    found = find_returned(uow, return_id)
    rules.require_answerable(found)
    used = (
        *claim_rules.require_duties(claim, by=uow.actor, step=ClaimStep.REVIEW),
        *rules.require_answer_duties(found, by=uow.actor),
    )
    told, label = rules.require_answer(
        found, wanted, recoveries=free_recoveries(uow, found.claim_id), today=uow.business_date
    )
    if is_closed_for_good(uow, period, agency_code=found.agency_code):
        raise PeriodClosed(
            fiscal_year=period.fiscal_year, period=period.period, action=N_("處理退匯")
        )
    principal = uow.actor.on_behalf_of
    answered = msgspec.structs.replace(
        found,
        answer=Answer(
            **msgspec.structs.asdict(told),
            recovery_label=label,
            answered_by=uow.actor.user_id,
            answered_by_name=uow.actor.signature,
            answered_for=None if principal is None else principal.user_id,
        ),
    )
    remittances.answer(uow, answered, period=period)
    uow.audit(
        VERB,
        found.document,
        after={
            "kind": str(told.kind),
            "settled_on": told.settled_on.isoformat(),
            "amount_ntd": found.amount_ntd,
            "reason": told.slip_no or label,
            **note_uses(uow, used, document=found.document, step=Step.REVIEW),
        },
    )
    return answered

"""Record that the bank sent a payment back (退匯): it waits for an answer; no ledger moves."""

from __future__ import annotations

import datetime as dt
import uuid

from zhuji_accounting.domain.claims import rules as claim_rules
from zhuji_accounting.domain.claims.claim import ClaimStep, ExpenseClaim, Payee
from zhuji_accounting.domain.refusals import PeriodClosed
from zhuji_accounting.domain.remittances import returned as rules
from zhuji_accounting.domain.remittances.refusals import ReturnNotPaid
from zhuji_accounting.domain.remittances.returned import (
    ReturnedRemittance,
    ReturnNotice,
    WantedReturn,
)
from zhuji_accounting.domain.request import Period
from zhuji_accounting.permissions import RECORD_RETURN
from zhuji_accounting.queries.periods import is_closed_for_good
from zhuji_accounting.queries.remittances import paid_on
from zhuji_accounting.settings import MODULE, AccountingSettings
from zhuji_accounting.store import remittances
from zhuji_accounting.usecases._claim import lock_claim
from zhuji_core.ids import new_id
from zhuji_core.numbering import take_numbers
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_

NUMBER_KIND = "returned-remittance"


def record_return(
    uow: UnitOfWork, *, claim_id: uuid.UUID, wanted: WantedReturn
) -> ReturnedRemittance:
    """Write down what the treasury's notice says of a payee of the claim.

    Raises ClaimNotFound, Forbidden, SamePerson, ReturnNotPaid, ReturnIncomplete, ReturnDate,
    ReturnPayee, OverReturn, PeriodClosed or NoticeTwice; then nothing is kept.
    """
    year = remittances.claim_year(uow, claim_id)
    period = Period.of_year(wanted.notice.returned_on, uow.fiscal_year if year is None else year)
    remittances.pass_gate(uow, period)
    claim = lock_claim(uow, claim_id, permission=RECORD_RETURN)
    claim_rules.require_duties(claim, by=uow.actor, step=ClaimStep.REVIEW)
    notice, payee = _require(uow, claim, wanted)
    if is_closed_for_good(uow, period, agency_code=claim.agency_code):
        raise PeriodClosed(
            fiscal_year=period.fiscal_year, period=period.period, action=N_("登記退匯")
        )
    made = _made(uow, claim, wanted, period=period, notice=notice, payee=payee)
    remittances.insert(uow, made, period=period)
    told = {
        "claim": made.claim_label,
        "notice_no": notice.notice_no,
        "amount_ntd": made.amount_ntd,
        "reason": f"{made.label} {notice.reason}",
    }
    for document in (made.document, claim.document):
        uow.audit(RECORD_RETURN.name, document, after=told)
    return made


def _require(
    uow: UnitOfWork, claim: ExpenseClaim, wanted: WantedReturn
) -> tuple[ReturnNotice, Payee]:
    """Return the notice and the payee of the locked claim, read and allowed."""
    paid = paid_on(uow, claim.claim_id)
    if paid is None:
        raise ReturnNotPaid(label=claim.label)
    notice = rules.require_notice(wanted.notice, paid_on=paid, today=uow.business_date)
    returned_ntd = remittances.not_sent_again_ntd(uow, claim.claim_id, wanted.payee_no)
    return notice, rules.require_returnable(claim, wanted, returned_ntd=returned_ntd)


def _made(
    uow: UnitOfWork,
    claim: ExpenseClaim,
    wanted: WantedReturn,
    *,
    period: Period,
    notice: ReturnNotice,
    payee: Payee,
) -> ReturnedRemittance:
    """Return it under its number, with the account to which the money was sent."""
    settings = uow.settings(AccountingSettings, module=MODULE)
    principal = uow.actor.on_behalf_of
    numbers = take_numbers(
        uow, agency_code=claim.agency_code, fiscal_year=period.fiscal_year, kind=NUMBER_KIND
    )
    return ReturnedRemittance(
        return_id=new_id(),
        fiscal_year=period.fiscal_year,
        agency_code=claim.agency_code,
        agency_name=claim.agency_name,
        return_no=numbers[0],
        claim_id=claim.claim_id,
        claim_label=claim.label,
        payee_no=wanted.payee_no,
        payee_name=payee.name,
        bank_code=payee.bank_code,
        branch_code=payee.branch_code,
        account_no=payee.account_no,
        amount_ntd=wanted.amount_ntd,
        notice=notice,
        answer_by=notice.returned_on + dt.timedelta(days=settings.return_answer_days),
        recorded_by=uow.actor.user_id,
        recorded_by_name=uow.actor.signature,
        recorded_for=None if principal is None else principal.user_id,
    )

"""A remittance that the bank returned (退匯), and what became of it (重匯, 繳回). Pure.

The treasury pays a payee, the bank cannot credit the account, and the money lies in the treasury's
own suspense account. The agency answers within a week (county rules, as 金門縣庫款電子化付款 7):
it is sent again to the corrected account, or given back by a slip. Its own ledger does not move by
a return; a recovery (支出收回書) moves it when the money is given back.
Neither the payee nor the amount can change, only where the money is sent.
"""

from __future__ import annotations

import datetime as dt
import enum
import uuid

import msgspec

from zhuji_accounting.domain.claims.claim import ExpenseClaim, Payee
from zhuji_accounting.domain.claims.refusals import BankInvalid
from zhuji_accounting.domain.claims.rules import is_bank_account
from zhuji_accounting.domain.remittances import refusals
from zhuji_accounting.domain.rules import require_short_text
from zhuji_core.contracts.documents import DocumentRef
from zhuji_core.identity.actor import Actor, DutyException
from zhuji_core.identity.duties import Step, done, require_separate
from zhuji_core.values import N_, Value


class AnswerKind(enum.StrEnum):
    """What became of the money: sent again (重匯), or given back by a slip (繳回)."""

    RE_REMIT = "re_remit"
    GIVE_BACK = "give_back"


ANSWER_TITLES = {AnswerKind.RE_REMIT: N_("重匯"), AnswerKind.GIVE_BACK: N_("繳回")}
WAITING = N_("待處理")


class ReturnNotice(Value, frozen=True, kw_only=True):
    """What the treasury's notice says (退匯通知): its number, the day, and why."""

    notice_no: str
    returned_on: dt.date
    reason: str


class WantedReturn(Value, frozen=True, kw_only=True):
    """What is keyed from a notice: of which payee of the claim how many NT dollars came back."""

    payee_no: int
    amount_ntd: int
    notice: ReturnNotice


class WantedAnswer(Value, frozen=True, kw_only=True):
    """What became of it: by which order to which account, or by which recovery of the claim."""

    kind: AnswerKind
    settled_on: dt.date
    slip_no: str = ""
    bank_code: str = ""
    branch_code: str = ""
    account_no: str = ""
    recovery_id: uuid.UUID | None = None


class Answer(Value, frozen=True, kw_only=True):
    """The answer as it was recorded."""

    kind: AnswerKind
    settled_on: dt.date
    answered_by: uuid.UUID
    answered_by_name: str
    slip_no: str = ""
    bank_code: str = ""
    branch_code: str = ""
    account_no: str = ""
    recovery_id: uuid.UUID | None = None
    recovery_label: str = ""
    answered_for: uuid.UUID | None = None


class ReturnedRemittance(Value, frozen=True, kw_only=True):
    """One payment that came back from the bank. ``answer_by``: the last day to answer it."""

    return_id: uuid.UUID
    fiscal_year: int
    agency_code: str
    agency_name: str
    return_no: int
    claim_id: uuid.UUID
    claim_label: str
    payee_no: int
    payee_name: str
    bank_code: str
    branch_code: str
    account_no: str
    amount_ntd: int
    notice: ReturnNotice
    answer_by: dt.date
    recorded_by: uuid.UUID
    recorded_by_name: str
    recorded_for: uuid.UUID | None = None
    answer: Answer | None = None

    @property
    def label(self) -> str:
        """Return the number that people read (``105退00001``)."""
        return return_label(self.fiscal_year, self.return_no)

    @property
    def document(self) -> DocumentRef:
        return DocumentRef(
            kind="accounting.returned_remittance",
            document_id=self.return_id,
            label=self.label,
            agency_code=self.agency_code,
        )


class OfClaim(Value, frozen=True, kw_only=True):
    """A recovery of the claim by which a returned remittance may have been given back."""

    recovery_id: uuid.UUID
    label: str
    amount_ntd: int
    deposited_on: dt.date


def return_label(fiscal_year: int, return_no: int) -> str:
    return f"{fiscal_year}退{return_no:05}"


def require_notice(notice: ReturnNotice, *, paid_on: dt.date, today: dt.date) -> ReturnNotice:
    """Return the notice without blanks; raise ReturnIncomplete or ReturnDate."""
    told = msgspec.structs.replace(
        notice, notice_no=notice.notice_no.strip(), reason=notice.reason.strip()
    )
    words = {
        "notice_no": (N_("退匯通知號碼"), told.notice_no),
        "reason": (N_("退匯原因"), told.reason),
    }
    _require_words(words)
    _require_day("returned_on", told.returned_on, first=paid_on, today=today)
    return told


def _require_words(words: dict[str, tuple[str, str]]) -> None:
    lacking = {name: title for name, (title, text) in words.items() if not text}
    if lacking:
        raise refusals.ReturnIncomplete(
            missing=tuple(lacking.values()), fields=dict.fromkeys(lacking, N_("必填"))
        )
    for title, text in words.values():
        require_short_text(text, field=title)


def _require_day(field: str, day: dt.date, *, first: dt.date, today: dt.date) -> None:
    if not first <= day <= today:
        raise refusals.ReturnDate(
            day=day.isoformat(),
            first_on=first.isoformat(),
            last_on=today.isoformat(),
            fields={field: N_("請改填日期。")},
        )


def require_returnable(claim: ExpenseClaim, wanted: WantedReturn, *, returned_ntd: int) -> Payee:
    """Return the payee whose money came back; raise ReturnPayee or OverReturn.

    ``returned_ntd``: what came back of this payee before and was not sent again.
    """
    if not 1 <= wanted.payee_no <= len(claim.payees):
        raise refusals.ReturnPayee(label=claim.label, fields={"payee_no": N_("請改選受款人。")})
    payee = claim.payees[wanted.payee_no - 1]
    rest_ntd = payee.amount_ntd - returned_ntd
    if not 0 < wanted.amount_ntd <= rest_ntd:
        raise refusals.OverReturn(
            arithmetic={
                "paid_ntd": payee.amount_ntd,
                "returned_ntd": returned_ntd,
                "rest_ntd": rest_ntd,
                "requested_ntd": wanted.amount_ntd,
            },
            label=claim.label,
            payee=payee.name,
            fields={"amount": N_("金額須為正整數，且不得超過已付而未退之金額。")},
        )
    return payee


def require_answerable(found: ReturnedRemittance) -> None:
    """Raise ReturnAnswered for one that was answered: what became of it does not change."""
    if found.answer is not None:
        raise refusals.ReturnAnswered(
            label=found.label,
            kind=ANSWER_TITLES[found.answer.kind],
            settled_on=found.answer.settled_on.isoformat(),
        )


def require_answer_duties(found: ReturnedRemittance, *, by: Actor) -> tuple[DutyException, ...]:
    """Raise SamePerson for who recorded the return: two persons send money to another account."""
    before = [done(Step.PREPARE, found.recorded_by, found.recorded_for)]
    return require_separate(
        by, Step.REVIEW, before, label=found.label, agency_code=found.agency_code
    )


def require_answer(
    found: ReturnedRemittance,
    wanted: WantedAnswer,
    *,
    recoveries: tuple[OfClaim, ...],
    today: dt.date,
) -> tuple[WantedAnswer, str]:
    """Return the answer without blanks, and the number of its recovery.

    Raises ReturnIncomplete, ReturnDate, BankInvalid or ReturnRecovery. ``recoveries``: those of the
    claim that no other return was given back by.
    """
    _require_day("settled_on", wanted.settled_on, first=found.notice.returned_on, today=today)
    if wanted.kind is AnswerKind.GIVE_BACK:
        return _given_back(found, wanted, recoveries)
    told = msgspec.structs.replace(
        wanted,
        recovery_id=None,
        slip_no=wanted.slip_no.strip(),
        bank_code=wanted.bank_code.strip(),
        branch_code=wanted.branch_code.strip(),
        account_no=wanted.account_no.strip(),
    )
    _require_words(
        {
            "slip_no": (N_("重匯憑單號碼"), told.slip_no),
            "account_no": (N_("帳號"), told.account_no),
        }
    )
    where = Payee(
        name=found.payee_name,
        amount_ntd=found.amount_ntd,
        bank_code=told.bank_code,
        branch_code=told.branch_code,
        account_no=told.account_no,
    )
    if not is_bank_account(where):
        raise BankInvalid(
            row=found.payee_no, name=where.name, fields={"account_no": N_("請核對帳戶。")}
        )
    return told, ""


def _given_back(
    found: ReturnedRemittance, wanted: WantedAnswer, recoveries: tuple[OfClaim, ...]
) -> tuple[WantedAnswer, str]:
    own = next((one for one in recoveries if one.recovery_id == wanted.recovery_id), None)
    if own is None or own.amount_ntd != found.amount_ntd:
        raise refusals.ReturnRecovery(
            label=found.label,
            amount_ntd=found.amount_ntd,
            claim=found.claim_label,
            fields={"recovery_id": N_("請改選收回紀錄。")},
        )
    told = WantedAnswer(kind=wanted.kind, settled_on=wanted.settled_on, recovery_id=own.recovery_id)
    return told, own.label

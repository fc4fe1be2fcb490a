"""What may be done to a claim in which state, by whom. A rule raises or changes nothing."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence

import msgspec

from zhuji_accounting.domain.claims.claim import (
    DOCUMENTS_MAX,
    LINES_MAX,
    PAYEES_MAX,
    STATE_TITLES,
    TEXT_MAX,
    ClaimLine,
    ClaimState,
    ClaimStep,
    DocumentKind,
    ExpenseClaim,
    Payee,
    Signature,
    SourceDocument,
)
from zhuji_accounting.domain.claims.kinds import require_details, require_readable_details
from zhuji_accounting.domain.claims.refusals import (
    AmountMismatch,
    BankInvalid,
    ClaimIncomplete,
    ClaimLimit,
    ClaimTooLarge,
    ClaimWrongState,
    NotClaimant,
    OverHold,
    TaxIdInvalid,
)
from zhuji_accounting.domain.claims.tax_id import is_tax_id
from zhuji_accounting.domain.request import NTD_MAX, RequestState, SpendingRequest, state_of
from zhuji_accounting.domain.rules import require_state as require_request_state
from zhuji_core.identity.actor import Actor, DutyException
from zhuji_core.identity.duties import Step, done, require_separate
from zhuji_core.values import N_

Row = ClaimLine | SourceDocument | Payee

EDITABLE = (ClaimState.DRAFT, ClaimState.RETURNED)
OPEN = (
    ClaimState.SUBMITTED,
    ClaimState.ACCEPTED,
    ClaimState.UNIT_APPROVED,
    ClaimState.REVIEWED,
)
# Step → the state that it waits in, the state that it leads to, its duty, its word.
FROM = dict(zip(ClaimStep, OPEN, strict=True))
TO = dict(zip(ClaimStep, (*OPEN[1:], ClaimState.APPROVED), strict=True))
DUTIES = {
    ClaimStep.ACCEPT: Step.ACCEPT,
    ClaimStep.APPROVE: Step.APPROVE,
    ClaimStep.REVIEW: Step.CERTIFY,
    ClaimStep.GRANT: Step.CERTIFY,
}
STEP_TITLES = {
    ClaimStep.ACCEPT: N_("驗收"),
    ClaimStep.APPROVE: N_("核准"),
    ClaimStep.REVIEW: N_("審核"),
    ClaimStep.GRANT: N_("核定"),
}
BANK_DIGITS, BRANCH_DIGITS, ACCOUNT_DIGITS = 3, 4, range(6, 17)


def require_state(claim: ExpenseClaim, needed: Sequence[ClaimState], *, action: str) -> None:
    """Raise ClaimWrongState unless the claim is in one of the ``needed`` states."""
    if claim.state not in needed:
        raise ClaimWrongState(
            label=claim.label,
            state=STATE_TITLES[claim.state],
            action=action,
            needed=tuple(STATE_TITLES[state] for state in needed),
        )


def require_writer(claim: ExpenseClaim, *, by: uuid.UUID, action: str) -> None:
    """Raise NotClaimant unless ``by`` wrote the claim."""
    if claim.created_by != by:
        raise NotClaimant(label=claim.label, writer=claim.created_by_name, action=action)


def require_editable(claim: ExpenseClaim, *, by: uuid.UUID) -> None:
    """Raise ClaimWrongState or NotClaimant unless ``by`` may change the claim now."""
    require_state(claim, EDITABLE, action=N_("修改"))
    require_writer(claim, by=by, action=N_("修改"))


def require_readable(claim: ExpenseClaim) -> None:
    """Raise ClaimTooLarge or ClaimLimit for what even a draft may not hold."""
    require_readable_details(claim.details)
    tables: tuple[tuple[str, str, int, tuple[Row, ...]], ...] = (
        ("lines", N_("報支明細"), LINES_MAX, claim.lines),
        ("documents", N_("原始憑證"), DOCUMENTS_MAX, claim.documents),
        ("payees", N_("受款人"), PAYEES_MAX, claim.payees),
    )
    for name, field, rows_max, rows in tables:
        if len(rows) > rows_max:
            raise ClaimTooLarge(field=field, rows_max=rows_max, count=len(rows))
        for number, row in enumerate(rows, 1):
            words = [text for text in msgspec.structs.astuple(row) if isinstance(text, str)]
            if not 0 < row.amount_ntd <= NTD_MAX or any(len(text) > TEXT_MAX for text in words):
                raise ClaimLimit(
                    field=field,
                    row=number,
                    text_max=TEXT_MAX,
                    fields={f"{name}-{number - 1}-amount": N_("金額須為正整數。")},
                )


def require_complete(claim: ExpenseClaim) -> None:
    """Raise what is missing or does not add up before somebody else is asked to sign."""
    require_readable(claim)
    missing = {
        "memo": (N_("用途摘要"), not claim.memo.strip()),
        "lines-0-amount": (N_("報支明細"), not claim.lines),
        "documents-0-number": (N_("原始憑證"), not claim.documents),
        "payees-0-name": (N_("受款人"), claim.net_ntd > 0 and not claim.payees),
    }
    lacking = {field: title for field, (title, lacks) in missing.items() if lacks}
    if lacking:
        raise ClaimIncomplete(
            label=claim.label,
            missing=tuple(lacking.values()),
            fields=dict.fromkeys(lacking, N_("必填")),
        )
    require_details(claim)
    _require_documents(claim)
    _require_payees(claim)
    documents_ntd = sum(one.amount_ntd for one in claim.documents)
    payees_ntd = sum(one.amount_ntd for one in claim.payees)
    if (claim.amount_ntd, claim.net_ntd) != (documents_ntd, payees_ntd):
        raise AmountMismatch(claim)


def _require_documents(claim: ExpenseClaim) -> None:
    """An invoice names its number and its seller; every business number passes its check."""
    for row, one in enumerate(claim.documents, 1):
        field = f"documents-{row - 1}"
        if not one.number.strip() and one.kind is not DocumentKind.OTHER:
            raise ClaimIncomplete(
                label=claim.label, missing=(N_("憑證號碼"),), fields={f"{field}-number": N_("必填")}
            )
        if (one.tax_id or one.kind is DocumentKind.INVOICE) and not is_tax_id(one.tax_id):
            raise TaxIdInvalid(
                row=row,
                tax_id=one.tax_id or "—",
                fields={f"{field}-tax_id": N_("請核對統一編號。")},
            )


def _require_payees(claim: ExpenseClaim) -> None:
    for row, one in enumerate(claim.payees, 1):
        field = f"payees-{row - 1}"
        if not one.name.strip():
            raise ClaimIncomplete(
                label=claim.label, missing=(N_("受款人"),), fields={f"{field}-name": N_("必填")}
            )
        if not is_bank_account(one):
            raise BankInvalid(
                row=row, name=one.name, fields={f"{field}-account_no": N_("請核對帳戶。")}
            )


def is_bank_account(payee: Payee) -> bool:
    """Tell whether bank, branch and account are all there, or none of them is."""
    where = (payee.bank_code, payee.branch_code, payee.account_no)
    return not any(where) or (
        all(part.isascii() and part.isdigit() for part in where)
        and len(payee.bank_code) == BANK_DIGITS
        and len(payee.branch_code) == BRANCH_DIGITS
        and len(payee.account_no) in ACCOUNT_DIGITS
    )


def require_held(claim: ExpenseClaim, requests: Mapping[uuid.UUID, SpendingRequest]) -> None:
    """Raise WrongState for a request that is not certified, OverHold for more than it holds."""
    for request_id in claim.request_ids:
        require_request_state(requests[request_id], [RequestState.CERTIFIED], action=N_("報支"))
    for line in claim.lines:
        held = next(
            one for one in requests[line.request_id].lines if one.line_no == line.request_line_no
        )
        if line.due_ntd > held.held_ntd:
            raise OverHold(request=line.request_label, held=held, requested_ntd=line.due_ntd)


def submit(claim: ExpenseClaim, *, by: uuid.UUID) -> ExpenseClaim:
    """Hand the draft to whoever accepts the goods; only its writer may."""
    require_state(claim, EDITABLE, action=N_("送出"))
    require_writer(claim, by=by, action=N_("送出"))
    require_complete(claim)
    return msgspec.structs.replace(claim, state=ClaimState.SUBMITTED, return_reason="")


def require_duties(claim: ExpenseClaim, *, by: Actor, step: ClaimStep) -> tuple[DutyException, ...]:
    """Raise SamePerson for a step that separation of duties keeps from the actor."""
    before = [done(Step.WRITE, claim.created_by, claim.created_for)]
    before += [
        done(DUTIES[one.step], one.user_id, one.on_behalf_of)
        for one in claim.signatures
        if DUTIES[one.step] is not DUTIES[step]
    ]
    return require_separate(
        by, DUTIES[step], before, label=claim.label, agency_code=claim.agency_code
    )


def sign(claim: ExpenseClaim, step: ClaimStep, *, by: Actor, at: dt.datetime) -> ExpenseClaim:
    """Do ``step`` on the claim: never by who bought, and accounting by nobody of the unit."""
    require_state(claim, [FROM[step]], action=STEP_TITLES[step])
    require_duties(claim, by=by, step=step)
    require_complete(claim)
    principal = by.on_behalf_of
    signature = Signature(
        step=step,
        user_id=by.user_id,
        name=by.signature,
        signed_at=at,
        on_behalf_of=None if principal is None else principal.user_id,
    )
    return msgspec.structs.replace(claim, state=TO[step], signatures=(*claim.signatures, signature))


def send_back(claim: ExpenseClaim, *, reason: str) -> ExpenseClaim:
    """Return the claim to its writer with the reason; what was signed is signed anew."""
    require_state(claim, OPEN, action=N_("退回"))
    return msgspec.structs.replace(
        claim, state=ClaimState.RETURNED, return_reason=reason, signatures=()
    )


def withdraw(claim: ExpenseClaim, *, by: uuid.UUID) -> ExpenseClaim:
    """The writer takes the claim back for good, before the money is spent."""
    require_state(claim, (*EDITABLE, *OPEN), action=N_("撤回"))
    require_writer(claim, by=by, action=N_("撤回"))
    return msgspec.structs.replace(claim, state=ClaimState.WITHDRAWN)


def claim_of(request: SpendingRequest, lines: Sequence[ClaimLine]) -> SpendingRequest:
    """Return the request with what ``lines`` claim of it; closed when it holds nothing more."""
    amounts = {line.request_line_no: (line.amount_ntd, line.settled_ntd) for line in lines}
    after = tuple(
        msgspec.structs.replace(
            line,
            claimed_ntd=line.claimed_ntd + amount_ntd,
            advanced_ntd=line.advanced_ntd - settled_ntd,
        )
        for line in request.lines
        for amount_ntd, settled_ntd in [amounts.get(line.line_no, (0, 0))]
    )
    return msgspec.structs.replace(request, lines=after, state=state_of(after))

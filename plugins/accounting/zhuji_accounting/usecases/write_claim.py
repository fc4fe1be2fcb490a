"""Write an expense claim, new or changed, as a draft."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence

import msgspec

from zhuji_accounting.domain.advances.advance import Advance
from zhuji_accounting.domain.claims import rules
from zhuji_accounting.domain.claims.claim import (
    ClaimKind,
    ClaimLine,
    ClaimState,
    ExpenseClaim,
    Payee,
    SourceDocument,
)
from zhuji_accounting.domain.claims.details import ClaimDetails
from zhuji_accounting.domain.claims.kinds import details_of
from zhuji_accounting.domain.claims.refusals import AdvanceUnknown, ClaimLineUnknown, ClaimStale
from zhuji_accounting.domain.claims.settlement import (
    may_be_replenished,
    may_be_settled,
    settled_lines,
)
from zhuji_accounting.domain.request import Period, RequestState, SpendingRequest
from zhuji_accounting.domain.rules import require_short_text
from zhuji_accounting.permissions import WRITE_CLAIM
from zhuji_accounting.queries.advances import advance_by_id
from zhuji_accounting.queries.claims import claimable_requests
from zhuji_accounting.store import claims
from zhuji_accounting.usecases._agency import agency_name
from zhuji_accounting.usecases._claim import lock_claim
from zhuji_core.ids import new_id
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_, Value


class WantedClaimLine(Value, frozen=True, kw_only=True):
    """How many NT dollars are claimed of one line of a certified request."""

    request_id: uuid.UUID
    line_no: int
    amount_ntd: int


class WantedClaim(Value, frozen=True, kw_only=True):
    """What a clerk keys for a claim; ``revision`` is the one that the form was opened with.

    ``advance_id``: the advance that the claim settles, or the petty cash that it replenishes.
    ``details``: what the kind asks for (journey, payroll, subsidy).
    """

    memo: str
    lines: tuple[WantedClaimLine, ...]
    documents: tuple[SourceDocument, ...] = ()
    payees: tuple[Payee, ...] = ()
    kind: ClaimKind = ClaimKind.ORDINARY
    final: bool = False
    agency_code: str = ""
    revision: int = 0
    advance_id: uuid.UUID | None = None
    details: ClaimDetails = ClaimDetails()


def write_claim(
    uow: UnitOfWork, *, wanted: WantedClaim, claim_id: uuid.UUID | None = None
) -> ExpenseClaim:
    """Write a new draft, or change the draft or returned claim ``claim_id``.

    A draft may be incomplete: submission asks for all of it, and for the money. Raises Forbidden,
    ClaimNotFound, ClaimWrongState, NotClaimant, ClaimStale, ClaimLineUnknown, AdvanceUnknown,
    ClaimLimit, ClaimTooLarge, TooLong or DuplicateInvoice; then nothing is kept.
    """
    before = None if claim_id is None else _open(uow, claim_id, wanted)
    found = _found(uow, wanted.lines)
    draft = _of_year(uow, before or _blank(uow, wanted), found)
    uow.require(WRITE_CLAIM, agency_code=draft.agency_code)
    require_short_text(wanted.memo, field=N_("用途摘要"))
    advance = _advance(uow, wanted, draft)
    settles = None if wanted.kind is ClaimKind.PETTY_CASH else advance
    claim = msgspec.structs.replace(
        draft,
        kind=wanted.kind,
        memo=wanted.memo.strip(),
        final=wanted.final,
        lines=settled_lines(_lines(wanted.lines, draft, found), settles),
        details=details_of(wanted.kind, wanted.details),
        advance_id=None if advance is None else advance.advance_id,
        advance_label="" if advance is None else advance.label,
        documents=wanted.documents,
        payees=wanted.payees,
    )
    rules.require_readable(claim)
    (claims.insert if before is None else claims.rewrite)(uow, claim)
    uow.audit(
        WRITE_CLAIM.name,
        claim.document,
        before=before.summary() if before else None,
        after=claim.summary(),
    )
    return claim


def _blank(uow: UnitOfWork, wanted: WantedClaim) -> ExpenseClaim:
    agency_code = wanted.agency_code or uow.actor.agency_code
    principal = uow.actor.on_behalf_of
    return ExpenseClaim(
        claim_id=new_id(),
        fiscal_year=uow.fiscal_year,
        agency_code=agency_code,
        agency_name=agency_name(uow, agency_code),
        state=ClaimState.DRAFT,
        kind=wanted.kind,
        memo="",
        final=wanted.final,
        created_by=uow.actor.user_id,
        created_for=None if principal is None else principal.user_id,
        created_by_name=uow.actor.signature,
        lines=(),
        documents=(),
        payees=(),
    )


def _open(uow: UnitOfWork, claim_id: uuid.UUID, wanted: WantedClaim) -> ExpenseClaim:
    """Lock the claim to be changed; raise unless it may be changed by this actor now."""
    claim = lock_claim(uow, claim_id, permission=WRITE_CLAIM)
    rules.require_editable(claim, by=uow.actor.user_id)
    if wanted.revision and wanted.revision != claim.revision:
        raise ClaimStale(label=claim.label)
    return claim


def _advance(uow: UnitOfWork, wanted: WantedClaim, draft: ExpenseClaim) -> Advance | None:
    """Return the advance that the claim settles or replenishes; raise AdvanceUnknown."""
    if wanted.advance_id is None:
        return None
    found = advance_by_id(uow, wanted.advance_id)
    replenishes = wanted.kind is ClaimKind.PETTY_CASH
    if (
        found is None
        or not (may_be_replenished if replenishes else may_be_settled)(found)
        or (found.agency_code, found.fiscal_year) != (draft.agency_code, draft.fiscal_year)
    ):
        raise AdvanceUnknown(
            fiscal_year=draft.fiscal_year, fields={"advance": N_("請重新選取暫付案。")}
        )
    return found


def _found(uow: UnitOfWork, wanted: Sequence[WantedClaimLine]) -> dict[uuid.UUID, SpendingRequest]:
    ids = list(dict.fromkeys(line.request_id for line in wanted))
    return {one.request_id: one for one in claimable_requests(uow, ids)} if ids else {}


def _of_year(
    uow: UnitOfWork, draft: ExpenseClaim, found: Mapping[uuid.UUID, SpendingRequest]
) -> ExpenseClaim:
    """Return the draft as one of the year of the requests it claims of.

    That is last year in the two months after it (整理期間); one that has its number keeps its year.
    """
    years = {one.fiscal_year for one in found.values()}
    if draft.claim_no or len(years) != 1:
        return draft
    year = years.pop()
    if Period.of_year(uow.business_date, year).fiscal_year != year:
        return draft
    return msgspec.structs.replace(draft, fiscal_year=year)


def _lines(
    wanted: Sequence[WantedClaimLine],
    draft: ExpenseClaim,
    found: Mapping[uuid.UUID, SpendingRequest],
) -> tuple[ClaimLine, ...]:
    """Freeze the words of the requests' lines in the claim's; raise ClaimLineUnknown."""
    lines: list[ClaimLine] = []
    seen: set[tuple[uuid.UUID, int]] = set()
    for number, want in enumerate(wanted, 1):
        request = found.get(want.request_id)
        own = None
        if (
            request is not None
            and request.state is RequestState.CERTIFIED
            and (request.agency_code, request.fiscal_year) == (draft.agency_code, draft.fiscal_year)
        ):
            own = next((one for one in request.lines if one.line_no == want.line_no), None)
        if request is None or own is None or (want.request_id, want.line_no) in seen:
            raise ClaimLineUnknown(line_no=number, fiscal_year=draft.fiscal_year)
        seen.add((want.request_id, want.line_no))
        lines.append(
            ClaimLine(
                line_no=number,
                request_id=want.request_id,
                request_label=request.label,
                request_line_no=own.line_no,
                control_row_id=own.control_row_id,
                line_code=own.line_code,
                line_name=own.line_name,
                object_code=own.object_code,
                object_name=own.object_name,
                account=own.account,
                detail_object_code=own.detail_object_code,
                amount_ntd=want.amount_ntd,
            )
        )
    return tuple(lines)

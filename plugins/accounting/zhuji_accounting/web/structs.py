"""What the API of accounting gives back. Frozen; amounts are whole NT dollars."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

import msgspec

from zhuji_accounting.domain.certification import Outcome, ReceiptLine
from zhuji_accounting.domain.commitments.award import Award, Contract
from zhuji_accounting.domain.commitments.rules import holds_until
from zhuji_accounting.domain.request import RequestLine, SpendingRequest
from zhuji_accounting.queries.brought import GoesOn
from zhuji_accounting.queries.requests import RequestPage, RequestRow
from zhuji_core.values import Value


class RequestAnswer(Value, frozen=True, kw_only=True):
    """A request after a verb."""

    request_id: uuid.UUID
    label: str
    state: str
    amount_ntd: int
    revision: int


class RequestDetail(Value, frozen=True, kw_only=True):
    """One request with all that its page shows.

    ``brought``: of former years (以前年度) what it continues, ``carried`` or ``owed``; else empty.
    ``goes_on``: the requests of the next year as which it goes on itself.
    """

    request_id: uuid.UUID
    label: str
    fiscal_year: int
    agency_code: str
    agency_name: str
    state: str
    kind: str
    purpose: str
    basis: str
    payee: str
    amount_ntd: int
    created_by_name: str
    approved_by_name: str
    return_reason: str
    revision: int
    submitted_at: dt.datetime | None
    approved_at: dt.datetime | None
    lines: tuple[RequestLine, ...]
    certification: CertificationAnswer | None
    held_until: dt.date | None
    supplements_id: uuid.UUID | None
    supplements_label: str
    contract_no: str
    contractor: str
    award: Award | None
    brought: str
    origin_year: int
    continues_id: uuid.UUID | None
    continues_label: str
    goes_on: tuple[GoesOn, ...]


class CertificationAnswer(Value, frozen=True, kw_only=True):
    """A granted certification with its availability receipt."""

    certification_id: uuid.UUID
    certification_no: str
    amount_ntd: int
    commit_basis: str
    business_date: dt.date
    certified_by_name: str
    receipt: tuple[ReceiptLine, ...]


class OutcomeAnswer(Value, frozen=True, kw_only=True):
    """What became of one request of a batch: either a certification, or why not."""

    request_id: uuid.UUID
    label: str
    certification: CertificationAnswer | None = None
    code: str = ""
    detail: str = ""
    arithmetic: Mapping[str, int] = msgspec.field(default_factory=dict)


class ListedRequest(Value, frozen=True, kw_only=True):
    """One row of a list of requests."""

    request_id: uuid.UUID
    label: str
    agency_code: str
    agency_name: str
    state: str
    kind: str
    purpose: str
    payee: str
    amount_ntd: int
    created_by_name: str
    submitted_at: dt.datetime | None


class BatchWanted(Value, frozen=True, kw_only=True):
    """Which requests to certify, in this order of arrival (1 to 500)."""

    request_ids: tuple[uuid.UUID, ...]


class ReasonWanted(Value, frozen=True, kw_only=True):
    """Why something is returned."""

    reason: str


class SubmissionWanted(Value, frozen=True, kw_only=True):
    """Why a request is no duplicate although another asks for the same (usually empty)."""

    duplicate_reason: str = ""


class ReleaseLine(Value, frozen=True, kw_only=True):
    """What one line gives back."""

    line_no: int
    amount_ntd: int


class ReleaseWanted(Value, frozen=True, kw_only=True):
    """What a certified request gives back, and why."""

    lines: tuple[ReleaseLine, ...]
    reason: str


class AwardedLine(Value, frozen=True, kw_only=True):
    """What of one line was awarded (0: nothing)."""

    line_no: int
    amount_ntd: int


class AwardWanted(Value, frozen=True, kw_only=True):
    """The contract that a certified request became, with every line that holds something."""

    contract: Contract
    lines: tuple[AwardedLine, ...]


class HoldWanted(Value, frozen=True, kw_only=True):
    """Until when the money is held (null: until the year ends), and why."""

    reason: str
    hold_until: dt.date | None = None


def answer_of(request: SpendingRequest) -> RequestAnswer:
    return RequestAnswer(
        request_id=request.request_id,
        label=request.label,
        state=str(request.state),
        amount_ntd=request.amount_ntd,
        revision=request.revision,
    )


def certification_of(outcome: Any) -> CertificationAnswer | None:
    """Return the certification of an outcome or a page, or None."""
    made = outcome.certification
    if made is None:
        return None
    return CertificationAnswer(
        certification_id=made.certification_id,
        certification_no=made.label,
        amount_ntd=made.amount_ntd,
        commit_basis=made.commit_basis,
        business_date=made.business_date,
        certified_by_name=made.certified_by_name,
        receipt=made.receipt,
    )


def detail_of(page: RequestPage, award: Award | None) -> RequestDetail:
    request = page.request
    return RequestDetail(
        request_id=request.request_id,
        label=request.label,
        fiscal_year=request.fiscal_year,
        agency_code=request.agency_code,
        agency_name=request.agency_name,
        state=str(request.state),
        kind=str(request.kind),
        purpose=request.purpose,
        basis=request.basis,
        payee=request.payee,
        amount_ntd=request.amount_ntd,
        created_by_name=request.created_by_name,
        approved_by_name=request.approved_by_name,
        return_reason=request.return_reason,
        revision=request.revision,
        submitted_at=page.submitted_at,
        approved_at=page.approved_at,
        lines=request.lines,
        certification=certification_of(page),
        held_until=holds_until(request),
        supplements_id=request.supplements_id,
        supplements_label=request.supplements_label,
        contract_no=request.contract_no,
        contractor=request.contractor,
        award=award,
        brought=str(request.brought),
        origin_year=request.origin_year,
        continues_id=request.continues_id,
        continues_label=request.continues_label,
        goes_on=page.goes_on,
    )


def listed_of(row: RequestRow) -> ListedRequest:
    return ListedRequest(
        request_id=row.request_id,
        label=row.label,
        agency_code=row.agency_code,
        agency_name=row.agency_name,
        state=row.state,
        kind=row.kind,
        purpose=row.purpose,
        payee=row.payee,
        amount_ntd=row.amount_ntd,
        created_by_name=row.created_by_name,
        submitted_at=row.submitted_at,
    )


def outcome_of(outcome: Outcome, *, detail: str) -> OutcomeAnswer:
    """Return the answer for one request of a batch; ``detail`` is the refusal's text."""
    refusal = outcome.refusal
    return OutcomeAnswer(
        request_id=outcome.request_id,
        label=outcome.label,
        certification=certification_of(outcome),
        code="" if refusal is None else refusal.code,
        detail=detail,
        arithmetic={} if refusal is None else refusal.arithmetic,
    )

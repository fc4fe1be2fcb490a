"""Certification (經費簽證): who gets it, with which receipt, and which fact is told."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

from zhuji_accounting.domain.request import SpendingRequest
from zhuji_core.contracts.documents import DocumentRef
from zhuji_core.contracts.funds import REFUSALS, FundsAnswer, FundsMove, FundsRefused, MoveKind
from zhuji_core.contracts.requests import CertificationGranted, CertifiedLine
from zhuji_core.values import DomainError, Value

NUMBER_KIND = "certification"


class ReceiptLine(Value, frozen=True, kw_only=True):
    """The balance that one line met and left, whole NT dollars (budget = enacted + changes)."""

    line_no: int
    control_row_id: uuid.UUID
    enacted_ntd: int
    changes_ntd: int
    allotted_to_date_ntd: int
    encumbered_ntd: int
    advanced_ntd: int
    expended_ntd: int
    requested_ntd: int
    remaining_ntd: int
    frozen_ntd: int = 0


class Certification(Value, frozen=True, kw_only=True):
    """A granted certification with its availability receipt, one line for each request line."""

    certification_id: uuid.UUID
    request_id: uuid.UUID
    fiscal_year: int
    agency_code: str
    certification_no: int
    amount_ntd: int
    commit_basis: str
    business_date: dt.date
    certified_by: uuid.UUID
    certified_by_name: str
    receipt: tuple[ReceiptLine, ...]

    @property
    def label(self) -> str:
        """Return what people read: ``105簽00001``, gapless in an agency's year."""
        return certification_label(self.fiscal_year, self.certification_no)


class Outcome(Value, frozen=True, kw_only=True):
    """What became of one request of a batch: its certification, or why it was refused."""

    request_id: uuid.UUID
    label: str
    certification: Certification | None = None
    refusal: DomainError | None = None


def certification_label(fiscal_year: int, certification_no: int) -> str:
    return f"{fiscal_year}簽{certification_no:05}"


def moves_of(
    request: SpendingRequest, kind: MoveKind, *, by: uuid.UUID | None = None
) -> list[FundsMove]:
    """Return one move for each line, in order of the lines; ``by`` as in FundsMove."""
    return [
        FundsMove(
            control_row_id=line.control_row_id,
            kind=kind,
            amount_ntd=line.amount_ntd,
            document=request.document,
            detail_object_code=line.detail_object_code,
            by=by,
        )
        for line in request.lines
    ]


def refusal_of(answers: Sequence[FundsAnswer]) -> FundsRefused | None:
    """Return the refusal of the first move that was short, or None when all were granted."""
    for answer in answers:
        if answer.refusal:
            return REFUSALS[answer.refusal](answer)
    assert all(answer.granted for answer in answers), "not granted without a reason"
    return None


def receipt_of(answers: Sequence[FundsAnswer]) -> tuple[ReceiptLine, ...]:
    """Return the availability receipt: for each move the position before it, and what remains."""
    return tuple(
        ReceiptLine(
            line_no=line_no,
            control_row_id=answer.before.control_row_id,
            enacted_ntd=answer.before.enacted_ntd,
            changes_ntd=answer.before.changes_ntd,
            frozen_ntd=answer.before.frozen_ntd,
            allotted_to_date_ntd=answer.before.allotted_to_date_ntd,
            encumbered_ntd=answer.before.encumbered_ntd,
            advanced_ntd=answer.before.advanced_ntd,
            expended_ntd=answer.before.expended_ntd,
            requested_ntd=answer.move.amount_ntd,
            remaining_ntd=answer.remaining_ntd,
        )
        for line_no, answer in enumerate(answers, 1)
    )


def granted_event(certification: Certification, *, event_id: uuid.UUID) -> CertificationGranted:
    """Return the fact to tell after the commit."""
    return CertificationGranted(
        event_id=event_id,
        request_id=certification.request_id,
        certification_no=certification.label,
        agency_code=certification.agency_code,
        fiscal_year=certification.fiscal_year,
        amount_ntd=certification.amount_ntd,
        lines=tuple(
            CertifiedLine(
                line_no=line.line_no,
                control_row_id=line.control_row_id,
                amount_ntd=line.requested_ntd,
            )
            for line in certification.receipt
        ),
        certified_by=certification.certified_by,
        business_date=certification.business_date,
    )


def document_of(certification: Certification) -> DocumentRef:
    return DocumentRef(
        kind="accounting.certification",
        document_id=certification.certification_id,
        label=certification.label,
        agency_code=certification.agency_code,
    )

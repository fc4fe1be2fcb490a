"""The expense claim (報支, 核銷): what of certified money was spent, for which evidence. Pure.

States: draft → submitted → accepted → unit_approved → reviewed → approved; returned, withdrawn.
Approved is final: the money is spent, and a voucher records it.
"""

from __future__ import annotations

import datetime as dt
import enum
import uuid

import msgspec

from zhuji_accounting.domain.claims.details import ClaimDetails
from zhuji_accounting.domain.labels import draft_label
from zhuji_core.contracts.documents import DocumentRef
from zhuji_core.values import N_, Value

LINES_MAX = 50  # several requests of ten lines each
DOCUMENTS_MAX = 100  # receipts on one slip; more is a second claim
PAYEES_MAX = 100
TEXT_MAX = 200


class ClaimState(enum.StrEnum):
    DRAFT = "draft"
    SUBMITTED = "submitted"
    ACCEPTED = "accepted"
    UNIT_APPROVED = "unit_approved"
    REVIEWED = "reviewed"
    APPROVED = "approved"
    RETURNED = "returned"
    WITHDRAWN = "withdrawn"


class ClaimKind(enum.StrEnum):
    """What kind of spending is claimed (報支種類)."""

    ORDINARY = "ordinary"
    PURCHASE = "purchase"
    CONTRACT = "contract"
    TRAVEL = "travel"
    PAYROLL = "payroll"
    SUBSIDY = "subsidy"
    PETTY_CASH = "petty_cash"


class DocumentKind(enum.StrEnum):
    """What proves the spending (原始憑證)."""

    INVOICE = "invoice"
    RECEIPT = "receipt"
    OTHER = "other"


class ClaimStep(enum.StrEnum):
    """Who signs, in the order of the work: acceptance, unit, review, chief accountant."""

    ACCEPT = "accept"
    APPROVE = "approve"
    REVIEW = "review"
    GRANT = "grant"


STATE_TITLES = {
    ClaimState.DRAFT: N_("草稿"),
    ClaimState.SUBMITTED: N_("待驗收"),
    ClaimState.ACCEPTED: N_("待主管核准"),
    ClaimState.UNIT_APPROVED: N_("待會計審核"),
    ClaimState.REVIEWED: N_("待主辦會計核定"),
    ClaimState.APPROVED: N_("已核定"),
    ClaimState.RETURNED: N_("退回補正"),
    ClaimState.WITHDRAWN: N_("已撤回"),
}
KIND_TITLES = {
    ClaimKind.ORDINARY: N_("一般"),
    ClaimKind.PURCHASE: N_("採購"),
    ClaimKind.CONTRACT: N_("契約"),
    ClaimKind.TRAVEL: N_("差旅"),
    ClaimKind.PAYROLL: N_("薪給"),
    ClaimKind.SUBSIDY: N_("補助"),
    ClaimKind.PETTY_CASH: N_("零用金撥還"),
}
DOCUMENT_TITLES = {
    DocumentKind.INVOICE: N_("統一發票"),
    DocumentKind.RECEIPT: N_("收據"),
    DocumentKind.OTHER: N_("其他憑證"),
}


class ClaimLine(Value, frozen=True, kw_only=True):
    """What is claimed of one line of a certified request, with the words it is known by.

    ``settled_ntd`` of it was paid by an advance before; ``recovered_ntd`` came back afterwards.
    """

    line_no: int
    request_id: uuid.UUID
    request_label: str
    request_line_no: int
    control_row_id: uuid.UUID
    line_code: str
    line_name: str
    object_code: str
    object_name: str
    account: str
    amount_ntd: int
    detail_object_code: str = ""
    settled_ntd: int = 0
    recovered_ntd: int = 0

    @property
    def due_ntd(self) -> int:
        """What of it is to be paid: claimed less settled."""
        return self.amount_ntd - self.settled_ntd


class SourceDocument(Value, frozen=True, kw_only=True):
    """An invoice, a receipt, or what else proves the spending (原始憑證)."""

    kind: DocumentKind
    number: str
    dated_on: dt.date
    amount_ntd: int
    tax_id: str = ""


class Payee(Value, frozen=True, kw_only=True):
    """Who is paid, and where (受款人): ``identifier`` is a tax id or the id of a person."""

    name: str
    amount_ntd: int
    identifier: str = ""
    bank_code: str = ""
    branch_code: str = ""
    account_no: str = ""


class Signature(Value, frozen=True, kw_only=True):
    """Who did a step; ``on_behalf_of`` is the person for whom a deputy did it."""

    step: ClaimStep
    user_id: uuid.UUID
    name: str
    signed_at: dt.datetime
    on_behalf_of: uuid.UUID | None = None


class ExpenseClaim(Value, frozen=True, kw_only=True):
    """A claim with its lines, evidence and payees. ``claim_no`` is 0 until it is submitted.

    ``final``: the requests that it names are done with it, so what they still hold is released.
    ``advance_id``: the advance that it settles (轉正); its lines say how much of each. A claim of
    the kind petty cash replenishes it instead (撥還).
    """

    claim_id: uuid.UUID
    fiscal_year: int
    agency_code: str
    agency_name: str
    state: ClaimState
    kind: ClaimKind
    memo: str
    final: bool
    created_by: uuid.UUID
    created_by_name: str
    lines: tuple[ClaimLine, ...]
    documents: tuple[SourceDocument, ...]
    payees: tuple[Payee, ...]
    claim_no: int = 0
    created_for: uuid.UUID | None = None
    signatures: tuple[Signature, ...] = ()
    return_reason: str = ""
    revision: int = 1
    approved_on: dt.date | None = None
    advance_id: uuid.UUID | None = None
    advance_label: str = ""
    details: ClaimDetails = ClaimDetails()

    @property
    def amount_ntd(self) -> int:
        return sum(line.amount_ntd for line in self.lines)

    @property
    def settled_ntd(self) -> int:
        """What of it an advance has paid already."""
        return sum(line.settled_ntd for line in self.lines)

    @property
    def due_ntd(self) -> int:
        """What is to be paid by it: claimed less settled."""
        return self.amount_ntd - self.settled_ntd

    @property
    def withheld_ntd(self) -> int:
        """What of the pay is withheld (代扣款) and goes to the special account."""
        payroll = self.details.payroll
        return 0 if payroll is None else payroll.withheld_ntd

    @property
    def net_ntd(self) -> int:
        """What the payees get: due less withheld."""
        return self.due_ntd - self.withheld_ntd

    @property
    def label(self) -> str:
        """Return the number that people read (``105報00001``), or the handle of a draft."""
        if self.claim_no:
            return f"{self.fiscal_year}報{self.claim_no:05}"
        return draft_label(self.claim_id)

    @property
    def document(self) -> DocumentRef:
        return DocumentRef(
            kind="accounting.claim",
            document_id=self.claim_id,
            label=self.label,
            agency_code=self.agency_code,
        )

    @property
    def request_ids(self) -> tuple[uuid.UUID, ...]:
        return tuple(dict.fromkeys(line.request_id for line in self.lines))

    def signed(self, step: ClaimStep) -> Signature | None:
        return next((one for one in self.signatures if one.step is step), None)

    def summary(self) -> dict[str, object]:
        """Return what the audit keeps of the claim; accounts of payees are personal, so not."""
        return {
            "state": str(self.state),
            "kind": str(self.kind),
            "memo": self.memo,
            "final": self.final,
            "advance": self.advance_label,
            "details": msgspec.to_builtins(self.details),
            "amount_ntd": self.amount_ntd,
            "lines": [
                {
                    "request": line.request_label,
                    "line_no": line.request_line_no,
                    "amount_ntd": line.amount_ntd,
                    "settled_ntd": line.settled_ntd,
                }
                for line in self.lines
            ],
            "documents": [msgspec.to_builtins(one) for one in self.documents],
            "payees": [{"name": one.name, "amount_ntd": one.amount_ntd} for one in self.payees],
        }

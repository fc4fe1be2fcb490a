"""The voucher (記帳憑證, 傳票): what is written in the books, and the states of its life. Pure.

States: draft → prepared → reviewed → approved → posted; returned, withdrawn. A posted voucher never
changes: it is corrected by another one that reverses it (會計法 67).
"""

from __future__ import annotations

import datetime as dt
import enum
import uuid
from collections.abc import Sequence
from typing import Annotated

import msgspec

from zhuji_accounting.domain.labels import draft_label
from zhuji_core.contracts.documents import DocumentRef
from zhuji_core.values import N_, Value

LINES_MAX = 500  # a payroll of an office with a line for each object and withholding
OPENING_PERIOD = 0  # 開帳: what is brought forward from the year before
CLOSING_PERIOD = 14  # 結帳: the closing entries, apart from what the year's reports tell
ADJUSTMENT_PERIOD = 13  # 整理期間: after the year, counted in it (決算法 2)
ADJUSTMENT_MONTHS = 2  # 會計年度結束期間: two months
DocumentCount = Annotated[int, msgspec.Meta(ge=0, le=9_999)]  # 附件張數


class VoucherKind(enum.StrEnum):
    """收入傳票, 支出傳票, 轉帳傳票 (會計法 53)."""

    RECEIPT = "receipt"
    DISBURSEMENT = "disbursement"
    JOURNAL = "journal"


KIND_TITLES = {
    VoucherKind.RECEIPT: N_("收入傳票"),
    VoucherKind.DISBURSEMENT: N_("支出傳票"),
    VoucherKind.JOURNAL: N_("轉帳傳票"),
}
# The word before the number: part of the number as it is printed, in every language.
KIND_WORDS = {
    VoucherKind.RECEIPT: "收",
    VoucherKind.DISBURSEMENT: "支",
    VoucherKind.JOURNAL: "轉",
}


class VoucherState(enum.StrEnum):
    DRAFT = "draft"
    PREPARED = "prepared"
    REVIEWED = "reviewed"
    APPROVED = "approved"
    POSTED = "posted"
    RETURNED = "returned"
    WITHDRAWN = "withdrawn"


class Subsidiary(Value, frozen=True, kw_only=True):
    """Whose or what the entry is about in a subsidiary ledger: a payee, a contract, a person."""

    kind: str
    key: str
    name: str


class VoucherLine(Value, frozen=True, kw_only=True):
    """One entry: either ``debit_ntd`` or ``credit_ntd`` is above zero, the other is zero.

    ``control_row_id`` and ``revenue_row_id`` say which row of the budget it spends or collects;
    their words are frozen in ``row_label`` and ``object_code``.
    """

    line_no: int
    account_code: str
    account_name: str
    debit_ntd: int = 0
    credit_ntd: int = 0
    description: str = ""
    control_row_id: uuid.UUID | None = None
    revenue_row_id: uuid.UUID | None = None
    row_label: str = ""
    object_code: str = ""
    subsidiary_kind: str = ""
    subsidiary_key: str = ""
    subsidiary_name: str = ""


class Voucher(Value, frozen=True, kw_only=True):
    """A voucher with its entries. ``voucher_no`` is 0 until it is posted.

    ``event_code``: the business event whose posting rule made the entries; empty for free ones.
    ``writers``: everybody who keyed it, and for whom, whoever handed it to review.
    ``source``: the document that it records; a manual voucher has none. ``automatic``: made,
    approved and posted by a rule, without a person.
    """

    voucher_id: uuid.UUID
    fiscal_year: int
    agency_code: str
    agency_name: str
    kind: VoucherKind
    state: VoucherState
    period: int
    posting_date: dt.date
    memo: str
    lines: tuple[VoucherLine, ...]
    voucher_no: int = 0
    document_count: int = 0
    event_code: str = ""
    rule_set_id: uuid.UUID | None = None
    automatic: bool = False
    source: DocumentRef | None = None
    reverses_id: uuid.UUID | None = None
    reversal_reason: str = ""
    prepared_by: uuid.UUID | None = None
    prepared_for: uuid.UUID | None = None
    prepared_by_name: str = ""
    reviewed_by: uuid.UUID | None = None
    reviewed_for: uuid.UUID | None = None
    reviewed_by_name: str = ""
    approved_by: uuid.UUID | None = None
    approved_for: uuid.UUID | None = None
    approved_by_name: str = ""
    posted_by: uuid.UUID | None = None
    posted_by_name: str = ""
    return_reason: str = ""
    revision: int = 1
    writers: tuple[uuid.UUID, ...] = ()

    @property
    def debit_ntd(self) -> int:
        return sum(line.debit_ntd for line in self.lines)

    @property
    def credit_ntd(self) -> int:
        return sum(line.credit_ntd for line in self.lines)

    @property
    def label(self) -> str:
        """Return the number that people read (``支11400001``), or the handle of a draft."""
        if self.voucher_no:
            return f"{KIND_WORDS[self.kind]}{self.fiscal_year}{self.voucher_no:05}"
        return draft_label(self.voucher_id)

    @property
    def document(self) -> DocumentRef:
        return DocumentRef(
            kind="accounting.voucher",
            document_id=self.voucher_id,
            label=self.label,
            agency_code=self.agency_code,
        )

    @property
    def number_kind(self) -> str:
        """Return the name of the counter that its number comes from."""
        return f"VOUCHER-{self.kind.upper()}"

    def summary(self) -> dict[str, object]:
        """Return what the audit keeps of the voucher before and after a change."""
        return {
            "state": str(self.state),
            "kind": str(self.kind),
            "posting_date": self.posting_date,
            "period": self.period,
            "memo": self.memo,
            "event_code": self.event_code,
            "amount_ntd": self.debit_ntd,
            "lines": [
                {
                    "line_no": line.line_no,
                    "account": line.account_code,
                    "debit_ntd": line.debit_ntd,
                    "credit_ntd": line.credit_ntd,
                }
                for line in self.lines
            ],
        }


def numbered(lines: Sequence[VoucherLine]) -> tuple[VoucherLine, ...]:
    """Number ``lines`` from 1, debits first as they are printed, else in their order."""
    ordered = [line for line in lines if line.debit_ntd] + [
        line for line in lines if not line.debit_ntd
    ]
    return tuple(
        msgspec.structs.replace(line, line_no=number) for number, line in enumerate(ordered, 1)
    )

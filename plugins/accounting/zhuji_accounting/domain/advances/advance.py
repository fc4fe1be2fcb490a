"""The advance (暫付, 預付, 零用金): held money is paid before the bill. Pure.

States: draft → submitted → unit_approved → granted → closed; returned, withdrawn.
Granted is final: the money is out. Closed: all of it was settled (轉正) or paid back (繳回).
"""

from __future__ import annotations

import datetime as dt
import enum
import re
import uuid

from zhuji_accounting.domain.labels import draft_label
from zhuji_core.contracts.documents import DocumentRef
from zhuji_core.values import N_, Value

NUMBER = re.compile(r"([0-9]{2,3})?暫([0-9]{1,9})")


class AdvanceState(enum.StrEnum):
    DRAFT = "draft"
    SUBMITTED = "submitted"
    UNIT_APPROVED = "unit_approved"
    GRANTED = "granted"
    CLOSED = "closed"
    RETURNED = "returned"
    WITHDRAWN = "withdrawn"


class AdvanceKind(enum.StrEnum):
    """What the money is paid out for (暫付種類)."""

    GENERAL = "general"
    TRAVEL = "travel"
    PREPAYMENT = "prepayment"
    PETTY_CASH = "petty_cash"


# Kinds that are out until the year ends, so that nobody names a day for them.
UNTIL_YEAR_ENDS = frozenset({AdvanceKind.PETTY_CASH})
STATE_TITLES = {
    AdvanceState.DRAFT: N_("草稿"),
    AdvanceState.SUBMITTED: N_("待主管核准"),
    AdvanceState.UNIT_APPROVED: N_("待主辦會計核定"),
    AdvanceState.GRANTED: N_("已撥付"),
    AdvanceState.CLOSED: N_("已結清"),
    AdvanceState.RETURNED: N_("退回補正"),
    AdvanceState.WITHDRAWN: N_("已撤回"),
}
KIND_TITLES = {
    AdvanceKind.GENERAL: N_("業務暫付"),
    AdvanceKind.TRAVEL: N_("旅費暫付"),
    AdvanceKind.PREPAYMENT: N_("契約預付"),
    AdvanceKind.PETTY_CASH: N_("零用金"),
}


class AdvanceLine(Value, frozen=True, kw_only=True):
    """What is advanced of one line of the request, and what became of it, whole NT dollars."""

    line_no: int
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
    returned_ntd: int = 0

    @property
    def outstanding_ntd(self) -> int:
        """What is neither settled nor paid back, once the advance is granted."""
        return self.amount_ntd - self.settled_ntd - self.returned_ntd


class AdvanceSigner(Value, frozen=True, kw_only=True):
    """Who did a step; ``on_behalf_of`` is the person for whom a deputy did it."""

    user_id: uuid.UUID
    name: str
    on_behalf_of: uuid.UUID | None = None


class Advance(Value, frozen=True, kw_only=True):
    """An advance on one certified request. ``advance_no`` is 0 until it is submitted.

    ``settle_by``: by when it is settled or paid back. ``open_reason``: why one more is granted to a
    receiver who has not settled an earlier one in time.
    """

    advance_id: uuid.UUID
    fiscal_year: int
    agency_code: str
    agency_name: str
    state: AdvanceState
    kind: AdvanceKind
    request_id: uuid.UUID
    request_label: str
    memo: str
    settle_by: dt.date
    receiver_name: str
    created_by: uuid.UUID
    created_by_name: str
    lines: tuple[AdvanceLine, ...]
    receiver_id: str = ""
    bank_code: str = ""
    branch_code: str = ""
    account_no: str = ""
    contract_no: str = ""
    open_reason: str = ""
    advance_no: int = 0
    created_for: uuid.UUID | None = None
    approval: AdvanceSigner | None = None
    grant: AdvanceSigner | None = None
    granted_on: dt.date | None = None
    return_reason: str = ""
    revision: int = 1

    @property
    def amount_ntd(self) -> int:
        return sum(line.amount_ntd for line in self.lines)

    @property
    def is_out(self) -> bool:
        """Tell whether the money was paid out."""
        return self.state in {AdvanceState.GRANTED, AdvanceState.CLOSED}

    @property
    def outstanding_ntd(self) -> int:
        return sum(line.outstanding_ntd for line in self.lines) if self.is_out else 0

    @property
    def label(self) -> str:
        """Return the number that people read (``105暫00001``), or the handle of a draft."""
        return advance_label(self.fiscal_year, self.advance_no, self.advance_id)

    @property
    def document(self) -> DocumentRef:
        return DocumentRef(
            kind="accounting.advance",
            document_id=self.advance_id,
            label=self.label,
            agency_code=self.agency_code,
        )

    def days_overdue(self, today: dt.date) -> int:
        """Return by how many days it should have been settled; 0 while it is not due."""
        return max(0, (today - self.settle_by).days) if self.outstanding_ntd else 0

    def summary(self) -> dict[str, object]:
        """Return what the audit keeps of the advance; the receiver's account is personal."""
        return {
            "state": str(self.state),
            "kind": str(self.kind),
            "request": self.request_label,
            "memo": self.memo,
            "receiver": self.receiver_name,
            "settle_by": self.settle_by.isoformat(),
            "open_reason": self.open_reason,
            "amount_ntd": self.amount_ntd,
            "lines": [
                {"line_no": line.request_line_no, "amount_ntd": line.amount_ntd}
                for line in self.lines
            ],
        }


def advance_named_in(text: str) -> tuple[int, int]:
    """Return the year and the number that stand in what somebody typed (``105暫00001``).

    A year or a number of 0: none is told.
    """
    found = NUMBER.search(text)
    return (int(found[1] or 0), int(found[2])) if found else (0, 0)


def advance_label(fiscal_year: int, advance_no: int, advance_id: uuid.UUID) -> str:
    """Return the number that people read, or the handle of a draft."""
    if advance_no:
        return f"{fiscal_year}暫{advance_no:05}"
    return draft_label(advance_id)

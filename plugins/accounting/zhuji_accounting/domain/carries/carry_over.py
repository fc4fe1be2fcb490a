"""The carry-over request (保留申請): what becomes of a request's open lines when its year is over.

Of each line: open = carried over (保留) + due (應付) + released (釋放), to the dollar (預算法 72).
"""

from __future__ import annotations

import datetime as dt
import enum
import uuid

from zhuji_accounting.domain.labels import draft_label
from zhuji_core.contracts.documents import DocumentRef
from zhuji_core.values import N_, Value


class CarryState(enum.StrEnum):
    DRAFT = "draft"
    SUBMITTED = "submitted"
    REVIEWED = "reviewed"
    DECIDED = "decided"
    RETURNED = "returned"
    WITHDRAWN = "withdrawn"


STATE_TITLES = {
    CarryState.DRAFT: N_("草稿"),
    CarryState.SUBMITTED: N_("待會計審核"),
    CarryState.REVIEWED: N_("待主計處核定"),
    CarryState.DECIDED: N_("已核定"),
    CarryState.RETURNED: N_("退回補正"),
    CarryState.WITHDRAWN: N_("已撤回"),
}


class CarryLine(Value, frozen=True, kw_only=True):
    """One open line of the request: how it is divided, and what of that was granted."""

    line_no: int
    request_line_no: int
    control_row_id: uuid.UUID
    line_code: str
    line_name: str
    object_code: str
    object_name: str
    account: str
    open_ntd: int
    carry_ntd: int
    payable_ntd: int
    detail_object_code: str = ""
    granted_carry_ntd: int = 0
    granted_payable_ntd: int = 0

    @property
    def release_ntd(self) -> int:
        """What was asked to be given back."""
        return self.open_ntd - self.carry_ntd - self.payable_ntd

    @property
    def granted_release_ntd(self) -> int:
        """What goes back once it is decided: all that is neither carried over nor due."""
        return self.open_ntd - self.granted_carry_ntd - self.granted_payable_ntd


class CarrySigner(Value, frozen=True, kw_only=True):
    """Who reviewed or decided it, when, and for whom as a deputy."""

    user_id: uuid.UUID
    name: str
    signed_at: dt.datetime
    on_behalf_of: uuid.UUID | None = None


class CarryOver(Value, frozen=True, kw_only=True):
    """A carry-over request; ``carry_no`` is 0 until it is submitted.

    ``creditor``: to whom what is due is owed. ``decision_note``: why less was granted.
    """

    carry_id: uuid.UUID
    fiscal_year: int
    agency_code: str
    agency_name: str
    state: CarryState
    request_id: uuid.UUID
    request_label: str
    reason: str
    evidence: str
    created_by: uuid.UUID
    created_by_name: str
    lines: tuple[CarryLine, ...]
    carry_no: int = 0
    creditor: str = ""
    creditor_id: str = ""
    contract_no: str = ""
    created_for: uuid.UUID | None = None
    review: CarrySigner | None = None
    decision: CarrySigner | None = None
    decided_on: dt.date | None = None
    decision_note: str = ""
    return_reason: str = ""
    revision: int = 1

    @property
    def open_ntd(self) -> int:
        return sum(line.open_ntd for line in self.lines)

    @property
    def carry_ntd(self) -> int:
        """What is carried over: granted once it is decided, asked for before."""
        decided = self.state is CarryState.DECIDED
        return sum(line.granted_carry_ntd if decided else line.carry_ntd for line in self.lines)

    @property
    def payable_ntd(self) -> int:
        decided = self.state is CarryState.DECIDED
        return sum(line.granted_payable_ntd if decided else line.payable_ntd for line in self.lines)

    @property
    def release_ntd(self) -> int:
        return self.open_ntd - self.carry_ntd - self.payable_ntd

    @property
    def label(self) -> str:
        """Return the number that people read (``105留00001``), or the handle of a draft."""
        return carry_label(self.fiscal_year, self.carry_no, self.carry_id)

    @property
    def document(self) -> DocumentRef:
        return DocumentRef(
            kind="accounting.carry-over",
            document_id=self.carry_id,
            label=self.label,
            agency_code=self.agency_code,
        )

    def summary(self) -> dict[str, object]:
        """Return what the audit keeps of it before and after a change."""
        return {
            "state": str(self.state),
            "request": self.request_label,
            "reason": self.reason,
            "evidence": self.evidence,
            "creditor": self.creditor,
            "lines": [
                {
                    "line_no": line.line_no,
                    "request_line_no": line.request_line_no,
                    "open_ntd": line.open_ntd,
                    "carry_ntd": line.carry_ntd,
                    "payable_ntd": line.payable_ntd,
                    "release_ntd": line.release_ntd,
                    "granted_carry_ntd": line.granted_carry_ntd,
                    "granted_payable_ntd": line.granted_payable_ntd,
                }
                for line in self.lines
            ],
        }


def carry_label(fiscal_year: int, carry_no: int, carry_id: uuid.UUID) -> str:
    """Return the number that people read, or the handle of a draft."""
    return f"{fiscal_year}留{carry_no:05}" if carry_no else draft_label(carry_id)

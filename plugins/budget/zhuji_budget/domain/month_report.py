"""The month's report of an agency (執行月報): which lines lag behind, why, and what is done.

An agency writes a reason and a remedy for each line that lags, submits the month, and the budget
office accepts it. From submission on the figures stay as they were.
"""

from __future__ import annotations

import datetime as dt
import enum
import uuid
from collections.abc import Mapping, Sequence

import msgspec

from zhuji_budget.settings import LagBasis
from zhuji_core.contracts.documents import DocumentRef
from zhuji_core.reports.definition import rate
from zhuji_core.values import N_, Value

KIND = "budget.month-report"
TEXT_MAX = 500
# The largest agency of a city has some hundreds of lines.
LINES_MAX = 5_000
PERCENT = 100


class ReportState(enum.StrEnum):
    OPEN = "open"
    SUBMITTED = "submitted"
    ACCEPTED = "accepted"
    RETURNED = "returned"


STATE_TITLES: Mapping[str, str] = {
    ReportState.OPEN: N_("編製中"),
    ReportState.SUBMITTED: N_("待主計處備查"),
    ReportState.ACCEPTED: N_("已備查"),
    ReportState.RETURNED: N_("退回補正"),
}
EDITABLE = (ReportState.OPEN, ReportState.RETURNED)


class LagRule(Value, frozen=True, kw_only=True):
    """A line lags when it has done less than ``below_percent`` of what is allotted to date."""

    below_percent: int
    basis: LagBasis


class LagNote(Value, frozen=True, kw_only=True):
    """Why a line lags (落後原因), and what is done about it (改進措施)."""

    line_id: uuid.UUID
    reason: str = ""
    remedy: str = ""

    @property
    def is_whole(self) -> bool:
        return bool(self.reason and self.remedy)


class ReportedLine(Value, frozen=True, kw_only=True):
    """One line as of the last day of the month, NT dollars; ``realised`` is without ``payable``.

    ``is_reserve``: a reserve, which is not spent where it stands (預算法 22, 64, 70).
    """

    line_id: uuid.UUID
    code: str
    name: str
    budget_ntd: int
    allotted_ntd: int
    realised_ntd: int
    payable_ntd: int
    advanced_ntd: int
    encumbered_ntd: int
    reason: str = ""
    remedy: str = ""
    is_reserve: bool = False

    @property
    def executed_ntd(self) -> int:
        return self.realised_ntd + self.payable_ntd

    @property
    def used_ntd(self) -> int:
        return self.executed_ntd + self.advanced_ntd + self.encumbered_ntd

    @property
    def balance_ntd(self) -> int:
        return self.allotted_ntd - self.used_ntd

    @property
    def note(self) -> LagNote:
        return LagNote(line_id=self.line_id, reason=self.reason, remedy=self.remedy)

    def done_ntd(self, basis: LagBasis) -> int:
        return self.used_ntd if basis is LagBasis.CERTIFIED else self.executed_ntd

    def done_bp(self, basis: LagBasis) -> int | None:
        """Return what is done of what is allotted, in hundredths of a percent."""
        return rate(self.done_ntd(basis), self.allotted_ntd)

    def lags(self, rule: LagRule) -> bool:
        """Tell whether it lags; of a reserve, or without allotment to date, nothing is expected."""
        if self.is_reserve:
            return False
        asked = self.allotted_ntd * rule.below_percent
        return self.allotted_ntd > 0 and self.done_ntd(rule.basis) * PERCENT < asked


class MonthReport(Value, frozen=True, kw_only=True):
    """The document.

    ``rule`` is the county's when it was submitted; ``lagging`` and ``explained`` count lines then.
    """

    report_id: uuid.UUID
    fiscal_year: int
    month: int
    agency_code: str
    agency_name: str
    state: ReportState = ReportState.OPEN
    rule: LagRule
    writers: tuple[uuid.UUID, ...] = ()
    lagging: int = 0
    explained: int = 0
    submitted_by_name: str = ""
    submitted_on: dt.date | None = None
    accepted_by_name: str = ""
    accepted_on: dt.date | None = None
    return_reason: str = ""
    revision: int = 1

    @property
    def label(self) -> str:
        return label_of(self.fiscal_year, self.agency_code, self.month)

    @property
    def document(self) -> DocumentRef:
        return DocumentRef(
            kind=KIND,
            document_id=self.report_id,
            label=self.label,
            agency_code=self.agency_code,
        )


def label_of(fiscal_year: int, agency_code: str, month: int) -> str:
    """Return 105-0001010000-月02."""
    return f"{fiscal_year}-{agency_code}-月{month:02}"


def last_day_of(fiscal_year: int, month: int) -> dt.date:
    """Return the last day of the month of a year of the Republic."""
    year = fiscal_year + 1911
    following = dt.date(year + month // 12, month % 12 + 1, 1)
    return following - dt.timedelta(days=1)


def with_notes(
    lines: Sequence[ReportedLine], notes: Mapping[uuid.UUID, LagNote]
) -> tuple[ReportedLine, ...]:
    """Return the lines with what was written on them."""
    return tuple(
        msgspec.structs.replace(
            line, reason=notes[line.line_id].reason, remedy=notes[line.line_id].remedy
        )
        if line.line_id in notes
        else line
        for line in lines
    )


def lagging(lines: Sequence[ReportedLine], rule: LagRule) -> list[ReportedLine]:
    """Return the lines that lag behind, in their order."""
    return [line for line in lines if line.lags(rule)]

"""The allotment schedule (分配預算表) of one agency, year and side: its states and its lines.

The first one is an allotment (預算法 55), a later one a revision (修改分配, 58); both go the same
way: the agency submits, its supervising agency endorses where it has one, the finance office
comments, the budget office approves.
"""

from __future__ import annotations

import datetime as dt
import enum
import uuid
from collections.abc import Mapping

from zhuji_budget.domain.adjustment import RevenueBefore, RowBefore
from zhuji_budget.domain.allotment import MONTHS
from zhuji_budget.domain.roles import RESERVE_TITLES
from zhuji_core.contracts.documents import DocumentRef
from zhuji_core.contracts.funds import CommitBasis
from zhuji_core.values import N_, Value

KIND = "budget.allotment"
# The largest agency of a city has some hundreds of control rows.
ROWS_MAX = 5_000
TEXT_MAX = 500


class Side(enum.StrEnum):
    """What is allotted: expenditure by control row, or revenue by source."""

    EXPENDITURE = "expenditure"
    REVENUE = "revenue"


class ScheduleKind(enum.StrEnum):
    ALLOTMENT = "allotment"
    REVISION = "revision"


class ScheduleState(enum.StrEnum):
    DRAFT = "draft"
    SUPERVISING = "supervising"
    SUBMITTED = "submitted"
    COMMENTED = "commented"
    APPROVED = "approved"
    RETURNED = "returned"
    WITHDRAWN = "withdrawn"


class Opinion(enum.StrEnum):
    """What the finance office says to a schedule (財政單位意見)."""

    NONE = ""
    AGREE = "agree"
    OBJECT = "object"


class Rule(enum.StrEnum):
    """How the months of a line came about."""

    MANUAL = "manual"
    EQUAL = "equal"
    LAST_YEAR = "last-year"
    LAST_YEAR_AGENCY = "last-year-agency"
    PLAN = "plan"
    KEPT = "kept"


KIND_TITLES: Mapping[str, str] = {
    ScheduleKind.ALLOTMENT: N_("分配預算"),
    ScheduleKind.REVISION: N_("修改分配預算"),
}
SIDE_TITLES: Mapping[str, str] = {Side.EXPENDITURE: N_("歲出"), Side.REVENUE: N_("歲入")}
STATE_TITLES: Mapping[str, str] = {
    ScheduleState.DRAFT: N_("擬編中"),
    ScheduleState.SUPERVISING: N_("待主管機關核轉"),
    ScheduleState.SUBMITTED: N_("待財政單位表示意見"),
    ScheduleState.COMMENTED: N_("待主計處核定"),
    ScheduleState.APPROVED: N_("已核定"),
    ScheduleState.RETURNED: N_("退回修正"),
    ScheduleState.WITHDRAWN: N_("已撤回"),
}
OPINION_TITLES: Mapping[str, str] = {
    Opinion.AGREE: N_("同意"),
    Opinion.OBJECT: N_("不同意"),
}
RULE_TITLES: Mapping[str, str] = {
    Rule.MANUAL: N_("逐月填列"),
    Rule.EQUAL: N_("平均分配"),
    Rule.LAST_YEAR: N_("比照上年度同科目"),
    Rule.LAST_YEAR_AGENCY: N_("比照上年度全機關"),
    Rule.PLAN: N_("依計畫進度"),
    Rule.KEPT: N_("維持原分配"),
}


class AllottedRow(Value, frozen=True, kw_only=True):
    """What a schedule meets of one control row or row of revenue, NT dollars.

    ``used_ntd``: what January to the current month must cover already. ``is_reserve``: a reserve,
    which no rule allots unless it is named.
    """

    row_id: uuid.UUID
    code: str
    name: str
    object_code: str
    object_name: str
    account: str
    budget_ntd: int
    frozen_ntd: int
    used_ntd: int
    months_ntd: tuple[int, ...]
    is_reserve: bool = False

    @property
    def allottable_ntd(self) -> int:
        return self.budget_ntd - self.frozen_ntd


class ScheduleLine(Value, frozen=True, kw_only=True):
    """One row of a schedule: the months as they were met, and as they are to be."""

    row_id: uuid.UUID
    line_no: int
    code: str
    name: str
    object_code: str
    object_name: str
    account: str
    base_ntd: tuple[int, ...]
    months_ntd: tuple[int, ...]
    rule: Rule = Rule.MANUAL

    @property
    def allotted_ntd(self) -> int:
        return sum(self.months_ntd)

    @property
    def is_changed(self) -> bool:
        return self.months_ntd != self.base_ntd


def label_of(fiscal_year: int, agency_code: str, schedule_no: int) -> str:
    """Return what a schedule is known by: 105-0001010000-分001."""
    number = f"{schedule_no:03}" if schedule_no else "（草稿）"
    return f"{fiscal_year}-{agency_code}-分{number}"


class Schedule(Value, frozen=True, kw_only=True):
    """The document without its lines; ``writers`` are all who keyed it, and whom they acted for."""

    schedule_id: uuid.UUID
    fiscal_year: int
    agency_code: str
    agency_name: str
    side: Side
    kind: ScheduleKind
    state: ScheduleState
    schedule_no: int
    reason: str
    created_by: uuid.UUID
    created_by_name: str
    writers: tuple[uuid.UUID, ...]
    created_at: dt.datetime
    submitted_on: dt.date | None
    opinion: Opinion
    comment: str
    commented_by_name: str
    approved_by_name: str
    approved_on: dt.date | None
    return_reason: str
    revision: int
    supervisor_code: str = ""
    supervisor_name: str = ""
    endorsed_by: uuid.UUID | None = None
    endorsed_for: uuid.UUID | None = None
    endorsed_by_name: str = ""
    commented_by: uuid.UUID | None = None
    commented_for: uuid.UUID | None = None
    endorsed_on: dt.date | None = None

    @property
    def label(self) -> str:
        return label_of(self.fiscal_year, self.agency_code, self.schedule_no)

    @property
    def document(self) -> DocumentRef:
        return DocumentRef(
            kind=KIND,
            document_id=self.schedule_id,
            label=self.label,
            agency_code=self.agency_code,
        )


class Clock(Value, frozen=True, kw_only=True):
    """How far a year has come: ``begun`` months have begun, the last of them is running."""

    begun: int

    @property
    def past(self) -> int:
        """Count the months that are over; their allotment stays as it was."""
        return MONTHS if self.begun > MONTHS else max(0, self.begun - 1)

    @property
    def to_date(self) -> int:
        return min(self.begun, MONTHS)


def clock_of(*, fiscal_year: int, business_year: int, month: int) -> Clock:
    """Return the clock of ``fiscal_year`` on a business date."""
    if fiscal_year < business_year:
        return Clock(begun=MONTHS + 1)
    return Clock(begun=month if fiscal_year == business_year else 0)


def row_of_expenditure(row: RowBefore, *, basis: CommitBasis) -> AllottedRow:
    """Return what a schedule meets of a locked control row.

    Certified against the annual balance (``annual``), a request may hold more than the months
    so far allow; only what was spent or advanced must then be covered by them.
    """
    spent_ntd = row.advanced_ntd + row.expended_ntd
    held_ntd = row.encumbered_ntd if basis is CommitBasis.ALLOTTED else 0
    return AllottedRow(
        row_id=row.control_row_id,
        code=row.line_code,
        name=row.line_name,
        object_code=row.object_code,
        object_name=row.object_name,
        account=row.account,
        budget_ntd=row.budget_ntd,
        frozen_ntd=row.frozen_ntd,
        used_ntd=spent_ntd + held_ntd,
        months_ntd=row.allotment_ntd,
        is_reserve=row.role in RESERVE_TITLES,
    )


def row_of_revenue(row: RevenueBefore) -> AllottedRow:
    """Return the same of a row of revenue; nothing is held on it."""
    return AllottedRow(
        row_id=row.revenue_row_id,
        code=row.code,
        name=row.name,
        object_code=row.source_code,
        object_name=row.source_name,
        account=row.account,
        budget_ntd=row.budget_ntd,
        frozen_ntd=0,
        used_ntd=0,
        months_ntd=row.allotment_ntd,
    )

"""What the API of allotment schedules takes and gives back. Frozen; whole NT dollars."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Annotated, Literal

import msgspec

from zhuji_budget.domain.schedule import ROWS_MAX, Schedule, ScheduleLine
from zhuji_budget.queries.schedules import SchedulePage, ScheduleRow
from zhuji_core.values import Value
from zhuji_core.web.parameters import CODE_MAX, YEAR_MAX

Month = Annotated[int, msgspec.Meta(ge=0, le=999_999_999_999_999)]
Months = Annotated[tuple[Month, ...], msgspec.Meta(min_length=12, max_length=12)]
Percent = Annotated[int, msgspec.Meta(ge=0, le=100)]
Text = Annotated[str, msgspec.Meta(max_length=500)]


class ScheduleWanted(Value, frozen=True, kw_only=True):
    """A schedule to begin; a revision gives its reason here or when its months are saved."""

    fiscal_year: Annotated[int, msgspec.Meta(ge=1, le=YEAR_MAX)]
    agency_code: Annotated[str, msgspec.Meta(min_length=1, max_length=CODE_MAX)]
    side: Literal["expenditure", "revenue"] = "expenditure"
    reason: Text = ""


class RowMonths(Value, frozen=True, kw_only=True):
    """The twelve months of one row."""

    row_id: uuid.UUID
    months_ntd: Months


class MonthsWanted(Value, frozen=True, kw_only=True):
    """Months of some rows; the others stay. ``revision`` 0 overwrites whichever there is."""

    lines: Annotated[tuple[RowMonths, ...], msgspec.Meta(max_length=ROWS_MAX)]
    reason: Text | None = None
    revision: Annotated[int, msgspec.Meta(ge=0, le=999_999_999)] = 0


class SpreadWanted(Value, frozen=True, kw_only=True):
    """A rule for some rows, or for all; ``percents`` of a plan's progress month by month."""

    rule: Literal["equal", "last-year", "plan"]
    row_ids: Annotated[tuple[uuid.UUID, ...], msgspec.Meta(max_length=ROWS_MAX)] = ()
    percents: Annotated[tuple[Percent, ...], msgspec.Meta(max_length=12)] = ()
    revision: Annotated[int, msgspec.Meta(ge=0, le=999_999_999)] = 0


class CommentWanted(Value, frozen=True, kw_only=True):
    """The finance office's word; an objection has its reason."""

    opinion: Literal["agree", "object"]
    comment: Text = ""


class EndorsementWanted(Value, frozen=True, kw_only=True):
    """The supervising agency passes it on, or returns it with its reason."""

    opinion: Literal["agree", "return"]
    reason: Text = ""


class ScheduleReason(Value, frozen=True, kw_only=True):
    """Why a schedule is returned, or approved against the finance office's word."""

    reason: Text = ""


class ScheduleAnswer(Value, frozen=True, kw_only=True):
    """A schedule after an act."""

    schedule_id: uuid.UUID
    label: str
    fiscal_year: int
    agency_code: str
    side: str
    kind: str
    state: str
    revision: int


class ScheduleLineAnswer(Value, frozen=True, kw_only=True):
    """One row: what may be allotted, the months before and as scheduled, what stays."""

    row_id: uuid.UUID
    code: str
    name: str
    object_code: str
    object_name: str
    account: str
    allottable_ntd: int
    base_ntd: tuple[int, ...]
    months_ntd: tuple[int, ...]
    unallotted_ntd: int
    rule: str


class ScheduleDetail(Value, frozen=True, kw_only=True):
    """One schedule whole."""

    schedule: ScheduleAnswer
    agency_name: str
    reason: str
    supervisor_code: str
    supervisor_name: str
    endorsed_on: dt.date | None
    submitted_on: dt.date | None
    opinion: str
    comment: str
    approved_on: dt.date | None
    return_reason: str
    allottable_ntd: int
    scheduled_ntd: int
    unallotted_ntd: int
    lines: tuple[ScheduleLineAnswer, ...]


class ListedSchedule(Value, frozen=True, kw_only=True):
    """One schedule in a list."""

    schedule_id: uuid.UUID
    fiscal_year: int
    agency_code: str
    agency_name: str
    side: str
    kind: str
    state: str
    schedule_no: int
    opinion: str
    submitted_on: dt.date | None
    scheduled_ntd: int


def listed_of(row: ScheduleRow) -> ListedSchedule:
    return ListedSchedule(**{name: getattr(row, name) for name in ListedSchedule.__struct_fields__})


def answer_of(schedule: Schedule) -> ScheduleAnswer:
    return ScheduleAnswer(
        schedule_id=schedule.schedule_id,
        label=schedule.label,
        fiscal_year=schedule.fiscal_year,
        agency_code=schedule.agency_code,
        side=str(schedule.side),
        kind=str(schedule.kind),
        state=str(schedule.state),
        revision=schedule.revision,
    )


def detail_of(page: SchedulePage) -> ScheduleDetail:
    schedule = page.schedule
    return ScheduleDetail(
        schedule=answer_of(schedule),
        agency_name=schedule.agency_name,
        reason=schedule.reason,
        supervisor_code=schedule.supervisor_code,
        supervisor_name=schedule.supervisor_name,
        endorsed_on=schedule.endorsed_on,
        submitted_on=schedule.submitted_on,
        opinion=str(schedule.opinion),
        comment=schedule.comment,
        approved_on=schedule.approved_on,
        return_reason=schedule.return_reason,
        allottable_ntd=page.allottable_ntd,
        scheduled_ntd=page.scheduled_ntd,
        unallotted_ntd=page.allottable_ntd - page.scheduled_ntd,
        lines=tuple(_line_of(page, line) for line in page.lines),
    )


def _line_of(page: SchedulePage, line: ScheduleLine) -> ScheduleLineAnswer:
    row = page.rows.get(line.row_id)
    allottable_ntd = row.allottable_ntd if row else 0
    return ScheduleLineAnswer(
        row_id=line.row_id,
        code=line.code,
        name=line.name,
        object_code=line.object_code,
        object_name=line.object_name,
        account=line.account,
        allottable_ntd=allottable_ntd,
        base_ntd=line.base_ntd,
        months_ntd=line.months_ntd,
        unallotted_ntd=allottable_ntd - line.allotted_ntd,
        rule=str(line.rule),
    )

"""What may be allotted, and what may be done to a schedule in which state. All pure."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Collection, Mapping, Sequence

import msgspec

from zhuji_budget.domain.adjustment import Adjustment, RevenueAdjustment
from zhuji_budget.domain.allotment import MONTHS, PERCENT, spread_by, spread_equally
from zhuji_budget.domain.schedule import (
    STATE_TITLES,
    TEXT_MAX,
    AllottedRow,
    Clock,
    Opinion,
    Rule,
    Schedule,
    ScheduleKind,
    ScheduleLine,
    ScheduleState,
)
from zhuji_budget.domain.schedule_refusals import (
    AllotmentBelowUsed,
    AllotmentExceeds,
    AllotmentPast,
    AllotmentStale,
    CommentPending,
    EarlierHand,
    MonthsMalformed,
    NothingChanged,
    PlanPercent,
    ReasonMissing,
    TextTooLong,
    WrongState,
)
from zhuji_budget.domain.supervisor import OwnDocument
from zhuji_core.formats import format_date
from zhuji_core.values import N_, DomainError

EDITABLE = (ScheduleState.DRAFT, ScheduleState.RETURNED)
IN_WORK = (*EDITABLE, ScheduleState.SUPERVISING, ScheduleState.SUBMITTED, ScheduleState.COMMENTED)
WAITING = (ScheduleState.SUBMITTED, ScheduleState.COMMENTED)
# As many wrong rows are named at once; the message counts all of them.
NAMED_MAX = 200

Rows = Mapping[uuid.UUID, AllottedRow]
Check = Callable[[ScheduleLine, AllottedRow], DomainError | None]


def require_state(schedule: Schedule, needed: Sequence[ScheduleState], *, action: str) -> None:
    """Raise WrongState unless the schedule is in one of the ``needed`` states."""
    if schedule.state not in needed:
        raise WrongState(
            label=schedule.label,
            state=STATE_TITLES[schedule.state],
            action=action,
            needed=tuple(STATE_TITLES[state] for state in needed),
        )


def require_reason(text: str, *, what: str, field: str = "reason") -> str:
    """Return the text without blanks around it; raise ReasonMissing or TextTooLong."""
    if not text.strip():
        raise ReasonMissing(what=what, fields={field: ReasonMissing.message})
    return require_short(text, field=field)


def require_short(text: str, *, field: str = "reason") -> str:
    """Return the text without blanks around it; raise TextTooLong."""
    if len(text.strip()) > TEXT_MAX:
        raise TextTooLong(text_max=TEXT_MAX, fields={field: TextTooLong.message})
    return text.strip()


def require_commented(schedule: Schedule, *, today: dt.date, days: int) -> None:
    """Raise CommentPending unless finance has commented, or has let its ``days`` pass."""
    if schedule.state is ScheduleState.COMMENTED:
        return
    assert schedule.submitted_on is not None, "a submitted schedule has its day"
    due = schedule.submitted_on + dt.timedelta(days=days)
    if today < due:
        raise CommentPending(
            submitted=format_date(schedule.submitted_on), days=days, due=format_date(due)
        )


def require_answer_to(schedule: Schedule, reason: str) -> str:
    """Return why it is approved; against an objection of finance a reason is needed."""
    if schedule.opinion is Opinion.OBJECT:
        return require_reason(reason, what=N_("不採財政單位意見之理由"))
    return require_short(reason)


def require_not_own(schedule: Schedule, persons: Collection[uuid.UUID]) -> None:
    """Raise OwnDocument when one of ``persons`` has written the schedule."""
    if not frozenset(persons).isdisjoint(schedule.writers):
        raise OwnDocument(label=schedule.label)


def require_other_hands(schedule: Schedule, persons: Collection[uuid.UUID], *, action: str) -> None:
    """Raise EarlierHand when one of ``persons`` endorsed the schedule or commented on it.

    What the supervising agency, finance and the budget office each look at, three persons look at.
    """
    for did, hands in (
        (N_("核轉"), {schedule.endorsed_by, schedule.endorsed_for}),
        (N_("表示財政單位意見"), {schedule.commented_by, schedule.commented_for}),
    ):
        if not hands.isdisjoint(persons):
            raise EarlierHand(label=schedule.label, did=did, action=action)


def require_commenter(schedule: Schedule, persons: Collection[uuid.UUID]) -> None:
    """Raise EarlierHand when one of ``persons`` wrote, sent or endorsed what finance looks at."""
    action = N_("表示財政單位意見")
    if not frozenset(persons).isdisjoint(schedule.writers):
        raise EarlierHand(label=schedule.label, did=N_("擬編或送出"), action=action)
    require_other_hands(schedule, persons, action=action)


def require_months(lines: Sequence[ScheduleLine]) -> None:
    """Raise MonthsMalformed unless every line has twelve months of zero or more."""
    faults = {
        cell(line, month): N_("須為 0 或正整數")
        for line in lines
        for month, amount_ntd in enumerate(line.months_ntd, start=1)
        if amount_ntd < 0
    }
    faults |= {
        cell(line, 1): N_("須有 12 個月") for line in lines if len(line.months_ntd) != MONTHS
    }
    if faults:
        raise MonthsMalformed(count=len(faults), fields=dict(list(faults.items())[:NAMED_MAX]))


def require_allowed(
    schedule: Schedule, lines: Sequence[ScheduleLine], rows: Rows, *, clock: Clock
) -> None:
    """Raise the first kind of fault that any line has, naming every line that has it.

    ``rows`` are the rows as they stand now; approval asks with the rows locked.
    """
    require_months(lines)
    checks: tuple[Check, ...] = (
        _stale,
        lambda line, row: _past(schedule, line, row, clock=clock),
        _exceeds,
        lambda line, row: _below_used(line, row, clock=clock),
    )
    for check in checks:
        found = [(line, check(line, rows[line.row_id])) for line in lines if line.row_id in rows]
        _raise_first([(line, fault) for line, fault in found if fault is not None])


def require_keyed(
    schedule: Schedule, lines: Sequence[ScheduleLine], rows: Rows, *, clock: Clock
) -> None:
    """Raise for what is keyed into a month that is over, or beyond what a row may allot.

    Both are wrong whatever the other rows say, so they are refused where they are keyed.
    """
    for check in (lambda line, row: _past(schedule, line, row, clock=clock), _exceeds):
        found = [(line, check(line, rows[line.row_id])) for line in lines if line.row_id in rows]
        _raise_first([(line, fault) for line, fault in found if fault is not None])


def _raise_first(faults: Sequence[tuple[ScheduleLine, DomainError]]) -> None:
    if not faults:
        return
    _, first = faults[0]
    named = {name: text for _, fault in faults[:NAMED_MAX] for name, text in fault.fields.items()}
    raise type(first)(
        arithmetic=first.arithmetic,
        fields=named,
        **{**first.detail, "count": len(faults)},
    )


def _stale(line: ScheduleLine, row: AllottedRow) -> DomainError | None:
    if line.base_ntd == row.months_ntd:
        return None
    return AllotmentStale(row=row_text(line), fields={cell(line, 1): N_("原分配數已變動")})


def _past(
    schedule: Schedule, line: ScheduleLine, row: AllottedRow, *, clock: Clock
) -> DomainError | None:
    """A first allotment may be late (January approved in February); a revision looks ahead."""
    if schedule.kind is ScheduleKind.ALLOTMENT:
        return None
    changed = [
        month
        for month in range(1, clock.past + 1)
        if row.months_ntd[month - 1] != line.months_ntd[month - 1]
    ]
    if not changed:
        return None
    return AllotmentPast(
        arithmetic={
            "month_before_ntd": row.months_ntd[changed[0] - 1],
            "month_after_ntd": line.months_ntd[changed[0] - 1],
        },
        fields={cell(line, month): N_("已過月份") for month in changed},
        row=row_text(line),
        month=changed[0],
    )


def _exceeds(line: ScheduleLine, row: AllottedRow) -> DomainError | None:
    over_ntd = line.allotted_ntd - row.allottable_ntd
    # What another document left over-allotted may still be brought down.
    if over_ntd <= 0:
        return None
    figures = {"budget_ntd": row.budget_ntd}
    if row.frozen_ntd:
        figures["frozen_ntd"] = row.frozen_ntd
    return AllotmentExceeds(
        arithmetic={**figures, "scheduled_ntd": line.allotted_ntd, "short_ntd": over_ntd},
        fields={cell(line, MONTHS): N_("合計超過可分配預算")},
        row=row_text(line),
    )


def _below_used(line: ScheduleLine, row: AllottedRow, *, clock: Clock) -> DomainError | None:
    """The months so far cover what is used; where they did not before, they are not lowered."""
    after_ntd = sum(line.months_ntd[: clock.to_date])
    before_ntd = sum(row.months_ntd[: clock.to_date])
    if after_ntd >= min(row.used_ntd, before_ntd):
        return None
    return AllotmentBelowUsed(
        arithmetic={
            "scheduled_to_date_ntd": after_ntd,
            "used_ntd": row.used_ntd,
            "short_ntd": row.used_ntd - after_ntd,
        },
        fields={cell(line, max(1, clock.to_date)): N_("少於已使用數")},
        row=row_text(line),
        month=clock.to_date,
    )


def require_changes(schedule: Schedule, lines: Sequence[ScheduleLine]) -> None:
    """Raise NothingChanged unless some month of some line changes."""
    if not any(line.is_changed for line in lines):
        raise NothingChanged(label=schedule.label)


def cell(line: ScheduleLine, month: int) -> str:
    """Return the name of one cell in forms and answers."""
    return f"lines-{line.line_no - 1}-m{month}"


def row_text(line: ScheduleLine) -> str:
    """Return what people know a row by: code, name and object."""
    return " ".join(part for part in (line.code, line.name, line.object_name) if part)


def deltas(line: ScheduleLine) -> tuple[int, ...]:
    """Return what each month changes by."""
    pairs = zip(line.months_ntd, line.base_ntd, strict=True)
    return tuple(after - before for after, before in pairs)


def adjustments(lines: Sequence[ScheduleLine]) -> list[Adjustment]:
    """Return what an approved schedule of expenditure does to the counters."""
    return [
        Adjustment(control_row_id=line.row_id, months=deltas(line))
        for line in lines
        if line.is_changed
    ]


def revenue_adjustments(lines: Sequence[ScheduleLine]) -> list[RevenueAdjustment]:
    """Return the same for a schedule of revenue."""
    return [
        RevenueAdjustment(revenue_row_id=line.row_id, months=deltas(line))
        for line in lines
        if line.is_changed
    ]


def percents(values: Sequence[int]) -> tuple[int, ...]:
    """Return the monthly progress of a plan; raise PlanPercent for what is none."""
    if (
        len(values) != MONTHS
        or any(value < 0 for value in values)
        or not 1 <= sum(values) <= PERCENT
    ):
        raise PlanPercent(total=sum(values), fields={"percents": PlanPercent.message})
    return tuple(values)


def spread(
    row: AllottedRow, rule: Rule, *, kept: int, weights: Sequence[int] = (), whole: int = 0
) -> tuple[int, ...]:
    """Return the months of one row by rule; the first ``kept`` months stay as they are.

    ``weights`` of all twelve months: last year's amounts, or a plan's percents of ``whole``.
    What remains for the other months is spread in the share that these months have among
    themselves; a plan that leaves a part of the budget unallotted leaves the same part here.
    """
    fixed = row.months_ntd[:kept]
    rest_ntd = max(0, row.allottable_ntd - sum(fixed))
    months = MONTHS - kept
    if not months:
        return tuple(row.months_ntd)
    if rule is Rule.EQUAL:
        return (*fixed, *spread_equally(rest_ntd, months))
    ahead = weights[kept:]
    left = whole - sum(weights[:kept])
    if not sum(ahead) or left <= 0:
        return (*fixed, *([0] * months))
    return (*fixed, *spread_by(rest_ntd, ahead, whole=left))


def refreshed(line: ScheduleLine, row: AllottedRow) -> ScheduleLine:
    """Return the line upon the row as it stands now; what was keyed stays."""
    keyed = line.months_ntd if line.is_changed else row.months_ntd
    return msgspec.structs.replace(line, base_ntd=row.months_ntd, months_ntd=keyed)


def kind_of(rows: Sequence[AllottedRow]) -> ScheduleKind:
    """A schedule over rows that have months already is a revision."""
    is_allotted = any(any(row.months_ntd) for row in rows)
    return ScheduleKind.REVISION if is_allotted else ScheduleKind.ALLOTMENT

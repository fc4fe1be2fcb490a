"""Allotment schedules as a list and as one page, with what the actor may do next. Reads only."""

from __future__ import annotations

import datetime as dt
import enum
import uuid
from collections.abc import Callable

import msgspec
import sqlalchemy as sa

from zhuji_budget.domain import schedule_rules as rules
from zhuji_budget.domain.schedule import (
    AllottedRow,
    Clock,
    Schedule,
    ScheduleKind,
    ScheduleLine,
    ScheduleState,
    clock_of,
)
from zhuji_budget.domain.schedule_refusals import ScheduleNotFound
from zhuji_budget.domain.schedule_rules import require_not_own
from zhuji_budget.permissions import (
    APPROVE_ALLOTMENT,
    COMMENT_ALLOTMENT,
    ENDORSE_ALLOTMENT,
    READ_ALLOTMENT,
    WRITE_ALLOTMENT,
)
from zhuji_budget.settings import MODULE, BudgetSettings
from zhuji_budget.store import schedules
from zhuji_budget.store.schedules import SCHEDULE_COLUMNS, schedule_of
from zhuji_core.audit.history import HistoryEntry, history
from zhuji_core.db.by_agency import ByAgency, PageByAgency, chosen
from zhuji_core.identity.duties import Step, done, require_separate
from zhuji_core.ids import AFTER_ALL
from zhuji_core.modules import Permission
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_, DomainError, Value

# Ids are UUIDv7: newest first is the order of the primary key.
LIST = PageByAgency(
    columns="""
    s.schedule_id, s.fiscal_year, s.agency_code, s.agency_name, s.side, s.kind, s.state,
    COALESCE(s.schedule_no, 0) AS schedule_no, s.created_by_name, s.created_at, s.submitted_on,
    s.opinion,
    (SELECT COALESCE(sum(m), 0)::bigint
       FROM budget.allotment_line AS l
      CROSS JOIN unnest(l.months_ntd) AS m
      WHERE l.schedule_id = s.schedule_id) AS scheduled_ntd""",
    table="budget.allotment_schedule",
    alias="s",
    where="""
        s.fiscal_year = :fiscal_year
        AND (:agency_code = '' OR s.agency_code = :agency_code)
        AND (:side = '' OR s.side = :side)
        AND (:every_state OR s.state = ANY(:states))
        AND s.schedule_id < :before
    """,
    order="s.schedule_id DESC",
    supervised=True,
)
ONE = sa.text(f"""
    SELECT {SCHEDULE_COLUMNS}
      FROM budget.allotment_schedule AS s
     WHERE s.schedule_id = :schedule_id
""")
AGENCIES = ByAgency(
    f"""
    SELECT a.agency_code, min(a.name) AS name
      FROM (SELECT b.agency_code, b.agency_name AS name
              FROM budget.budget_line AS b
             WHERE b.fiscal_year = :fiscal_year AND {chosen("b.agency_code")}
             UNION ALL
            SELECT r.agency_code, r.agency_name
              FROM budget.revenue_row AS r
             WHERE r.fiscal_year = :fiscal_year AND {chosen("r.agency_code")}) AS a
     GROUP BY a.agency_code
     ORDER BY a.agency_code
     LIMIT 2000
"""
)
YEARS = sa.text("""
    SELECT y.fiscal_year FROM budget.fiscal_year AS y ORDER BY y.fiscal_year DESC LIMIT 100
""")


class ScheduleFilter(Value, frozen=True, kw_only=True):
    """What a list shows; empty values do not restrict. ``before``: the last id of the page."""

    fiscal_year: int
    agency_code: str = ""
    side: str = ""
    states: tuple[str, ...] = ()
    before: uuid.UUID | None = None
    limit: int = 50


class ScheduleRow(Value, frozen=True, kw_only=True):
    """One schedule in a list; ``scheduled_ntd`` is the year's sum of its months."""

    schedule_id: uuid.UUID
    fiscal_year: int
    agency_code: str
    agency_name: str
    side: str
    kind: str
    state: str
    schedule_no: int
    created_by_name: str
    created_at: dt.datetime
    submitted_on: dt.date | None
    opinion: str
    scheduled_ntd: int


class ScheduleAgency(Value, frozen=True, kw_only=True):
    agency_code: str
    name: str


class Verb(enum.StrEnum):
    """What may be done to a schedule, in the order of the work."""

    EDIT = "edit"
    SUBMIT = "submit"
    ENDORSE = "endorse"
    COMMENT = "comment"
    APPROVE = "approve"
    RETURN = "return"
    WITHDRAW = "withdraw"


class NextAction(Value, frozen=True, kw_only=True):
    """One verb; ``refusal`` is what the rules would say to it now, None when it is possible."""

    verb: Verb
    refusal: DomainError | None = None


class SchedulePage(Value, frozen=True, kw_only=True):
    """All that the page of one schedule shows; ``rows`` as they stand now, by id."""

    schedule: Schedule
    lines: tuple[ScheduleLine, ...]
    rows: dict[uuid.UUID, AllottedRow]
    clock: Clock
    history: tuple[HistoryEntry, ...]
    actions: tuple[NextAction, ...]

    @property
    def allottable_ntd(self) -> int:
        return sum(row.allottable_ntd for row in self.rows.values())

    @property
    def scheduled_ntd(self) -> int:
        return sum(line.allotted_ntd for line in self.lines)


NEXT: dict[ScheduleState, tuple[Verb, ...]] = {
    ScheduleState.DRAFT: (Verb.EDIT, Verb.SUBMIT, Verb.WITHDRAW),
    ScheduleState.RETURNED: (Verb.EDIT, Verb.SUBMIT, Verb.WITHDRAW),
    ScheduleState.SUPERVISING: (Verb.ENDORSE, Verb.WITHDRAW),
    ScheduleState.SUBMITTED: (Verb.COMMENT, Verb.APPROVE, Verb.RETURN, Verb.WITHDRAW),
    ScheduleState.COMMENTED: (Verb.APPROVE, Verb.RETURN, Verb.WITHDRAW),
}
PERMISSIONS: dict[Verb, Permission] = {
    Verb.EDIT: WRITE_ALLOTMENT,
    Verb.SUBMIT: WRITE_ALLOTMENT,
    Verb.WITHDRAW: WRITE_ALLOTMENT,
    Verb.ENDORSE: ENDORSE_ALLOTMENT,
    Verb.COMMENT: COMMENT_ALLOTMENT,
    Verb.APPROVE: APPROVE_ALLOTMENT,
    Verb.RETURN: APPROVE_ALLOTMENT,
}
# What a schedule waits for is shown to everybody, with the reason why not; the rest to who may.
WAITED_FOR = frozenset({Verb.SUBMIT, Verb.ENDORSE, Verb.COMMENT, Verb.APPROVE})


def is_readable(uow: UnitOfWork, *, agency_code: str, supervisor_code: str) -> bool:
    """Tell whether the actor reads schedules of the agency, or of the one it was sent through."""
    return uow.actor.may(READ_ALLOTMENT, agency_code=agency_code) or (
        bool(supervisor_code) and uow.actor.may(READ_ALLOTMENT, agency_code=supervisor_code)
    )


def list_schedules(uow: UnitOfWork, wanted: ScheduleFilter) -> list[ScheduleRow]:
    """Return one page of the schedules that the actor may read, newest first."""
    uow.require(READ_ALLOTMENT)
    allowed = uow.actor.agencies(READ_ALLOTMENT)
    agencies = [wanted.agency_code] if allowed is None and wanted.agency_code else allowed
    rows = uow.connection.execute(
        LIST.of(agencies),
        {
            "fiscal_year": wanted.fiscal_year,
            "agencies": None if agencies is None else list(agencies),
            "agency_code": wanted.agency_code,
            "side": wanted.side,
            "states": list(wanted.states),
            "every_state": not wanted.states,
            "before": wanted.before or AFTER_ALL,
            "limit": wanted.limit,
        },
    )
    return [ScheduleRow(**row) for row in rows.mappings()]


def schedule_agencies(
    uow: UnitOfWork, fiscal_year: int, *, permission: Permission
) -> list[ScheduleAgency]:
    """Return the agencies of the year's budget in which the actor holds ``permission``."""
    uow.require(permission)
    allowed = uow.actor.agencies(permission)
    rows = uow.connection.execute(
        AGENCIES.of(allowed),
        {"fiscal_year": fiscal_year, "agencies": None if allowed is None else list(allowed)},
    )
    return [ScheduleAgency(**row) for row in rows.mappings()]


def schedule_years(uow: UnitOfWork) -> list[int]:
    """Return the years that have a budget, the latest first."""
    uow.require(READ_ALLOTMENT)
    return [row.fiscal_year for row in uow.connection.execute(YEARS)]


def find_schedule(uow: UnitOfWork, schedule_id: uuid.UUID) -> SchedulePage:
    """Return the page of one schedule; raise ScheduleNotFound for one that may not be read."""
    uow.require(READ_ALLOTMENT)
    row = uow.connection.execute(ONE, {"schedule_id": schedule_id}).mappings().one_or_none()
    if row is None or not is_readable(
        uow, agency_code=row["agency_code"], supervisor_code=row["supervisor_code"]
    ):
        raise ScheduleNotFound
    schedule = schedule_of(row)
    rows = {
        one.row_id: one
        for one in schedules.read_rows(
            uow,
            fiscal_year=schedule.fiscal_year,
            agency_code=schedule.agency_code,
            side=schedule.side,
        )
    }
    lines = tuple(schedules.lines(uow, schedule_id))
    clock = clock_of(
        fiscal_year=schedule.fiscal_year,
        business_year=uow.fiscal_year,
        month=uow.business_date.month,
    )
    page = SchedulePage(
        schedule=schedule,
        lines=lines,
        rows=rows,
        clock=clock,
        history=tuple(history(uow, schedule_id)),
        actions=(),
    )
    return msgspec.structs.replace(page, actions=_next_actions(uow, page))


def _next_actions(uow: UnitOfWork, page: SchedulePage) -> tuple[NextAction, ...]:
    """Try each verb of the state against the rules of the use cases, without writing."""
    actions = []
    for verb in NEXT.get(page.schedule.state, ()):
        may = uow.actor.may(PERMISSIONS[verb], agency_code=_where(page.schedule, verb))
        if may or verb in WAITED_FOR:
            actions.append(NextAction(verb=verb, refusal=_refusal(uow, page, verb)))
    return tuple(actions)


def _where(schedule: Schedule, verb: Verb) -> str:
    """Return in which agency the right for a verb is held."""
    return schedule.supervisor_code if verb is Verb.ENDORSE else schedule.agency_code


def _refusal(uow: UnitOfWork, page: SchedulePage, verb: Verb) -> DomainError | None:
    tries: dict[Verb, Callable[[], object]] = {
        Verb.SUBMIT: lambda: _try_submit(page),
        Verb.ENDORSE: lambda: require_not_own(page.schedule, uow.actor.persons),
        Verb.COMMENT: lambda: rules.require_commenter(page.schedule, uow.actor.persons),
        Verb.APPROVE: lambda: _try_approve(uow, page),
    }
    try:
        uow.require(PERMISSIONS[verb], agency_code=_where(page.schedule, verb))
        tries.get(verb, lambda: None)()
    except DomainError as refusal:
        return refusal
    return None


def _try_submit(page: SchedulePage) -> None:
    if page.schedule.kind is ScheduleKind.REVISION:
        rules.require_reason(page.schedule.reason, what=N_("修改分配之理由"))
    rules.require_changes(page.schedule, page.lines)
    rules.require_allowed(page.schedule, page.lines, page.rows, clock=page.clock)


def _try_approve(uow: UnitOfWork, page: SchedulePage) -> None:
    days = uow.settings(BudgetSettings, module=MODULE).allotment_comment_days
    rules.require_commented(page.schedule, today=uow.business_date, days=days)
    require_separate(
        uow.actor,
        Step.APPROVE,
        (done(Step.WRITE, *page.schedule.writers),),
        label=page.schedule.label,
        agency_code=page.schedule.agency_code,
    )
    rules.require_other_hands(page.schedule, uow.actor.persons, action=N_("核定"))
    changed = [line for line in page.lines if line.is_changed]
    rules.require_allowed(page.schedule, changed, page.rows, clock=page.clock)

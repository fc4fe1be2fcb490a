"""What pages and API read of the reports of the month: a month's agencies, one report."""

from __future__ import annotations

import datetime as dt
import enum
import uuid
from collections.abc import Callable

import msgspec
import sqlalchemy as sa

from zhuji_budget.domain import month_report_rules as rules
from zhuji_budget.domain.month_report import (
    EDITABLE,
    LagRule,
    MonthReport,
    ReportedLine,
    ReportState,
    lagging,
    with_notes,
)
from zhuji_budget.permissions import (
    ACCEPT_MONTH_REPORT,
    READ_LINES,
    SUBMIT_MONTH_REPORT,
    WRITE_MONTH_REPORT,
)
from zhuji_budget.settings import MODULE, BudgetSettings
from zhuji_budget.store import month_reports as store
from zhuji_core.audit.history import HistoryEntry, history
from zhuji_core.db.by_agency import CHOSEN, ByAgency
from zhuji_core.identity.duties import Step, done, require_separate
from zhuji_core.modules import Permission
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import DomainError, Value

# Every agency of the enacted year, with its report of the month if there is one.
LIST = ByAgency(
    f"""
    SELECT a.agency_code, a.agency_name, m.report_id, COALESCE(m.state, '') AS state,
           COALESCE(m.lagging, 0) AS lagging, COALESCE(m.explained, 0) AS explained,
           m.submitted_on
      FROM (SELECT b.agency_code, min(b.agency_name) AS agency_name
              FROM budget.budget_line AS b
              JOIN budget.fiscal_year AS y USING (fiscal_year)
             WHERE b.fiscal_year = :fiscal_year AND y.state <> 'bill' AND {CHOSEN}
             GROUP BY b.agency_code) AS a
      LEFT JOIN budget.month_report AS m
        ON m.fiscal_year = :fiscal_year AND m.month = :month AND m.agency_code = a.agency_code
     WHERE a.agency_code > :after
       AND (:state = '' OR m.state = :state)
     ORDER BY a.agency_code
     LIMIT :limit
""",
    agency="b.agency_code",
)
# The last words on each line: of the latest month in which somebody wrote some.
LAST_NOTES = sa.text("""
    SELECT DISTINCT ON (n.line_id) n.line_id, m.month, n.reason, n.remedy
      FROM budget.lag_note AS n
      JOIN budget.month_report AS m USING (report_id)
     WHERE n.line_id = ANY(:ids) AND m.month <= :until
     ORDER BY n.line_id, m.month DESC
     LIMIT 50000
""")


class MonthReportRow(Value, frozen=True, kw_only=True):
    """One agency in the list of a month; ``state`` "" and no id where nothing was begun."""

    agency_code: str
    agency_name: str
    report_id: uuid.UUID | None
    state: str
    lagging: int
    explained: int
    submitted_on: dt.date | None


class LastNote(Value, frozen=True, kw_only=True):
    """What was last said of a line, and in the report of which month."""

    month: int
    reason: str
    remedy: str


class Verb(enum.StrEnum):
    """What may be done to a report, in the order of the work."""

    EDIT = "notes"
    SUBMIT = "submission"
    ACCEPT = "acceptance"
    RETURN = "return"


class NextAction(Value, frozen=True, kw_only=True):
    """One verb; ``refusal`` is what the rules would say to it now, None when it is possible."""

    verb: Verb
    refusal: DomainError | None = None


class MonthReportPage(Value, frozen=True, kw_only=True):
    """All that the page of one report shows."""

    report: MonthReport
    lines: tuple[ReportedLine, ...]
    history: tuple[HistoryEntry, ...]
    actions: tuple[NextAction, ...]

    @property
    def to_explain(self) -> tuple[ReportedLine, ...]:
        """Return the lines that lag, and those on which something is written."""
        return tuple(
            line for line in self.lines if line.lags(self.report.rule) or line.reason or line.remedy
        )


PERMISSIONS: dict[Verb, Permission] = {
    Verb.EDIT: WRITE_MONTH_REPORT,
    Verb.SUBMIT: SUBMIT_MONTH_REPORT,
    Verb.ACCEPT: ACCEPT_MONTH_REPORT,
    Verb.RETURN: ACCEPT_MONTH_REPORT,
}
WAITED_FOR = frozenset({Verb.SUBMIT, Verb.ACCEPT})


def lag_rule(uow: UnitOfWork) -> LagRule:
    """Return what the county says of lines that lag."""
    settings = uow.settings(BudgetSettings, module=MODULE)
    return LagRule(below_percent=settings.lag_below_percent, basis=settings.lag_basis)


def lines_now(uow: UnitOfWork, report: MonthReport) -> tuple[ReportedLine, ...]:
    """Return the month's lines as of its last day, with the notes that are written."""
    lines = store.lines_as_of(
        uow,
        fiscal_year=report.fiscal_year,
        month=report.month,
        agency_code=report.agency_code,
    )
    return with_notes(lines, store.notes(uow, report.report_id))


def list_month_reports(
    uow: UnitOfWork,
    *,
    fiscal_year: int,
    month: int,
    state: str = "",
    after: str = "",
    limit: int = 101,
) -> list[MonthReportRow]:
    """Return the agencies of the year that the actor may read, in order of code."""
    uow.require(READ_LINES)
    allowed = uow.actor.agencies(READ_LINES)
    rows = uow.connection.execute(
        LIST.of(allowed),
        {
            "fiscal_year": fiscal_year,
            "month": month,
            "state": state,
            "after": after,
            "agencies": None if allowed is None else list(allowed),
            "limit": limit,
        },
    )
    return [MonthReportRow(**row) for row in rows.mappings()]


def last_notes(
    uow: UnitOfWork, line_ids: list[uuid.UUID], *, until: int = 12
) -> dict[uuid.UUID, LastNote]:
    """Return what was last said of these lines by a month; the caller has asked for the right."""
    if not line_ids:
        return {}
    rows = uow.connection.execute(LAST_NOTES, {"ids": line_ids, "until": until})
    return {
        row.line_id: LastNote(month=row.month, reason=row.reason, remedy=row.remedy) for row in rows
    }


def find_month_report(uow: UnitOfWork, report_id: uuid.UUID) -> MonthReportPage:
    """Return one report; raise MonthReportNotFound for one that may not be read."""
    uow.require(READ_LINES)
    found = store.read(uow, report_id)
    if found is None or not uow.actor.may(READ_LINES, agency_code=found[0].agency_code):
        raise rules.MonthReportNotFound
    report, lines = found
    if report.state in EDITABLE:
        report = msgspec.structs.replace(report, rule=lag_rule(uow))
        lines = lines_now(uow, report)
        behind = lagging(lines, report.rule)
        report = msgspec.structs.replace(
            report, lagging=len(behind), explained=sum(line.note.is_whole for line in lines)
        )
    page = MonthReportPage(
        report=report, lines=lines, history=tuple(history(uow, report_id)), actions=()
    )
    return msgspec.structs.replace(page, actions=_next_actions(uow, page))


def _next_actions(uow: UnitOfWork, page: MonthReportPage) -> tuple[NextAction, ...]:
    """Try each verb of the state against the rules of the use cases, without writing."""
    verbs: tuple[Verb, ...] = ()
    if page.report.state in EDITABLE:
        verbs = (Verb.EDIT, Verb.SUBMIT)
    elif page.report.state is ReportState.SUBMITTED:
        verbs = (Verb.ACCEPT, Verb.RETURN)
    agency_code = page.report.agency_code
    return tuple(
        NextAction(verb=verb, refusal=_refusal(uow, page, verb))
        for verb in verbs
        if verb in WAITED_FOR or uow.actor.may(PERMISSIONS[verb], agency_code=agency_code)
    )


def _refusal(uow: UnitOfWork, page: MonthReportPage, verb: Verb) -> DomainError | None:
    report = page.report
    tries: dict[Verb, Callable[[], object]] = {
        Verb.SUBMIT: lambda: rules.require_explained(report, page.lines),
        Verb.ACCEPT: lambda: require_separate(
            uow.actor,
            Step.APPROVE,
            (done(Step.WRITE, *report.writers),),
            label=report.label,
            agency_code=report.agency_code,
        ),
    }
    try:
        uow.require(PERMISSIONS[verb], agency_code=report.agency_code)
        tries.get(verb, lambda: None)()
    except DomainError as refusal:
        return refusal
    return None

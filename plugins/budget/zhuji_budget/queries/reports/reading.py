"""Read a report of the budget: the total, and one page of the sums of its levels."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from zhuji_budget.domain.reports.definition import BudgetReport
from zhuji_budget.permissions import READ_LINES
from zhuji_budget.queries.codes import codes_of
from zhuji_budget.queries.month_reports import LastNote, last_notes
from zhuji_budget.queries.reports.statements import statement
from zhuji_budget.queries.years import usual_year, year_states
from zhuji_core.reports import reading
from zhuji_core.uow import UnitOfWork


class ReportFilter(reading.ReportFilter, frozen=True, kw_only=True):
    """What is shown of a fiscal year."""

    fiscal_year: int


class ReportRow(reading.ReportRow, frozen=True, kw_only=True):
    """A row of the budget; ``note`` is what was last said of its line."""

    note: LastNote | None = None

    @property
    def line_id(self) -> uuid.UUID | None:
        """The budget line that the row is, or is part of; else None."""
        return uuid.UUID(self.reference) if self.reference else None


class ReportFound(reading.ReportFound, frozen=True, kw_only=True):
    """A page of a report, and whether its year is a bill or enacted."""

    report: BudgetReport
    wanted: ReportFilter
    rows: tuple[ReportRow, ...]
    year_state: str


def report_filter(  # noqa: PLR0913 (what an address of a report says, by name)
    uow: UnitOfWork,
    report: BudgetReport,
    *,
    fiscal_year: int | None,
    within: str = "",
    depth: int = 0,
    after: str = "",
    limit: int = 100,
) -> ReportFilter:
    """Return what a reader asked for, with what goes without saying; raise ReportLevel."""
    opened, wanted = reading.levels_asked(report, within=within, depth=depth)
    return ReportFilter(
        fiscal_year=fiscal_year or usual_year(uow, year_states(uow)),
        within=opened,
        depth=wanted,
        after=after,
        limit=limit,
    )


def read_report(
    uow: UnitOfWork, report: BudgetReport, wanted: ReportFilter, *, whole: bool = False
) -> ReportFound:
    """Return a page of the report, or with ``whole`` all of it, in one statement."""
    uow.require(READ_LINES)
    state = year_states(uow).get(wanted.fiscal_year, "")
    allowed = uow.actor.agencies(READ_LINES)
    found = reading.read_levels(
        uow,
        report,
        wanted,
        statement=statement(report.name, len(wanted.within), wanted.depth),
        parameters={
            "fiscal_year": wanted.fiscal_year,
            "agencies": None if allowed is None else list(allowed),
            "account": report.account,
            "state": state,
            "year": uow.fiscal_year,
            "month": uow.business_date.month,
        },
        names=_functions(uow, report, wanted.fiscal_year),
        whole=whole,
    )
    return ReportFound(
        report=report,
        wanted=wanted,
        year_state=state,
        parents=found.parents,
        total=found.total,
        rows=_explained(uow, report, found.rows),
        count=found.count,
        more=found.more,
        previous=found.previous,
    )


def _explained(
    uow: UnitOfWork, report: BudgetReport, rows: tuple[reading.ReportRow, ...]
) -> tuple[ReportRow, ...]:
    """Return the rows, those of lines and below with what was last said of the line."""
    lines = [uuid.UUID(row.reference) for row in rows if row.reference and report.explained]
    told = last_notes(uow, lines) if lines else {}
    return tuple(
        ReportRow(
            keys=row.keys,
            label=row.label,
            place=row.place,
            reference=row.reference,
            figures=row.figures,
            note=told.get(uuid.UUID(row.reference)) if row.reference else None,
        )
        for row in rows
    )


def _functions(uow: UnitOfWork, report: BudgetReport, fiscal_year: int) -> Mapping[str, str]:
    """Return the names of functions of the year, for a report that opens by function."""
    if not any(one.name == "function" for one in report.dimensions):
        return {}
    return codes_of(uow).functions_of(fiscal_year)

"""Read a report of the budget: the total, and one page of the sums of its levels."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

import msgspec

from zhuji_budget.domain.allotment import MONTHS
from zhuji_budget.domain.month_report import last_day_of
from zhuji_budget.domain.reports.definition import BudgetReport, require_month
from zhuji_budget.permissions import READ_LINES
from zhuji_budget.queries.codes import codes_of
from zhuji_budget.queries.month_reports import LastNote, last_notes
from zhuji_budget.queries.reports.statements import statement
from zhuji_budget.queries.years import usual_year, year_states
from zhuji_budget.store import as_of
from zhuji_core.reports import reading
from zhuji_core.uow import UnitOfWork


class ReportFilter(reading.ReportFilter, frozen=True, kw_only=True):
    """What is shown of a fiscal year; ``month`` 0: as the counters are now."""

    fiscal_year: int
    month: int = 0


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
    month: int | None = None,
    within: str = "",
    depth: int = 0,
    after: str = "",
    limit: int = 100,
) -> ReportFilter:
    """Return what a reader asked for, with what goes without saying.

    Raises ReportLevel, ReportHasNoMonth or MonthNotBegun.
    """
    opened, wanted = reading.levels_asked(report, within=within, depth=depth)
    year = fiscal_year or usual_year(uow, year_states(uow))
    if month is not None:
        require_month(report, month=month, fiscal_year=year, begun=months_begun(uow, year))
    return ReportFilter(
        fiscal_year=year,
        month=month or 0,
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
        statement=statement(
            report.name,
            len(wanted.within),
            wanted.depth,
            as_of=bool(wanted.month),
            of_some=allowed is not None,
        ),
        parameters={
            "fiscal_year": wanted.fiscal_year,
            "agencies": None if allowed is None else list(allowed),
            "account": report.account,
            "state": state,
            **_time(uow, wanted),
            **_parents(uow, report, wanted.fiscal_year),
        },
        names=_names(uow, report, wanted.fiscal_year),
        whole=whole,
    )
    return ReportFound(
        report=report,
        wanted=wanted,
        year_state=state,
        parents=found.parents,
        total=found.total,
        rows=_explained(uow, report, found.rows, until=wanted.month or MONTHS),
        count=found.count,
        more=found.more,
        previous=found.previous,
    )


def months_begun(uow: UnitOfWork, fiscal_year: int) -> int:
    """Count the months of the year that have begun on the business date."""
    if fiscal_year == uow.fiscal_year:
        return uow.business_date.month
    return MONTHS if fiscal_year < uow.fiscal_year else 0


def _time(uow: UnitOfWork, wanted: ReportFilter) -> dict[str, object]:
    """Return what the statement asks of time: the business date, or the end of the month."""
    if not wanted.month:
        return {"year": uow.fiscal_year, "month": uow.business_date.month}
    last_day = last_day_of(wanted.fiscal_year, wanted.month)
    return as_of.asked_of_time(
        month=wanted.month, first_day=last_day.replace(day=1), last_day=last_day
    )


def _explained(
    uow: UnitOfWork, report: BudgetReport, rows: tuple[reading.ReportRow, ...], *, until: int
) -> tuple[ReportRow, ...]:
    """Return the rows, those of lines and below with what was last said of the line by then."""
    lines = [uuid.UUID(row.reference) for row in rows if row.reference and report.explained]
    told = last_notes(uow, lines, until=until) if lines else {}
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


def _names(uow: UnitOfWork, report: BudgetReport, fiscal_year: int) -> Mapping[str, str]:
    """Return the names of the codes of the year that no row names, for a report that has them."""
    opened = {one.name for one in report.dimensions}
    if "function" in opened:
        return codes_of(uow).functions_of(fiscal_year)
    return codes_of(uow).sources_of(fiscal_year) if "source_class" in opened else {}


def _parents(uow: UnitOfWork, report: BudgetReport, fiscal_year: int) -> Mapping[str, str]:
    """Return 款 of each 項 of revenue as the statement asks for it: JSON, code → code."""
    if not any(one.name == "source_class" for one in report.dimensions):
        return {}
    above = codes_of(uow).source_classes_of(fiscal_year)
    return {"parents": msgspec.json.encode(above).decode()}

"""Read a report: the total, and one page of the sums of its levels."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

import msgspec
import sqlalchemy as sa

from zhuji_budget.domain.reports.definition import (
    SEPARATOR,
    Amounts,
    ReportDefinition,
    ReportLevel,
    complete,
)
from zhuji_budget.permissions import READ_LINES
from zhuji_budget.queries.codes import codes_of
from zhuji_budget.queries.month_reports import LastNote, last_notes
from zhuji_budget.queries.reports.statements import statement
from zhuji_budget.queries.years import usual_year, year_states
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import Value

PAGE_MAX = 200
# Every control row of the largest city with its schools, and the sums above them.
EXPORT_MAX = 50_000


class ReportFilter(Value, frozen=True, kw_only=True):
    """What is shown: inside the rows ``within`` (keys from the outermost level), to ``depth``.

    ``after`` is the place of the last row of the page before.
    """

    fiscal_year: int
    within: tuple[str, ...] = ()
    depth: int = 0
    after: str = ""
    limit: int = 100


class ReportRow(Value, frozen=True, kw_only=True):
    """A row: the keys of its levels from the outermost down, its name, its figures.

    ``line_id`` is the budget line that the row is, or is part of; else None; ``note`` is what
    was last said of that line.
    """

    keys: tuple[str, ...]
    label: str
    place: str
    line_id: uuid.UUID | None
    figures: Amounts
    note: LastNote | None = None


class ReportFound(Value, frozen=True, kw_only=True):
    """A page of a report. ``parents`` are the names of the rows it is inside of.

    ``previous`` is the ``after`` of the page before this one, "" for the first page.
    """

    report: ReportDefinition
    wanted: ReportFilter
    year_state: str
    parents: tuple[str, ...]
    total: Amounts
    rows: tuple[ReportRow, ...]
    count: int
    more: bool
    previous: str = ""


def report_filter(  # noqa: PLR0913 (what an address of a report says, by name)
    uow: UnitOfWork,
    report: ReportDefinition,
    *,
    fiscal_year: int | None,
    within: str = "",
    depth: int = 0,
    after: str = "",
    limit: int = 100,
) -> ReportFilter:
    """Return what a reader asked for, with what goes without saying; raise ReportLevel."""
    opened = tuple(within.split(SEPARATOR)) if within else ()
    levels = len(report.dimensions)
    wanted = depth or max(report.depth, len(opened) + 1)
    if not len(opened) < wanted <= levels:
        raise ReportLevel(title=report.title, levels=levels, depth=max(wanted, len(opened) + 1))
    return ReportFilter(
        fiscal_year=fiscal_year or usual_year(uow, year_states(uow)),
        within=opened,
        depth=wanted,
        after=after,
        limit=limit,
    )


def read_report(
    uow: UnitOfWork, report: ReportDefinition, wanted: ReportFilter, *, whole: bool = False
) -> ReportFound:
    """Return a page of the report, or with ``whole`` all of it, in one statement."""
    uow.require(READ_LINES)
    fixed, limit = len(wanted.within), EXPORT_MAX if whole else min(wanted.limit, PAGE_MAX)
    state = year_states(uow).get(wanted.fiscal_year, "")
    allowed = uow.actor.agencies(READ_LINES)
    found = (
        uow.connection.execute(
            statement(report.name, fixed, wanted.depth),
            {
                "fiscal_year": wanted.fiscal_year,
                "agencies": None if allowed is None else list(allowed),
                "account": report.account,
                "state": state,
                "year": uow.fiscal_year,
                "month": uow.business_date.month,
                "after": wanted.after,
                "limit": limit + 2,  # the total, and one row more to know whether there is one
                **{f"key_{n}": key for n, key in enumerate(wanted.within)},
            },
        )
        .mappings()
        .all()
    )
    head, rows = found[0], found[1:]
    names = _functions(uow, report, wanted.fiscal_year)
    read = [figure.name for figure in report.figures if figure.is_read]
    sums: Amounts = {name: head[name] for name in read}
    total = complete(report.figures, sums, total=sums)
    shown = [_row(row, report, wanted, total, names=names) for row in rows[:limit]]
    return ReportFound(
        report=report,
        wanted=wanted,
        year_state=state,
        parents=tuple(
            _named(names, head[f"label_{n}"], key) for n, key in enumerate(wanted.within)
        ),
        total=total,
        rows=tuple(_explained(uow, report, shown)),
        count=head["count"],
        more=len(rows) > limit,
        previous=head["previous"] or "",
    )


def _explained(uow: UnitOfWork, report: ReportDefinition, rows: list[ReportRow]) -> list[ReportRow]:
    """Return the rows, those of lines and below with what was last said of the line."""
    lines = [row.line_id for row in rows if row.line_id] if report.explained else []
    if not lines:
        return rows
    told = last_notes(uow, lines)
    return [
        msgspec.structs.replace(row, note=told.get(row.line_id)) if row.line_id else row
        for row in rows
    ]


def _functions(uow: UnitOfWork, report: ReportDefinition, fiscal_year: int) -> Mapping[str, str]:
    """Return the names of functions of the year, for a report that opens by function."""
    if not any(one.name == "function" for one in report.dimensions):
        return {}
    return codes_of(uow).functions_of(fiscal_year)


def _named(names: Mapping[str, str], label: str | None, key: str) -> str:
    """Return the row's name: lines bear the code of their function, and codes its name."""
    return label or names.get(key, "")


def _row(
    row: sa.RowMapping,
    report: ReportDefinition,
    wanted: ReportFilter,
    total: Amounts,
    *,
    names: Mapping[str, str],
) -> ReportRow:
    fixed = len(wanted.within)
    keys = [row[f"key_{n}"] for n in range(fixed, wanted.depth)]
    own = tuple(key for key in keys if key is not None)
    level = fixed + len(own) - 1
    amounts: Mapping[str, int | None] = {
        figure.name: row[figure.name] for figure in report.figures if figure.is_read
    }
    is_line = any(one.name == "line" for one in report.dimensions[: level + 1])
    return ReportRow(
        keys=(*wanted.within, *own),
        label=_named(names, row[f"label_{level}"], own[-1]),
        place=row["place"],
        line_id=uuid.UUID(row["line_id"]) if is_line and row["line_id"] else None,
        figures=complete(report.figures, amounts, total=total),
    )

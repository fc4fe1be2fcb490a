"""Read a report of levels: the total, and one page of the sums of its levels."""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa

from zhuji_core.reports.definition import (
    SEPARATOR,
    Amounts,
    ReportDefinition,
    ReportLevel,
    complete,
)
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import Value

PAGE_MAX = 200
# Every control row of the largest city with its schools, and the sums above them.
EXPORT_MAX = 50_000


class ReportFilter(Value, frozen=True, kw_only=True):
    """What is shown: inside the rows ``within`` (keys from the outermost level), to ``depth``.

    ``after`` is the place of the last row of the page before. A module adds what else its reports
    are asked by (year, month, agency).
    """

    within: tuple[str, ...] = ()
    depth: int = 0
    after: str = ""
    limit: int = 100


class ReportRow(Value, frozen=True, kw_only=True):
    """A row: the keys of its levels from the outermost down, its name, its figures.

    ``reference`` names what the row is, or is part of, where the report goes down to that.
    """

    keys: tuple[str, ...]
    label: str
    place: str
    reference: str
    figures: Amounts


class ReportFound(Value, frozen=True, kw_only=True):
    """A page of a report. ``parents`` are the names of the rows it is inside of.

    ``previous`` is the ``after`` of the page before this one, "" for the first page.
    """

    report: ReportDefinition
    wanted: ReportFilter
    parents: tuple[str, ...]
    total: Amounts
    rows: tuple[ReportRow, ...]
    count: int
    more: bool
    previous: str = ""


def levels_asked(
    report: ReportDefinition, *, within: str, depth: int
) -> tuple[tuple[str, ...], int]:
    """Return the keys of what was opened and the level to show; raise ReportLevel."""
    opened = tuple(within.split(SEPARATOR)) if within else ()
    levels = len(report.dimensions)
    wanted = depth or max(report.depth, len(opened) + 1)
    if not len(opened) < wanted <= levels:
        raise ReportLevel(title=report.title, levels=levels, depth=max(wanted, len(opened) + 1))
    return opened, wanted


def read_levels(  # noqa: PLR0913 (what a report is read by, all by keyword)
    uow: UnitOfWork,
    report: ReportDefinition,
    wanted: ReportFilter,
    *,
    statement: sa.TextClause,
    parameters: Mapping[str, object],
    names: Mapping[str, str] = {},
    whole: bool = False,
) -> ReportFound:
    """Return a page of the report, or with ``whole`` all of it, in one round trip.

    ``statement`` is that of ``statement_of`` for these levels; ``names`` are those of keys whose
    rows bear none. Who may read is the caller's question.
    """
    limit = EXPORT_MAX if whole else min(wanted.limit, PAGE_MAX)
    asked = {
        **parameters,
        "after": wanted.after,
        "limit": limit + 2,  # the total, and one row more to know whether there is one
        **{f"key_{n}": key for n, key in enumerate(wanted.within)},
    }
    head, *rows = uow.connection.execute(statement, asked).mappings().all()
    read = [figure.name for figure in report.figures if figure.is_read]
    sums: Amounts = {name: head[name] for name in read}
    total = complete(report.figures, sums, total=sums)
    return ReportFound(
        report=report,
        wanted=wanted,
        parents=tuple(
            head[f"label_{n}"] or names.get(key, "") for n, key in enumerate(wanted.within)
        ),
        total=total,
        rows=tuple(_row(row, report, wanted, total, names=names) for row in rows[:limit]),
        count=head["count"],
        more=len(rows) > limit,
        previous=head["previous"] or "",
    )


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
    return ReportRow(
        keys=(*wanted.within, *own),
        label=row[f"label_{level}"] or names.get(own[-1], ""),
        place=row["place"],
        reference=row["reference"] or "",
        figures=complete(report.figures, amounts, total=total),
    )

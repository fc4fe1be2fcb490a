"""The SQL of reports of levels: one statement gives the total, the sums and a page of them.

Every text that is put together here is written in a module; what a reader asked for comes as
parameters.
"""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa

from zhuji_core.reports.definition import SEPARATOR, ReportDefinition
from zhuji_core.values import Value


class ReportSource(Value, frozen=True, kw_only=True):
    """Where a report's figures come from: SQL of a module, over the tables of its own schema.

    ``rows``: FROM and WHERE. ``figures``: figure → its SQL for one of these rows. ``keys``:
    dimension → SQL of its code and of its name (a code that is missing is a dash, so that it has
    an address). ``reference``: SQL of the text that names what a row is, or is part of, from the
    level ``reference_level`` on. ``unknown``: figures that a row may not tell: a sum of which
    one row is unknown is unknown too. Of all others the sum of nothing is zero.
    """

    rows: str
    figures: Mapping[str, str]
    keys: Mapping[str, tuple[str, str]]
    reference: str = ""
    reference_level: str = ""
    unknown: tuple[str, ...] = ()


def statement_of(
    report: ReportDefinition, source: ReportSource, *, fixed: int, depth: int
) -> sa.TextClause:
    """Return the statement of a report inside ``fixed`` levels, down to level ``depth``.

    Keys are compared byte by byte (COLLATE "C"), which is their order in the book and costs a
    tenth of comparing them as words. The row without keys, which stands first, is the total.
    ``previous`` is what the page before this one comes after: of the rows up to ``after``, that
    page has the last ones (``limit`` counts the total, and one row more, too).
    """
    levels = range(fixed, depth)
    read = [figure.name for figure in report.figures if figure.is_read]
    within = "".join(f"\n       AND s.key_{n} = :key_{n}" for n in range(fixed))
    grouped = ", ".join(f"s.key_{n}" for n in levels)
    labels = ", ".join(f"min(s.label_{n}) AS label_{n}" for n in range(depth))
    sums = ", ".join(f"{_sum(name, source)} AS {name}" for name in read)
    place = f"concat_ws('{SEPARATOR}', {', '.join(f'g.key_{n}' for n in levels)})"
    return sa.text(f"""
        WITH source AS (
            SELECT {", ".join(_columns(report, source, read, depth=depth))}
            {source.rows}
        ), grouped AS (
            SELECT {grouped}, {labels}, {_reference(report, source, levels)} AS reference,
                   {sums}
              FROM source AS s
             WHERE true{within}
             GROUP BY ROLLUP ({grouped})
        ), counted AS (
            SELECT g.*, {place} COLLATE "C" AS place, count(*) OVER () - 1 AS count
              FROM grouped AS g
        )
        SELECT c.*,
               CASE WHEN :after <> '' THEN
                   (SELECT p.place
                      FROM counted AS p
                     WHERE p.place <= :after
                     ORDER BY p.place DESC
                    OFFSET CAST(:limit AS integer) - 2
                     LIMIT 1)
               END AS previous
          FROM counted AS c
         WHERE c.place = '' OR c.place > :after
         ORDER BY c.place
         LIMIT :limit
    """)  # noqa: S608 (written in modules; what a reader asks for is a parameter)


def _columns(
    report: ReportDefinition, source: ReportSource, read: list[str], *, depth: int
) -> list[str]:
    shown = [source.keys[one.name] for one in report.dimensions[:depth]]
    return [
        *(f'{code} COLLATE "C" AS key_{n}' for n, (code, _) in enumerate(shown)),
        *(f'{name} COLLATE "C" AS label_{n}' for n, (_, name) in enumerate(shown)),
        *(f"{source.figures[name]} AS {name}" for name in read),
        f"{source.reference or 'NULL::text'} AS reference",
    ]


def _reference(report: ReportDefinition, source: ReportSource, levels: range) -> str:
    """Return what a row is a part of; a sum above that level is a part of nothing."""
    told = [one.name for one in report.dimensions]
    if source.reference_level not in told[: levels.stop]:
        return "NULL::text"
    level = told.index(source.reference_level)
    known = "min(s.reference)"
    return (
        known
        if level < levels.start
        else (f"CASE WHEN GROUPING(s.key_{level}) = 0 THEN {known} END")
    )


def _sum(name: str, source: ReportSource) -> str:
    total = f"sum(s.{name})::bigint"
    if name in source.unknown:
        # Some rows with and some without would be compared with the sum of all of them.
        return f"CASE WHEN count(s.{name}) = count(*) THEN {total} END"
    return f"COALESCE({total}, 0)"

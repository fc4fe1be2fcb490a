"""What is published: the enacted budget and its execution by month, of every agency."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
import sqlalchemy as sa

from zhuji_budget.domain.reports.open_data import DataSet, NothingToPublish
from zhuji_budget.domain.year import YearNotFound
from zhuji_budget.permissions import PUBLISH
from zhuji_budget.queries.codes import codes_of
from zhuji_budget.queries.reports.reading import months_begun
from zhuji_budget.queries.years import year_states
from zhuji_core.formats import date_key
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import Value

# A year's control rows by twelve months and then some: more than the largest city has.
ROWS_MAX = 200_000

EXPENDITURE = sa.text("""
    SELECT r.fiscal_year, :date AS date, b.department_code, b.department_name, b.agency_code,
           b.agency_name, b.function_code,
           COALESCE(CAST(:functions AS jsonb) ->> b.function_code, '') AS function_name,
           b.plan_code, b.plan_name, b.code, b.name, r.object_code, r.object_name,
           r.account, r.enacted_ntd, r.changes_ntd
      FROM budget.control_row AS r
      JOIN budget.budget_line AS b USING (line_id)
     WHERE r.fiscal_year = :fiscal_year
     ORDER BY b.code, r.object_code, r.account
     LIMIT :limit
""")
REVENUE = sa.text("""
    SELECT r.fiscal_year, :date AS date, r.agency_code, r.agency_name, c.code AS class_code,
           COALESCE(CAST(:sources AS jsonb) ->> c.code, r.source_name) AS class_name,
           r.source_code, r.source_name, r.code, r.name, r.account, r.enacted_ntd, r.changes_ntd
      FROM budget.revenue_row AS r
     CROSS JOIN LATERAL (
           SELECT COALESCE(CAST(:parents AS jsonb) ->> r.source_code, r.source_code) AS code) AS c
     WHERE r.fiscal_year = :fiscal_year
     ORDER BY r.source_code, r.code, r.agency_code, r.account
     LIMIT :limit
""")
# Months that have begun: what is to come is a plan, and nothing was executed in it. What is spent
# after the year's end, in its adjustment period, stands in December.
EXECUTION = sa.text("""
    WITH figures AS (
        SELECT r.fiscal_year, m.month, b.department_code, b.agency_code, b.function_code,
               r.object_code, r.account, min(b.department_name) AS department_name,
               min(b.agency_name) AS agency_name, min(r.object_name) AS object_name,
               sum(r.enacted_ntd)::bigint AS enacted_ntd, sum(r.changes_ntd)::bigint AS changes_ntd,
               sum((SELECT sum(a) FROM unnest(r.allotment_ntd[1:m.month]) AS a))::bigint
                   AS allotted_ntd,
               COALESCE(sum(e.certified_ntd), 0)::bigint AS certified_ntd,
               COALESCE(sum(e.released_ntd), 0)::bigint AS released_ntd,
               COALESCE(sum(s.realised_ntd), 0)::bigint AS realised_ntd
          FROM budget.control_row AS r
          JOIN budget.budget_line AS b USING (line_id)
         CROSS JOIN generate_series(1, CAST(:months AS integer)) AS m (month)
          LEFT JOIN budget.execution_month AS e
                 ON e.control_row_id = r.control_row_id
                AND e.month_key = r.fiscal_year * 100 + m.month
          LEFT JOIN LATERAL (
               SELECT sum(x.spent_ntd + x.settled_ntd - x.recovered_ntd) AS realised_ntd
                 FROM budget.realised_month AS x
                WHERE x.control_row_id = r.control_row_id
                  AND LEAST(x.month_key, r.fiscal_year * 100 + 12) = r.fiscal_year * 100 + m.month
               ) AS s ON true
         WHERE r.fiscal_year = :fiscal_year
         GROUP BY r.fiscal_year, m.month, b.department_code, b.agency_code, b.function_code,
                  r.object_code, r.account
    )
    SELECT f.fiscal_year, to_char(f.month, 'FM00') AS month, :date AS date, f.department_code,
           f.department_name, f.agency_code, f.agency_name, f.function_code,
           COALESCE(CAST(:functions AS jsonb) ->> f.function_code, '') AS function_name,
           f.object_code, f.object_name, f.account, f.enacted_ntd, f.changes_ntd, f.allotted_ntd,
           f.certified_ntd, f.released_ntd, f.realised_ntd,
           (sum(f.realised_ntd) OVER (
                PARTITION BY f.department_code, f.agency_code, f.function_code, f.object_code,
                             f.account
                    ORDER BY f.month))::bigint AS realised_to_date_ntd
      FROM figures AS f
     ORDER BY f.month, f.department_code, f.agency_code, f.function_code, f.object_code, f.account
     LIMIT :limit
""")
STATEMENTS: Mapping[str, sa.TextClause] = {
    "enacted-expenditure": EXPENDITURE,
    "enacted-revenue": REVENUE,
    "monthly-execution": EXECUTION,
}
Cell = str | int


class Published(Value, frozen=True, kw_only=True):
    """A data set of one year: rows in the order of its fields."""

    data_set: DataSet
    fiscal_year: int
    rows: tuple[tuple[Cell, ...], ...]

    def records(self) -> list[dict[str, Cell]]:
        """Return the rows with the names of their fields."""
        names = [field.name for field in self.data_set.fields]
        return [dict(zip(names, row, strict=True)) for row in self.rows]


def read_data_set(uow: UnitOfWork, data_set: DataSet, *, fiscal_year: int) -> Published:
    """Return what is published of an enacted year.

    Raises Forbidden, YearNotFound, or NothingToPublish for a bill.
    """
    uow.require(PUBLISH)
    state = year_states(uow).get(fiscal_year)
    if state is None:
        raise YearNotFound(fiscal_year=fiscal_year)
    if state == "bill":
        raise NothingToPublish(fiscal_year=fiscal_year)
    rows = uow.connection.execute(
        STATEMENTS[data_set.name],
        {
            "fiscal_year": fiscal_year,
            "date": date_key(uow.business_date),
            "months": months_begun(uow, fiscal_year),
            **_names(uow, fiscal_year),
            "limit": ROWS_MAX + 1,
        },
    ).all()
    assert len(rows) <= ROWS_MAX, "a data set is published whole or not at all"
    return Published(
        data_set=data_set, fiscal_year=fiscal_year, rows=tuple(tuple(row) for row in rows)
    )


def _names(uow: UnitOfWork, fiscal_year: int) -> Mapping[str, str]:
    """Return the codes of the year as JSON: functions and sources by name, 項 → 款 of revenue."""
    codes = codes_of(uow)
    told = {
        "functions": codes.functions_of(fiscal_year),
        "sources": codes.sources_of(fiscal_year),
        "parents": codes.source_classes_of(fiscal_year),
    }
    return {name: msgspec.json.encode(one).decode() for name, one in told.items()}

"""What became law or was changed before others were told of it: by year, agency and document."""

from __future__ import annotations

import uuid

import sqlalchemy as sa

from zhuji_budget.domain.release import stream_of
from zhuji_core.contracts.budgets import BudgetEnacted, ChangePosted
from zhuji_core.events.told import sum_told
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import Value

ENACTED = str(BudgetEnacted.__struct_config__.tag)
CHANGED = str(ChangePosted.__struct_config__.tag)
# By itself only years that are not over: books of earlier ones are closed.
AGENCIES = sa.text("""
    SELECT y.fiscal_year, y.document_id, r.agency_code, bool_or(r.enacted_ntd > 0) AS enacted
      FROM (SELECT c.fiscal_year, c.agency_code, c.enacted_ntd FROM budget.control_row AS c
             UNION ALL
            SELECT v.fiscal_year, v.agency_code, v.enacted_ntd FROM budget.revenue_row AS v) AS r
      JOIN budget.fiscal_year AS y USING (fiscal_year)
     WHERE y.state <> 'bill'
       AND CASE WHEN CAST(:fiscal_year AS integer) IS NULL THEN y.fiscal_year >= :this_year
                ELSE y.fiscal_year = :fiscal_year END
     GROUP BY y.fiscal_year, y.document_id, r.agency_code
     ORDER BY y.fiscal_year, r.agency_code
     LIMIT 20000
""")
CHANGES = sa.text("""
    SELECT d.fiscal_year, d.document_id
      FROM budget.change_document AS d
     WHERE d.fiscal_year = ANY(:years) AND d.state IN ('posted', 'reversed')
     ORDER BY d.fiscal_year, d.posted_at, d.document_id
     LIMIT 50000
""")


class UntoldYear(Value, frozen=True, kw_only=True):
    """A year: agencies whose baseline was never told, and changes, in the order of posting."""

    fiscal_year: int
    agencies: tuple[str, ...]
    documents: tuple[uuid.UUID, ...]


def untold_years(uow: UnitOfWork, *, fiscal_year: int | None = None) -> list[UntoldYear]:
    """Return years with something untold: this one and later ones, or the one that is named.

    The caller has asked for the right.
    """
    asked = {"fiscal_year": fiscal_year, "this_year": uow.fiscal_year}
    rows = uow.connection.execute(AGENCIES, asked).all()
    streams = {
        (row.fiscal_year, row.agency_code): stream_of(row.document_id, row.agency_code)
        for row in rows
    }
    documents = sorted(set(streams.values()))
    enacted = {
        one.document_id
        for one in sum_told(uow, event_type=ENACTED, documents=documents, amount="expenditure_ntd")
    }
    changed = {
        one.keys[0]
        for one in sum_told(
            uow,
            event_type=CHANGED,
            documents=documents,
            amount="change_ntd",
            keys=("document_id",),
        )
    }
    years = sorted({row.fiscal_year for row in rows})
    posted = uow.connection.execute(CHANGES, {"years": years}).all()
    found = [
        UntoldYear(
            fiscal_year=year,
            agencies=tuple(
                row.agency_code
                for row in rows
                if row.fiscal_year == year
                and row.enacted
                and streams[year, row.agency_code] not in enacted
            ),
            documents=tuple(
                row.document_id
                for row in posted
                if row.fiscal_year == year and str(row.document_id) not in changed
            ),
        )
        for year in years
    ]
    return [one for one in found if one.agencies or one.documents]

"""Rows of revenue as the budget told them: who earns them, and from which source (來源別)."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from zhuji_accounting.permissions import WRITE_VOUCHER
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import Value

# As many as a voucher has lines; each is looked up by its key.
FIND = sa.text("""
    SELECT row_id, agency_code, code, name, object_code AS source_code
      FROM accounting.budget_item
     WHERE row_id = ANY (:ids) AND side = 'revenue'
     LIMIT 1000
""")
# By the index of agency and year: a few dozen rows, of which each word must be found.
PICK = sa.text("""
    SELECT row_id, agency_code, code, name, object_code AS source_code
      FROM accounting.budget_item
     WHERE agency_code = :agency_code AND fiscal_year = :fiscal_year AND side = 'revenue'
       AND NOT EXISTS (SELECT FROM unnest(CAST(:words AS text[])) AS w (word)
                        WHERE strpos(lower(code || ' ' || name), w.word) = 0)
     ORDER BY code
     LIMIT :limit
""")


class RevenueRow(Value, frozen=True, kw_only=True):
    """A row of revenue (歲入科目) with the words that it is known by."""

    row_id: uuid.UUID
    agency_code: str
    code: str
    name: str
    source_code: str

    @property
    def label(self) -> str:
        return f"{self.code} {self.name}"


def revenue_rows(uow: UnitOfWork, ids: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, RevenueRow]:
    """Return the rows of these ids that the budget has told of."""
    if not ids:
        return {}
    rows = uow.connection.execute(FIND, {"ids": list(ids)})
    return {row.row_id: RevenueRow(**row._mapping) for row in rows}  # noqa: SLF001 (SQLAlchemy's)


def pick_revenue_rows(
    uow: UnitOfWork, *, agency_code: str, fiscal_year: int, text: str = "", limit: int
) -> list[RevenueRow]:
    """Return the agency's rows of revenue that hold every word of ``text``, by their code."""
    uow.require(WRITE_VOUCHER, agency_code=agency_code)
    rows = uow.connection.execute(
        PICK,
        {
            "agency_code": agency_code,
            "fiscal_year": fiscal_year,
            "words": text.lower().split(),
            "limit": limit,
        },
    )
    return [RevenueRow(**row._mapping) for row in rows]  # noqa: SLF001 (SQLAlchemy's)

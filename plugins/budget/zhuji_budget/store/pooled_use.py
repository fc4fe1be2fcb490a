"""SQL that keeps which agencies write requests on a pooled line of another agency."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import sqlalchemy as sa

from zhuji_core.uow import UnitOfWork
from zhuji_core.values import Value

LOCK = sa.text("""
    SELECT b.line_id, b.code, b.name, b.agency_code, b.pooled, y.state AS year_state
      FROM budget.budget_line AS b
      JOIN budget.fiscal_year AS y USING (fiscal_year)
     WHERE b.line_id = :line_id
       FOR NO KEY UPDATE OF b
""")
SET_POOLED = sa.text("""
    UPDATE budget.budget_line SET pooled = :pooled WHERE line_id = :line_id AND pooled <> :pooled
""")
KNOWN = sa.text("""
    SELECT DISTINCT b.agency_code
      FROM budget.budget_line AS b
     WHERE b.agency_code = ANY(:codes)
     LIMIT 2000
""")
CLEAR = sa.text("DELETE FROM budget.pooled_use WHERE line_id = :line_id RETURNING agency_code")
KEEP = sa.text("""
    INSERT INTO budget.pooled_use (line_id, agency_code)
    SELECT :line_id, w.code FROM unnest(CAST(:codes AS text[])) AS w (code)
""")


class PooledLine(Value, frozen=True, kw_only=True):
    """A locked line, as far as its sharing asks; ``year_state``: of its year."""

    line_id: uuid.UUID
    code: str
    name: str
    agency_code: str
    pooled: bool
    year_state: str


def lock(uow: UnitOfWork, line_id: uuid.UUID) -> PooledLine | None:
    """Lock the line; None when there is none."""
    row = uow.connection.execute(LOCK, {"line_id": line_id}).mappings().one_or_none()
    return None if row is None else PooledLine(**row)


def set_pooled(uow: UnitOfWork, *, line_id: uuid.UUID, pooled: bool) -> None:
    """Mark the locked line, or end the mark."""
    uow.connection.execute(SET_POOLED, {"line_id": line_id, "pooled": pooled})


def known_agencies(uow: UnitOfWork, codes: Sequence[str]) -> set[str]:
    """Return which of these codes are agencies that have a budget."""
    return set(uow.connection.execute(KNOWN, {"codes": list(codes)}).scalars())


def replace(uow: UnitOfWork, *, line_id: uuid.UUID, users: Sequence[str]) -> tuple[str, ...]:
    """Keep these users and no other; return who they were before."""
    before = uow.connection.execute(CLEAR, {"line_id": line_id}).scalars()
    kept = tuple(sorted(before))
    uow.connection.execute(KEEP, {"line_id": line_id, "codes": list(users)})
    return kept

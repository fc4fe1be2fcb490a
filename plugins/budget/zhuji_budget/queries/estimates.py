"""What pages and API read of estimates: the list of a year, one estimate, versions, objects."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

import msgspec
import sqlalchemy as sa

from zhuji_budget.domain.books.codes import ObjectCode
from zhuji_budget.domain.estimate import (
    EDITABLE,
    Estimate,
    EstimateLine,
    EstimateNotFound,
    require_state,
)
from zhuji_budget.permissions import READ_ESTIMATES, WRITE_ESTIMATE
from zhuji_budget.queries.codes import codes_of
from zhuji_budget.store import estimates as store
from zhuji_core.db.by_agency import CHOSEN, ByAgency
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import Value

# In order of agency, from the key after the last one shown.
LIST = ByAgency(
    f"""
    SELECT e.estimate_id, e.fiscal_year, e.agency_code, e.agency_name, e.state, c.ceiling_ntd,
           s.expenditure_ntd, s.revenue_ntd, s.cut_ntd, s.items
      FROM budget.estimate AS e
      LEFT JOIN budget.estimate_ceiling AS c USING (fiscal_year, agency_code)
     CROSS JOIN LATERAL (
           SELECT COALESCE(sum(i.amount_ntd) FILTER (WHERE l.side = 'expenditure'), 0)::bigint
                      AS expenditure_ntd,
                  COALESCE(sum(i.amount_ntd) FILTER (WHERE l.side = 'revenue'), 0)::bigint
                      AS revenue_ntd,
                  COALESCE(sum(i.cut_ntd) FILTER (WHERE l.side = 'expenditure'), 0)::bigint
                      AS cut_ntd,
                  count(i.item_id) AS items
             FROM budget.estimate_line AS l
             LEFT JOIN budget.estimate_item AS i USING (estimate_line_id)
            WHERE l.estimate_id = e.estimate_id) AS s
     WHERE e.fiscal_year = :fiscal_year AND e.agency_code > :after
       AND {CHOSEN}
       AND (:state = '' OR e.state = :state)
     ORDER BY e.agency_code
     LIMIT :limit
""",
    agency="e.agency_code",
    supervised=True,
)
TOTALS = ByAgency(
    f"""
    WITH listed AS (
        SELECT e.estimate_id, e.agency_code
          FROM budget.estimate AS e
         WHERE e.fiscal_year = :fiscal_year AND {CHOSEN} AND (:state = '' OR e.state = :state)
    )
    SELECT count(DISTINCT e.estimate_id) AS estimates, count(i.item_id) AS items,
           (SELECT COALESCE(sum(c.ceiling_ntd), 0)::bigint
              FROM budget.estimate_ceiling AS c
             WHERE c.fiscal_year = :fiscal_year
               AND c.agency_code IN (SELECT o.agency_code FROM listed AS o)) AS ceiling_ntd,
           COALESCE(sum(i.amount_ntd) FILTER (WHERE l.side = 'expenditure'), 0)::bigint
               AS expenditure_ntd,
           COALESCE(sum(i.amount_ntd) FILTER (WHERE l.side = 'revenue'), 0)::bigint
               AS revenue_ntd,
           COALESCE(sum(i.cut_ntd) FILTER (WHERE l.side = 'expenditure'), 0)::bigint AS cut_ntd
      FROM listed AS e
      LEFT JOIN budget.estimate_line AS l USING (estimate_id)
      LEFT JOIN budget.estimate_item AS i USING (estimate_line_id)
""",
    agency="e.agency_code",
    supervised=True,
)
YEARS = sa.text("""
    SELECT fiscal_year FROM budget.estimate
     UNION SELECT fiscal_year FROM budget.estimate_ceiling
     ORDER BY fiscal_year DESC
     LIMIT 100
""")
VERSIONS = sa.text("""
    SELECT v.version_no, v.stage, v.reason, v.actor_name, v.recorded_at, v.items
      FROM budget.estimate_version AS v
     WHERE v.estimate_id = :estimate_id
     ORDER BY v.version_no
     LIMIT 100
""")


class EstimateRow(Value, frozen=True, kw_only=True):
    """One estimate in the list of a year, NT dollars."""

    estimate_id: uuid.UUID
    fiscal_year: int
    agency_code: str
    agency_name: str
    state: str
    ceiling_ntd: int | None
    expenditure_ntd: int
    revenue_ntd: int
    cut_ntd: int
    items: int


class EstimateTotals(Value, frozen=True, kw_only=True):
    """All estimates of a year that the actor may read, added up, NT dollars."""

    estimates: int
    items: int
    ceiling_ntd: int
    expenditure_ntd: int
    revenue_ntd: int
    cut_ntd: int


class EstimateVersion(Value, frozen=True, kw_only=True):
    """What the estimate was when it took a step."""

    version_no: int
    stage: str
    reason: str
    actor_name: str
    recorded_at: dt.datetime
    lines: tuple[EstimateLine, ...]


def list_estimates(
    uow: UnitOfWork, fiscal_year: int, *, state: str = "", after: str = "", limit: int = 201
) -> list[EstimateRow]:
    """Return the estimates of a year that the actor may read, in order of agency."""
    uow.require(READ_ESTIMATES)
    allowed = uow.actor.agencies(READ_ESTIMATES)
    rows = uow.connection.execute(
        LIST.of(allowed),
        {
            "fiscal_year": fiscal_year,
            "state": state,
            "after": after,
            "limit": limit,
            "agencies": None if allowed is None else list(allowed),
        },
    )
    return [EstimateRow(**row) for row in rows.mappings()]


def total_estimates(uow: UnitOfWork, fiscal_year: int, *, state: str = "") -> EstimateTotals:
    """Return the sums of the whole list, however many pages it has."""
    uow.require(READ_ESTIMATES)
    allowed = uow.actor.agencies(READ_ESTIMATES)
    row = uow.connection.execute(
        TOTALS.of(allowed),
        {
            "fiscal_year": fiscal_year,
            "state": state,
            "agencies": None if allowed is None else list(allowed),
        },
    )
    return EstimateTotals(**row.mappings().one())


def estimate_years(uow: UnitOfWork) -> list[int]:
    """Return the years in preparation, and the next one, the latest first."""
    uow.require(READ_ESTIMATES)
    known = set(uow.connection.execute(YEARS).scalars())
    return sorted(known | {uow.fiscal_year + 1}, reverse=True)


def is_readable(uow: UnitOfWork, estimate: Estimate) -> bool:
    """Tell whether the actor reads the agency's estimates, or those sent through its supervisor."""
    return uow.actor.may(READ_ESTIMATES, agency_code=estimate.agency_code) or (
        bool(estimate.supervisor_code)
        and uow.actor.may(READ_ESTIMATES, agency_code=estimate.supervisor_code)
    )


def find_estimate(uow: UnitOfWork, estimate_id: uuid.UUID) -> Estimate:
    """Return one estimate; raise EstimateNotFound, also where the actor may not read it."""
    uow.require(READ_ESTIMATES)
    found = store.read(uow, [estimate_id])
    if not found or not is_readable(uow, found[0]):
        raise EstimateNotFound
    return found[0]


def find_editable(uow: UnitOfWork, estimate_id: uuid.UUID) -> Estimate:
    """Return one that the actor may write; raise EstimateNotFound, Forbidden or EstimateState."""
    estimate = find_estimate(uow, estimate_id)
    uow.require(WRITE_ESTIMATE, agency_code=estimate.agency_code)
    require_state(estimate, *EDITABLE)
    return estimate


def list_versions(uow: UnitOfWork, estimate: Estimate) -> list[EstimateVersion]:
    """Return what the estimate was at each of its steps, the first first."""
    rows = uow.connection.execute(VERSIONS, {"estimate_id": estimate.estimate_id})
    return [
        EstimateVersion(
            version_no=row.version_no,
            stage=row.stage,
            reason=row.reason,
            actor_name=row.actor_name,
            recorded_at=row.recorded_at,
            lines=msgspec.convert(row.items, tuple[EstimateLine, ...]),
        )
        for row in rows
    ]


def objects_of(uow: UnitOfWork, fiscal_year: int) -> Sequence[ObjectCode]:
    """Return the objects of expenditure that hold in this year; none where no set does."""
    packs = codes_of(uow).packs
    return next((pack.objects for pack in packs if pack.serves(fiscal_year)), ())

"""Prove the releases: each was told once with its amount, and what was told is what stands."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Mapping

import sqlalchemy as sa

from zhuji_budget.domain.release import stream_of
from zhuji_core.contracts.budgets import AllotmentReleased, ChangePosted
from zhuji_core.events.told import sum_told
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import Value

# Records and events are read by two statements; what is released in between is looked at again.
TRIES = 3
RELEASED = str(AllotmentReleased.__struct_config__.tag)
CHANGED = str(ChangePosted.__struct_config__.tag)
MONTH = "month"

# Each release with the year that it is told under. Never before its month, none left out.
RELEASES = sa.text("""
    SELECT t.fiscal_year, t.agency_code, t.side, t.month, t.amount_ntd, y.document_id AS year_id,
           t.released_on, t.released_on < make_date(t.fiscal_year + 1911, t.month, 1) AS early,
           row_number() OVER (PARTITION BY t.fiscal_year, t.agency_code, t.side
                                  ORDER BY t.month) <> t.month AS gap
      FROM budget.allotment_release AS t
      JOIN budget.fiscal_year AS y USING (fiscal_year)
     ORDER BY t.fiscal_year, t.agency_code, t.side, t.month
     LIMIT 200000
""")
STANDS = sa.text("""
    WITH reached AS (
        SELECT t.fiscal_year, t.agency_code, t.side, max(t.month) AS month
          FROM budget.allotment_release AS t
         GROUP BY 1, 2, 3
    ), months AS (
        SELECT 'expenditure' AS side, r.fiscal_year, r.agency_code, r.allotment_ntd
          FROM budget.control_row AS r
         UNION ALL
        SELECT 'revenue', r.fiscal_year, r.agency_code, r.allotment_ntd
          FROM budget.revenue_row AS r
    )
    SELECT fiscal_year, agency_code, side,
           COALESCE(sum((SELECT sum(a) FROM unnest(m.allotment_ntd[1: r.month]) AS a)), 0)::bigint
               AS stands_ntd
      FROM reached AS r
      LEFT JOIN months AS m USING (fiscal_year, agency_code, side)
     GROUP BY 1, 2, 3
     ORDER BY 1, 2, 3
     LIMIT 10000
""")

Key = tuple[uuid.UUID, str]


class ReleasesProved(Value, frozen=True, kw_only=True):
    """How many releases were looked at, and what is wrong with them."""

    checked: int
    errors: tuple[str, ...]


def prove_releases(uow: UnitOfWork) -> ReleasesProved:
    """Compare releases with what was told; what differs must differ each time it is looked at."""
    found = _look(uow)
    for _ in range(TRIES - 1):
        if not found.errors:
            break
        again = _look(uow)
        kept = tuple(error for error in again.errors if error in found.errors)
        found = ReleasesProved(checked=again.checked, errors=kept)
    return found


def _look(uow: UnitOfWork) -> ReleasesProved:
    releases = uow.connection.execute(RELEASES).all()
    streams = {
        (row.fiscal_year, row.agency_code): stream_of(row.year_id, row.agency_code)
        for row in releases
    }
    documents = sorted(set(streams.values()))
    told = sum_told(
        uow,
        event_type=RELEASED,
        documents=documents,
        amount="amount_ntd",
        keys=("side", "month", "occasion", "business_date"),
    )
    by_month: Counter[tuple[object, ...]] = Counter()
    days: dict[tuple[object, ...], str] = {}
    for one in told:
        by_month[one.document_id, *one.keys[:3]] += one.amount_ntd
        days[one.document_id, *one.keys[:3]] = one.keys[3]
    errors = []
    for row in releases:
        what = f"{row.fiscal_year} {row.agency_code} {row.side} {row.month}"
        stream = streams[row.fiscal_year, row.agency_code]
        told_ntd = by_month[stream, row.side, str(row.month), MONTH]
        day = days.get((stream, row.side, str(row.month), MONTH), "")
        if day and day != row.released_on.isoformat():
            errors.append(f"{what}: released on {row.released_on}, told of on {day}")
        if row.amount_ntd != told_ntd:
            errors.append(f"{what}: released {row.amount_ntd:,}, told {told_ntd:,}")
        if row.early:
            errors.append(f"{what}: released before its month began")
        if row.gap:
            errors.append(f"{what}: released, and a month before it was not")
    changed = {
        side: {
            one.document_id: one.amount_ntd
            for one in sum_told(uow, event_type=CHANGED, documents=documents, amount=amount)
        }
        for side, amount in (
            ("expenditure", "released_ntd"),
            ("revenue", "revenue_released_ntd"),
        )
    }
    sums: dict[Key, int] = {}
    for one in told:
        key = (one.document_id, one.keys[0])
        sums[key] = sums.get(key, 0) + one.amount_ntd
    errors += _standing(uow, streams, sums, changed)
    return ReleasesProved(checked=len(releases), errors=tuple(errors))


def _standing(
    uow: UnitOfWork,
    streams: Mapping[tuple[int, str], uuid.UUID],
    told: Mapping[Key, int],
    changed: Mapping[str, Mapping[uuid.UUID, int]],
) -> list[str]:
    """Of each agency and side: all that was told of released months is what they are now."""
    errors = []
    for row in uow.connection.execute(STANDS):
        stream = streams.get((row.fiscal_year, row.agency_code))
        if stream is None:  # released since the other statement
            continue
        told_ntd = told.get((stream, row.side), 0) + changed[row.side].get(stream, 0)
        if told_ntd != row.stands_ntd:
            errors.append(
                f"{row.fiscal_year} {row.agency_code} {row.side}: released months are"
                f" {row.stands_ntd:,}, told {told_ntd:,}"
            )
    return errors

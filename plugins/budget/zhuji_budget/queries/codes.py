"""The codes that a county reads and writes its budget by: its own, or those of the module."""

from __future__ import annotations

import sqlalchemy as sa

from zhuji_budget.domain.code_set import (
    KINDS,
    OPEN_YEAR,
    Code,
    Codes,
    CodeSet,
    CodeSetNotFound,
    codes_from,
    sets_from,
)
from zhuji_budget.facts import shipped_codes
from zhuji_budget.permissions import READ_LINES
from zhuji_core.uow import UnitOfWork

SETS = sa.text("""
    SELECT s.kind, s.name, s.fiscal_year_from, s.fiscal_year_to, s.source, s.shipped,
           s.document_id,
           CASE s.kind
               WHEN 'object' THEN
                   (SELECT COALESCE(jsonb_agg(jsonb_build_object(
                                'code', o.code, 'name', o.name, 'parent', o.parent_code,
                                'level', o.level, 'account', o.account,
                                'role', o.role)
                                ORDER BY o.code COLLATE "C"), '[]')
                      FROM budget.object_code AS o
                     WHERE o.pack = s.name)
               WHEN 'scheme' THEN
                   (SELECT COALESCE(jsonb_agg(jsonb_build_object(
                                'code', g.segment, 'length', g.length)
                                ORDER BY g.position), '[]')
                      FROM budget.code_segment AS g
                     WHERE g.scheme = s.name)
               ELSE
                   (SELECT COALESCE(jsonb_agg(jsonb_build_object(
                                'code', c.code, 'name', c.name, 'parent', c.parent_code,
                                'level', c.level, 'role', c.role)
                                ORDER BY c.code COLLATE "C"), '[]')
                      FROM budget.class_code AS c
                     WHERE c.kind = s.kind AND c.set_name = s.name)
           END AS codes
      FROM budget.code_set AS s
     ORDER BY s.kind, s.fiscal_year_from, s.name
     LIMIT 500
""")


def stored_sets(uow: UnitOfWork) -> list[CodeSet]:
    """Return the sets that the county keeps: loaded, or written with its first book."""
    return [
        CodeSet(
            kind=row.kind,
            name=row.name,
            first_year=row.fiscal_year_from,
            last_year=None if row.fiscal_year_to == OPEN_YEAR else row.fiscal_year_to,
            source=row.source,
            shipped=row.shipped,
            document_id=row.document_id,
            codes=tuple(Code(**code) for code in row.codes),
        )
        for row in uow.connection.execute(SETS)
    ]


def county_sets(uow: UnitOfWork) -> list[CodeSet]:
    """Return every set that holds in the county, in the order of kinds and years.

    A kind of which the county keeps none has those of the module.
    """
    stored = stored_sets(uow)
    kept = {one.kind for one in stored}
    shipped = [one for one in sets_from(shipped_codes()) if one.kind not in kept]
    order = list(KINDS)
    return sorted(
        [*stored, *shipped], key=lambda one: (order.index(one.kind), one.first_year, one.name)
    )


def codes_of(uow: UnitOfWork) -> Codes:
    """Return what the county's books are read by."""
    return codes_from(county_sets(uow))


def list_code_sets(uow: UnitOfWork) -> list[CodeSet]:
    """Return every set for a page or the API; raise Forbidden."""
    uow.require(READ_LINES)
    return county_sets(uow)


def find_code_set(uow: UnitOfWork, *, kind: str, name: str) -> CodeSet:
    """Return one set; raise Forbidden or CodeSetNotFound."""
    found = [one for one in list_code_sets(uow) if (one.kind, one.name) == (kind, name)]
    if not found:
        raise CodeSetNotFound
    return found[0]

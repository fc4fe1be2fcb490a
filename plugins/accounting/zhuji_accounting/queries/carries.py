"""Carry-over requests as a list and as one page. Reads only."""

from __future__ import annotations

import datetime as dt
import uuid

from zhuji_accounting.domain.carries import rules
from zhuji_accounting.domain.carries.carry_over import CarryOver, carry_label
from zhuji_accounting.domain.carries.refusals import CarryNotFound
from zhuji_accounting.domain.request import Period
from zhuji_accounting.permissions import READ_REQUESTS
from zhuji_accounting.queries.scope import listed_agencies
from zhuji_accounting.settings import MODULE, AccountingSettings
from zhuji_accounting.store.carries import READ, carry_of_row
from zhuji_core.db.by_agency import PageByAgency
from zhuji_core.ids import AFTER_ALL
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import Value

COLUMNS = """
    c.carry_id, c.fiscal_year, c.agency_code, c.agency_name, c.state,
    COALESCE(c.carry_no, 0) AS carry_no, c.request_id, c.request_label, c.reason, c.creditor,
    c.created_by_name, c.decided_on, s.open_ntd, s.carry_ntd, s.payable_ntd,
    s.open_ntd - s.carry_ntd - s.payable_ntd AS release_ntd
"""
SUMS = """
     CROSS JOIN LATERAL (
            SELECT COALESCE(sum(l.open_ntd), 0)::bigint AS open_ntd,
                   COALESCE(sum(CASE WHEN c.state = 'decided' THEN l.granted_carry_ntd
                                     ELSE l.carry_ntd END), 0)::bigint AS carry_ntd,
                   COALESCE(sum(CASE WHEN c.state = 'decided' THEN l.granted_payable_ntd
                                     ELSE l.payable_ntd END), 0)::bigint AS payable_ntd
              FROM accounting.carry_line AS l
             WHERE l.carry_id = c.carry_id) AS s
"""
SHOWN = """
        c.fiscal_year = :fiscal_year
        AND (:state = '' OR c.state = :state)
        AND (NOT :mine OR c.created_by = :actor_id)
        AND (c.state <> 'draft' OR c.created_by = :actor_id)
        AND c.carry_id < :before
"""
# Two texts, since a statement has one plan: of those that are named, by their keys.
LIST, OF_IDS = (
    PageByAgency(
        columns=COLUMNS,
        table="accounting.carry_over",
        alias="c",
        where=f"{SHOWN} {more}",
        order="c.carry_id DESC",
        joined=SUMS,
    )
    for more in ("", "AND c.carry_id = ANY(CAST(:ids AS uuid[]))")
)


class CarryFilter(Value, frozen=True, kw_only=True):
    """What a list shows: empty values do not restrict. ``before`` is the last id of the page.

    ``ids``: of these only.
    """

    fiscal_year: int
    agency_code: str = ""
    state: str = ""
    mine: bool = False
    ids: tuple[uuid.UUID, ...] | None = None
    before: uuid.UUID | None = None
    limit: int = 50


class CarryRow(Value, frozen=True, kw_only=True):
    """One row of the list; the amounts are those granted once it is decided."""

    carry_id: uuid.UUID
    fiscal_year: int
    agency_code: str
    agency_name: str
    state: str
    carry_no: int
    request_id: uuid.UUID
    request_label: str
    reason: str
    creditor: str
    created_by_name: str
    decided_on: dt.date | None
    open_ntd: int
    carry_ntd: int
    payable_ntd: int
    release_ntd: int

    @property
    def label(self) -> str:
        return carry_label(self.fiscal_year, self.carry_no, self.carry_id)


def require_season(uow: UnitOfWork, fiscal_year: int) -> None:
    """Raise CarryEarly when commitments of the year are not divided yet, or no more."""
    settings = uow.settings(AccountingSettings, module=MODULE)
    rules.require_season(
        fiscal_year, today=uow.business_date, first_month=settings.carry_over_first_month
    )


def season_year(uow: UnitOfWork) -> int:
    """Return the year of which people come to divide commitments: until February last year."""
    return Period.of_year(uow.business_date, uow.fiscal_year - 1).fiscal_year


def find_carry(uow: UnitOfWork, carry_id: uuid.UUID) -> CarryOver:
    """Return it; raise CarryNotFound, also for those whom the actor may not see."""
    row = uow.connection.execute(READ, {"carry_id": carry_id}).mappings().one_or_none()
    if row is None or not uow.actor.may(READ_REQUESTS, agency_code=row["agency_code"]):
        raise CarryNotFound
    if row["state"] == "draft" and row["created_by"] != uow.actor.user_id:
        raise CarryNotFound
    return carry_of_row(dict(row))


def list_carries(uow: UnitOfWork, wanted: CarryFilter) -> list[CarryRow]:
    """Return those that the actor may read, newest first; others' drafts are not shown."""
    agencies = listed_agencies(uow, READ_REQUESTS, wanted.agency_code)
    pages = LIST if wanted.ids is None else OF_IDS
    rows = uow.connection.execute(
        pages.of(agencies),
        {
            "fiscal_year": wanted.fiscal_year,
            "agencies": agencies,
            "state": wanted.state,
            "mine": wanted.mine,
            "ids": list(wanted.ids or ()),
            "actor_id": uow.actor.user_id,
            "before": wanted.before or AFTER_ALL,
            "limit": wanted.limit,
        },
    )
    return [CarryRow(**row) for row in rows.mappings()]

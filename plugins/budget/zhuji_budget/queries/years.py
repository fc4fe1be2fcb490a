"""Budget years as a list and as one page: state, totals, books, and what an allotment would do."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection

import sqlalchemy as sa

from zhuji_budget.domain.allotment import equal_months
from zhuji_budget.domain.enactment import BillSeen, require_second
from zhuji_budget.domain.reserve_limit import AgencyReserve
from zhuji_budget.domain.year import STATE_TITLES, BudgetYear, YearNotFound, YearState
from zhuji_budget.permissions import APPROVE_ALLOTMENT, ENACT_YEAR, READ_LINES
from zhuji_budget.store.control_rows import ALLOTTED
from zhuji_budget.store.roles import reserves_over
from zhuji_budget.store.years import bill_seen, writers
from zhuji_core.audit.history import HistoryEntry, history
from zhuji_core.db.by_agency import CHOSEN, ByAgency
from zhuji_core.permissions import READ_PROPOSALS
from zhuji_core.proposals.queries import ProposalFilter, list_proposals
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import DomainError, Value

# The figures of a year are public (預算法 52, 地方制度法 42), so no agency is left out.
LIST = sa.text(f"""
    SELECT y.fiscal_year, y.state, y.act_no, y.document_id,
           (SELECT count(*) FROM budget.budget_line AS b WHERE b.fiscal_year = y.fiscal_year)
               AS lines,
           (SELECT count(*)
              FROM (SELECT FROM budget.budget_line AS b
                     WHERE b.fiscal_year = y.fiscal_year
                     GROUP BY b.agency_code) AS a) AS agencies,
           s.*
      FROM budget.fiscal_year AS y
     CROSS JOIN LATERAL (
            SELECT count(*) AS control_rows,
                   count(*) FILTER (WHERE r.object_code = '') AS rows_without_object,
                   COALESCE(sum(r.bill_ntd), 0)::bigint AS bill_ntd,
                   COALESCE(sum(r.council_ntd), 0)::bigint AS council_ntd,
                   COALESCE(sum(r.enacted_ntd + r.changes_ntd), 0)::bigint AS budget_ntd,
                   COALESCE(sum({ALLOTTED}), 0)::bigint AS allotted_ntd,
                   COALESCE(sum(r.encumbered_ntd), 0)::bigint AS encumbered_ntd,
                   COALESCE(sum(r.expended_ntd), 0)::bigint AS expended_ntd
              FROM budget.control_row AS r
             WHERE r.fiscal_year = y.fiscal_year) AS s
     WHERE CAST(:fiscal_year AS integer) IS NULL OR y.fiscal_year = :fiscal_year
     ORDER BY y.fiscal_year DESC
     LIMIT 100
""")
STATES = sa.text("""
    SELECT y.fiscal_year, y.state FROM budget.fiscal_year AS y ORDER BY y.fiscal_year DESC LIMIT 100
""")
BOOKS = sa.text("""
    SELECT o.file_name, o.digest, o.lines, o.total_ntd, o.imported_at
      FROM budget.book AS o
     WHERE o.fiscal_year = :fiscal_year
     ORDER BY o.imported_at, o.file_name
     LIMIT 1000
""")
AGENCIES = ByAgency(
    f"""
    SELECT b.agency_code, min(b.agency_name) AS name
      FROM budget.budget_line AS b
     WHERE b.fiscal_year = :fiscal_year
       AND {CHOSEN}
     GROUP BY b.agency_code
     ORDER BY b.agency_code
     LIMIT 2000
""",
    agency="b.agency_code",
)
BUDGETS = sa.text("""
    SELECT r.object_code, r.object_name, r.account, r.reserve,
           r.enacted_ntd + r.changes_ntd - r.frozen_ntd AS budget_ntd
      FROM budget.control_row AS r
     WHERE r.fiscal_year = :fiscal_year
       AND r.allotment_ntd = '{0,0,0,0,0,0,0,0,0,0,0,0}'
       AND NOT EXISTS (SELECT FROM budget.allotment_schedule AS s
                        WHERE s.fiscal_year = r.fiscal_year AND s.agency_code = r.agency_code
                          AND s.side = 'expenditure' AND s.state = 'approved')
     ORDER BY r.object_code, r.account, r.control_row_id
     LIMIT 100000
""")
LARGEST = sa.text("""
    SELECT b.line_id, b.code, b.name, b.agency_name, b.bill_ntd
      FROM budget.budget_line AS b
     WHERE b.fiscal_year = :fiscal_year
     ORDER BY b.bill_ntd DESC, b.code
     LIMIT 10
""")


class YearRow(Value, frozen=True, kw_only=True):
    """One year with its totals, whole NT dollars."""

    fiscal_year: int
    state: str
    act_no: str
    document_id: uuid.UUID
    lines: int
    agencies: int
    control_rows: int
    rows_without_object: int
    bill_ntd: int
    council_ntd: int
    budget_ntd: int
    allotted_ntd: int
    encumbered_ntd: int
    expended_ntd: int


class BookRow(Value, frozen=True, kw_only=True):
    """A file that was imported, and what it brought first."""

    file_name: str
    digest: str
    lines: int
    total_ntd: int
    imported_at: dt.datetime


class YearPage(Value, frozen=True, kw_only=True):
    """All that the page of one year shows; ``refusal``: why the actor does not enact the bill.

    ``is_late``: the year has begun and its bill is not passed (地方制度法 40). ``proposal_id``: to
    allot it equally was proposed and waits, for readers of proposals.
    """

    year: YearRow
    books: tuple[BookRow, ...]
    history: tuple[HistoryEntry, ...]
    refusal: DomainError | None = None
    is_late: bool = False
    proposal_id: uuid.UUID | None = None


class LargeLine(Value, frozen=True, kw_only=True):
    """One of the largest lines of a year: where a slip of a digit would show."""

    line_id: uuid.UUID
    code: str
    name: str
    agency_name: str
    bill_ntd: int


class YearAgency(Value, frozen=True, kw_only=True):
    """An agency with lines in the year."""

    agency_code: str
    name: str


class AllotmentEffect(Value, frozen=True, kw_only=True):
    """What an equal allotment gives to the rows of one object: each month, and December."""

    object_code: str
    object_name: str
    account: str
    control_rows: int
    budget_ntd: int
    month_ntd: int
    december_ntd: int


class AllotmentPreview(Value, frozen=True, kw_only=True):
    """The effect of an equal allotment before it is made; reserves are left unallotted."""

    year: YearRow
    effects: tuple[AllotmentEffect, ...]
    reserved_ntd: int


def list_years(uow: UnitOfWork) -> list[YearRow]:
    """Return the years that have a budget, the latest first."""
    uow.require(READ_LINES)
    rows = uow.connection.execute(LIST, {"fiscal_year": None})
    return [YearRow(**row) for row in rows.mappings()]


def year_states(uow: UnitOfWork) -> dict[int, str]:
    """Return the state of each year that has a budget, the latest first."""
    uow.require(READ_LINES)
    return {row.fiscal_year: row.state for row in uow.connection.execute(STATES)}


def usual_year(uow: UnitOfWork, known: Collection[int]) -> int:
    """Return the business date's year, or the latest that has a budget when it has none."""
    return uow.fiscal_year if uow.fiscal_year in known or not known else max(known)


def read_year(uow: UnitOfWork, fiscal_year: int, *, needed: str = "") -> YearRow:
    """Return one year with its totals; raise YearNotFound, or YearState unless in ``needed``."""
    uow.require(READ_LINES)
    row = uow.connection.execute(LIST, {"fiscal_year": fiscal_year}).mappings().one_or_none()
    if row is None:
        raise YearNotFound(fiscal_year=fiscal_year)
    year = YearRow(**row)
    if needed and year.state != needed:
        raise YearState(
            fiscal_year=fiscal_year,
            state=STATE_TITLES[year.state],
            needed=STATE_TITLES[needed],
        )
    return year


def find_year(uow: UnitOfWork, fiscal_year: int) -> YearPage:
    """Return the page of one year; raise YearNotFound."""
    year = read_year(uow, fiscal_year)
    books = uow.connection.execute(BOOKS, {"fiscal_year": fiscal_year}).mappings()
    return YearPage(
        year=year,
        books=tuple(BookRow(**book) for book in books),
        history=tuple(history(uow, year.document_id)),
        refusal=_refusal(uow, year),
        is_late=year.state == "bill" and year.fiscal_year <= uow.fiscal_year,
        proposal_id=_proposal(uow, year),
    )


def _proposal(uow: UnitOfWork, year: YearRow) -> uuid.UUID | None:
    if year.state != "enacted" or not uow.actor.may(READ_PROPOSALS):
        return None
    waiting = list_proposals(uow, ProposalFilter(document_id=year.document_id, limit=1))
    return waiting[0].proposal_id if waiting else None


def require_enactor(uow: UnitOfWork, year: YearRow) -> None:
    """Raise SamePerson when the actor made the bill what it is: another person enacts it."""
    if year.state != "bill":
        return
    bill = BudgetYear(
        fiscal_year=year.fiscal_year, state=year.state, document_id=year.document_id
    ).document
    require_second(bill, writers(uow, fiscal_year=year.fiscal_year), by=uow.actor)


def _refusal(uow: UnitOfWork, year: YearRow) -> DomainError | None:
    if not uow.actor.may(ENACT_YEAR):
        return None
    try:
        require_enactor(uow, year)
    except DomainError as refusal:
        return refusal
    return None


def find_seen(uow: UnitOfWork, fiscal_year: int) -> BillSeen:
    """Return the bill as whoever means to enact it sees it now."""
    uow.require(ENACT_YEAR)
    return bill_seen(uow, fiscal_year=fiscal_year)


def largest_lines(uow: UnitOfWork, fiscal_year: int) -> list[LargeLine]:
    """Return the ten largest lines of the bill."""
    uow.require(READ_LINES)
    rows = uow.connection.execute(LARGEST, {"fiscal_year": fiscal_year})
    return [LargeLine(**row) for row in rows.mappings()]


def reserves_beyond(uow: UnitOfWork, fiscal_year: int) -> list[AgencyReserve]:
    """Return first reserves beyond one per cent of current expenditure (預算法 22)."""
    uow.require(READ_LINES)
    return reserves_over(uow, fiscal_year=fiscal_year)


def year_agencies(uow: UnitOfWork, fiscal_year: int) -> list[YearAgency]:
    """Return the agencies of the year whose lines the actor may read, in order of code."""
    uow.require(READ_LINES)
    allowed = uow.actor.agencies(READ_LINES)
    rows = uow.connection.execute(
        AGENCIES.of(allowed),
        {"fiscal_year": fiscal_year, "agencies": None if allowed is None else list(allowed)},
    )
    return [YearAgency(**row) for row in rows.mappings()]


def preview_allotment(uow: UnitOfWork, fiscal_year: int) -> AllotmentPreview:
    """Return by object what would be allotted; raise Forbidden, YearNotFound or YearState."""
    uow.require(APPROVE_ALLOTMENT)
    year = read_year(uow, fiscal_year, needed="enacted")
    sums: dict[tuple[str, str, str], list[int]] = {}
    reserved_ntd = 0
    for row in uow.connection.execute(BUDGETS, {"fiscal_year": fiscal_year}):
        if row.reserve:
            reserved_ntd += row.budget_ntd
            continue
        months = equal_months(row.budget_ntd)
        added = (1, row.budget_ntd, months[0], months[-1])
        key = (row.object_code, row.object_name, row.account)
        sums[key] = [one + other for one, other in zip(sums.get(key, [0] * 4), added, strict=True)]
    return AllotmentPreview(
        year=year,
        reserved_ntd=reserved_ntd,
        effects=tuple(
            AllotmentEffect(
                object_code=code,
                object_name=name,
                account=account,
                control_rows=figures[0],
                budget_ntd=figures[1],
                month_ntd=figures[2],
                december_ntd=figures[3],
            )
            for (code, name, account), figures in sums.items()
        ),
    )

"""The city written by COPY: one transaction for each agency, so that a broken run goes on."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

import msgspec
import psycopg
import sqlalchemy as sa

from loadtests.data.city import (
    AGENCIES,
    EVERYBODY,
    HOT_ROW,
    HOT_ROWS,
    Agency,
    Request,
    Row,
    agency,
    requests,
)
from loadtests.data.sellers import Sellers
from zhuji_budget.domain.year import BudgetYear
from zhuji_budget.store import years
from zhuji_budget.store.codes import ensure_shipped
from zhuji_core.identity.agencies import Agency as KnownAgency
from zhuji_core.identity.agencies import ensure_agencies
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import Value

# A year of an agency is one statement here, of people some hundreds; and the machine may be busy.
PATIENT = sa.text("SET LOCAL statement_timeout = '10min'")
LINES = """
    COPY budget.budget_line
         (line_id, fiscal_year, code, name, agency_code, agency_name, department_code,
          department_name, plan_code, plan_name, bill_ntd, last_year_ntd, function_code)
    FROM STDIN
"""
ROWS = """
    COPY budget.control_row
         (control_row_id, line_id, fiscal_year, agency_code, line_code, line_name, object_code,
          object_name, account, bill_ntd)
    FROM STDIN
"""
REQUESTS = """
    COPY accounting.spending_request
         (request_id, fiscal_year, agency_code, agency_name, request_no, state, kind, purpose,
          basis, payee, duplicate_reason, amount_ntd, content_digest, created_by,
          created_by_name, created_at, submitted_at, approved_by, approved_by_name, approved_at)
    FROM STDIN
"""
REQUEST_LINES = """
    COPY accounting.request_line
         (request_id, line_no, control_row_id, line_code, line_name, object_code, object_name,
          account, amount_ntd)
    FROM STDIN
"""
# The next request that a person submits takes the number after the last one written here.
COUNTER = """
    INSERT INTO kernel.number_counter (agency_code, fiscal_year, kind, last_no)
    VALUES (%s, %s, 'request', %s)
        ON CONFLICT (agency_code, fiscal_year, kind)
        DO UPDATE SET last_no = greatest(kernel.number_counter.last_no, excluded.last_no)
"""
KNOWN_LINES = "SELECT count(*) FROM budget.budget_line WHERE fiscal_year = %s AND agency_code = %s"
KNOWN_REQUESTS = (
    "SELECT count(*) FROM accounting.spending_request WHERE fiscal_year = %s AND agency_code = %s"
)
ACTION = "budget.loadtests.fill"  # what the audit trail calls it
WRITER, APPROVER = uuid.UUID(int=1001), uuid.UUID(int=1002)


class Size(Value, frozen=True, kw_only=True):
    """What is to be made."""

    fiscal_year: int = 115
    seed: int = 105
    agencies: int = AGENCIES
    requests: int = 20_000
    sellers: Sellers = EVERYBODY


class Written(Value, frozen=True, kw_only=True):
    """What this run wrote; the rest stood there before."""

    agencies: int = 0
    lines: int = 0
    rows: int = 0
    requests: int = 0
    request_lines: int = 0
    bill_ntd: int = 0

    def __add__(self, other: Written) -> Written:
        return Written(
            **{name: getattr(self, name) + getattr(other, name) for name in self.__struct_fields__}
        )


class YearIsEnacted(Exception):
    """New lines would stand outside of what was enacted."""


class Begin(Protocol):
    """How a unit of work of the county is opened."""

    def __call__(self, *, read_only: bool = False) -> AbstractContextManager[UnitOfWork]: ...


def fill(
    begin: Begin, size: Size, *, with_requests: bool, told: Callable[[int, int], None]
) -> Written:
    """Write what is not there yet, agency by agency; ``told`` hears (done, of)."""
    hot = hot_rows(size)
    with begin() as uow:
        years.open_year(uow, fiscal_year=size.fiscal_year)
        ensure_shipped(uow)
        uow.audit(ACTION, year_of(uow, size).document, after=msgspec.to_builtins(size))
    written = Written()
    told(0, size.agencies)
    for number in range(size.agencies):
        own = agency_of(number, size)
        with begin() as uow:
            uow.connection.execute(PATIENT)
            found = _fill_agency(uow, own, size)
            if with_requests:
                found += _fill_requests(uow, own, hot, size, number=number)
            if found == Written():
                uow.abandon("the agency stands there already")
            else:
                uow.audit(ACTION, year_of(uow, size).document, after=msgspec.structs.asdict(found))
        written += found
        told(number + 1, size.agencies)
    return written


def hot_rows(size: Size) -> list[Row]:
    """Return the rows at which requests of all agencies aim."""
    return [
        row
        for number in range(min(HOT_ROWS, size.agencies))
        for row in agency_of(number, size).rows[HOT_ROW : HOT_ROW + 1]
    ]


def agency_of(number: int, size: Size) -> Agency:
    """Return agency ``number`` of the city."""
    return agency(number, seed=size.seed, fiscal_year=size.fiscal_year, count=size.agencies)


def share(total: int, number: int, of: int) -> int:
    """Return how many of ``total`` are of part ``number`` (from 0) of ``of``."""
    return total * (number + 1) // of - total * number // of


def year_of(uow: UnitOfWork, size: Size) -> BudgetYear:
    """Lock and return the year that the first transaction opened."""
    year = years.lock(uow, fiscal_year=size.fiscal_year)
    assert year is not None, "the first transaction opened it"
    return year


def _driver(uow: UnitOfWork) -> psycopg.Connection:
    driver = uow.connection.connection.driver_connection
    assert isinstance(driver, psycopg.Connection), "the engine speaks psycopg"
    return driver


def _count(uow: UnitOfWork, statement: str, *values: object) -> int:
    row = _driver(uow).execute(statement, values).fetchone()
    assert row is not None, "count(*) has a row"
    return int(row[0])


def copy(uow: UnitOfWork, statement: str, records: Iterable[Sequence[object]]) -> None:
    """Write ``records`` by a COPY statement in the unit of work's transaction."""
    with _driver(uow).cursor() as cursor, cursor.copy(statement) as copy:
        for record in records:
            copy.write_row(record)


def _fill_agency(uow: UnitOfWork, own: Agency, size: Size) -> Written:
    if _count(uow, KNOWN_LINES, size.fiscal_year, own.code):
        return Written()
    state = year_of(uow, size).state
    if state != "bill":
        raise YearIsEnacted(f"{size.fiscal_year}: {state}")
    ensure_agencies(uow, [KnownAgency(agency_code=own.code, name=own.name)])
    year = size.fiscal_year
    copy(
        uow,
        LINES,
        (
            (line.line_id, year, line.code, line.name, own.code, own.name, own.department_code,
             own.department_name, line.plan_code, line.plan_name, line.bill_ntd,
             line.bill_ntd * 97 // 100, line.function_code)
            for line in own.lines
        ),
    )  # fmt: skip
    copy(
        uow,
        ROWS,
        (
            (row.control_row_id, row.line_id, year, own.code, row.line_code, row.line_name,
             row.object_code, row.object_name, row.account, row.bill_ntd)
            for row in own.rows
        ),
    )  # fmt: skip
    return Written(
        agencies=1,
        lines=len(own.lines),
        rows=len(own.rows),
        bill_ntd=sum(row.bill_ntd for row in own.rows),
    )


def _fill_requests(
    uow: UnitOfWork, own: Agency, hot: Sequence[Row], size: Size, *, number: int
) -> Written:
    count = share(size.requests, number, size.agencies)
    if not count or _count(uow, KNOWN_REQUESTS, size.fiscal_year, own.code):
        return Written()
    made = requests(
        own, hot, seed=size.seed, fiscal_year=size.fiscal_year, count=count,
        sellers=size.sellers.part(number, size.agencies),
    )  # fmt: skip
    return write_requests(uow, list(made), own, size)


def write_requests(uow: UnitOfWork, made: Sequence[Request], own: Agency, size: Size) -> Written:
    """Write requests that their unit has approved; the agency's next one takes the next number."""
    at = dt.datetime(size.fiscal_year + 1911, 3, 14, 2, tzinfo=dt.UTC)
    copy(uow, REQUESTS, (_record(one, own, size, at) for one in made))
    copy(
        uow,
        REQUEST_LINES,
        (
            (one.request_id, line_no, line.row.control_row_id, line.row.line_code,
             line.row.line_name, line.row.object_code, line.row.object_name, line.row.account,
             line.amount_ntd)
            for one in made
            for line_no, line in enumerate(one.lines, 1)
        ),
    )  # fmt: skip
    _driver(uow).execute(COUNTER, (own.code, size.fiscal_year, made[-1].number))
    return Written(requests=len(made), request_lines=sum(len(one.lines) for one in made))


def _record(one: Request, own: Agency, size: Size, at: dt.datetime) -> Sequence[object]:
    return (
        one.request_id, size.fiscal_year, own.code, own.name, one.number, "unit_approved",
        "ordinary", one.purpose, f"示範簽呈第{one.number}號", one.payee, "", one.amount_ntd,
        one.request_id.bytes * 2, WRITER, "示範經辦", at, at, APPROVER, "示範主管", at,
    )  # fmt: skip

"""Budget lines as a list and as one page: budget, allotted, held, spent, left, and who holds it."""

from __future__ import annotations

import datetime as dt
import itertools
import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from zhuji_budget.permissions import READ_LINES
from zhuji_budget.queries.execution import Execution, execution
from zhuji_budget.queries.line_allotments import AllottedAct, allotted_acts, months_released
from zhuji_budget.queries.line_history import LineHistory, line_history
from zhuji_budget.queries.positions import fund_positions
from zhuji_budget.store.control_rows import ALLOTTED_TO_DATE, commit_basis
from zhuji_budget.store.movements import HAS, KINDS
from zhuji_core.contracts.funds import FundPosition
from zhuji_core.db.by_agency import CHOSEN, ByAgency, PageByAgency
from zhuji_core.matching import containing
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_, DomainError, Value

PAGE_MAX = 200
# Ten times the lines of the largest city with its schools.
EXPORT_MAX = 20_000

# The sums of control rows. What is available follows the county's policy, as in FundPosition:
# a row's allotment is never more than its budget (never_overallotted), so sums may be compared.
# What reserves have is not available: it is moved out before it is spent.
SUMS = f"""
    COALESCE(sum(CASE :basis WHEN 'annual' THEN r.enacted_ntd + r.changes_ntd - r.frozen_ntd
                             ELSE {ALLOTTED_TO_DATE} END
                 - r.encumbered_ntd - r.advanced_ntd - r.expended_ntd)
             FILTER (WHERE r.reserve <> ''), 0)::bigint AS reserved_ntd,
    COALESCE(sum(r.bill_ntd), 0)::bigint AS rows_ntd,
    COALESCE(sum(r.enacted_ntd + r.changes_ntd), 0)::bigint AS budget_ntd,
    COALESCE(sum(r.frozen_ntd), 0)::bigint AS frozen_ntd,
    COALESCE(sum({ALLOTTED_TO_DATE}), 0)::bigint AS allotted_to_date_ntd,
    COALESCE(sum(r.encumbered_ntd), 0)::bigint AS encumbered_ntd,
    COALESCE(sum(r.advanced_ntd), 0)::bigint AS advanced_ntd,
    COALESCE(sum(r.expended_ntd), 0)::bigint AS expended_ntd
"""
FIGURES = """
    s.budget_ntd, s.allotted_to_date_ntd, s.encumbered_ntd, s.advanced_ntd, s.expended_ntd,
    CASE :basis WHEN 'annual' THEN s.budget_ntd - s.frozen_ntd ELSE s.allotted_to_date_ntd END
        - s.encumbered_ntd - s.advanced_ntd - s.expended_ntd - s.reserved_ntd AS available_ntd
"""
FILTER = """
    b.fiscal_year = :fiscal_year
    AND (:text = '' OR b.code LIKE :pattern OR b.name LIKE :pattern
         OR b.agency_name LIKE :pattern OR b.plan_name LIKE :pattern)
"""

# A line's figures are the sums of its control rows.
LIST = PageByAgency(
    columns=f"""b.line_id, b.code, b.name, b.agency_code, b.agency_name, b.plan_name, b.bill_ntd,
           {FIGURES}""",
    table="budget.budget_line",
    alias="b",
    where=f"{FILTER} AND b.code > :after",
    order="b.code",
    joined=f"""
     CROSS JOIN LATERAL (
            SELECT {SUMS}
              FROM budget.control_row AS r
             WHERE r.line_id = b.line_id) AS s""",
)
# The page before begins where the list read backwards has one page.
BEFORE = PageByAgency(
    columns="b.code",
    table="budget.budget_line",
    alias="b",
    where=f"{FILTER} AND b.code <= :after",
    order="b.code DESC",
)
# Distinct agencies by hashing: counting them by sorting their codes costs most of the statement.
TOTALS = ByAgency(
    f"""
    WITH chosen AS MATERIALIZED (
        SELECT b.line_id, b.code, b.agency_code
          FROM budget.budget_line AS b WHERE {FILTER} AND {CHOSEN}
    )
    SELECT (SELECT count(*) FROM chosen) AS lines,
           (SELECT count(*) FROM (SELECT FROM chosen GROUP BY agency_code) AS a) AS agencies,
           (SELECT COALESCE(max(code), '') FROM chosen) AS last_code,
           s.rows_ntd AS bill_ntd, {FIGURES}
      FROM (SELECT {SUMS}
              FROM budget.control_row AS r
              JOIN chosen USING (line_id)) AS s
""",
    agency="b.agency_code",
)
ONE = sa.text("""
    SELECT b.line_id, b.fiscal_year, b.code, b.name, b.agency_code, b.agency_name,
           b.department_code, b.department_name, b.plan_code, b.plan_name, b.bill_ntd,
           b.last_year_ntd, b.pooled, y.state AS year_state, COALESCE(o.file_name, '') AS book_name,
           (SELECT COALESCE(array_agg(r.control_row_id ORDER BY r.object_code, r.account), '{}')
              FROM budget.control_row AS r
             WHERE r.line_id = b.line_id) AS control_row_ids
      FROM budget.budget_line AS b
      JOIN budget.fiscal_year AS y USING (fiscal_year)
      LEFT JOIN budget.book AS o USING (book_id)
     WHERE b.line_id = :line_id
""")
# A row of former years leads to the line of its year of origin.
LINE_OF_ROW = sa.text("""
    SELECT r.line_id, r.agency_code
      FROM budget.control_row AS r
     WHERE r.control_row_id = COALESCE((SELECT c.origin_row_id
                                          FROM budget.carried_row AS c
                                         WHERE c.control_row_id = :id), :id)
""")
MONTHS = sa.text("""
    SELECT r.control_row_id, r.allotment_ntd
      FROM budget.control_row AS r
     WHERE r.control_row_id = ANY(:ids)
     LIMIT 100
""")

# Who holds the rest: what every commitment still holds or has advanced, oldest first, from the
# movements alone.
HOLDERS = sa.text(f"""
    SELECT h.*
      FROM (SELECT m.control_row_id, COALESCE(m.commitment_kind, m.document_kind) AS document_kind,
                   COALESCE(m.commitment_id, m.document_id) AS document_id,
                   min(COALESCE(m.commitment_label, m.document_label)) AS label,
                   min(m.business_date) AS since, min(m.movement_id) AS first_id, {HAS}
              FROM budget.budget_movement AS m
             WHERE m.control_row_id = ANY(:ids) AND m.kind IN ({KINDS})
             GROUP BY 1, 2, 3) AS h
     WHERE h.held_ntd <> 0 OR h.advanced_ntd <> 0
     ORDER BY h.first_id
     LIMIT 500
""")
MOVEMENTS = sa.text("""
    SELECT m.movement_id, m.control_row_id, m.kind, m.amount_ntd, m.month, m.document_kind,
           m.document_id, m.document_label, m.business_date
      FROM budget.budget_movement AS m
     WHERE m.control_row_id = ANY(:ids) AND m.kind <> 'allot'
     ORDER BY m.movement_id DESC
     LIMIT 200
""")


HELD = (
    "control_row_id", "document_kind", "document_id", "label", "since", "held_ntd", "advanced_ntd",
)  # fmt: skip


class LineNotFound(DomainError):
    """No such budget line in this county, or not one of the actor's agencies."""

    code = "E-LINE-NOT-FOUND"
    message = N_("查無此預算科目，或您無權查閱。")
    status_code = 404


class LineFilter(Value, frozen=True, kw_only=True):
    """What a list of lines shows; ``after`` is the last code of the page before."""

    fiscal_year: int
    agency_code: str = ""
    text: str = ""
    after: str = ""
    limit: int = 100


class LineRow(Value, frozen=True, kw_only=True):
    """One line with the sums of its control rows, whole NT dollars."""

    line_id: uuid.UUID
    code: str
    name: str
    agency_code: str
    agency_name: str
    plan_name: str
    bill_ntd: int
    budget_ntd: int
    allotted_to_date_ntd: int
    encumbered_ntd: int
    advanced_ntd: int
    expended_ntd: int
    available_ntd: int


class LineTotals(Value, frozen=True, kw_only=True):
    """Totals of all that the filter shows, whole NT dollars; ``last_code`` ends the list."""

    lines: int
    agencies: int
    last_code: str
    bill_ntd: int
    budget_ntd: int
    allotted_to_date_ntd: int
    encumbered_ntd: int
    advanced_ntd: int
    expended_ntd: int
    available_ntd: int


class Holder(Value, frozen=True, kw_only=True):
    """A document that holds money of a control row or has advances of it, and since when.

    Who asked for it, for whom and until when its own module says to those who may read it.
    """

    control_row_id: uuid.UUID
    document_kind: str
    document_id: uuid.UUID
    label: str
    since: dt.date
    held_ntd: int
    advanced_ntd: int
    held_by: str = ""
    held_for: str = ""
    held_until: dt.date | None = None


class Movement(Value, frozen=True, kw_only=True):
    """One movement of a control row, newest first on the page."""

    movement_id: int
    control_row_id: uuid.UUID
    kind: str
    amount_ntd: int
    month: int | None
    document_kind: str
    document_id: uuid.UUID
    document_label: str
    business_date: dt.date


class LinePage(Value, frozen=True, kw_only=True):
    """All that the page of one budget line shows."""

    line_id: uuid.UUID
    fiscal_year: int
    code: str
    name: str
    agency_code: str
    agency_name: str
    department_code: str
    department_name: str
    plan_code: str
    plan_name: str
    bill_ntd: int
    last_year_ntd: int | None
    year_state: str
    book_name: str
    pooled: bool
    positions: tuple[FundPosition, ...]
    months_ntd: dict[uuid.UUID, tuple[int, ...]]
    released_on: dict[int, dt.date]
    allotments: tuple[AllottedAct, ...]
    execution: Execution
    holders: tuple[Holder, ...]
    movements: tuple[Movement, ...]
    history: LineHistory


def list_lines(uow: UnitOfWork, wanted: LineFilter) -> list[LineRow]:
    """Return lines of the agencies that the actor may read, in order of code."""
    uow.require(READ_LINES)
    asked = _parameters(uow, wanted)
    rows = uow.connection.execute(
        LIST.of(asked["agencies"]),
        {
            **asked,
            "after": wanted.after,
            "limit": min(wanted.limit, PAGE_MAX),
        },
    )
    return [LineRow(**row) for row in rows.mappings()]


def all_lines(uow: UnitOfWork, wanted: LineFilter) -> Iterator[LineRow]:
    """Give every line of the filter, a page at a time, up to EXPORT_MAX."""
    after = ""
    for _ in range(EXPORT_MAX // PAGE_MAX):
        page = list_lines(uow, msgspec.structs.replace(wanted, after=after, limit=PAGE_MAX))
        yield from page
        if len(page) < PAGE_MAX:
            return
        after = page[-1].code


def line_totals(uow: UnitOfWork, wanted: LineFilter) -> LineTotals:
    """Return the totals of the whole filtered list."""
    uow.require(READ_LINES)
    asked = _parameters(uow, wanted)
    found = uow.connection.execute(TOTALS.of(asked["agencies"]), asked)
    return LineTotals(**found.mappings().one())


def code_before(uow: UnitOfWork, wanted: LineFilter) -> str | None:
    """Return where the page before ``wanted`` begins: the code to come after, "" for the first.

    None when ``wanted`` is the first page itself.
    """
    if not wanted.after:
        return None
    asked, limit = _parameters(uow, wanted), min(wanted.limit, PAGE_MAX)
    codes = uow.connection.execute(
        BEFORE.of(asked["agencies"]), {**asked, "after": wanted.after, "limit": limit + 1}
    ).scalars()
    return next(itertools.islice(codes, limit, None), "")


def find_line_of_row(uow: UnitOfWork, control_row_id: uuid.UUID) -> uuid.UUID:
    """Return the line of a control row; raise LineNotFound for one the actor may not see."""
    row = uow.connection.execute(LINE_OF_ROW, {"id": control_row_id}).one_or_none()
    if row is None or not uow.actor.may(READ_LINES, agency_code=row.agency_code):
        raise LineNotFound
    line_id: uuid.UUID = row.line_id
    return line_id


def find_line(uow: UnitOfWork, line_id: uuid.UUID) -> LinePage:
    """Return the page of one line; raise LineNotFound for one the actor may not see."""
    row = uow.connection.execute(ONE, {"line_id": line_id}).mappings().one_or_none()
    if row is None or not uow.actor.may(READ_LINES, agency_code=row["agency_code"]):
        raise LineNotFound
    head = dict(row)
    ids = head.pop("control_row_ids")
    order = {control_row_id: position for position, control_row_id in enumerate(ids)}
    positions = sorted(fund_positions(uow, ids), key=lambda found: order[found.control_row_id])
    months = uow.connection.execute(MONTHS, {"ids": ids})
    holders = uow.connection.execute(HOLDERS, {"ids": ids}).mappings().all()
    movements = uow.connection.execute(MOVEMENTS, {"ids": ids}).mappings()
    return LinePage(
        **head,
        positions=tuple(positions),
        execution=execution(uow, ids),
        released_on=months_released(
            uow, fiscal_year=row["fiscal_year"], agency_code=row["agency_code"]
        ),
        allotments=allotted_acts(uow, ids),
        months_ntd={month.control_row_id: tuple(month.allotment_ntd) for month in months},
        holders=_noted(uow, holders),
        history=line_history(
            uow,
            fiscal_year=row["fiscal_year"],
            agency_code=row["agency_code"],
            code=row["code"],
            ids=ids,
        ),
        movements=tuple(Movement(**movement) for movement in movements),
    )


def _noted(uow: UnitOfWork, rows: Sequence[Mapping[Any, Any]]) -> tuple[Holder, ...]:
    """Return who holds, each with what the module of its document says of it."""
    ids = sorted({row["document_id"] for row in rows})
    notes = uow.hooks.commitment_notes(uow, ids) if ids else {}
    found = []
    for row in rows:
        note = notes.get(row["document_id"])
        found.append(
            Holder(
                **{name: row[name] for name in HELD},
                held_by=note.held_by if note else "",
                held_for=note.held_for if note else "",
                held_until=note.held_until if note and row["held_ntd"] else None,
            )
        )
    return tuple(found)


def _parameters(uow: UnitOfWork, wanted: LineFilter) -> dict[str, Any]:
    if wanted.agency_code:
        uow.require(READ_LINES, agency_code=wanted.agency_code)
    allowed = [wanted.agency_code] if wanted.agency_code else uow.actor.agencies(READ_LINES)
    return {
        "fiscal_year": wanted.fiscal_year,
        "agencies": None if allowed is None else list(allowed),
        "text": wanted.text.strip(),
        "pattern": containing(wanted.text),
        "year": uow.fiscal_year,
        "month": uow.business_date.month,
        "basis": commit_basis(uow),
    }

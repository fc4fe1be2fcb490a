"""A unit book of what the county holds: of an agency's estimate, or of its year's budget."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from zhuji_budget.domain.books.codes import ObjectPack
from zhuji_budget.domain.code_set import Codes, ObjectsMissing
from zhuji_budget.domain.estimate import (
    EXPENDITURE,
    REVENUE,
    Estimate,
    EstimateLine,
    EstimateNotFound,
)
from zhuji_budget.domain.unit_book.edition import Edition, economic_like, edition_of, parents_of
from zhuji_budget.domain.unit_book.entered import Entered
from zhuji_budget.domain.unit_book.from_estimate import (
    BookEmpty,
    RowSum,
    book_of,
    reconciled,
    with_unsplit,
)
from zhuji_budget.domain.unit_book.model import UnitBook
from zhuji_budget.domain.unit_book.tables.agency import Prior
from zhuji_budget.facts import load_economic_packs, load_object_packs
from zhuji_budget.permissions import READ_LINES
from zhuji_budget.queries.codes import codes_of
from zhuji_budget.queries.estimates import find_estimate
from zhuji_budget.queries.last_year import last_year_of, last_year_rows
from zhuji_budget.store import estimates, unit_books
from zhuji_core.db.by_agency import CHOSEN, ByAgency
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import Value

# The year's budget by row: the bill with the council's change, or what was enacted.
ROWS = sa.text("""
    SELECT 'expenditure' AS side, b.code, b.name, b.plan_code AS group_code,
           b.plan_name AS group_name, r.object_code, r.account,
           CASE y.state WHEN 'bill' THEN r.bill_ntd + r.council_ntd
                        ELSE r.enacted_ntd END AS amount_ntd,
           '' AS legal_basis, '' AS explanation
      FROM budget.control_row AS r
      JOIN budget.budget_line AS b USING (line_id)
      JOIN budget.fiscal_year AS y ON y.fiscal_year = r.fiscal_year
     WHERE r.fiscal_year = :fiscal_year AND r.agency_code = :agency_code
     UNION ALL
    SELECT 'revenue', v.code, v.name, v.source_code, v.source_name, '', v.account,
           CASE y.state WHEN 'bill' THEN v.bill_ntd + v.council_ntd ELSE v.enacted_ntd END,
           v.legal_basis, v.explanation
      FROM budget.revenue_row AS v
      JOIN budget.fiscal_year AS y USING (fiscal_year)
     WHERE v.fiscal_year = :fiscal_year AND v.agency_code = :agency_code
     ORDER BY side, code, object_code, account
     LIMIT 20000
""")
AGENCY = sa.text("""
    SELECT b.agency_name, b.department_code, b.department_name, y.state
      FROM budget.budget_line AS b
      JOIN budget.fiscal_year AS y USING (fiscal_year)
     WHERE b.fiscal_year = :fiscal_year AND b.agency_code = :agency_code
     LIMIT 1
""")
ESTIMATE = sa.text("""
    SELECT e.estimate_id
      FROM budget.estimate AS e
     WHERE e.fiscal_year = :fiscal_year AND e.agency_code = :agency_code
""")
# What the bill itself says of the years before: of imported books and compiled estimates.
BEFORE = sa.text("""
    SELECT 'expenditure' AS side, b.code, b.last_year_ntd, b.final_ntd
      FROM budget.budget_line AS b
     WHERE b.fiscal_year = :fiscal_year AND b.agency_code = :agency_code
     UNION ALL
    SELECT 'revenue', v.code,
           CASE WHEN count(v.last_year_ntd) = count(*)
                THEN sum(v.last_year_ntd)::bigint END, NULL
      FROM budget.revenue_row AS v
     WHERE v.fiscal_year = :fiscal_year AND v.agency_code = :agency_code
     GROUP BY v.code
     ORDER BY side, code
     LIMIT 20000
""")
# Which of the two years before this county has itself: in those, what no line says was nothing.
KEPT_YEARS = sa.text("""
    SELECT y.fiscal_year
      FROM budget.fiscal_year AS y
     WHERE y.fiscal_year IN (CAST(:fiscal_year AS integer) - 1, CAST(:fiscal_year AS integer) - 2)
     ORDER BY y.fiscal_year
     LIMIT 2
""")
# Final accounts of the year before last, as far as this county has spent in it.
FINALS = sa.text("""
    SELECT r.line_code, sum(r.expended_ntd)::bigint AS final_ntd
      FROM budget.control_row AS r
     WHERE r.fiscal_year = CAST(:fiscal_year AS integer) - 2 AND r.agency_code = :agency_code
     GROUP BY r.line_code
     ORDER BY r.line_code
     LIMIT 5000
""")
AGENCIES = ByAgency(
    f"""
    SELECT b.agency_code, min(b.agency_name) AS agency_name, sum(s.amount_ntd)::bigint
               AS amount_ntd
      FROM budget.budget_line AS b
      JOIN budget.fiscal_year AS y USING (fiscal_year)
     CROSS JOIN LATERAL (
           SELECT COALESCE(sum(CASE y.state WHEN 'bill' THEN r.bill_ntd + r.council_ntd
                                            ELSE r.enacted_ntd END), 0) AS amount_ntd
             FROM budget.control_row AS r
            WHERE r.line_id = b.line_id) AS s
     WHERE b.fiscal_year = :fiscal_year AND b.agency_code > :after
       AND {CHOSEN}
     GROUP BY b.agency_code
     ORDER BY b.agency_code
     LIMIT :limit
""",
    agency="b.agency_code",
)


class AgencyBook(Value, frozen=True, kw_only=True):
    """An agency that has a budget this year, and how much."""

    agency_code: str
    agency_name: str
    amount_ntd: int


class YearBook(Value, frozen=True, kw_only=True):
    """The book of an agency's year; ``state`` is that of the year."""

    edition: Edition
    state: str
    agency_code: str


class Before(Value, frozen=True, kw_only=True):
    """What a line's own bill says of the years before; None where it says nothing."""

    last_ntd: int | None = None
    final_ntd: int | None = None


class YearsBefore(Value, frozen=True, kw_only=True):
    """What the county itself has of the two years before, of expenditure, by code of line.

    A line that is not there had nothing, where the county has that year at all.
    """

    budgets: Mapping[str, int]
    finals: Mapping[str, int]
    has_last: bool
    has_final: bool

    def last(self, side: str, code: str) -> int | None:
        known = self.has_last and side == EXPENDITURE
        return self.budgets.get(code, 0) if known else None

    def final(self, side: str, code: str) -> int | None:
        known = self.has_final and side == EXPENDITURE
        return self.finals.get(code, 0) if known else None


def list_books(
    uow: UnitOfWork, fiscal_year: int, *, after: str = "", limit: int = 201
) -> list[AgencyBook]:
    """Return the agencies that have a budget in a year, of those that the actor may read."""
    uow.require(READ_LINES)
    allowed = uow.actor.agencies(READ_LINES)
    asked = {
        "fiscal_year": fiscal_year,
        "after": after,
        "limit": limit,
        "agencies": None if allowed is None else list(allowed),
    }
    found = uow.connection.execute(AGENCIES.of(allowed), asked)
    return [AgencyBook(**row) for row in found.mappings()]


def estimate_of(uow: UnitOfWork, *, fiscal_year: int, agency_code: str) -> uuid.UUID:
    """Return the agency's estimate of a year; raise EstimateNotFound."""
    asked = {"fiscal_year": fiscal_year, "agency_code": agency_code}
    found: uuid.UUID | None = uow.connection.execute(ESTIMATE, asked).scalar_one_or_none()
    if found is None:
        raise EstimateNotFound
    return found


def estimate_edition(uow: UnitOfWork, estimate_id: uuid.UUID) -> tuple[Estimate, Edition]:
    """Return the book of an estimate as it stands: what was asked for, less what was cut.

    Raises EstimateNotFound, ObjectsMissing, BookEmpty, BookLinesUncut or BookObjectUnknown.
    """
    estimate = find_estimate(uow, estimate_id)
    entered = unit_books.read(uow, estimate_id)
    told = {(line.side, line.code): Before(last_ntd=line.last_year_ntd) for line in estimate.lines}
    return estimate, _edition(uow, estimate, estimate.lines, entered, told)


def entered_of(uow: UnitOfWork, estimate: Estimate) -> Entered:
    """Return what was entered beside an estimate that the actor has been shown."""
    return unit_books.read(uow, estimate.estimate_id)


def year_edition(uow: UnitOfWork, *, fiscal_year: int, agency_code: str) -> YearBook:
    """Return the book of the bill or of the enacted budget; its items are of the estimate.

    Raises Forbidden, BookEmpty, ObjectsMissing, BookLinesUncut or BookObjectUnknown.
    """
    uow.require(READ_LINES, agency_code=agency_code)
    asked = {"fiscal_year": fiscal_year, "agency_code": agency_code}
    agency = uow.connection.execute(AGENCY, asked).one_or_none()
    if agency is None:
        raise BookEmpty(agency_name=agency_code, fiscal_year=fiscal_year)
    estimate_id = uow.connection.execute(ESTIMATE, asked).scalar_one_or_none()
    kept = estimates.read(uow, [estimate_id])[0].lines if estimate_id else ()
    entered = unit_books.read(uow, estimate_id) if estimate_id else Entered()
    rows = [RowSum(**row) for row in uow.connection.execute(ROWS, asked).mappings()]
    head = Estimate(
        estimate_id=estimate_id or uuid.UUID(int=0),
        fiscal_year=fiscal_year,
        agency_code=agency_code,
        agency_name=agency.agency_name,
        department_code=agency.department_code,
        department_name=agency.department_name,
        state="compiled",
    )
    told = {
        (row.side, row.code): Before(last_ntd=row.last_year_ntd, final_ntd=row.final_ntd)
        for row in uow.connection.execute(BEFORE, asked)
    }
    lines = reconciled(kept, rows, objects=_objects(codes_of(uow), fiscal_year))
    return YearBook(
        edition=_edition(uow, head, lines, entered, told),
        state=agency.state,
        agency_code=agency_code,
    )


def _edition(
    uow: UnitOfWork,
    head: Estimate,
    lines: Sequence[EstimateLine],
    entered: Entered,
    told: Mapping[tuple[str, str], Before],
) -> Edition:
    codes = codes_of(uow)
    objects = with_unsplit(_objects(codes, head.fiscal_year), lines)
    book = book_of(
        lines,
        fiscal_year=head.fiscal_year,
        agency_name=head.agency_name,
        objects=objects,
        schemes=codes.schemes,
    )
    if not entered.spent:
        entered = _with_priors(uow, head, book, entered, told)
    rows = last_year_rows(uow, fiscal_year=head.fiscal_year, agency_code=head.agency_code)
    before: dict[tuple[str, str], int] = {}
    for row in rows:
        key = (row.line_code, row.object_code)
        before[key] = before.get(key, 0) + row.budget_ntd
    return edition_of(
        book,
        objects=objects,
        economic=economic_like(objects, load_object_packs(), load_economic_packs()),
        entered=entered,
        codes=codes,
        own=_names(head, book),
        before=before,
    )


def _with_priors(
    uow: UnitOfWork,
    head: Estimate,
    book: UnitBook,
    entered: Entered,
    told: Mapping[tuple[str, str], Before],
) -> Entered:
    """Fill in what the bill says of the years before, else what the county itself knows of them."""
    known = _years_before(uow, head)

    def priors(codes: Sequence[str], *, revenue: bool) -> tuple[Prior, ...]:
        side = REVENUE if revenue else EXPENDITURE
        return tuple(
            Prior(
                code=code,
                parents=parents_of(book.scheme, code, revenue=revenue),
                last_ntd=_first(told.get((side, code), Before()).last_ntd, known.last(side, code)),
                final_ntd=_first(
                    told.get((side, code), Before()).final_ntd, known.final(side, code)
                ),
            )
            for code in codes
        )

    return Entered(
        **{
            name: getattr(entered, name)
            for name in Entered.__struct_fields__
            if name not in {"spent", "taken"}
        },
        spent=priors([plan.code for plan in book.plans], revenue=False),
        taken=entered.taken or priors([page.code for page in book.revenues], revenue=True),
    )


def _years_before(uow: UnitOfWork, head: Estimate) -> YearsBefore:
    asked = {"fiscal_year": head.fiscal_year, "agency_code": head.agency_code}
    kept = set(uow.connection.execute(KEPT_YEARS, asked).scalars())
    before = last_year_of(uow, fiscal_year=head.fiscal_year, agency_code=head.agency_code)
    return YearsBefore(
        budgets={one.code: one.budget_ntd for one in before},
        finals={row.line_code: row.final_ntd for row in uow.connection.execute(FINALS, asked)},
        has_last=head.fiscal_year - 1 in kept,
        has_final=head.fiscal_year - 2 in kept,
    )


def _first(*amounts: int | None) -> int | None:
    return next((amount for amount in amounts if amount is not None), None)


def _names(head: Estimate, book: UnitBook) -> dict[str, str]:
    """Name the rows above the work plans: the department's and the agency's."""
    names = {}
    for codes, revenue in (
        ([plan.code for plan in book.plans], False),
        ([page.code for page in book.revenues], True),
    ):
        for code in codes:
            above = parents_of(book.scheme, code, revenue=revenue)
            if len(above) > 1:
                names[above[-2]] = head.agency_name
            if len(above) > 2 and not revenue:  # noqa: PLR2004 (款, 項, 目)
                names[above[0]] = head.department_name or head.agency_name
    return names


def _objects(codes: Codes, fiscal_year: int) -> ObjectPack:
    found = next((pack for pack in codes.packs if pack.serves(fiscal_year)), None)
    if found is None:
        raise ObjectsMissing(fiscal_year=fiscal_year)
    return found

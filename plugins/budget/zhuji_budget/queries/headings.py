"""What every row is counted by, against what was frozen apart from it, and the codes in force.

What a row should be is read from three records that nobody edits: the enactment as it was told,
the lines of posted documents, and the tables of codes of the row's year.
"""

from __future__ import annotations

import uuid
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from zhuji_budget.domain.code_set import Codes
from zhuji_budget.domain.release import stream_of
from zhuji_budget.domain.roles import NEVER_CAPITAL
from zhuji_budget.queries.codes import codes_of
from zhuji_core.contracts.budgets import BudgetEnacted
from zhuji_core.events.told import ToldRow, told_rows
from zhuji_core.identity.agencies import known_codes
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import Value

BASELINE = "a row and what was enacted and changed differ"
TOTALS = "totals by heading and what was enacted and changed differ"
CODES = "a code is not of its year"
# The records are read by several statements; what happened in between is looked at again.
TRIES = 3
Key = tuple[int, str, str, str]  # year, side, name and value of a heading
ENACTED = str(BudgetEnacted.__struct_config__.tag)

ROWS = {
    "expenditure": sa.text("""
        SELECT r.control_row_id AS row_id, r.fiscal_year, r.agency_code, r.line_code AS code,
               r.object_code, r.account, r.enacted_ntd + r.changes_ntd AS budget_ntd,
               b.function_code, b.plan_code
          FROM budget.control_row AS r
          JOIN budget.budget_line AS b USING (line_id)
         ORDER BY r.fiscal_year, r.line_code, r.object_code, r.account
         LIMIT 1000000
    """),
    "revenue": sa.text("""
        SELECT r.revenue_row_id AS row_id, r.fiscal_year, r.agency_code, r.code,
               r.source_code AS object_code, r.account, r.enacted_ntd + r.changes_ntd AS budget_ntd,
               '' AS function_code, '' AS plan_code
          FROM budget.revenue_row AS r
         ORDER BY r.fiscal_year, r.agency_code, r.code, r.account
         LIMIT 1000000
    """),
}
STREAMS = sa.text("""
    SELECT y.fiscal_year, y.document_id, a.agency_code
      FROM budget.fiscal_year AS y
      JOIN (SELECT b.fiscal_year, b.agency_code FROM budget.budget_line AS b
             UNION SELECT r.fiscal_year, r.agency_code FROM budget.control_row AS r
             UNION SELECT v.fiscal_year, v.agency_code FROM budget.revenue_row AS v)
        AS a USING (fiscal_year)
     WHERE y.state <> 'bill'
     ORDER BY y.fiscal_year, a.agency_code
     LIMIT 100000
""")
# The words of a line are those of its row when it was written; some kinds move no budget.
CHANGED = sa.text("""
    SELECT COALESCE(l.control_row_id, l.revenue_row_id) AS row_id, d.fiscal_year, l.agency_code,
           l.line_code AS code, l.object_code, l.account,
           COALESCE(sum(l.amount_ntd) FILTER (
               WHERE d.kind NOT IN ('condition', 'release', 'advance')), 0)::bigint AS amount_ntd
      FROM budget.change_document AS d
      JOIN budget.change_line AS l USING (document_id)
     WHERE d.state IN ('posted', 'reversed')
       AND COALESCE(l.control_row_id, l.revenue_row_id) IS NOT NULL
     GROUP BY 1, 2, 3, 4, 5, 6
     ORDER BY 1, 2, 3, 4, 5, 6
     LIMIT 1000000
""")


class Heading(NamedTuple):
    """What a row is counted by: year, agency, line, object (or source of revenue), account."""

    year: int
    agency: str
    code: str
    object: str
    account: str


class Frozen(NamedTuple):
    """One record about a row: what it was called, and NT dollars of it."""

    heading: Heading
    amount_ntd: int


class Checked(Value, frozen=True, kw_only=True):
    """Of how many rows one thing was asked, and what breaks it."""

    invariant: str
    of: str
    checked: int
    errors: tuple[str, ...]


def check_headings(uow: UnitOfWork) -> list[Checked]:
    """Ask every row of every year; what is wrong is wrong each time it is looked at."""
    found = _look(uow)
    for _ in range(TRIES - 1):
        if not any(one.errors for one in found):
            break
        again = _look(uow)
        found = [
            Checked(
                invariant=now.invariant,
                of=now.of,
                checked=now.checked,
                errors=tuple(error for error in now.errors if error in before.errors),
            )
            for before, now in zip(found, again, strict=True)
        ]
    return found


def _look(uow: UnitOfWork) -> list[Checked]:
    sides = {side: uow.connection.execute(sql).all() for side, sql in ROWS.items()}
    frozen, told = _frozen(uow)
    rows = [(side, row) for side, own in sides.items() for row in own]
    known = [
        (side, row)
        for side, row in rows
        if (row.fiscal_year, row.agency_code) in told or row.row_id in frozen
    ]
    return [
        Checked(
            invariant=BASELINE,
            of="rows of enacted years",
            checked=len(known),
            errors=tuple(_baseline(known, frozen)),
        ),
        Checked(
            invariant=TOTALS,
            of="rows of enacted years",
            checked=len(known),
            errors=tuple(_totals(known, frozen)),
        ),
        Checked(
            invariant=CODES,
            of="rows of all years",
            checked=len(rows),
            errors=tuple(_codes(sides, codes_of(uow), known_codes(uow))),
        ),
    ]


def _frozen(uow: UnitOfWork) -> tuple[Mapping[uuid.UUID, list[Frozen]], set[tuple[int, str]]]:
    """Return by row what was enacted and what documents say, and which agencies' were told."""
    streams = {
        stream_of(row.document_id, row.agency_code): (row.fiscal_year, row.agency_code)
        for row in uow.connection.execute(STREAMS)
    }
    found: defaultdict[uuid.UUID, list[Frozen]] = defaultdict(list)
    told: set[tuple[int, str]] = set()
    for field in ROWS:
        for one in told_rows(uow, event_type=ENACTED, documents=list(streams), field=field):
            told.add(streams[one.document_id])
            found[uuid.UUID(one.row["row_id"])].append(_enacted(one, *streams[one.document_id]))
    for row in uow.connection.execute(CHANGED):
        found[row.row_id].append(Frozen(_heading(row), row.amount_ntd))
    return found, told


def _enacted(one: ToldRow, year: int, agency_code: str) -> Frozen:
    row = one.row
    heading = Heading(year, agency_code, row["code"], row["object_code"], row["account"])
    return Frozen(heading, row["amount_ntd"])


def _heading(row: Any) -> Heading:
    return Heading(row.fiscal_year, row.agency_code, row.code, row.object_code, row.account)


def _baseline(
    rows: Iterable[tuple[str, Any]], frozen: Mapping[uuid.UUID, Sequence[Frozen]]
) -> Iterator[str]:
    for _, row in rows:
        own = frozen.get(row.row_id, ())
        what = f"{row.fiscal_year} {row.code} {row.object_code} {row.account}"
        for name, now, then in (
            (name, now, then)
            for one in own
            for name, now, then in zip(Heading._fields, _heading(row), one.heading, strict=True)
            if now != then
        ):
            yield f"{what}: {name} {now}, was {then}"
        amount_ntd = sum(one.amount_ntd for one in own)
        if amount_ntd != row.budget_ntd:
            yield f"{what}: budget {row.budget_ntd:,}, was {amount_ntd:,}"


def _totals(
    rows: Iterable[tuple[str, Any]], frozen: Mapping[uuid.UUID, Sequence[Frozen]]
) -> Iterator[str]:
    """Add up each heading of a year twice: as rows are now, and as their records say."""
    now: Counter[Key] = Counter()
    then: Counter[Key] = Counter()
    for side, row in rows:
        for key in _keys(side, _heading(row)):
            now[key] += row.budget_ntd
        for one in frozen.get(row.row_id, ()):
            for key in _keys(side, one.heading):
                then[key] += one.amount_ntd
    for key in sorted({*now, *then}):
        if now[key] != then[key]:
            year, side, name, value = key
            yield f"{year} {side} by {name} {value}: {now[key]:,}, should be {then[key]:,}"


def _keys(side: str, heading: Heading) -> Iterator[Key]:
    for name, value in zip(Heading._fields, heading, strict=True):
        yield heading.year, side, name, str(value)


def _codes(
    sides: Mapping[str, Sequence[Any]], codes: Codes, agencies: frozenset[str]
) -> Iterator[str]:
    years = {
        year: _Year(codes, year) for year in {r.fiscal_year for s in sides.values() for r in s}
    }
    with_function = {
        (row.fiscal_year, len(row.code)) for row in sides["expenditure"] if row.function_code
    }
    for side, rows in sides.items():
        for row in rows:
            year = years[row.fiscal_year]
            faults = list(year.revenue(row) if side == "revenue" else year.expenditure(row))
            if agencies and row.agency_code not in agencies:
                faults.append(f"agency {row.agency_code}")
            bare = side == "expenditure" and not row.function_code
            if bare and (row.fiscal_year, len(row.code)) in with_function:
                faults.append("no function")
            for fault in faults:
                yield f"{row.fiscal_year} {row.code} {row.object_code} {row.account}: {fault}"


class _Year:
    """The codes of one fiscal year."""

    def __init__(self, codes: Codes, fiscal_year: int) -> None:
        packs = [pack for pack in codes.packs if pack.serves(fiscal_year)]
        self.objects = {one.code: one for pack in packs for one in pack.objects if one.level == 1}
        # The module's functions are one city's; only a county's own table says which there are.
        own = codes.is_own("function", fiscal_year)
        self.functions = codes.functions_of(fiscal_year) if own else {}
        self.sources = codes.sources_of(fiscal_year)
        self.schemes = [one for one in codes.schemes if one.serves(fiscal_year)]

    def expenditure(self, row: Any) -> Iterator[str]:
        known = self.objects.get(row.object_code)
        if row.object_code and known is None:
            yield f"object {row.object_code}"
        if known is not None and (known.account, row.account) == ("capital", "current"):
            yield f"object {row.object_code} is of the capital account"
        if known is not None and known.role in NEVER_CAPITAL and row.account == "capital":
            yield f"object {row.object_code} is never of the capital account"
        if row.function_code and self.functions and row.function_code not in self.functions:
            yield f"function {row.function_code}"
        cut = {one.function_of(row.code) for one in self.schemes} - {""}
        if row.function_code and cut and row.function_code not in cut:
            yield f"function {row.function_code} is not that of the line"
        numbered = row.plan_code.isdigit() or not row.plan_code
        if numbered and not row.code.startswith(row.plan_code.rstrip("0")):
            yield f"plan {row.plan_code} is not that of the line"

    def revenue(self, row: Any) -> Iterator[str]:
        if row.object_code and self.sources and row.object_code not in self.sources:
            yield f"source {row.object_code}"

"""Read from a printed unit book what no line item tells."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from zhuji_budget.domain.books.model import SheetLike
from zhuji_budget.domain.books.text import name_and_code, squeezed
from zhuji_budget.domain.unit_book.entered import (
    Approval,
    Entered,
    HeadCount,
    Heading,
    PlanWords,
    Trip,
)
from zhuji_budget.domain.unit_book.model import UnitBook
from zhuji_budget.domain.unit_book.printed import Page, columns_of
from zhuji_budget.domain.unit_book.reading import Reading, kind_of, plan_named, read_priors
from zhuji_budget.domain.unit_book.tables.agency import Prior
from zhuji_budget.domain.unit_book.tables.contract_staff import read_approvals
from zhuji_budget.domain.unit_book.tables.personnel import KINDS
from zhuji_budget.domain.unit_book.tables.trips import read_last_year, read_trips

_LEVELS = ("款", "項", "目", "節")
_CHANGES = "三、"


def read_entered(reading: Reading, sheets: Sequence[SheetLike]) -> Entered:
    """Return what the book's tables tell beside their sums; nothing where a table is missing."""
    pages: dict[str, list[Page]] = {}
    for sheet in sheets:
        page = Page(sheet, file=reading.file)
        pages.setdefault(kind_of(page), []).append(page)
    book = reading.book
    tables = [*pages.get("revenue", ()), *pages.get("expenditure", ())]
    return Entered(
        spent=_priors(pages.get("expenditure", ())),
        taken=_priors(pages.get("revenue", ())),
        headings=tuple(one for page in tables for one in _headings(page)),
        words=tuple(_words(book, _changes(pages.get("expenditure", ())))),
        persons=tuple(_persons(pages, book)),
        approvals=tuple(
            Approval(plan_code=code, group=group, text=text)
            for page in pages.get("contract-staff", ())
            for code, group, text in read_approvals(book, page)
        ),
        trips=tuple(_trips(pages)),
        trips_before=tuple(one for page in pages.get("trips", ()) for one in read_last_year(page)),
    )


def _priors(pages: Sequence[Page]) -> tuple[Prior, ...]:
    return tuple(prior for page in pages for prior in read_priors(page))


def _headings(page: Page) -> Iterator[Heading]:
    levels: dict[str, int] = {}
    for row, cells in enumerate(page.rows):
        found = columns_of(cells, _LEVELS)
        if found is not None:
            levels = found
            continue
        number = next((page.text(row, at) for at in levels.values() if page.text(row, at)), "")
        name, code = name_and_code(page.raw(row, max(levels.values(), default=0) + 1))
        if number and code:
            yield Heading(code=code, number=number, name=name)


def _changes(pages: Sequence[Page]) -> Mapping[str, str]:
    """Return 三、 of each work plan: the changes by object against last year."""
    found: dict[str, str] = {}
    for page in pages:
        head = page.find(r"說明")
        code = ""
        for row in range(len(page.rows) if head else 0):
            codes = (name_and_code(page.raw(row, at))[1] for at in range(head[1] if head else 0))
            code = next((one for one in codes if one), code)
            text = str(page.raw(row, head[1] if head else 0)).strip()
            if text.startswith(_CHANGES):
                found[code] = text
    return found


def _words(book: UnitBook, changes: Mapping[str, str]) -> Iterator[PlanWords]:
    for plan in book.plans:
        yield PlanWords(
            code=plan.code,
            office=plan.office,
            content=plan.content,
            outcome=plan.outcome,
            changes=changes.get(plan.code, ""),
        )
    for page in book.revenues:
        yield PlanWords(code=page.code, office=page.office, content=page.content)


def _persons(pages: Mapping[str, Sequence[Page]], book: UnitBook) -> Iterator[HeadCount]:
    codes = {squeezed(plan.name): plan.code for plan in book.plans}
    for page in (*pages.get("personnel", ()), *pages.get("personnel-plan", ())):
        head = page.find(r"預算員額")
        is_plan = page in pages.get("personnel-plan", ())
        plan_code = codes.get(plan_named(page, book.plans), "") if is_plan else ""
        if head is None or (is_plan and not plan_code):
            continue
        for row in range(head[0] + 1, len(page.rows)):
            kind = next((page.text(row, at) for at in range(head[1]) if page.text(row, at)), "")
            persons = page.amount(row, head[1])
            if kind in KINDS and persons:
                yield HeadCount(plan_code=plan_code, kind=kind, persons=persons)


def _trips(pages: Mapping[str, Sequence[Page]]) -> Iterator[Trip]:
    for kind in ("trips-abroad", "trips-mainland"):
        for page in pages.get(kind, ()):
            yield from read_trips(page, mainland=kind == "trips-mainland")

"""Read a unit budget book for an agency's estimate, and say everything that forbids its import."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from zhuji_budget.domain.books.codes import CodeScheme, ObjectCode, ObjectPack
from zhuji_budget.domain.books.model import Place, Problem
from zhuji_budget.domain.books.problems import problem
from zhuji_budget.domain.code_set import Codes, ObjectsMissing
from zhuji_budget.domain.estimate import (
    EXPENDITURE,
    REVENUE,
    TEXT_MAX,
    Estimate,
    EstimateItem,
    EstimateLine,
    ItemsInvalid,
    code_is_valid,
)
from zhuji_budget.domain.estimate_items import WantedItem, WantedLine, items_of
from zhuji_budget.domain.unit_book.check import Checker, Packs
from zhuji_budget.domain.unit_book.edition import economic_like, parents_of
from zhuji_budget.domain.unit_book.entered import Entered
from zhuji_budget.domain.unit_book.entered_reading import read_entered
from zhuji_budget.domain.unit_book.model import Item, PlanPage, RevenuePage, UnitBook
from zhuji_budget.domain.unit_book.reading import Reading, printed_year, read_unit_book
from zhuji_budget.domain.unit_book.table import SheetCheck
from zhuji_budget.facts import load_economic_packs, load_object_packs, load_schemes
from zhuji_budget.usecases.read_books import BookFile
from zhuji_core.ids import new_id
from zhuji_core.spreadsheets import Workbook, read_workbook
from zhuji_core.values import N_, DomainError, Value

_ITEM_PAGES = ("plan", "revenue-items")


class UnitBookInvalid(DomainError):
    """Cells of the book are wrong, or it is of another year or agency: nothing is kept."""

    code = "E-UNIT-INVALID"
    message = N_(
        "單位預算書有 {count} 處錯誤，未匯入任何資料。請依所列工作表及儲存格更正後再匯入。"
    )
    status_code = 422


class UnitImport(Value, frozen=True, kw_only=True):
    """What a book would bring into an estimate.

    ``differences`` are cells of its summaries that its own line items do not make: they are
    shown, and the items are what counts.
    """

    file: str
    lines: tuple[EstimateLine, ...]
    entered: Entered
    errors: tuple[Problem, ...]
    differences: tuple[Problem, ...]

    @property
    def items(self) -> int:
        return sum(len(line.items) for line in self.lines)

    def total_ntd(self, side: str) -> int:
        return sum(line.amount_ntd for line in self.lines if line.side == side)

    def require_valid(self) -> None:
        """Raise UnitBookInvalid where anything is wrong."""
        if self.errors:
            raise UnitBookInvalid(count=len(self.errors))


def read_for_estimate(file: BookFile, *, estimate: Estimate, codes: Codes) -> UnitImport:
    """Read the book by the county's codes of the estimate's year.

    Raises ObjectsMissing and what ``read_workbook`` refuses; what the book holds is in ``errors``.
    """
    workbook = read_workbook(file.content, name=file.name)
    year = estimate.fiscal_year
    objects = next((pack for pack in codes.packs if pack.serves(year)), None)
    if objects is None:
        raise ObjectsMissing(fiscal_year=year)
    schemes = [one for one in codes.schemes if one.serves(year)] or load_schemes()
    reading = read_unit_book(
        file=workbook.name,
        sheets=workbook.sheets,
        fiscal_year=year,
        pack=objects,
        schemes=schemes,
    )
    entered = read_entered(reading, workbook.sheets)
    lines, faults = _lines(reading.book, entered, objects.objects)
    checks = _checks(reading, workbook, objects)
    wrong, differing = _compared(reading, checks)
    return UnitImport(
        file=workbook.name,
        lines=tuple(lines),
        entered=entered,
        errors=(
            *_not_of(reading, workbook, estimate),
            *reading.problems,
            *_twice(reading.book),
            *_nothing(reading),
            *wrong,
            *faults,
        ),
        differences=tuple(differing),
    )


def _not_of(reading: Reading, workbook: Workbook, estimate: Estimate) -> Iterator[Problem]:
    """Tell a book of another year, or of another agency as far as its codes say."""
    whole = Place(file=reading.file)
    printed = printed_year(workbook.sheets)
    if printed and printed != estimate.fiscal_year:
        detail = {"printed": printed, "year": estimate.fiscal_year}
        yield problem("E-UNIT-YEAR", whole, detail=detail)
    for plan in reading.book.plans:
        above = parents_of(reading.book.scheme, plan.code, revenue=False)
        own = above[-2] if len(above) > 1 else ""
        if len(own) == len(estimate.agency_code) and own != estimate.agency_code:
            told = {"number": own, "agency": estimate.agency_code}
            yield problem("E-UNIT-AGENCY", plan.head_place, detail=told)


def _nothing(reading: Reading) -> Iterator[Problem]:
    """A book of empty pages would empty the estimate."""
    if not reading.problems and not any(True for _ in reading.book.items()):
        yield problem("E-UNIT-NO-ITEMS", Place(file=reading.file))


def _twice(book: UnitBook) -> Iterator[Problem]:
    for pages in (book.plans, book.revenues):
        seen: dict[str, Place] = {}
        for page in pages:
            if page.code in seen:
                detail = {"number": page.code}
                yield problem("E-UNIT-TWICE", page.head_place, detail=detail, also=seen[page.code])
            seen.setdefault(page.code, page.head_place)


def _checks(reading: Reading, workbook: Workbook, objects: ObjectPack) -> list[SheetCheck]:
    """Compare the sheets, as far as their line items could be read at all."""
    if reading.problems:
        return []
    economic = economic_like(objects, load_object_packs(), load_economic_packs())
    packs = Packs(objects=objects, economic=economic)
    return Checker(reading, workbook.sheets, packs).checks()


def _compared(
    reading: Reading, checks: Sequence[SheetCheck]
) -> tuple[list[Problem], list[Problem]]:
    """Part what a page of line items contradicts itself in from what a summary prints otherwise."""
    kinds = {one.sheet: one.kind for one in reading.sheets}
    wrong: list[Problem] = []
    differing: list[Problem] = []
    for check in checks:
        to = wrong if kinds.get(check.sheet) in _ITEM_PAGES else differing
        to += [
            problem(
                "E-UNIT-SUM",
                Place(file=reading.file, sheet=check.sheet, cell=one.cell),
                detail={"what": one.what, "printed": one.printed, "made": one.made},
            )
            for one in check.differences
        ]
    return wrong, differing


def _lines(
    book: UnitBook, entered: Entered, objects: Sequence[ObjectCode]
) -> tuple[list[EstimateLine], list[Problem]]:
    last = {one.code: one.last_ntd for one in (*entered.spent, *entered.taken)}
    lines: list[EstimateLine] = []
    faults: list[Problem] = []
    for side, pages in ((EXPENDITURE, book.plans), (REVENUE, book.revenues)):
        for page in pages:
            items, wrong = _items(side, page, objects)
            faults += wrong
            lines.append(_line(side, page, items, last.get(page.code), book.scheme))
    return lines, faults


def _line(
    side: str,
    page: PlanPage | RevenuePage,
    items: tuple[EstimateItem, ...],
    last: int | None,
    scheme: CodeScheme,
) -> EstimateLine:
    program = page.program if isinstance(page, PlanPage) else page.group
    return EstimateLine(
        estimate_line_id=new_id(),
        side=side,
        code=page.code,
        name=page.name[:TEXT_MAX],
        group_code=scheme.up_to(page.code, "plan"),
        group_name=program[:TEXT_MAX],
        legal_basis="" if isinstance(page, PlanPage) else page.legal_basis[:TEXT_MAX],
        last_year_ntd=last,
        items=items,
    )


def _items(
    side: str, page: PlanPage | RevenuePage, objects: Sequence[ObjectCode]
) -> tuple[tuple[EstimateItem, ...], list[Problem]]:
    """Return the items as they would be keyed, or each that cannot be, with its cell."""
    if not code_is_valid(page.code):
        return (), [problem("E-UNIT-CODE", page.head_place, detail={"number": page.code})]
    # Amounts of nothing ("-") stand in some books, and are nobody's money.
    own = [item for item in page.items if item.amount_ntd]
    wanted = WantedLine(
        side=side, code=page.code, name=page.name, items=tuple(_wanted(one) for one in own)
    )
    try:
        return items_of(wanted, objects=objects, new_id=new_id), []
    except ItemsInvalid as refusal:
        return (), [_fault(name, text, own, page) for name, text in refusal.fields.items()]


def _wanted(item: Item) -> WantedItem:
    return WantedItem(
        object_code=item.object_code,
        sub_plan=item.sub_plan,
        unit=item.unit,
        quantity=item.quantity,
        price_ntd=item.price_ntd,
        explanation=item.explanation,
        fund_source=item.fund_source,
    )


def _fault(name: str, text: str, items: Sequence[Item], page: PlanPage | RevenuePage) -> Problem:
    parts = name.split("-")
    numbered = len(parts) > 2 and parts[1].isdigit()  # noqa: PLR2004 (items, number, field)
    place = items[int(parts[1])].place if numbered else page.head_place
    return msgspec.structs.replace(problem("E-UNIT-ITEM", place), message=text)

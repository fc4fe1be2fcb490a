"""Compare every sheet of a unit budget with what its line items make of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from zhuji_budget.domain.books.codes import ObjectPack
from zhuji_budget.domain.books.model import Problem, SheetLike
from zhuji_budget.domain.books.problems import problem
from zhuji_budget.domain.unit_book.model import PlanPage, RevenuePage
from zhuji_budget.domain.unit_book.printed import Page
from zhuji_budget.domain.unit_book.reading import (
    Reading,
    kind_of,
    plan_named,
    read_priors,
)
from zhuji_budget.domain.unit_book.table import Comparison, SheetCheck, StatTable, compare
from zhuji_budget.domain.unit_book.tables import trips
from zhuji_budget.domain.unit_book.tables.agency import expenditure_table, revenue_table
from zhuji_budget.domain.unit_book.tables.contract_staff import check_contract_staff
from zhuji_budget.domain.unit_book.tables.economic import (
    EconomicPack,
    economic_class,
    economic_table,
)
from zhuji_budget.domain.unit_book.tables.explanations import (
    check_plan_explanations,
    check_revenue_explanations,
)
from zhuji_budget.domain.unit_book.tables.line_items import check_items
from zhuji_budget.domain.unit_book.tables.objects import capital_table, objects_table
from zhuji_budget.domain.unit_book.tables.personnel import personnel_tables
from zhuji_budget.domain.unit_book.tables.vehicles import check_vehicles
from zhuji_core.values import Value


class Packs(Value, frozen=True, kw_only=True):
    """The codes of the fiscal year: objects of expenditure, economic classes."""

    objects: ObjectPack
    economic: EconomicPack


class Checker:
    """Holds the book while its sheets are gone through; journeys are summed across sheets."""

    def __init__(self, reading: Reading, sheets: Sequence[SheetLike], packs: Packs) -> None:
        self.book = reading.book
        self.packs = packs
        self.pages = [Page(sheet, file=reading.file) for sheet in sheets]
        self.personnel = dict(personnel_tables(self.book, packs.objects))

    def checks(self) -> list[SheetCheck]:
        """Return a check for every sheet; one that is no known table compares nothing."""
        return [self._check(page, kind_of(page)) for page in self.pages]

    def check_sheet(self, sheet: SheetLike) -> SheetCheck:
        """Compare one sheet, which may be another print of the same book."""
        page = Page(sheet, file="")
        return self._check(page, kind_of(page))

    def unclassed(self) -> list[Problem]:
        """Return a problem for each line item that no economic class takes."""
        return [
            problem("E-UNIT-CLASS", item.place, detail={"name": item.object_code})
            for item in self.book.items()
            if not economic_class(item, self.packs.economic)
        ]

    def _check(self, page: Page, kind: str) -> SheetCheck:
        own: dict[str, Callable[[Page, str], SheetCheck]] = {
            "plan": self._items,
            "revenue-items": self._items,
            "expenditure": self._by_agency,
            "revenue": self._by_agency,
            "contract-staff": self._contract_staff,
            "trips": self._trip_summary,
            "trips-abroad": self._trips,
            "trips-mainland": self._trips,
            "vehicles": self._vehicles,
        }
        if kind in own:
            return own[kind](page, kind)
        table = self._table(page, kind)
        if table is None:
            return _not_compared(page)
        return compare(table, page)

    def _table(self, page: Page, kind: str) -> StatTable | None:
        if kind == "objects":
            return objects_table(self.book, self.packs.objects)
        if kind == "capital":
            return capital_table(self.book, self.packs.objects)
        if kind == "economic":
            return economic_table(self.book, self.packs.economic)
        if kind == "personnel":
            return self.personnel[""]
        if kind == "personnel-plan":
            return self.personnel.get(plan_named(page, self.book.plans))
        return None

    def _items(self, page: Page, _kind: str) -> SheetCheck:
        sources: tuple[PlanPage | RevenuePage, ...] = (*self.book.plans, *self.book.revenues)
        source = next((one for one in sources if one.sheet == page.name), None)
        # A plan whose code does not fit the others is a problem already, and in no table.
        if source is None:
            return _not_compared(page)
        return check_items(source, page, self.packs.objects)

    def _contract_staff(self, page: Page, _kind: str) -> SheetCheck:
        return check_contract_staff(self.book, self.packs.objects, page)

    def _vehicles(self, page: Page, _kind: str) -> SheetCheck:
        return check_vehicles(self.book, page)

    def _by_agency(self, page: Page, kind: str) -> SheetCheck:
        priors = read_priors(page)
        make = expenditure_table if kind == "expenditure" else revenue_table
        table = make(self.book, priors)
        figures = compare(table, page)
        words = Comparison(page)
        head = page.find(r"說明")
        if head is not None and kind == "expenditure":
            check_plan_explanations(words, self.book, self.packs.objects, head[1])
        elif head is not None:
            check_revenue_explanations(words, self.book, head[1])
        told = words.finish(table)
        return SheetCheck(
            sheet=page.name,
            title=table.title,
            compared=figures.compared + told.compared,
            equal=figures.equal + told.equal,
            differences=(*figures.differences, *told.differences),
            not_derivable=table.not_derivable,
        )

    def _trip_summary(self, page: Page, _kind: str) -> SheetCheck:
        journeys = [
            trip
            for other in self.pages
            if kind_of(other) in {"trips-abroad", "trips-mainland"}
            for trip in trips.read_trips(other)
        ]
        return trips.check_summary(self.book, self.packs.objects, page, journeys)

    def _trips(self, page: Page, kind: str) -> SheetCheck:
        travel = trips.ABROAD if kind == "trips-abroad" else trips.MAINLAND
        return trips.check_trips(self.book, self.packs.objects, page, travel=travel)


def _not_compared(page: Page) -> SheetCheck:
    return SheetCheck(sheet=page.name, title="", compared=0, equal=0, differences=())

"""The values of a unit budget book (單位預算書): line items, plans, and what is only entered.

All amounts are whole NT dollars, whatever unit a page prints. Object codes (用途別) are those of
the pack of the fiscal year: first level ``01``, second level ``0102``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from zhuji_budget.domain.books.codes import CodeScheme
from zhuji_budget.domain.books.model import Place
from zhuji_core.values import Value


class Item(Value, frozen=True, kw_only=True):
    """One line of a plan page: unit × quantity × price = amount, and what it is for.

    ``quantity`` is as printed ("10×9": persons × months); ``count`` is its product. ``sub_plan``
    is the heading of the sub-plan (分支計畫), "" where the page has none. ``account`` is
    "current" or "capital" where it is said, else that of the object.
    """

    plan_code: str
    sub_plan: str
    object_code: str
    unit: str
    quantity: str
    count: int
    price_ntd: int
    amount_ntd: int
    explanation: str
    place: Place
    fund_source: str = ""
    account: str = ""

    @property
    def persons(self) -> int:
        """How many people the line pays, where its unit counts people; else 0."""
        if not self.unit.startswith("人") or self.unit not in PERSON_UNITS:
            return 0
        return int(self.quantity.replace(",", "").partition("×")[0])

    @property
    def persons_by_months(self) -> str:
        """Return "10x9" as the tables of contract staff print it; a year is 12 months."""
        months = self.quantity.partition("×")[2] or "12"
        return f"{self.persons}x{months}"


PERSON_UNITS = frozenset({"人/年", "人x月", "人×月"})


class PrintedSum(Value, frozen=True, kw_only=True):
    """A sum that a plan page prints: of the page, a sub-plan, or an object below it.

    ``object_code`` "" is the whole sub-plan, ``sub_plan`` "" the whole page. ``source_ntd`` is
    what the explanation says of the source of funds (市款55,804,000元), None where it says none.
    """

    sub_plan: str
    object_code: str
    amount_ntd: int
    place: Place
    source_ntd: int | None = None
    source: str = ""


class PlanPage(Value, frozen=True, kw_only=True):
    """A work plan (工作計畫) with its line items; ``head_ntd`` is the amount in its head."""

    sheet: str
    code: str
    program: str
    name: str
    office: str
    head_ntd: int
    head_place: Place
    content: str
    outcome: str
    items: tuple[Item, ...]
    sums: tuple[PrintedSum, ...]


class RevenuePage(Value, frozen=True, kw_only=True):
    """A page of revenue (歲入提要預算明細表): one source with its items and its legal basis."""

    sheet: str
    code: str
    group: str
    name: str
    office: str = ""
    content: str = ""
    head_ntd: int
    head_place: Place
    legal_basis: str
    items: tuple[Item, ...]
    sums: tuple[PrintedSum, ...]


class UnitBook(Value, frozen=True, kw_only=True):
    """One agency's book: what it takes in and what it spends; ``scheme`` cuts its codes."""

    fiscal_year: int
    scheme: CodeScheme
    revenues: tuple[RevenuePage, ...]
    plans: tuple[PlanPage, ...]

    def items(self) -> Iterator[Item]:
        """Give the line items of every plan, in the order of the book."""
        for plan in self.plans:
            yield from plan.items

    def total_ntd(self, wanted: Callable[[Item], bool]) -> int:
        """Add up the expenditure items that are ``wanted``."""
        return sum_ntd(item for item in self.items() if wanted(item))


def sum_ntd(items: Iterable[Item]) -> int:
    return sum(item.amount_ntd for item in items)

"""Take a unit budget workbook apart: which sheet is which table, and the book that they tell of."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from zhuji_budget.domain.books.codes import CodeScheme, ObjectPack
from zhuji_budget.domain.books.model import Place, Problem, SheetLike
from zhuji_budget.domain.books.problems import problem
from zhuji_budget.domain.books.text import name_and_code, squeezed
from zhuji_budget.domain.unit_book.item_pages import (
    PLAN_HEAD,
    REVENUE_HEAD,
    read_plan,
    read_revenue,
)
from zhuji_budget.domain.unit_book.model import PlanPage, RevenuePage, UnitBook
from zhuji_budget.domain.unit_book.printed import Page, columns_of
from zhuji_budget.domain.unit_book.tables.agency import Prior
from zhuji_core.values import Value

_TITLE_ROWS = 6
# Kind of a table → words of its title, without spaces; some are only in the sheet's name.
_TITLES: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("objects", re.compile(r"用途別科目分析表")),
    ("capital", re.compile(r"資本支出分析表")),
    ("personnel", re.compile(r"人事費彙計表")),
    ("personnel-plan", re.compile(r"人事費分析表")),
    ("contract-staff", re.compile(r"約聘僱人員費用分析表")),
    ("trips", re.compile(r"派員出國計畫預算總表")),
    ("trips-abroad", re.compile(r"派員出國計畫預算類別表")),
    ("trips-mainland", re.compile(r"派員赴大陸計畫預算類別表")),
    ("vehicles", re.compile(r"公務車輛明細表")),
    ("economic", re.compile(r"職能及經濟性|職能及經$|經濟性綜合分類")),
    ("revenue", re.compile(r"歲入來源別預算表")),
    ("expenditure", re.compile(r"歲出機關別預算表")),
)
_YEAR = re.compile(r"中華民國(\d{2,3})年度")
_LEVELS = ("款", "項", "目", "節")


class Sorted(Value, frozen=True, kw_only=True):
    """One sheet and what it is: a kind of table, "plan", "revenue-items", or "" (unknown)."""

    sheet: str
    kind: str


class Reading(Value, frozen=True, kw_only=True):
    """The book, what each sheet is, and what could not be read."""

    file: str
    book: UnitBook
    sheets: tuple[Sorted, ...]
    problems: tuple[Problem, ...]


def read_unit_book(
    *,
    file: str,
    sheets: Iterable[SheetLike],
    fiscal_year: int,
    pack: ObjectPack,
    schemes: Sequence[CodeScheme],
) -> Reading:
    """Read a workbook. Never raises for what a file contains: it is in ``problems``."""
    plans: list[PlanPage] = []
    revenues: list[RevenuePage] = []
    problems: list[Problem] = []
    found: list[Sorted] = []
    for sheet in sheets:
        page = Page(sheet, file=file)
        kind = kind_of(page)
        found.append(Sorted(sheet=sheet.name, kind=kind))
        if kind == "plan":
            plan, wrong = read_plan(page, pack=pack)
            plans.append(plan)
            problems += wrong
        elif kind == "revenue-items":
            revenue, wrong = read_revenue(page)
            revenues.append(revenue)
            problems += wrong
    if not plans:
        names = "、".join(sheet.sheet for sheet in found[:10])
        problems.append(problem("E-UNIT-KIND", Place(file=file), detail={"sheets": names}))
    scheme = _scheme(plans, schemes, fiscal_year)
    wrong_codes = [
        problem("E-UNIT-CODE", plan.head_place, detail={"number": plan.code})
        for plan in plans
        if len(plan.code) != scheme.length
    ]
    plans = [plan for plan in plans if len(plan.code) == scheme.length]
    problems += wrong_codes
    return Reading(
        file=file,
        book=UnitBook(
            fiscal_year=fiscal_year, scheme=scheme, revenues=tuple(revenues), plans=tuple(plans)
        ),
        sheets=tuple(found),
        problems=tuple(problems),
    )


def _scheme(
    plans: Sequence[PlanPage], schemes: Sequence[CodeScheme], fiscal_year: int
) -> CodeScheme:
    """Return the way of cutting codes that most plans fit by length."""
    serving = [scheme for scheme in schemes if scheme.serves(fiscal_year)]
    return max(
        serving, key=lambda scheme: sum(1 for plan in plans if len(plan.code) == scheme.length)
    )


def printed_year(sheets: Iterable[SheetLike]) -> int | None:
    """Return the fiscal year that the tables print (中華民國105年度), or None."""
    for sheet in sheets:
        title = "".join(squeezed(cell) for row in sheet.rows[:_TITLE_ROWS] for cell in row)
        found = _YEAR.search(title)
        if found:
            return int(found[1])
    return None


def kind_of(page: Page) -> str:
    """Tell what a sheet is by what it prints, and by its name where the title is in the margin."""
    if page.find(PLAN_HEAD):
        return "plan"
    if page.find(REVENUE_HEAD):
        return "revenue-items"
    title = "".join(squeezed(cell) for row in page.rows[:_TITLE_ROWS] for cell in row)
    for text in (title, squeezed(page.name)):
        for kind, words in _TITLES:
            if words.search(text):
                return kind
    return ""


def plan_named(page: Page, plans: Sequence[PlanPage]) -> str:
    """Return which plan a page of personnel is of: 0132010100-行政支出-一般行政-行政管理."""
    for row in page.rows[:_TITLE_ROWS]:
        for cell in row:
            last = squeezed(cell).rpartition("-")[2]
            if any(last == squeezed(plan.name) for plan in plans):
                return last
    return ""


def read_priors(page: Page) -> list[Prior]:
    """Read what page 6 or 7-8 alone tells: last year and final accounts of the lowest level."""
    levels: dict[str, int] = {}
    amounts: dict[str, int] = {}
    above: list[str] = []
    priors = []
    for row, cells in enumerate(page.rows):
        levels = columns_of(cells, _LEVELS) or levels
        amounts = amounts or _amount_columns(page, row)
        if not levels or not amounts:
            continue
        level = next((n for n, word in enumerate(_LEVELS) if page.text(row, levels[word])), None)
        code = _row_code(page, row, min(amounts.values()))
        if level is None or not code:
            continue
        above = [*above[:level], code]
        if level == len(_LEVELS) - 1:
            priors.append(
                Prior(
                    code=code,
                    parents=tuple(above[:-1]),
                    last_ntd=_entered_ntd(page, row, amounts["last"]),
                    final_ntd=_entered_ntd(page, row, amounts["final"]),
                )
            )
    return priors


def _entered_ntd(page: Page, row: int, column: int) -> int | None:
    """Return what was entered: a dash says that it was nothing, a blank that nobody knows."""
    blank = not page.text(row, column)
    return None if blank else page.amount(row, column, unit_ntd=1_000) or 0


def _amount_columns(page: Page, row: int) -> dict[str, int]:
    found = columns_of(page.rows[row], ("本年度預算數", "上年度預算數", "前年度決算數"))
    return (
        {} if found is None else dict(zip(("this", "last", "final"), found.values(), strict=True))
    )


def _row_code(page: Page, row: int, before: int) -> str:
    for column in range(before):
        code = name_and_code(page.raw(row, column))[1]
        if code:
            return code
    return ""

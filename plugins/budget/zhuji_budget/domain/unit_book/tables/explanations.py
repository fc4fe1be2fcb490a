"""The explanations of pages 6 and 7-8: what they say of this year is made, of last year tied."""

from __future__ import annotations

import re
from collections.abc import Iterator

from zhuji_budget.domain.books.codes import ObjectPack
from zhuji_budget.domain.books.text import name_and_code, squeezed
from zhuji_budget.domain.unit_book.model import PlanPage, RevenuePage, UnitBook, sum_ntd
from zhuji_budget.domain.unit_book.printed import Page, said_ntd
from zhuji_budget.domain.unit_book.table import Comparison

_CHANGE = re.compile(r"(?P<sign>增列|減列)\D+?(?P<amount>\d[\d,]*千元)")
_WHOLE = re.compile(r"(?P<sign>增加|減少)(?P<amount>\d[\d,]*千元)")


def check_plan_explanations(
    comparison: Comparison, book: UnitBook, pack: ObjectPack, column: int
) -> None:
    """Compare the pieces below each work plan of page 7-8.

    一、 names the plan, 二、 lists this year's objects: both are made. 三、 lists the changes by
    object, which are entered; together they must make the difference that its head tells.
    """
    plans = {plan.code: plan for plan in book.plans}
    for code, row, text in _pieces(comparison.page, column):
        plan = plans.get(code)
        if plan is None:
            continue
        if text.startswith("一、"):
            comparison.text(row, column, f"一、本科目包括{plan.name}", what=f"{code} 說明一")
        elif text.startswith("二、"):
            comparison.text(row, column, objects_text(plan, pack), what=f"{code} 說明二")
        elif text.startswith("三、"):
            _compare_changes(comparison, row, column, text, what=f"{code} 說明三")


def check_revenue_explanations(comparison: Comparison, book: UnitBook, column: int) -> None:
    """Compare what page 6 says beside each source: its items, each with its amount."""
    pages = {page.code: page for page in book.revenues}
    for code, row, text in _pieces(comparison.page, column):
        if code in pages and text:
            made = "".join(revenue_texts(pages[code]))
            comparison.text(row, column, made, what=f"{code} 說明")


def revenue_texts(page: RevenuePage) -> list[str]:
    """Return what page 6 says of a source: its items, each with its thousands."""
    return [f"{item.explanation}{item.amount_ntd // 1_000:,}千元" for item in page.items]


def _compare_changes(
    comparison: Comparison, row: int, column: int, text: str, *, what: str
) -> None:
    changes = [_signed(found) for found in _CHANGE.finditer(text)]
    whole = _WHOLE.search(text)
    printed = _signed(whole) if whole else 0
    comparison.value(
        comparison.page.place(row, column), printed, sum(changes), what=f"{what} 增減之和"
    )


def _signed(found: re.Match[str]) -> int:
    amount = said_ntd(found["amount"]) or 0
    return -amount if found["sign"] in {"減列", "減少"} else amount


def objects_text(plan: PlanPage, pack: ObjectPack, *, between: str = "") -> str:
    """Return what 二、 says of a plan: its first-level objects, each with its thousands."""
    parents = {one.code: one.parent or one.code for one in pack.objects}
    parts = []
    for one in pack.objects:
        if one.level != 1:
            continue
        amount = sum_ntd(item for item in plan.items if parents[item.object_code] == one.code)
        if amount:
            parts.append(f"{between}{one.name}{amount // 1_000:,}千元")
    return "二、本年度預算數包括:" + "".join(parts)


def _pieces(page: Page, column: int) -> Iterator[tuple[str, int, str]]:
    """Give (code of the account row above, row, text) for every filled cell of the column."""
    code = ""
    for row in range(len(page.rows)):
        for at in range(column):
            found = name_and_code(page.raw(row, at))[1]
            if found:
                code = found
                break
        text = squeezed(page.raw(row, column))
        if text:
            yield code, row, text

"""Page 44: official vehicles (公務車輛明細表); entered, summed across, tied to the items."""

from __future__ import annotations

import re
from collections.abc import Mapping

from zhuji_budget.domain.unit_book.model import Item, UnitBook
from zhuji_budget.domain.unit_book.printed import Page, letters_of
from zhuji_budget.domain.unit_book.table import Comparison, SheetCheck, StatTable

# Line items say that their detail is this page.
DETAILED = "詳公務車輛明細表"
# Column's head → words of the line items that ask for its money.
_TIED: Mapping[str, re.Pattern[str]] = {
    "牌照稅(全年)": re.compile(r"牌照稅"),
    "燃料使用費(全年)": re.compile(r"燃料費|燃料使用費"),
    "金額": re.compile(r"油料費|汽油費"),
    "養護費": re.compile(r"養護費"),
    "車輛保險費": re.compile(r"保險費"),
    "車輛檢驗費": re.compile(r"檢驗費"),
}
_LITRES, _PRICE, _FUEL = "數量(公升)", "單價(元)", "金額"
TABLE = StatTable(
    page="44",
    title="公務車輛明細表",
    unit_ntd=1,
    columns=(),
    rows=(),
    not_derivable=("車輛數、種類、乘客人數、購置年月、排氣量、公升數、單價、牌號",),
)


def check_vehicles(book: UnitBook, page: Page) -> SheetCheck:
    """Compare litres × price, the sums of each plan, and the grand sum with the line items."""
    comparison = Comparison(page)
    columns = _columns(page)
    detail = [item for item in book.items() if DETAILED in item.explanation]
    cars: list[int] = []
    every: list[int] = []
    head = -1
    for row in range(_first_row(page), len(page.rows)):
        kind = _kind(page, row, columns)
        if kind == "car":
            cars.append(row)
            every.append(row)
            litres = page.amount(row, columns[_LITRES]) or 0
            fuel = litres * (page.amount(row, columns[_PRICE]) or 0)
            comparison.amount(row, columns[_FUEL], fuel, unit_ntd=1, what="油料費")
        elif kind in {"plan", "total"}:
            _compare_sums(comparison, head, cars, columns)
            head, cars = row, []
        if kind == "total":
            _compare_sums(comparison, row, every, columns)
            _compare_items(comparison, row, detail, columns)
            break
    return comparison.finish(TABLE)


def _compare_sums(
    comparison: Comparison, head: int, cars: list[int], columns: Mapping[str, int]
) -> None:
    """A plan's sums stand above its cars."""
    if head < 0 or not cars:
        return
    for name in _TIED:
        at = columns[name]
        made = sum(comparison.page.amount(row, at) or 0 for row in cars)
        comparison.amount(head, at, made, unit_ntd=1, what=f"{name} 小計")


def _compare_items(
    comparison: Comparison, row: int, detail: list[Item], columns: Mapping[str, int]
) -> None:
    for name, words in _TIED.items():
        asked = sum(item.amount_ntd for item in detail if words.search(item.explanation))
        printed = comparison.page.amount(row, columns[name]) or 0
        place = comparison.page.place(row, columns[name])
        comparison.value(place, printed, asked, what=f"{name} 與歲出計畫各項之和")


def _kind(page: Page, row: int, columns: Mapping[str, int]) -> str:
    texts = [page.text(row, at) for at in range(min(columns.values()))]
    if "合計" in texts:
        return "total"
    if page.text(row, columns[_LITRES]):
        return "car"
    return "plan" if any(page.amount(row, columns[name]) for name in _TIED) else ""


def _columns(page: Page) -> Mapping[str, int]:
    wanted = {letters_of(name): name for name in (*_TIED, _LITRES, _PRICE)}
    found: dict[str, int] = {}
    for row in range(_first_row(page)):
        for column in range(page.width):
            name = wanted.get(letters_of(page.raw(row, column)))
            if name:
                found.setdefault(name, column)
    return found


def _first_row(page: Page) -> int:
    found = page.find(r"現有車輛")
    return found[0] if found else min(len(page.rows), 8)

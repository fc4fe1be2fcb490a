"""Pages 45-46: expenditure by function and economic nature (歲出按職能及經濟性綜合分類表).

The classes are those of DGBAS's manual (國民所得 classes of the general government). Which object
belongs to which class is data (``facts/economic.json``), read off the book of fiscal year 105.
"""

from __future__ import annotations

from collections.abc import Sequence

from zhuji_budget.domain.unit_book.model import Item, UnitBook
from zhuji_budget.domain.unit_book.table import Column, StatTable, TableRow
from zhuji_core.values import Value

_CURRENT, _TRANSFER = "經常支出", "經常移轉"
_INVEST, _CAPITAL_TRANSFER, _FORMATION = "投資及增資", "資本移轉", "固定資本形成"

COLUMNS = (
    Column(key="compensation", head="受僱人員報酬"),
    Column(key="purchases", head="商品及勞務購買支出"),
    Column(key="interest", head="債務利息"),
    Column(key="land_rent", head="土地租金支出"),
    Column(key="to_enterprises", head="對企業", under=_TRANSFER),
    Column(key="to_households", head="對家庭及民間非營利機構", under=_TRANSFER),
    Column(key="to_governments", head="對政府", under=_TRANSFER),
    Column(key="abroad", head="對國外", under=_TRANSFER),
    Column(key="current", head="經常支出合計"),
    Column(key="invest_funds", head="對營業特種基金", under=_INVEST),
    Column(key="invest_other_funds", head="對非營業特種基金", under=_INVEST),
    Column(key="invest_private", head="對民間企業", under=_INVEST),
    Column(key="capital_to_enterprises", head="對企業", under=_CAPITAL_TRANSFER),
    Column(key="capital_to_households", head="對家庭及民間非營利機構", under=_CAPITAL_TRANSFER),
    Column(key="capital_to_governments", head="對政府", under=_CAPITAL_TRANSFER),
    Column(key="capital_abroad", head="對國外", under=_CAPITAL_TRANSFER),
    Column(key="land", head="土地購入"),
    Column(key="intangibles", head="無形資產購入"),
    Column(key="dwellings", head="住宅", under=_FORMATION),
    Column(key="buildings", head="非住宅房屋", under=_FORMATION),
    Column(key="works", head="營建工程", under=_FORMATION),
    Column(key="vehicles", head="運輸工具", under=_FORMATION),
    Column(key="software", head="資訊軟體", under=_FORMATION),
    Column(key="machinery", head="機器及其他設備", under=_FORMATION),
    Column(key="land_improvement", head="土地改良", under=_FORMATION),
    Column(key="capital", head="資本支出合計"),
    Column(key="total", head="總計"),
)
_CAPITAL_FROM = [column.key for column in COLUMNS].index("current") + 1
WORKS = "works"
_AS_CAPITAL = {"purchases": WORKS, "to_households": "capital_to_households"}
CAPITAL_CLASSES = frozenset(column.key for column in COLUMNS[_CAPITAL_FROM:-2])


class EconomicRule(Value, frozen=True, kw_only=True):
    """Items of ``object_code`` (or below it) whose explanation says ``words`` are of a class."""

    object_code: str
    economic_class: str
    words: tuple[str, ...] = ()


class EconomicPack(Value, frozen=True, kw_only=True):
    """Rules in order of trying, and the functions (職能別) by the first digits of a line code."""

    name: str
    source: str
    rules: tuple[EconomicRule, ...]
    functions: tuple[str, ...]
    function_of: dict[str, str]


def economic_class(item: Item, pack: EconomicPack) -> str:
    """Return the class of the first rule that fits, "" where none does.

    Money that is capital though its object usually is not (工程管理費) becomes a work, or a
    transfer of capital.
    """
    for rule in pack.rules:
        said = not rule.words or any(word in item.explanation for word in rule.words)
        if said and item.object_code.startswith(rule.object_code):
            found = rule.economic_class
            return _AS_CAPITAL.get(found, found) if item.account == "capital" else found
    return ""


def economic_table(book: UnitBook, pack: EconomicPack) -> StatTable:
    """Pages 45-46: every item once by class, in the row of its function."""
    rows = [TableRow(label="總計", cells=_cells(list(book.items()), pack))]
    for function in pack.functions:
        inside = [
            item
            for item in book.items()
            if pack.function_of.get(book.scheme.cut(item.plan_code)["function"]) == function
        ]
        rows.append(TableRow(label=function, cells=_cells(inside, pack)))
    return StatTable(
        page="45-46",
        title="歲出按職能及經濟性綜合分類表",
        unit_ntd=1_000,
        columns=COLUMNS,
        rows=tuple(rows),
    )


def _cells(items: Sequence[Item], pack: EconomicPack) -> dict[str, int]:
    sums: dict[str, int] = {}
    for item in items:
        found = economic_class(item, pack)
        side = "capital" if found in CAPITAL_CLASSES else "current"
        for key in (found, side, "total") if found else ():
            sums[key] = sums.get(key, 0) + item.amount_ntd
    return sums

"""Pages 32 and 33: expenditure by object (歲出用途別科目分析表) and capital (資本支出分析表).

Form: 中央及地方政府預算籌編原則, tables of the unit budget of Taichung, fiscal year 105.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from zhuji_budget.domain.books.codes import ObjectPack
from zhuji_budget.domain.unit_book.model import Item, UnitBook
from zhuji_budget.domain.unit_book.table import Column, StatTable, TableRow

CURRENT, CAPITAL = "經常支出", "資本支出"
_CURRENT_OBJECTS = ("人事費", "業務費", "獎補助費", "債務費", "預備金")
_CAPITAL_OBJECTS = ("人事費", "業務費", "設備及投資", "獎補助費", "預備金")
_EQUIPMENT = ("土地", "房屋建築及設備", "公共建設及設施", "機械設備", "運輸設備", "資訊軟硬體設備",
              "雜項設備", "權利", "投資")  # fmt: skip

Cells = Callable[[Sequence[Item]], dict[str, int]]


def objects_table(book: UnitBook, pack: ObjectPack) -> StatTable:
    """Page 32: each work plan by first-level object, current and capital apart."""
    accounts = {item.code: item.account for item in pack.objects}
    names = {item.code: item.name for item in pack.objects if item.level == 1}
    parents = {item.code: item.parent or item.code for item in pack.objects}

    def cells(items: Sequence[Item]) -> dict[str, int]:
        sums: dict[str, int] = {}
        for item in items:
            account = item.account or accounts[item.object_code]
            side = CAPITAL if account == "capital" else CURRENT
            for key in ("total", side, f"{side} {names[parents[item.object_code]]}"):
                sums[key] = sums.get(key, 0) + item.amount_ntd
        return sums

    whole = cells(list(book.items()))
    return StatTable(
        page="32",
        title="歲出用途別科目分析表",
        unit_ntd=1_000,
        columns=(
            Column(key="total", head="合計"),
            *_side(CURRENT, _CURRENT_OBJECTS, whole),
            *_side(CAPITAL, _CAPITAL_OBJECTS, whole),
        ),
        rows=tuple(plan_rows(book, cells, functions=True)),
    )


def capital_table(book: UnitBook, pack: ObjectPack) -> StatTable:
    """Page 33: the capital items of each work plan by kind of equipment."""
    objects = {item.code: item for item in pack.objects}

    def cells(items: Sequence[Item]) -> dict[str, int]:
        sums: dict[str, int] = {}
        for item in items:
            found = objects[item.object_code]
            if (item.account or found.account) != "capital":
                continue
            kind = found.name.removesuffix("費")
            key = kind if kind in _EQUIPMENT else "other"
            for name in ("total", key):
                sums[name] = sums.get(name, 0) + item.amount_ntd
        return sums

    return StatTable(
        page="33",
        title="資本支出分析表",
        unit_ntd=1_000,
        columns=(
            Column(key="total", head="合計"),
            *(Column(key=name, head=name, under="設備及投資") for name in _EQUIPMENT),
            Column(key="other", head="其他資本支出"),
        ),
        rows=tuple(row for row in plan_rows(book, cells) if row.cells),
    )


def plan_rows(book: UnitBook, cells: Cells, *, functions: bool = False) -> Iterator[TableRow]:
    """Give 合計, with ``functions`` the function (政事別), then each program and work plan."""
    everything = list(book.items())
    yield TableRow(label="合計", cells=cells(everything))
    if functions:
        for code in dict.fromkeys(_agency_code(book, plan.code) for plan in book.plans):
            inside = [item for item in everything if _agency_code(book, item.plan_code) == code]
            yield TableRow(label=code, code=code, cells=cells(inside))
    seen: set[str] = set()
    for plan in book.plans:
        program = book.scheme.up_to(plan.code, "plan")
        if program not in seen:
            seen.add(program)
            inside = [
                item for item in everything if book.scheme.up_to(item.plan_code, "plan") == program
            ]
            yield TableRow(label=plan.program, code=program, level=2, cells=cells(inside))
        yield TableRow(label=plan.name, code=plan.code, level=3, cells=cells(plan.items))


def _agency_code(book: UnitBook, code: str) -> str:
    """The function within the agency: 32·02·007·00·00."""
    return book.scheme.up_to(code, "agency")


def _side(side: str, objects: Sequence[str], whole: Mapping[str, int]) -> Iterator[Column]:
    """Give the printed objects, and any other that this book has money for."""
    begins = f"{side} "
    used = [key.removeprefix(begins) for key in whole if key.startswith(begins)]
    for name in dict.fromkeys((*objects, *used)):
        yield Column(key=f"{side} {name}", head=name, under=side)
    yield Column(key=side, head="小計", under=side)

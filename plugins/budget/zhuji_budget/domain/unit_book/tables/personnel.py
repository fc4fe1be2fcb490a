"""Pages 34–39: personnel (人事費彙計表 of the agency, 人事費分析表 of each work plan).

The amounts by object are sums of line items. To whom an item belongs (職員, 約聘僱, 駕駛, 工友) is
told by its explanation; head-counts (預算員額) of the permanent staff are entered, since their
pay is budgeted as one sum.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from zhuji_budget.domain.books.codes import ObjectPack
from zhuji_budget.domain.unit_book.model import Item, UnitBook
from zhuji_budget.domain.unit_book.table import Column, StatTable, TableRow

_UNDER = "全年度人事費"
OBJECTS = ("民意代表待遇", "政務人員待遇", "法定編制人員待遇", "約聘僱人員待遇", "技工及工友待遇",
            "獎金", "其他給與", "加班值班費", "退休退職給付", "退休離職儲金", "保險")  # fmt: skip
_PERSONNEL = "人事費"

PERMANENT, STAFF, CONTRACT, DRIVER, WORKER, OTHER = (
    "正式員額", "職員", "約聘僱人員", "駕駛", "工友", "其他人事費",
)  # fmt: skip
KINDS = (PERMANENT, STAFF, CONTRACT, DRIVER, WORKER, OTHER)
# What a line says of whom it pays, in order of trying.
_WHO: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"補至千元差額|業務加班"), OTHER),
    (re.compile(r"約[聘僱]"), CONTRACT),
    (re.compile(r"駕駛"), DRIVER),
    (re.compile(r"工友|技工"), WORKER),
    (re.compile(r"法定編制|政務人員|職員"), STAFF),
)
_WORKERS = re.compile(r"工友|技工")
NOT_DERIVABLE = ("預算員額：正式員額、職員（法定編制人員以總額編列，書中無逐人資料）",)


def who(item: Item) -> str:
    """Return whom a personnel item pays; what names nobody is 其他人事費."""
    return next((kind for said, kind in _WHO if said.search(item.explanation)), OTHER)


def shares(item: Item, items: Sequence[Item], pack: ObjectPack) -> Mapping[str, int]:
    """Return how much of an item is whose.

    A line for drivers and workers together (工友及駕駛休假補助, 3 persons) is shared by the heads
    that their own lines of pay name.
    """
    kind = who(item)
    both = kind == DRIVER and _WORKERS.search(item.explanation)
    if not both:
        return {kind: item.amount_ntd}
    heads = {
        one: paid_persons([line for line in items if who(line) == one], pack)
        for one in (DRIVER, WORKER)
    }
    if sum(heads.values()) != item.persons:
        return {kind: item.amount_ntd}
    return {one: item.price_ntd * number for one, number in heads.items()}


def is_personnel(item: Item, pack: ObjectPack) -> bool:
    """Tell whether the item's first-level object is 人事費."""
    parents = {one.code: one.parent or one.code for one in pack.objects}
    names = {one.code: one.name for one in pack.objects}
    return names[parents[item.object_code]] == _PERSONNEL


def personnel_tables(book: UnitBook, pack: ObjectPack) -> list[tuple[str, StatTable]]:
    """Return the table of the agency with key "", then each plan's with its name as key.

    A plan without personnel has no page.
    """
    everything = [item for item in book.items() if is_personnel(item, pack)]
    tables = [("", _table("34", "人事費彙計表", everything, pack))]
    for number, plan in enumerate(book.plans, start=35):
        items = [item for item in plan.items if is_personnel(item, pack)]
        if items:
            tables.append((plan.name, _table(str(number), "人事費分析表", items, pack)))
    return tables


def _table(page: str, title: str, items: Sequence[Item], pack: ObjectPack) -> StatTable:
    rows = [TableRow(label="合計", cells=_cells([(item, item.amount_ntd) for item in items], pack))]
    for label in KINDS:
        wanted = STAFF if label == PERMANENT else label
        inside = [
            (item, share[wanted])
            for item in items
            if wanted in (share := shares(item, items, pack))
        ]
        if inside:
            rows.append(TableRow(label=label, cells=_cells(inside, pack)))
    return StatTable(
        page=page,
        title=title,
        unit_ntd=1,
        columns=(
            *(Column(key=name, head=name, under=_UNDER) for name in object_columns(items, pack)),
            Column(key="total", head="合計", under=_UNDER),
        ),
        rows=tuple(rows),
        not_derivable=NOT_DERIVABLE,
    )


def object_columns(items: Sequence[Item], pack: ObjectPack) -> tuple[str, ...]:
    """Return the heads of the table: the printed ones, or those of another generation of codes.

    Money that has only its first-level object has a column of its own.
    """
    names = {one.code: one.name for one in pack.objects}
    first = next((one.code for one in pack.objects if one.name == _PERSONNEL), "")
    own = tuple(one.name for one in pack.objects if one.parent == first)
    known = OBJECTS if set(own) <= set(OBJECTS) else own
    used = dict.fromkeys(names[item.object_code] for item in items)
    return (*known, *(name for name in used if name not in known))


def _cells(parts: Sequence[tuple[Item, int]], pack: ObjectPack) -> dict[str, int]:
    names = {one.code: one.name for one in pack.objects}
    sums: dict[str, int] = {}
    for item, amount_ntd in parts:
        for key in (names[item.object_code], "total"):
            sums[key] = sums.get(key, 0) + amount_ntd
    return sums


def paid_persons(items: Sequence[Item], pack: ObjectPack) -> int:
    """Return how many people the lines of pay (待遇) name; bonuses name them again."""
    names = {one.code: one.name for one in pack.objects}
    return sum(item.persons for item in items if names[item.object_code].endswith("待遇"))

"""DGBAS's compilation of all governments' budgets, as its sheets print it: read by content."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from zhuji_core.spreadsheets import read_workbook
from zhuji_core.values import Value

UNIT_NTD = 1_000
TOTAL = "總計"
GROUPS = ("直轄市合計", "縣市合計")
SECTIONS = {"(經資門併計)": "both", "(經常門)": "current", "(資本門)": "capital"}


class Item(Value, frozen=True, kw_only=True):
    """A column: 款 alone (``part`` 0) or one of its 項; ``leaf``: nothing is below it."""

    kind: int
    part: int
    name: str
    column: int
    leaf: bool

    @property
    def code(self) -> str:
        return f"{self.kind:02}{self.part:02}" if self.part else f"{self.kind:02}"


class Compilation(Value, frozen=True, kw_only=True):
    """One table: its items, and NT dollars by (section, government, column)."""

    items: tuple[Item, ...]
    governments: tuple[str, ...]
    total_column: int
    amounts: dict[tuple[str, str, int], int]

    def of(self, section: str, government: str, column: int) -> int:
        return self.amounts.get((section, government, column), 0)

    @property
    def leaves(self) -> tuple[Item, ...]:
        return tuple(item for item in self.items if item.leaf)

    @property
    def kinds(self) -> tuple[Item, ...]:
        return tuple(item for item in self.items if not item.part)

    def leaves_of(self, kind: Item) -> tuple[Item, ...]:
        return tuple(item for item in self.leaves if item.kind == kind.kind)


def read_compilation(path: Path) -> Compilation:
    """Read the first sheet: heads 科目, 款 and 項 in three rows, governments below them."""
    (sheet, *_) = read_workbook(path).sheets
    rows = [list(row) for row in sheet.rows]
    at = next(n for n, row in enumerate(rows) if _plain(row[0]) == "科目")
    total_column = next(n for n, value in enumerate(rows[at + 1]) if _plain(value) == "合計")
    amounts = dict(_amounts(rows[at + 3 :]))
    names = dict.fromkeys(name for _, name, _ in amounts)
    return Compilation(
        items=tuple(_items(rows[at], rows[at + 1], rows[at + 2])),
        governments=tuple(name for name in names if name not in {TOTAL, *GROUPS}),
        total_column=total_column,
        amounts=amounts,
    )


def _items(
    heads: Sequence[object], kinds: Sequence[object], parts: Sequence[object]
) -> Iterator[Item]:
    found: list[tuple[int, int, str, int]] = []
    for column, head in enumerate(heads):
        kind, part = _number(kinds[column]), _number(parts[column])
        if kind:
            found.append((kind, 0, _plain(head), column))
        elif part:
            found.append((found[-1][0], part, _plain(head), column))
    for at, (kind, part, name, column) in enumerate(found):
        after = found[at + 1] if at + 1 < len(found) else None
        leaf = bool(part) or after is None or not after[1]
        yield Item(kind=kind, part=part, name=name, column=column, leaf=leaf)


def _amounts(rows: Sequence[Sequence[object]]) -> Iterator[tuple[tuple[str, str, int], int]]:
    section = "both"
    for row in rows:
        name = _plain(row[0])
        if name in SECTIONS:
            section = SECTIONS[name]
            continue
        for column, value in enumerate(row):
            if name and _is_amount(value):
                yield (section, name, column), round(float(str(value))) * UNIT_NTD


def _is_amount(value: object) -> bool:
    text = str(value).strip()
    return bool(text) and text.replace(".", "", 1).replace("-", "", 1).isdigit()


def _number(value: object) -> int:
    text = _plain(value)
    return round(float(text)) if text.replace(".", "", 1).isdigit() else 0


def _plain(value: object) -> str:
    return "".join(str(value).split())

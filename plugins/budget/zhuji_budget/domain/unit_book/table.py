"""A statutory table as made from line items, and its comparison with the printed sheet.

Both sides are asked cell by cell: a printed amount that nothing makes is a difference, and so is
a made amount that is not printed. Columns and rows are found by their words and codes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import TypeAlias

from zhuji_budget.domain.books.model import Place
from zhuji_budget.domain.books.text import name_and_code, squeezed
from zhuji_budget.domain.unit_book.printed import Page, letters_of
from zhuji_core.values import Value

_HEAD_ROWS_MAX = 14
_FOOT = re.compile(r"^\d{4,6}-\d{1,3}$")
"""The agency's number and the page's, below each printed page: 02007 - 32."""
_ABOVE_HEADS = re.compile(r"^單位:|^中華民國\d+年度")


Cell: TypeAlias = int | str | None
ENTERED: Cell = None


class Column(Value, frozen=True, kw_only=True):
    """A column by the letters of its head; ``under`` is the head above that it stands below."""

    key: str
    head: str
    under: str = ""
    text: bool = False


class TableRow(Value, frozen=True, kw_only=True):
    """A row by its code, or by its label where it has none; ``cells`` by key of column.

    Amounts are whole NT dollars. A column that is missing or 0 is printed blank or as a dash;
    ``ENTERED`` is a cell that no line item tells, so that it is not compared.
    """

    label: str
    code: str = ""
    level: int = 1
    cells: Mapping[str, Cell]


class StatTable(Value, frozen=True, kw_only=True):
    """One table: ``page`` as printed, ``unit_ntd`` what 1 stands for.

    ``not_derivable`` names what no line item tells; it is in none of the rows' cells.
    """

    page: str
    title: str
    unit_ntd: int
    columns: tuple[Column, ...]
    rows: tuple[TableRow, ...]
    not_derivable: tuple[str, ...] = ()


class Difference(Value, frozen=True, kw_only=True):
    """A cell whose printed value is not the one made from the items (both as printed)."""

    cell: str
    what: str
    printed: str
    made: str


class SheetCheck(Value, frozen=True, kw_only=True):
    """How one sheet compares: cells compared and equal, the others, and what was not derived."""

    sheet: str
    title: str
    compared: int
    equal: int
    differences: tuple[Difference, ...]
    not_derivable: tuple[str, ...] = ()


class Comparison:
    """Counts one sheet's cells."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.compared = 0
        self.differences: list[Difference] = []

    def amount(self, row: int, column: int, made_ntd: int, *, unit_ntd: int, what: str) -> None:
        """Compare a printed amount; nothing on either side is no comparison."""
        printed = self.page.amount(row, column, unit_ntd=unit_ntd)
        if not self.page.text(row, column) and not made_ntd:
            return
        made = rounded(made_ntd, unit_ntd)
        shown = f"{made:,}"
        self._count(row, column, printed == made * unit_ntd, shown, what)

    def text(self, row: int, column: int, made: str, *, what: str) -> None:
        """Compare printed words, whatever the spaces and line breaks."""
        printed = self.page.text(row, column)
        if printed or made:
            self._count(row, column, printed == squeezed(made), made, what)

    def value(self, place: Place, printed_ntd: int, made_ntd: int, *, what: str) -> None:
        """Compare an amount that was read from a text or a cell already."""
        self.compared += 1
        if printed_ntd != made_ntd:
            self.differences.append(
                Difference(
                    cell=place.cell, what=what, printed=f"{printed_ntd:,}", made=f"{made_ntd:,}"
                )
            )

    def values(
        self, row: int, column: int, *, printed: Sequence[int], made: Sequence[int], what: str
    ) -> None:
        """Compare several amounts that one cell tells, each as a cell of its own."""
        for said, own in zip_longest(printed, made):
            self._count(row, column, said == own, f"{own:,}" if own is not None else "", what)

    def missing(self, what: str, made: str) -> None:
        """Count what is made and stands nowhere on the sheet."""
        self.compared += 1
        self.differences.append(Difference(cell="", what=what, printed="", made=made))

    def finish(self, table: StatTable) -> SheetCheck:
        return SheetCheck(
            sheet=self.page.name,
            title=table.title,
            compared=self.compared,
            equal=self.compared - len(self.differences),
            differences=tuple(self.differences),
            not_derivable=table.not_derivable,
        )

    def _count(self, row: int, column: int, equal: bool, made: str, what: str) -> None:  # noqa: FBT001
        self.compared += 1
        if not equal:
            place = self.page.place(row, column)
            self.differences.append(
                Difference(cell=place.cell, what=what, printed=self._shown(row, column), made=made)
            )

    def _shown(self, row: int, column: int) -> str:
        raw = self.page.raw(row, column)
        return f"{raw:,.0f}" if isinstance(raw, int | float) else str(raw).strip()


def compare(table: StatTable, page: Page) -> SheetCheck:
    """Compare every cell of ``table`` with the printed ``page``, and the other way round."""
    comparison = Comparison(page)
    columns = dict(_find_columns(table.columns, page))
    for column in table.columns:
        if column.key not in columns:
            for row in table.rows:
                if row.cells.get(column.key):
                    comparison.missing(f"{row.label} {column.head}", str(row.cells[column.key]))
    made = {_key(row.code, row.label): row for row in table.rows}
    printed = dict(_find_rows(page, columns))
    for key, at in printed.items():
        row = made.pop(key, TableRow(label=key, cells={}))
        _compare_row(comparison, table, columns, at, row)
    for row in made.values():
        if any(row.cells.values()):
            comparison.missing(row.label, str(dict(row.cells)))
    return comparison.finish(table)


def _compare_row(
    comparison: Comparison,
    table: StatTable,
    columns: Mapping[str, int],
    at: int,
    row: TableRow,
) -> None:
    for column in table.columns:
        if column.key not in columns:
            continue
        where = columns[column.key]
        what = f"{row.label} {column.head}"
        value = row.cells.get(column.key, "" if column.text else 0)
        if value is None:  # ENTERED
            continue
        if isinstance(value, str):
            comparison.text(at, where, value, what=what)
        else:
            comparison.amount(at, where, value, unit_ntd=table.unit_ntd, what=what)


def _key(code: str, label: str) -> str:
    return code or squeezed(label)


def rounded(amount_ntd: int, unit_ntd: int) -> int:
    """Halves go up, as the county system prints them (amounts here are never negative sums)."""
    sign = -1 if amount_ntd < 0 else 1
    return sign * ((abs(amount_ntd) * 2 + unit_ntd) // (2 * unit_ntd))


def _find_columns(columns: Iterable[Column], page: Page) -> Iterator[tuple[str, int]]:
    """Match heads by their letters, within the head above where the same word stands twice."""
    found = dict(_heads(page))
    taken: set[int] = set()
    for column in columns:
        wanted, under = letters_of(column.head), letters_of(column.under)
        for at, path in found.items():
            if at in taken or not path or path[-1] != wanted:
                continue
            if under and under not in path[:-1]:
                continue
            taken.add(at)
            yield column.key, at
            break


def _heads(page: Page) -> Iterator[tuple[int, list[str]]]:
    """Give each column's heads from the top down, those that cover it from the left too."""
    last = _first_data_row(page)
    first = 1 + max(
        (
            row
            for row in range(last)
            if any(_ABOVE_HEADS.match(page.text(row, at)) for at in range(page.width))
        ),
        default=-1,
    )
    covering: list[tuple[int, str]] = []
    for column in range(page.width):
        own = [
            (row, page.text(row, column)) for row in range(first, last) if page.text(row, column)
        ]
        if own:
            top = own[0][0]
            covering = [head for head in covering if head[0] < top]
            yield column, [letters_of(text) for _, text in (*covering, *own)]
            covering = [*covering, *own]
        else:
            yield column, []


def _first_data_row(page: Page) -> int:
    """Heads end above the first row that holds a code, a sum, or an amount."""
    for row in range(min(len(page.rows), _HEAD_ROWS_MAX)):
        for column in range(page.width):
            text = page.text(row, column)
            if text in {"合計", "總計"} and _has_amount_right(page, row, column):
                return row
            if name_and_code(page.raw(row, column))[1] and _has_amount_right(page, row, column):
                return row
    return min(len(page.rows), _HEAD_ROWS_MAX)


def _has_amount_right(page: Page, row: int, column: int) -> bool:
    return any(
        page.text(row, at) and page.amount(row, at) is not None
        for at in range(column + 1, page.width)
    )


def _find_rows(page: Page, columns: Mapping[str, int]) -> Iterator[tuple[str, int]]:
    """Give (code or label, row) of every row below the heads that names something."""
    first_amount = min(columns.values(), default=0)
    for row in range(_first_data_row(page), len(page.rows)):
        if any(_FOOT.match(page.text(row, column)) for column in range(page.width)):
            continue
        named = [name_and_code(page.raw(row, column)) for column in range(first_amount)]
        code = next((code for _, code in named if code), "")
        label = next((name for name, _ in named if name and not name.isdigit()), "")
        if code or (label and any(page.text(row, at) for at in columns.values())):
            yield _key(code, label), row

"""A booklet as it is printed: sheets with heads of several levels, and rows below them.

``export`` writes one table with one row of heads. A statutory book has twenty, each with heads
that stand across and above each other; here they are laid out once, for every file format.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum
from itertools import pairwise

from zhuji_core.values import Value


class Look(StrEnum):
    """How a cell is shown; an amount stays a number, and 0 is a dash."""

    TEXT = "text"
    CENTRE = "centre"
    AMOUNT = "amount"
    HEAD = "head"


class FormCell(Value, frozen=True, kw_only=True):
    """A cell, ``across`` columns wide and ``down`` rows high; ``indent`` in characters.

    A head of one narrow column stands upright: its characters below each other.
    """

    value: str | int | None = None
    look: Look = Look.TEXT
    across: int = 1
    down: int = 1
    indent: int = 0
    strong: bool = False
    upright: bool = False

    @property
    def shown(self) -> str | int | None:
        """Return the value as cells hold it: upright words one character a line."""
        if self.upright and isinstance(self.value, str):
            return "\n".join(self.value)
        if isinstance(self.value, str) and self.indent:
            lead = "　" * self.indent
            return "\n".join(lead + line for line in self.value.split("\n"))
        return self.value


FormRow = tuple[FormCell, ...]


class FormSheet(Value, frozen=True, kw_only=True):
    """One table of the booklet.

    ``widths`` in characters of Latin, one for each column. ``front`` stands once above the
    heads, ``heads`` on every page. ``breaks`` are columns at which the next printed page begins
    (a table over two facing pages). ``aside`` stands left above the table, ``notes`` below it.
    ``entry`` is what the table of contents calls it, where several have one title.
    """

    name: str
    title: str
    widths: tuple[int, ...]
    heads: tuple[FormRow, ...]
    rows: tuple[FormRow, ...]
    front: tuple[FormRow, ...] = ()
    period: str = ""
    unit: str = ""
    aside: str = ""
    entry: str = ""
    notes: tuple[str, ...] = ()
    landscape: bool = False
    breaks: tuple[int, ...] = ()

    @property
    def sheet_name(self) -> str:
        """Return a name that spreadsheets accept: 31 characters, no brackets, slashes or *?:."""
        kept = "".join(letter for letter in self.name if letter not in "[]:*?/\\'")
        return kept[:31] or "1"


class Booklet(Value, frozen=True, kw_only=True):
    """The whole: ``owner`` is whose it is, ``mark`` stands before each page's number.

    ``contents`` is the word above the table of contents of the PDF, "" for none.
    """

    title: str
    owner: str
    sheets: tuple[FormSheet, ...]
    author: str
    printed: str
    mark: str = ""
    contents: str = ""

    @property
    def sheet_names(self) -> tuple[str, ...]:
        """Return the sheets' names, each once: programs refuse two of one name."""
        taken: set[str] = set()
        names = []
        for sheet in self.sheets:
            name, number = sheet.sheet_name, 2
            while name.casefold() in taken:
                name = f"{sheet.sheet_name[:27]}({number})"
                number += 1
            taken.add(name.casefold())
            names.append(name)
        return tuple(names)


class Placed(Value, frozen=True, kw_only=True):
    """A cell and its column; what it covers below and beside holds nothing."""

    column: int
    cell: FormCell


def placed(rows: Sequence[FormRow], width: int) -> Iterator[tuple[Placed, ...]]:
    """Give the rows with each cell's column; cells fill what those above leave free."""
    covered: dict[int, int] = {}
    for row in rows:
        found = []
        free = [column for column in range(width) if not covered.get(column)]
        covered = {column: left - 1 for column, left in covered.items() if left > 1}
        for cell in row:
            assert cell.across <= len(free), "a row is no wider than its sheet"
            found.append(Placed(column=free[0], cell=cell))
            for column in free[: cell.across]:
                if cell.down > 1:
                    covered[column] = cell.down - 1
            free = free[cell.across :]
        assert not free, "a row fills its sheet, with empty cells where nothing stands"
        yield tuple(found)


def pages_of(sheet: FormSheet) -> tuple[FormSheet, ...]:
    """Return the sheet cut at its ``breaks``, each part a table of its own."""
    edges = (0, *sheet.breaks, len(sheet.widths))
    if not sheet.breaks:
        return (sheet,)
    return tuple(_part(sheet, first, last) for first, last in pairwise(edges))


def _part(sheet: FormSheet, first: int, last: int) -> FormSheet:
    def cut(rows: Sequence[FormRow]) -> tuple[FormRow, ...]:
        return tuple(_cut_row(row, first, last) for row in placed(rows, len(sheet.widths)))

    return FormSheet(
        name=sheet.name,
        title=sheet.title,
        widths=sheet.widths[first:last],
        heads=cut(sheet.heads),
        rows=cut(sheet.rows),
        front=cut(sheet.front),
        period=sheet.period,
        unit=sheet.unit,
        aside=sheet.aside if first == 0 else "",
        notes=sheet.notes if last == len(sheet.widths) else (),
        landscape=sheet.landscape,
    )


def _cut_row(row: Sequence[Placed], first: int, last: int) -> FormRow:
    """A cell that stands across the break is on both pages, on each as wide as its part."""
    cells = []
    for one in row:
        begin, end = max(one.column, first), min(one.column + one.cell.across, last)
        if begin < end:
            cells.append(
                FormCell(
                    value=one.cell.value,
                    look=one.cell.look,
                    across=end - begin,
                    down=one.cell.down,
                    indent=one.cell.indent,
                    strong=one.cell.strong,
                    upright=one.cell.upright,
                )
            )
    return tuple(cells)

"""What the pages of a unit book have in common: cells by address, heads by their letters."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence

from zhuji_budget.domain.books.model import Place, SheetLike
from zhuji_budget.domain.books.text import amount_ntd, cell_name, squeezed

_SAID = re.compile(r"(\d[\d,]*)(千?元)")


_SOURCE = re.compile(r"([^\d:;,、。]{1,12})\d[\d,]*千?元")


class Page:
    """A sheet by row and column, both counted from 0; outside of it everything is blank."""

    def __init__(self, sheet: SheetLike, *, file: str) -> None:
        self.name = sheet.name
        self.rows = sheet.rows
        self._file = file

    @property
    def width(self) -> int:
        return max((len(row) for row in self.rows), default=0)

    def raw(self, row: int, column: int) -> object:
        if not 0 <= row < len(self.rows) or not 0 <= column < len(self.rows[row]):
            return ""
        return self.rows[row][column]

    def text(self, row: int, column: int) -> str:
        """Return the cell's text without spaces and in half-width forms."""
        return squeezed(self.raw(row, column))

    def amount(self, row: int, column: int, *, unit_ntd: int = 1) -> int | None:
        """Return whole NT dollars (blank and dashes: 0), None where something else stands."""
        return amount_ntd(self.raw(row, column), unit_ntd=unit_ntd)

    def place(self, row: int, column: int) -> Place:
        return Place(file=self._file, sheet=self.name, row=row + 1, cell=cell_name(row + 1, column))

    def find(self, pattern: str) -> tuple[int, int] | None:
        """Return the first cell, by rows, whose text the pattern matches from its beginning."""
        wanted = re.compile(pattern)
        return next(
            (
                (row, column)
                for row, cells in enumerate(self.rows)
                for column, cell in enumerate(cells)
                if cell not in {"", None} and wanted.match(squeezed(cell))
            ),
            None,
        )

    def right_of(self, row: int, column: int) -> int:
        """Return the next column to the right that holds something (or one past the width)."""
        return next((at for at in range(column + 1, self.width) if self.text(row, at)), self.width)


def letters_of(text: object) -> str:
    """Return the letters of a head in one order: vertical heads are typed in any.

    對家庭及民間非營利機構 is printed in two vertical columns and stored as 對非家營庭利及機民構間.
    """
    return "".join(sorted(squeezed(text)))


def said_ntd(text: object) -> int | None:
    """Return the first amount that a text says with its unit (市款55,804,000元, 63,953千元)."""
    found = _SAID.search(unicodedata.normalize("NFKC", str(text)).replace(" ", ""))
    if found is None:
        return None
    return int(found[1].replace(",", "")) * (1_000 if found[2] == "千元" else 1)


def said_source(text: object) -> str:
    """Return the word before the only amount that a text says (市款55,804,000元), else ""."""
    plain = unicodedata.normalize("NFKC", str(text)).replace(" ", "").strip()
    found = _SOURCE.fullmatch(plain)
    return found[1] if found else ""


def quantity_count(text: str) -> int | None:
    """Return the product of a printed quantity ("1,145", "10×9"), None for anything else."""
    product = 1
    for part in re.split(r"[×xX*]", text.replace(",", "")):
        if not part.isdigit():
            return None
        product *= int(part)
    return product


def columns_of(cells: Sequence[object], words: Iterable[str]) -> dict[str, int] | None:
    """Return word → column where a row holds them all as whole cells, else None."""
    at = {squeezed(cell): column for column, cell in reversed(list(enumerate(cells)))}
    found = {word: at[word] for word in words if word in at}
    return found if len(found) == len(list(words)) else None


def filled(page: Page, row: int) -> Iterator[int]:
    """Give the columns of a row that hold something."""
    return (column for column in range(page.width) if page.text(row, column))

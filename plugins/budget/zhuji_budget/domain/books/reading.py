"""Read the sheets of one file into rows: pages joined, names unwrapped, levels and parents told."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from zhuji_budget.domain.books import kinds
from zhuji_budget.domain.books.codes import CodeScheme
from zhuji_budget.domain.books.heads import Columns, find_head
from zhuji_budget.domain.books.model import (
    Book,
    BookSheet,
    Place,
    Problem,
    SheetLike,
    SkippedSheet,
)
from zhuji_budget.domain.books.problems import problem
from zhuji_budget.domain.books.rows import RowBuilder
from zhuji_budget.domain.books.text import squeezed

_UNITS_NTD = {"元": 1, "千元": 1_000, "萬元": 10_000, "百萬元": 1_000_000, "億元": 100_000_000}
_UNIT = re.compile(r"(?:單位[:,]?|[(])(?:新臺幣|新台幣|NT\$?)?([百千萬億]*元)")
_TITLE_ROWS_MAX = 60
"""A sheet whose first head stands lower is a form with something else on top."""


def read_book(
    *,
    file: str,
    sheets: Iterable[SheetLike],
    fiscal_year: int,
    schemes: Sequence[CodeScheme] = (),
) -> Book:
    """Read one file. Never raises for what a file contains: it is in ``problems``.

    ``fiscal_year`` (民國) chooses among ``schemes``, the ways of cutting codes that may apply.
    """
    read: list[BookSheet] = []
    skipped: list[SkippedSheet] = []
    empty = True
    for sheet in sheets:
        empty = empty and not any(squeezed(cell) for row in sheet.rows for cell in row)
        found = _read_sheet(file, sheet, fiscal_year, schemes)
        if isinstance(found, BookSheet):
            read.append(found)
        else:
            skipped.append(found)
    problems: list[Problem] = []
    if empty:
        problems.append(problem("E-BOOK-EMPTY", Place(file=file)))
    elif not read:
        names = "、".join(sheet.name for sheet in skipped[:10])
        problems.append(problem("E-BOOK-KIND", Place(file=file), detail={"sheets": names}))
    return Book(file=file, sheets=tuple(read), skipped=tuple(skipped), problems=tuple(problems))


def _read_sheet(
    file: str, sheet: SheetLike, fiscal_year: int, schemes: Sequence[CodeScheme]
) -> BookSheet | SkippedSheet:
    head = next(
        (
            head
            for at in range(min(len(sheet.rows), _TITLE_ROWS_MAX))
            if (head := find_head(sheet.rows, at))
        ),
        None,
    )
    if head is None:
        return SkippedSheet(file=file, name=sheet.name, reason=kinds.NO_HEAD)
    title = "".join(squeezed(cell) for row in sheet.rows[: head.first] for cell in row)
    unit_ntd = _unit_ntd(head, title)
    builder = RowBuilder(file=file, sheet=sheet.name, unit_ntd=unit_ntd or _UNITS_NTD["千元"])
    _feed(builder, sheet.rows, head)
    rows, totals, problems = builder.finish(fiscal_year=fiscal_year, schemes=schemes)
    reason = kinds.why_not_ours(
        sheet_name=squeezed(sheet.name), title=title, words="".join(head.words), rows=rows
    )
    if reason:
        return SkippedSheet(file=file, name=sheet.name, reason=reason)
    if not rows:
        place = Place(file=file, sheet=sheet.name, row=head.first + 1)
        problems = (*problems, problem("E-BOOK-NO-ROWS", place))
    return BookSheet(
        file=file,
        name=sheet.name,
        unit_ntd=builder.unit_ntd,
        unit_printed=unit_ntd is not None,
        repeated_rows=builder.repeated_rows,
        rows=rows,
        totals=totals,
        problems=problems,
    )


def _unit_ntd(head: Columns, title: str) -> int | None:
    """What 1 stands for, from the head of this year's column or what is printed above it."""
    if head.unit_word in _UNITS_NTD:
        return _UNITS_NTD[head.unit_word]
    found = _UNIT.search(title) or _UNIT.search("".join(sorted(head.words)))
    return _UNITS_NTD.get(found[1]) if found else None


def _feed(builder: RowBuilder, rows: Sequence[Sequence[object]], head: Columns) -> None:
    """Give the builder each row below a head; repeated heads may move the columns."""
    titles = frozenset(
        text for row in rows[: head.first] for cell in row if (text := squeezed(cell))
    )
    at = head.first
    while at < len(rows):
        again = find_head(rows, at)
        if again is not None:
            head, at = again, again.last + 1
            continue
        texts = {text for cell in rows[at] if (text := squeezed(cell))}
        # A repeated page head: its title lines, page number and single words of the head.
        if not texts <= titles | head.words:
            builder.add(at + 1, rows[at], head)
        at += 1

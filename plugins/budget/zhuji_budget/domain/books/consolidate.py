"""Put many books together into one budget: each thing once, contradictions named by both cells."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from zhuji_budget.domain.books.checks import (
    children_of,
    sheet_errors,
    sheet_warnings,
    split_of,
)
from zhuji_budget.domain.books.codes import ObjectPack
from zhuji_budget.domain.books.explanation import prints_units
from zhuji_budget.domain.books.model import (
    AGENCY,
    AMOUNT_FIELDS,
    DEPARTMENT,
    PLAN,
    Agency,
    Book,
    BookSheet,
    Budget,
    Department,
    Line,
    ObjectAmount,
    Place,
    Plan,
    Problem,
    Row,
)
from zhuji_budget.domain.books.problems import COLUMNS, problem
from zhuji_core.values import Value


class Duplicate(Value, frozen=True, kw_only=True):
    """An agency that stands in two places with the same figures; the second is not counted."""

    code: str
    name: str
    line_count: int
    first: Place
    again: Place


class BookSummary(Value, frozen=True, kw_only=True):
    """What one file brought: ``lines`` and ``total_ntd`` count only what no file before had."""

    file: str
    sheets: tuple[str, ...]
    skipped_sheets: int
    lines: int
    duplicate_lines: int
    total_ntd: int
    errors: int


class Consolidation(Value, frozen=True, kw_only=True):
    """The result of an import. ``budget`` may be kept only if ``errors`` is empty.

    ``places`` names the cell that each line's code was first read from. ``lines_without_split``
    has, by line code, why: "none" (the book gives no amounts), "zero" (no amount this year),
    "sum" (what it gives does not add up; see the error) or "part" (see the warning).
    """

    budget: Budget
    books: tuple[BookSummary, ...]
    duplicates: tuple[Duplicate, ...]
    errors: tuple[Problem, ...]
    warnings: tuple[Problem, ...]
    places: Mapping[str, Place]
    lines_without_split: Mapping[str, str]


class _Node:
    """One code of the whole government, with the row it was first read from."""

    def __init__(self, row: Row, parent: str, book: int, *, leaf: bool) -> None:
        self.row, self.parent, self.book, self._leaf = row, parent, book, leaf
        self.children: list[str] = []
        self.printed: list[tuple[Row, BookSheet]] = []  # every place with this code

    @property
    def is_line(self) -> bool:
        """Nothing below it, neither where it was first read nor in any other book."""
        return self._leaf and not self.children


class _Merger:
    """Fill ``nodes`` sheet by sheet, in the order given; what is known is compared instead."""

    def __init__(self) -> None:
        self.nodes: dict[str, _Node] = {}
        self.duplicates: list[Duplicate] = []
        self.errors: list[Problem] = []
        self.warnings: list[Problem] = []

    def add_sheet(self, sheet: BookSheet, book: int) -> int:
        """Return how many of the sheet's lines were known before; ``book`` counts the files."""
        children = children_of(sheet.rows)
        before = {code: frozenset(node.children) for code, node in self.nodes.items()}
        for row, below in zip(sheet.rows, children, strict=True):
            if not row.code:
                continue  # said already: E-BOOK-CODE-MISSING
            parent = sheet.rows[row.parent].code if row.parent is not None else ""
            if row.code in self.nodes:
                self._compare(self.nodes[row.code], row, parent)
            else:
                self.nodes[row.code] = _Node(row, parent, book, leaf=not below)
                if parent in self.nodes:
                    self.nodes[parent].children.append(row.code)
            self.nodes[row.code].printed.append((row, sheet))
        counts = _lines_below(sheet.rows)
        for row, below, count in zip(sheet.rows, children, counts, strict=True):
            if row.code in before and row.level != DEPARTMENT and below:
                self._compare_children(row, below, before[row.code])
            if row.code in before and row.level == AGENCY:
                self._note_duplicate(row, count)
        leaves = (row for row, below in zip(sheet.rows, children, strict=True) if not below)
        return sum(1 for row in leaves if row.code in before)

    def lines_of(self, book: int, budget: Budget) -> list[Line]:
        """Return the lines first read from one book."""
        return [line for line in budget.lines if self.nodes[line.code].book == book]

    def _compare(self, known: _Node, row: Row, parent: str) -> None:
        """The same code again: the same figures, or a contradiction.

        A department's figure is the sum of the agencies printed below it, so it differs between
        a whole department's sheet and an agency's own; each is checked inside its sheet.
        """
        first = known.row
        detail = {"number": row.code, "name": first.name}
        if parent != known.parent and parent and known.parent:
            self.errors.append(
                problem(
                    "E-BOOK-PARENT",
                    row.place,
                    also=first.place,
                    detail={**detail, "parent": known.parent, "other": parent},
                )
            )
        if row.name != first.name:
            self.warnings.append(
                problem(
                    "E-BOOK-NAME", row.place, also=first.place, detail={**detail, "other": row.name}
                )
            )
        elsewhere = (row.place.file, row.place.sheet) != (first.place.file, first.place.sheet)
        for field in () if row.level == DEPARTMENT and elsewhere else AMOUNT_FIELDS:
            one, other = first.amounts.get(field), row.amounts.get(field)
            if one is not None and other is not None and one != other:
                self.errors.append(
                    problem(
                        "E-BOOK-CONFLICT",
                        row.at(field),
                        also=first.at(field),
                        arithmetic={"first": one, "again": other, "difference": other - one},
                        detail={**detail, "column": COLUMNS[field]},
                    )
                )

    def _compare_children(self, row: Row, below: Sequence[Row], known: frozenset[str]) -> None:
        """Both places add up (checked apart), so what stands in one only has no amount."""
        first = self.nodes[row.code].row
        for code in sorted(known.symmetric_difference(child.code for child in below)):
            detail = {"name": first.name, "number": code}
            self.warnings.append(
                problem("E-BOOK-PARTIAL", row.place, also=first.place, detail=detail)
            )

    def _note_duplicate(self, row: Row, line_count: int) -> None:
        self.duplicates.append(
            Duplicate(
                code=row.code,
                name=row.name,
                line_count=line_count,
                first=self.nodes[row.code].row.place,
                again=row.place,
            )
        )


def _lines_below(rows: Sequence[Row]) -> list[int]:
    """Return for each row how many lines it holds; a line holds itself."""
    counts = [0] * len(rows)
    for index in range(len(rows) - 1, -1, -1):  # what is below comes after
        counts[index] = counts[index] or 1
        parent = rows[index].parent
        if parent is not None:
            counts[parent] += counts[index]
    return counts


def consolidate(books: Sequence[Book], *, fiscal_year: int, pack: ObjectPack) -> Consolidation:
    """Merge, check and split the books of one fiscal year (民國). Never raises for their contents.

    ``pack`` is the generation of object codes in use that year. Books earlier in the sequence
    are the first place of what stands twice. The order changes no figure: where two places print
    different object amounts that both add up, the longer sheet counts (see ``split_of``).
    """
    merger = _Merger()
    errors: list[Problem] = []
    warnings: list[Problem] = []
    repeated: list[int] = []
    for number, book in enumerate(books):
        errors += book.problems
        known_lines = 0
        # The longest sheet first: a whole department before the sheets of its agencies.
        for sheet in sorted(book.sheets, key=lambda sheet: -len(sheet.rows)):
            errors += [*sheet.problems, *sheet_errors(sheet)]
            warnings += sheet_warnings(sheet)
            known_lines += merger.add_sheet(sheet, number)
        repeated.append(known_lines)
    budget, unsplit, split_problems = _budget(merger.nodes, fiscal_year, pack)
    errors += merger.errors
    for found in split_problems:
        (errors if found.code == "E-BOOK-SPLIT" else warnings).append(found)
    warnings += [*merger.warnings, *_unit_warnings(books, merger.nodes, unsplit)]
    places = {line.code: merger.nodes[line.code].row.place for line in budget.lines}
    return Consolidation(
        budget=budget,
        books=tuple(
            _summary(book, merger.lines_of(number, budget), repeated[number], errors)
            for number, book in enumerate(books)
        ),
        duplicates=tuple(merger.duplicates),
        errors=tuple(errors),
        warnings=tuple(warnings),
        places=places,
        lines_without_split=unsplit,
    )


def without_faulty(books: Sequence[Book], result: Consolidation) -> tuple[Book, ...]:
    """Return the books that no error names (``--partial``): consolidate these again.

    A contradiction between two books takes out both: which one is right is not known.
    """
    faulty = {place.file for error in result.errors for place in (error.place, error.also) if place}
    return tuple(book for book in books if book.file not in faulty)


def _budget(
    nodes: Mapping[str, _Node], fiscal_year: int, pack: ObjectPack
) -> tuple[Budget, Mapping[str, str], list[Problem]]:
    lines: list[Line] = []
    agencies: dict[str, Agency] = {}
    unsplit: dict[str, str] = {}
    problems: list[Problem] = []
    for code in sorted(code for code, node in nodes.items() if node.is_line):
        path = _path(nodes, code)
        agency = _agency(path)
        agencies.setdefault(agency.code, agency)
        split, found = split_of(nodes[code].printed, pack=pack)
        problems += found
        lines.append(_line(path, agency.code, split))
        if not split:
            unsplit[code] = _why_no_split(path[-1], found)
    ordered = sorted(nodes.items())
    budget = Budget(
        fiscal_year=fiscal_year,
        departments=tuple(
            Department(code=code, name=node.row.name)
            for code, node in ordered
            if node.row.level == DEPARTMENT
        ),
        agencies=tuple(agencies[code] for code in sorted(agencies)),
        plans=tuple(
            Plan(code=code, name=node.row.name, agency_code=_agency(_path(nodes, code)).code)
            for code, node in ordered
            if node.row.level == PLAN and node.children
        ),
        lines=tuple(lines),
    )
    return budget, unsplit, problems


def _path(nodes: Mapping[str, _Node], code: str) -> list[Row]:
    """Return the rows from the top down to ``code``; a loop of wrong parents ends it."""
    path: list[Row] = []
    while code in nodes and nodes[code].row not in path:
        path.insert(0, nodes[code].row)
        code = nodes[code].parent
    return path


def _agency(path: Sequence[Row]) -> Agency:
    """The row of level 2 on the path; where a book has none, the row nearest to it."""
    row = max((row for row in path if row.level <= AGENCY), key=_level, default=path[0])
    top = path[0]
    department = top.code if top.level == DEPARTMENT and top is not row else ""
    return Agency(code=row.code, name=row.name, department_code=department)


def _level(row: Row) -> int:
    return row.level


def _line(path: Sequence[Row], agency_code: str, split: tuple[ObjectAmount, ...]) -> Line:
    row = path[-1]
    return Line(
        code=row.code,
        name=row.name,
        agency_code=agency_code,
        plan_code=next((other.code for other in path[:-1] if other.level == PLAN), ""),
        this_year_ntd=row.amounts.this_year_ntd,
        last_year_ntd=row.amounts.last_year_ntd,
        final_ntd=row.amounts.final_ntd,
        split=split,
    )


def _why_no_split(row: Row, problems: Sequence[Problem]) -> str:
    if problems:
        return "sum" if any(found.code == "E-BOOK-SPLIT" for found in problems) else "part"
    return "none" if row.amounts.this_year_ntd else "zero"


def _unit_warnings(
    books: Sequence[Book], nodes: Mapping[str, _Node], unsplit: Mapping[str, str]
) -> Iterator[Problem]:
    """A sheet's unit that is not printed is proven by object amounts that do print theirs."""
    proven = {
        code
        for code, node in nodes.items()
        if node.is_line and code not in unsplit and prints_units(node.row.explanation)
    }
    for book in books:
        for sheet in book.sheets:
            if not sheet.unit_printed and proven.isdisjoint(row.code for row in sheet.rows):
                yield problem("E-BOOK-UNIT", Place(file=sheet.file, sheet=sheet.name))


def _summary(
    book: Book, own: Sequence[Line], duplicate_lines: int, errors: Sequence[Problem]
) -> BookSummary:
    return BookSummary(
        file=book.file,
        sheets=tuple(sheet.name for sheet in book.sheets),
        skipped_sheets=len(book.skipped),
        lines=len(own),
        duplicate_lines=duplicate_lines,
        total_ntd=sum(line.this_year_ntd for line in own),
        errors=sum(1 for error in errors if error.place.file == book.file),
    )

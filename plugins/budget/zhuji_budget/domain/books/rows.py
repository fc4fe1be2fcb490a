"""Turn the rows below a head into account rows: one per code, with level and parent."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence

import msgspec

from zhuji_budget.domain.books.codes import CodeScheme, fitting_scheme
from zhuji_budget.domain.books.heads import Columns
from zhuji_budget.domain.books.model import Amounts, Place, Problem, Row, Total
from zhuji_budget.domain.books.problems import COLUMNS, problem
from zhuji_budget.domain.books.text import (
    amount_ntd,
    cell_name,
    has_amount,
    indent,
    is_faulty_formula,
    is_number,
    letters,
    lone_code,
    name_and_code,
    squeezed,
)

_TOTAL = re.compile(r"^(歲出)?(預算)?(合計|總計|總額)$")
_SUBTOTAL = re.compile(r"(合計|小計|總計)$")
_FOOTNOTE = re.compile(r"^([註注](\d|:|一|二)|備註|附註|資料來源|第\d+頁|\d+/\d+頁?$)")
_PAGE = re.compile(r"^(第\d+頁.*|共\d+頁|-\d+-|單位:.*|中華民國\d+年度)$")
_NAME_LETTERS_MAX = 40


class Draft:
    """An account row while its name and explanation may still grow."""

    def __init__(self, *, row: int, name: str, code: str, level: int | None, indent: int) -> None:
        self.row = self.name_row = row
        self.name, self.code = name, code
        self.level, self.indent = level, indent
        self.lost_zeros = False
        self.amounts: dict[str, int] = {}
        self.cells: dict[str, str] = {}
        self.explanation: list[str] = []


class RowBuilder:
    """Collect a sheet's rows in order. ``unit_ntd`` is what 1 stands for, in NT dollars."""

    def __init__(self, *, file: str, sheet: str, unit_ntd: int) -> None:
        self.unit_ntd = unit_ntd
        self.repeated_rows = 0
        self._file, self._sheet = file, sheet
        self._drafts: list[Draft] = []
        self._totals: list[Total] = []
        self._problems: list[Problem] = []
        self._closed = False  # after a total or a footnote, loose text belongs to no row

    def add(self, number: int, cells: Sequence[object], columns: Columns) -> None:
        """Take row ``number`` (from 1): an account, the rest of one, a total, or nothing."""
        self._find_faulty_formulas(number, cells, columns)
        name, code, lost_zeros = _names(cells, columns)
        level = _printed_level(cells, columns)
        priced = any(has_amount(_cell(cells, at)) for at in columns.amounts.values())
        if not code and not priced and level is None:
            self._continue(number, cells, columns, name)
            return
        if not code and _SUBTOTAL.search(name):
            self._closed = True
            if _TOTAL.match(name):
                self._add_total(number, cells, columns)
            return
        if not code and not name and not priced:
            return  # a level number alone: the rest of a page head
        draft = Draft(
            row=number,
            name=name,
            code=code,
            level=level,
            indent=indent(_cell(cells, columns.name)),
        )
        draft.lost_zeros = lost_zeros
        self._read_amounts(draft, number, cells, columns)
        self._drafts.append(draft)
        self._closed = False
        self._explain(draft, number, cells, columns)

    def _continue(self, number: int, cells: Sequence[object], columns: Columns, name: str) -> None:
        if not self._drafts or self._closed:
            return
        draft = self._drafts[-1]
        if _FOOTNOTE.match(squeezed(name)):
            self._closed = True
            return
        loose = len(name) <= _NAME_LETTERS_MAX and not _PAGE.match(squeezed(name))
        if name and loose and number == draft.name_row + 1:
            draft.name += name  # a name wrapped into the next row
            draft.name_row = number
        self._explain(draft, number, cells, columns)

    def _explain(
        self, draft: Draft, number: int, cells: Sequence[object], columns: Columns
    ) -> None:
        if columns.explanation is None:
            return
        text = str(_cell(cells, columns.explanation)).strip()
        if text and not _PAGE.match(squeezed(text)):
            draft.explanation.append(text)
            draft.cells.setdefault("explanation", cell_name(number, columns.explanation))

    def _add_total(self, number: int, cells: Sequence[object], columns: Columns) -> None:
        draft = Draft(row=number, name="", code="", level=None, indent=0)
        self._read_amounts(draft, number, cells, columns)
        self._totals.append(
            Total(
                amounts=_amounts(draft),
                place=self._place(number, draft.cells["this_year_ntd"]),
                cells=draft.cells,
            )
        )

    def _read_amounts(
        self, draft: Draft, number: int, cells: Sequence[object], columns: Columns
    ) -> None:
        for field, at in columns.amounts.items():
            value, draft.cells[field] = _cell(cells, at), cell_name(number, at)
            amount = amount_ntd(value, unit_ntd=self.unit_ntd)
            if amount is None:
                detail = {
                    "name": draft.name or draft.code,
                    "column": COLUMNS[field],
                    "text": letters(value)[:40],
                }
                place = self._place(number, draft.cells[field])
                self._problems.append(problem(_amount_fault(value), place, detail=detail))
            draft.amounts[field] = amount or 0
        draft.cells["code"] = cell_name(
            number, columns.name if columns.code is None else columns.code
        )

    def _find_faulty_formulas(self, number: int, cells: Sequence[object], columns: Columns) -> None:
        """A name, code or explanation that a formula failed to give; amounts are read below."""
        for at in (columns.name, columns.code, columns.explanation):
            value = "" if at is None else _cell(cells, at)
            if at is not None and is_faulty_formula(value):
                place = self._place(number, cell_name(number, at))
                detail: dict[str, str | int] = {"text": letters(value)[:40]}
                self._problems.append(problem("E-BOOK-FORMULA-TEXT", place, detail=detail))

    def _place(self, row: int, cell: str = "") -> Place:
        return Place(file=self._file, sheet=self._sheet, row=row, cell=cell)

    # --- after the last row ------------------------------------------------------------------

    def finish(
        self, *, fiscal_year: int, schemes: Sequence[CodeScheme]
    ) -> tuple[tuple[Row, ...], tuple[Total, ...], tuple[Problem, ...]]:
        """Return rows, totals and problems; codes, levels and parents are settled here."""
        self._settle_codes()
        coded = [(draft.level, draft.code) for draft in self._drafts if draft.code]
        scheme = fitting_scheme(schemes, fiscal_year=fiscal_year, coded=coded)
        self._settle_levels(scheme)
        return self._with_parents(), tuple(self._totals), tuple(self._problems)

    def _settle_codes(self) -> None:
        """Codes of one sheet have one length; a number has lost its leading zeros."""
        lengths = Counter(len(draft.code) for draft in self._drafts if draft.code)
        if not lengths:
            return
        usual = max(lengths, key=lambda length: (lengths[length], length))
        usual = max(usual, *(len(draft.code) for draft in self._drafts if draft.lost_zeros), 0)
        for draft in self._drafts:
            if draft.lost_zeros:
                draft.code = draft.code.zfill(usual)
            if not draft.code:
                self._code_problem(draft, "E-BOOK-CODE-MISSING", name=draft.name)
            elif len(draft.code) != usual:
                self._code_problem(
                    draft,
                    "E-BOOK-CODE-LENGTH",
                    number=draft.code,
                    digits=len(draft.code),
                    expected=usual,
                )

    def _code_problem(self, draft: Draft, code: str, **detail: str | int) -> None:
        place = self._place(draft.row, draft.cells["code"])
        self._problems.append(problem(code, place, detail=detail))

    def _settle_levels(self, scheme: CodeScheme | None) -> None:
        """The printed level counts; without one the code tells, without a scheme the indent."""
        steps = sorted({draft.indent for draft in self._drafts})
        for draft in self._drafts:
            coded = scheme.level_of(draft.code) if scheme else None
            if draft.level is None:
                draft.level = coded or min(steps.index(draft.indent) + 1, 4)
            elif coded is not None and coded != draft.level:
                self._code_problem(
                    draft,
                    "E-BOOK-LEVEL",
                    number=draft.code,
                    coded=coded,
                    printed=draft.level,
                )

    def _with_parents(self) -> tuple[Row, ...]:
        """A row printed again with the same figures, atop a new page, is the row above it."""
        drafts: list[tuple[Draft, int | None]] = []
        latest: dict[int, int] = {}
        known: dict[tuple[str, int], int] = {}
        for draft in self._drafts:
            level = draft.level or 1
            above = [other for other in latest if other < level]
            parent = latest[max(above)] if above else None
            first = known.get((draft.code, level)) if draft.code else None
            if first is not None and not _same_name(drafts[first][0], draft):
                self._say_twice(drafts[first][0], draft)
                first = None
            if first is not None and drafts[first][0].amounts == draft.amounts:
                # What follows it goes on explaining the row before the page break.
                drafts[-1][0].explanation += draft.explanation
                self.repeated_rows += 1
            else:
                first = len(drafts)
                known.setdefault((draft.code, level), first)
                drafts.append((draft, parent))
            latest = {other: at for other, at in latest.items() if other < level}
            latest[level] = first
        return tuple(self._row(draft, draft.level or 1, parent) for draft, parent in drafts)

    def _say_twice(self, first: Draft, again: Draft) -> None:
        """One code for two accounts: a page head repeats the name with the code."""
        self._problems.append(
            problem(
                "E-BOOK-TWICE",
                self._place(again.row, again.cells["code"]),
                also=self._place(first.row, first.cells["code"]),
                detail={"number": again.code, "name": first.name, "other": again.name},
            )
        )

    def _row(self, draft: Draft, level: int, parent: int | None) -> Row:
        return Row(
            level=level,
            code=draft.code,
            name=draft.name,
            amounts=_amounts(draft),
            place=self._place(draft.row, draft.cells["code"]),
            cells=draft.cells,
            parent=parent,
            explanation="\n".join(draft.explanation),
        )


def _same_name(one: Draft, other: Draft) -> bool:
    """Compare names without widths, spaces and brackets; a name cut by a page may go on there."""
    first, again = (re.sub(r"[()]", "", squeezed(draft.name)) for draft in (one, other))
    return first.startswith(again) or again.startswith(first)


def _amount_fault(value: object) -> str:
    """Say what kind of wrong an amount is: a failed formula, parts of a dollar, or no number."""
    if is_faulty_formula(value) or str(value).startswith("="):  # "=": no result was stored
        return "E-BOOK-FORMULA"
    return "E-BOOK-DECIMAL" if _has_parts(value) else "E-BOOK-AMOUNT"


def _has_parts(value: object) -> bool:
    return is_number(value) and "." in squeezed(value)


def _amounts(draft: Draft) -> Amounts:
    return msgspec.convert(draft.amounts, Amounts)


def _cell(cells: Sequence[object], at: int) -> object:
    return cells[at] if at < len(cells) else ""


def _names(cells: Sequence[object], columns: Columns) -> tuple[str, str, bool]:
    """Return name, code, and whether the code was a number that may have lost zeros."""
    value = _cell(cells, columns.name)
    name, code = name_and_code(value)
    if columns.code is None:
        return name, code, isinstance(value, (int, float)) and bool(code)
    own = _cell(cells, columns.code)
    if number := lone_code(own):
        return name or code, number, isinstance(own, (int, float))
    return name, code, False


def _printed_level(cells: Sequence[object], columns: Columns) -> int | None:
    """The deepest level column that holds something: some print the whole path on each row."""
    levels: Mapping[int, int] = columns.levels
    marked = [level for level, at in levels.items() if squeezed(_cell(cells, at))]
    return max(marked, default=None)

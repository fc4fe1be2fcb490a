"""The values of a budget book: places, amounts, rows, and the consolidated budget.

All amounts are whole NT dollars whatever unit the book prints. Levels are 1 to 4 as in the
book's columns 款 項 目 節: department, agency, work plan, line.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from string import ascii_uppercase
from typing import Protocol

import msgspec

from zhuji_core.values import Value

DEPARTMENT, AGENCY, PLAN, ITEM = 1, 2, 3, 4
"""Levels of a row: 款 (主管), 項 (機關), 目 (業務計畫), 節 (工作計畫)."""

AMOUNT_FIELDS = ("this_year_ntd", "last_year_ntd", "final_ntd", "difference_ntd")
"""The amount columns in their printed order: 本年度, 上年度, 前年度決算, 比較."""


class SheetLike(Protocol):
    """A sheet as the kernel's reader gives it; row 1 is ``rows[0]``, blank cells are ``""``."""

    @property
    def name(self) -> str: ...

    @property
    def rows(self) -> Sequence[Sequence[object]]: ...


class Place(Value, frozen=True, kw_only=True):
    """Where something stands: file, sheet, row counted from 1, cell in A1 style ("F12").

    An empty sheet and row 0 mean the whole file; an empty cell means the whole row.
    """

    file: str
    sheet: str = ""
    row: int = 0
    cell: str = ""

    def __str__(self) -> str:
        where = self.cell or (str(self.row) if self.row else "")
        return " ".join(part for part in (self.file, self.sheet, where) if part)


class Problem(Value, frozen=True, kw_only=True):
    """One thing that is wrong (or worth a look, when it is a warning).

    ``code`` and ``message`` come from ``problems``; ``message`` is a translation's message id
    with the ``{name}`` of ``detail``; ``arithmetic`` holds whole NT dollars in reading order;
    ``also`` is the second cell of a contradiction.
    """

    code: str
    message: str
    place: Place
    detail: Mapping[str, str | int]
    arithmetic: Mapping[str, int]
    also: Place | None = None

    def text(self) -> str:
        """Return the message in 正體中文, filled in."""
        return self.message.format_map(self.detail)


class Amounts(Value, frozen=True, kw_only=True):
    """The four printed amounts; None where the book has no such column."""

    this_year_ntd: int
    last_year_ntd: int | None = None
    final_ntd: int | None = None
    difference_ntd: int | None = None

    def get(self, field: str) -> int | None:
        value: int | None = getattr(self, field)
        return value


class ObjectAmount(Value, frozen=True, kw_only=True):
    """An object of expenditure (用途別科目) and its amount in one line."""

    code: str
    amount_ntd: int


class Row(Value, frozen=True, kw_only=True):
    """One account row as printed. ``level`` is 1 to 4; ``parent`` indexes the rows above.

    ``cells`` gives the cell of each amount field that the sheet has, of ``code`` and of the
    first ``explanation`` (說明), which is joined over rows and pages.
    """

    level: int
    code: str
    name: str
    amounts: Amounts
    place: Place
    cells: Mapping[str, str]
    parent: int | None = None
    explanation: str = ""

    def at(self, field: str) -> Place:
        """Return the place of one of this row's cells (an explanation may begin rows below)."""
        cell = self.cells.get(field, self.place.cell)
        row = int(cell.lstrip(ascii_uppercase) or self.place.row)
        return msgspec.structs.replace(self.place, row=row, cell=cell)


class Total(Value, frozen=True, kw_only=True):
    """A row of the whole sheet's sum (合計, 總計)."""

    amounts: Amounts
    place: Place
    cells: Mapping[str, str]


class BookSheet(Value, frozen=True, kw_only=True):
    """One sheet that is an expenditure budget by agency. ``unit_ntd`` is what 1 stands for.

    ``repeated_rows`` counts rows printed again on a later page, with the same figures.
    """

    file: str
    name: str
    unit_ntd: int
    unit_printed: bool
    repeated_rows: int
    rows: tuple[Row, ...]
    totals: tuple[Total, ...]
    problems: tuple[Problem, ...]


class SkippedSheet(Value, frozen=True, kw_only=True):
    """A sheet that is something else, and why it was left out (a message id)."""

    file: str
    name: str
    reason: str


class Book(Value, frozen=True, kw_only=True):
    """One file: its sheets that belong to the budget, the others, and what is wrong."""

    file: str
    sheets: tuple[BookSheet, ...]
    skipped: tuple[SkippedSheet, ...]
    problems: tuple[Problem, ...]


class Department(Value, frozen=True, kw_only=True):
    """主管: the first level of the book."""

    code: str
    name: str


class Agency(Value, frozen=True, kw_only=True):
    """機關; its code is the code of its level-2 row. ``department_code`` "" when not printed."""

    code: str
    name: str
    department_code: str


class Plan(Value, frozen=True, kw_only=True):
    """業務計畫: what lies between an agency and its lines, where the book has that level."""

    code: str
    name: str
    agency_code: str


class Line(Value, frozen=True, kw_only=True):
    """A budget line: a row without rows below it.

    ``split`` is empty unless the book gives it and it adds up to ``this_year_ntd``; objects of
    amount 0 are left out.
    """

    code: str
    name: str
    agency_code: str
    plan_code: str
    this_year_ntd: int
    last_year_ntd: int | None = None
    final_ntd: int | None = None
    split: tuple[ObjectAmount, ...] = ()


class Budget(Value, frozen=True, kw_only=True):
    """A government's expenditure budget of one fiscal year (民國), each thing once, by code."""

    fiscal_year: int
    departments: tuple[Department, ...]
    agencies: tuple[Agency, ...]
    plans: tuple[Plan, ...]
    lines: tuple[Line, ...]

    @property
    def total_ntd(self) -> int:
        return sum(line.this_year_ntd for line in self.lines)

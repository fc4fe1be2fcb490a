"""What an import found and did, in plain values: the JSON of the command and of the API."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from zhuji_budget.domain.books.consolidate import Duplicate
from zhuji_budget.domain.books.model import Problem
from zhuji_budget.usecases.import_budget import Imported
from zhuji_budget.usecases.read_books import Reading
from zhuji_core.formats import format_ntd
from zhuji_core.values import N_, Value

Translate = Callable[[str], str]

# The words for the figures of a book's arithmetic; ``object_NN`` is an object of expenditure.
WORDS: Mapping[str, str] = {
    "printed": N_("印出"),
    "sum_of_children": N_("所屬科目之和"),
    "sum": N_("加總"),
    "difference": N_("相差"),
    "this_year": N_("本年度"),
    "last_year": N_("上年度"),
    "expected": N_("應為"),
    "first": N_("第一處"),
    "again": N_("另一處"),
    "line": N_("本科目"),
    "actual": N_("實際"),
    "limit": N_("上限"),
}
OBJECT = "object_"
OBJECT_WORD = N_("用途別 {object_code}")


class ProblemReport(Value, frozen=True, kw_only=True):
    """One problem and where it stands; row 0 is the whole file, ``also`` the second place."""

    code: str
    message: str
    file: str
    sheet: str
    row: int
    cell: str
    arithmetic: dict[str, int]
    also: str = ""


class BookReport(Value, frozen=True, kw_only=True):
    """What one file brought; lines that stood in a file before are ``duplicate_lines``."""

    file: str
    sheets: tuple[str, ...]
    skipped_sheets: int
    lines: int
    duplicate_lines: int
    total_ntd: int
    errors: int


class DuplicateReport(Value, frozen=True, kw_only=True):
    """An agency that stands in two places with the same figures."""

    code: str
    name: str
    lines: int
    first: str
    again: str


class ImportReport(Value, frozen=True, kw_only=True):
    """The whole answer. ``kept``: the lines are in the county's budget now.

    ``lines_new`` were written by this import, ``lines_known`` stood there before. ``books`` and
    ``duplicates`` count what ``files`` and ``duplicate_places`` list.
    """

    fiscal_year: int
    kept: bool
    lines: int
    agencies: int
    total_ntd: int
    books: int
    duplicates: int
    errors: tuple[ProblemReport, ...]
    warnings: tuple[ProblemReport, ...]
    lines_with_split: int
    lines_without_split: int
    lines_new: int
    lines_known: int
    left_out: tuple[str, ...]
    files: tuple[BookReport, ...]
    duplicate_places: tuple[DuplicateReport, ...]


def report_import(
    reading: Reading, *, translate: Translate, imported: Imported | None = None
) -> ImportReport:
    """Put a reading, and what was kept of it, into words and figures."""
    found = reading.found
    return ImportReport(
        fiscal_year=found.budget.fiscal_year,
        kept=imported is not None,
        lines=len(found.budget.lines),
        agencies=len(found.budget.agencies),
        total_ntd=found.budget.total_ntd,
        books=len(found.books),
        duplicates=len(found.duplicates),
        errors=tuple(problem_report(error, translate=translate) for error in reading.errors),
        warnings=tuple(problem_report(one, translate=translate) for one in reading.warnings),
        lines_with_split=sum(1 for line in found.budget.lines if line.split),
        lines_without_split=len(found.lines_without_split),
        lines_new=0 if imported is None else imported.lines,
        lines_known=0 if imported is None else imported.lines_known,
        left_out=reading.left_out,
        files=tuple(
            BookReport(**{name: getattr(book, name) for name in BookReport.__struct_fields__})
            for book in found.books
        ),
        duplicate_places=tuple(_duplicate(one) for one in found.duplicates),
    )


def problem_report(problem: Problem, *, translate: Translate) -> ProblemReport:
    """Put one problem into the reader's words; its figures keep their stable names."""
    place = problem.place
    return ProblemReport(
        code=problem.code,
        message=problem_text(problem, translate=translate),
        file=place.file,
        sheet=place.sheet,
        row=place.row,
        cell=place.cell,
        arithmetic=dict(problem.arithmetic),
        also="" if problem.also is None else str(problem.also),
    )


def problem_text(problem: Problem, *, translate: Translate) -> str:
    """Return the message in the reader's language; column names among its details too."""
    detail = {
        name: translate(value) if isinstance(value, str) and value else value
        for name, value in problem.detail.items()
    }
    return translate(problem.message).format_map(detail)


def arithmetic_text(arithmetic: Mapping[str, int], *, translate: Translate) -> str:
    """Return the figures in the order of reading: 印出 1,300，所屬科目之和 1,200，相差 100."""
    return translate(N_("，")).join(
        f"{_word(name, translate)} {format_ntd(amount, zero='0')}"
        for name, amount in arithmetic.items()
    )


def _word(name: str, translate: Translate) -> str:
    if name.startswith(OBJECT):
        return translate(OBJECT_WORD).format(object_code=name.removeprefix(OBJECT))
    return translate(WORDS[name]) if name in WORDS else name


def _duplicate(one: Duplicate) -> DuplicateReport:
    return DuplicateReport(
        code=one.code,
        name=one.name,
        lines=one.line_count,
        first=str(one.first),
        again=str(one.again),
    )

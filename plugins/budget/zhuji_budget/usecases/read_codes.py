"""Read a county's own table of codes from a file or from rows, and say all that is wrong with it.

No database: a page, a command and the API read in the same way, and keep by load_codes.
"""

from __future__ import annotations

from collections.abc import Sequence

from zhuji_budget.domain.books.model import Place, Problem
from zhuji_budget.domain.code_set import (
    KINDS,
    OPEN_YEAR,
    YEAR_MIN,
    CodeSet,
    CodeSetWrong,
    CodesInvalid,
)
from zhuji_budget.domain.code_sheet import CodeRow, checked_codes, code_rows
from zhuji_budget.usecases.read_books import BookFile
from zhuji_core.spreadsheets import read_workbook
from zhuji_core.values import N_, Value

NAME_MAX = 40
SOURCE_MAX = 500


class CodeSetHead(Value, frozen=True, kw_only=True):
    """What is said about a set beside its codes; ``last_year`` None: still in use."""

    kind: str
    name: str
    first_year: int
    last_year: int | None = None
    source: str = ""


class CodesRead(Value, frozen=True, kw_only=True):
    """The set, or what is wrong with it."""

    codes: CodeSet
    problems: tuple[Problem, ...]

    def require_valid(self) -> None:
        """Raise CodesInvalid when a cell is wrong."""
        if self.problems:
            raise CodesInvalid(count=len(self.problems))


class GivenCode(Value, frozen=True, kw_only=True):
    """One row as a program gives it; of a scheme ``segment`` and ``length``."""

    code: str = ""
    name: str = ""
    parent: str = ""
    account: str = ""
    role: str = ""
    segment: str = ""
    length: int = 0


def read_codes(head: CodeSetHead, file: BookFile) -> CodesRead:
    """Read a spreadsheet. Raises CodeSetWrong and what ``read_workbook`` refuses."""
    _check(head)
    workbook = read_workbook(file.content, name=file.name)
    rows, problems = code_rows(workbook.sheets, kind=head.kind, file=file.name)
    return _read(head, rows, problems)


def given_codes(head: CodeSetHead, given: Sequence[GivenCode]) -> CodesRead:
    """Take rows that a program gives; a problem names the row, counted from 1."""
    _check(head)
    rows = [
        CodeRow(
            place=Place(file="", row=number),
            cells={},
            texts={
                "code": one.code,
                "name": one.name,
                "parent": one.parent,
                "account": one.account,
                "role": one.role,
                "segment": one.segment,
                "length": str(one.length),
            },
        )
        for number, one in enumerate(given, 1)
    ]
    return _read(head, rows, [])


def _read(head: CodeSetHead, rows: Sequence[CodeRow], problems: Sequence[Problem]) -> CodesRead:
    codes, wrong = checked_codes(rows, kind=head.kind)
    if not rows and not problems:
        raise CodeSetWrong(why=N_("沒有任何代碼。"))
    return CodesRead(
        codes=CodeSet(
            kind=head.kind,
            name=head.name.strip(),
            first_year=head.first_year,
            last_year=head.last_year,
            source=head.source.strip(),
            codes=codes,
        ),
        problems=(*problems, *wrong),
    )


def _check(head: CodeSetHead) -> None:
    last = OPEN_YEAR if head.last_year is None else head.last_year
    wrong = {
        "kind": head.kind not in KINDS,
        "name": not 1 <= len(head.name.strip()) <= NAME_MAX or "/" in head.name,
        "source": len(head.source) > SOURCE_MAX,
        "first_year": not YEAR_MIN <= head.first_year <= OPEN_YEAR,
        "last_year": not head.first_year <= last <= OPEN_YEAR,
    }
    for field, is_wrong in wrong.items():
        if is_wrong:
            raise CodeSetWrong(why=FIELDS[field], fields={field: FIELDS[field]})


FIELDS = {
    "kind": N_("種類須為用途別、政事別、來源別或碼段。"),
    "name": N_("名稱須為 1 至 40 字，不含斜線。"),
    "source": N_("依據最多 500 字。"),
    "first_year": N_("起始年度須為民國年，例如 115。"),
    "last_year": N_("終止年度須為民國年，且不早於起始年度；仍適用則空白。"),
}

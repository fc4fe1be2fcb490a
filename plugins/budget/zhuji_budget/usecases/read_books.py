"""Read official books into one consolidated budget, and say everything that is wrong with them.

No database: a preview, a command and an upload read in the same way, and keep by import_budget.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

import msgspec

from zhuji_budget.domain.books.codes import ObjectPack, object_pack
from zhuji_budget.domain.books.consolidate import Consolidation, consolidate, without_faulty
from zhuji_budget.domain.books.model import Book, Budget, Place, Problem
from zhuji_budget.domain.books.reading import read_book
from zhuji_budget.domain.books.unknown import unknown_codes
from zhuji_budget.domain.code_set import Codes, ObjectsMissing
from zhuji_budget.facts import shipped_codes
from zhuji_budget.store.books import KeptBook
from zhuji_core.ids import new_id
from zhuji_core.spreadsheets import read_workbook
from zhuji_core.values import N_, DomainError, Value

# A city of 125 agencies publishes 27 files; a body of 50 small ones stays within a request.
FILES_MAX = 50
YEARS = range(80, 200)  # no digital book is older, and nobody budgets that far ahead


class BooksInconsistent(DomainError):
    """Something does not add up, so nothing of any file is kept."""

    code = "E-BOOKS-INCONSISTENT"
    message = N_(
        "預算書有 {count} 處錯誤，未匯入任何資料。請依所列檔案、工作表及儲存格更正後再匯入。"
    )
    status_code = 422


class TooManyBooks(DomainError):
    """More files than one import takes."""

    code = "E-BOOKS-COUNT"
    message = N_("一次須匯入 1 至 {files_max} 個檔案，送出了 {files} 個。")
    status_code = 422


class FiscalYearInvalid(DomainError):
    """No such year of the Republic of China, or one that no book of this kind is of."""

    code = "E-FISCAL-YEAR"
    message = N_("年度「{fiscal_year}」須為民國年，例如 105。")
    status_code = 422
    field_message = N_("須為民國年，例如 105。")


class BookFile(Value, frozen=True, kw_only=True):
    """A file as it was handed in."""

    name: str
    content: bytes


class Reading(Value, frozen=True, kw_only=True):
    """What the files hold: ``found`` is of all of them, or with ``left_out`` of the valid ones.

    ``errors`` and ``warnings`` are of all files, also of those that were left out.
    """

    found: Consolidation
    errors: tuple[Problem, ...]
    warnings: tuple[Problem, ...]
    left_out: tuple[str, ...]
    partial: bool
    pack: ObjectPack
    books: tuple[KeptBook, ...]

    @property
    def sources(self) -> dict[str, str]:
        """Return line code → SHA-256 of the file that it was first read from."""
        digests = {book.file_name: book.digest for book in self.books}
        return {code: digests[place.file] for code, place in self.found.places.items()}

    @property
    def budget(self) -> Budget:
        return self.found.budget

    @property
    def may_be_kept(self) -> bool:
        """Tell whether nothing, or nothing but files that were left out, is wrong."""
        return (self.partial or not self.errors) and bool(self.budget.lines)

    def require_consistent(self) -> None:
        """Raise BooksInconsistent when something is wrong that was not asked to be left out."""
        if self.errors and not self.partial:
            raise BooksInconsistent(count=len(self.errors))


def read_books(
    files: Sequence[BookFile],
    *,
    fiscal_year: int,
    partial: bool = False,
    progress: Callable[[str], None] | None = None,
    codes: Codes | None = None,
) -> Reading:
    """Read, check and consolidate ``files``; with ``partial`` leave out those that are wrong.

    ``codes`` are the county's (None: those of the module). ``progress`` is told the name of
    each file before it is read. Raises TooManyBooks or
    FiscalYearInvalid; what a file holds is never raised, but in ``errors``.
    """
    if not 1 <= len(files) <= FILES_MAX:
        raise TooManyBooks(files=len(files), files_max=FILES_MAX)
    if fiscal_year not in YEARS:
        raise FiscalYearInvalid(fiscal_year=fiscal_year)
    codes = codes or shipped_codes()
    try:
        pack = object_pack(codes.packs, fiscal_year=fiscal_year)
    except LookupError:
        raise ObjectsMissing(fiscal_year=fiscal_year) from None
    named = list(_distinct(files))
    books = _read_all(named, fiscal_year, codes, progress)
    whole = _consolidated(books, fiscal_year, codes, pack)
    found = _valid(books, whole, fiscal_year, codes, pack) if partial else whole
    used = {summary.file for summary in found.books}
    return Reading(
        found=found,
        errors=whole.errors,
        warnings=whole.warnings,
        left_out=tuple(book.file for book in books if book.file not in used),
        partial=partial,
        pack=pack,
        books=_kept(named, found),
    )


def _read_all(
    files: Sequence[BookFile],
    fiscal_year: int,
    codes: Codes,
    progress: Callable[[str], None] | None,
) -> list[Book]:
    books = []
    for file in files:
        if progress is not None:
            progress(file.name)
        try:
            workbook = read_workbook(file.content, name=file.name)
        except DomainError as refusal:
            books.append(_unreadable(file.name, refusal))
            continue
        books.append(
            read_book(
                file=file.name,
                sheets=workbook.sheets,
                fiscal_year=fiscal_year,
                schemes=codes.schemes,
            )
        )
    return books


def _unreadable(name: str, refusal: DomainError) -> Book:
    """A file that is no spreadsheet is one problem more, not the end of the others."""
    detail = {
        key: value if isinstance(value, str | int) else str(value)
        for key, value in refusal.detail.items()
    }
    found = Problem(
        code=refusal.code,
        message=refusal.message,
        place=Place(file=name),
        detail=detail,
        arithmetic=refusal.arithmetic,
    )
    return Book(file=name, sheets=(), skipped=(), problems=(found,))


def _consolidated(
    books: Sequence[Book], fiscal_year: int, codes: Codes, pack: ObjectPack
) -> Consolidation:
    """Put the books together, and ask whether their codes are those of the county."""
    found = consolidate(books, fiscal_year=fiscal_year, pack=pack)
    errors, warnings = unknown_codes(found.budget, found.places, codes=codes)
    return msgspec.structs.replace(
        found, errors=(*found.errors, *errors), warnings=(*found.warnings, *warnings)
    )


def _valid(
    books: Sequence[Book],
    result: Consolidation,
    fiscal_year: int,
    codes: Codes,
    pack: ObjectPack,
) -> Consolidation:
    """Leave out faulty books until what remains is consistent; each round leaves out some."""
    while result.errors:
        books = without_faulty(books, result)
        result = _consolidated(books, fiscal_year, codes, pack)
    return result


def _kept(files: Sequence[BookFile], found: Consolidation) -> tuple[KeptBook, ...]:
    contents = {file.name: file.content for file in files}
    return tuple(
        KeptBook(
            book_id=new_id(),
            file_name=summary.file,
            digest=hashlib.sha256(contents[summary.file]).hexdigest(),
            lines=summary.lines,
            total_ntd=summary.total_ntd,
        )
        for summary in found.books
    )


def _distinct(files: Sequence[BookFile]) -> Iterator[BookFile]:
    """Two files of one name (of two folders) are told apart, for places name files."""
    seen: Counter[str] = Counter()
    for file in files:
        seen[file.name] += 1
        again = seen[file.name]
        yield file if again == 1 else msgspec.structs.replace(file, name=f"{file.name} ({again})")

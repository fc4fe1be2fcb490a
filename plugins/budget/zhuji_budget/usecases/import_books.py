"""Keep uploaded books, read them again from where they are kept, and import what they hold."""

from __future__ import annotations

from collections.abc import Sequence

from zhuji_budget.permissions import IMPORT_BOOK
from zhuji_budget.queries.codes import codes_of
from zhuji_budget.usecases.import_budget import Imported, import_budget
from zhuji_budget.usecases.read_books import FILES_MAX, BookFile, Reading, TooManyBooks, read_books
from zhuji_core import blobs
from zhuji_core.uow import UnitOfWork

UPLOAD = "budget.book.upload"  # what the audit calls a file that was handed in


def keep_books(uow: UnitOfWork, files: Sequence[BookFile]) -> tuple[str, ...]:
    """Keep the files between preview and confirmation; return their SHA-256 in their order.

    Raises Forbidden, TooManyBooks, BlobTooLarge or BlobKind; then nothing is kept.
    """
    uow.require(IMPORT_BOOK)
    if not 1 <= len(files) <= FILES_MAX:
        raise TooManyBooks(files=len(files), files_max=FILES_MAX)
    kept = [
        blobs.put(
            uow,
            file_name=file.name,
            content=file.content,
            action=UPLOAD,
            accepted=blobs.SPREADSHEETS,
        )
        for file in files
    ]
    if not uow.audits:
        uow.abandon("every file is kept already")
    # The same file chosen twice is one file.
    return tuple(dict.fromkeys(blob.digest for blob in kept))


def read_kept_books(
    uow: UnitOfWork, digests: Sequence[str], *, fiscal_year: int, partial: bool
) -> Reading:
    """Read the kept files; raise Forbidden, TooManyBooks, FiscalYearInvalid or BlobNotFound."""
    uow.require(IMPORT_BOOK)
    if len(digests) > FILES_MAX:
        raise TooManyBooks(files=len(digests), files_max=FILES_MAX)
    files = [blobs.get(uow, digest) for digest in digests]
    return read_books(
        [BookFile(name=file.file_name, content=file.content) for file in files],
        fiscal_year=fiscal_year,
        partial=partial,
        codes=codes_of(uow),
    )


def import_reading(uow: UnitOfWork, reading: Reading) -> Imported:
    """Import what was read, all or nothing.

    Raises BooksInconsistent and what ``import_budget`` raises; then nothing is kept.
    """
    reading.require_consistent()
    return import_budget(
        uow,
        budget=reading.budget,
        pack=reading.pack,
        books=reading.books,
        sources=reading.sources,
    )

"""Files as a form sends them: how many, how large, and what they hold."""

from __future__ import annotations

from collections.abc import Sequence

from litestar.datastructures import UploadFile

from zhuji_budget.usecases.read_books import (
    FILES_MAX,
    YEARS,
    BookFile,
    FiscalYearInvalid,
    TooManyBooks,
)
from zhuji_core import blobs
from zhuji_core.formats import AmountMalformed, parse_ntd

# A city's 27 books have 1.6 MB together; fifty largest files at once would be half a gigabyte.
UPLOAD_MAX = 64_000_000


def book_files(uploads: Sequence[UploadFile]) -> list[BookFile]:
    """Return the files that were chosen; no more of each is read than one may have."""
    chosen = [upload for upload in uploads if upload.filename]
    if not 1 <= len(chosen) <= FILES_MAX:
        raise TooManyBooks(files=len(chosen), files_max=FILES_MAX)
    return [
        BookFile(
            name=blobs.clean_name(upload.filename),
            content=upload.file.read(blobs.BYTES_MAX + 1),
        )
        for upload in chosen
    ]


def fiscal_year_of(text: str) -> int:
    """Return the year as it was keyed, full-width digits too; raise FiscalYearInvalid."""
    try:
        year = parse_ntd(text)
    except AmountMalformed:
        year = 0
    if year not in YEARS:
        raise FiscalYearInvalid(fiscal_year=text, fields={"year": FiscalYearInvalid.field_message})
    return year

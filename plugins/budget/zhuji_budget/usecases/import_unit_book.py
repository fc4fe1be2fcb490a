"""Import a whole unit budget book into an agency's estimate: its lines, items and entered words."""

from __future__ import annotations

import uuid

from zhuji_budget.domain.estimate import EXPENDITURE, REVENUE, Estimate
from zhuji_budget.permissions import WRITE_ESTIMATE
from zhuji_budget.queries.codes import codes_of
from zhuji_budget.store import estimates, unit_books
from zhuji_budget.usecases._estimate import lock_editable
from zhuji_budget.usecases.import_books import UPLOAD
from zhuji_budget.usecases.read_books import BookFile
from zhuji_budget.usecases.read_unit_book import UnitImport, read_for_estimate
from zhuji_core import blobs
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import Value

IMPORT = "budget.estimate.import"


class UnitImported(Value, frozen=True, kw_only=True):
    """What was kept: ``lines_replaced`` stood in the estimate before and are gone or rewritten."""

    estimate_id: uuid.UUID
    lines: int
    items: int
    lines_replaced: int
    expenditure_ntd: int
    revenue_ntd: int


def keep_unit_book(uow: UnitOfWork, *, estimate_id: uuid.UUID, file: BookFile) -> str:
    """Keep the file between preview and confirmation; return its SHA-256.

    Raises EstimateNotFound, Forbidden, EstimateState, EstimateYearEnacted, BlobTooLarge or
    BlobKind.
    """
    lock_editable(uow, estimate_id)
    blob = blobs.put(
        uow,
        file_name=file.name,
        content=file.content,
        action=UPLOAD,
        accepted=blobs.SPREADSHEETS,
    )
    if not uow.audits:
        uow.abandon("the file is kept already")
    return blob.digest


def read_kept_unit_book(uow: UnitOfWork, estimate: Estimate, *, digest: str) -> UnitImport:
    """Read the kept file for the estimate, which the actor may write; raise BlobNotFound too."""
    uow.require(WRITE_ESTIMATE, agency_code=estimate.agency_code)
    blob = blobs.get(uow, digest)
    file = BookFile(name=blob.file_name, content=blob.content)
    return read_for_estimate(file, estimate=estimate, codes=codes_of(uow))


def import_unit_book(
    uow: UnitOfWork, *, estimate_id: uuid.UUID, file: BookFile | None = None, digest: str = ""
) -> tuple[UnitImported, UnitImport]:
    """Put the book's lines in the place of the estimate's; read anew, a preview is not trusted.

    Raises EstimateNotFound, Forbidden, EstimateState, EstimateYearEnacted, BlobNotFound,
    ObjectsMissing, what ``read_workbook`` refuses, or UnitBookInvalid; then nothing is kept.
    """
    estimate = lock_editable(uow, estimate_id)
    if file is None:
        blob = blobs.get(uow, digest)
        file = BookFile(name=blob.file_name, content=blob.content)
    found = read_for_estimate(file, estimate=estimate, codes=codes_of(uow))
    found.require_valid()
    kept = {(line.side, line.code) for line in found.lines}
    for line in estimate.lines:
        if (line.side, line.code) not in kept:
            estimates.delete_line(uow, line)
    estimates.keep_lines(uow, estimate, found.lines)
    estimates.note_writers(uow, estimate)
    unit_books.keep(uow, estimate_id, found.entered, file_name=file.name, digest=digest)
    made = _made(estimate, found)
    uow.audit(
        IMPORT,
        estimate.document,
        before={
            "lines": len(estimate.lines),
            "expenditure_ntd": estimate.expenditure_ntd,
            "revenue_ntd": estimate.revenue_ntd,
        },
        after={
            "file": file.name,
            "lines": made.lines,
            "items": made.items,
            "expenditure_ntd": made.expenditure_ntd,
            "revenue_ntd": made.revenue_ntd,
        },
    )
    return made, found


def _made(estimate: Estimate, found: UnitImport) -> UnitImported:
    return UnitImported(
        estimate_id=estimate.estimate_id,
        lines=len(found.lines),
        items=found.items,
        lines_replaced=sum(1 for line in estimate.lines if line.items),
        expenditure_ntd=found.total_ntd(EXPENDITURE),
        revenue_ntd=found.total_ntd(REVENUE),
    )

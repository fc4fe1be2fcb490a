"""Hand in a unit book for an estimate: upload, preview, confirm; and the same by the API."""

from __future__ import annotations

import uuid
from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, MultipartBody, URLEncodedBody

from zhuji_budget.domain.estimate import Estimate, EstimateState
from zhuji_budget.permissions import WRITE_ESTIMATE
from zhuji_budget.queries.codes import codes_of
from zhuji_budget.queries.estimates import find_editable
from zhuji_budget.settings import MODULE
from zhuji_budget.usecases.import_unit_book import (
    import_unit_book,
    keep_unit_book,
    read_kept_unit_book,
)
from zhuji_budget.usecases.read_books import BookFile, TooManyBooks
from zhuji_budget.usecases.read_unit_book import UnitBookInvalid, read_for_estimate
from zhuji_budget.web.import_pages import uploads_of
from zhuji_budget.web.structs import ImportProblem
from zhuji_budget.web.uploads import UPLOAD_MAX, book_files
from zhuji_budget.web.views.unit_import import (
    UnitImportForm,
    UnitImportReport,
    unit_import_report,
    unit_import_view,
)
from zhuji_core.blobs import BlobKind, BlobTooLarge
from zhuji_core.values import N_, DomainError, Value
from zhuji_core.web.answers import json_answer, see_other
from zhuji_core.web.components import SummaryError
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import ANSWERS, BODY, PERMISSION, ApiController, PageController
from zhuji_core.web.problems import PROBLEM_JSON, problem_of
from zhuji_core.web.rendering import render
from zhuji_core.web.shell import Crumb

Context = NamedDependency[RequestContext]
REFUSALS = (BlobKind, BlobTooLarge, TooManyBooks, EstimateState)


class UnitBookWanted(Value, frozen=True, kw_only=True):
    """A unit book (.xls, .xlsx, .ods) of the estimate's agency and year."""

    file: UploadFile


class UnitImportPages(PageController):
    """``/budget/estimates/{id}/book/import``."""

    module = MODULE
    path = "/estimates"
    cold = True

    @get(
        "/{estimate_id:uuid}/book/import",
        opt={PERMISSION: WRITE_ESTIMATE},
        operation_id="budget.unit-book.form",
        sync_to_thread=True,
    )
    def form(self, context: Context, estimate_id: FromPath[uuid.UUID]) -> Response[str]:
        with context.read() as uow:
            return _form(context, find_editable(uow, estimate_id))

    @post(
        "/{estimate_id:uuid}/book/upload",
        opt={PERMISSION: WRITE_ESTIMATE},
        operation_id="budget.unit-book.upload-form",
        request_max_body_size=UPLOAD_MAX,
        sync_to_thread=True,
    )
    def upload(
        self,
        context: Context,
        estimate_id: FromPath[uuid.UUID],
        data: MultipartBody[dict[str, Any]],
    ) -> Response[str] | Response[bytes]:
        """Keep the file and show what it holds; a refused file leaves the form as it was."""
        try:
            file = _one(data)
            return context.perform(
                lambda uow: keep_unit_book(uow, estimate_id=estimate_id, file=file),
                lambda digest: see_other(f"{_root(context, estimate_id)}/preview?file={digest}"),
            )
        except REFUSALS as refusal:
            with context.read() as uow:
                return _form(context, find_editable(uow, estimate_id), refusal=refusal)

    @get(
        "/{estimate_id:uuid}/book/preview",
        opt={PERMISSION: WRITE_ESTIMATE},
        operation_id="budget.unit-book.preview",
        sync_to_thread=True,
    )
    def preview(
        self, context: Context, estimate_id: FromPath[uuid.UUID], file: FromQuery[str] = ""
    ) -> Response[str]:
        with context.read() as uow:
            estimate = find_editable(uow, estimate_id)
            found = read_kept_unit_book(uow, estimate, digest=file)
            return render(
                context,
                "budget/import_preview.html",
                title=context.gettext("{label}：單位預算書預覽").format(label=estimate.label),
                breadcrumb=(*_crumbs(context, estimate), Crumb(title=context.gettext("預覽"))),
                found=unit_import_view(
                    found,
                    estimate,
                    root=_root(context, estimate_id),
                    digest=file,
                    gettext=context.gettext,
                ),
            )

    @post(
        "/{estimate_id:uuid}/book/import",
        opt={PERMISSION: WRITE_ESTIMATE},
        operation_id="budget.unit-book.confirm-form",
        sync_to_thread=True,
    )
    def confirm(
        self,
        context: Context,
        estimate_id: FromPath[uuid.UUID],
        data: URLEncodedBody[dict[str, str]],
    ) -> Response[bytes]:
        """Read the kept file once more and import it: the preview is not trusted."""
        return context.perform(
            lambda uow: import_unit_book(uow, estimate_id=estimate_id, digest=data.get("file", ""))[
                0
            ],
            lambda _: see_other(context.path(f"budget/estimates/{estimate_id}")),
        )


class UnitImportsApi(ApiController):
    """``POST /estimates/{id}/book``: a unit book as ``file``, all or nothing."""

    module = MODULE
    path = "/estimates"
    cold = True

    @post(
        "/{estimate_id:uuid}/book",
        opt={PERMISSION: WRITE_ESTIMATE, ANSWERS: UnitImportReport, BODY: UnitBookWanted},
        operation_id="budget.unit-books.import",
        summary=N_("匯入單位預算書至概算"),
        status_code=200,
        request_max_body_size=UPLOAD_MAX,
        sync_to_thread=True,
    )
    def import_book(
        self,
        context: Context,
        estimate_id: FromPath[uuid.UUID],
        data: MultipartBody[dict[str, Any]],
    ) -> Response[bytes]:
        """Answer with the report; a book with errors is a problem that lists all of them."""
        file = _one(data)
        try:
            return context.perform(
                lambda uow: import_unit_book(uow, estimate_id=estimate_id, file=file),
                lambda kept: json_answer(
                    unit_import_report(kept[1], gettext=context.gettext, made=kept[0])
                ),
            )
        except UnitBookInvalid as refusal:
            return self._problem(context, estimate_id, file, refusal)

    def _problem(
        self,
        context: RequestContext,
        estimate_id: uuid.UUID,
        file: BookFile,
        refusal: UnitBookInvalid,
    ) -> Response[bytes]:
        with context.read() as uow:
            estimate = find_editable(uow, estimate_id)
            found = read_for_estimate(file, estimate=estimate, codes=codes_of(uow))
        report = unit_import_report(found, gettext=context.gettext)
        problem = problem_of(refusal, gettext=context.gettext)
        told = ImportProblem(**msgspec.structs.asdict(problem), errors=report.errors)
        return Response(
            msgspec.json.encode(told), status_code=problem.status, media_type=PROBLEM_JSON
        )


def _one(data: dict[str, Any]) -> BookFile:
    files = book_files(uploads_of(data.get("file")))
    if len(files) != 1:
        raise TooManyBooks(files=len(files), files_max=1)
    return files[0]


def _form(
    context: RequestContext, estimate: Estimate, *, refusal: DomainError | None = None
) -> Response[str]:
    errors: tuple[SummaryError, ...] = ()
    if refusal is not None:
        errors = (SummaryError(text=refusal.text(context.gettext), field="file"),)
    return render(
        context,
        "budget/unit_import.html",
        title=context.gettext("{label}：匯入單位預算書").format(label=estimate.label),
        breadcrumb=_crumbs(context, estimate),
        status_code=200 if refusal is None else refusal.status_code,
        form=UnitImportForm(action=f"{_root(context, estimate.estimate_id)}/upload", errors=errors),
    )


def _root(context: RequestContext, estimate_id: uuid.UUID) -> str:
    return context.path(f"budget/estimates/{estimate_id}/book")


def _crumbs(context: RequestContext, estimate: Estimate) -> tuple[Crumb, ...]:
    own = context.path(f"budget/estimates/{estimate.estimate_id}")
    return (
        Crumb(title=context.gettext("預算")),
        Crumb(title=context.gettext("概算"), url=context.path("budget/estimates")),
        Crumb(title=estimate.agency_name, url=own),
        Crumb(title=context.gettext("匯入單位預算書"), url=f"{own}/book/import"),
    )

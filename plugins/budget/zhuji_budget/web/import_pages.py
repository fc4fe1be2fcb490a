"""Hand in budget books: upload, preview, confirm. Between the two the files are in kernel.blob."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import urlencode

from litestar import Response, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import FromQuery, MultipartBody, URLEncodedBody

from zhuji_budget.permissions import IMPORT_BOOK
from zhuji_budget.settings import MODULE
from zhuji_budget.usecases.import_books import import_reading, keep_books, read_kept_books
from zhuji_budget.usecases.import_budget import Imported
from zhuji_budget.usecases.preview_import import preview_import
from zhuji_budget.usecases.read_books import FiscalYearInvalid, TooManyBooks
from zhuji_budget.web.uploads import UPLOAD_MAX, book_files, fiscal_year_of
from zhuji_budget.web.views.imports import ImportForm, NextStep, preview_view
from zhuji_core.blobs import BlobKind, BlobTooLarge
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import DomainError
from zhuji_core.web.answers import Answer, see_other
from zhuji_core.web.components import SummaryError
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import PERMISSION, PageController
from zhuji_core.web.rendering import render
from zhuji_core.web.shell import Crumb

Context = NamedDependency[RequestContext]
SEPARATOR = ","  # between the digests of kept files in an address or a hidden field


class ImportPages(PageController):
    """``/budget/imports``."""

    module = MODULE
    path = "/imports"
    cold = True

    @get(
        "/new",
        opt={PERMISSION: IMPORT_BOOK},
        operation_id="budget.import.form",
        sync_to_thread=True,
    )
    def form(self, context: Context) -> Response[str]:
        return _form(context, fiscal_year=str(context.business_date.year - 1911))

    @post(
        "/upload",
        opt={PERMISSION: IMPORT_BOOK},
        operation_id="budget.import.upload-form",
        request_max_body_size=UPLOAD_MAX,
        sync_to_thread=True,
    )
    def upload(
        self, context: Context, data: MultipartBody[dict[str, Any]]
    ) -> Response[str] | Response[bytes]:
        """Keep the files and show what they hold; a refused file leaves the form as it was."""
        year_text, partial = str(data.get("year", "")), bool(data.get("partial"))
        try:
            fiscal_year = fiscal_year_of(year_text)
            files = book_files(uploads_of(data.get("files")))
            return context.perform(
                lambda uow: keep_books(uow, files),
                lambda digests: see_other(
                    _preview_url(context, digests, fiscal_year=fiscal_year, partial=partial)
                ),
            )
        except (BlobKind, BlobTooLarge, TooManyBooks, FiscalYearInvalid) as refusal:
            return _form(context, fiscal_year=year_text, partial=partial, refusal=refusal)

    @get(
        "/preview",
        opt={PERMISSION: IMPORT_BOOK},
        operation_id="budget.import.preview",
        sync_to_thread=True,
    )
    def preview(
        self,
        context: Context,
        files: FromQuery[str] = "",
        year: FromQuery[int] = 0,
        partial: FromQuery[bool] = False,  # noqa: FBT002 (a query parameter is named)
    ) -> Response[str]:
        with context.read() as uow:
            reading = read_kept_books(uow, _digests(files), fiscal_year=year, partial=partial)
            step = NextStep(
                import_url=context.path("budget/imports"),
                form_url=context.path("budget/imports/new"),
                key=str(uuid.uuid4()),
                digests=files,
                partial=partial,
            )
            return render(
                context,
                "budget/import_preview.html",
                title=context.gettext("{year} 年度預算書預覽").format(year=year),
                breadcrumb=(*_crumbs(context), Crumb(title=context.gettext("預覽"))),
                found=preview_view(
                    reading,
                    preview_import(uow, budget=reading.found.budget),
                    step=step,
                    gettext=context.gettext,
                ),
            )

    @post(
        "/",
        opt={PERMISSION: IMPORT_BOOK},
        operation_id="budget.import.confirm-form",
        sync_to_thread=True,
    )
    def confirm(self, context: Context, data: URLEncodedBody[dict[str, str]]) -> Response[bytes]:
        """Read the kept files once more and import them: the preview is not trusted."""
        fiscal_year = fiscal_year_of(data.get("year", ""))

        def act(uow: UnitOfWork) -> Imported:
            reading = read_kept_books(
                uow,
                _digests(data.get("files", "")),
                fiscal_year=fiscal_year,
                partial=bool(data.get("partial")),
            )
            return import_reading(uow, reading)

        return context.perform(act, lambda imported: _to_year(context, imported))


def uploads_of(value: Any) -> list[UploadFile]:
    """Return the files of one field, however many were chosen."""
    values = value if isinstance(value, list) else [value]
    return [one for one in values if isinstance(one, UploadFile)]


def _form(
    context: RequestContext,
    *,
    fiscal_year: str,
    partial: bool = False,
    refusal: DomainError | None = None,
) -> Response[str]:
    errors: tuple[SummaryError, ...] = ()
    if refusal is not None:
        field = "year" if isinstance(refusal, FiscalYearInvalid) else "files"
        errors = (SummaryError(text=refusal.text(context.gettext), field=field),)
    return render(
        context,
        "budget/import.html",
        title=context.gettext("匯入預算書"),
        breadcrumb=_crumbs(context),
        status_code=200 if refusal is None else refusal.status_code,
        form=ImportForm(
            action=context.path("budget/imports/upload"),
            fiscal_year=fiscal_year,
            partial=partial,
            errors=errors,
        ),
    )


def _preview_url(
    context: RequestContext, digests: tuple[str, ...], *, fiscal_year: int, partial: bool
) -> str:
    fields = {"year": str(fiscal_year), "files": SEPARATOR.join(digests)}
    if partial:
        fields["partial"] = "1"
    return f"{context.path('budget/imports/preview')}?{urlencode(fields, safe=SEPARATOR)}"


def _to_year(context: RequestContext, imported: Imported) -> Answer:
    query = urlencode({"done": "import", "new": imported.lines, "known": imported.lines_known})
    return see_other(f"{context.path(f'budget/years/{imported.fiscal_year}')}?{query}")


def _digests(text: str) -> list[str]:
    return [digest for digest in text.split(SEPARATOR) if digest]


def _crumbs(context: RequestContext) -> tuple[Crumb, ...]:
    return (
        Crumb(title=context.gettext("預算")),
        Crumb(title=context.gettext("匯入預算書"), url=context.path("budget/imports/new")),
    )

"""The page on which a county loads its own chart of accounts from a file."""

from __future__ import annotations

from typing import Any

from litestar import Response, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import MultipartBody

from zhuji_accounting.domain.ledger.chart_load import ChartFileMissing, ChartInvalid
from zhuji_accounting.permissions import LOAD_CHART
from zhuji_accounting.usecases.load_chart import load_chart
from zhuji_accounting.usecases.read_chart import ChartHead, read_chart
from zhuji_accounting.web.chart_pages import chart_crumbs
from zhuji_accounting.web.chart_view import ChartForm, apart_options, file_problems
from zhuji_core import blobs
from zhuji_core.formats import AmountMalformed, parse_ntd
from zhuji_core.values import DomainError
from zhuji_core.web.answers import see_other
from zhuji_core.web.components import SummaryError
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import PERMISSION, PageController
from zhuji_core.web.rendering import render
from zhuji_core.web.shell import Crumb

Context = NamedDependency[RequestContext]
FIELDS = ("name", "title", "first_year", "last_year", "source", "apart")
UPLOAD_MAX = blobs.BYTES_MAX + 100_000


class ChartLoadPages(PageController):
    """``/charts/new`` and what it sends."""

    module = "accounting"
    path = "/charts"
    cold = True

    @get(
        "/new",
        opt={PERMISSION: LOAD_CHART},
        operation_id="accounting.chart.form",
        sync_to_thread=True,
    )
    def form(self, context: Context) -> Response[str]:
        return _form(context, {"apart": "yes"})

    @post(
        "/",
        opt={PERMISSION: LOAD_CHART},
        operation_id="accounting.chart.load-form",
        request_max_body_size=UPLOAD_MAX,
        sync_to_thread=True,
    )
    def load(
        self, context: Context, data: MultipartBody[dict[str, Any]]
    ) -> Response[str] | Response[bytes]:
        """Read the file and load it, or show the form again with everything that is wrong."""
        fields = {name: str(data.get(name, "")) for name in FIELDS}
        try:
            name, content = _file(data.get("file"))
            read = read_chart(_head(fields), content=content, file_name=name)
            return context.perform(
                lambda uow: load_chart(uow, read),
                lambda kept: see_other(f"{context.path('accounting/charts')}?loaded={kept.name}"),
            )
        except DomainError as refusal:
            return _form(context, fields, refusal=refusal)


def _file(value: Any) -> tuple[str, bytes]:
    """Return name and content; no more is read than a file may have, and one byte."""
    if not isinstance(value, UploadFile) or not value.filename:
        raise ChartFileMissing(fields={"file": ChartFileMissing.message})
    return blobs.clean_name(value.filename), value.file.read(blobs.BYTES_MAX + 1)


def _head(fields: dict[str, str]) -> ChartHead:
    last = fields["last_year"].strip()
    return ChartHead(
        name=fields["name"].strip(),
        title=fields["title"],
        first_year=_year(fields["first_year"]),
        last_year=_year(last) if last else None,
        budgetary_apart=fields["apart"] != "no",
        source=fields["source"],
    )


def _year(text: str) -> int:
    """Return the year as it was keyed, full-width digits too; 0 is refused by the use case."""
    try:
        return parse_ntd(text)
    except AmountMalformed:
        return 0


def _form(
    context: RequestContext, fields: dict[str, str], *, refusal: DomainError | None = None
) -> Response[str]:
    tr = context.gettext
    errors: tuple[SummaryError, ...] = ()
    problems = file_problems(refusal.problems, tr) if isinstance(refusal, ChartInvalid) else ()
    if refusal is not None:
        field = next(iter(refusal.fields), "file")
        errors = (SummaryError(text=refusal.text(tr), field=field),)
    return render(
        context,
        "accounting/chart_form.html",
        title=tr("載入會計科目表"),
        breadcrumb=(*chart_crumbs(context), Crumb(title=tr("載入"))),
        status_code=200 if refusal is None else refusal.status_code,
        form=ChartForm(
            action=context.path("accounting/charts"),
            aparts=apart_options(tr),
            fields=fields,
            errors=errors,
            problems=problems,
        ),
    )

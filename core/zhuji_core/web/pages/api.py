"""What the county's API offers: the document for programs, and a page to read and try it."""

from __future__ import annotations

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.enums import MediaType
from litestar.params import FromQuery

from zhuji_core.values import N_, Value
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import API, SIGNED_IN, PageController
from zhuji_core.web.openapi.document import KERNEL_TITLE, ApiDocuments
from zhuji_core.web.openapi.operations import KERNEL
from zhuji_core.web.rendering import render
from zhuji_core.web.shell import Crumb


class _Part(Value, frozen=True, kw_only=True):
    """What one module offers: drawn alone, as a browser takes half a minute for everything."""

    module: str
    title: str


class ApiPages(PageController):
    """``/{county}/api/…``: for whoever is signed in, as it names what the county has licensed."""

    module = "kernel"
    path = "/{county:str}/api"
    opt = {SIGNED_IN: True}  # noqa: RUF012 (Litestar's own declaration)

    @get(
        "/openapi.json",
        operation_id="kernel.api.document",
        opt={API: True},
        sync_to_thread=True,
    )
    def document(
        self,
        context: NamedDependency[RequestContext],
        documents: NamedDependency[ApiDocuments],
    ) -> Response[bytes]:
        return Response(
            documents.of(
                context.request.app,
                context.county,
                enabled=context.access.hooks.enabled,
                words=context.words,
            ),
            media_type=MediaType.JSON,
        )

    # Below /api/, and yet for people.
    @get("/docs", operation_id="kernel.api.page", opt={API: False}, sync_to_thread=True)
    def page(
        self, context: NamedDependency[RequestContext], module: FromQuery[str] = ""
    ) -> Response[str]:
        title = context.gettext(N_("程式介面（API）"))
        parts = _parts(context)
        return render(
            context,
            "api.html",
            title=title,
            breadcrumb=(Crumb(title=title),),
            document_url=context.path("api/openapi.json"),
            parts=parts,
            shown=module if module in {part.module for part in parts} else KERNEL,
        )


def _parts(context: RequestContext) -> list[_Part]:
    known = context.access.hooks
    titles = {KERNEL: KERNEL_TITLE, **{name: known.title(name) for name in sorted(known.enabled)}}
    return [_Part(module=name, title=context.gettext(title)) for name, title in titles.items()]

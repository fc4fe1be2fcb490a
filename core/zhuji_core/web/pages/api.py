"""What the county's API offers: the document for programs, and a page to read and try it."""

from __future__ import annotations

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.enums import MediaType

from zhuji_core.values import N_
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import API, SIGNED_IN, PageController
from zhuji_core.web.openapi.document import ApiDocuments
from zhuji_core.web.rendering import render
from zhuji_core.web.shell import Crumb


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
    def page(self, context: NamedDependency[RequestContext]) -> Response[str]:
        title = context.gettext(N_("程式介面（API）"))
        return render(
            context,
            "api.html",
            title=title,
            breadcrumb=(Crumb(title=title),),
            document_url=context.path("api/openapi.json"),
        )

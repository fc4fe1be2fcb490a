"""Before a county is chosen, and whether the application is alive."""

from __future__ import annotations

from typing import Any

from litestar import MediaType, Response, get
from litestar.concurrency import sync_to_thread
from litestar.di import NamedDependency

from zhuji_core.values import N_
from zhuji_core.web.components import Link
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import PUBLIC, PageController
from zhuji_core.web.counties import CountyDirectory
from zhuji_core.web.rendering import render_bare


class FrontPages(PageController):
    """``/`` and ``/healthz``."""

    module = "kernel"
    path = "/"
    opt = {PUBLIC: True}  # noqa: RUF012 (Litestar's own declaration)

    @get("/", operation_id="kernel.front.page")
    async def front(
        self,
        context: NamedDependency[RequestContext],
        directory: NamedDependency[CountyDirectory],
    ) -> Response[Any]:
        found = await sync_to_thread(directory.all)
        return render_bare(
            context,
            "counties.html",
            title=context.gettext(N_("請選擇縣市")),
            counties=tuple(
                Link(title=access.county.name, url=f"/{access.county.code.lower()}/")
                for access in found
            ),
        )

    @get("/healthz", operation_id="kernel.health", media_type=MediaType.TEXT)
    async def health(self) -> str:
        """Alive: the event loop turns. Says nothing about the databases, on purpose."""
        return "ok\n"

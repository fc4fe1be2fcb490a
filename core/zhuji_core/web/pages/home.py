"""The first page of a signed-in person: what waits for me; and the way out."""

from __future__ import annotations

from litestar import Response, get, post
from litestar.di import NamedDependency

from zhuji_core.county import SESSION
from zhuji_core.identity import sessions
from zhuji_core.identity.sign_in import sign_out
from zhuji_core.modules import WorkItem as Waiting
from zhuji_core.permissions import MODULE
from zhuji_core.values import N_
from zhuji_core.web import menu
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import PASSES, SIGNED_IN, PageController
from zhuji_core.web.rendering import render
from zhuji_core.web.shell import WorkItem
from zhuji_core.web.worklist import kernel_worklist


class HomePages(PageController):
    """``/{county}/`` and ``/{county}/sign-out``."""

    module = "kernel"
    path = "/{county:str}"
    opt = {SIGNED_IN: True}  # noqa: RUF012 (Litestar's own declaration)

    @get("/", operation_id="kernel.home.page", opt={PASSES: True}, sync_to_thread=True)
    def home(self, context: NamedDependency[RequestContext]) -> Response[str]:
        with context.read() as uow:
            waiting = [*uow.hooks.worklist(uow), *kernel_worklist(uow)]
            items = sorted(waiting, key=lambda item: -item.oldest_days)
            return render(
                context,
                "home.html",
                title=context.gettext(N_("待辦事項")),
                worklist=tuple(_item(context, item) for item in items),
            )

    @post("/sign-out", operation_id="kernel.session.close", sync_to_thread=True)
    def leave(self, context: NamedDependency[RequestContext]) -> Response[bytes]:
        with context.write(writes=SESSION) as uow:
            sign_out(uow, token=context.token)
        response = Response(b"", status_code=303, headers={"Location": context.path("sign-in")})
        response.delete_cookie(
            sessions.cookie_name(context.county.code), path=context.path("").rstrip("/")
        )
        return response


def _item(context: RequestContext, item: Waiting) -> WorkItem:
    module = item.path.partition("/")[0]
    info = context.renderer.modules.get(module)
    title = menu.TITLE if module == MODULE else info.title if info else ""
    return WorkItem(
        title=context.gettext(item.title),
        url=context.path(item.path),
        count=item.count,
        module=context.gettext(title) if title else "",
        oldest_days=item.oldest_days,
        amount_ntd=None if module == MODULE else item.amount_ntd,
    )

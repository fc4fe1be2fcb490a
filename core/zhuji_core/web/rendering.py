"""Pages as a handler makes them: ``render(context, "accounting/request.html", …)``."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from litestar import Response
from litestar.enums import MediaType

from zhuji_core import tracing
from zhuji_core.modules import ModuleInfo
from zhuji_core.modules import NavItem as OfferedItem
from zhuji_core.uow import UnitOfWork
from zhuji_core.web import menu
from zhuji_core.web.context import RequestContext
from zhuji_core.web.environment import Pages
from zhuji_core.web.language import chosen_language
from zhuji_core.web.notices import notices_of
from zhuji_core.web.shell import Bare, Crumb, Flash, NavGroup, NavItem, Shell


class Renderer:
    """Templates and the titles of modules, made once for the application."""

    def __init__(self, pages: Pages, modules: Mapping[str, ModuleInfo]) -> None:
        self.pages = pages
        self.modules = modules

    def shell(
        self,
        context: RequestContext,
        *,
        nav: tuple[NavGroup, ...] = (),
        breadcrumb: Sequence[Crumb] = (),
        flash: Sequence[Flash] = (),
    ) -> Shell:
        actor = context.actor
        return Shell(
            county_code=context.county.code,
            county_name=context.county.name,
            agency_name=actor.agency_name,
            fiscal_year=context.business_date.year - 1911,
            business_date=context.business_date,
            user_name=actor.name,
            role_names=tuple(context.gettext(title) for title in actor.role_titles),
            acting_for="" if actor.on_behalf_of is None else actor.on_behalf_of.name,
            agency_code=actor.agency_code,
            language=context.language,
            csrf_token=context.csrf_token,
            trace_id=tracing.current_trace_id(),
            server_ms=context.elapsed_ms,
            nav=nav,
            breadcrumb=tuple(breadcrumb),
            flash=tuple(flash),
            notices=notices_of(context),
            search_url=self._search_url(context),
        )

    def _search_url(self, context: RequestContext) -> str:
        """Return the search of the county's first module that has one; an operator has none."""
        if context.held is not None:
            return ""
        enabled = context.access.hooks.enabled
        paths = (info.search for name, info in self.modules.items() if name in enabled)
        path = next((path for path in paths if path), "")
        return context.path(path) if path else ""

    def bare(self, context: RequestContext, *, next_path: str = "") -> Bare:
        request = context.request
        return Bare(
            county_name=context.county.name if context.has_county else "",
            language=context.language,
            path=request.url.path,
            next_path=next_path,
            csrf_token=context.csrf_token,
            trace_id=tracing.current_trace_id(),
            notices=notices_of(context) if context.has_county else (),
        )

    def menu(self, context: RequestContext, uow: UnitOfWork) -> tuple[NavGroup, ...]:
        """Ask the enabled modules what this person may do there."""
        here = context.request.url.path
        offered = context.access.hooks.navigation(uow)
        groups = tuple(
            NavGroup(
                title=context.gettext(self.modules[name].title),
                items=tuple(_item(context, item, here=here) for item in items),
            )
            for name, items in offered.items()
            if items
        )
        return (*groups, *_kernel_group(context, here=here))


def _kernel_group(context: RequestContext, *, here: str) -> tuple[NavGroup, ...]:
    items = tuple(
        _item(context, OfferedItem(title=item.title, path=item.path), here=here)
        for item in menu.ITEMS
        if (context.held is None if item.permission is None else context.actor.may(item.permission))
    )
    return (NavGroup(title=context.gettext(menu.TITLE), items=items),) if items else ()


def _item(context: RequestContext, item: OfferedItem, *, here: str) -> NavItem:
    url = context.path(item.path)
    return NavItem(
        title=context.gettext(item.title), url=url, count=item.waiting, current=here == url
    )


def render(
    context: RequestContext,
    template: str,
    *,
    title: str,
    breadcrumb: Sequence[Crumb] = (),
    flash: Sequence[Flash] = (),
    status_code: int = 200,
    **values: Any,
) -> Response[str]:
    """Render ``template`` with ``values`` in the frame of a signed-in person.

    The template also gets ``shell``, ``title`` and ``key``, a new idempotency key for the forms
    of this page. Inside of ``with context.read() as uow:`` the menu is asked for in that
    transaction; outside of any, one is opened for it.
    """
    renderer: Renderer = context.renderer
    if context.uow is None:
        with context.read() as uow:
            nav = renderer.menu(context, uow)
    else:
        nav = renderer.menu(context, context.uow)
    frame: dict[str, Any] = {
        "shell": renderer.shell(context, nav=nav, breadcrumb=breadcrumb, flash=flash),
        "title": title,
        "key": str(uuid.uuid4()),
    }
    text = renderer.pages.render(template, language=context.language, **{**frame, **values})
    return html(text, status_code=status_code)


def render_bare(
    context: RequestContext,
    template: str,
    *,
    title: str,
    next_path: str = "",
    status_code: int = 200,
    **values: Any,
) -> Response[Any]:
    """Render a page for somebody who has not signed in; no database.

    ``next_path`` is where it leads afterwards; the language links of the page keep it.
    """
    chosen = chosen_language(context.request, next_path=next_path)
    if chosen is not None:
        return chosen
    renderer: Renderer = context.renderer
    bare = renderer.bare(context, next_path=next_path)
    text = renderer.pages.render(
        template,
        language=context.language,
        bare=bare,
        title=title,
        next_path=next_path,
        **values,
    )
    return html(text, status_code=status_code)


def html(text: str, *, status_code: int) -> Response[str]:
    return Response(text, status_code=status_code, media_type=MediaType.HTML)

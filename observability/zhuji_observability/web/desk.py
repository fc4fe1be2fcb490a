"""Who reads the pages: an operator, of all counties, or an engineer of one county, of that alone.

Pages are functions of a desk. An engineer's desk has a store that gives nothing of another county
out, whatever is asked for, so no page can forget to ask for the right one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler

from zhuji_core.permissions import READ_TIMES
from zhuji_core.platform.operators import READ_TIMES as READ_TIMES_OF_ALL
from zhuji_core.values import N_
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import HEAVY, HOST, HOST_PERMISSION, PERMISSION
from zhuji_core.web.host_context import HostContext
from zhuji_core.web.rendering import render
from zhuji_core.web.shell import Crumb
from zhuji_observability.store.promises import Promises
from zhuji_observability.store.reading import Store, Wanted
from zhuji_observability.web.asked import HOURS, VANTAGES, known, wanted_of

ALL_COUNTIES, ONE_COUNTY = "/host/times", "/{county:str}/kernel/times"
TITLE = N_("時間與瓶頸")


class Desk:
    """``here``: where the pages lie; ``only``: the county that they are of, '' of all of them."""

    def __init__(  # noqa: PLR0913 (made twice below, all by name)
        self,
        *,
        here: str,
        only: str,
        tr: Callable[[str], str],
        request: Request[Any, Any, Any],
        times: Store,
        promises: Promises,
        show: Callable[..., Response[str]],
    ) -> None:
        self.here = here
        self.only = only
        self.tr = tr
        self.request = request
        self.times = times
        self.promises = promises
        self._show = show

    def wanted(self, *, county: str, operation: str, hours: int, seen: str) -> Wanted:
        return wanted_of(county=self.only or county, operation=operation, hours=hours, seen=seen)

    def known(self, *, county: str, operation: str, hours: int, seen: str) -> dict[str, object]:
        return known(county=self.only or county, operation=operation, hours=hours, seen=seen)

    def render(self, template: str, *, title: str, **values: Any) -> Response[str]:
        """Render a page in the frame of whoever reads it, with the choices of its form."""
        given = {"choices": HOURS, "vantages": VANTAGES, **values}
        return self._show(
            f"observability/{template}", title=title, here=self.here, only=self.only, **given
        )


def of_host(
    host: NamedDependency[HostContext],
    times: NamedDependency[Store],
    promises: NamedDependency[Promises],
) -> Desk:
    def show(template: str, *, title: str, **values: Any) -> Response[str]:
        return host.render(template, title=title, frame="host/base.html", **values)

    return Desk(
        here=ALL_COUNTIES,
        only="",
        tr=host.gettext,
        request=host.request,
        times=times,
        promises=promises,
        show=show,
    )


def of_county(
    context: NamedDependency[RequestContext],
    times: NamedDependency[Store],
    promises: NamedDependency[Promises],
) -> Desk:
    here, tr = context.path("kernel/times"), context.gettext

    def show(template: str, *, title: str, **values: Any) -> Response[str]:
        first = Crumb(title=tr(TITLE), url=here)
        way = (Crumb(title=title),) if title == tr(TITLE) else (first, Crumb(title=title))
        return render(context, template, title=title, breadcrumb=way, frame="base.html", **values)

    return Desk(
        here=here,
        only=context.county.code,
        tr=tr,
        request=context.request,
        times=times.of(context.county.code),
        promises=promises,
        show=show,
    )


class Page(NamedTuple):
    """``path`` is below where the pages lie; ``heavy``: a file, counted for each person."""

    path: str
    name: str
    handler: Callable[..., Response[Any]]
    heavy: bool = False


def for_operators(pages: Iterable[Page]) -> list[HTTPRouteHandler]:
    return _mounted(pages, "host.times", {HOST: True, HOST_PERMISSION: READ_TIMES_OF_ALL})


def for_counties(pages: Iterable[Page]) -> list[HTTPRouteHandler]:
    return _mounted(pages, "kernel.times", {PERMISSION: READ_TIMES})


def _mounted(pages: Iterable[Page], prefix: str, who: dict[str, Any]) -> list[HTTPRouteHandler]:
    return [
        get(
            page.path,
            operation_id=f"{prefix}.{page.name}",
            opt={**who, HEAVY: page.heavy},
            sync_to_thread=True,
        )(page.handler)
        for page in pages
    ]

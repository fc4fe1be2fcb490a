"""Where I act now, and for whom: a page reached from the top bar of every page by one key."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import URLEncodedBody

from zhuji_core.county import SESSION
from zhuji_core.identity.acting import Side, act_as, sides
from zhuji_core.identity.agencies import find_agencies
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_, DomainError, Value
from zhuji_core.web.answers import see_other
from zhuji_core.web.components import Option
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import SIGNED_IN, PageController
from zhuji_core.web.refusals import refused
from zhuji_core.web.rendering import render
from zhuji_core.web.shell import Crumb

Context = NamedDependency[RequestContext]
Form = URLEncodedBody[dict[str, Any]]
PATH = "kernel/acting"
TITLE = N_("執行身分")


class SideRow(Value, frozen=True, kw_only=True):
    """One button of the page; ``current``: this is how the person acts now."""

    agency_code: str
    agency_name: str
    delegation_id: str
    principal: str
    roles: str
    current: bool


class ActingPages(PageController):
    """``/{county}/kernel/acting``."""

    module = "kernel"
    path = "/{county:str}/kernel/acting"
    opt = {SIGNED_IN: True}  # noqa: RUF012 (Litestar's own declaration)

    @get("/", operation_id="kernel.acting.page", sync_to_thread=True)
    def page(self, context: Context) -> Response[str]:
        return _page(context)

    @post("/", operation_id="kernel.acting.choose", sync_to_thread=True)
    def choose(self, context: Context, data: Form) -> Response[bytes] | Response[str]:
        """Act there from the next request on; what may not be is said on the same page."""
        agency_code = str(data.get("agency_code", "")).strip()
        try:
            delegation_id = _uuid(str(data.get("delegation_id", "")))
            return context.perform(
                lambda uow: act_as(
                    uow,
                    token=context.token,
                    agency_code=agency_code,
                    delegation_id=delegation_id,
                ),
                lambda _: see_other(context.path("")),
                writes=SESSION,
            )
        except DomainError as refusal:
            return _page(context, error=refusal)


def _uuid(text: str) -> uuid.UUID | None:
    """Read an id that a button sent; anything else is nobody's."""
    try:
        return uuid.UUID(text) if text else None
    except ValueError:
        return uuid.UUID(int=0)


def _page(context: RequestContext, *, error: DomainError | None = None) -> Response[str]:
    tr = context.gettext
    with context.read() as uow:
        found = sides(uow)
        return render(
            context,
            "kernel/acting.html",
            title=tr(TITLE),
            breadcrumb=(Crumb(title=tr(TITLE)),),
            status_code=200 if error is None else error.status_code,
            refusal=None if error is None else refused(context, error),
            action=context.path(PATH),
            rows=tuple(_row(uow, side) for side in found),
            everywhere=_everywhere(uow, found),
        )


def _row(uow: UnitOfWork, side: Side) -> SideRow:
    principal = uow.actor.on_behalf_of
    now = (None if principal is None else principal.delegation_id, uow.actor.agency_code)
    return SideRow(
        agency_code=side.agency_code,
        agency_name=side.agency_name,
        delegation_id=str(side.delegation_id or ""),
        principal=side.name if side.delegation_id else "",
        roles="、".join(side.roles),
        current=(side.delegation_id, side.agency_code) == now,
    )


def _everywhere(uow: UnitOfWork, found: Sequence[Side]) -> tuple[Option, ...]:
    """Offer every agency to whom holds a role of the whole county in the own name."""
    if not any(side.county_wide and side.delegation_id is None for side in found):
        return ()
    return tuple(
        Option(value=one.agency_code, title=f"{one.agency_code} {one.name}")
        for one in find_agencies(uow)
    )

"""The county's own view of emergency access: who reads here, why, what, and the way to end it."""

from __future__ import annotations

import uuid

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from zhuji_core.county import SESSION
from zhuji_core.identity.break_glass import end_pass, list_passes
from zhuji_core.permissions import END_PASS, READ_PASSES
from zhuji_core.values import N_, Value
from zhuji_core.web.answers import json_answer, see_other
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import PERMISSION, ApiController, PageController
from zhuji_core.web.rendering import render
from zhuji_core.web.shell import Flash

TITLE = N_("緊急調閱")
ENDED = N_("已終止，該維運人員自下一次要求起無法再查詢。")


class Ended(Value, frozen=True, kw_only=True):
    """The answer of ending a pass."""

    ended: uuid.UUID


class BreakGlassPages(PageController):
    """``/{county}/kernel/break-glass``."""

    module = "kernel"
    path = "/{county:str}/kernel/break-glass"

    @get(
        "/",
        operation_id="kernel.break-glass.page",
        opt={PERMISSION: READ_PASSES},
        sync_to_thread=True,
    )
    def page(
        self, context: NamedDependency[RequestContext], done: FromQuery[str] = ""
    ) -> Response[str]:
        with context.read() as uow:
            return render(
                context,
                "kernel/break_glass.html",
                title=context.gettext(TITLE),
                flash=(Flash(text=context.gettext(ENDED)),) if done else (),
                passes=tuple(list_passes(uow)),
                may_end=context.actor.may(END_PASS),
            )

    @post(
        "/{pass_id:uuid}/end",
        operation_id="kernel.break-glass.end-form",
        opt={PERMISSION: END_PASS},
        sync_to_thread=True,
    )
    def end(
        self, context: NamedDependency[RequestContext], pass_id: FromPath[uuid.UUID]
    ) -> Response[bytes]:
        return context.perform(
            lambda uow: end_pass(uow, pass_id=pass_id),
            lambda _: see_other(context.path("kernel/break-glass?done=1")),
            writes=SESSION,
        )


class BreakGlassApi(ApiController):
    """``/{county}/api/v1/kernel/break-glass``: the same for programs."""

    module = "kernel"
    path = "/{county:str}/api/v1/kernel/break-glass"

    @post(
        "/{pass_id:uuid}/end",
        operation_id="kernel.break-glass.end",
        opt={PERMISSION: END_PASS, "answers": Ended},
        status_code=200,
        sync_to_thread=True,
    )
    def end(
        self, context: NamedDependency[RequestContext], pass_id: FromPath[uuid.UUID]
    ) -> Response[bytes]:
        """End an operator's emergency access at once."""
        return context.perform(
            lambda uow: end_pass(uow, pass_id=pass_id),
            lambda _: json_answer(Ended(ended=pass_id)),
            writes=SESSION,
        )

"""Written exceptions from separation of duties for programs."""

from __future__ import annotations

import uuid

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from zhuji_core.identity.duty_exceptions import (
    EXCEPTION,
    WantedException,
    WrittenException,
    end_exception,
    list_exceptions,
)
from zhuji_core.identity.duty_reviews import review_exception
from zhuji_core.permissions import APPROVE_EXCEPTION, PROPOSE_EXCEPTION
from zhuji_core.proposals.model import Proposal
from zhuji_core.proposals.propose import propose
from zhuji_core.values import N_, Value
from zhuji_core.web.answers import json_answer
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import ANSWERS, PERMISSION, SIGNED_IN, ApiController
from zhuji_core.web.paging import LIMIT, Cursor, Limit, Page, open_cursor, page_of

Context = NamedDependency[RequestContext]


class Findings(Value, frozen=True, kw_only=True):
    """What the reviewer found."""

    findings: str


class WhyOver(Value, frozen=True, kw_only=True):
    """Why the exception ends."""

    reason: str


class ExceptionApi(ApiController):
    """``/{county}/api/v1/kernel/exceptions``."""

    module = "kernel"
    path = "/{county:str}/api/v1/kernel/exceptions"

    @get(
        "/",
        operation_id="kernel.exceptions.list",
        summary=N_("查詢職能分工例外"),
        opt={SIGNED_IN: True},
        sync_to_thread=True,
    )
    def search(
        self, context: Context, limit: Limit = LIMIT, cursor: Cursor = ""
    ) -> Page[WrittenException]:
        """List exceptions, newest first: all for auditors, the own ones for others."""
        before = open_cursor(context, cursor, uuid.UUID)
        with context.read() as uow:
            found = list_exceptions(uow, before=before, limit=limit)
        return page_of(
            context, found, limit=limit, key=lambda one: one.exception_id, item=lambda one: one
        )

    @post(
        "/",
        operation_id="kernel.exception.propose",
        opt={PERMISSION: PROPOSE_EXCEPTION, ANSWERS: Proposal},
        status_code=201,
        sync_to_thread=True,
    )
    def propose(self, context: Context, data: JSONBody[WantedException]) -> Response[bytes]:
        """Propose an exception; a second person decides."""
        return context.perform(
            lambda uow: propose(uow, EXCEPTION, data, reason=data.reason),
            lambda made: json_answer(made, status_code=201),
        )

    @post(
        "/{exception_id:uuid}/review",
        operation_id="kernel.exception.review",
        summary=N_("覆核職能分工例外"),
        opt={SIGNED_IN: True, ANSWERS: WrittenException},
        status_code=200,
        sync_to_thread=True,
    )
    def review(
        self, context: Context, exception_id: FromPath[uuid.UUID], data: JSONBody[Findings]
    ) -> Response[bytes]:
        """Review what was done by the exception, as its supervisor."""
        return context.perform(
            lambda uow: review_exception(uow, exception_id=exception_id, findings=data.findings),
            json_answer,
        )

    @post(
        "/{exception_id:uuid}/end",
        operation_id="kernel.exception.end",
        opt={PERMISSION: APPROVE_EXCEPTION, ANSWERS: WrittenException},
        status_code=200,
        sync_to_thread=True,
    )
    def end(
        self, context: Context, exception_id: FromPath[uuid.UUID], data: JSONBody[WhyOver]
    ) -> Response[bytes]:
        """End an exception at once."""
        return context.perform(
            lambda uow: end_exception(uow, exception_id=exception_id, reason=data.reason),
            json_answer,
        )

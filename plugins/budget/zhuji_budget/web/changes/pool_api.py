"""The API of pooled lines (統籌科目): which they are, and which agencies use them."""

from __future__ import annotations

import uuid

from litestar import Response, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from zhuji_budget.permissions import POOL_LINE
from zhuji_budget.settings import MODULE
from zhuji_budget.usecases.pool_line import pool_line
from zhuji_budget.usecases.share_line import share_line
from zhuji_core.values import N_, Value
from zhuji_core.web.answers import json_answer
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import ANSWERS, PERMISSION, ApiController

Context = NamedDependency[RequestContext]


class PoolingWanted(Value, frozen=True, kw_only=True):
    """Whether the line is pooled (統籌科目); in a year in force with a ``reason``.

    ``reference``: the document that asks for it.
    """

    pooled: bool
    reason: str = ""
    reference: str = ""


class PoolingAnswer(Value, frozen=True, kw_only=True):
    """The line as it is now; ``proposal_id``: what a second person decides, in a year in force."""

    line_id: uuid.UUID
    pooled: bool
    proposal_id: uuid.UUID | None = None


class SharingWanted(Value, frozen=True, kw_only=True):
    """The agencies that write requests on the line beside its own; ``*``: every agency."""

    agency_codes: tuple[str, ...]


class SharingAnswer(Value, frozen=True, kw_only=True):
    """Who uses the line now."""

    line_id: uuid.UUID
    agency_codes: tuple[str, ...]


class PoolingApi(ApiController):
    """``/lines/{id}/pooling``."""

    module = MODULE
    path = "/lines/{line_id:uuid}/pooling"
    cold = True

    @post(
        "/",
        opt={PERMISSION: POOL_LINE, ANSWERS: PoolingAnswer},
        operation_id="budget.lines.pool",
        summary=N_("指定或取消統籌科目"),
        status_code=200,
        sync_to_thread=True,
    )
    def pool(
        self, context: Context, line_id: FromPath[uuid.UUID], data: JSONBody[PoolingWanted]
    ) -> Response[bytes]:
        return context.perform(
            lambda uow: pool_line(
                uow,
                line_id=line_id,
                pooled=data.pooled,
                reason=data.reason,
                reference=data.reference,
            ),
            lambda made: json_answer(
                PoolingAnswer(
                    line_id=line_id,
                    pooled=data.pooled if made is None else not data.pooled,
                    proposal_id=made.proposal_id if made else None,
                )
            ),
        )


class SharingApi(ApiController):
    """``/lines/{id}/pooled-use``."""

    module = MODULE
    path = "/lines/{line_id:uuid}/pooled-use"
    cold = True

    @post(
        "/",
        opt={PERMISSION: POOL_LINE, ANSWERS: SharingAnswer},
        operation_id="budget.lines.share",
        summary=N_("指定統籌科目之使用機關"),
        status_code=200,
        sync_to_thread=True,
    )
    def share(
        self, context: Context, line_id: FromPath[uuid.UUID], data: JSONBody[SharingWanted]
    ) -> Response[bytes]:
        return context.perform(
            lambda uow: share_line(uow, line_id=line_id, agency_codes=data.agency_codes),
            lambda users: json_answer(SharingAnswer(line_id=line_id, agency_codes=users)),
        )

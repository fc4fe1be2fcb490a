"""The forms of pooled lines (統籌科目) on the page of a line."""

from __future__ import annotations

import uuid
from typing import Any

from litestar import Response, post
from litestar.di import NamedDependency
from litestar.params import FromPath, URLEncodedBody

from zhuji_budget.permissions import POOL_LINE
from zhuji_budget.settings import MODULE
from zhuji_budget.usecases.pool_line import pool_line
from zhuji_budget.usecases.share_line import share_line
from zhuji_core.web.answers import see_other
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import PERMISSION, PageController

Context = NamedDependency[RequestContext]
Form = URLEncodedBody[dict[str, Any]]
Page = Response[bytes] | Response[str]


class PoolPages(PageController):
    """``/lines/{id}/pooling``: whether the line is shared out among agencies."""

    module = MODULE
    path = "/lines/{line_id:uuid}/pooling"
    cold = True

    @post(
        "/",
        opt={PERMISSION: POOL_LINE},
        operation_id="budget.line.pool-form",
        sync_to_thread=True,
    )
    def pool(self, context: Context, line_id: FromPath[uuid.UUID], data: Form) -> Page:
        """In a year in force it leads to the proposal that waits for a second person."""
        pooled, reason = str(data.get("pooled", "")) == "true", str(data.get("reason", ""))
        line = f"budget/lines/{line_id}"
        return context.perform(
            lambda uow: pool_line(uow, line_id=line_id, pooled=pooled, reason=reason),
            lambda made: see_other(
                context.path(f"kernel/proposals/{made.proposal_id}" if made else line)
            ),
        )


class SharePages(PageController):
    """``/lines/{id}/pooled-use``: which agencies use the pooled line."""

    module = MODULE
    path = "/lines/{line_id:uuid}/pooled-use"
    cold = True

    @post(
        "/",
        opt={PERMISSION: POOL_LINE},
        operation_id="budget.line.share-form",
        sync_to_thread=True,
    )
    def share(self, context: Context, line_id: FromPath[uuid.UUID], data: Form) -> Page:
        codes = str(data.get("agencies", "")).replace("、", " ").replace(",", " ").split()
        return context.perform(
            lambda uow: share_line(uow, line_id=line_id, agency_codes=codes),
            lambda _: see_other(context.path(f"budget/lines/{line_id}")),
        )

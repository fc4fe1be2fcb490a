"""Adding to a certified request (追加): the form of a request that names the one it adds to."""

from __future__ import annotations

import uuid
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, URLEncodedBody

from zhuji_accounting.domain.commitments.rules import require_supplementable
from zhuji_accounting.permissions import WRITE_REQUEST
from zhuji_accounting.queries.requests import find_request
from zhuji_accounting.web.form_pages import FormTarget, kept_form, show_form, write_form
from zhuji_accounting.web.request_form import typed_supplement
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import PERMISSION, PageController

Context = NamedDependency[RequestContext]
Form = URLEncodedBody[dict[str, Any]]


class SupplementPages(PageController):
    """``/requests/{id}/supplement``."""

    module = "accounting"
    path = "/requests/{request_id:uuid}/supplement"

    @get(
        "/",
        opt={PERMISSION: WRITE_REQUEST, "cold": True},
        operation_id="accounting.supplements.form",
        sync_to_thread=True,
    )
    def form(self, context: Context, request_id: FromPath[uuid.UUID]) -> Response[str]:
        with context.read() as uow:
            origin = find_request(uow, request_id).request
            uow.require(WRITE_REQUEST, agency_code=origin.agency_code)
            require_supplementable(
                origin, agency_code=origin.agency_code, fiscal_year=uow.fiscal_year
            )
            target = FormTarget(origin=origin)
            kept = kept_form(context, target)
            return show_form(
                context,
                uow,
                target,
                kept or typed_supplement(origin),
                from_draft=kept is not None,
            )

    @post(
        "/",
        opt={PERMISSION: WRITE_REQUEST, "cold": True},
        operation_id="accounting.supplements.send",
        sync_to_thread=True,
    )
    def write(
        self, context: Context, request_id: FromPath[uuid.UUID], data: Form
    ) -> Response[bytes] | Response[str]:
        with context.read() as uow:
            origin = find_request(uow, request_id).request
        return write_form(context, data, FormTarget(origin=origin))

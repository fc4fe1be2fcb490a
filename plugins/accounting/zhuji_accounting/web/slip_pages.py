"""The evidence slip of a claim (支出憑證黏存單) as a PDF; for people and for programs."""

from __future__ import annotations

import uuid
from urllib.parse import quote

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from zhuji_accounting.permissions import READ_CLAIMS
from zhuji_accounting.queries.claims import find_claim
from zhuji_accounting.usecases.claim_paper import print_slip
from zhuji_core.values import N_
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import ANSWERS, PERMISSION, ApiController, PageController

COLD = "cold"
Context = NamedDependency[RequestContext]
ClaimId = FromPath[uuid.UUID]


class SlipPages(PageController):
    """``/claims/{id}/slip``."""

    module = "accounting"
    path = "/claims/{claim_id:uuid}/slip"

    @get(
        "/",
        opt={PERMISSION: READ_CLAIMS, COLD: True},
        operation_id="accounting.slips.page",
        sync_to_thread=True,
    )
    def page(self, context: Context, claim_id: ClaimId) -> Response[bytes]:
        return _printed(context, claim_id)


class SlipsApi(ApiController):
    """``/claims/{id}/slip``: the same for programs."""

    module = "accounting"
    path = "/claims/{claim_id:uuid}/slip"

    @get(
        "/",
        opt={PERMISSION: READ_CLAIMS, COLD: True, ANSWERS: bytes},
        operation_id="accounting.slips.read",
        summary=N_("列印報支案之支出憑證黏存單（PDF）"),
        sync_to_thread=True,
    )
    def read(self, context: Context, claim_id: ClaimId) -> Response[bytes]:
        return _printed(context, claim_id)


def _printed(context: RequestContext, claim_id: uuid.UUID) -> Response[bytes]:
    with context.read() as uow:
        claim = find_claim(uow, claim_id)
        made = print_slip(uow, claim)
    return Response(
        made,
        media_type="application/pdf",
        headers={"Content-Disposition": f"inline; filename*=UTF-8''{quote(claim.label)}.pdf"},
    )

"""Printing vouchers: one, or those chosen in a list, as a PDF; for people and for programs."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, URLEncodedBody

from zhuji_accounting.domain.ledger.refusals import VoucherBatch
from zhuji_accounting.permissions import READ_VOUCHERS
from zhuji_accounting.queries.vouchers import read_vouchers
from zhuji_accounting.usecases.voucher_paper import print_vouchers
from zhuji_accounting.web.batches import chosen_ids
from zhuji_accounting.web.voucher_structs import VouchersWanted
from zhuji_core.values import N_
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import (
    ANSWERS,
    HEAVY,
    KEYLESS,
    PERMISSION,
    ApiController,
    PageController,
)

COLD = "cold"
PRINT_MAX = 100  # a folder's worth; a second or two of work
Context = NamedDependency[RequestContext]
VoucherId = FromPath[uuid.UUID]


class VoucherPrintPages(PageController):
    """``/vouchers/{id}/print`` and ``/vouchers/print``."""

    module = "accounting"
    path = "/vouchers"

    @get(
        "/{voucher_id:uuid}/print",
        opt={PERMISSION: READ_VOUCHERS, COLD: True},
        operation_id="accounting.vouchers.print-page",
        sync_to_thread=True,
    )
    def one(self, context: Context, voucher_id: VoucherId) -> Response[bytes]:
        return _printed(context, [voucher_id])

    @post(
        "/print",
        opt={PERMISSION: READ_VOUCHERS, COLD: True, KEYLESS: True, HEAVY: True},
        operation_id="accounting.vouchers.print-form",
        status_code=200,
        sync_to_thread=True,
    )
    def many(self, context: Context, data: URLEncodedBody[dict[str, Any]]) -> Response[bytes]:
        return _printed(context, chosen_ids(data, "voucher_ids"))


class VoucherPrintApi(ApiController):
    """``/vouchers/{id}/print`` and ``/vouchers/print``: the same for programs."""

    module = "accounting"
    path = "/vouchers"

    @get(
        "/{voucher_id:uuid}/print",
        opt={PERMISSION: READ_VOUCHERS, COLD: True, ANSWERS: bytes},
        operation_id="accounting.vouchers.print",
        summary=N_("列印一張傳票（PDF）"),
        sync_to_thread=True,
    )
    def one(self, context: Context, voucher_id: VoucherId) -> Response[bytes]:
        return _printed(context, [voucher_id])

    @post(
        "/print",
        opt={PERMISSION: READ_VOUCHERS, COLD: True, KEYLESS: True, HEAVY: True, ANSWERS: bytes},
        operation_id="accounting.vouchers.print-many",
        summary=N_("列印多張傳票（一份 PDF）"),
        status_code=200,
        sync_to_thread=True,
    )
    def many(self, context: Context, data: JSONBody[VouchersWanted]) -> Response[bytes]:
        return _printed(context, data.voucher_ids)


def _printed(context: RequestContext, voucher_ids: Sequence[uuid.UUID]) -> Response[bytes]:
    if not 1 <= len(voucher_ids) <= PRINT_MAX:
        raise VoucherBatch(batch_max=PRINT_MAX, count=len(voucher_ids))
    with context.read() as uow:
        vouchers = read_vouchers(uow, voucher_ids)
        made = print_vouchers(uow, vouchers)
    name = vouchers[0].label if len(vouchers) == 1 else context.gettext("傳票")
    return Response(
        made,
        media_type="application/pdf",
        headers={"Content-Disposition": f"inline; filename*=UTF-8''{quote(name)}.pdf"},
    )

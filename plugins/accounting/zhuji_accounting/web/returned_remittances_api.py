"""The API of remittances that the bank returned, and of what became of them."""

from __future__ import annotations

import uuid

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from zhuji_accounting.domain.remittances.returned import (
    ReturnedRemittance,
    WantedAnswer,
    WantedReturn,
)
from zhuji_accounting.permissions import READ_CLAIMS, RECORD_RETURN
from zhuji_accounting.queries import remittances
from zhuji_accounting.usecases.answer_return import answer_return
from zhuji_accounting.usecases.record_return import record_return
from zhuji_core.values import N_, Value
from zhuji_core.web.answers import Answer, json_answer
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import ANSWERS, PERMISSION, ApiController
from zhuji_core.web.paging import LIMIT, Cursor, Limit, Page, open_cursor, page_of
from zhuji_core.web.parameters import Code, FiscalYear, Text

COLD = "cold"
Context = NamedDependency[RequestContext]
Id = FromPath[uuid.UUID]


class ReturnedAnswer(Value, frozen=True, kw_only=True):
    """A returned remittance as it stands, with its number."""

    label: str
    returned: ReturnedRemittance


def _made(found: ReturnedRemittance) -> Answer:
    return json_answer(ReturnedAnswer(label=found.label, returned=found), status_code=201)


class ReturnedRemittancesApi(ApiController):
    """``/returned-remittances``, and below claims: record what the bank sent back."""

    module = "accounting"
    path = "/"

    @get(
        "/returned-remittances",
        opt={PERMISSION: READ_CLAIMS, COLD: True},
        operation_id="accounting.returned-remittances.list",
        summary=N_("列出退匯紀錄"),
        sync_to_thread=True,
    )
    def list_returned(  # noqa: PLR0913, PLR0917 (each a filter of the list, by name)
        self,
        context: Context,
        fiscal_year: FiscalYear = None,
        agency_code: Code = "",
        text: Text = "",
        waiting: FromQuery[bool] = False,  # noqa: FBT002 (a query parameter is named)
        cursor: Cursor = "",
        limit: Limit = LIMIT,
    ) -> Page[ReturnedAnswer]:
        before = open_cursor(context, cursor, uuid.UUID)
        with context.read() as uow:
            rows = remittances.list_returned(
                uow,
                remittances.ReturnFilter(
                    fiscal_year=fiscal_year or uow.fiscal_year,
                    agency_code=agency_code,
                    text=text,
                    waiting=waiting,
                    before=before,
                    limit=limit + 1,
                ),
            )
        return page_of(
            context,
            rows,
            limit=limit,
            key=lambda row: row.return_id,
            item=lambda row: ReturnedAnswer(label=row.label, returned=row),
        )

    @get(
        "/returned-remittances/{return_id:uuid}",
        opt={PERMISSION: READ_CLAIMS, COLD: True},
        operation_id="accounting.returned-remittances.read",
        summary=N_("查詢一筆退匯紀錄"),
        sync_to_thread=True,
    )
    def read(self, context: Context, return_id: Id) -> ReturnedAnswer:
        with context.read() as uow:
            found = remittances.find_returned(uow, return_id)
        return ReturnedAnswer(label=found.label, returned=found)

    @post(
        "/claims/{claim_id:uuid}/returned-remittances",
        opt={PERMISSION: RECORD_RETURN, COLD: True, ANSWERS: ReturnedAnswer},
        operation_id="accounting.claims.return-remittance",
        summary=N_("登記退匯"),
        sync_to_thread=True,
    )
    def record(
        self, context: Context, claim_id: Id, data: JSONBody[WantedReturn]
    ) -> Response[bytes]:
        return context.perform(
            lambda uow: record_return(uow, claim_id=claim_id, wanted=data), _made
        )

    @post(
        "/returned-remittances/{return_id:uuid}/answer",
        opt={PERMISSION: RECORD_RETURN, COLD: True, ANSWERS: ReturnedAnswer},
        operation_id="accounting.returned-remittances.answer",
        summary=N_("處理退匯（重匯或繳回）"),
        sync_to_thread=True,
    )
    def answer(
        self, context: Context, return_id: Id, data: JSONBody[WantedAnswer]
    ) -> Response[bytes]:
        return context.perform(
            lambda uow: answer_return(uow, return_id=return_id, wanted=data), _made
        )

"""The API of accounting: each handler is one use case or one query."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from litestar import Response, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from zhuji_accounting.domain.certification import Outcome
from zhuji_accounting.domain.request import RequestState
from zhuji_accounting.domain.rules import released_amounts
from zhuji_accounting.permissions import (
    APPROVE_REQUEST,
    AWARD_REQUEST,
    CERTIFY_REQUEST,
    CHANGE_HOLD,
    READ_REGISTER,
    READ_REQUESTS,
    RELEASE_ENCUMBRANCE,
    RETURN_REQUEST,
    WRITE_REQUEST,
)
from zhuji_accounting.queries import certifications, requests
from zhuji_accounting.queries.commitments import award_of
from zhuji_accounting.usecases.approve_request import approve_request
from zhuji_accounting.usecases.award_request import award_request
from zhuji_accounting.usecases.certify_requests import certify_requests
from zhuji_accounting.usecases.change_hold import change_hold
from zhuji_accounting.usecases.release_encumbrance import release_encumbrance
from zhuji_accounting.usecases.return_request import return_request
from zhuji_accounting.usecases.submit_request import submit_request
from zhuji_accounting.usecases.withdraw_request import withdraw_request
from zhuji_accounting.usecases.write_request import WantedRequest, write_request
from zhuji_accounting.web.certifying import CERTIFYING
from zhuji_accounting.web.structs import (
    AwardWanted,
    BatchWanted,
    CertificationAnswer,
    HoldWanted,
    ListedRequest,
    OutcomeAnswer,
    ReasonWanted,
    ReleaseWanted,
    RequestAnswer,
    RequestDetail,
    SubmissionWanted,
    answer_of,
    certification_of,
    detail_of,
    listed_of,
    outcome_of,
)
from zhuji_core.values import N_
from zhuji_core.web.answers import Answer, json_answer
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import ANSWERS, PERMISSION, ApiController
from zhuji_core.web.paging import LIMIT, Cursor, Limit, Page, open_cursor, page_of
from zhuji_core.web.parameters import Code, FiscalYear, Text

COLD = "cold"  # not among the hot paths (web/hot_paths.py)
Context = NamedDependency[RequestContext]


class RequestsApi(ApiController):
    """``/requests``: write, read, and move a spending request through its states."""

    module = "accounting"
    path = "/requests"

    @get(
        "/",
        opt={PERMISSION: READ_REQUESTS},
        operation_id="accounting.requests.list",
        summary=N_("列出動支申請"),
        sync_to_thread=True,
    )
    def list_requests(  # noqa: PLR0913, PLR0917 (each a filter of the list, by name)
        self,
        context: Context,
        fiscal_year: FiscalYear = None,
        agency_code: Code = "",
        states: FromQuery[RequestState | None] = None,
        text: Text = "",
        mine: FromQuery[bool] = False,  # noqa: FBT002 (a query parameter is named)
        cursor: Cursor = "",
        limit: Limit = LIMIT,
    ) -> Page[ListedRequest]:
        before = open_cursor(context, cursor, uuid.UUID)
        with context.read() as uow:
            rows = requests.list_requests(
                uow,
                requests.RequestFilter(
                    fiscal_year=fiscal_year or uow.fiscal_year,
                    agency_code=agency_code,
                    states=(str(states),) if states else (),
                    text=text,
                    mine=mine,
                    before=before,
                    limit=limit + 1,
                ),
            )
        return page_of(context, rows, limit=limit, key=lambda row: row.request_id, item=listed_of)

    @get(
        "/{request_id:uuid}",
        opt={PERMISSION: READ_REQUESTS},
        operation_id="accounting.requests.read",
        summary=N_("查詢一筆動支申請"),
        sync_to_thread=True,
    )
    def read(self, context: Context, request_id: FromPath[uuid.UUID]) -> RequestDetail:
        with context.read() as uow:
            found = requests.find_request(uow, request_id)
            return detail_of(found, award_of(uow, request_id))

    @post(
        "/",
        opt={PERMISSION: WRITE_REQUEST, ANSWERS: RequestAnswer},
        operation_id="accounting.requests.write",
        summary=N_("填寫動支申請"),
        sync_to_thread=True,
    )
    def write(self, context: Context, data: JSONBody[WantedRequest]) -> Response[bytes]:
        return context.perform(
            lambda uow: write_request(uow, wanted=data),
            lambda request: json_answer(answer_of(request), status_code=201),
        )

    @put(
        "/{request_id:uuid}",
        opt={PERMISSION: WRITE_REQUEST, COLD: True, ANSWERS: RequestAnswer},
        operation_id="accounting.requests.rewrite",
        summary=N_("修改動支申請"),
        sync_to_thread=True,
    )
    def rewrite(
        self,
        context: Context,
        request_id: FromPath[uuid.UUID],
        data: JSONBody[WantedRequest],
    ) -> Response[bytes]:
        return context.perform(
            lambda uow: write_request(uow, wanted=data, request_id=request_id),
            lambda request: json_answer(answer_of(request)),
        )

    @post(
        "/{request_id:uuid}/submission",
        opt={PERMISSION: WRITE_REQUEST, ANSWERS: RequestAnswer},
        operation_id="accounting.requests.submit",
        summary=N_("送出動支申請"),
        status_code=200,
        sync_to_thread=True,
    )
    def submit(
        self,
        context: Context,
        request_id: FromPath[uuid.UUID],
        data: JSONBody[SubmissionWanted],
    ) -> Response[bytes]:
        return context.perform(
            lambda uow: submit_request(
                uow, request_id=request_id, duplicate_reason=data.duplicate_reason
            ),
            lambda request: json_answer(answer_of(request)),
        )

    @post(
        "/{request_id:uuid}/approval",
        opt={PERMISSION: APPROVE_REQUEST, ANSWERS: RequestAnswer},
        operation_id="accounting.requests.approve",
        summary=N_("核准動支申請"),
        status_code=200,
        sync_to_thread=True,
    )
    def approve(self, context: Context, request_id: FromPath[uuid.UUID]) -> Response[bytes]:
        return context.perform(
            lambda uow: approve_request(uow, request_id=request_id),
            lambda request: json_answer(answer_of(request)),
        )

    @post(
        "/{request_id:uuid}/certification",
        opt={PERMISSION: CERTIFY_REQUEST, ANSWERS: CertificationAnswer},
        operation_id="accounting.requests.certify",
        summary=N_("簽證一筆動支申請"),
    )
    async def certify(self, context: Context, request_id: FromPath[uuid.UUID]) -> Response[bytes]:
        return await context.perform_together(
            CERTIFYING,
            request_id,
            lambda outcome: json_answer(certification_of(outcome), status_code=201),
        )

    @post(
        "/{request_id:uuid}/return",
        opt={PERMISSION: RETURN_REQUEST, COLD: True, ANSWERS: RequestAnswer},
        operation_id="accounting.requests.return",
        summary=N_("退回動支申請"),
        status_code=200,
        sync_to_thread=True,
    )
    def send_back(
        self, context: Context, request_id: FromPath[uuid.UUID], data: JSONBody[ReasonWanted]
    ) -> Response[bytes]:
        return context.perform(
            lambda uow: return_request(uow, request_id=request_id, reason=data.reason),
            lambda request: json_answer(answer_of(request)),
        )

    @post(
        "/{request_id:uuid}/withdrawal",
        opt={PERMISSION: WRITE_REQUEST, COLD: True, ANSWERS: RequestAnswer},
        operation_id="accounting.requests.withdraw",
        summary=N_("撤回動支申請"),
        status_code=200,
        sync_to_thread=True,
    )
    def withdraw(self, context: Context, request_id: FromPath[uuid.UUID]) -> Response[bytes]:
        return context.perform(
            lambda uow: withdraw_request(uow, request_id=request_id),
            lambda request: json_answer(answer_of(request)),
        )

    @post(
        "/{request_id:uuid}/release",
        opt={PERMISSION: RELEASE_ENCUMBRANCE, COLD: True, ANSWERS: RequestAnswer},
        operation_id="accounting.requests.release",
        summary=N_("釋放簽證餘額"),
        status_code=200,
        sync_to_thread=True,
    )
    def release(
        self, context: Context, request_id: FromPath[uuid.UUID], data: JSONBody[ReleaseWanted]
    ) -> Response[bytes]:
        return context.perform(
            lambda uow: release_encumbrance(
                uow,
                request_id=request_id,
                amounts_ntd=released_amounts(
                    (line.line_no, line.amount_ntd) for line in data.lines
                ),
                reason=data.reason,
            ),
            lambda request: json_answer(answer_of(request)),
        )

    @post(
        "/{request_id:uuid}/award",
        opt={PERMISSION: AWARD_REQUEST, COLD: True, ANSWERS: RequestAnswer},
        operation_id="accounting.requests.award",
        summary=N_("登記決標"),
        status_code=200,
        sync_to_thread=True,
    )
    def award(
        self, context: Context, request_id: FromPath[uuid.UUID], data: JSONBody[AwardWanted]
    ) -> Response[bytes]:
        return context.perform(
            lambda uow: award_request(
                uow,
                request_id=request_id,
                contract=data.contract,
                amounts_ntd=released_amounts(
                    (line.line_no, line.amount_ntd) for line in data.lines
                ),
            ),
            lambda request: json_answer(answer_of(request)),
        )

    @post(
        "/{request_id:uuid}/hold",
        opt={PERMISSION: CHANGE_HOLD, COLD: True, ANSWERS: RequestAnswer},
        operation_id="accounting.requests.hold",
        summary=N_("變更保留期限"),
        status_code=200,
        sync_to_thread=True,
    )
    def hold(
        self, context: Context, request_id: FromPath[uuid.UUID], data: JSONBody[HoldWanted]
    ) -> Response[bytes]:
        return context.perform(
            lambda uow: change_hold(
                uow, request_id=request_id, until=data.hold_until, reason=data.reason
            ),
            lambda request: json_answer(answer_of(request)),
        )


class CertificationsApi(ApiController):
    """``/certifications``: certify many requests in one transaction; read the register."""

    module = "accounting"
    path = "/certifications"

    @post(
        "/",
        opt={PERMISSION: CERTIFY_REQUEST, ANSWERS: list[OutcomeAnswer]},
        operation_id="accounting.certifications.grant",
        summary=N_("批次簽證動支申請"),
        status_code=200,
        sync_to_thread=True,
    )
    def grant(self, context: Context, data: JSONBody[BatchWanted]) -> Response[bytes]:
        def encode(outcomes: Sequence[Outcome]) -> Answer:
            return json_answer(
                [
                    outcome_of(
                        outcome,
                        detail=outcome.refusal.text(context.gettext) if outcome.refusal else "",
                    )
                    for outcome in outcomes
                ]
            )

        return context.perform(
            lambda uow: certify_requests(uow, request_ids=data.request_ids), encode
        )

    @get(
        "/",
        opt={PERMISSION: READ_REGISTER, COLD: True},
        operation_id="accounting.certifications.list",
        summary=N_("列出簽證登記簿"),
        sync_to_thread=True,
    )
    def register(
        self,
        context: Context,
        agency_code: Code,
        fiscal_year: FiscalYear = None,
        text: Text = "",
        cursor: Cursor = "",
        limit: Limit = LIMIT,
    ) -> Page[certifications.RegisterRow]:
        after_no, after_line = open_cursor(context, cursor, tuple[int, int]) or (0, 0)
        with context.read() as uow:
            rows = certifications.register(
                uow,
                certifications.RegisterFilter(
                    agency_code=agency_code,
                    fiscal_year=fiscal_year or uow.fiscal_year,
                    text=text,
                    after_no=after_no,
                    after_line=after_line,
                    limit=limit + 1,
                ),
            )
        return page_of(
            context,
            rows,
            limit=limit,
            key=lambda row: (row.certification_no, row.line_no),
            item=lambda row: row,
        )

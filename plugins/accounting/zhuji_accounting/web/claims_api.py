"""The API of expense claims: each handler is one use case or one query."""

from __future__ import annotations

import uuid

from litestar import Response, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from zhuji_accounting.domain.claims.claim import ClaimState, ExpenseClaim
from zhuji_accounting.permissions import (
    ACCEPT_CLAIM,
    APPROVE_CLAIM,
    GRANT_CLAIM,
    READ_CLAIMS,
    RETURN_CLAIM,
    REVIEW_CLAIM,
    WRITE_CLAIM,
)
from zhuji_accounting.queries import claims
from zhuji_accounting.queries.vouchers import vouchers_of
from zhuji_accounting.usecases.accept_claim import accept_claim
from zhuji_accounting.usecases.approve_claim import approve_claim
from zhuji_accounting.usecases.grant_claim import grant_claim
from zhuji_accounting.usecases.return_claim import return_claim
from zhuji_accounting.usecases.review_claim import review_claim
from zhuji_accounting.usecases.submit_claim import submit_claim
from zhuji_accounting.usecases.withdraw_claim import withdraw_claim
from zhuji_accounting.usecases.write_claim import WantedClaim, write_claim
from zhuji_accounting.web.structs import ReasonWanted
from zhuji_core.values import N_, Value
from zhuji_core.web.answers import Answer, json_answer
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import ANSWERS, PERMISSION, ApiController
from zhuji_core.web.paging import LIMIT, Cursor, Limit, Page, open_cursor, page_of
from zhuji_core.web.parameters import Code, FiscalYear, Text

COLD = "cold"
Context = NamedDependency[RequestContext]
ClaimId = FromPath[uuid.UUID]


class ClaimAnswer(Value, frozen=True, kw_only=True):
    """A claim after a verb."""

    claim_id: uuid.UUID
    label: str
    state: str
    amount_ntd: int
    revision: int


class ClaimDetail(Value, frozen=True, kw_only=True):
    """One claim with all that its page shows, and the vouchers that record it."""

    label: str
    amount_ntd: int
    claim: ExpenseClaim
    vouchers: tuple[uuid.UUID, ...]


def answered(claim: ExpenseClaim, *, status_code: int = 200) -> Answer:
    return json_answer(
        ClaimAnswer(
            claim_id=claim.claim_id,
            label=claim.label,
            state=str(claim.state),
            amount_ntd=claim.amount_ntd,
            revision=claim.revision,
        ),
        status_code=status_code,
    )


class ClaimsApi(ApiController):
    """``/claims``: write, read, sign and approve expense claims."""

    module = "accounting"
    path = "/claims"

    @get(
        "/",
        opt={PERMISSION: READ_CLAIMS, COLD: True},
        operation_id="accounting.claims.list",
        summary=N_("列出報支案"),
        sync_to_thread=True,
    )
    def list_claims(  # noqa: PLR0913, PLR0917 (each a filter of the list, by name)
        self,
        context: Context,
        fiscal_year: FiscalYear = None,
        agency_code: Code = "",
        states: FromQuery[ClaimState | None] = None,
        text: Text = "",
        mine: FromQuery[bool] = False,  # noqa: FBT002 (a query parameter is named)
        cursor: Cursor = "",
        limit: Limit = LIMIT,
    ) -> Page[claims.ClaimRow]:
        before = open_cursor(context, cursor, uuid.UUID)
        with context.read() as uow:
            rows = claims.list_claims(
                uow,
                claims.ClaimFilter(
                    fiscal_year=fiscal_year or uow.fiscal_year,
                    agency_code=agency_code,
                    state=str(states) if states else "",
                    text=text,
                    mine=mine,
                    before=before,
                    limit=limit + 1,
                ),
            )
        return page_of(
            context, rows, limit=limit, key=lambda row: row.claim_id, item=lambda row: row
        )

    @get(
        "/{claim_id:uuid}",
        opt={PERMISSION: READ_CLAIMS, COLD: True},
        operation_id="accounting.claims.read",
        summary=N_("查詢一件報支案"),
        sync_to_thread=True,
    )
    def read(self, context: Context, claim_id: ClaimId) -> ClaimDetail:
        with context.read() as uow:
            claim = claims.find_claim(uow, claim_id)
            return ClaimDetail(
                label=claim.label,
                amount_ntd=claim.amount_ntd,
                claim=claim,
                vouchers=tuple(one.voucher_id for one in vouchers_of(uow, [claim_id])),
            )

    @post(
        "/",
        opt={PERMISSION: WRITE_CLAIM, COLD: True, ANSWERS: ClaimAnswer},
        operation_id="accounting.claims.write",
        summary=N_("填寫報支案"),
        sync_to_thread=True,
    )
    def write(self, context: Context, data: JSONBody[WantedClaim]) -> Response[bytes]:
        return context.perform(
            lambda uow: write_claim(uow, wanted=data),
            lambda claim: answered(claim, status_code=201),
        )

    @put(
        "/{claim_id:uuid}",
        opt={PERMISSION: WRITE_CLAIM, COLD: True, ANSWERS: ClaimAnswer},
        operation_id="accounting.claims.rewrite",
        summary=N_("修改報支案"),
        sync_to_thread=True,
    )
    def rewrite(
        self, context: Context, claim_id: ClaimId, data: JSONBody[WantedClaim]
    ) -> Response[bytes]:
        return context.perform(
            lambda uow: write_claim(uow, wanted=data, claim_id=claim_id), answered
        )

    @post(
        "/{claim_id:uuid}/return",
        opt={PERMISSION: RETURN_CLAIM, COLD: True, ANSWERS: ClaimAnswer},
        operation_id="accounting.claims.return",
        summary=N_("退回報支案"),
        status_code=200,
        sync_to_thread=True,
    )
    def send_back(
        self, context: Context, claim_id: ClaimId, data: JSONBody[ReasonWanted]
    ) -> Response[bytes]:
        return context.perform(
            lambda uow: return_claim(uow, claim_id=claim_id, reason=data.reason), answered
        )

    @post(
        "/{claim_id:uuid}/submission",
        opt={PERMISSION: WRITE_CLAIM, COLD: True, ANSWERS: ClaimAnswer},
        operation_id="accounting.claims.submit",
        summary=N_("送出報支案"),
        status_code=200,
        sync_to_thread=True,
    )
    def submit(self, context: Context, claim_id: ClaimId) -> Response[bytes]:
        return context.perform(lambda uow: submit_claim(uow, claim_id=claim_id), answered)

    @post(
        "/{claim_id:uuid}/acceptance",
        opt={PERMISSION: ACCEPT_CLAIM, COLD: True, ANSWERS: ClaimAnswer},
        operation_id="accounting.claims.accept",
        summary=N_("驗收報支案"),
        status_code=200,
        sync_to_thread=True,
    )
    def accept(self, context: Context, claim_id: ClaimId) -> Response[bytes]:
        return context.perform(lambda uow: accept_claim(uow, claim_id=claim_id), answered)

    @post(
        "/{claim_id:uuid}/approval",
        opt={PERMISSION: APPROVE_CLAIM, COLD: True, ANSWERS: ClaimAnswer},
        operation_id="accounting.claims.approve",
        summary=N_("核准報支案"),
        status_code=200,
        sync_to_thread=True,
    )
    def approve(self, context: Context, claim_id: ClaimId) -> Response[bytes]:
        return context.perform(lambda uow: approve_claim(uow, claim_id=claim_id), answered)

    @post(
        "/{claim_id:uuid}/review",
        opt={PERMISSION: REVIEW_CLAIM, COLD: True, ANSWERS: ClaimAnswer},
        operation_id="accounting.claims.review",
        summary=N_("審核報支案"),
        status_code=200,
        sync_to_thread=True,
    )
    def review(self, context: Context, claim_id: ClaimId) -> Response[bytes]:
        return context.perform(lambda uow: review_claim(uow, claim_id=claim_id), answered)

    @post(
        "/{claim_id:uuid}/grant",
        opt={PERMISSION: GRANT_CLAIM, COLD: True, ANSWERS: ClaimAnswer},
        operation_id="accounting.claims.grant",
        summary=N_("核定報支案"),
        status_code=200,
        sync_to_thread=True,
    )
    def grant(self, context: Context, claim_id: ClaimId) -> Response[bytes]:
        return context.perform(lambda uow: grant_claim(uow, claim_id=claim_id), answered)

    @post(
        "/{claim_id:uuid}/withdrawal",
        opt={PERMISSION: WRITE_CLAIM, COLD: True, ANSWERS: ClaimAnswer},
        operation_id="accounting.claims.withdraw",
        summary=N_("撤回報支案"),
        status_code=200,
        sync_to_thread=True,
    )
    def withdraw(self, context: Context, claim_id: ClaimId) -> Response[bytes]:
        return context.perform(lambda uow: withdraw_claim(uow, claim_id=claim_id), answered)

"""The API of vouchers: each handler is one use case or one query."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from typing import Annotated

from litestar import Response, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from zhuji_accounting.domain.ledger.chart import Account
from zhuji_accounting.domain.ledger.voucher import Voucher, VoucherKind, VoucherState
from zhuji_accounting.permissions import (
    APPROVE_VOUCHER,
    POST_VOUCHER,
    READ_VOUCHERS,
    REVIEW_VOUCHER,
    WRITE_VOUCHER,
)
from zhuji_accounting.queries import voucher_lists
from zhuji_accounting.queries.charts import chart_of, posting_of
from zhuji_accounting.queries.vouchers import read_voucher, reversal_of
from zhuji_accounting.usecases.approve_vouchers import approve_vouchers
from zhuji_accounting.usecases.post_vouchers import post_vouchers
from zhuji_accounting.usecases.prepare_vouchers import prepare_vouchers
from zhuji_accounting.usecases.return_vouchers import return_vouchers
from zhuji_accounting.usecases.reverse_voucher import reverse_voucher
from zhuji_accounting.usecases.review_vouchers import review_vouchers
from zhuji_accounting.usecases.withdraw_voucher import withdraw_voucher
from zhuji_accounting.usecases.write_by_rule import WantedByRule, write_by_rule
from zhuji_accounting.usecases.write_voucher import WantedVoucher, write_voucher
from zhuji_accounting.web.voucher_structs import (
    ListedVoucher,
    ManualRule,
    ReturnWanted,
    ReversalWanted,
    VoucherAnswer,
    VoucherDetail,
    VouchersWanted,
    answer_of,
    detail_of,
    listed_of,
    manual_rule_of,
    matches,
)
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_
from zhuji_core.web.answers import json_answer
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import ANSWERS, PERMISSION, ApiController
from zhuji_core.web.paging import LIMIT, Cursor, Limit, Page, open_cursor, page_of
from zhuji_core.web.parameters import Code, FiscalYear, Text

COLD = "cold"
Context = NamedDependency[RequestContext]
Batch = JSONBody[VouchersWanted]
Period = Annotated[int, QueryParameter(ge=0, le=13, description=N_("月份；13 為整理期間"))]
AccountCode = Annotated[str, QueryParameter(max_length=40, description=N_("會計科目代碼"))]


class VouchersApi(ApiController):
    """``/vouchers``: write, read, and move vouchers through their states."""

    module = "accounting"
    path = "/vouchers"

    @get(
        "/",
        opt={PERMISSION: READ_VOUCHERS, COLD: True},
        operation_id="accounting.vouchers.list",
        summary=N_("列出傳票"),
        sync_to_thread=True,
    )
    def list_vouchers(  # noqa: PLR0913, PLR0917 (each a filter of the list, by name)
        self,
        context: Context,
        fiscal_year: FiscalYear = None,
        agency_code: Code = "",
        states: FromQuery[VoucherState | None] = None,
        kind: FromQuery[VoucherKind | None] = None,
        period: Period = 0,
        account_code: AccountCode = "",
        source_id: FromQuery[uuid.UUID | None] = None,
        text: Text = "",
        mine: FromQuery[bool] = False,  # noqa: FBT002 (a query parameter is named)
        cursor: Cursor = "",
        limit: Limit = LIMIT,
    ) -> Page[ListedVoucher]:
        before = open_cursor(context, cursor, uuid.UUID)
        with context.read() as uow:
            wanted = voucher_lists.VoucherFilter(
                fiscal_year=fiscal_year or uow.fiscal_year,
                agency_code=agency_code,
                state=str(states) if states else "",
                kind=str(kind) if kind else "",
                period=period,
                account_code=account_code,
                source_id=source_id,
                text=text,
                mine=mine,
                before=before,
                limit=limit + 1,
            )
            rows = voucher_lists.list_vouchers(uow, wanted)
        return page_of(context, rows, limit=limit, key=lambda row: row.voucher_id, item=listed_of)

    @get(
        "/{voucher_id:uuid}",
        opt={PERMISSION: READ_VOUCHERS, COLD: True},
        operation_id="accounting.vouchers.read",
        summary=N_("查詢一張傳票"),
        sync_to_thread=True,
    )
    def read(self, context: Context, voucher_id: FromPath[uuid.UUID]) -> VoucherDetail:
        with context.read() as uow:
            found = read_voucher(uow, voucher_id)
            return detail_of(found, reversal_of(uow, voucher_id))

    @post(
        "/",
        opt={PERMISSION: WRITE_VOUCHER, COLD: True, ANSWERS: VoucherAnswer},
        operation_id="accounting.vouchers.write",
        summary=N_("製作傳票草稿（自填分錄）"),
        sync_to_thread=True,
    )
    def write(self, context: Context, data: JSONBody[WantedVoucher]) -> Response[bytes]:
        return context.perform(
            lambda uow: write_voucher(uow, wanted=data),
            lambda made: json_answer(answer_of(made), status_code=201),
        )

    @post(
        "/by-rule",
        opt={PERMISSION: WRITE_VOUCHER, COLD: True, ANSWERS: VoucherAnswer},
        operation_id="accounting.vouchers.write-by-rule",
        summary=N_("製作傳票草稿（依會計事項）"),
        sync_to_thread=True,
    )
    def write_by_rule(self, context: Context, data: JSONBody[WantedByRule]) -> Response[bytes]:
        return context.perform(
            lambda uow: write_by_rule(uow, wanted=data),
            lambda made: json_answer(answer_of(made), status_code=201),
        )

    @put(
        "/{voucher_id:uuid}",
        opt={PERMISSION: WRITE_VOUCHER, COLD: True, ANSWERS: VoucherAnswer},
        operation_id="accounting.vouchers.rewrite",
        summary=N_("修改傳票草稿"),
        sync_to_thread=True,
    )
    def rewrite(
        self, context: Context, voucher_id: FromPath[uuid.UUID], data: JSONBody[WantedVoucher]
    ) -> Response[bytes]:
        return context.perform(
            lambda uow: write_voucher(uow, wanted=data, voucher_id=voucher_id),
            lambda made: json_answer(answer_of(made)),
        )

    @post(
        "/preparation",
        opt={PERMISSION: WRITE_VOUCHER, COLD: True, ANSWERS: list[VoucherAnswer]},
        operation_id="accounting.vouchers.prepare",
        summary=N_("傳票送覆核"),
        status_code=200,
        sync_to_thread=True,
    )
    def prepare(self, context: Context, data: Batch) -> Response[bytes]:
        return _all(context, lambda uow: prepare_vouchers(uow, voucher_ids=data.voucher_ids))

    @post(
        "/review",
        opt={PERMISSION: REVIEW_VOUCHER, COLD: True, ANSWERS: list[VoucherAnswer]},
        operation_id="accounting.vouchers.review",
        summary=N_("覆核傳票"),
        status_code=200,
        sync_to_thread=True,
    )
    def review(self, context: Context, data: Batch) -> Response[bytes]:
        return _all(context, lambda uow: review_vouchers(uow, voucher_ids=data.voucher_ids))

    @post(
        "/approval",
        opt={PERMISSION: APPROVE_VOUCHER, COLD: True, ANSWERS: list[VoucherAnswer]},
        operation_id="accounting.vouchers.approve",
        summary=N_("核定傳票"),
        status_code=200,
        sync_to_thread=True,
    )
    def approve(self, context: Context, data: Batch) -> Response[bytes]:
        return _all(context, lambda uow: approve_vouchers(uow, voucher_ids=data.voucher_ids))

    @post(
        "/posting",
        opt={PERMISSION: POST_VOUCHER, COLD: True, ANSWERS: list[VoucherAnswer]},
        operation_id="accounting.vouchers.post",
        summary=N_("傳票登帳"),
        status_code=200,
        sync_to_thread=True,
    )
    def enter(self, context: Context, data: Batch) -> Response[bytes]:
        return _all(context, lambda uow: post_vouchers(uow, voucher_ids=data.voucher_ids))

    @post(
        "/return",
        opt={PERMISSION: REVIEW_VOUCHER, COLD: True, ANSWERS: list[VoucherAnswer]},
        operation_id="accounting.vouchers.return",
        summary=N_("退回傳票"),
        status_code=200,
        sync_to_thread=True,
    )
    def send_back(self, context: Context, data: JSONBody[ReturnWanted]) -> Response[bytes]:
        return _all(
            context,
            lambda uow: return_vouchers(uow, voucher_ids=data.voucher_ids, reason=data.reason),
        )

    @post(
        "/{voucher_id:uuid}/withdrawal",
        opt={PERMISSION: WRITE_VOUCHER, COLD: True, ANSWERS: VoucherAnswer},
        operation_id="accounting.vouchers.withdraw",
        summary=N_("撤回傳票草稿"),
        status_code=200,
        sync_to_thread=True,
    )
    def withdraw(self, context: Context, voucher_id: FromPath[uuid.UUID]) -> Response[bytes]:
        return context.perform(
            lambda uow: withdraw_voucher(uow, voucher_id=voucher_id),
            lambda made: json_answer(answer_of(made)),
        )

    @post(
        "/{voucher_id:uuid}/reversal",
        opt={PERMISSION: WRITE_VOUCHER, COLD: True, ANSWERS: VoucherAnswer},
        operation_id="accounting.vouchers.reverse",
        summary=N_("沖銷已登帳傳票"),
        sync_to_thread=True,
    )
    def reverse(
        self, context: Context, voucher_id: FromPath[uuid.UUID], data: JSONBody[ReversalWanted]
    ) -> Response[bytes]:
        return context.perform(
            lambda uow: reverse_voucher(
                uow, voucher_id=voucher_id, reason=data.reason, posting_date=data.posting_date
            ),
            lambda made: json_answer(answer_of(made), status_code=201),
        )


class LedgerApi(ApiController):
    """``/ledger``: what a voucher is made of: accounts and manual rules of a year."""

    module = "accounting"
    path = "/ledger"

    @get(
        "/accounts",
        opt={PERMISSION: READ_VOUCHERS, COLD: True},
        operation_id="accounting.accounts.list",
        summary=N_("查詢會計科目"),
        sync_to_thread=True,
    )
    def accounts(
        self,
        context: Context,
        fiscal_year: FiscalYear = None,
        text: Text = "",
        cursor: Cursor = "",
        limit: Limit = LIMIT,
    ) -> Page[Account]:
        after = open_cursor(context, cursor, str) or ""
        with context.read() as uow:
            chart = chart_of(uow, fiscal_year or uow.fiscal_year)
        found = sorted(chart.accounts, key=lambda account: account.code)
        rows = [one for one in found if one.code > after and matches(one, text)][: limit + 1]
        return page_of(
            context, rows, limit=limit, key=lambda account: account.code, item=lambda one: one
        )

    @get(
        "/manual-rules",
        opt={PERMISSION: READ_VOUCHERS, COLD: True},
        operation_id="accounting.manual-rules.list",
        summary=N_("列出可人工製票之會計事項"),
        sync_to_thread=True,
    )
    def manual_rules(
        self,
        context: Context,
        fiscal_year: FiscalYear = None,
        cursor: Cursor = "",
        limit: Limit = LIMIT,
    ) -> Page[ManualRule]:
        after = open_cursor(context, cursor, str) or ""
        with context.read() as uow:
            posting = posting_of(
                uow, fiscal_year=fiscal_year or uow.fiscal_year, on_date=uow.business_date
            )
        manual = sorted(
            (rule for rule in posting.rules.manual_rules if rule.event_code > after),
            key=lambda rule: rule.event_code,
        )
        return page_of(
            context,
            manual[: limit + 1],
            limit=limit,
            key=lambda rule: rule.event_code,
            item=manual_rule_of,
        )


def _all(
    context: RequestContext, act: Callable[[UnitOfWork], Sequence[Voucher]]
) -> Response[bytes]:
    """Do ``act`` and answer with every voucher of the batch, in its order."""
    return context.perform(
        act, lambda vouchers: json_answer([answer_of(voucher) for voucher in vouchers])
    )

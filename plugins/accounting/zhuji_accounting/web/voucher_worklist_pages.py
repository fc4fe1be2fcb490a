"""The accountant's worklist of vouchers: what waits, oldest first, one by one or many at once."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Sequence
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery, URLEncodedBody

from zhuji_accounting.domain.ledger.voucher import Voucher, VoucherState
from zhuji_accounting.permissions import (
    APPROVE_VOUCHER,
    POST_VOUCHER,
    READ_VOUCHERS,
    REVIEW_VOUCHER,
    WRITE_VOUCHER,
)
from zhuji_accounting.queries.voucher_lists import WAITING_MAX, WORK, own_states, waiting_vouchers
from zhuji_accounting.usecases._voucher import BATCH_MAX
from zhuji_accounting.usecases.approve_vouchers import approve_vouchers
from zhuji_accounting.usecases.post_vouchers import post_vouchers
from zhuji_accounting.usecases.prepare_vouchers import prepare_vouchers
from zhuji_accounting.usecases.review_vouchers import review_vouchers
from zhuji_accounting.web import voucher_batch as view
from zhuji_accounting.web.batches import chosen_ids
from zhuji_accounting.web.refusals import refused
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import DomainError
from zhuji_core.web.answers import Answer
from zhuji_core.web.components import Option, Pager
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import KEYLESS, PERMISSION, PageController
from zhuji_core.web.paging import Cursor, make_cursor, open_cursor
from zhuji_core.web.rendering import render
from zhuji_core.web.shell import Crumb

COLD = "cold"
Context = NamedDependency[RequestContext]
Form = URLEncodedBody[dict[str, Any]]
Page = Response[bytes] | Response[str]
State = FromQuery[VoucherState | None]
WAITING = "accounting/vouchers/waiting"
Act = Callable[[UnitOfWork, Sequence[uuid.UUID]], Sequence[Voucher]]


class VoucherWorklistPages(PageController):
    """``/vouchers/waiting`` and ``/vouchers/batch/…``."""

    module = "accounting"
    path = "/vouchers"

    @get(
        "/waiting",
        opt={PERMISSION: READ_VOUCHERS, COLD: True},
        operation_id="accounting.vouchers.waiting",
        sync_to_thread=True,
    )
    def waiting(self, context: Context, states: State = None, cursor: Cursor = "") -> Response[str]:
        return _list(context, states, cursor)

    @post(
        "/waiting",
        opt={PERMISSION: READ_VOUCHERS, COLD: True, KEYLESS: True},
        operation_id="accounting.vouchers.choose",
        status_code=200,
        sync_to_thread=True,
    )
    def choose(self, context: Context, data: Form) -> Response[str]:
        """Show the summary of the chosen vouchers; nothing is changed yet."""
        return _confirm(context, _state(data), chosen_ids(data, "voucher_ids")[:BATCH_MAX])

    @post(
        "/batch/preparation",
        opt={PERMISSION: WRITE_VOUCHER, COLD: True},
        operation_id="accounting.vouchers.batch-prepare",
        sync_to_thread=True,
    )
    def prepare(self, context: Context, data: Form) -> Page:
        return _batch(context, data, lambda uow, ids: prepare_vouchers(uow, voucher_ids=ids))

    @post(
        "/batch/review",
        opt={PERMISSION: REVIEW_VOUCHER, COLD: True},
        operation_id="accounting.vouchers.batch-review",
        sync_to_thread=True,
    )
    def review(self, context: Context, data: Form) -> Page:
        return _batch(context, data, lambda uow, ids: review_vouchers(uow, voucher_ids=ids))

    @post(
        "/batch/approval",
        opt={PERMISSION: APPROVE_VOUCHER, COLD: True},
        operation_id="accounting.vouchers.batch-approve",
        sync_to_thread=True,
    )
    def approve(self, context: Context, data: Form) -> Page:
        return _batch(context, data, lambda uow, ids: approve_vouchers(uow, voucher_ids=ids))

    @post(
        "/batch/posting",
        opt={PERMISSION: POST_VOUCHER, COLD: True},
        operation_id="accounting.vouchers.batch-post",
        sync_to_thread=True,
    )
    def enter(self, context: Context, data: Form) -> Page:
        return _batch(context, data, lambda uow, ids: post_vouchers(uow, voucher_ids=ids))


def _state(data: dict[str, Any]) -> VoucherState | None:
    text = str(data.get("state", ""))
    return VoucherState(text) if text in set(VoucherState) else None


def _list(context: RequestContext, state: VoucherState | None, cursor: str) -> Response[str]:
    tr = context.gettext
    with context.read() as uow:
        states = own_states(uow)
        shown = state if state in states else next(iter(states), None)
        after = open_cursor(context, cursor, tuple[dt.datetime, uuid.UUID], of=f"{WAITING}:{shown}")
        rows = (
            waiting_vouchers(uow, shown, after=after, limit=WAITING_MAX + 1)
            if shown is not None
            else []
        )
        here, more = f"{context.path(WAITING)}?states={shown}", ""
        if len(rows) > WAITING_MAX:
            last = rows[WAITING_MAX - 1]
            key = (last.created_at, last.voucher_id)
            more = f"{here}&cursor={make_cursor(context, key, of=f'{WAITING}:{shown}')}"
            rows = rows[:WAITING_MAX]
        pager = Pager(shown=len(rows), first_url=here if after else "", next_url=more)
        return render(
            context,
            "accounting/waiting_vouchers.html",
            breadcrumb=(
                Crumb(title=tr("傳票"), url=context.path("accounting/vouchers")),
                Crumb(title=tr("待辦傳票")),
            ),
            title=tr(WORK[shown][1]) if shown else tr("待辦傳票"),
            state=str(shown or ""),
            states=tuple(Option(value=str(one), title=tr(WORK[one][1])) for one in states),
            table=view.waiting_table(
                context, rows, now=uow.now, pager=pager, select_name="voucher_ids"
            ),
            button=tr(view.BUTTONS[shown]) if shown else "",
            action=context.path(WAITING),
            print_url=context.path("accounting/vouchers/print"),
        )


def _confirm(
    context: RequestContext,
    state: VoucherState | None,
    ids: Sequence[uuid.UUID],
    *,
    error: str = "",
    refusal: DomainError | None = None,
) -> Response[str]:
    tr = context.gettext
    with context.read() as uow:
        rows = (
            waiting_vouchers(uow, state, ids=ids, limit=BATCH_MAX)
            if state is not None and ids and state in own_states(uow)
            else []
        )
        title = tr(view.BUTTONS[state]) if state in view.BUTTONS else tr("待辦傳票")
        bad = 422 if error else 200 if rows else 409
        return render(
            context,
            "accounting/voucher_batch_confirm.html",
            breadcrumb=(
                Crumb(title=tr("待辦傳票"), url=f"{context.path(WAITING)}?states={state or ''}"),
                Crumb(title=title),
            ),
            status_code=refusal.status_code if refusal else bad,
            title=title,
            refusal=refused(context, refusal) if refusal else None,
            confirm=view.confirmation(context, state, rows, now=uow.now, error=error)
            if rows and state
            else None,
            back_url=f"{context.path(WAITING)}?states={state or ''}",
        )


def _batch(context: RequestContext, data: dict[str, Any], act: Act) -> Page:
    """Do the step to all that were chosen, or to none; what refuses is told with its voucher."""
    ids, state = chosen_ids(data, "voucher_ids"), _state(data)
    if str(data.get("confirmation", "")).strip() != str(len(ids)):
        error = context.gettext("鍵入的張數與所選 {count} 張不符，尚未辦理。")
        return _confirm(context, state, ids, error=error.format(count=len(ids)))
    try:
        return context.perform(
            lambda uow: act(uow, ids), lambda done: _kept(_result(context, state, done))
        )
    except DomainError as refusal:
        return _confirm(context, state, ids, refusal=refusal)


def _kept(page: Response[str]) -> Answer:
    """Keep the page of results as the answer: reloading shows it again and changes nothing."""
    return Answer(status_code=200, body=page.content, media_type="text/html")


def _result(
    context: RequestContext, state: VoucherState | None, done: Sequence[Voucher]
) -> Response[str]:
    tr = context.gettext
    back = f"{context.path(WAITING)}?states={state or ''}"
    return render(
        context,
        "accounting/voucher_batch_result.html",
        breadcrumb=(Crumb(title=tr("待辦傳票"), url=back), Crumb(title=tr("批次結果"))),
        title=tr("批次結果"),
        table=view.result_table(context, done),
        ids=tuple(str(one.voucher_id) for one in done),
        print_url=context.path("accounting/vouchers/print"),
        next_url=back,
    )

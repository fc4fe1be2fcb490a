"""Carry-over requests decided many at once: chosen in the list, looked over, granted as asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import msgspec
from litestar import Response, post
from litestar.di import NamedDependency
from litestar.params import URLEncodedBody

from zhuji_accounting.domain.carries.carry_over import CarryState
from zhuji_accounting.permissions import DECIDE_CARRY
from zhuji_accounting.queries.carries import CarryFilter, CarryRow, list_carries
from zhuji_accounting.usecases.decide_carries import BATCH_MAX, Decision, decide_carries
from zhuji_accounting.web.batches import LARGEST_SHOWN, chosen_ids
from zhuji_accounting.web.carry_view import list_table
from zhuji_accounting.web.refusals import refused
from zhuji_core.ids import new_id
from zhuji_core.values import DomainError
from zhuji_core.web.components import Confirmation, Fact, Kind
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import KEYLESS, PERMISSION, PageController
from zhuji_core.web.rendering import render
from zhuji_core.web.shell import Crumb
from zhuji_core.web.steps import perform_or_show

COLD = "cold"
WAITING = f"accounting/carry-overs?states={CarryState.REVIEWED}"
Context = NamedDependency[RequestContext]
Form = URLEncodedBody[dict[str, Any]]


class CarryBatchPages(PageController):
    """``/carry-overs/choice`` and ``/carry-overs/decisions``."""

    module = "accounting"
    path = "/carry-overs"

    @post(
        "/choice",
        opt={PERMISSION: DECIDE_CARRY, COLD: True, KEYLESS: True},
        operation_id="accounting.carry-overs.choose",
        status_code=200,
        sync_to_thread=True,
    )
    def choose(self, context: Context, data: Form) -> Response[str]:
        """Show the summary of the chosen ones; nothing is changed yet."""
        return _confirm(context, data)

    @post(
        "/decisions",
        opt={PERMISSION: DECIDE_CARRY, COLD: True},
        operation_id="accounting.carry-overs.batch-decide-form",
        sync_to_thread=True,
    )
    def decide(self, context: Context, data: Form) -> Response[bytes] | Response[str]:
        ids = chosen_ids(data, "carry_ids")
        if str(data.get("confirmation", "")).strip() != str(len(ids)):
            error = context.gettext("鍵入的件數與所選 {count} 件不符，尚未核定。")
            return _confirm(context, data, error=error.format(count=len(ids)))
        return perform_or_show(
            context,
            lambda uow: decide_carries(uow, decisions=[Decision(carry_id=one) for one in ids]),
            to=lambda made: (
                f"accounting/carry-overs?states={CarryState.DECIDED}"
                f"&fiscal_year={made[0].fiscal_year}"
            ),
            show=lambda refusal: _confirm(context, data, refusal=refusal),
        )


def _confirm(
    context: RequestContext,
    data: dict[str, Any],
    *,
    error: str = "",
    refusal: DomainError | None = None,
) -> Response[str]:
    tr = context.gettext
    year = str(data.get("fiscal_year", ""))
    with context.read() as uow:
        wanted = CarryFilter(
            fiscal_year=int(year) if year.isdecimal() else uow.fiscal_year,
            state=str(CarryState.REVIEWED),
            ids=tuple(chosen_ids(data, "carry_ids")[:BATCH_MAX]),
            limit=BATCH_MAX,
        )
        rows = list_carries(uow, wanted) if wanted.ids else []
        bad = 422 if error else 200 if rows else 409
        back_url = f"{context.path(WAITING)}&fiscal_year={wanted.fiscal_year}"
        return render(
            context,
            "accounting/carry_batch_confirm.html",
            breadcrumb=(Crumb(title=tr("保留案"), url=back_url), Crumb(title=tr("批次核定"))),
            status_code=refusal.status_code if refusal else bad,
            title=tr("批次核定保留案"),
            refusal=refused(context, refusal) if refusal else None,
            confirm=_confirmation(context, rows, wanted, back_url=back_url, error=error)
            if rows
            else None,
            back_url=back_url,
        )


def _confirmation(
    context: RequestContext,
    rows: Sequence[CarryRow],
    wanted: CarryFilter,
    *,
    back_url: str,
    error: str,
) -> Confirmation:
    """Return the summary with its sums and the largest ones; the count is keyed to go on."""
    tr = context.gettext
    largest = sorted(rows, key=lambda row: -row.open_ntd)[:LARGEST_SHOWN]
    agencies = Counter(row.agency_name for row in rows)
    sums = (
        (tr("保留"), sum(row.carry_ntd for row in rows)),
        (tr("應付"), sum(row.payable_ntd for row in rows)),
        (tr("釋放"), sum(row.release_ntd for row in rows)),
    )
    return Confirmation(
        title=tr("確認批次核定"),
        url=context.path("accounting/carry-overs/decisions"),
        key=str(new_id()),
        facts=(
            Fact(label=tr("件數"), value=len(rows), kind=Kind.NUMBER),
            *(Fact(label=label, value=ntd, kind=Kind.AMOUNT) for label, ntd in sums),
            Fact(
                label=tr("機關"),
                value=tr("、").join(f"{name} {count}" for name, count in agencies.items()),
            ),
        ),
        outliers=msgspec.structs.replace(list_table(context, largest), caption=tr("金額最大者")),
        question=tr("請鍵入件數以確認（{count} 件）").format(count=len(rows)),
        expected=str(len(rows)),
        button=tr("依申請核定 {count} 件").format(count=len(rows)),
        back_url=back_url,
        error=error,
        fields={
            "fiscal_year": str(wanted.fiscal_year),
            "carry_ids": ",".join(str(row.carry_id) for row in rows),
        },
    )

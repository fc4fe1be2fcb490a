"""The page before the bill is compiled: who is in it, who is not, how it balances, second key."""

from __future__ import annotations

from litestar import Response

from zhuji_budget.domain.bill import WrongCount
from zhuji_budget.domain.bill_gaps import REASON_MAX
from zhuji_budget.queries.bill import find_outlook
from zhuji_budget.queries.estimates import list_estimates
from zhuji_budget.web.estimate_pages import crumbs
from zhuji_budget.web.views.bill import bill_confirmation, bill_facts, gaps_table
from zhuji_budget.web.views.fund_sources import sources_table
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import DomainError
from zhuji_core.web.context import RequestContext
from zhuji_core.web.refusals import refused
from zhuji_core.web.rendering import render
from zhuji_core.web.shell import Crumb

ESTIMATES_MAX = 2_000


def bill_page(
    context: RequestContext,
    uow: UnitOfWork,
    fiscal_year: int,
    *,
    gap_reason: str | None,
    error: DomainError | None = None,
) -> Response[str]:
    """First why the bill is not whole, where it is not; then the figures with the second key.

    ``gap_reason`` None: the page was just opened.
    """
    outlook = find_outlook(uow, fiscal_year)
    said = (gap_reason or "").strip()[:REASON_MAX]
    wrong = isinstance(error, WrongCount)
    root = context.path(f"budget/bills/{fiscal_year}")
    title = context.gettext("{year} 年度編成預算案").format(year=fiscal_year)
    return render(
        context,
        "budget/bill.html",
        title=title,
        breadcrumb=(*crumbs(context), Crumb(title=title)),
        status_code=error.status_code if error else 200,
        refusal=refused(context, error) if error and not wrong else None,
        action=root,
        shown_facts=bill_facts(outlook, gettext=context.gettext),
        gaps=gaps_table(outlook, gettext=context.gettext) if outlook.gaps else None,
        without_revenue=outlook.without_revenue,
        uneven=outlook.uneven,
        sources=sources_table(outlook.sources, context.gettext),
        gap_reason=said,
        reason_missing=gap_reason is not None and not said,
        confirm=bill_confirmation(
            list_estimates(uow, fiscal_year, limit=ESTIMATES_MAX),
            fields={} if outlook.is_whole else {"gap_reason": said},
            url=root,
            back_url=context.path(f"budget/estimates?year={fiscal_year}"),
            error=context.gettext(WrongCount.message) if wrong else "",
            gettext=context.gettext,
        )
        if outlook.is_whole or said
        else None,
    )

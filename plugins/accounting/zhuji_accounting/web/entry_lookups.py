"""What the voucher form asks while it is being filled; called by the scripts of the entry grid."""

from __future__ import annotations

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromQuery

from zhuji_accounting.permissions import WRITE_VOUCHER
from zhuji_accounting.queries.charts import chart_of
from zhuji_accounting.queries.control_rows import PICK_MAX
from zhuji_accounting.queries.entry_lookups import (
    account_balance_ntd,
    pick_accounts,
    pick_budget_rows,
    pick_subsidiaries,
)
from zhuji_accounting.queries.revenue_rows import pick_revenue_rows
from zhuji_accounting.web.request_grid import AvailabilityAnswer, PickList, picked
from zhuji_accounting.web.voucher_form import year_of
from zhuji_accounting.web.voucher_grid import (
    account_words,
    picked_account,
    picked_revenue,
    picked_subsidiary,
)
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import PERMISSION, PageController
from zhuji_core.web.parameters import Code, Text

COLD = "cold"
Context = NamedDependency[RequestContext]


class EntryLookups(PageController):
    """``/entries/…``: accounts, rows of the budget, whose, and the balance of an account."""

    module = "accounting"
    path = "/entries"

    @get(
        "/accounts",
        opt={PERMISSION: WRITE_VOUCHER, COLD: True},
        operation_id="accounting.entries.accounts",
        sync_to_thread=True,
    )
    def accounts(
        self,
        context: Context,
        text: Text = "",
        fiscal_year: Code = "",
        posting_date: Code = "",
    ) -> PickList:
        with context.read() as uow:
            found = pick_accounts(chart_of(uow, year_of(uow, fiscal_year, posting_date)), text)
        return PickList(
            items=tuple(picked_account(one, context.gettext) for one in found),
            more=len(found) >= PICK_MAX,
        )

    @get(
        "/budget-rows",
        opt={PERMISSION: WRITE_VOUCHER, COLD: True},
        operation_id="accounting.entries.budget-rows",
        sync_to_thread=True,
    )
    def budget_rows(
        self,
        context: Context,
        text: Text = "",
        agency_code: Code = "",
        fiscal_year: Code = "",
        posting_date: Code = "",
    ) -> PickList:
        with context.read() as uow:
            agency = agency_code or uow.actor.agency_code
            year = year_of(uow, fiscal_year, posting_date)
            spent = pick_budget_rows(uow, agency_code=agency, fiscal_year=year, text=text)
            earned = pick_revenue_rows(
                uow, agency_code=agency, fiscal_year=year, text=text, limit=PICK_MAX
            )
        found = [
            *(picked(row, context.gettext) for row in spent),
            *(picked_revenue(row, context.gettext) for row in earned),
        ]
        return PickList(items=tuple(found[:PICK_MAX]), more=len(found) >= PICK_MAX)

    @get(
        "/subsidiaries",
        opt={PERMISSION: WRITE_VOUCHER, COLD: True},
        operation_id="accounting.entries.subsidiaries",
        sync_to_thread=True,
    )
    def subsidiaries(
        self,
        context: Context,
        text: Text = "",
        agency_code: Code = "",
        account_id: Code = "",
        fiscal_year: Code = "",
        posting_date: Code = "",
    ) -> PickList:
        with context.read() as uow:
            found = pick_subsidiaries(
                uow,
                agency_code=agency_code or uow.actor.agency_code,
                fiscal_year=year_of(uow, fiscal_year, posting_date),
                account_code=account_id,
                text=text,
            )
        return PickList(
            items=tuple(picked_subsidiary(one, context.gettext) for one in found),
            more=len(found) >= PICK_MAX,
        )

    @get(
        "/balance",
        opt={PERMISSION: WRITE_VOUCHER, COLD: True},
        operation_id="accounting.entries.balance",
        sync_to_thread=True,
    )
    def balance(  # noqa: PLR0913, PLR0917 (each a field that the grid sends, by name)
        self,
        context: Context,
        account_id: Code = "",
        agency_code: Code = "",
        amount: FromQuery[int] = 0,
        also_ntd: FromQuery[int] = 0,
        fiscal_year: Code = "",
        posting_date: Code = "",
    ) -> AvailabilityAnswer:
        with context.read() as uow:
            year = year_of(uow, fiscal_year, posting_date)
            account = chart_of(uow, year).by_code.get(account_id)
            posted_ntd = account_balance_ntd(
                uow,
                agency_code=agency_code or uow.actor.agency_code,
                fiscal_year=year,
                account_code=account_id,
            )
        return account_words(
            account,
            posted_ntd=posted_ntd,
            amount_ntd=amount,
            also_ntd=also_ntd,
            gettext=context.gettext,
        )

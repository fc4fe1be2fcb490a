"""Read a book or statement: one function for its page, its files, the API and the closing."""

from __future__ import annotations

from zhuji_accounting.domain.books.catalogue import book_named
from zhuji_accounting.domain.books.definition import BookFilter, require_book
from zhuji_accounting.domain.books.refusals import BookAccount
from zhuji_accounting.domain.ledger.chart import Chart
from zhuji_accounting.permissions import READ_VOUCHERS
from zhuji_accounting.queries.books import balances, entries, treasury
from zhuji_accounting.queries.books.cash import cash
from zhuji_accounting.queries.books.former_years import former_years
from zhuji_accounting.queries.books.petty_cash import petty_cash
from zhuji_accounting.queries.books.row_accounts import cash_accounts, row_accounts
from zhuji_accounting.queries.charts import chart_of
from zhuji_core.reports.sheet import Sheet
from zhuji_core.uow import UnitOfWork


def read_book(uow: UnitOfWork, name: str, wanted: BookFilter) -> Sheet:
    """Return a page of the book, its sums being those of all of it.

    Raises Forbidden, BookNotFound, BookMonths, BookOfFuture, BookAgency, BookWhose, BookAccount
    or NoChart.
    """
    book = book_named(name)
    require_book(book, wanted, today=uow.business_date)
    agencies = readable(uow, wanted.agency_code)
    chart = chart_of(uow, wanted.fiscal_year)
    _require_account(wanted, chart)
    match name:
        case "journal" | "petty-cash":
            listed = entries.journal if name == "journal" else petty_cash
            sheet = listed(uow, book, wanted)
        case "account" | "subsidiary":
            sheet = entries.entries(uow, book, wanted)
        case "budget-row":
            parts = row_accounts(uow, chart, fiscal_year=wanted.fiscal_year, until=wanted.until)
            sheet = entries.row_entries(uow, book, wanted, accounts=parts.get(wanted.part))
        case "ledger" | "subsidiaries":
            balanced = balances.ledger if name == "ledger" else balances.subsidiaries
            sheet = balanced(uow, book, wanted, chart)
        case "former-years" | "former-years-requests":
            sheet = former_years(uow, book, wanted, agencies=agencies)
        case "account-agencies":
            sheet = balances.account_agencies(uow, book, wanted, agencies=agencies)
        case "cash":
            kept = cash_accounts(uow, chart, fiscal_year=wanted.fiscal_year, until=wanted.until)
            shown = [one for one in kept if wanted.account_code in {"", one}]
            sheet = cash(uow, book, wanted, chart, accounts=shown, agencies=agencies)
        case "treasury" | "treasury-day":
            moved = treasury.days if name == "treasury" else treasury.day
            sheet = moved(uow, book, wanted, chart)
        case "trial-balance":
            sheet = balances.trial_balance(uow, book, wanted, chart, agencies=agencies)
        case _:
            sheet = balances.statement(uow, book, wanted, chart, agencies=agencies)
    return sheet


def _require_account(wanted: BookFilter, chart: Chart) -> None:
    if wanted.account_code and wanted.account_code not in chart.by_code:
        raise BookAccount(
            fiscal_year=wanted.fiscal_year,
            chart=chart.title,
            account_code=wanted.account_code,
            fields={"account_code": BookAccount.message},
        )


def readable(uow: UnitOfWork, agency_code: str) -> list[str] | None:
    """Return the agencies whose books are added up: the one asked for, else all of the right."""
    if agency_code:
        uow.require(READ_VOUCHERS, agency_code=agency_code)
        return [agency_code]
    uow.require(READ_VOUCHERS)
    allowed = uow.actor.agencies(READ_VOUCHERS)
    return None if allowed is None else list(allowed)

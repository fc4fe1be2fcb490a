"""The pages of books as values for their templates."""

from __future__ import annotations

from zhuji_accounting.domain.books.catalogue import BOOKS
from zhuji_accounting.domain.books.definition import (
    PARTS,
    Book,
    BookFilter,
    path_of,
    usual_period,
)
from zhuji_accounting.domain.books.levels import STATEMENTS
from zhuji_accounting.domain.ledger.chart import Chart
from zhuji_accounting.domain.ledger.voucher import ADJUSTMENT_PERIOD
from zhuji_accounting.domain.ledger.voucher_rules import SUBSIDIARY_TITLES
from zhuji_accounting.permissions import READ_VOUCHERS
from zhuji_accounting.web.agencies import agency_options, chosen_agency
from zhuji_accounting.web.wording import options_of
from zhuji_core.reports.sheet import Sheet
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import Value
from zhuji_core.web.components import Cell, Column, Option, Row, Table
from zhuji_core.web.context import RequestContext
from zhuji_core.web.sheets import sheet_table


class BookView(Value, frozen=True, kw_only=True):
    """A book with what its filter offers and has chosen."""

    book: Book
    about: str
    wanted: BookFilter
    table: Table
    action: str
    agencies: tuple[Option, ...]
    firsts: tuple[Option, ...]
    periods: tuple[Option, ...]
    accounts: tuple[Option, ...]
    kinds: tuple[Option, ...]


def asked_filter(  # noqa: PLR0913 (what an address of a book says, by name)
    uow: UnitOfWork,
    book: Book,
    *,
    fiscal_year: int | None,
    agency_code: str,
    first: int,
    period: int,
    account_code: str = "",
    kind: str = "",
    key: str = "",
    row: str = "",
    part: str = "",
    day: str = "",
    after: str = "",
    limit: int,
) -> BookFilter:
    """Return what a reader asked for, with what goes without saying."""
    year = fiscal_year or uow.fiscal_year
    if not agency_code:
        agencies = agency_options(uow, READ_VOUCHERS)
        if book.of_agency or len(agencies) == 1:
            agency_code = chosen_agency(uow, agencies, "")
    return BookFilter(
        fiscal_year=year,
        agency_code=agency_code,
        first=first if book.ranged and first else 1,
        period=period or usual_period(year, today=uow.business_date),
        account_code=account_code if book.by_account else "",
        subsidiary_kind=kind if book.by_subsidiary else "",
        subsidiary_key=key if book.by_subsidiary else "",
        row_id=row if book.by_row else "",
        part=part if book.by_row and part in PARTS else "",
        day=day if book.by_day else "",
        after=after,
        limit=limit,
    )


def book_view(
    context: RequestContext,
    uow: UnitOfWork,
    book: Book,
    wanted: BookFilter,
    sheet: Sheet,
    chart: Chart,
) -> BookView:
    tr = context.gettext
    months = tuple(
        Option(value=str(period), title=month_title(context, period))
        for period in range(1, ADJUSTMENT_PERIOD + 1)
    )
    return BookView(
        book=book,
        about=tr(book.about),
        wanted=wanted,
        table=book_table(context, book, wanted, sheet, chart),
        action=context.path(f"accounting/books/{book.name}"),
        agencies=agency_options(uow, READ_VOUCHERS),
        firsts=months,
        periods=months,
        accounts=tuple(
            Option(value=account.code, title=f"{account.code} {account.name}")
            for account in chart.accounts
            if account.postable
        ),
        kinds=options_of(SUBSIDIARY_TITLES, tr),
    )


def book_table(
    context: RequestContext, book: Book, wanted: BookFilter, sheet: Sheet, chart: Chart
) -> Table:
    first = context.path(path_of(book.name, wanted))
    return sheet_table(
        context,
        sheet,
        address=first,
        caption=context.gettext("{title}（單位：元）").format(
            title=heading(context, book, wanted, sheet, chart)
        ),
        first_url=first if wanted.after else "",
        next_url=context.path(path_of(book.name, wanted, after=sheet.next)) if sheet.next else "",
        empty=context.gettext("這段期間沒有登帳的分錄。"),
    )


def heading(
    context: RequestContext, book: Book, wanted: BookFilter, sheet: Sheet, chart: Chart
) -> str:
    """Return the book's name and of what it is: 「總分類帳（科目）：110103 專戶存款」."""
    names = {code: account.name for code, account in chart.by_code.items()}
    parts = []
    if wanted.account_code:
        parts.append(f"{wanted.account_code} {names.get(wanted.account_code, '')}")
    if wanted.subsidiary_key:
        whose = next((one["whose"] for one in sheet.records()[1:] if one.get("whose")), "")
        parts.append(f"{wanted.subsidiary_key} {whose or ''}".strip())
    title = context.gettext(book.title)
    return "：".join([title, *([" / ".join(parts)] if parts else [])])


def period_text(context: RequestContext, book: Book, wanted: BookFilter) -> str:
    """Say of which months the book is: 「105 年度 1 月至 3 月」, 「105 年度截至 3 月」."""
    tr = context.gettext
    last = month_title(context, wanted.period)
    if not book.ranged:
        return tr("{year} 年度截至{period}").format(year=wanted.fiscal_year, period=last)
    first = month_title(context, wanted.first)
    return tr("{year} 年度{first}至{period}").format(
        year=wanted.fiscal_year, first=first, period=last
    )


def books_table(context: RequestContext) -> Table:
    """List the books and statements that can be opened by themselves."""
    tr = context.gettext
    others = (
        *(
            (tr(one.title), f"accounting/reports/{one.name}", tr(one.about))
            for one in STATEMENTS.values()
        ),
        (tr("簽證登記簿"), "accounting/register", tr("每一筆經費簽證及其釋放、尚保留數。")),
    )
    return Table(
        id="books",
        caption=tr("帳簿及會計報表"),
        columns=(Column(title=tr("名稱")), Column(title=tr("內容"))),
        rows=tuple(
            Row(cells=(Cell(value=title, url=context.path(path)), Cell(value=about)))
            for title, path, about in (
                *(
                    (tr(book.title), f"accounting/books/{book.name}", tr(book.about))
                    for book in BOOKS.values()
                    if not book.needs
                ),
                *others,
            )
        ),
    )


def month_title(context: RequestContext, period: int) -> str:
    if period == ADJUSTMENT_PERIOD:
        return context.gettext("整理期間")
    return context.gettext("{month} 月").format(month=period)

"""What is kept of a closed month, as sheets: balances, vouchers, the statements."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa

from zhuji_accounting.domain.books.definition import EXPORT_ROWS, BookFilter
from zhuji_accounting.domain.books.levels import statement_named
from zhuji_accounting.domain.ledger.voucher import KIND_TITLES, VoucherKind
from zhuji_accounting.queries.books.levels import level_filter, read_statement
from zhuji_accounting.queries.books.reading import read_book
from zhuji_accounting.queries.charts import chart_of
from zhuji_core.reports.level_sheets import sheet_of
from zhuji_core.reports.sheet import Sheet, SheetColumn, SheetKind, SheetRow
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_, Value

ACCOUNTS = sa.text("""
    SELECT b.account_code,
           COALESCE(sum(b.debit_ntd - b.credit_ntd) FILTER (WHERE b.period < :first), 0)::bigint
               AS opening_ntd,
           COALESCE(sum(b.debit_ntd) FILTER (WHERE b.period >= :first), 0)::bigint AS debit_ntd,
           COALESCE(sum(b.credit_ntd) FILTER (WHERE b.period >= :first), 0)::bigint AS credit_ntd
      FROM accounting.account_balance AS b
     WHERE b.agency_code = :agency_code AND b.fiscal_year = :fiscal_year AND b.period <= :last
     GROUP BY b.account_code
     ORDER BY b.account_code
     LIMIT 10000
""")
SUBSIDIARIES = sa.text("""
    SELECT b.account_code, b.subsidiary_kind, b.subsidiary_key,
           (array_agg(b.subsidiary_name ORDER BY b.period DESC))[1] AS subsidiary_name,
           COALESCE(sum(b.debit_ntd - b.credit_ntd) FILTER (WHERE b.period < :first), 0)::bigint
               AS opening_ntd,
           COALESCE(sum(b.debit_ntd) FILTER (WHERE b.period >= :first), 0)::bigint AS debit_ntd,
           COALESCE(sum(b.credit_ntd) FILTER (WHERE b.period >= :first), 0)::bigint AS credit_ntd
      FROM accounting.subsidiary_balance AS b
     WHERE b.agency_code = :agency_code AND b.fiscal_year = :fiscal_year AND b.period <= :last
     GROUP BY b.account_code, b.subsidiary_kind, b.subsidiary_key
    HAVING sum(b.debit_ntd - b.credit_ntd) <> 0
        OR sum(b.debit_ntd + b.credit_ntd) FILTER (WHERE b.period >= :first) > 0
     ORDER BY b.account_code, b.subsidiary_kind, b.subsidiary_key
     LIMIT 1000000
""")
VOUCHERS = sa.text("""
    SELECT v.kind, count(*) AS vouchers, min(v.voucher_no) AS first_no,
           max(v.voucher_no) AS last_no, sum(v.amount_ntd)::bigint AS amount_ntd
      FROM accounting.voucher AS v
     WHERE v.agency_code = :agency_code AND v.fiscal_year = :fiscal_year
       AND v.period BETWEEN :first AND :last AND v.state = 'posted'
     GROUP BY v.kind
     ORDER BY v.kind
     LIMIT 3
""")
# The statements of the month as people read them (zhuji_accounting/domain/books).
BOOKS = ("balance-sheet", "income-statement", "cash")
STATEMENTS = ("expenditure", "revenue")
FORMER_YEARS = "former-years"
# The tables of the agency's final accounts (單位決算), kept with the year's reports.
FINAL_ACCOUNTS = ("final-expenditure", "final-revenue")
MONEY = (
    SheetColumn(name="opening_ntd", title=N_("期初餘額（借）"), kind=SheetKind.AMOUNT),
    SheetColumn(name="debit_ntd", title=N_("本期借方"), kind=SheetKind.AMOUNT),
    SheetColumn(name="credit_ntd", title=N_("本期貸方"), kind=SheetKind.AMOUNT),
    SheetColumn(name="debit_balance_ntd", title=N_("期末借餘"), kind=SheetKind.AMOUNT),
    SheetColumn(name="credit_balance_ntd", title=N_("期末貸餘"), kind=SheetKind.AMOUNT),
)


class Span(Value, frozen=True, kw_only=True):
    """The months of an agency's year that sheets tell of, ``first`` to ``last``."""

    agency_code: str
    fiscal_year: int
    first: int
    last: int


def month_sheets(uow: UnitOfWork, span: Span) -> tuple[Sheet, ...]:
    """Return the sheets of these months in the order in which they are read."""
    names = {
        code: account.name for code, account in chart_of(uow, span.fiscal_year).by_code.items()
    }
    return (
        _trial_balance(uow, span, names),
        _subsidiaries(uow, span),
        _vouchers(uow, span),
        *(_book(uow, span, name) for name in BOOKS),
        *(_statement(uow, span, name) for name in STATEMENTS),
        *_former_years(uow, span),
    )


def _former_years(uow: UnitOfWork, span: Span) -> Iterator[Sheet]:
    """Yield what was brought in of former years; a year without has no such sheet."""
    sheet = _book(uow, span, FORMER_YEARS)
    if sheet.rows:
        yield sheet


def final_accounts(uow: UnitOfWork, span: Span) -> tuple[Sheet, ...]:
    """Return the tables of the final accounts as of the end of these months."""
    return tuple(_statement(uow, span, name) for name in FINAL_ACCOUNTS)


def _book(uow: UnitOfWork, span: Span, name: str) -> Sheet:
    wanted = BookFilter(
        fiscal_year=span.fiscal_year,
        first=span.first,
        period=span.last,
        agency_code=span.agency_code,
        limit=EXPORT_ROWS,
    )
    return read_book(uow, name, wanted)


def _statement(uow: UnitOfWork, span: Span, name: str) -> Sheet:
    wanted = level_filter(
        statement_named(name),
        fiscal_year=span.fiscal_year,
        period=span.last,
        agency_code=span.agency_code,
    )
    return sheet_of(read_statement(uow, name, wanted, whole=True))


def _asked(span: Span) -> dict[str, object]:
    return {name: getattr(span, name) for name in span.__struct_fields__}


def _trial_balance(uow: UnitOfWork, span: Span, names: dict[str, str]) -> Sheet:
    rows = uow.connection.execute(ACCOUNTS, _asked(span)).all()
    return Sheet(
        name="trial-balance",
        title=N_("科目試算表"),
        columns=(
            SheetColumn(name="account_code", title=N_("科目"), kind=SheetKind.CODE),
            SheetColumn(name="account_name", title=N_("名稱"), wide=True),
            *MONEY,
        ),
        rows=tuple(
            SheetRow(
                values=(row.account_code, names.get(row.account_code, ""), *_money(row)),
                paths={"account_code": _ledger(span, row.account_code)},
            )
            for row in rows
        ),
        totals=(N_("合計"), None, *_sums([_money(row) for row in rows])),
        count=len(rows),
    )


def _subsidiaries(uow: UnitOfWork, span: Span) -> Sheet:
    rows = uow.connection.execute(SUBSIDIARIES, _asked(span)).all()
    return Sheet(
        name="subsidiary-balances",
        title=N_("明細帳餘額表"),
        columns=(
            SheetColumn(name="account_code", title=N_("科目"), kind=SheetKind.CODE),
            SheetColumn(name="subsidiary_key", title=N_("對象代碼"), kind=SheetKind.CODE),
            SheetColumn(name="subsidiary_name", title=N_("對象"), wide=True),
            *MONEY,
        ),
        rows=tuple(
            SheetRow(
                values=(
                    row.account_code,
                    row.subsidiary_key,
                    row.subsidiary_name,
                    *_money(row),
                ),
                paths={"account_code": _ledger(span, row.account_code)},
            )
            for row in rows
        ),
        totals=(N_("合計"), None, None, *_sums([_money(row) for row in rows])),
        count=len(rows),
    )


def _vouchers(uow: UnitOfWork, span: Span) -> Sheet:
    rows = uow.connection.execute(VOUCHERS, _asked(span)).all()
    return Sheet(
        name="vouchers",
        title=N_("傳票張數表"),
        columns=(
            SheetColumn(name="kind", title=N_("種類"), kind=SheetKind.WORD),
            SheetColumn(name="vouchers", title=N_("張數"), kind=SheetKind.NUMBER),
            SheetColumn(name="first_no", title=N_("起號"), kind=SheetKind.CODE),
            SheetColumn(name="last_no", title=N_("迄號"), kind=SheetKind.CODE),
            SheetColumn(name="amount_ntd", title=N_("金額"), kind=SheetKind.AMOUNT),
        ),
        rows=tuple(
            SheetRow(
                values=(
                    KIND_TITLES[VoucherKind(row.kind)],
                    row.vouchers,
                    f"{row.first_no:05}",
                    f"{row.last_no:05}",
                    row.amount_ntd,
                )
            )
            for row in rows
        ),
        totals=(
            N_("合計"),
            sum(row.vouchers for row in rows),
            None,
            None,
            sum(row.amount_ntd for row in rows),
        ),
        count=len(rows),
    )


def _money(row: sa.Row[tuple[object, ...]]) -> tuple[int, ...]:
    closing_ntd = row.opening_ntd + row.debit_ntd - row.credit_ntd
    return (
        row.opening_ntd,
        row.debit_ntd,
        row.credit_ntd,
        max(closing_ntd, 0),
        max(-closing_ntd, 0),
    )


def _sums(rows: list[tuple[int, ...]]) -> tuple[int, ...]:
    return tuple(sum(column) for column in zip(*rows, strict=True)) or (0,) * len(MONEY)


def _ledger(span: Span, account_code: str) -> str:
    return (
        f"accounting/vouchers?fiscal_year={span.fiscal_year}&agency_code={span.agency_code}"
        f"&states=posted&account_code={account_code}"
    )

"""Books of balances: total and subsidiary ledgers by account, trial balance and statements."""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa

from zhuji_accounting.domain.books.definition import Book, BookFilter, path_of
from zhuji_accounting.domain.books.statements import Balance, balance_sheet, income_statement
from zhuji_accounting.domain.ledger.chart import Chart
from zhuji_accounting.domain.ledger.voucher_rules import SUBSIDIARY_TITLES
from zhuji_core.db.by_agency import ByAgency
from zhuji_core.identity.agencies import find_agencies
from zhuji_core.reports.sheet import Sheet, SheetRow, SheetValue
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_

# An account has a row for each month in each agency: the key of the balances begins with year and
# agency. What stands before month 1 was brought forward when the year was opened.
BALANCES = ByAgency(
    """
    SELECT b.account_code,
           COALESCE(sum(b.debit_ntd - b.credit_ntd) FILTER (WHERE b.period < 1), 0)::bigint
               AS opening_ntd,
           COALESCE(sum(b.debit_ntd) FILTER (WHERE b.period >= 1), 0)::bigint AS debit_ntd,
           COALESCE(sum(b.credit_ntd) FILTER (WHERE b.period >= 1), 0)::bigint AS credit_ntd,
           COALESCE(sum(b.debit_ntd) FILTER (WHERE b.period >= :first), 0)::bigint
               AS month_debit_ntd,
           COALESCE(sum(b.credit_ntd) FILTER (WHERE b.period >= :first), 0)::bigint
               AS month_credit_ntd
      FROM accounting.account_balance AS b
     WHERE b.fiscal_year = :fiscal_year AND b.period <= :period
       AND {agencies}
     GROUP BY b.account_code
     ORDER BY b.account_code COLLATE "C"
     LIMIT 2000
""",
    agency="b.agency_code",
)
SUBSIDIARIES = sa.text("""
    WITH kept AS (
        SELECT b.account_code, b.subsidiary_kind, b.subsidiary_key,
               max(b.subsidiary_name) AS name,
               COALESCE(sum(b.debit_ntd - b.credit_ntd) FILTER (WHERE b.period < :first), 0)::bigint
                   AS before_ntd,
               COALESCE(sum(b.debit_ntd) FILTER (WHERE b.period >= :first), 0)::bigint
                   AS debit_ntd,
               COALESCE(sum(b.credit_ntd) FILTER (WHERE b.period >= :first), 0)::bigint
                   AS credit_ntd
          FROM accounting.subsidiary_balance AS b
         WHERE b.fiscal_year = :fiscal_year AND b.agency_code = :agency_code
           AND b.period <= :period
           AND (:account_code = '' OR b.account_code = :account_code)
           AND (:kind = '' OR b.subsidiary_kind = :kind)
         GROUP BY b.account_code, b.subsidiary_kind, b.subsidiary_key
    ), counted AS (
        SELECT k.*, concat_ws(',', k.account_code, k.subsidiary_kind, k.subsidiary_key)
                        COLLATE "C" AS place,
               count(*) OVER () AS accounts, sum(k.before_ntd) OVER ()::bigint AS all_before_ntd,
               sum(k.debit_ntd) OVER ()::bigint AS all_debit_ntd,
               sum(k.credit_ntd) OVER ()::bigint AS all_credit_ntd
          FROM kept AS k
    )
    SELECT c.*
      FROM counted AS c
     WHERE c.place > :after
     ORDER BY c.place
     LIMIT :limit
""")
AGENCIES = ByAgency(
    """
    SELECT b.agency_code, sum(b.debit_ntd)::bigint AS debit_ntd,
           sum(b.credit_ntd)::bigint AS credit_ntd
      FROM accounting.account_balance AS b
     WHERE b.fiscal_year = :fiscal_year AND b.account_code = :account_code
       AND b.period <= :period
       AND {agencies}
     GROUP BY b.agency_code
     ORDER BY b.agency_code
     LIMIT 5000
""",
    agency="b.agency_code",
)
TOTAL = N_("合計")
# Of a trial balance, since the year began.
FIGURES = ("debit_ntd", "credit_ntd", "debit_balance_ntd", "credit_balance_ntd")
DEBIT_WORD, CREDIT_WORD, LEVEL_WORD = N_("借"), N_("貸"), N_("平")


def side_of(net_ntd: int) -> tuple[str, int]:
    """Return on which side a balance stands, and how much: 借 5, 貸 5, 平 0."""
    if not net_ntd:
        return LEVEL_WORD, 0
    return (DEBIT_WORD, net_ntd) if net_ntd > 0 else (CREDIT_WORD, -net_ntd)


def ledger(uow: UnitOfWork, book: Book, wanted: BookFilter, chart: Chart) -> Sheet:
    """Return every account with what it began with, what moved in the months, and its balance."""
    names = names_of(chart)
    rows = []
    sums = [0, 0, 0]
    for one in _balances(uow, wanted, [wanted.agency_code], first=wanted.first):
        path = path_of("account", wanted, account_code=one.account_code)
        figures = (one.before_ntd, one.month_debit_ntd, one.month_credit_ntd)
        sums = [total + figure for total, figure in zip(sums, figures, strict=True)]
        rows.append(
            SheetRow(
                values=(
                    one.account_code,
                    names.get(one.account_code, ""),
                    *figures,
                    *side_of(one.net_ntd),
                ),
                paths=dict.fromkeys(
                    ("account_code", "debit_ntd", "credit_ntd", "balance_ntd"), path
                ),
            )
        )
    return Sheet(
        name=book.name,
        title=book.title,
        columns=book.columns,
        rows=tuple(rows),
        totals=(TOTAL, None, *sums, *side_of(sums[0] + sums[1] - sums[2])),
        count=len(rows),
    )


def subsidiaries(uow: UnitOfWork, book: Book, wanted: BookFilter, chart: Chart) -> Sheet:
    """Return every account of a subsidiary ledger; their sums are those of the control account."""
    found = uow.connection.execute(
        SUBSIDIARIES,
        {
            "fiscal_year": wanted.fiscal_year,
            "agency_code": wanted.agency_code,
            "first": wanted.first,
            "period": wanted.period,
            "account_code": wanted.account_code,
            "kind": wanted.subsidiary_kind,
            "after": wanted.after,
            "limit": wanted.limit + 1,
        },
    ).all()
    names = names_of(chart)
    shown = found[: wanted.limit]
    totals: tuple[SheetValue, ...] = ()
    if found:
        one = found[0]
        moved = (one.all_before_ntd, one.all_debit_ntd, one.all_credit_ntd)
        totals = (TOTAL, None, None, None, None, *moved, *side_of(moved[0] + moved[1] - moved[2]))
    return Sheet(
        name=book.name,
        title=book.title,
        columns=book.columns,
        rows=tuple(_subsidiary(row, wanted, names) for row in shown),
        totals=totals,
        count=found[0].accounts if found else 0,
        next=shown[-1].place if len(found) > wanted.limit else "",
    )


def _subsidiary(
    row: sa.Row[tuple[object, ...]], wanted: BookFilter, names: Mapping[str, str]
) -> SheetRow:
    net_ntd = row.before_ntd + row.debit_ntd - row.credit_ntd
    path = path_of(
        "subsidiary",
        wanted,
        account_code=row.account_code,
        kind=row.subsidiary_kind,
        key=row.subsidiary_key,
    )
    return SheetRow(
        values=(
            row.account_code,
            names.get(row.account_code, ""),
            SUBSIDIARY_TITLES.get(row.subsidiary_kind, row.subsidiary_kind),
            row.subsidiary_key,
            row.name,
            row.before_ntd,
            row.debit_ntd,
            row.credit_ntd,
            *side_of(net_ntd),
        ),
        paths={
            "account_code": path_of(
                "account", wanted, account_code=row.account_code, kind="", key=""
            ),
            **dict.fromkeys(("key", "debit_ntd", "credit_ntd", "balance_ntd"), path),
        },
    )


def trial_balance(
    uow: UnitOfWork,
    book: Book,
    wanted: BookFilter,
    chart: Chart,
    *,
    agencies: list[str] | None,
) -> Sheet:
    """Return what every account moved and its balance; both sides add up to the same."""
    names = names_of(chart)
    rows = []
    sums = [0] * 6
    for one in _balances(uow, wanted, agencies, first=wanted.period):
        figures = (
            one.month_debit_ntd,
            one.month_credit_ntd,
            one.debit_ntd,
            one.credit_ntd,
            max(one.net_ntd, 0),
            max(-one.net_ntd, 0),
        )
        sums = [total + figure for total, figure in zip(sums, figures, strict=True)]
        rows.append(
            SheetRow(
                values=(one.account_code, names.get(one.account_code, ""), *figures),
                paths=_account_paths(wanted, one.account_code, book),
            )
        )
    return Sheet(
        name=book.name,
        title=book.title,
        columns=book.columns,
        rows=tuple(rows),
        totals=(TOTAL, None, *sums),
        count=len(rows),
    )


def account_agencies(
    uow: UnitOfWork, book: Book, wanted: BookFilter, *, agencies: list[str] | None
) -> Sheet:
    """Return an account of every agency: what its city-wide balance is made of."""
    found = uow.connection.execute(
        AGENCIES.of(agencies),
        {
            "fiscal_year": wanted.fiscal_year,
            "account_code": wanted.account_code,
            "period": wanted.period,
            "agencies": agencies,
        },
    ).all()
    codes = [row.agency_code for row in found]
    names = {one.agency_code: one.name for one in find_agencies(uow, codes=codes)}
    sums = [sum(row.debit_ntd for row in found), sum(row.credit_ntd for row in found)]
    return Sheet(
        name=book.name,
        title=book.title,
        columns=book.columns,
        rows=tuple(
            SheetRow(
                values=(
                    row.agency_code,
                    names.get(row.agency_code, ""),
                    row.debit_ntd,
                    row.credit_ntd,
                    *side_of(row.debit_ntd - row.credit_ntd),
                ),
                paths=dict.fromkeys(
                    ("agency_code", "debit_ntd", "credit_ntd", "balance_ntd"),
                    path_of("account", wanted, agency_code=row.agency_code),
                ),
            )
            for row in found
        ),
        totals=(TOTAL, None, *sums, *side_of(sums[0] - sums[1])),
        count=len(found),
    )


def statement(
    uow: UnitOfWork,
    book: Book,
    wanted: BookFilter,
    chart: Chart,
    *,
    agencies: list[str] | None,
) -> Sheet:
    """Return 平衡表 or 收入支出表."""
    balances = _balances(uow, wanted, agencies, first=wanted.period)
    paths = {
        one.account_code: path_of(
            "account" if wanted.agency_code else "account-agencies",
            wanted,
            account_code=one.account_code,
        )
        for one in balances
    }
    totals: tuple[SheetValue, ...] = ()
    if book.name == "balance-sheet":
        rows, totals = balance_sheet(chart, balances, paths=paths)
    else:
        month_paths = {
            code: path_of("account", wanted, account_code=code, first=wanted.period)
            for code in paths
            if wanted.agency_code
        }
        rows = income_statement(chart, balances, paths=paths, month_paths=month_paths)
    return Sheet(
        name=book.name,
        title=book.title,
        columns=book.columns,
        rows=tuple(rows),
        totals=totals,
        count=len(rows),
    )


def names_of(chart: Chart) -> Mapping[str, str]:
    return {code: account.name for code, account in chart.by_code.items()}


def _account_paths(wanted: BookFilter, code: str, book: Book) -> Mapping[str, str]:
    """Return what the figures of an account lead to: its entries, of the month and of the year.

    Of several agencies they lead to the account of each.
    """
    if not wanted.agency_code:
        path = path_of("account-agencies", wanted, account_code=code)
        return dict.fromkeys(("account_code", *FIGURES), path)
    year = path_of("account", wanted, account_code=code)
    month = path_of("account", wanted, account_code=code, first=wanted.period)
    return {
        column.name: month if column.name.startswith("month_") else year
        for column in book.columns
        if column.name != "account"
    }


def _balances(
    uow: UnitOfWork, wanted: BookFilter, agencies: list[str] | None, *, first: int
) -> list[Balance]:
    found = uow.connection.execute(
        BALANCES.of(agencies),
        {
            "fiscal_year": wanted.fiscal_year,
            "period": wanted.period,
            "first": first,
            "agencies": agencies,
        },
    )
    return [Balance(**row) for row in found.mappings()]

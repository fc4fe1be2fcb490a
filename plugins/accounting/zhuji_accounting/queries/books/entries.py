"""Books of entries: the journal, and one account's or one subsidiary's entries with balances."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import sqlalchemy as sa

from zhuji_accounting.domain.books.definition import Book, BookFilter, path_of
from zhuji_accounting.domain.ledger.voucher import KIND_WORDS, VoucherKind
from zhuji_accounting.domain.ledger.voucher_rules import period_of
from zhuji_accounting.domain.request import Period
from zhuji_accounting.queries.books.balances import TOTAL, side_of
from zhuji_core.reports.sheet import Sheet, SheetRow, SheetValue
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_

COLUMNS = """
    e.entry_id, e.posting_date, e.account_code, e.debit_ntd, e.credit_ntd, e.voucher_id,
    e.subsidiary_kind, e.subsidiary_key, v.kind, v.fiscal_year, v.voucher_no,
    l.account_name, l.subsidiary_name,
    CASE WHEN l.description = '' THEN v.memo ELSE v.memo || '　' || l.description END AS memo
"""
# The entries of a page first, along an index of its order; then what each says of its voucher. The
# planner takes that index while it expects more entries than a page: the months are listed since
# it thinks that a range leaves none, and would sort the agency's whole year to show a page of it.
PAGED = """
    WITH page AS MATERIALIZED (
        SELECT e.*
          FROM accounting.ledger_entry AS e
         WHERE e.agency_code = :agency_code AND e.fiscal_year = :fiscal_year
           AND (e.posting_date, e.entry_id) > (:after_date, :after_id)
           AND e.posting_date <= :until AND e.period = ANY(CAST(:periods AS integer[]))
           {where}
         ORDER BY e.posting_date, e.entry_id
         LIMIT :limit
    )
    SELECT {columns}
      FROM page AS e
      JOIN accounting.voucher AS v USING (voucher_id)
      JOIN accounting.voucher_line AS l USING (voucher_id, line_no)
     ORDER BY e.posting_date, e.entry_id
     LIMIT :limit
"""
JOURNAL = sa.text(PAGED.format(where="", columns=COLUMNS))
# Of one row of the budget, of the accounts that record what is asked of it.
OF_ROW = """
       AND (e.control_row_id = CAST(:row_id AS uuid) OR e.revenue_row_id = CAST(:row_id AS uuid))
       AND (CAST(:accounts AS text[]) IS NULL OR e.account_code = ANY(CAST(:accounts AS text[])))
"""
ROW = sa.text(PAGED.format(where=OF_ROW, columns=COLUMNS))
ROW_MOVED = sa.text(f"""
    SELECT COALESCE(sum(e.debit_ntd), 0)::bigint AS debit_ntd,
           COALESCE(sum(e.credit_ntd), 0)::bigint AS credit_ntd
      FROM accounting.ledger_entry AS e
     WHERE e.agency_code = :agency_code AND e.fiscal_year = :fiscal_year
       AND e.period BETWEEN :first AND :period {OF_ROW}
""")
# The accounts on the other side of the voucher, as an account is read on paper.
AGAINST = """
    (SELECT string_agg(DISTINCT o.account_name, '、')
       FROM accounting.voucher_line AS o
      WHERE o.voucher_id = e.voucher_id AND (o.debit_ntd > 0) <> (e.debit_ntd > 0)) AS against
"""
OF_ACCOUNT = "AND e.account_code = :account_code"
OF_SUBSIDIARY = """
       AND e.subsidiary_kind = :kind AND e.subsidiary_key = :key
       AND (:account_code = '' OR e.account_code = :account_code)
"""
ENTRIES = {
    one: sa.text(PAGED.format(where=where, columns=f"{COLUMNS}, {AGAINST}"))
    for one, where in (("account", OF_ACCOUNT), ("subsidiary", OF_SUBSIDIARY))
}
# What stood before the page: kept balances of the months before, and this month's entries up to
# the last one shown; so the hundredth page costs what the first one does.
BEFORE = {
    "account": sa.text("""
    SELECT (SELECT COALESCE(sum(b.debit_ntd - b.credit_ntd), 0)
              FROM accounting.account_balance AS b
             WHERE b.fiscal_year = :fiscal_year AND b.agency_code = :agency_code
               AND b.account_code = :account_code AND b.period < :month)::bigint
         + (SELECT COALESCE(sum(e.debit_ntd - e.credit_ntd), 0)
              FROM accounting.ledger_entry AS e
             WHERE e.agency_code = :agency_code AND e.fiscal_year = :fiscal_year
               AND e.account_code = :account_code AND e.period = :month
               AND e.posting_date >= :month_begins
               AND (e.posting_date, e.entry_id) <= (:after_date, :after_id))::bigint AS net_ntd
"""),
    "subsidiary": sa.text("""
    SELECT (SELECT COALESCE(sum(b.debit_ntd - b.credit_ntd), 0)
              FROM accounting.subsidiary_balance AS b
             WHERE b.fiscal_year = :fiscal_year AND b.agency_code = :agency_code
               AND b.subsidiary_kind = :kind AND b.subsidiary_key = :key
               AND (:account_code = '' OR b.account_code = :account_code)
               AND b.period < :month)::bigint
         + (SELECT COALESCE(sum(e.debit_ntd - e.credit_ntd), 0)
              FROM accounting.ledger_entry AS e
             WHERE e.agency_code = :agency_code AND e.fiscal_year = :fiscal_year
               AND e.subsidiary_kind = :kind AND e.subsidiary_key = :key
               AND (:account_code = '' OR e.account_code = :account_code)
               AND e.period = :month
               AND e.posting_date >= :month_begins
               AND (e.posting_date, e.entry_id) <= (:after_date, :after_id))::bigint AS net_ntd
"""),
}
MOVED = {
    "journal": sa.text("""
    SELECT COALESCE(sum(b.debit_ntd), 0)::bigint AS debit_ntd,
           COALESCE(sum(b.credit_ntd), 0)::bigint AS credit_ntd
      FROM accounting.account_balance AS b
     WHERE b.fiscal_year = :fiscal_year AND b.agency_code = :agency_code
       AND b.period BETWEEN :first AND :period
"""),
    "account": sa.text("""
    SELECT COALESCE(sum(b.debit_ntd), 0)::bigint AS debit_ntd,
           COALESCE(sum(b.credit_ntd), 0)::bigint AS credit_ntd
      FROM accounting.account_balance AS b
     WHERE b.fiscal_year = :fiscal_year AND b.agency_code = :agency_code
       AND b.account_code = :account_code AND b.period BETWEEN :first AND :period
"""),
    "subsidiary": sa.text("""
    SELECT COALESCE(sum(b.debit_ntd), 0)::bigint AS debit_ntd,
           COALESCE(sum(b.credit_ntd), 0)::bigint AS credit_ntd
      FROM accounting.subsidiary_balance AS b
     WHERE b.fiscal_year = :fiscal_year AND b.agency_code = :agency_code
       AND b.subsidiary_kind = :kind AND b.subsidiary_key = :key
       AND (:account_code = '' OR b.account_code = :account_code)
       AND b.period BETWEEN :first AND :period
"""),
}
BROUGHT, CARRIED = N_("期初餘額"), N_("承前頁")

Entry = sa.Row[tuple[object, ...]]
# Date and identity of the last entry shown.
Place = tuple[dt.date, int]


def journal(uow: UnitOfWork, book: Book, wanted: BookFilter) -> Sheet:
    """Return the entries of all accounts in the order in which they were entered."""
    asked = _asked(wanted)
    if wanted.first == 1:
        # What the year was opened with is entered too.
        asked |= {"first": 0, "periods": list(range(wanted.period + 1))}
    found = uow.connection.execute(JOURNAL, asked).all()
    moved = uow.connection.execute(MOVED["journal"], asked).one()
    shown = found[: wanted.limit]
    return Sheet(
        name=book.name,
        title=book.title,
        columns=book.columns,
        rows=tuple(_journal_row(row, wanted) for row in shown),
        totals=(TOTAL, None, None, None, None, None, moved.debit_ntd, moved.credit_ntd),
        next=_place_text(shown[-1]) if len(found) > wanted.limit else "",
    )


def row_entries(
    uow: UnitOfWork, book: Book, wanted: BookFilter, *, accounts: Sequence[str] | None
) -> Sheet:
    """Return the entries that name a row of the budget; ``accounts`` None: all of them."""
    asked = {**_asked(wanted), "row_id": wanted.row_id, "accounts": accounts}
    found = uow.connection.execute(ROW, asked).all()
    moved = uow.connection.execute(ROW_MOVED, asked).one()
    shown = found[: wanted.limit]
    return Sheet(
        name=book.name,
        title=book.title,
        columns=book.columns,
        rows=tuple(_journal_row(row, wanted) for row in shown),
        totals=(TOTAL, None, None, None, None, None, moved.debit_ntd, moved.credit_ntd),
        next=_place_text(shown[-1]) if len(found) > wanted.limit else "",
    )


def entries(uow: UnitOfWork, book: Book, wanted: BookFilter) -> Sheet:
    """Return the entries of an account (總分類帳) or of a subsidiary's account (明細分類帳).

    The first row is what stood before; each row has the balance after it.
    """
    asked = _asked(wanted)
    found = uow.connection.execute(ENTRIES[book.name], asked).all()
    before_ntd = uow.connection.execute(BEFORE[book.name], asked).scalar_one()
    moved = uow.connection.execute(MOVED[book.name], asked).one()
    shown = found[: wanted.limit]
    opening_ntd = before_ntd
    if wanted.after:
        first = uow.connection.execute(
            BEFORE[book.name],
            {**asked, "month": wanted.first, "after_id": 0, "after_date": dt.date.min},
        )
        opening_ntd = first.scalar_one()
    closing_ntd = opening_ntd + moved.debit_ntd - moved.credit_ntd
    return Sheet(
        name=book.name,
        title=book.title,
        columns=book.columns,
        rows=tuple(_with_balances(shown, wanted, before_ntd)),
        totals=(
            TOTAL, None, None, None, None, moved.debit_ntd, moved.credit_ntd, *side_of(closing_ntd)
        ),
        next=_place_text(shown[-1]) if len(found) > wanted.limit else "",
    )  # fmt: skip


def place_of(text: str) -> Place:
    """Read ``Sheet.next`` of the page before; anything else is the first page."""
    day, _, entry = text.partition("_")
    try:
        return dt.date.fromisoformat(day), int(entry)
    except ValueError:
        return dt.date.min, 0


def _asked(wanted: BookFilter) -> dict[str, object]:
    after_date, after_id = max(place_of(wanted.after), (wanted.since, 0))
    month = wanted.first
    if after_id:
        month = period_of(fiscal_year=wanted.fiscal_year, posting_date=after_date)
    return {
        "fiscal_year": wanted.fiscal_year,
        "agency_code": wanted.agency_code,
        "account_code": wanted.account_code,
        "kind": wanted.subsidiary_kind,
        "key": wanted.subsidiary_key,
        "first": wanted.first,
        "period": wanted.period,
        "periods": list(range(wanted.first, wanted.period + 1)),
        "until": wanted.until,
        "after_date": after_date,
        "after_id": after_id,
        "month": month,
        "month_begins": Period(fiscal_year=wanted.fiscal_year, period=month).begins_on,
        "limit": wanted.limit + 1,
    }


def _place_text(row: Entry) -> str:
    return f"{row.posting_date}_{row.entry_id}"


def _label(row: Entry) -> str:
    return f"{KIND_WORDS[VoucherKind(row.kind)]}{row.fiscal_year}{row.voucher_no:05}"


def _journal_row(row: Entry, wanted: BookFilter) -> SheetRow:
    return SheetRow(
        values=(
            str(row.posting_date),
            _label(row),
            row.account_code,
            row.account_name,
            row.subsidiary_name,
            row.memo,
            row.debit_ntd,
            row.credit_ntd,
        ),
        paths={
            "voucher": f"accounting/vouchers/{row.voucher_id}",
            "account_code": path_of(
                "account", wanted, account_code=row.account_code, row="", part=""
            ),
            **_whose_path(row, wanted),
        },
    )


def _with_balances(rows: Sequence[Entry], wanted: BookFilter, before_ntd: int) -> list[SheetRow]:
    nothing: tuple[SheetValue, ...] = (None, None)
    word = CARRIED if wanted.after else BROUGHT
    made = [
        SheetRow(values=(None, None, word, None, None, *nothing, *side_of(before_ntd)), strong=True)
    ]
    net_ntd = before_ntd
    for row in rows:
        net_ntd += row.debit_ntd - row.credit_ntd
        voucher = f"accounting/vouchers/{row.voucher_id}"
        made.append(
            SheetRow(
                values=(
                    str(row.posting_date),
                    _label(row),
                    row.memo,
                    row.against,
                    row.subsidiary_name,
                    row.debit_ntd,
                    row.credit_ntd,
                    *side_of(net_ntd),
                ),
                paths={
                    "voucher": voucher,
                    "debit_ntd": voucher,
                    "credit_ntd": voucher,
                    **_whose_path(row, wanted),
                },
            )
        )
    return made


def _whose_path(row: Entry, wanted: BookFilter) -> dict[str, str]:
    if not row.subsidiary_kind:
        return {}
    path = path_of(
        "subsidiary",
        wanted,
        account_code=row.account_code,
        kind=row.subsidiary_kind,
        key=row.subsidiary_key,
        row="",
        part="",
    )
    return {"whose": path}

"""The tables G1–G10 as the reports of an agency hold them: by the API, and in spreadsheets.

Each function returns rows by name, with the columns of ``figures.py``. A way of reading is ``api``,
``ods`` or ``xlsx``: the last two are the files that the page of the report offers, read back.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from tests.golden.replay import Replay
from tests.golden.town import Unexpected
from zhuji_core.spreadsheets import read_workbook

API, ODS, XLSX = "api", "ods", "xlsx"
WAYS = (API, ODS, XLSX)
Record = Mapping[str, Any]
Table = dict[str, tuple[Any, ...]]
TOTAL = "合計"
TREASURY, REMITTED = "430101", "590101"


class Books:
    """The books of one agency in its quarter, read in one way."""

    def __init__(self, replay: Replay, way: str, *, last_month: int) -> None:
        self.replay = replay
        self.way = way
        self.last_month = last_month
        self.reader = replay.agency["accountant"]

    def book(self, name: str, **asked: Any) -> tuple[list[Record], Record]:
        """Return the rows and the sums of a book, by the names of its columns."""
        wanted = {
            "fiscal_year": self.replay.agency.town.fiscal_year,
            "agency_code": self.replay.agency.code,
            "period": self.last_month,
            **asked,
        }
        if self.way != API:
            return self._file(name, wanted)
        path = f"accounting/books/{name}?{urlencode(wanted)}"
        first = self.reader.get(f"{path}&limit=1")
        return [item["values"] for item in self.reader.items(path)], first["totals"]

    def _file(self, name: str, wanted: Mapping[str, Any]) -> tuple[list[Record], Record]:
        (told,) = [one for one in self.reader.get("accounting/books") if one["name"] == name]
        heads = [column["title"] for column in told["columns"]]
        names = [column["name"] for column in told["columns"]]
        path = f"accounting/books/{name}/export/{self.way}?{urlencode(wanted)}"
        rows = list(_body(self.reader.file(path), heads, self.way))
        records = [dict(zip(names, row, strict=True)) for row in rows]
        sums = [row for row in records if TOTAL in str(row[names[0]])]
        return [row for row in records if row not in sums], sums[-1] if sums else {}


def _body(content: bytes, heads: Sequence[str], way: str) -> Iterator[tuple[Any, ...]]:
    """Return the rows below the heads, to the first blank one: whole amounts as whole numbers."""
    (sheet,) = read_workbook(content, name=f"book.{way}").sheets
    rows = iter(sheet.rows)
    if not any(list(row[: len(heads)]) == list(heads) for row in rows):
        raise Unexpected(f"no row has the heads {heads}")
    for row in rows:
        if not any(row):
            return
        yield tuple(_whole(value) for value in row[: len(heads)])


def _whole(value: Any) -> Any:
    if isinstance(value, float):
        if not value.is_integer():
            raise Unexpected(f"{value} is no whole amount")
        return int(value)
    return value


def trial_balance(books: Books) -> Table:
    """G3."""
    columns = ("debit_ntd", "credit_ntd", "debit_balance_ntd", "credit_balance_ntd")
    rows, sums = books.book("trial-balance")
    found = {str(row["account_code"]): tuple(row[name] for name in columns) for row in rows}
    return {**found, TOTAL: tuple(sums[name] for name in columns)}


def balance_sheet(books: Books, side: str) -> Table:
    """G4: ``side`` is asset or claim; by the name of the account."""
    rows, sums = books.book("balance-sheet")
    found = {row[side]: (row[f"{side}_ntd"],) for row in rows if row[side]}
    return {**found, TOTAL: (sums[f"{side}_ntd"],)}


def cash_by_month(books: Books, account: str) -> Table:
    """G5: what the general ledger says of the account in each month."""
    found: Table = {}
    for month in range(1, books.last_month + 1):
        rows, _ = books.book("ledger", first=month, period=month)
        for row in rows:
            if row["account_code"] == account:
                after = row["balance_ntd"] * (-1 if row["side"] == "貸" else 1)
                found[str(month)] = (
                    row["before_ntd"], row["debit_ntd"], row["credit_ntd"], after,
                )  # fmt: skip
    return found


def treasury_by_day(books: Books) -> Table:
    """G6 as far as the agency's books know it: 公庫撥入數 and 繳付公庫數, day by day."""
    days: dict[str, list[int]] = {}
    for account, received, paid in (
        (TREASURY, "debit_ntd", "credit_ntd"),
        (REMITTED, "debit_ntd", "credit_ntd"),
    ):
        rows, _ = books.book("account", account_code=account)
        for row in rows:
            if row["voucher"]:
                day = days.setdefault(_roc(row["posting_date"]), [0, 0])
                day[0] += row[received] or 0
                day[1] += row[paid] or 0
    found: Table = {}
    net = 0
    for date, (received_ntd, paid_ntd) in sorted(days.items()):
        net += received_ntd - paid_ntd
        found[date] = (received_ntd, paid_ntd, net)
    found[TOTAL] = (
        sum(row[0] for row in found.values()),
        sum(row[1] for row in found.values()),
        net,
    )
    return found


def journal(books: Books) -> Table:
    """G9: number → day, memo, debits, credits; documents by the names of the scenario."""
    rows, _ = books.book("journal")
    found: dict[str, list[Record]] = {}
    for row in rows:
        found.setdefault(row["voucher"], []).append(row)
    names = {label: no for no, label in books.replay.labels.items()}
    return {number: _entry(entries, names) for number, entries in found.items()}


def _entry(rows: Sequence[Record], names: Mapping[str, str]) -> tuple[Any, ...]:
    # Behind the voucher's memo stand the words of the entry.
    label, blank, words = str(rows[0]["memo"]).partition("　")[0].partition(" ")
    memo = f"{names.get(label, label)}{blank}{words}"
    return (
        _roc(rows[0]["posting_date"]),
        memo,
        tuple(_sides(rows, "debit_ntd")),
        tuple(_sides(rows, "credit_ntd")),
    )


def _sides(rows: Iterable[Record], side: str) -> Iterator[tuple[str, int]]:
    return ((str(row["account_code"]), row[side]) for row in rows if row[side])


def _roc(day: Any) -> str:
    """Return 114-01-02 of 2025-01-02, or of what a file prints."""
    text = str(day).replace("/", "-")[:10]
    year, month, date = text.split("-")
    return f"{int(year) - 1911 if len(year) > 3 else year}-{month}-{date}"

"""The tables G1–G10 as the reports of an agency hold them: by the API, and in spreadsheets.

Each function returns rows by name, with the columns of ``figures.py``. A way of reading is ``api``,
``ods`` or ``xlsx``: the last two are the files that the page of the report offers, read back.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import urlencode

from tests.golden.replay import Replay
from tests.golden.town import Unexpected
from zhuji_core.spreadsheets import read_workbook

API, ODS, XLSX = "api", "ods", "xlsx"
WAYS = (API, ODS, XLSX)
Record = Mapping[str, Any]
Table = dict[str, tuple[Any, ...]]
TOTAL = "合計"
INDENT = "　"
KEYS = ("keys", "label")
ACCOUNT_TITLES = {"current": "經常門", "capital": "資本門"}
# A rate stands in a file as it is printed, 84.53; as a figure it is hundredths of a percent.
RATE = re.compile(r"[0-9]+\.[0-9]{2}")


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

    def statement(self, name: str) -> tuple[list[Record], Record]:
        """Return the last level of a statement of the budget, and its sums."""
        wanted = {
            "fiscal_year": self.replay.agency.town.fiscal_year,
            "agency_code": self.replay.agency.code,
            "period": self.last_month,
        }
        if self.way != API:
            return self._file(name, wanted, folder="reports", keys=("編號", "名稱"))
        path = f"accounting/reports/{name}?{urlencode(wanted)}"
        first = self.reader.get(f"{path}&limit=1")
        return [item["values"] for item in self.reader.items(path)], first["totals"]

    def _file(
        self,
        name: str,
        wanted: Mapping[str, Any],
        *,
        folder: str = "books",
        keys: tuple[str, ...] = (),
    ) -> tuple[list[Record], Record]:
        (told,) = [one for one in self.reader.get(f"accounting/{folder}") if one["name"] == name]
        heads = [*keys, *(column["title"] for column in told["columns"])]
        names = [*KEYS[: len(keys)], *(column["name"] for column in told["columns"])]
        path = f"accounting/{folder}/{name}/export/{self.way}?{urlencode(wanted)}"
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
    if value == "":
        return None
    if isinstance(value, str) and RATE.fullmatch(value):
        return int(value.replace(".", ""))
    return value


class Level(NamedTuple):
    """A row of a statement that opens level by level: its codes and words from the outermost."""

    codes: tuple[str, ...]
    words: tuple[str, ...]
    record: Record


def _levels(rows: Iterable[Record]) -> Iterator[Level]:
    """Return the rows with the words of the rows above them.

    A file shows the depth by indentation and each level's own code; the API gives all codes.
    """
    codes: list[str] = []
    words: list[str] = []
    for row in rows:
        label, code = str(row["label"]), str(row["keys"]).rpartition(",")[2]
        deep = len(label) - len(label.lstrip(INDENT)) or str(row["keys"]).count(",")
        codes[deep:], words[deep:] = [code], [label.lstrip(INDENT)]
        yield Level(tuple(codes), tuple(words), row)


def _rows_of(books: Books, name: str) -> tuple[dict[str, Level], Record]:
    """Return the statement's rows of the budget by the names of the scenario, and the sums."""
    rows, sums = books.statement(name)
    named = books.replay.government.named(books.replay.agency)
    found: dict[str, Level] = {}
    for level in _levels(rows):
        # The last level's code has its account behind it: 1000/current.
        key = (*level.codes[-2:-1], level.codes[-1].partition("/")[0])
        if key in named:
            found[named[key]] = level
    return found, sums


def budget_figures(books: Books, name: str, columns: Sequence[str], *, total: bool = True) -> Table:
    """G1, G2 and G10: the figures of each row of the budget."""
    levels, sums = _rows_of(books, name)
    found = {no: tuple(level.record[column] for column in columns) for no, level in levels.items()}
    return {**found, TOTAL: tuple(sums[column] for column in columns)} if total else found


def budget_words(books: Books, name: str) -> dict[str, tuple[str, ...]]:
    """Return the words of each row: those of its levels, and of which account it is."""
    return {no: _words(level) for no, level in _rows_of(books, name)[0].items()}


def _words(level: Level) -> tuple[str, ...]:
    *above, last = level.words[1:]
    name, _, account = last.rstrip("）").partition("（")
    shown = account or ACCOUNT_TITLES[level.codes[-1].partition("/")[2]]
    return (*above, name, shown)


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


def cash_by_month(books: Books) -> Table:
    """G5: the months of 專戶存款 in 現金出納表."""
    account = books.replay.government.bank_account
    rows, _ = books.book("cash", account_code=account)
    columns = ("before_ntd", "received_ntd", "paid_ntd", "balance_ntd")
    return {
        str(row["month"]): tuple(row[name] for name in columns)
        for row in rows
        if str(row["account_code"]) == account
    }


def treasury_by_day(books: Books) -> Table:
    """G6: 公庫收支日報 of the agency, day by day."""
    columns = ("received_ntd", "paid_ntd", "net_ntd")
    rows, sums = books.book("treasury")
    found: Table = {_roc(row["posting_date"]): tuple(row[name] for name in columns) for row in rows}
    return {**found, TOTAL: tuple(sums[name] for name in columns)}


def journal(books: Books) -> Table:
    """G9: number → day, memo, debits, credits; documents by the names of the scenario."""
    rows, _ = books.book("journal")
    found: dict[str, list[Record]] = {}
    for row in rows:
        found.setdefault(row["voucher"], []).append(row)
    labels = (books.replay.labels, books.replay.advance_labels)
    names = {label: no for known in labels for no, label in known.items()}
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

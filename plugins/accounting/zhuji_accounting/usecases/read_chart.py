"""Read a county's own chart of accounts from a file or from rows. No database.

A page, a command and the API read in the same way, and keep by load_chart.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence

import msgspec

from zhuji_accounting.domain.ledger.chart import OPEN_YEAR, Chart
from zhuji_accounting.domain.ledger.chart_load import ChartHeadWrong
from zhuji_accounting.domain.ledger.chart_sheet import (
    ChartProblem,
    ChartRow,
    Place,
    accounts_from,
    chart_rows,
)
from zhuji_core.spreadsheet_limits import UnreadableSpreadsheet
from zhuji_core.spreadsheets import Sheet, read_workbook
from zhuji_core.values import N_, Value

NAME_FORM = re.compile(r"[0-9A-Za-z][0-9A-Za-z-]{0,19}\Z", re.ASCII)
TITLE_MAX = 80
SOURCE_MAX = 500


class ChartHead(Value, frozen=True, kw_only=True):
    """What is said about a chart beside its accounts; ``last_year`` None: still in use."""

    name: str
    title: str
    first_year: int
    last_year: int | None = None
    budgetary_apart: bool = True
    source: str = ""


class GivenAccount(Value, frozen=True, kw_only=True):
    """One account as a program gives it; ``former``: of the chart in use, whose place it takes."""

    code: str
    name: str
    account_class: str
    side: str
    name_en: str = ""
    parent: str = ""
    postable: bool | None = None
    subsidiary: str = ""
    former: str = ""


class ChartRead(Value, frozen=True, kw_only=True):
    """The chart, the rows that it was read from, and what is wrong with their cells."""

    chart: Chart
    rows: tuple[ChartRow, ...]
    problems: tuple[ChartProblem, ...]


def read_chart(head: ChartHead, *, content: bytes, file_name: str) -> ChartRead:
    """Read a spreadsheet, or a CSV file in UTF-8.

    Raises ChartHeadWrong and what ``read_workbook`` refuses.
    """
    if file_name.lower().endswith(".csv"):
        sheets: Sequence[Sheet] = [_csv(content, file_name)]
    else:
        sheets = read_workbook(content, name=file_name).sheets
    return _read(head, chart_rows(sheets))


def given_chart(head: ChartHead, accounts: Sequence[GivenAccount]) -> ChartRead:
    """Take accounts that a program gives; a problem names the row, counted from 1."""
    rows = []
    for number, one in enumerate(accounts, 1):
        texts = {
            **{name: str(value) for name, value in msgspec.structs.asdict(one).items()},
            "postable": "" if one.postable is None else str(one.postable),
        }
        rows.append(ChartRow(place=Place(row=number), cells={}, texts=texts))
    return _read(head, rows)


def _read(head: ChartHead, rows: Sequence[ChartRow]) -> ChartRead:
    _check(head)
    accounts, problems = accounts_from(rows)
    return ChartRead(
        chart=Chart(
            name=head.name,
            title=head.title.strip(),
            first_year=head.first_year,
            last_year=head.last_year,
            accounts=accounts,
            budgetary_apart=head.budgetary_apart,
            source=head.source.strip(),
        ),
        rows=tuple(rows),
        problems=tuple(problems),
    )


def _csv(content: bytes, file_name: str) -> Sheet:
    try:
        text = content.decode("utf-8-sig")
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise UnreadableSpreadsheet(file=file_name, cause=type(error).__name__) from error
    return Sheet(name="", rows=tuple(tuple(row) for row in rows))


def _check(head: ChartHead) -> None:
    last = OPEN_YEAR if head.last_year is None else head.last_year
    wrong = {
        "name": not NAME_FORM.match(head.name),
        "title": not 1 <= len(head.title.strip()) <= TITLE_MAX,
        "source": len(head.source) > SOURCE_MAX,
        "first_year": not 1 <= head.first_year <= OPEN_YEAR,
        "last_year": not head.first_year <= last <= OPEN_YEAR,
    }
    for field, is_wrong in wrong.items():
        if is_wrong:
            raise ChartHeadWrong(why=FIELDS[field], fields={field: FIELDS[field]})


FIELDS = {
    "name": N_("代號須為 1 至 20 個英數字或連字號。"),
    "title": N_("名稱須為 1 至 80 字。"),
    "source": N_("依據最多 500 字。"),
    "first_year": N_("起始年度須為民國年，例如 115。"),
    "last_year": N_("終止年度須為民國年，且不早於起始年度；仍適用則空白。"),
}

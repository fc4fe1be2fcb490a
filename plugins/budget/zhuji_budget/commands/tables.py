"""What commands share: options, files, JSON, and tables of cells that are read or written."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from pathlib import Path
from typing import TypeVar

import click
import msgspec

from zhuji_budget.domain.csv_table import CsvRow, Fault, refused_rows
from zhuji_core.blobs import BYTES_MAX
from zhuji_core.values import DomainError

T = TypeVar("T")
county_option = click.option("--county", required=True, help="縣市代碼，例如 TXG")
year_option = click.option("--year", required=True, type=int, help="民國年度，例如 105")
json_option = click.option("--json", "as_json", is_flag=True, help="以 JSON 輸出")
load_option = click.option(
    "--load",
    "file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="由 CSV 檔（UTF-8）存入；有任何錯誤即不存入",
)
out_option = click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="寫成 CSV 檔（UTF-8）"
)


reason_option = click.option(
    "--reason", default="", help="以指令辦理之理由及依據（例如承辦機關來函文號），列入年度歷程"
)


def content_of(file: Path) -> bytes:
    """Return the file, no more of it than one may have."""
    with file.open("rb") as opened:
        return opened.read(BYTES_MAX + 1)


def print_json(value: object) -> None:
    sys.stdout.write(msgspec.json.format(msgspec.json.encode(value)).decode() + "\n")


def by_line(
    action: Callable[[], T],
    rows: Sequence[CsvRow],
    *,
    file: str,
    columns: Mapping[str, str],
    unread: Sequence[Fault] = (),
) -> T:
    """Do it; a refusal that names fields (``prefix-0-name``) is told by lines of the file.

    ``unread``: what is wrong with cells already; it is told with the rest, and then nothing is
    done, whatever the action says: whoever calls leaves the transaction by the refusal.
    """
    faults = list(unread)
    cause: DomainError | None = None
    try:
        done = action()
    except DomainError as error:
        cause = error
        for name, text in error.fields.items():
            _, _, rest = name.partition("-")
            number, _, field = rest.partition("-")
            if not number.isdecimal() or int(number) >= len(rows):
                raise
            column = columns.get(field, field)
            faults.append((rows[int(number)].line_no, f"{column}：{text}"))
        if not error.fields:
            raise
    else:
        if not faults:
            return done
    raise refused_rows(file, sorted(faults, key=itemgetter(0))) from cause

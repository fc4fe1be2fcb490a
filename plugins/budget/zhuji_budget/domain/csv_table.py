"""A table as a CSV file: heads by name, whole amounts, every wrong cell told by its line. Pure."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from zhuji_core.values import N_, DomainError, Value

ROWS_MAX = 50_000
NAMED_MAX = 200
NTD_DIGITS_MAX = 15
Fault = tuple[int, str]


class CsvRow(Value, frozen=True, kw_only=True):
    """One line of the file: its number, and text or amount of each column by field."""

    line_no: int
    texts: Mapping[str, str]
    amounts: Mapping[str, int]


class CsvTable(NamedTuple):
    """The rows of a file, and (line, what is wrong) of its cells that are no amounts."""

    rows: list[CsvRow]
    faults: list[Fault]


class TableInvalid(DomainError):
    """A table with cells that cannot be taken; each is told by line and column."""

    code = "E-TABLE-FILE"
    message = N_("檔案「{file}」有 {count} 處錯誤，未存入任何資料：{named}")
    status_code = 422


class TableHeads(DomainError):
    """The file is no CSV in UTF-8, or lacks a head."""

    code = "E-TABLE-HEADS"
    message = N_("檔案「{file}」須為 UTF-8 之 CSV，第一行須有欄名：{heads}。")
    status_code = 422


def refused_rows(file: str, faults: Sequence[Fault]) -> TableInvalid:
    """Return the refusal of (line, what is wrong); the caller raises it."""
    named = [f"第 {line_no} 行 {text}" for line_no, text in faults[:NAMED_MAX]]
    return TableInvalid(file=file, count=len(faults), named="；".join(named))


def read_table(
    content: bytes,
    *,
    file: str,
    heads: Mapping[str, str],
    amounts: Collection[str] = (),
    optional: Collection[str] = (),
) -> list[CsvRow]:
    """Return the rows below the head; ``heads`` maps fields to the names of their columns.

    An empty amount is 0. Raises TableHeads, or TableInvalid with every cell that is no amount.
    """
    read = scan_table(content, file=file, heads=heads, amounts=amounts, optional=optional)
    if read.faults:
        raise refused_rows(file, read.faults)
    return read.rows


def scan_table(
    content: bytes,
    *,
    file: str,
    heads: Mapping[str, str],
    amounts: Collection[str] = (),
    optional: Collection[str] = (),
) -> CsvTable:
    """Return the rows with the cells that are no amount, to be told with what else is wrong.

    Such a cell is missing in its row's ``amounts``. Raises TableHeads.
    """
    lines = _lines(content, file, heads)
    columns = {field: _place(lines[0], name) for field, name in heads.items()}
    missing = [field for field, at in columns.items() if at is None and field not in optional]
    if missing or len(lines) > ROWS_MAX:
        raise TableHeads(file=file, heads="、".join(heads.values()))
    rows: list[CsvRow] = []
    faults: list[Fault] = []
    for line_no, cells in enumerate(lines[1:], start=2):
        texts = {
            field: cells[at].strip() if at is not None and at < len(cells) else ""
            for field, at in columns.items()
        }
        if not any(texts.values()):
            continue
        read = {field: amount_of(texts[field]) for field in amounts}
        faults += [
            (line_no, f"{heads[field]}：「{texts[field]}」須為整數（元）")
            for field, amount_ntd in read.items()
            if amount_ntd is None
        ]
        kept = {field: ntd for field, ntd in read.items() if ntd is not None}
        rows.append(CsvRow(line_no=line_no, texts=texts, amounts=kept))
    return CsvTable(rows=rows, faults=faults)


def _lines(content: bytes, file: str, heads: Mapping[str, str]) -> list[list[str]]:
    try:
        text = content.decode("utf-8-sig")
        lines = list(csv.reader(io.StringIO(text, newline="")))
    except (UnicodeDecodeError, csv.Error) as error:
        raise TableHeads(file=file, heads="、".join(heads.values())) from error
    if not lines:
        raise TableHeads(file=file, heads="、".join(heads.values()))
    return lines


def _place(heads: Sequence[str], name: str) -> int | None:
    found = [at for at, head in enumerate(heads) if head.strip() == name]
    return found[0] if found else None


def amount_of(text: str) -> int | None:
    """Return whole dollars; full-width digits and commas are read, a blank is 0, else None."""
    plain = unicodedata.normalize("NFKC", text).replace(",", "").strip().replace("−", "-")
    digits = plain.removeprefix("-")
    if not plain:
        return 0
    fits = digits.isascii() and digits.isdecimal() and len(digits) <= NTD_DIGITS_MAX
    return int(plain) if fits else None


def write_table(heads: Sequence[str], rows: Sequence[Sequence[object]]) -> bytes:
    """Return the CSV (UTF-8 with mark, as spreadsheets open it) that ``read_table`` reads."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(heads)
    writer.writerows(rows)
    return text.getvalue().encode("utf-8-sig")

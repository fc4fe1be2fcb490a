"""``zhuji budget book``: unit budget books (單位預算書) as files, and into an agency's estimate."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import click
from rich.console import Console

from zhuji_budget.domain.unit_book.layout.whole import PARTS
from zhuji_budget.queries.unit_books import estimate_edition, estimate_of, year_edition
from zhuji_budget.usecases.print_book import booklet_of, print_book
from zhuji_budget.usecases.read_books import BookFile
from zhuji_core.blobs import BYTES_MAX
from zhuji_core.booklets.files import WRITERS, booklet_file
from zhuji_core.booklets.model import Booklet
from zhuji_core.commands.opening import open_county
from zhuji_core.values import N_, DomainError

AUTHOR = "zhuji"
part_option = click.option(
    "--part", default="", type=click.Choice(["", *PARTS]), help="只要其中一種表；省略則為全書"
)
out_option = click.option(
    "--out",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="寫入的檔案，依副檔名為 .pdf、.ods 或 .xlsx",
)


class BookSuffix(DomainError):
    """The name of the file to write ends in none of the formats."""

    code = "E-UNIT-FORMAT"
    message = N_("「{file}」的副檔名須為 {known} 之一。")
    status_code = 422


@click.group("book", help="單位預算書：由逐項明細編印各法定表")
def group() -> None:
    pass


@group.command("print", help="由單位預算書檔案（.xls、.xlsx、.ods）重新編印；不需縣市")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--year", type=int, help="民國年度；省略則依預算書所印")
@part_option
@out_option
def print_(*, file: Path, year: int | None, part: str, out: Path) -> None:
    with file.open("rb") as opened:
        content = opened.read(BYTES_MAX + 1)
    edition = print_book(BookFile(name=file.name, content=content), fiscal_year=year)
    title = f"{edition.book.fiscal_year} 年度單位預算"
    now = dt.datetime.now(dt.UTC)
    _write(booklet_of(edition, part=part, title=title, author=AUTHOR, printed_at=now), out)


@group.command("export", help="編印一機關的單位預算書：該年度預算案或法定預算，或其概算")
@click.option("--county", required=True, help="縣市代碼，例如 TXG")
@click.option("--year", required=True, type=int, help="民國年度，例如 105")
@click.option("--agency", required=True, help="機關代碼")
@click.option("--estimate", is_flag=True, help="印概算，而非預算案或法定預算")
@part_option
@out_option
def export(*, county: str, year: int, agency: str, estimate: bool, part: str, out: Path) -> None:
    with open_county(county, read_only=True) as uow:
        if estimate:
            found = estimate_of(uow, fiscal_year=year, agency_code=agency)
            edition, title = estimate_edition(uow, found)[1], f"{year} 年度概算"
        else:
            edition = year_edition(uow, fiscal_year=year, agency_code=agency).edition
            title = f"{year} 年度單位預算"
        now = uow.now
    _write(booklet_of(edition, part=part, title=title, author=AUTHOR, printed_at=now), out)


def _write(booklet: Booklet, out: Path) -> None:
    suffix = out.suffix.removeprefix(".").lower()
    if suffix not in WRITERS:
        raise BookSuffix(file=out.name, known="、".join(f".{one}" for one in WRITERS))
    out.write_bytes(booklet_file(booklet, suffix))
    Console(highlight=False).print(f"{out}　{len(booklet.sheets)} 張表")

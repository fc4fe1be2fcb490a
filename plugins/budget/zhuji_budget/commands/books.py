"""``zhuji budget book``: unit budget books (單位預算書) as files, and into an agency's estimate."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import click
import msgspec
from rich.console import Console

from zhuji_budget.commands.tables import county_option, json_option
from zhuji_budget.domain.estimate import Estimate, EstimateNotFound
from zhuji_budget.domain.unit_book.layout.whole import PARTS
from zhuji_budget.queries.codes import codes_of
from zhuji_budget.queries.estimates import find_estimate
from zhuji_budget.queries.unit_books import estimate_edition, estimate_of, year_edition
from zhuji_budget.usecases.import_unit_book import UnitImported, import_unit_book
from zhuji_budget.usecases.open_estimate import open_estimate
from zhuji_budget.usecases.print_book import booklet_of, print_book
from zhuji_budget.usecases.read_books import BookFile
from zhuji_budget.usecases.read_unit_book import UnitImport, read_for_estimate
from zhuji_budget.usecases.report_import import problem_report
from zhuji_core.blobs import BYTES_MAX
from zhuji_core.booklets.files import WRITERS, booklet_file
from zhuji_core.booklets.model import Booklet
from zhuji_core.commands.opening import open_county
from zhuji_core.i18n import load_translations
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_, DomainError

AUTHOR = "zhuji"
LOCALE = Path(__file__).parents[1] / "locale"
PROBLEMS_MAX = 200  # on a terminal; --json lists all
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
    edition = print_book(_book(file), fiscal_year=year)
    title = f"{edition.book.fiscal_year} 年度單位預算"
    now = dt.datetime.now(dt.UTC)
    _write(booklet_of(edition, part=part, title=title, author=AUTHOR, printed_at=now), out)


@group.command("export", help="編印一機關的單位預算書：該年度預算案或法定預算，或其概算")
@county_option
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


@group.command(
    "import", help="將單位預算書整本匯入一機關的概算（尚無概算則建立）；有任何錯誤即不匯入"
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@county_option
@click.option("--year", required=True, type=int, help="民國年度，例如 105")
@click.option("--agency", required=True, help="機關代碼")
@json_option
@click.pass_context
def import_(
    ctx: click.Context, *, file: Path, county: str, year: int, agency: str, as_json: bool
) -> None:
    book = _book(file)
    made: UnitImported | None = None
    with open_county(county) as uow:
        estimate = _estimate(uow, year, agency)
        found = read_for_estimate(book, estimate=estimate, codes=codes_of(uow))
        if found.errors:
            uow.abandon("a book with errors is not imported")
        else:
            made, found = import_unit_book(uow, estimate_id=estimate.estimate_id, file=book)
    words = load_translations([LOCALE]).of(str(ctx.obj or ""))
    _report(found, made, words.gettext, as_json=as_json)
    if made is None:
        ctx.exit(1)


def _estimate(uow: UnitOfWork, year: int, agency: str) -> Estimate:
    """Return the agency's estimate, opened now where it has none."""
    try:
        return find_estimate(uow, estimate_of(uow, fiscal_year=year, agency_code=agency))
    except EstimateNotFound:
        return open_estimate(uow, fiscal_year=year, agency_code=agency)


def _report(
    found: UnitImport,
    made: UnitImported | None,
    translate: Callable[[str], str],
    *,
    as_json: bool,
) -> None:
    errors = [problem_report(one, translate=translate) for one in found.errors]
    differences = [problem_report(one, translate=translate) for one in found.differences]
    if as_json:
        told = {"kept": made, "errors": errors, "differences": differences}
        click.echo(msgspec.json.format(msgspec.json.encode(told)).decode())
        return
    console = Console(highlight=False)
    for title, problems in (("錯誤", errors), ("彙總表差異", differences)):
        for one in problems[:PROBLEMS_MAX]:
            console.print(f"▲ {title} {one.code} {one.sheet} {one.cell}：{one.message}")
    if made is None:
        console.print(f"{len(errors)} 處錯誤，未匯入任何資料。")
        return
    console.print(
        f"已匯入 {made.lines} 個科目、{made.items} 項明細：歲出 {made.expenditure_ntd:,} 元、"
        f"歲入 {made.revenue_ntd:,} 元；彙總表與明細不同 {len(differences)} 格"
    )


def _book(file: Path) -> BookFile:
    with file.open("rb") as opened:
        return BookFile(name=file.name, content=opened.read(BYTES_MAX + 1))


def _write(booklet: Booklet, out: Path) -> None:
    suffix = out.suffix.removeprefix(".").lower()
    if suffix not in WRITERS:
        raise BookSuffix(file=out.name, known="、".join(f".{one}" for one in WRITERS))
    out.write_bytes(booklet_file(booklet, suffix))
    Console(highlight=False).print(f"{out}　{len(booklet.sheets)} 張表")

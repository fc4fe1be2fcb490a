"""``zhuji budget``: import books, enact, allot and verify, as the operator of the host."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click
import msgspec
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from zhuji_budget.commands import (
    books,
    code_sets,
    council,
    preparation,
    releases,
    schedules,
    supervisors,
    verification,
)
from zhuji_budget.commands.tables import (
    content_of,
    county_option,
    json_option,
    print_json,
    reason_option,
    year_option,
)
from zhuji_budget.domain.code_set import KINDS
from zhuji_budget.queries.codes import codes_of, list_code_sets
from zhuji_budget.usecases.allot_equally import allot_equally
from zhuji_budget.usecases.check_book import BookCheck, check_book
from zhuji_budget.usecases.enact_year import enact_year
from zhuji_budget.usecases.import_books import import_reading
from zhuji_budget.usecases.import_budget import Imported, NothingToImport
from zhuji_budget.usecases.load_codes import load_codes
from zhuji_budget.usecases.publish_open_data import publish_open_data
from zhuji_budget.usecases.read_books import BookFile, Reading, read_books
from zhuji_budget.usecases.read_codes import CodeSetHead, read_codes
from zhuji_budget.usecases.report_import import (
    ImportReport,
    ProblemReport,
    arithmetic_text,
    problem_report,
    report_import,
)
from zhuji_core.commands.opening import open_county
from zhuji_core.i18n import Language, load_translations
from zhuji_core.values import DomainError

LOCALE = Path(__file__).parents[1] / "locale"
PROBLEMS_MAX = 200  # on a terminal; --json lists all


@click.group("budget", help="預算：匯入預算書、法定預算成立、分配、驗證")
def group() -> None:
    pass


group.add_command(books.group)
group.add_command(releases.release)
group.add_command(releases.releases)
group.add_command(releases.tell)
group.add_command(verification.verify)
group.add_command(supervisors.supervisors)
group.add_command(preparation.ceilings)
group.add_command(preparation.compile_)
group.add_command(council.council)
group.add_command(schedules.schedules)
group.add_command(schedules.schedule)


@group.command("import", help="匯入「歲出機關別預算表」（.xls、.xlsx、.ods）；有任何錯誤即不匯入")
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@county_option
@year_option
@click.option("--partial", is_flag=True, help="排除有錯誤的檔案，只匯入其餘檔案")
@json_option
@click.pass_context
def import_(
    ctx: click.Context,
    *,
    files: tuple[Path, ...],
    county: str,
    year: int,
    partial: bool,
    as_json: bool,
) -> None:
    words = _words(ctx)
    with open_county(county, read_only=True) as uow:
        known = codes_of(uow)
    with _progress(files, quiet=as_json) as told:
        reading = read_books(
            _contents(files), fiscal_year=year, partial=partial, progress=told, codes=known
        )
    imported = None
    refusal: DomainError | None = None
    if reading.may_be_kept:
        try:
            imported = _import(reading, county=county)
        except DomainError as error:
            if not as_json:
                raise
            refusal = error
    elif not reading.errors:
        refusal = NothingToImport()
    report = report_import(reading, translate=words.gettext, imported=imported)
    if refusal is not None:
        report = _with_refusal(report, refusal, words)
    if as_json:
        print_json(report)
    else:
        _print_report(report, words)
    if imported is None or (report.errors and not partial):
        ctx.exit(1)


@group.command("enact", help="法定預算成立：凍結各科目之法定預算數")
@county_option
@year_option
@click.option("--act-no", required=True, help="議會審議通過或發布之文號")
@click.option("--reserve-reason", default="", help="第一預備金超過經常支出百分之一之理由")
@click.option("--gap-reason", default="", help="預算案未齊（機關或歲入）仍須成立之理由")
@reason_option
@json_option
def enact(  # noqa: PLR0913 (one for each option)
    *,
    county: str,
    year: int,
    act_no: str,
    reserve_reason: str,
    gap_reason: str,
    reason: str,
    as_json: bool,
) -> None:
    with open_county(county, reason=reason) as uow:
        enacted = enact_year(
            uow,
            fiscal_year=year,
            act_no=act_no,
            reserve_reason=reserve_reason,
            gap_reason=gap_reason,
        )
    if as_json:
        print_json(enacted)
    else:
        Console(highlight=False).print(f"{year} 年度法定預算已成立（{enacted.act_no}）")


@group.command("allot", help="核定分配預算：平均分配於十二個月")
@county_option
@year_option
@reason_option
@json_option
def allot(*, county: str, year: int, reason: str, as_json: bool) -> None:
    with open_county(county, reason=reason) as uow:
        allotted = allot_equally(uow, fiscal_year=year)
    if as_json:
        print_json(allotted)
    else:
        Console(highlight=False).print(f"{year} 年度分配預算已核定（平均分配）")


@group.command("publish", help="公開資料：將法定預算及各月執行寫成 CSV、JSON 檔")
@county_option
@year_option
@click.option(
    "--out",
    "folder",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="寫入的資料夾",
)
@json_option
def publish(*, county: str, year: int, folder: Path, as_json: bool) -> None:
    with open_county(county, read_only=True) as uow:
        files = publish_open_data(uow, fiscal_year=year, folder=folder)
    if as_json:
        print_json(files)
        return
    for file in files:
        click.echo(f"{file.name}　{file.rows:,}")


@group.command("check-book", help="核對單位預算書：由逐項明細重算各法定表，逐格比對；不需縣市")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--year", type=int, help="民國年度；省略則依預算書所印")
@json_option
@click.pass_context
def check_book_(ctx: click.Context, *, file: Path, year: int | None, as_json: bool) -> None:
    (content,) = _contents((file,))
    found = check_book(content, fiscal_year=year)
    if as_json:
        print_json(found)
    else:
        _print_check(found, _words(ctx))
    if not found.passed:
        ctx.exit(1)


@group.group("codes", help="預算代碼：用途別、政事別、來源別、碼段，各依適用年度")
def codes() -> None:
    pass


codes.add_command(code_sets.withdraw)


@codes.command("load", help="載入縣市自訂之代碼表（.xls、.xlsx、.ods）；有任何錯誤即不載入")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@county_option
@click.option("--kind", required=True, type=click.Choice(list(KINDS)), help="種類")
@click.option("--name", required=True, help="代碼表名稱，例如「115 年起」；同名者整份取代")
@click.option("--from-year", required=True, type=int, help="適用起始年度（民國）")
@click.option("--to-year", type=int, help="適用終止年度；省略則仍適用")
@click.option("--source", default="", help="依據：文號或出處")
@json_option
@click.pass_context
def load_codes_(  # noqa: PLR0913 (one for each option)
    ctx: click.Context,
    *,
    file: Path,
    county: str,
    kind: str,
    name: str,
    from_year: int,
    to_year: int | None,
    source: str,
    as_json: bool,
) -> None:
    head = CodeSetHead(kind=kind, name=name, first_year=from_year, last_year=to_year, source=source)
    (content,) = _contents((file,))
    read = read_codes(head, content)
    words = _words(ctx)
    if read.problems:
        problems = [problem_report(one, translate=words.gettext) for one in read.problems]
        if as_json:
            print_json({"kept": False, "errors": problems})
        else:
            _print_problems(problems, words, title="錯誤", color="red")
            Console(highlight=False).print("[bold red]未載入任何代碼。[/]")
        ctx.exit(1)
    with open_county(county) as uow:
        kept = load_codes(uow, read)
    if as_json:
        print_json({"kept": True, "errors": [], "codes": len(kept.codes)})
    else:
        Console(highlight=False).print(f"已載入「{kept.name}」{len(kept.codes):,} 個代碼")


@codes.command("list", help="列出各年度適用之代碼表")
@county_option
@json_option
def list_codes(*, county: str, as_json: bool) -> None:
    with open_county(county, read_only=True) as uow:
        found = list_code_sets(uow)
    if as_json:
        print_json(found)
        return
    table = Table("種類", "代碼表", "適用年度", "代碼數", "來源")
    for one in found:
        years = f"{one.first_year}–{one.last_year or ''}"
        shipped = "系統附帶" if one.shipped else "本縣市載入"
        table.add_row(KINDS[one.kind], one.name, years, f"{len(one.codes):,}", shipped)
    Console(highlight=False).print(table)


def _print_check(found: BookCheck, words: Language) -> None:
    console = Console(highlight=False)
    table = Table("工作表", "表", "比對格數", "相符格數")
    for column in table.columns[2:]:
        column.justify = "right"
    for sheet in found.sheets:
        table.add_row(sheet.sheet, sheet.title, f"{sheet.compared:,}", f"{sheet.equal:,}")
    table.add_section()
    table.add_row("合計", "", f"{found.compared:,}", f"{found.equal:,}")
    console.print(table)
    for sheet in found.sheets:
        for one in sheet.differences:
            where = " ".join(part for part in (sheet.sheet, one.cell) if part)
            console.print(
                f"[red]▲[/] {where} {one.what}：印 {one.printed or '（無）'}，算 {one.made}"
            )
    for problem in found.problems:
        text = words.gettext(problem.message).format_map(problem.detail)
        console.print(f"[red]▲[/] {problem.code} {problem.place}：{text}")
    entered = {name: None for sheet in found.sheets for name in sheet.not_derivable}
    console.print(f"無法由明細推算（輸入資料）：{'；'.join(entered)}")
    console.print(
        f"{found.fiscal_year} 年度，{found.items:,} 筆明細，歲出 {found.total_ntd:,} 元；"
        f"比對 {found.compared:,} 格，相符 {found.equal:,} 格"
    )


def _import(reading: Reading, *, county: str) -> Imported:
    with open_county(county) as uow:
        return import_reading(uow, reading)


def _contents(files: Sequence[Path]) -> list[BookFile]:
    """No more of a file is read than one may have; the reader then says that it is too large."""
    return [BookFile(name=path.name, content=content_of(path)) for path in files]


@contextmanager
def _progress(files: Sequence[Path], *, quiet: bool) -> Iterator[Callable[[str], None] | None]:
    """Show on a terminal which file is being read; elsewhere say nothing."""
    console = Console(stderr=True)
    if quiet or not console.is_terminal:
        yield None
        return
    with Progress(console=console, transient=True) as bar:
        task = bar.add_task("讀取預算書", total=len(files))

        def told(name: str) -> None:
            bar.update(task, advance=1, description=name)

        yield told


def _words(ctx: click.Context) -> Language:
    return load_translations([LOCALE]).of(str(ctx.obj or ""))


def _with_refusal(report: ImportReport, refusal: DomainError, words: Language) -> ImportReport:
    """A refusal of the county's budget stands with the errors of the files in the JSON."""
    told = ProblemReport(
        code=refusal.code,
        message=refusal.text(words.gettext),
        file="",
        sheet="",
        row=0,
        cell="",
        arithmetic=dict(refusal.arithmetic),
    )
    return msgspec.structs.replace(report, errors=(*report.errors, told))


def _print_report(report: ImportReport, words: Language) -> None:
    console = Console(highlight=False)
    for title, color, problems in (
        ("錯誤", "red", report.errors),
        ("提醒", "yellow", report.warnings),
    ):
        _print_problems(problems, words, title=title, color=color)
    table = Table("檔案", "科目", "重複", "錯誤", "金額（元）")
    for column in table.columns[1:]:
        column.justify = "right"
    for book in report.files:
        table.add_row(
            book.file,
            f"{book.lines:,}",
            f"{book.duplicate_lines:,}",
            f"{book.errors:,}",
            f"{book.total_ntd:,}",
        )
    console.print(table)
    console.print(
        f"{report.books} 個檔案：{report.lines:,} 個科目、{report.agencies:,} 個機關、"
        f"NT${report.total_ntd:,}；重複 {report.duplicates:,}、錯誤 {len(report.errors):,}"
    )
    if report.left_out:
        console.print(f"已排除：{'、'.join(report.left_out)}")
    if report.kept:
        console.print(
            f"新增 {report.lines_new:,} 個科目，{report.lines_known:,} 個科目先前已匯入。"
        )
    else:
        console.print("[bold red]未匯入任何資料。[/]")


def _print_problems(
    problems: Sequence[ProblemReport], words: Language, *, title: str, color: str
) -> None:
    console = Console(highlight=False)
    for problem in problems[:PROBLEMS_MAX]:
        console.print(f"[{color}]▲ {title}[/] {_line(problem, words)}")
    if len(problems) > PROBLEMS_MAX:
        console.print(f"  …另有 {len(problems) - PROBLEMS_MAX} 項（--json 全部列出）")


def _line(problem: ProblemReport, words: Language) -> str:
    where = " ".join(
        part
        for part in (problem.file, problem.sheet, problem.cell or (str(problem.row or "")))
        if part
    )
    figures = arithmetic_text(problem.arithmetic, translate=words.gettext)
    also = f"　另見 {problem.also}" if problem.also else ""
    return f"{problem.code} {where}：{problem.message}{figures and f'（{figures}）'}{also}"

"""``zhuji accounting report``: one book or statement as a file, for scripts."""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec
import rich_click as click

from zhuji_accounting.commands.periods import county_option
from zhuji_accounting.domain.books.catalogue import BOOKS
from zhuji_accounting.domain.books.definition import EXPORT_ROWS, BookFilter, usual_period
from zhuji_accounting.domain.books.levels import STATEMENTS, statement_named
from zhuji_accounting.queries.books.levels import level_filter, read_statement
from zhuji_accounting.queries.books.reading import read_book
from zhuji_core.export import FORMATS, export
from zhuji_core.i18n import load_translations
from zhuji_core.identity.agencies import find_agency
from zhuji_core.reports.files import report_of
from zhuji_core.reports.level_sheets import sheet_of
from zhuji_core.reports.sheet import Sheet, digest_of
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import DomainError

JSON = "json"
NAMES = (*BOOKS, *STATEMENTS)


@click.command(
    "report",
    help="將一種帳簿或會計報表輸出為檔案；JSON 附內容之摘要（SHA-256），遭拒時以代碼 1 結束",
)
@county_option
@click.argument("name", type=click.Choice(NAMES), metavar="NAME")
@click.option("--year", "fiscal_year", type=int, help="會計年度（民國）；預設為業務日期之年度")
@click.option("--first", type=int, default=1, help="起月", show_default=True)
@click.option("--month", "period", type=int, default=0, help="迄月 1 至 12；13 為整理期間")
@click.option("--agency", "agency_code", default="", help="機關代碼；空白為全部機關")
@click.option("--account", "account_code", default="", help="會計科目代碼")
@click.option("--format", "form", type=click.Choice((JSON, *FORMATS)), default=JSON, help="格式")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="檔案；預設為標準輸出")
@click.pass_context
def report(  # noqa: PLR0913 (each an option of the command, by name)
    ctx: click.Context,
    *,
    county: str,
    name: str,
    fiscal_year: int | None,
    first: int,
    period: int,
    agency_code: str,
    account_code: str,
    form: str,
    out: Path | None,
) -> None:
    from zhuji_core.commands.opening import open_county  # noqa: PLC0415 (loads the whole host)
    from zhuji_core.web.packages import package_folders  # noqa: PLC0415 (same)

    words = load_translations([folder / "locale" for folder in package_folders().values()]).of(
        str(ctx.obj or "")
    )
    with open_county(county, read_only=True) as uow:
        year = fiscal_year or uow.fiscal_year
        wanted = BookFilter(
            fiscal_year=year,
            first=first,
            period=period or usual_period(year, today=uow.business_date),
            agency_code=agency_code,
            account_code=account_code,
            limit=EXPORT_ROWS,
        )
        try:
            sheet = _read(uow, name, wanted)
        except DomainError as refusal:
            sys.stderr.write(f"{refusal.code} {refusal.text(words.gettext)}\n")
            sys.exit(1)
        if form == JSON:
            content = _json(sheet, wanted)
        else:
            found = find_agency(uow, agency_code=agency_code) if agency_code else None
            told = words.gettext("{year} 年度{first}至{period}").format(
                year=year,
                first=words.gettext("{month} 月").format(month=first),
                period=words.gettext("{month} 月").format(month=wanted.period),
            )
            whose = found.name if found else agency_code or words.gettext("全部機關")
            content = export(
                report_of(uow, sheet, agency=whose, period=told, gettext=words.gettext), form
            )
    if out is None:
        sys.stdout.buffer.write(content)
    else:
        out.write_bytes(content)


def _read(uow: UnitOfWork, name: str, wanted: BookFilter) -> Sheet:
    if name in BOOKS:
        return read_book(uow, name, wanted)
    asked = level_filter(
        statement_named(name),
        fiscal_year=wanted.fiscal_year,
        period=wanted.period,
        agency_code=wanted.agency_code,
        depth=len(statement_named(name).dimensions),
    )
    return sheet_of(read_statement(uow, name, asked, whole=True))


def _json(sheet: Sheet, wanted: BookFilter) -> bytes:
    told = {
        "name": sheet.name,
        "fiscal_year": wanted.fiscal_year,
        "first": wanted.first,
        "period": wanted.period,
        "agency_code": wanted.agency_code,
        "digest": digest_of(sheet),
        "rows": sheet.records(),
        "totals": sheet.sums,
    }
    return msgspec.json.format(msgspec.json.encode(told)) + b"\n"

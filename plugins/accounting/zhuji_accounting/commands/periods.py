"""``zhuji accounting close``, ``reopen``, ``year-end``: of one agency or of all with books."""

from __future__ import annotations

import sys
from collections.abc import Callable

import msgspec
import rich_click as click
from rich.console import Console
from rich.table import Table

from zhuji_accounting.queries.periods import agencies_with_books
from zhuji_accounting.usecases.close_period import close_period
from zhuji_accounting.usecases.close_year import close_year
from zhuji_accounting.usecases.reopen_period import reopen_period
from zhuji_accounting.usecases.reopen_year import reopen_year
from zhuji_core.i18n import load_translations
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import DomainError, Value

county_option = click.option("--county", required=True, help="縣市代碼，例如 TXG")
year_option = click.option(
    "--year", "fiscal_year", type=int, required=True, help="會計年度（民國）"
)
month_option = click.option(
    "--month", "period", type=int, required=True, help="月份 1 至 12；13 為整理期間"
)
json_option = click.option("--json", "as_json", is_flag=True, help="以 JSON 輸出")


class Answer(Value, frozen=True, kw_only=True):
    """What became of one agency's month; ``code`` is empty when it was done."""

    agency_code: str
    code: str = ""
    message: str = ""
    arithmetic: dict[str, int] = msgspec.field(default_factory=dict)


@click.command("close", help="關閉會計月份；未指定機關時為當年度有帳務之所有機關，各機關分別成敗")
@county_option
@year_option
@month_option
@click.option("--agency", "agencies", multiple=True, help="機關代碼，可重複")
@json_option
@click.pass_context
def close(
    ctx: click.Context,
    *,
    county: str,
    fiscal_year: int,
    period: int,
    agencies: tuple[str, ...],
    as_json: bool,
) -> None:
    def act(uow: UnitOfWork, agency_code: str) -> None:
        close_period(uow, fiscal_year=fiscal_year, period=period, agency_code=agency_code)

    answers = _each(ctx, county, fiscal_year, agencies, act)
    _tell(answers, "關帳", as_json=as_json)


@click.command("reopen", help="重開會計月份（由最後關帳之月份起），須說明理由")
@county_option
@year_option
@month_option
@click.option("--agency", "agencies", multiple=True, required=True, help="機關代碼，可重複")
@click.option("--reason", required=True, help="重開之理由，記入稽核紀錄")
@json_option
@click.pass_context
def reopen(  # noqa: PLR0913 (each an option of the command, by name)
    ctx: click.Context,
    *,
    county: str,
    fiscal_year: int,
    period: int,
    agencies: tuple[str, ...],
    reason: str,
    as_json: bool,
) -> None:
    def act(uow: UnitOfWork, agency_code: str) -> None:
        reopen_period(
            uow, fiscal_year=fiscal_year, period=period, agency_code=agency_code, reason=reason
        )

    answers = _each(ctx, county, fiscal_year, agencies, act)
    _tell(answers, "重開", as_json=as_json)


@click.command(
    "year-end", help="年度終了：結帳、留存年度報告並開次年度帳；未指定機關時為有帳務之所有機關"
)
@county_option
@year_option
@click.option("--agency", "agencies", multiple=True, help="機關代碼，可重複")
@click.option("--preview", is_flag=True, help="預覽：執行相同程序後全部放棄，不留存")
@click.option("--reopen", "reopened", is_flag=True, help="重開已結帳之年度（須指定機關及理由）")
@click.option("--reason", default="", help="重開之理由，記入稽核紀錄")
@json_option
@click.pass_context
def year_end(  # noqa: PLR0913 (each an option of the command, by name)
    ctx: click.Context,
    *,
    county: str,
    fiscal_year: int,
    agencies: tuple[str, ...],
    preview: bool,
    reopened: bool,
    reason: str,
    as_json: bool,
) -> None:
    if reopened and not agencies:
        raise click.UsageError("--reopen 須以 --agency 指定機關")

    def act(uow: UnitOfWork, agency_code: str) -> None:
        if reopened:
            reopen_year(uow, fiscal_year=fiscal_year, agency_code=agency_code, reason=reason)
        else:
            close_year(uow, fiscal_year=fiscal_year, agency_code=agency_code, preview=preview)

    answers = _each(ctx, county, fiscal_year, agencies, act)
    _tell(answers, "重開" if reopened else "預覽" if preview else "結帳", as_json=as_json)


def _each(
    ctx: click.Context,
    county: str,
    fiscal_year: int,
    agencies: tuple[str, ...],
    act: Callable[[UnitOfWork, str], None],
) -> list[Answer]:
    """Do ``act`` for each agency in a transaction of its own; a refusal stops no other agency."""
    from zhuji_core.commands.opening import (  # noqa: PLC0415 (loads the whole host)
        begin_as_operator,
        open_operator,
    )
    from zhuji_core.web.packages import package_folders  # noqa: PLC0415 (same)

    words = load_translations([folder / "locale" for folder in package_folders().values()]).of(
        str(ctx.obj or "")
    )
    answers = []
    with open_operator() as host:
        access = host.county(county)
        with begin_as_operator(host, access, read_only=True) as uow:
            wanted = list(agencies) or agencies_with_books(uow, fiscal_year=fiscal_year)
        for agency_code in wanted:
            try:
                with begin_as_operator(host, access) as uow:
                    act(uow, agency_code)
                answers.append(Answer(agency_code=agency_code))
            except DomainError as refusal:
                answers.append(
                    Answer(
                        agency_code=agency_code,
                        code=refusal.code,
                        message=refusal.text(words.gettext),
                        arithmetic=dict(refusal.arithmetic),
                    )
                )
    return answers


def _tell(answers: list[Answer], verb: str, *, as_json: bool) -> None:
    """Print what became of each agency; exit with 1 when any was refused or none was found."""
    if as_json:
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(answers)).decode() + "\n")
    else:
        console = Console(highlight=False)
        done = sum(not answer.code for answer in answers)
        console.print(f"{verb} {done:,} 個機關，未完成 {len(answers) - done:,} 個")
        table = Table("機關", "代碼", "原因")
        for answer in answers:
            if answer.code:
                table.add_row(answer.agency_code, answer.code, answer.message)
        if table.row_count:
            console.print(table)
    if not answers or any(answer.code for answer in answers):
        sys.exit(1)

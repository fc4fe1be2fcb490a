"""``zhuji accounting``: prove the certifications and the books of a county."""

from __future__ import annotations

import sys

import msgspec
import rich_click as click
from rich.console import Console

from zhuji_accounting.commands import charts, periods, reports
from zhuji_accounting.domain.ledger.plain_text import FORMATS
from zhuji_accounting.queries.ledger_verification import LedgerVerification, verify_ledger
from zhuji_accounting.queries.report_sets import SetVerification, verify_sets
from zhuji_accounting.queries.verification import Verification, verify_certifications
from zhuji_accounting.usecases.ask_oracle import ask_oracle
from zhuji_accounting.usecases.export_books import export_books


@click.group("accounting", help="會計：關帳、驗證簽證憑據與帳簿")
def accounting() -> None:
    pass


accounting.add_command(charts.chart)
accounting.add_command(charts.rules)
accounting.add_command(periods.close)
accounting.add_command(periods.reopen)
accounting.add_command(reports.report)
accounting.add_command(periods.year_end)


@accounting.command(
    "verify",
    help="由預算異動重算每一筆簽證憑據，由分錄重算所有帳戶餘額；有差異或無可驗證者以代碼 1 結束",
)
@click.option("--county", required=True, help="縣市代碼，例如 TXG")
@click.option("--json", "as_json", is_flag=True, help="以 JSON 輸出")
def verify(county: str, *, as_json: bool) -> None:
    from zhuji_core.commands.opening import open_county  # noqa: PLC0415 (loads the whole host)

    with open_county(county, read_only=True, patient=True) as uow:
        found = verify_certifications(uow)
        ledger = verify_ledger(uow)
        months = verify_sets(uow)
    if as_json:
        _print_json({**msgspec.structs.asdict(found), "ledger": ledger, "months": months})
    else:
        _print_words(found, ledger)
        _print_months(months)
    if not found.passed or ledger.errors or months.errors:
        sys.exit(1)


@accounting.command("export", help="將年度帳簿輸出為 hledger、ledger 或 beancount 文字檔")
@click.option("--county", required=True, help="縣市代碼，例如 TXG")
@click.option("--year", "fiscal_year", type=int, required=True, help="會計年度（民國）")
@click.option("--format", "form", type=click.Choice(FORMATS), default="hledger", help="格式")
def export(county: str, fiscal_year: int, form: str) -> None:
    from zhuji_core.commands.opening import open_county  # noqa: PLC0415 (loads the whole host)

    with open_county(county, read_only=True, patient=True) as uow:
        for line in export_books(uow, fiscal_year=fiscal_year, form=form):
            sys.stdout.write(line + "\n")


@accounting.command(
    "oracle", help="由 hledger（獨立程式）重算年度帳簿並逐一比對；有差異或無可比對者以代碼 1 結束"
)
@click.option("--county", required=True, help="縣市代碼，例如 TXG")
@click.option("--year", "fiscal_year", type=int, required=True, help="會計年度（民國）")
@click.option("--json", "as_json", is_flag=True, help="以 JSON 輸出")
def oracle(county: str, fiscal_year: int, *, as_json: bool) -> None:
    from zhuji_core.commands.opening import open_county  # noqa: PLC0415 (loads the whole host)

    with open_county(county, read_only=True, patient=True) as uow:
        answer = ask_oracle(uow, fiscal_year=fiscal_year)
    if as_json:
        _print_json(answer)
    else:
        console = Console(highlight=False)
        console.print(f"hledger 比對 {answer.accounts:,} 個帳戶，相符 {answer.equal:,}")
        if answer.complaint:
            console.print(answer.complaint, markup=False)
        for account in answer.differing:
            console.print(f"  {account}", markup=False)
    if not answer.passed:
        sys.exit(1)


def _print_json(found: object) -> None:
    sys.stdout.write(msgspec.json.format(msgspec.json.encode(found)).decode() + "\n")


def _print_months(months: SetVerification) -> None:
    console = Console(highlight=False)
    console.print(f"已比對 {months.checked:,} 份關帳留存報表，不符 {len(months.errors):,} 份")
    for error in months.errors:
        console.print(f"  {error}", markup=False)


def _print_words(found: Verification, ledger: LedgerVerification) -> None:
    console = Console(highlight=False)
    console.print(f"已驗證 {found.checked:,} 行簽證憑據，差異 {found.drift_ntd:,} 元")
    for error in found.errors:
        console.print(f"  {error}")
    if not found.checked:
        console.print("  沒有可驗證的簽證，不視為通過。")
    console.print(
        f"已驗證 {ledger.checked['entries']:,} 筆分錄、{ledger.checked['accounts']:,} 個帳戶月份、"
        f"{ledger.checked['subsidiaries']:,} 個明細月份，差異 {ledger.drift_ntd:,} 元"
    )
    for error in ledger.errors:
        console.print(f"  {error}")

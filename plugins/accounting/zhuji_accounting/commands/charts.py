"""``zhuji accounting chart`` and ``rules``: what a county's vouchers are made by."""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec
import rich_click as click
from rich.console import Console
from rich.table import Table

from zhuji_accounting.domain.ledger.chart import Chart, tree_of
from zhuji_accounting.domain.ledger.chart_load import ChartInvalid
from zhuji_accounting.domain.ledger.chart_sheet import PROBLEMS
from zhuji_accounting.queries.charts import RuleVersion, charts, find_chart, rule_versions
from zhuji_accounting.queries.charts import find_rules as version_named
from zhuji_accounting.usecases.load_chart import load_chart
from zhuji_accounting.usecases.read_chart import ChartHead, read_chart
from zhuji_core.blobs import BYTES_MAX
from zhuji_core.uow import UnitOfWork

county_option = click.option("--county", required=True, help="縣市代碼，例如 TXG")
json_option = click.option("--json", "as_json", is_flag=True, help="以 JSON 輸出")


@click.group("chart", help="會計科目表：列出、載入")
def chart() -> None:
    pass


@chart.command("load", help="載入本縣市之會計科目表（CSV、ODS、XLSX）；有任何錯誤即不載入")
@county_option
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--name", "chart_name", required=True, help="會計科目表代號，例如 county-115")
@click.option("--title", required=True, help="會計科目表名稱")
@click.option("--from-year", "first_year", type=int, required=True, help="適用起始年度（民國）")
@click.option("--to-year", "last_year", type=int, help="適用終止年度；仍適用則不填")
@click.option("--mixed", is_flag=True, help="預算科目與實際科目對沖（舊制）")
@click.option("--source", default="", help="訂定科目之文號或出處")
def load(  # noqa: PLR0913 (each an option of the command, by name)
    *,
    county: str,
    file: Path,
    chart_name: str,
    title: str,
    first_year: int,
    last_year: int | None,
    mixed: bool,
    source: str,
) -> None:
    from zhuji_core.commands.opening import open_county  # noqa: PLC0415 (loads the whole host)

    head = ChartHead(
        name=chart_name,
        title=title,
        first_year=first_year,
        last_year=last_year,
        budgetary_apart=not mixed,
        source=source,
    )
    with file.open("rb") as opened:
        content = opened.read(BYTES_MAX + 1)
    console = Console(highlight=False)
    try:
        read = read_chart(head, content=content, file_name=file.name)
        with open_county(county) as uow:
            kept = load_chart(uow, read)
    except ChartInvalid as refusal:
        for one in refusal.problems:
            text = PROBLEMS[one.kind].format(**one.detail)
            console.print(f"{one.place.sheet} {one.place.text} {text}".strip(), markup=False)
        raise
    console.print(f"已載入會計科目表「{kept.title}」，{len(kept.accounts):,} 個科目")


@chart.command("show", help="列出會計科目表；指定 --name 時列出其科目及分錄規則各版")
@county_option
@click.option("--name", "chart_name", default="", help="會計科目表代號，例如 accrual")
@json_option
def show(county: str, chart_name: str, *, as_json: bool) -> None:
    from zhuji_core.commands.opening import open_county  # noqa: PLC0415 (loads the whole host)

    with open_county(county, read_only=True) as uow:
        found = [find_chart(uow, chart_name)] if chart_name else charts(uow)
        versions = {one.name: rule_versions(uow, one) for one in found}
    if as_json:
        _print_json([{"chart": one, "rule_versions": versions[one.name]} for one in found])
    elif chart_name:
        _print_chart(found[0], versions[chart_name])
    else:
        _print_charts(found)


@click.command("rules", help="列出一版分錄規則（會計事項與分錄對照）；未指定版次時為今日適用者")
@county_option
@click.option("--name", "chart_name", required=True, help="會計科目表代號，例如 accrual")
@click.option("--version", "version", type=int, default=0, help="版次")
@json_option
def rules(county: str, chart_name: str, version: int, *, as_json: bool) -> None:
    from zhuji_core.commands.opening import open_county  # noqa: PLC0415 (loads the whole host)

    with open_county(county, read_only=True) as uow:
        kept = find_chart(uow, chart_name)
        found = version_named(uow, kept, version or _today(uow, kept))
    if as_json:
        _print_json(found)
        return
    table = Table(
        "會計事項",
        "代號",
        "傳票",
        "製票",
        "分錄",
        title=f"{kept.title} 第 {found.rules.version} 版",
    )
    for rule in found.rules.rules:
        way = "自動" if rule.automatic else "人工或單據" if rule.manual else "單據"
        entries = "\n".join(
            f"{'借' if entry.side == 'debit' else '貸'} {entry.account} {entry.amount}"
            for entry in rule.entries
        )
        table.add_row(rule.title, rule.event_code, str(rule.kind), way, entries)
    Console(highlight=False).print(table)


def _today(uow: UnitOfWork, kept: Chart) -> int:
    """Return the version in force today, 0 when none is."""
    states = {one.state(uow.business_date): one for one in rule_versions(uow, kept)}
    return states["in_force"].rules.version if "in_force" in states else 0


def _print_json(found: object) -> None:
    sys.stdout.write(msgspec.json.format(msgspec.json.encode(found)).decode() + "\n")


def _print_charts(found: list[Chart]) -> None:
    table = Table("代號", "會計科目表", "適用年度", "科目數", "來源")
    for one in found:
        years = f"{one.first_year}–{one.last_year or ''}"
        origin = "系統附帶" if one.shipped else "本縣市載入"
        table.add_row(one.name, one.title, years, str(len(one.accounts)), origin)
    Console(highlight=False).print(table)


def _print_chart(kept: Chart, versions: list[RuleVersion]) -> None:
    console = Console(highlight=False)
    table = Table("科目代號", "科目名稱", "類別", "正常餘額", "記帳", "明細帳", title=kept.title)
    for branch in tree_of(kept.accounts):
        account = branch.account
        table.add_row(
            "  " * branch.depth + account.code,
            account.name,
            str(account.account_class),
            str(account.side),
            "可記帳" if account.postable else "統馭",
            account.subsidiary,
        )
    console.print(table)
    for one in versions:
        until = "" if one.until is None else f" 至 {one.until}"
        console.print(f"分錄規則第 {one.rules.version} 版：{one.rules.effective_on} 起{until}")

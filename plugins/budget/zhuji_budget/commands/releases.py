"""``zhuji budget release``: release what has begun, or list what was and what will be."""

from __future__ import annotations

import sys

import click
import msgspec
from rich.console import Console
from rich.table import Table

from zhuji_budget.commands.tables import county_option, json_option
from zhuji_budget.domain.release import STATE_TITLES
from zhuji_budget.domain.schedule import SIDE_TITLES, Side
from zhuji_budget.queries.releases import ReleaseFilter, release_months
from zhuji_budget.usecases.release_allotment import agencies_due, batches, release_allotment
from zhuji_budget.usecases.tell_past import Dated, tell_past, told_in_parts, untold
from zhuji_core.commands.opening import begin_as_operator, open_county, open_operator
from zhuji_core.values import Value


class ReleaseDone(Value, frozen=True, kw_only=True):
    """What the command did: agencies and sides that were behind, and months released."""

    due: int
    released: int
    amount_ntd: int
    written: bool


@click.command("release", help="釋出已到月份之分配數；已釋出者不重複")
@county_option
@click.option("--preview", is_flag=True, help="只算出待釋出之機關，不寫入")
@json_option
def release(*, county: str, preview: bool, as_json: bool) -> None:
    released = []
    with open_operator() as host:
        access = host.county(county)
        with begin_as_operator(host, access, read_only=True) as uow:
            due = agencies_due(uow)
        for fiscal_year, side, agencies in () if preview else batches(due):
            with begin_as_operator(host, access) as uow:
                released += release_allotment(
                    uow, fiscal_year=fiscal_year, side=side, agencies=agencies
                )
    done = ReleaseDone(
        due=len(due),
        released=len(released),
        amount_ntd=sum(one.amount_ntd for one in released),
        written=not preview,
    )
    if as_json:
        sys.stdout.write(msgspec.json.encode(done).decode() + "\n")
        return
    console = Console(highlight=False)
    console.print(f"待釋出：{done.due:,} 個機關（歲入、歲出分計）")
    if not preview:
        console.print(f"已釋出：{done.released:,} 個機關月份，NT${done.amount_ntd:,}")


@click.command(
    "tell", help="補通知會計等模組：先前已成立之法定預算及已過帳之變動；每夜自動辦理本年度以後者"
)
@county_option
@click.option("--year", type=int, help="民國年度；省略則為本年度及以後各年度")
@click.option(
    "--dated",
    default="own",
    type=click.Choice([str(one) for one in Dated]),
    help="生效日：own 為年度開始及各文件過帳日，today 為今日（前數月帳已關帳時）",
)
@click.option("--preview", is_flag=True, help="只算出應補通知者，不寫入")
@json_option
def tell(*, county: str, year: int | None, dated: str, preview: bool, as_json: bool) -> None:
    with open_operator() as host:
        access = host.county(county)
        with begin_as_operator(host, access, read_only=True) as uow:
            found = untold(uow, fiscal_year=year)
        for part in () if preview else told_in_parts(found):
            with begin_as_operator(host, access) as uow:
                tell_past(uow, part=part, dated=Dated(dated))
    if as_json:
        sys.stdout.write(msgspec.json.encode(found).decode() + "\n")
        return
    console = Console(highlight=False)
    for one in found:
        console.print(
            f"{one.fiscal_year} 年度：{len(one.agencies):,} 個機關之法定預算、"
            f"{len(one.documents):,} 件變動"
        )
    console.print("未寫入" if preview else "已補通知" if found else "沒有應補通知者")


@click.command("releases", help="列出一個年度各月之分配數釋出情形")
@county_option
@click.option("--year", required=True, type=int, help="民國年度，例如 105")
@click.option(
    "--side", default="expenditure", type=click.Choice([str(side) for side in Side]),
    help="歲出或歲入",
)  # fmt: skip
@click.option("--agency", default="", help="機關代碼；省略則為全部機關")
@json_option
def releases(*, county: str, year: int, side: str, agency: str, as_json: bool) -> None:
    wanted = ReleaseFilter(fiscal_year=year, side=Side(side), month=1, agency_code=agency)
    with open_county(county, read_only=True) as uow:
        months = release_months(uow, wanted)
    if as_json:
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(months)).decode() + "\n")
        return
    table = Table(
        f"{year} 年度{SIDE_TITLES[wanted.side]}", "狀態", "機關", "已釋出", "現行分配數", "已釋出數"
    )
    for column in table.columns[2:]:
        column.justify = "right"
    for one in months:
        table.add_row(
            f"{one.month} 月",
            STATE_TITLES[one.state],
            f"{one.agencies:,}",
            f"{one.released:,}",
            f"{one.allotted_ntd:,}",
            f"{one.released_ntd:,}",
        )
    Console(highlight=False).print(table)

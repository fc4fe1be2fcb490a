"""``zhuji budget ceilings|compile``: the budget office's acts on a year to come."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from zhuji_budget.commands.tables import (
    by_line,
    content_of,
    county_option,
    json_option,
    load_option,
    out_option,
    print_json,
    reason_option,
    year_option,
)
from zhuji_budget.domain.bill_gaps import BillOutlook
from zhuji_budget.domain.ceiling import Ceiling
from zhuji_budget.domain.csv_table import scan_table, write_table
from zhuji_budget.domain.estimate import STATE_TITLES
from zhuji_budget.queries.bill import find_outlook
from zhuji_budget.queries.ceilings import CeilingRow, list_ceilings
from zhuji_budget.usecases.compile_bill import compile_bill
from zhuji_budget.usecases.set_ceilings import set_ceilings
from zhuji_core.commands.opening import open_county

CEILINGS = {"agency": "機關代碼", "amount": "額度"}


@click.command("ceilings", help="概算額度：列出，或由 CSV（機關代碼、額度）核定；未列者不變")
@county_option
@year_option
@load_option
@out_option
@json_option
def ceilings(*, county: str, year: int, file: Path | None, out: Path | None, as_json: bool) -> None:
    if file is not None:
        read = scan_table(content_of(file), file=file.name, heads=CEILINGS, amounts=("amount",))
        # A row of the list that was written may have no ceiling.
        rows = [row for row in read.rows if row.texts["amount"]]
        wanted = [
            Ceiling(agency_code=row.texts["agency"], ceiling_ntd=row.amounts.get("amount", 0))
            for row in rows
        ]
        with open_county(county) as uow:
            by_line(
                lambda: set_ceilings(uow, fiscal_year=year, wanted=wanted),
                rows,
                file=file.name,
                columns=CEILINGS,
                unread=read.faults,
            )
    with open_county(county, read_only=True) as uow:
        found = list_ceilings(uow, year)
    if out is not None:
        lines = [
            (one.agency_code, "" if one.ceiling_ntd is None else one.ceiling_ntd, one.agency_name)
            for one in found
        ]
        out.write_bytes(write_table((*CEILINGS.values(), "機關"), lines))
    if as_json:
        print_json(found)
    elif out is None:
        _print_ceilings(found)


def _print_ceilings(found: Sequence[CeilingRow]) -> None:
    table = Table("機關", "", "上年度預算", "額度", "概算")
    for column in table.columns[2:]:
        column.justify = "right"
    for one in found:
        if one.ceiling_ntd is None and not one.last_year_ntd and not one.estimated_ntd:
            continue
        table.add_row(
            one.agency_code,
            one.agency_name,
            f"{one.last_year_ntd:,}",
            "" if one.ceiling_ntd is None else f"{one.ceiling_ntd:,}",
            f"{one.estimated_ntd:,}",
        )
    Console(highlight=False).print(table)


@click.command("compile", help="編成預算案：彙編已審定之概算；列出尚無審定概算之機關與歲入歲出差額")
@county_option
@year_option
@click.option("--gap-reason", default="", help="有機關未列入、或未編列歲入，仍須編成之理由")
@click.option("--check", is_flag=True, help="只列出是否齊全，不編成")
@reason_option
@json_option
def compile_(
    *, county: str, year: int, gap_reason: str, check: bool, reason: str, as_json: bool
) -> None:
    with open_county(county, read_only=True) as uow:
        outlook = find_outlook(uow, year)
    if not as_json:
        _print_outlook(outlook)
    elif check:
        print_json(outlook)
    if check:
        return
    with open_county(county, reason=reason) as uow:
        made = compile_bill(uow, fiscal_year=year, gap_reason=gap_reason)
    if as_json:
        print_json(made)
    else:
        Console(highlight=False).print(
            f"{year} 年度預算案：{made.agencies:,} 個機關、{made.lines:,} 個科目、"
            f"歲出 NT${made.expenditure_ntd:,}、歲入 NT${made.revenue_ntd:,}"
        )


def _print_outlook(outlook: BillOutlook) -> None:
    console = Console(highlight=False)
    if outlook.gaps:
        table = Table("機關", "", "概算", "上年度歲出", "上年度歲入", "本年度額度")
        for column in table.columns[3:]:
            column.justify = "right"
        for one in outlook.gaps:
            table.add_row(
                one.agency_code,
                one.agency_name,
                STATE_TITLES.get(one.estimate_state, "未建立"),
                f"{one.last_year_ntd:,}",
                f"{one.last_year_revenue_ntd:,}",
                "" if one.ceiling_ntd is None else f"{one.ceiling_ntd:,}",
            )
        console.print(table)
    console.print(
        f"{outlook.fiscal_year} 年度：列入 {outlook.agencies:,} 個機關，"
        f"無審定概算 {len(outlook.gaps):,} 個；歲入 NT${outlook.revenue_ntd:,}"
        f" − 歲出 NT${outlook.expenditure_ntd:,} = NT${outlook.difference_ntd:,}"
    )

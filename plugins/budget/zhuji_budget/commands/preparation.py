"""``zhuji budget ceilings|compile|council``: the budget office's acts on a year to come."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
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
    year_option,
)
from zhuji_budget.domain.ceiling import Ceiling
from zhuji_budget.domain.council import CouncilChange
from zhuji_budget.domain.csv_table import CsvRow, read_table, refused_rows, write_table
from zhuji_budget.queries.ceilings import CeilingRow, list_ceilings
from zhuji_budget.queries.council import CouncilRow, council_rows
from zhuji_budget.usecases.compile_bill import compile_bill
from zhuji_budget.usecases.record_council import record_council
from zhuji_budget.usecases.set_ceilings import set_ceilings
from zhuji_core.commands.opening import open_county

ROWS_MAX = 100_000
CEILINGS = {"agency": "機關代碼", "amount": "額度"}
COUNCIL = {
    "code": "科目編號",
    "object": "用途別",
    "account": "經資門",
    "cut": "刪減數",
    "frozen": "凍結數",
    "condition": "附帶決議",
}
ACCOUNTS = {"current": "經常門", "capital": "資本門"}


@click.command("ceilings", help="概算額度：列出，或由 CSV（機關代碼、額度）核定；未列者不變")
@county_option
@year_option
@load_option
@out_option
@json_option
def ceilings(*, county: str, year: int, file: Path | None, out: Path | None, as_json: bool) -> None:
    if file is not None:
        rows = read_table(content_of(file), file=file.name, heads=CEILINGS, amounts=("amount",))
        wanted = [
            Ceiling(agency_code=row.texts["agency"], ceiling_ntd=row.amounts["amount"])
            for row in rows
            if row.texts["amount"]  # a row of the list that was written, without a ceiling
        ]
        with open_county(county) as uow:
            by_line(
                lambda: set_ceilings(uow, fiscal_year=year, wanted=wanted),
                [row for row in rows if row.texts["amount"]],
                file=file.name,
                columns=CEILINGS,
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


@click.command("compile", help="編成預算案：各機關概算均已審議時，彙成該年度預算案")
@county_option
@year_option
@json_option
def compile_(*, county: str, year: int, as_json: bool) -> None:
    with open_county(county) as uow:
        made = compile_bill(uow, fiscal_year=year)
    if as_json:
        print_json(made)
    else:
        Console(highlight=False).print(
            f"{year} 年度預算案：{made.agencies:,} 個機關、{made.lines:,} 個科目、"
            f"歲出 NT${made.expenditure_ntd:,}、歲入 NT${made.revenue_ntd:,}"
        )


@click.command(
    "council", help="議會審議結果（歲出）：寫成 CSV，或由 CSV 整批登錄，取代先前所登錄者"
)
@county_option
@year_option
@load_option
@out_option
@json_option
def council(*, county: str, year: int, file: Path | None, out: Path | None, as_json: bool) -> None:
    with open_county(county) as uow:
        if file is not None:
            rows = read_table(
                content_of(file), file=file.name, heads=COUNCIL, amounts=("cut", "frozen")
            )
            decided, changes = _changes(rows, council_rows(uow, year, limit=ROWS_MAX), file.name)
            by_line(
                lambda: record_council(uow, fiscal_year=year, changes=changes),
                decided,
                file=file.name,
                columns={**COUNCIL, "row": "項目"},
            )
        found = council_rows(uow, year, decided=out is None, limit=ROWS_MAX)
        if file is None:
            uow.abandon("nothing was recorded")
    if out is not None:
        out.write_bytes(write_table(tuple(COUNCIL.values()), [_told(one) for one in found]))
    if as_json:
        print_json(found)
    elif out is None:
        cut = sum(one.cut_ntd for one in found)
        frozen = sum(one.frozen_ntd for one in found)
        Console(highlight=False).print(
            f"{year} 年度審議結果 {len(found):,} 項：刪減 NT${cut:,}、凍結 NT${frozen:,}"
        )


def _changes(
    rows: Sequence[CsvRow], known: Sequence[CouncilRow], file: str
) -> tuple[list[CsvRow], list[CouncilChange]]:
    """Return the rows that decide something, and their changes; unknown rows are refused."""
    ids = {_key(one.line_code, one.object_code, ACCOUNTS[one.account]): one for one in known}
    decided = [
        row for row in rows if row.amounts["cut"] or row.amounts["frozen"] or row.texts["condition"]
    ]
    faults = [
        (row.line_no, f"查無預算案項目 {' '.join(_of(row))}") for row in rows if _of(row) not in ids
    ]
    if faults:
        raise refused_rows(file, faults)
    return decided, [_change(row, ids) for row in decided]


def _change(row: CsvRow, ids: Mapping[tuple[str, str, str], CouncilRow]) -> CouncilChange:
    row_id: uuid.UUID = ids[_of(row)].control_row_id
    return CouncilChange(
        control_row_id=row_id,
        cut_ntd=row.amounts["cut"],
        frozen_ntd=row.amounts["frozen"],
        condition=row.texts["condition"],
    )


def _of(row: CsvRow) -> tuple[str, str, str]:
    return _key(row.texts["code"], row.texts["object"], row.texts["account"])


def _key(code: str, object_code: str, account: str) -> tuple[str, str, str]:
    return code, object_code, account


def _told(one: CouncilRow) -> tuple[object, ...]:
    return (
        one.line_code,
        one.object_code,
        ACCOUNTS[one.account],
        one.cut_ntd or "",
        one.frozen_ntd or "",
        one.condition,
    )

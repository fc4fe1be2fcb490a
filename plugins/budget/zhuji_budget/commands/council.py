"""``zhuji budget council``: what the council decided on the bill, as a table of either side."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, TypeVar

import click
from rich.console import Console

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
from zhuji_budget.domain.council import CouncilChange, CouncilRevenue
from zhuji_budget.domain.csv_table import CsvRow, read_table, refused_rows, write_table
from zhuji_budget.domain.schedule import Side
from zhuji_budget.queries.council import CouncilRow, council_rows
from zhuji_budget.queries.council_revenue import CouncilRevenueLine, council_revenues
from zhuji_budget.usecases._council import Said
from zhuji_budget.usecases.record_council import record_council
from zhuji_budget.usecases.record_council_revenue import record_council_revenue
from zhuji_core.commands.opening import open_county
from zhuji_core.uow import UnitOfWork

T = TypeVar("T", CouncilRow, CouncilRevenueLine)
Key = tuple[str, str, str]
ROWS_MAX = 100_000
ACCOUNTS = {"current": "經常門", "capital": "資本門"}
EXPENDITURE = {
    "code": "科目編號",
    "object": "用途別",
    "account": "經資門",
    "cut": "刪減數",
    "frozen": "凍結數",
    "condition": "附帶決議",
}
REVENUE = {
    "code": "科目編號",
    "object": "機關代碼",
    "account": "經資門",
    "change": "增減數",
    "reason": "審議意見",
}
# What a refusal of the use cases calls a cell, beside the columns themselves.
CELLS = {"row": "項目", "more": "增減數", "less": "增減數"}


@click.command("council", help="議會審議結果：寫成 CSV，或由 CSV 整批登錄，取代先前所登錄者")
@county_option
@year_option
@click.option(
    "--side",
    default="expenditure",
    type=click.Choice([str(side) for side in Side]),
    help="歲出或歲入",
)
@load_option
@reason_option
@out_option
@json_option
def council(  # noqa: PLR0913 (one for each option)
    *,
    county: str,
    year: int,
    side: str,
    file: Path | None,
    reason: str,
    out: Path | None,
    as_json: bool,
) -> None:
    act = _revenue if side == Side.REVENUE else _expenditure
    with open_county(county, reason=reason) as uow:
        if file is None:
            uow.abandon("nothing was recorded")
        given = None if file is None else Given(file, reason)
        found, lines, heads, told = act(uow, year, given, decided=out is None)
    if out is not None:
        out.write_bytes(write_table(heads, lines))
    if as_json:
        print_json(found)
    elif out is None:
        Console(highlight=False).print(f"{year} 年度審議結果 {len(found):,} 項：{told}")


class Given(NamedTuple):
    """A file of decisions, and why it changes what was recorded before."""

    file: Path
    reason: str


Found = tuple[Sequence[object], Sequence[Sequence[object]], tuple[str, ...], str]


def _expenditure(uow: UnitOfWork, year: int, given: Given | None, *, decided: bool) -> Found:
    if given is not None:
        file = given.file
        rows = read_table(
            content_of(file), file=file.name, heads=EXPENDITURE, amounts=("cut", "frozen")
        )
        known = council_rows(uow, year, limit=ROWS_MAX)
        by_key = {(one.line_code, one.object_code, ACCOUNTS[one.account]): one for one in known}
        said = _decided(rows, by_key, file.name, ("cut", "frozen"), "condition")
        changes = [
            CouncilChange(
                control_row_id=by_key[_key(row)].control_row_id,
                cut_ntd=row.amounts["cut"],
                frozen_ntd=row.amounts["frozen"],
                condition=row.texts["condition"],
            )
            for row in said
        ]
        _recorded(
            lambda: record_council(
                uow, fiscal_year=year, changes=changes, said=Said(reason=given.reason)
            ),
            said,
            file,
            EXPENDITURE,
        )
    found = council_rows(uow, year, decided=decided, limit=ROWS_MAX)
    lines = [
        (
            one.line_code,
            one.object_code,
            ACCOUNTS[one.account],
            one.cut_ntd or "",
            one.frozen_ntd or "",
            one.condition,
        )
        for one in found
    ]
    cut, frozen = sum(one.cut_ntd for one in found), sum(one.frozen_ntd for one in found)
    return found, lines, tuple(EXPENDITURE.values()), f"刪減 NT${cut:,}、凍結 NT${frozen:,}"


def _revenue(uow: UnitOfWork, year: int, given: Given | None, *, decided: bool) -> Found:
    if given is not None:
        file = given.file
        rows = read_table(content_of(file), file=file.name, heads=REVENUE, amounts=("change",))
        known = council_revenues(uow, year, limit=ROWS_MAX)
        by_key = {(one.code, one.agency_code, ACCOUNTS[one.account]): one for one in known}
        said = _decided(rows, by_key, file.name, ("change",), "reason")
        changes = [
            CouncilRevenue(
                revenue_row_id=by_key[_key(row)].revenue_row_id,
                change_ntd=row.amounts["change"],
                reason=row.texts["reason"],
            )
            for row in said
        ]
        _recorded(
            lambda: record_council_revenue(
                uow, fiscal_year=year, changes=changes, said=Said(reason=given.reason)
            ),
            said,
            file,
            REVENUE,
        )
    found = council_revenues(uow, year, decided=decided, limit=ROWS_MAX)
    lines = [
        (one.code, one.agency_code, ACCOUNTS[one.account], one.change_ntd or "", one.reason)
        for one in found
    ]
    change = sum(one.change_ntd for one in found)
    return found, lines, tuple(REVENUE.values()), f"歲入增減 NT${change:,}"


def _decided(
    rows: Sequence[CsvRow],
    known: Mapping[Key, T],
    file: str,
    amounts: Sequence[str],
    words: str,
) -> list[CsvRow]:
    """Return the rows that decide something; rows that are not of the bill are refused."""
    faults = [
        (row.line_no, f"查無預算案項目 {' '.join(_key(row))}")
        for row in rows
        if _key(row) not in known
    ]
    if faults:
        raise refused_rows(file, faults)
    return [row for row in rows if row.texts[words] or any(row.amounts[name] for name in amounts)]


def _recorded(
    action: Callable[[], object], rows: Sequence[CsvRow], file: Path, columns: Mapping[str, str]
) -> None:
    by_line(action, rows, file=file.name, columns={**columns, **CELLS})


def _key(row: CsvRow) -> Key:
    return row.texts["code"], row.texts["object"], row.texts["account"]

"""``zhuji budget schedules`` and ``schedule``: allotment schedules listed, read and written."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from zhuji_budget.commands.tables import (
    content_of,
    county_option,
    json_option,
    print_json,
    year_option,
)
from zhuji_budget.domain.csv_table import CsvRow, read_table, refused_rows, write_table
from zhuji_budget.domain.schedule import SIDE_TITLES, STATE_TITLES, ScheduleLine, Side, label_of
from zhuji_budget.domain.schedule_rules import EDITABLE
from zhuji_budget.queries.schedules import ScheduleFilter, find_schedule, list_schedules
from zhuji_budget.usecases.open_schedule import open_schedule
from zhuji_budget.usecases.submit_schedule import submit_schedule
from zhuji_budget.usecases.write_schedule import WantedMonths, write_schedule
from zhuji_core.commands.opening import open_county
from zhuji_core.uow import UnitOfWork

LIST_MAX = 5_000
MONTHS = range(1, 13)
ACCOUNTS = {"current": "經常門", "capital": "資本門"}
HEADS = {
    "code": "科目編號",
    "object": "用途別或來源別",
    "account": "經資門",
    **{f"m{month}": f"{month} 月" for month in MONTHS},
}
side_option = click.option(
    "--side",
    default="expenditure",
    type=click.Choice([str(side) for side in Side]),
    help="歲出或歲入",
)
agency_option = click.option("--agency", required=True, help="機關代碼")


@click.command("schedules", help="列出一個年度的分配預算表")
@county_option
@year_option
@click.option("--agency", default="", help="機關代碼；省略則為全部機關")
@click.option("--state", default="", type=click.Choice(["", *map(str, STATE_TITLES)]), help="狀態")
@json_option
def schedules(*, county: str, year: int, agency: str, state: str, as_json: bool) -> None:
    wanted = ScheduleFilter(
        fiscal_year=year,
        agency_code=agency,
        states=(state,) if state else (),
        limit=LIST_MAX,
    )
    with open_county(county, read_only=True) as uow:
        found = list_schedules(uow, wanted)
    if as_json:
        print_json(found)
        return
    table = Table("編號", "機關", "", "狀態", "全年分配數")
    table.columns[4].justify = "right"
    for one in found:
        table.add_row(
            label_of(one.fiscal_year, one.agency_code, one.schedule_no),
            one.agency_name,
            SIDE_TITLES[one.side],
            STATE_TITLES[one.state],
            f"{one.scheduled_ntd:,}",
        )
    Console(highlight=False).print(table)


@click.group("schedule", help="一個機關的分配預算表：由 CSV 填列並送出，或寫成 CSV")
def schedule() -> None:
    pass


@schedule.command("load", help="由 CSV 填列各月分配數（科目編號、用途別、經資門、1 月…12 月）")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@county_option
@year_option
@agency_option
@side_option
@click.option("--reason", default="", help="修改分配之理由")
@click.option("--submit", is_flag=True, help="填列後送出")
@json_option
def load(  # noqa: PLR0913 (one for each option)
    *,
    file: Path,
    county: str,
    year: int,
    agency: str,
    side: str,
    reason: str,
    submit: bool,
    as_json: bool,
) -> None:
    months = tuple(f"m{month}" for month in MONTHS)
    rows = read_table(content_of(file), file=file.name, heads=HEADS, amounts=months)
    with open_county(county) as uow:
        schedule_id, known = _lines(uow, year=year, agency=agency, side=Side(side), reason=reason)
        wanted = _wanted(rows, known, file.name)
        if wanted:
            write_schedule(uow, schedule_id=schedule_id, wanted=wanted, reason=reason or None)
        if submit:
            submit_schedule(uow, schedule_id=schedule_id)
        saved = find_schedule(uow, schedule_id).schedule
        if not uow.audits:
            uow.abandon("every month stands so already")
    if as_json:
        print_json({
            "schedule_id": schedule_id, "label": saved.label, "state": str(saved.state),
            "rows": len(wanted),
        })  # fmt: skip
    else:
        Console(highlight=False).print(
            f"{saved.label}：填列 {len(wanted):,} 個項目，{STATE_TITLES[saved.state]}"
        )


@schedule.command("export", help="將機關現行分配（或辦理中之分配預算表）寫成 CSV，可供 load")
@county_option
@year_option
@agency_option
@side_option
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="檔案")
def export(*, county: str, year: int, agency: str, side: str, out: Path) -> None:
    with open_county(county) as uow:
        _, lines = _lines(uow, year=year, agency=agency, side=Side(side), reason="")
        uow.abandon("read only: what was opened to be read is not kept")
    rows = [
        (line.code, line.object_code, ACCOUNTS[line.account], *line.months_ntd) for line in lines
    ]
    out.write_bytes(write_table(tuple(HEADS.values()), rows))
    Console(highlight=False).print(f"已寫出 {len(rows):,} 個項目")


def _lines(
    uow: UnitOfWork, *, year: int, agency: str, side: Side, reason: str
) -> tuple[uuid.UUID, Sequence[ScheduleLine]]:
    """Return the schedule at work and its lines; where there is none, one is begun."""
    wanted = ScheduleFilter(
        fiscal_year=year,
        agency_code=agency,
        side=str(side),
        states=tuple(str(state) for state in EDITABLE),
        limit=1,
    )
    at_work = list_schedules(uow, wanted)
    if at_work:
        schedule_id = at_work[0].schedule_id
    else:
        made = open_schedule(uow, fiscal_year=year, agency_code=agency, side=side, reason=reason)
        schedule_id = made.schedule_id
    return schedule_id, find_schedule(uow, schedule_id).lines


def _wanted(rows: Sequence[CsvRow], known: Sequence[ScheduleLine], file: str) -> list[WantedMonths]:
    """Return the months of rows that differ; rows that are not the agency's are refused."""
    by_key = {(one.code, one.object_code, ACCOUNTS[one.account]): one for one in known}
    wanted, faults, seen = [], [], set()
    for row in rows:
        key = (row.texts["code"], row.texts["object"], row.texts["account"])
        line = by_key.get(key)
        negative = [name for name, ntd in row.amounts.items() if ntd < 0]
        if line is None:
            faults.append((row.line_no, f"查無本機關可分配之項目 {' '.join(key)}"))
        elif key in seen:
            faults.append((row.line_no, f"項目 {' '.join(key)} 重複填列"))
        faults += [(row.line_no, f"{HEADS[name]}：不得為負數") for name in negative]
        seen.add(key)
        months = tuple(row.amounts[f"m{month}"] for month in MONTHS)
        if line is not None and months != line.months_ntd:
            wanted.append(WantedMonths(row_id=line.row_id, months_ntd=months))
    if faults:
        raise refused_rows(file, faults)
    return wanted

"""``zhuji budget supervisors``: list or load which agency is supervised by which."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from zhuji_budget.commands.tables import county_option, json_option, print_json
from zhuji_budget.domain.supervisor import PAIRS_MAX, PairsInvalid
from zhuji_budget.domain.supervisor_text import pairs_of
from zhuji_budget.queries.supervisors import list_supervisors
from zhuji_budget.usecases.set_supervisors import set_supervisors
from zhuji_core.commands.opening import open_county


@click.command(
    "supervisors", help="列出機關之主管機關；--load 由檔案設定（每行：機關代碼 主管機關代碼）"
)
@county_option
@click.option(
    "--load",
    "file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="UTF-8 文字檔，代碼以空白、逗號或定位字元分隔；有任何錯誤即不設定",
)
@json_option
@click.pass_context
def supervisors(ctx: click.Context, *, county: str, file: Path | None, as_json: bool) -> None:
    console = Console(highlight=False)
    if file is not None:
        wanted = pairs_of(file.read_text("utf-8-sig", errors="replace"))
        try:
            with open_county(county) as uow:
                changed = set_supervisors(uow, wanted=wanted)
        except PairsInvalid as error:
            if as_json:
                raise
            for name, text in list(error.fields.items())[:200]:
                one = wanted[int(name.partition("-")[2])]
                console.print(f"[red]▲[/] {one.agency_code} {one.supervisor_code}：{text}")
            console.print("[bold red]未設定任何機關。[/]")
            ctx.exit(1)
        if as_json:
            print_json(changed)
        else:
            console.print(f"已設定 {len(changed):,} 個機關")
        return
    with open_county(county, read_only=True) as uow:
        found = list_supervisors(uow, limit=PAIRS_MAX)
    if as_json:
        print_json(found)
        return
    table = Table("機關", "", "主管機關", "")
    for row in found:
        table.add_row(row.agency_code, row.agency_name, row.supervisor_code, row.supervisor_name)
    console.print(table)

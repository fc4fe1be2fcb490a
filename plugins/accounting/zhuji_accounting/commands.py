"""``zhuji accounting``: prove the certifications of a county."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import msgspec
import rich_click as click
from rich.console import Console

from zhuji_accounting.queries.verification import verify_certifications

if TYPE_CHECKING:
    from zhuji_accounting.queries.verification import Verification


@click.group("accounting", help="會計：驗證簽證憑據")
def accounting() -> None:
    pass


@accounting.command("verify", help="由預算異動重算每一筆簽證憑據；有差異或無可驗證者以代碼 1 結束")
@click.option("--county", required=True, help="縣市代碼，例如 TXG")
@click.option("--json", "as_json", is_flag=True, help="以 JSON 輸出")
def verify(county: str, *, as_json: bool) -> None:
    from zhuji_core.commands.opening import open_county  # noqa: PLC0415 (loads the whole host)

    with open_county(county, read_only=True) as uow:
        found = verify_certifications(uow)
    _print_json(found) if as_json else _print_words(found)
    if not found.passed:
        sys.exit(1)


def _print_json(found: Verification) -> None:
    sys.stdout.write(msgspec.json.format(msgspec.json.encode(found)).decode() + "\n")


def _print_words(found: Verification) -> None:
    console = Console(highlight=False)
    console.print(f"已驗證 {found.checked:,} 行簽證憑據，差異 {found.drift_ntd:,} 元")
    for error in found.errors:
        console.print(f"  {error}")
    if not found.checked:
        console.print("  沒有可驗證的簽證，不視為通過。")

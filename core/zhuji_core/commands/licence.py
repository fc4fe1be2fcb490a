"""``zhuji licence``: make keys, issue, look at and install the licences of counties."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path

import rich_click as click
from rich.console import Console

from zhuji_core import hooks
from zhuji_core.commands.opening import open_operator
from zhuji_core.commands.output import print_json, table_of
from zhuji_core.compose import install
from zhuji_core.formats import parse_date
from zhuji_core.home import Home
from zhuji_core.licences.book import day_of
from zhuji_core.licences.form import Claims
from zhuji_core.licences.issue_licence import issue_licence
from zhuji_core.licences.keys import (
    PUBLIC_SUFFIX,
    TrustedKeys,
    key_id,
    make_key_pair,
    own_key,
    read_private_key,
)
from zhuji_core.licences.license_by_own_key import ISSUER
from zhuji_core.licences.store import KeptLicence, kept_licences

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
NEW_FILE = click.Path(dir_okay=False, path_type=Path)


@click.group("licence", help="簽發、查詢、安裝模組授權")
def command() -> None:
    pass


@command.command("key", help="產生一對簽發金鑰：FILE 為私鑰（請妥善保管），FILE.pub 為公鑰")
@click.argument("file", type=NEW_FILE)
def key(file: Path) -> None:
    public = make_key_pair(file)
    Console(highlight=False).print(
        f"私鑰 {file}　公鑰 {file}{PUBLIC_SUFFIX}　金鑰代號 {key_id(public)}"
    )


@command.command("keys", help="列出本主機信任的公鑰")
@click.option("--json", "as_json", is_flag=True, help="以 JSON 輸出")
def keys(*, as_json: bool) -> None:
    trusted = TrustedKeys.from_environment(Home.from_environment())
    if as_json:
        print_json(dict(trusted.names))
        return
    table = table_of("金鑰代號", "來源")
    for identifier, name in trusted.names.items():
        table.add_row(identifier, name)
    Console().print(table)


@command.command("issue", help="簽發授權檔，輸出至標準輸出或 --out 指定的檔案")
@click.argument("code")
@click.option("--modules", required=True, help="授權的模組，以逗號分隔")
@click.option("--from", "valid_from", default="", help="起日，例如 1160101；省略為今日")
@click.option("--to", "valid_to", default="", help="迄日（含），例如 1161231")
@click.option("--no-end", is_flag=True, help="不訂迄日")
@click.option("--key", "key_file", type=FILE, help="簽發者的私鑰檔；省略則以本主機的金鑰簽發")
@click.option("--issuer", default=ISSUER, show_default=True, help="簽發者名稱")
@click.option("--serial", default="", help="序號；省略則自動產生")
@click.option("--out", type=NEW_FILE, help="授權檔的路徑；不覆寫既有檔案")
def issue(  # noqa: PLR0913 (the options of the command)
    *,
    code: str,
    modules: str,
    valid_from: str,
    valid_to: str,
    no_end: bool,
    key_file: Path | None,
    issuer: str,
    serial: str,
    out: Path | None,
) -> None:
    if bool(valid_to) == no_end:
        raise click.UsageError("請以 --to 指定迄日，或以 --no-end 表示不訂迄日")
    today = day_of(dt.datetime.now(dt.UTC))
    file = issue_licence(
        own_key(Home.from_environment()) if key_file is None else read_private_key(key_file),
        county=code.upper(),
        modules=[part.strip() for part in modules.split(",") if part.strip()],
        valid_from=parse_date(valid_from, reference=today) if valid_from else today,
        valid_to=None if no_end else parse_date(valid_to, reference=today),
        issuer=issuer,
        serial=serial,
        installed=hooks.module_infos(hooks.load()),
    )
    _put(file, out)


def _put(file: bytes, out: Path | None) -> None:
    if out is None:
        sys.stdout.write(file.decode())
        return
    try:
        with out.open("xb") as opened:
            opened.write(file)
    except OSError as error:
        raise click.UsageError(f"{out}：{error.strerror}") from error
    Console(highlight=False).print(f"授權檔 {out}")


@command.command("install", help="將授權檔安裝於縣市")
@click.argument("code")
@click.argument("file", type=FILE)
def install_(code: str, file: Path) -> None:
    with open_operator() as host:
        claims = install(host, code.upper(), file.read_bytes())
    Console(highlight=False).print(f"{claims.county} 已安裝授權 {claims.serial}：{_told(claims)}")


@command.command("show", help="查詢縣市已安裝的授權，新者在前")
@click.argument("code")
@click.option("--json", "as_json", is_flag=True, help="以 JSON 輸出")
def show(code: str, *, as_json: bool) -> None:
    with open_operator() as host:
        county = host.county(code).county
        found = kept_licences(host.engines.platform, code=county.code, keys=host.licence_keys)
    if as_json:
        print_json(found)
        return
    table = table_of("序號", "模組", "起日", "迄日", "簽發者", "金鑰", "安裝", "效力")
    for kept in found:
        table.add_row(kept.serial, *_cells(kept), _effect(kept))
    Console().print(table)


def _cells(kept: KeptLicence) -> tuple[str, ...]:
    installed = f"{kept.installed_at:%Y-%m-%d} {kept.installed_by}"
    claims = kept.claims
    if claims is None:
        return "", "", "", "", "", installed
    end = claims.valid_to.isoformat() if claims.valid_to else "不訂迄日"
    return (
        "、".join(claims.modules),
        claims.valid_from.isoformat(),
        end,
        claims.issuer,
        claims.key_id,
        installed,
    )


def _effect(kept: KeptLicence) -> str:
    if kept.refusal or kept.claims is None:
        return kept.refusal
    today = day_of(dt.datetime.now(dt.UTC))
    ended = kept.claims.valid_to is not None and kept.claims.valid_to < today
    return "已屆滿" if ended else "有效"


def _told(claims: Claims) -> str:
    end = claims.valid_to.isoformat() if claims.valid_to else "不訂迄日"
    return f"{'、'.join(claims.modules)}，{claims.valid_from.isoformat()} 至 {end}"

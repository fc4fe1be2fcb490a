"""``zhuji audit``: seal, check, and carry away the head of a county's audit trail."""

from __future__ import annotations

import time
from pathlib import Path

import msgspec
import rich_click as click
from rich.console import Console
from rich.table import Table

from zhuji_core.audit import anchors, trail
from zhuji_core.audit.anchors import AnchorKey
from zhuji_core.audit.keeper import Keeper
from zhuji_core.audit.proofs import Proof, check_proof, prove_entry
from zhuji_core.audit.verification import WORDS, PrintedHead, Verification
from zhuji_core.commands.opening import open_operator
from zhuji_core.commands.output import print_json
from zhuji_core.commands.refusals import LOCALE
from zhuji_core.compose import Host
from zhuji_core.i18n import load_translations
from zhuji_core.values import N_, DomainError

# More findings than this are left to --json.
SHOWN_MAX = 50
COUNTY = click.option("--county", "code", required=True, help="縣市代碼，例如 TXG")
JSON = click.option("--json", "as_json", is_flag=True, help="以 JSON 輸出")


class HeadInvalid(DomainError):
    """A printed head is BATCH:HASH, the hash of 64 hexadecimal digits."""

    code = "E-AUDIT-HEAD"
    message = N_("錨定值「{text}」須為 封存號:雜湊值（64 個十六進位數字，可含空格）。")
    status_code = 422


class ProofUnreadable(DomainError):
    """The file is no proof of an audit entry."""

    code = "E-AUDIT-PROOF"
    message = N_("檔案 {path} 不是稽核紀錄的證明：{reason}")
    status_code = 422


@click.group("audit", help="稽核紀錄：封存、驗證、錨定與證明")
def command() -> None:
    pass


@command.command("seal", help="立即封存稽核紀錄並寫出錨定值（網站執行時每秒自動封存）")
@click.option("--county", "code", help="縣市代碼；省略則全部")
@JSON
def seal(code: str | None, *, as_json: bool) -> None:
    with open_operator() as host:
        keeper = _keeper(host)
        wanted = [host.county(code)] if code else list(host.accesses().values())
        found = {}
        for access in wanted:
            status = keeper.keep(access)
            keeper.anchor(access, status, at_once=True)
            found[access.county.code] = status
    if as_json:
        print_json(found)
        return
    for name, status in found.items():
        Console(highlight=False).print(
            f"{name}：封存 {status.batch_no:,} 批 {status.entries_total:,} 筆，"
            f"待封存 {status.backlog:,} 筆"
        )


@command.command("head", help="顯示縣市最新的錨定值，供與稽核日報核對")
@COUNTY
@JSON
def head(code: str, *, as_json: bool) -> None:
    with open_operator() as host:
        access = host.county(code)
        status = _keeper(host).keep(access)
        key = AnchorKey(host.home).public
    if as_json:
        print_json({**msgspec.structs.asdict(status), "county": access.county.code, "key": key})
        return
    table = Table(show_header=False)
    for name, value in (
        ("縣市", f"{access.county.code} {access.county.name}"),
        ("封存號", f"{status.batch_no:,}"),
        ("累計筆數", f"{status.entries_total:,}"),
        ("錨定值", anchors.grouped(status.head)),
        ("簽章公鑰", key),
    ):
        table.add_row(name, value)
    Console(highlight=False).print(table)


@command.command("verify", help="逐筆重算稽核紀錄與封存，並與資料庫外的錨定值核對")
@COUNTY
@click.option("--anchor", "files", multiple=True, type=click.Path(path_type=Path),
              help="另外核對的錨定檔（可重複）")  # fmt: skip
@click.option("--key", "keys", multiple=True, help="另外信任的簽章公鑰（十六進位，可重複）")
@click.option("--head", "heads", multiple=True, help="稽核日報上的錨定值，封存號:雜湊值（可重複）")
@JSON
@click.pass_context
def verify(
    ctx: click.Context,
    code: str,
    files: tuple[Path, ...],
    keys: tuple[str, ...],
    heads: tuple[str, ...],
    *,
    as_json: bool,
) -> None:
    with open_operator() as host:
        access = host.county(code)
        county = access.county.code
        kept = anchors.kept_anchors(anchors.folders(host.home), county)
        for file in files:
            kept += anchors.read_anchors(file)
        started = time.perf_counter()
        found = trail.verify_county(
            access.engine,
            county=county,
            kept=list(dict.fromkeys(kept)),
            keys=trail.trusted_keys(AnchorKey(host.home), keys),
            printed=[_printed(text) for text in heads],
        )
        took_s = time.perf_counter() - started
    if as_json:
        figures = {"took_s": round(took_s, 3), "rows_per_s": round(found.checked / took_s)}
        print_json({**msgspec.structs.asdict(found), "passed": found.passed, **figures})
    else:
        _print(found, took_s=took_s, language=ctx.obj)
    ctx.exit(0 if found.passed else 1)


@command.command("prove-row", help="輸出一筆稽核紀錄的證明（JSON），收件人可離線驗證")
@COUNTY
@click.argument("audit_id", type=int)
def prove_row(code: str, audit_id: int) -> None:
    with open_operator() as host:
        access = host.county(code)
        with trail.snapshot(access.engine) as connection:
            print_json(prove_entry(connection, county=access.county.code, audit_id=audit_id))


@command.command("check-proof", help="離線驗證一份證明；不需要資料庫")
@click.argument("file", type=click.Path(path_type=Path))
@click.pass_context
def check(ctx: click.Context, file: Path) -> None:
    try:
        proof = msgspec.json.decode(file.read_bytes(), type=Proof)
        result = check_proof(proof)
    except (OSError, ValueError) as error:
        raise ProofUnreadable(path=str(file), reason=str(error)) from error
    console = Console(highlight=False)
    for fault in result.faults:
        console.print(f"[bold red]✗[/] {fault}")
    if result.passed:
        console.print(f"稽核紀錄 {result.audit_id} 成立於封存號 {result.head_batch_no}，請核對：")
        console.print(anchors.grouped(result.head), soft_wrap=True)
    ctx.exit(0 if result.passed else 1)


def _keeper(host: Host) -> Keeper:
    return Keeper(key=AnchorKey(host.home), places=anchors.folders(host.home))


def _printed(text: str) -> PrintedHead:
    batch_no, _, shown = text.partition(":")
    digits = anchors.ungrouped(shown)
    wanted = 64
    right = batch_no.strip().isdecimal() and len(digits) == wanted
    if not right or set(digits) - set("0123456789abcdef"):
        raise HeadInvalid(text=text)
    return PrintedHead(batch_no=int(batch_no), head=digits)


def _print(found: Verification, *, took_s: float, language: str) -> None:
    words = load_translations([LOCALE]).of(language)
    console = Console(highlight=False)
    console.print(
        f"{found.county}：checked {found.checked:,}，broken {found.broken:,}　"
        f"（已封存 {found.sealed:,}、待封存 {found.unsealed:,}、封存 {found.seals:,} 批、"
        f"錨定值 {found.anchors:,} 個；{took_s:.1f} 秒，每秒 {found.checked / took_s:,.0f} 筆）"
    )
    if found.findings:
        table = Table("紀錄", "封存號", "問題")
        for finding in found.findings[:SHOWN_MAX]:
            numbers = (finding.audit_id, finding.batch_no)
            table.add_row(
                *("" if number is None else f"{number}" for number in numbers),
                words.gettext(WORDS[finding.reason]),
            )
        console.print(table)
    if not found.checked:
        console.print("[bold red]沒有任何紀錄可驗證。[/]")
    if not found.anchors:
        console.print("沒有資料庫外的錨定值，無法發現尾端截斷或全部重寫。")

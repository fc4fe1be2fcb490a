"""``zhuji observe prove``: what was put in against what was attributed, and whether that holds."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
import rich_click as click
from rich.cells import cell_len

from zhuji_core.i18n import load_translations
from zhuji_core.values import N_
from zhuji_observability.proving.accuracy import Accuracy, Compared, percentile, sizes, summed

LOCALE = Path(__file__).parents[1] / "locale"
_BEYOND = 1
NAMED_RIGHTLY, FALSE_ALARMS = N_("指對者（比例）"), N_("誤報")
NOTHING_TO_PROVE_WITH = N_("無法注入故障：本機缺少 {missing}")
_FIGURES = (
    ("exchanges", N_("交換次數")),
    ("joined", N_("三處均見並能對應者（比例）")),
    ("server_ms_p95", N_("伺服器時間誤差 p95（封包）")),
    ("server_ms_p99", N_("伺服器時間誤差 p99（封包）")),
    ("process_ms_p99", N_("伺服器時間誤差 p99（程序內）")),
    ("network_ms_p95", N_("網路時間誤差 p95")),
    ("tls_network_ms_p99", N_("網路時間誤差 p99（TLS，由程序內推得）")),
    ("sum_within_bound", N_("各項合計與總時間相符者（比例）")),
)


@click.command("prove", help="注入已知的延遲、遺失與等待，與歸因結果比較；超出界限時結束碼為 1")
@click.option("--matrix", type=click.Choice(["full", "quick"]), default="quick", show_default=True,
              help="quick 或 full")  # fmt: skip
@click.option("--resume", type=click.Path(dir_okay=False, path_type=Path),
              help="逐批記入此檔；中斷後以同一檔案續做")  # fmt: skip
@click.option("--only", multiple=True, help="只做名稱含此文字的批次（可重複）")
@click.option("--json", "as_json", is_flag=True, help="以 JSON 輸出")
@click.pass_context
def prove(
    ctx: click.Context, matrix: str, resume: Path | None, only: Sequence[str], *, as_json: bool
) -> None:
    # Loads the server; the other commands of this group do not need it.
    from zhuji_observability.proving import whole  # noqa: PLC0415

    found, faults, missing = whole.prove(
        matrix, resume=resume, only=only, say=lambda text: click.echo(text, err=True)
    )
    accuracy = summed(found, faults, with_line=whole.LINE not in missing)
    if as_json:
        told = {**msgspec.structs.asdict(accuracy), "not_proved": list(missing)}
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(told)).decode() + "\n")
    else:
        translate = load_translations([LOCALE]).of(ctx.obj).gettext
        _print(accuracy, found, missing, translate)
    ctx.exit(_BEYOND if accuracy.failures else 0)


@click.command(
    "blind", help="逐一注入已知的故障，看診斷指出哪一項；未達界限時結束碼為 1（需 root）"
)
@click.option("--trials", type=click.IntRange(1, 1000), default=20, show_default=True,
              help="每種故障的次數")  # fmt: skip
@click.option("--healthy", type=click.IntRange(0, 10_000), default=50, show_default=True,
              help="沒有故障的次數（計誤報）")  # fmt: skip
@click.option("--seed", type=int, default=1, show_default=True, help="亂數種子")
@click.option(
    "--database", default="", help="PostgreSQL 網址；有此項時一併注入連線、列鎖與敘述的故障"
)
@click.option("--json", "as_json", is_flag=True, help="以 JSON 輸出")
@click.pass_context
def blind(
    ctx: click.Context, trials: int, healthy: int, seed: int, database: str, *, as_json: bool
) -> None:
    from zhuji_observability.proving import blind as trying  # noqa: PLC0415
    from zhuji_observability.proving.places import what_is_missing  # noqa: PLC0415

    translate = load_translations([LOCALE]).of(ctx.obj).gettext
    missing = what_is_missing()
    if missing:
        raise click.UsageError(translate(NOTHING_TO_PROVE_WITH).format(missing=", ".join(missing)))
    found = trying.run(trials=trials, healthy=healthy, seed=seed, database=database)
    if as_json:
        told = {**msgspec.structs.asdict(found), "passed": found.passed}
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(told)).decode() + "\n")
    else:
        for kind in dict.fromkeys(one.fault for one in found.named):
            of_kind = [one for one in found.named if one.fault == kind]
            others = sorted({one.term or "-" for one in of_kind if not one.right})
            right = sum(one.right for one in of_kind)
            click.echo(f"{kind or '-':18} {right:>4}/{len(of_kind):<4} {' '.join(others)}")
        click.echo(f"{translate(NAMED_RIGHTLY)}: {found.right:.3f}")
        click.echo(f"{translate(FALSE_ALARMS)}: {found.false_alarms}/{found.healthy}")
    ctx.exit(0 if found.passed else _BEYOND)


def _print(
    accuracy: Accuracy,
    found: Sequence[Compared],
    missing: Sequence[str],
    translate: Callable[[str], str],
) -> None:
    heads = (N_("封包"), N_("程序內"), N_("網路"), N_("未歸因"))
    words = "".join(" " * (10 - cell_len(translate(head))) + translate(head) for head in heads)
    click.echo(" " * 44 + words)
    for cell in dict.fromkeys(one.cell for one in found):
        of_cell = [one for one in found if one.cell == cell]
        wire = percentile(sizes([one.wire_error_ms for one in of_cell]), 0.95)
        process = percentile(sizes([one.process_error_ms for one in of_cell]), 0.95)
        network = percentile(sizes([one.network_error_ms for one in of_cell]), 0.95)
        left = percentile(sizes([one.unattributed_ms for one in of_cell]), 0.95)
        figures = "".join(f" {_shown(figure):>9}" for figure in (wire, process, network, left))
        click.echo(f"{cell:44}{figures}")
    for one in accuracy.faults:
        attributed = f"{one.injected_ms:>9.1f} {one.attributed_ms:>9.1f} {one.others_ms:>9.1f}"
        click.echo(f"{one.fault:44} {attributed}  {one.named}")
    for name, words in _FIGURES:
        click.echo(f"{translate(words)}: {_shown(getattr(accuracy, name))}")
    for failure in accuracy.failures:
        click.echo(failure, err=True)
    if missing:
        not_proved = translate(N_("未證明封包與網路部分：本機缺少 {missing}"))
        click.echo(not_proved.format(missing=", ".join(missing)), err=True)


def _shown(figure: float | None) -> str:
    if figure is None:
        return "-"
    return f"{figure:,}" if isinstance(figure, int) else f"{figure:.3f}"

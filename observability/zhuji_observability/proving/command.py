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
from zhuji_observability.proving.accuracy import Accuracy, Compared, percentile, summed

LOCALE = Path(__file__).parents[1] / "locale"
EACH = {"quick": 6, "full": 20}
_BEYOND = 1
_FIGURES = (
    ("exchanges", N_("交換次數")),
    ("joined", N_("三處均見並能對應者（比例）")),
    ("server_ms_p95", N_("伺服器時間誤差 p95（封包）")),
    ("server_ms_p99", N_("伺服器時間誤差 p99（封包）")),
    ("process_ms_p99", N_("伺服器時間誤差 p99（程序內）")),
    ("network_ms_p95", N_("網路時間誤差 p95")),
    ("sum_within_bound", N_("各項合計與總時間相符者（比例）")),
)


@click.command("prove", help="注入已知的延遲、遺失與等待，與歸因結果比較；超出界限時結束碼為 1")
@click.option("--matrix", type=click.Choice(sorted(EACH)), default="quick", show_default=True,
              help="quick 或 full")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="以 JSON 輸出")
@click.pass_context
def prove(ctx: click.Context, matrix: str, *, as_json: bool) -> None:
    # Loads the server; the other commands of this group do not need it.
    from zhuji_observability.proving import trial  # noqa: PLC0415
    from zhuji_observability.proving.matrix import cells  # noqa: PLC0415
    from zhuji_observability.proving.places import what_is_missing  # noqa: PLC0415

    missing = what_is_missing()
    chosen = cells(full=matrix == "full")
    if missing:
        found = trial.run_without_line(chosen, each=EACH[matrix])
    else:
        found = trial.run(chosen, each=EACH[matrix])
    accuracy = summed(found, with_line=not missing)
    if as_json:
        told = {**msgspec.structs.asdict(accuracy), "not_proved": list(missing)}
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(told)).decode() + "\n")
    else:
        translate = load_translations([LOCALE]).of(ctx.obj).gettext
        _print(accuracy, found, missing, translate)
    ctx.exit(_BEYOND if accuracy.failures else 0)


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
        wire = percentile(_sizes([one.wire_error_ms for one in of_cell]), 0.95)
        process = percentile(_sizes([one.process_error_ms for one in of_cell]), 0.95)
        network = percentile(_sizes([one.network_error_ms for one in of_cell]), 0.95)
        left = percentile(_sizes([one.unattributed_ms for one in of_cell]), 0.95)
        figures = "".join(f" {_shown(figure):>9}" for figure in (wire, process, network, left))
        click.echo(f"{cell:44}{figures}")
    for name, words in _FIGURES:
        click.echo(f"{translate(words)}: {_shown(getattr(accuracy, name))}")
    for failure in accuracy.failures:
        click.echo(failure, err=True)
    if missing:
        not_proved = translate(N_("未證明封包與網路部分：本機缺少 {missing}"))
        click.echo(not_proved.format(missing=", ".join(missing)), err=True)


def _sizes(errors: Sequence[float | None]) -> list[float]:
    return [abs(error) for error in errors if error is not None]


def _shown(figure: float | None) -> str:
    if figure is None:
        return "-"
    return f"{figure:,}" if isinstance(figure, int) else f"{figure:.3f}"

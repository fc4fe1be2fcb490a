"""The matrix of ``zhuji observe prove`` as a part of the evidence, batch by batch, resumable."""

from __future__ import annotations

from collections.abc import Sequence

from tests.prove.tools.results import WORK, PartResult, Table, commit, must
from zhuji_observability.proving import whole
from zhuji_observability.proving.accuracy import (
    NETWORK_P95_MS,
    PROCESS_P99_MS,
    SUM_SHARE,
    TLS_NETWORK_P99_MS,
    WIRE_P95_MS,
    WIRE_P99_MS,
    Accuracy,
    Attributed,
    Compared,
    percentile,
    sizes,
    summed,
)
from zhuji_observability.proving.matrix import Batch, batches

NOTES = (
    "Each exchange goes over a TUN line between two network namespaces; errors in ms, absolute.",
    "Server: the truth is what the server slept, told by itself; the rest of its time is error.",
    "Network: of requests and answers of one packet, without loss: one round trip is the truth.",
    "Sums: terms against the client's total, within the larger of 5 ms and 2 %; not with loss.",
)


def matrix(*, quick: bool) -> PartResult:
    """Run what is not done yet; a file beside the results has the batches that are."""
    name = "quick" if quick else "full"
    folder = WORK / ("observe-quick" if quick else "observe")
    folder.mkdir(parents=True, exist_ok=True)
    begun = folder / "matrix.commit"
    if not (folder / "matrix.jsonl").exists():
        begun.write_text(commit())
    found, faults, missing = whole.prove(
        name, resume=folder / "matrix.jsonl", only=(), say=lambda text: print(f"  matrix: {text}")
    )
    accuracy = summed(found, faults, with_line=whole.LINE not in missing)
    failures = list(accuracy.failures)
    must(failures, holds=not missing, say=f"not proved here: {', '.join(missing)}")
    return PartResult(
        part="matrix",
        title=f"`zhuji observe prove --matrix {name}`",
        checked=accuracy.exchanges,
        failures=tuple(failures),
        tables=(_bounds(accuracy), _by_batch(found, batches(name, with_browser=True)),
                _faults(faults)),
        notes=(*NOTES, f"Asked on commit {begun.read_text().strip()}; batches are kept."),
    )  # fmt: skip


def _bounds(accuracy: Accuracy) -> Table:
    def row(words: str, figure: float | None, bound: str, digits: int = 2) -> tuple[str, ...]:
        return words, "-" if figure is None else f"{figure:.{digits}f}", bound

    return Table(
        heads=(f"{accuracy.exchanges:,} exchanges", "found", "bound"),
        rows=(
            row("server, by the wire, p95", accuracy.server_ms_p95, f"{WIRE_P95_MS:g}"),
            row("server, by the wire, p99", accuracy.server_ms_p99, f"{WIRE_P99_MS:g}"),
            row("server, by the process, p99", accuracy.process_ms_p99, f"{PROCESS_P99_MS:g}"),
            row("network, p95", accuracy.network_ms_p95, f"{NETWORK_P95_MS:g}"),
            row("network by TLS, p99", accuracy.tls_network_ms_p99, f"{TLS_NETWORK_P99_MS:g}"),
            row("sums within the bound, share", accuracy.sum_within_bound, f"{SUM_SHARE:g}", 4),
            row("joined, share", accuracy.joined, "1", 4),
        ),
    )


def _by_batch(found: Sequence[Compared], every: Sequence[Batch]) -> Table:
    def row(batch: Batch) -> tuple[str, ...]:
        names = {cell.name for cell in batch.cells}
        own = [one for one in found if one.cell in names]
        errors = (
            [one.wire_error_ms for one in own],
            [one.process_error_ms for one in own],
            [one.network_error_ms for one in own],
            [one.unattributed_ms for one in own],
        )
        figures = [percentile(sizes(values), 0.95) for values in errors]
        told = ("-" if figure is None else f"{figure:.2f}" for figure in figures)
        return (batch.name, f"{len(own):,}", *told)

    heads = (
        "line and client; p95 in ms",
        "exchanges",
        "wire",
        "process",
        "network",
        "unattributed",
    )
    return Table(heads=heads, rows=tuple(row(batch) for batch in every))


def _faults(faults: Sequence[Attributed]) -> Table:
    return Table(
        heads=("fault", "put in, ms", "attributed, ms", "others grew, ms", "named"),
        rows=tuple(
            (one.fault, f"{one.injected_ms:.0f}", f"{one.attributed_ms:.1f}",
             f"{one.others_ms:.1f}", one.named)
            for one in faults
        ),
    )  # fmt: skip

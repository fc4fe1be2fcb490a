"""A whole matrix: batch after batch, what cannot be proved here told instead of left out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from zhuji_observability.proving import chromium, trial
from zhuji_observability.proving.accuracy import Attributed, Compared
from zhuji_observability.proving.fault_batch import NAME as FAULTS
from zhuji_observability.proving.fault_batch import run_faults
from zhuji_observability.proving.matrix import EACH, Batch, batches, cells
from zhuji_observability.proving.places import what_is_missing
from zhuji_observability.proving.resumed import Done, Progress

CHROMIUM, LINE = "chromium", "line"


def prove(
    matrix: str, *, resume: Path | None, only: Sequence[str], say: Callable[[str], None]
) -> tuple[list[Compared], list[Attributed], list[str]]:
    """Run what this machine can; return exchanges, faults and what is missing.

    ``missing`` has ``LINE`` where nothing of a line could be proved. ``only``: batches whose name
    has one of these texts. Raises OtherProof.
    """
    missing = list(what_is_missing())
    if missing:
        found = trial.run_without_line(cells(full=matrix == "full"), each=EACH[matrix])
        return found, [], [*missing, LINE]
    if not chromium.program():
        missing.append(CHROMIUM)
    progress = Progress(resume, matrix=matrix)
    chosen = [
        batch
        for batch in batches(matrix, with_browser=CHROMIUM not in missing)
        if not only or any(text in batch.name for text in only)
    ]
    done = [_done(batch, progress, say) for batch in chosen]
    if not only or any(text in FAULTS for text in only):
        say(FAULTS)
        done.append(progress.of(FAULTS, lambda: _faults(matrix)))
    compared = [one for each in done for one in each.compared]
    return compared, [one for each in done for one in each.faults], missing


def _done(batch: Batch, progress: Progress, say: Callable[[str], None]) -> Done:
    say(batch.name)
    return progress.of(
        batch.name,
        lambda: Done(batch=batch.name, compared=tuple(trial.run_batch(batch))),
    )


def _faults(matrix: str) -> Done:
    compared, faults = run_faults(matrix)
    return Done(batch=FAULTS, compared=tuple(compared), faults=tuple(faults))

"""Certification proved with large counts: ``make prove WHAT=certification``.

    uv run python -m tests.prove.certification [--only PART …] [--quick] [--again]

Minutes to an hour. Each part keeps its result under prove-work/, so a run that was broken off is
taken up where it was: parts that have passed on the same commit are not run again (``--again``).
``--quick`` runs every part with small counts and writes its report under prove-work/ too.
"""

from __future__ import annotations

import argparse
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path

from tests.prove.certification_parts import crash, imports, pgbench, races, times
from tests.prove.tools import report
from tests.prove.tools.results import (
    EVIDENCE,
    WORK,
    PartResult,
    commit,
    finish,
    load,
    save,
)

Part = Callable[..., PartResult]

PARTS: dict[str, tuple[str, Part]] = {
    "import": ("all 27 books of Taichung, fiscal year 105", imports.import_books),
    "race-one-row": ("many clients on one control row", races.one_row),
    "race-five-of-twenty": ("requests that name 5 of 20 rows", races.five_of_twenty),
    "naive": ("the checks catch read-check-write", races.naive),
    "crash": ("kill -9 of the application under load", crash.crash),
    "pgbench": ("beside the same statements and TPC-B", pgbench.pgbench),
    "times": ("cold installation, demo, tests, CI", times.times),
}
COMMAND = "make prove WHAT=certification"
BY_HAND = "uv run python -m tests.prove.certification"


def main() -> int:
    """Run what is wanted and not yet done; return 0 when every kept result has passed."""
    options = _options()
    folder = WORK / ("certification-quick" if options.quick else "certification")
    page = (WORK / "certification-quick.md") if options.quick else EVIDENCE / "certification.md"
    for part in options.only or PARTS:
        if not (options.again or options.only) and _done(part, folder):
            print(f"{part}: passed on this commit already")
            continue
        result = _run(part, quick=options.quick)
        save(result, folder=folder)
        _write(page, folder)
        for failure in result.failures:
            print(f"  FAILED {failure}")
        print(f"{part}: {'passed' if result.passed else 'FAILED'}, {result.took_s:,.0f} s")
    print(f"report: {page}")
    results = [load(part, folder=folder) for part in options.only or PARTS]
    return 0 if all(result is not None and result.passed for result in results) else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog=BY_HAND, description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--only", nargs="+", choices=list(PARTS), metavar="PART",
                        help=", ".join(PARTS))  # fmt: skip
    parser.add_argument("--quick", action="store_true", help="small counts; no evidence")
    parser.add_argument("--again", action="store_true", help="also what has passed already")
    return parser.parse_args()


def _done(part: str, folder: Path) -> bool:
    result = load(part, folder=folder)
    return result is not None and result.passed and result.commit == commit()


def _run(part: str, *, quick: bool) -> PartResult:
    title, run = PARTS[part]
    print(f"{part}: {title}")
    started = time.perf_counter()
    try:
        result = run(quick=quick)
    except Exception as error:  # noqa: BLE001 (a part that breaks is a failure of that part)
        traceback.print_exc()
        failure = f"{type(error).__name__}: {str(error)[:1000]}"
        result = PartResult(part=part, title=title, checked=0, failures=(failure,), tables=())
    return finish(result, took_s=time.perf_counter() - started)


def _write(page: Path, folder: Path) -> None:
    kept = [load(part, folder=folder) for part in PARTS]
    report.write(
        page,
        title="Evidence: certification",
        command=COMMAND,
        by_hand=BY_HAND,
        parts={part: title for part, (title, _) in PARTS.items()},
        results=[result for result in kept if result is not None],
    )


if __name__ == "__main__":
    sys.exit(main())

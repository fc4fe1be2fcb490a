"""A proof as a program: parts with large counts, each kept, so that a long run can be taken up."""

from __future__ import annotations

import argparse
import time
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path

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

# Called with ``quick=…``; returns what it found.
Part = Callable[..., PartResult]
Parts = Mapping[str, tuple[str, Part]]


def run(name: str, parts: Parts, *, about: str) -> int:
    """Run what is wanted and not yet done; return 0 when every kept result has passed.

    ``name`` is that of ``make prove WHAT=name``, of the evidence and of the kept results.
    """
    options = _options(name, parts, about=about)
    folder = WORK / (f"{name}-quick" if options.quick else name)
    page = (WORK / f"{name}-quick.md") if options.quick else EVIDENCE / f"{name}.md"
    for part in options.only or parts:
        if not (options.again or options.only) and _done(part, folder):
            print(f"{part}: passed on this commit already")
            continue
        result = _run(part, parts, quick=options.quick)
        save(result, folder=folder)
        _write(page, folder, name, parts)
        for failure in result.failures:
            print(f"  FAILED {failure}")
        print(f"{part}: {'passed' if result.passed else 'FAILED'}, {result.took_s:,.0f} s")
    print(f"report: {page}")
    results = [load(part, folder=folder) for part in options.only or parts]
    return 0 if all(result is not None and result.passed for result in results) else 1


def _options(name: str, parts: Parts, *, about: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog=_by_hand(name), description=about)
    parser.add_argument("--only", nargs="+", choices=list(parts), metavar="PART",
                        help=", ".join(parts))  # fmt: skip
    parser.add_argument("--quick", action="store_true", help="small counts; no evidence")
    parser.add_argument("--again", action="store_true", help="also what has passed already")
    return parser.parse_args()


def _by_hand(name: str) -> str:
    return f"uv run python -m tests.prove.{name}"


def _done(part: str, folder: Path) -> bool:
    result = load(part, folder=folder)
    return result is not None and result.passed and result.commit == commit()


def _run(part: str, parts: Parts, *, quick: bool) -> PartResult:
    title, run_part = parts[part]
    print(f"{part}: {title}")
    started = time.perf_counter()
    try:
        result = run_part(quick=quick)
    except Exception as error:  # noqa: BLE001 (a part that breaks is a failure of that part)
        traceback.print_exc()
        failure = f"{type(error).__name__}: {str(error)[:1000]}"
        result = PartResult(part=part, title=title, checked=0, failures=(failure,), tables=())
    return finish(result, took_s=time.perf_counter() - started)


def _write(page: Path, folder: Path, name: str, parts: Parts) -> None:
    kept = [load(part, folder=folder) for part in parts]
    report.write(
        page,
        title=f"Evidence: {name}",
        command=f"make prove WHAT={name}",
        by_hand=_by_hand(name),
        parts={part: title for part, (title, _) in parts.items()},
        results=[result for result in kept if result is not None],
    )

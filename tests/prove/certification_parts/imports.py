"""The official books of Taichung through the command that a county would use."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
import time
from typing import Any

from tests.prove.certification_parts import site
from tests.prove.tools.results import ROOT, WORK, PartResult, counted, must
from zhuji_core.testing.plugin import shared_folder

EXPECTED = {"lines": 782, "agencies": 125, "total_ntd": 127_360_200_000, "books": 27}
TIMEOUT_S = 600.0


def import_books(*, quick: bool) -> PartResult:
    """Import all books into a fresh home, then the same again: nothing may be doubled."""
    del quick  # the books are what they are
    folder = shared_folder(ROOT) / "data" / "taichung-105" / "books"
    books = sorted(file for file in folder.glob("*") if file.suffix.lower() in {".xls", ".xlsx"})
    home = WORK / "homes" / "import"
    shutil.rmtree(home, ignore_errors=True)
    environment = {**os.environ, "ZHUJI_HOME": str(home)}
    _command(["county", "add", site.COUNTY, "--name", site.COUNTY_NAME], environment)
    command = [
        *("budget", "import", *map(str, books)),
        *("--county", site.COUNTY, "--year", "105", "--json"),
    ]
    started = time.perf_counter()
    found, memory_kb = _measured(command, environment)
    took_s = time.perf_counter() - started
    failures: list[str] = []
    for key, expected in EXPECTED.items():
        must(failures, holds=found.get(key) == expected, say=f"{key}: {found.get(key)}")
    must(failures, holds=_count(found.get("errors")) == 0, say=f"errors: {found.get('errors')}")
    shutil.rmtree(home, ignore_errors=True)
    keys = [*EXPECTED, "duplicates", "errors"]
    return PartResult(
        part="import",
        title=f"`zhuji budget import` of {len(books)} books into a fresh county",
        checked=int(found.get("lines") or 0),
        failures=tuple(failures),
        tables=(
            counted(
                "result",
                [
                    *((f"`{key}`", _count(found.get(key))) for key in keys),
                    ("wall time, s (start of the database included)", took_s),
                    ("peak memory of the command, MiB", memory_kb / 1024),
                ],
            ),
        ),
    )


def _measured(arguments: list[str], environment: dict[str, str]) -> tuple[dict[str, Any], int]:
    """Run the command; return its JSON and its own peak memory (PostgreSQL's is apart)."""
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(
            [*site.ZHUJI, *arguments], env=environment, cwd=ROOT, stdout=output, stderr=errors
        )
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        errors.seek(0)
        text = output.read().decode()
        if process.returncode != 0:
            said = errors.read().decode() or text
            raise site.CommandFailed(f"budget import: {process.returncode} {said[-2000:]}")
    found: dict[str, Any] = json.loads(text)
    return found, usage.ru_maxrss


def _command(arguments: list[str], environment: dict[str, str]) -> None:
    done = subprocess.run(
        [*site.ZHUJI, *arguments],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=TIMEOUT_S,
    )
    if done.returncode != 0:
        raise site.CommandFailed(f"{' '.join(arguments[:2])}: {done.stderr[-2000:]}")


def _count(value: object) -> object:
    return len(value) if isinstance(value, list | tuple) else value

"""How long a newcomer waits: a fresh clone with an empty cache, the demo, the tests, CI."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from tests.prove.tools.results import ROOT, WORK, PartResult, Table, must
from zhuji_core.values import Value

TIMEOUT_S = 3_600.0
# What the issue and the design allow (design: decisions.md, Two lanes).
DEMO_FIRST_S_MAX, DEMO_LATER_S_MAX, CI_S_MAX = 60.0, 10.0, 720.0
ADDED = "git add --all && git -c user.name=prove -c user.email=prove@localhost commit -qm quick"


class Step(Value, frozen=True, kw_only=True):
    """A command as a newcomer types it, and how long it may take (0: only measured)."""

    name: str
    command: tuple[str, ...]
    limit_s: float = 0.0


STEPS = (
    Step(name="cold `uv sync`, empty cache", command=("uv", "sync", "--locked")),
    Step(
        name="`uv run zhuji demo --check`, first start",
        command=("uv", "run", "zhuji", "demo", "--check"),
        limit_s=DEMO_FIRST_S_MAX,
    ),
    Step(
        name="`uv run zhuji demo --check`, second start",
        command=("uv", "run", "zhuji", "demo", "--check"),
        limit_s=DEMO_LATER_S_MAX,
    ),
)
LONG_STEPS = (
    Step(name="`uv run pytest`", command=("uv", "run", "pytest", "-q")),
    Step(name="`bash .ci/run`", command=("bash", ".ci/run"), limit_s=CI_S_MAX),
)


def times(*, quick: bool) -> PartResult:
    """Clone HEAD into an empty folder and do what README.md says; each exit code must be 0.

    ``quick`` takes the files as they are, committed or not, and leaves out tests and CI.
    """
    clone = WORK / "homes" / "clone"
    shutil.rmtree(clone, ignore_errors=True)
    clone.parent.mkdir(parents=True, exist_ok=True)
    _clone(clone, as_it_is=quick)
    environment = _environment(clone)
    failures: list[str] = []
    rows = []
    for step in STEPS if quick else (*STEPS, *LONG_STEPS):
        code, took_s, said = _timed(step.command, clone, environment)
        print(f"  times: {step.name}: {took_s:.1f} s, exit code {code}")
        must(failures, holds=code == 0, say=f"{step.name}: exit code {code}: {said}")
        within = quick or not step.limit_s or took_s <= step.limit_s
        must(failures, holds=within, say=f"{step.name}: {took_s:.1f} s > {step.limit_s:.0f} s")
        limit = f"{step.limit_s:,.0f}" if step.limit_s else ""
        rows.append((step.name, f"{took_s:,.1f}", limit, str(code)))
    shutil.rmtree(clone, ignore_errors=True)
    return PartResult(
        part="times",
        title="from a fresh clone with an empty cache to a green CI",
        checked=len(rows),
        failures=tuple(failures),
        tables=(Table(heads=("step", "seconds", "at most", "exit code"), rows=tuple(rows)),),
        notes=("The folder of the clone, the cache of uv and the home of the demo were empty.",),
    )


def _clone(clone: Path, *, as_it_is: bool) -> None:
    if not as_it_is:
        _must_run(["git", "clone", "--quiet", "--no-hardlinks", str(ROOT), str(clone)], ROOT)
        return
    clone.mkdir()
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout
    for name in filter(None, listed.decode().split("\0")):
        if (ROOT / name).is_file():
            (clone / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, clone / name)
    _must_run(["git", "init", "--quiet"], clone)
    _must_run(["bash", "-c", ADDED], clone)


def _environment(clone: Path) -> dict[str, str]:
    """Return a newcomer's environment: nothing of this process's own virtual environment."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("VIRTUAL_ENV", "PYTHONPATH", "ZHUJI_", "UV_PROJECT"))
    }
    return {**kept, "UV_CACHE_DIR": str(clone / ".uv-cache"), "ZHUJI_HOME": str(clone / ".zhuji")}


def _timed(
    command: Sequence[str], folder: Path, environment: dict[str, str]
) -> tuple[int, float, str]:
    started = time.perf_counter()
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=TIMEOUT_S,
    )
    return done.returncode, time.perf_counter() - started, done.stdout[-600:]


def _must_run(command: Sequence[str], folder: Path) -> None:
    subprocess.run(command, cwd=folder, check=True, stdin=subprocess.DEVNULL)

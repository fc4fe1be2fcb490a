"""Results of the parts of a proof, kept as JSON so that a long run can be taken up again."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import platform
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec

from zhuji_core.values import Value

ROOT = Path(__file__).resolve().parents[3]
WORK = ROOT / "prove-work"
EVIDENCE = ROOT / "core" / "docs" / "evidence"


class Table(Value, frozen=True, kw_only=True):
    """Figures as they stand in the report."""

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class PartResult(Value, frozen=True, kw_only=True):
    """What one part found. ``failures`` empty: it passed; ``checked`` 0 is a failure too."""

    part: str
    title: str
    checked: int
    failures: tuple[str, ...]
    tables: tuple[Table, ...]
    notes: tuple[str, ...] = ()
    seed: int = 0
    took_s: float = 0.0
    commit: str = ""
    machine: str = ""
    at: str = ""

    @property
    def passed(self) -> bool:
        return self.checked > 0 and not self.failures


def finish(result: PartResult, *, took_s: float) -> PartResult:
    """Add what every result carries: when, where, of which code, and how long it took."""
    nothing = () if result.checked > 0 else ("nothing was checked",)
    return msgspec.structs.replace(
        result,
        failures=(*result.failures, *nothing),
        took_s=round(took_s, 1),
        commit=commit(),
        machine=machine(),
        at=dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
    )


def save(result: PartResult, *, folder: Path) -> None:
    """Write the result whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    draft = folder / f"{result.part}.json.new"
    draft.write_bytes(msgspec.json.format(msgspec.json.encode(result)))
    draft.replace(folder / f"{result.part}.json")


def load(part: str, *, folder: Path) -> PartResult | None:
    """Return the kept result of ``part``, or None."""
    file = folder / f"{part}.json"
    if not file.exists():
        return None
    return msgspec.json.decode(file.read_bytes(), type=PartResult)


def commit() -> str:
    """Name the code under test: the commit, and a digest of what differs from it.

    The evidence itself does not count: it changes with every part.
    """
    head = _git("rev-parse", "--short=12", "HEAD") or "(no commit)"
    changed = _git("diff", "HEAD", "--", ".", ":!core/docs/evidence")
    changed += _git("status", "--porcelain", "--", ".", ":!core/docs/evidence")
    if not changed:
        return head
    return f"{head} with changes {hashlib.sha256(changed.encode()).hexdigest()[:8]}"


def machine() -> str:
    """Say what the figures were measured on."""
    model = _first_line(Path("/proc/cpuinfo"), "model name")
    memory_kb = int((_first_line(Path("/proc/meminfo"), "MemTotal") or "0").split()[0])
    return (
        f"{os.cpu_count()} CPU ({model or platform.machine()}), {memory_kb / 2**20:.0f} GiB, "
        f"{platform.system()} {platform.release()}, Python {platform.python_version()}"
    )


def counted(label: str, rows: Sequence[tuple[str, Any]]) -> Table:
    """Make the usual table of two columns; whole numbers get thousands separators."""
    return Table(heads=(label, ""), rows=tuple((name, said(value)) for name, value in rows))


def said(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.2f}"
    return str(value)


def must(failures: list[str], *, holds: bool, say: Callable[[], str] | str) -> None:
    """Note a failure unless ``holds``."""
    if not holds:
        failures.append(say if isinstance(say, str) else say())


def _git(*arguments: str) -> str:
    done = subprocess.run(
        ["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return done.stdout.strip() if done.returncode == 0 else ""


def _first_line(file: Path, name: str) -> str:
    if not file.exists():
        return ""
    for line in file.read_text().splitlines():
        if line.startswith(name):
            return line.partition(":")[2].strip()
    return ""

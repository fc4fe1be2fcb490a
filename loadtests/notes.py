"""What the clients saw, line by line in files: every answer, and everything acknowledged.

Each process of Locust writes its own; a process that is ended loses its last second at most.
"""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TextIO

from zhuji_core.values import Value

TOTAL = "app"
_PART = re.compile(r"([a-z]+);dur=([0-9.]+)")


class Seen(Value, frozen=True, kw_only=True):
    """One answer: ``total_ms`` by the client's clock, ``server_ms`` and terms by the server's.

    ``at_s`` is when it was asked, since 1970. ``failed``: why it is a fault, or nothing; a refusal
    that a person may meet is none. ``code`` is that refusal's.
    """

    at_s: float
    operation: str
    status: int
    total_ms: float
    server_ms: float
    terms_ms: Mapping[str, float]
    code: str = ""
    failed: str = ""

    @property
    def network_ms(self) -> float:
        """Return what the client waited longer than the server took: the line, and itself."""
        return max(0.0, self.total_ms - self.server_ms)


class Act(Value, frozen=True, kw_only=True):
    """Something that the server acknowledged: ``what`` became of the document ``of``."""

    what: str
    of: str
    number: str = ""


def told_ms(header: str) -> tuple[float, dict[str, float]]:
    """Return the server's whole time and its terms out of ``Server-Timing``."""
    terms = {name: float(length) for name, length in _PART.findall(header)}
    return terms.pop(TOTAL, 0.0), terms


class Notebook:
    """Where one process writes; ``folder`` is the run's."""

    def __init__(self, folder: Path) -> None:
        self._seen = _opened(folder / f"seen-{os.getpid()}.csv")
        self._acts = _opened(folder / f"acts-{os.getpid()}.csv")
        self._seen_rows, self._act_rows = csv.writer(self._seen), csv.writer(self._acts)

    def see(self, one: Seen) -> None:
        terms = " ".join(f"{name};dur={length}" for name, length in one.terms_ms.items())
        self._seen_rows.writerow((
            f"{one.at_s:.3f}", one.operation, one.status, f"{one.total_ms:.3f}",
            f"{one.server_ms:.3f}", terms, one.code, one.failed,
        ))  # fmt: skip

    def act(self, what: str, of: str, number: str = "") -> None:
        """Keep what was acknowledged, at once: it is compared with what is stored."""
        self._act_rows.writerow((what, of, number))
        self._acts.flush()

    def close(self) -> None:
        self._seen.close()
        self._acts.close()


def read_seen(folder: Path) -> Iterator[Seen]:
    """Yield what all processes of a run saw, in no order."""
    for row in _rows(folder, "seen-*.csv"):
        at_s, operation, status, total_ms, server_ms, terms, code, failed = row
        yield Seen(
            at_s=float(at_s), operation=operation, status=int(status), total_ms=float(total_ms),
            server_ms=float(server_ms), terms_ms=told_ms(terms)[1], code=code, failed=failed,
        )  # fmt: skip


def read_acts(folder: Path) -> list[Act]:
    """Return what was acknowledged to any process of a run."""
    return [
        Act(what=what, of=of, number=number) for what, of, number in _rows(folder, "acts-*.csv")
    ]


def _opened(path: Path) -> TextIO:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.open("w", newline="", encoding="utf-8", buffering=1 << 16)


def _rows(folder: Path, pattern: str) -> Iterator[list[str]]:
    for path in sorted(folder.glob(pattern)):
        with path.open(newline="", encoding="utf-8") as file:
            yield from csv.reader(file)

"""CPU time and memory of other processes, from /proc."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable
from pathlib import Path

TICKS_S = os.sysconf("SC_CLK_TCK")
PAGE_MIB = os.sysconf("SC_PAGE_SIZE") / 2**20
# Fields of /proc/<pid>/stat after the name: state is 0, ppid 1, utime 11 … cstime 14.
PPID, UTIME, STIME, CUTIME, CSTIME = 1, 11, 12, 13, 14
RSS = 21  # pages


def cpu_s(pids: Iterable[int]) -> float:
    """Return the CPU seconds of these processes, their ended children included."""
    ticks = 0
    for pid in pids:
        if fields := _stat(pid):
            ticks += sum(int(fields[at]) for at in (UTIME, STIME, CUTIME, CSTIME))
    return ticks / TICKS_S


def tree(pid: int) -> list[int]:
    """Return ``pid`` and every living process below it."""
    children: dict[int, list[int]] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit() and (fields := _stat(int(folder.name))):
            children.setdefault(int(fields[PPID]), []).append(int(folder.name))
    found, waiting = [], [pid]
    while waiting:
        one = waiting.pop()
        found.append(one)
        waiting += children.get(one, [])
    return found


def memory_mib(pids: Iterable[int]) -> float:
    """Return the resident memory of these processes; what they share counts in each of them."""
    return sum(int(fields[RSS]) for pid in pids if (fields := _stat(pid))) * PAGE_MIB


def own_memory_mib(pids: Iterable[int]) -> float:
    """Return what these processes have for themselves: neither shared nor of a file."""
    return sum(_status_kb(pid, "RssAnon") for pid in pids) / 1024


def open_files(pid: int) -> list[str]:
    """Return what the process has open, as /proc names it; nothing when it has ended."""
    folder = f"/proc/{pid}/fd"
    found = []
    with contextlib.suppress(OSError):
        for name in os.listdir(folder):  # noqa: PTH208 (as many times a second)
            with contextlib.suppress(OSError):  # it was closed meanwhile
                found.append(os.readlink(f"{folder}/{name}"))  # noqa: PTH115
    return found


def _status_kb(pid: int, name: str) -> int:
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    except OSError:
        return 0  # it has ended
    return next((int(line.split()[1]) for line in lines if line.startswith(f"{name}:")), 0)


def _stat(pid: int) -> list[str]:
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except OSError:
        return []  # it has ended
    # The name stands in parentheses and may hold anything, spaces and parentheses too.
    return text[text.rindex(")") + 2 :].split()

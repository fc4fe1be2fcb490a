"""CPU and memory of the processes under load, from /proc, looked at while they work."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

TICKS_S = os.sysconf("SC_CLK_TCK")
PAGE_MIB = os.sysconf("SC_PAGE_SIZE") / 2**20
# Fields of /proc/<pid>/stat after the name: state is 0, ppid 1, utime 11 … cstime 14, rss 21.
PPID, TIMES, RSS = 1, slice(11, 15), 21
EVERY_S = 2.0


class Used(msgspec.Struct, kw_only=True):
    """Of a process and all below it: CPU seconds between begin and end, memory at most.

    ``memory_mib`` counts what processes share in each of them. ``files``: open descriptors.
    """

    name: str
    pid: int
    cpu_s: float = 0.0
    memory_first_mib: float = 0.0
    memory_mib: float = 0.0
    files_first: int = 0
    files: int = 0


@contextmanager
def watching(pids: dict[str, int]) -> Iterator[list[Used]]:
    """Look at the trees of ``pids`` every two seconds; what they used is whole at the end."""
    found = [Used(name=name, pid=pid) for name, pid in pids.items()]
    before = [cpu_s(one.pid) for one in found]
    done = threading.Event()
    thread = threading.Thread(target=_look, args=(found, done), daemon=True)
    thread.start()
    try:
        yield found
    finally:
        done.set()
        thread.join()
        for one, first_s in zip(found, before, strict=True):
            one.cpu_s = cpu_s(one.pid) - first_s


def load_average() -> float:
    """Return how many processes wanted a processor in the last minute, others' included."""
    return os.getloadavg()[0]


def cpu_s(pid: int) -> float:
    """Return the CPU seconds of a process and all below it, their ended children included."""
    ticks = sum(sum(map(int, fields[TIMES])) for one in tree(pid) if (fields := _stat(one)))
    return ticks / TICKS_S


def tree(pid: int) -> list[int]:
    """Return ``pid`` and every living process below it."""
    children: dict[int, list[int]] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit() and (fields := _stat(int(folder.name))):
            children.setdefault(int(fields[PPID]), []).append(int(folder.name))
    found, waiting = [], [pid]
    while waiting:
        found.append(one := waiting.pop())
        waiting += children.get(one, [])
    return found


def _look(found: list[Used], done: threading.Event) -> None:
    while True:
        for one in found:
            pids = tree(one.pid)
            memory_mib = sum(int(fields[RSS]) for pid in pids if (fields := _stat(pid))) * PAGE_MIB
            files = sum(_files(pid) for pid in pids)
            one.memory_first_mib = one.memory_first_mib or memory_mib
            one.files_first = one.files_first or files
            one.memory_mib = max(one.memory_mib, memory_mib)
            one.files = max(one.files, files)
        if done.wait(EVERY_S):
            return


def _files(pid: int) -> int:
    try:
        return len(os.listdir(f"/proc/{pid}/fd"))  # noqa: PTH208 (as many times a second)
    except OSError:
        return 0


def _stat(pid: int) -> list[str]:
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except OSError:
        return []  # it has ended
    # The name stands in parentheses and may hold anything, spaces and parentheses too.
    return text[text.rindex(")") + 2 :].split()

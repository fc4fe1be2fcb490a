"""CPU and memory of the processes under load, looked at while they work."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec

from loadtests import processes

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
    before = [_cpu_s(one) for one in found]
    done = threading.Event()
    thread = threading.Thread(target=_look, args=(found, done), daemon=True)
    thread.start()
    try:
        yield found
    finally:
        done.set()
        thread.join()
        for one, first_s in zip(found, before, strict=True):
            one.cpu_s = _cpu_s(one) - first_s


def load_average() -> float:
    """Return how many processes wanted a processor in the last minute, others' included."""
    return os.getloadavg()[0]


def _cpu_s(one: Used) -> float:
    return processes.cpu_s(processes.tree(one.pid))


def _look(found: list[Used], done: threading.Event) -> None:
    while True:
        for one in found:
            pids = processes.tree(one.pid)
            memory_mib = processes.memory_mib(pids)
            files = sum(processes.open_files(pid) for pid in pids)
            one.memory_first_mib = one.memory_first_mib or memory_mib
            one.files_first = one.files_first or files
            one.memory_mib = max(one.memory_mib, memory_mib)
            one.files = max(one.files, files)
        if done.wait(EVERY_S):
            return

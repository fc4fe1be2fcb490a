"""CPU, memory and descriptors of the processes under load, looked at while they work."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import msgspec

from loadtests import processes
from loadtests.figures import slope
from zhuji_core.values import Value

EVERY_S, HOUR_S, TOLD_S = 2.0, 3_600.0, 450.0
# Before it people still come, and what is kept in memory is kept for the first time.
WARM_SHARE = 0.2


class Course(Value, frozen=True, kw_only=True):
    """How a figure went. ``per_hour``: a line fitted (least squares) to the last four fifths.

    None: it was watched for too short a time to tell growth from people who come.
    """

    first: float = 0.0
    last: float = 0.0
    most: float = 0.0
    per_hour: float | None = None


class Used(msgspec.Struct, kw_only=True):
    """Of a process and all below it: CPU seconds between begin and end, and courses.

    ``memory_mib`` is what is resident; what processes share counts in each of them. ``own_mib``
    leaves out what is shared or of a file: it is what a leak grows. ``files``: open descriptors,
    ``sockets`` among them; ``processes``: of PostgreSQL, one for each of its connections.
    """

    name: str
    pid: int
    cpu_s: float = 0.0
    memory_mib: Course = Course()
    own_mib: Course = Course()
    files: Course = Course()
    sockets: Course = Course()
    processes: Course = Course()


COURSES = ("memory_mib", "own_mib", "files", "sockets", "processes")


@contextmanager
def watching(pids: dict[str, int]) -> Iterator[list[Used]]:
    """Look at the trees of ``pids`` every two seconds; what they used is whole at the end."""
    found = [Used(name=name, pid=pid) for name, pid in pids.items()]
    before = [_cpu_s(one) for one in found]
    looked: dict[int, list[tuple[float, ...]]] = {one.pid: [] for one in found}
    done = threading.Event()
    thread = threading.Thread(target=_look, args=(looked, done), daemon=True)
    thread.start()
    try:
        yield found
    finally:
        done.set()
        thread.join()
        for one, first_s in zip(found, before, strict=True):
            one.cpu_s = _cpu_s(one) - first_s
            for at, name in enumerate(COURSES, start=1):
                setattr(one, name, course([(look[0], look[at]) for look in looked[one.pid]]))


def course(looks: Sequence[tuple[float, float]]) -> Course:
    """Return how a figure went, of looks (seconds, figure) in their order."""
    if not looks:
        return Course()
    values = [value for _, value in looks]
    warm = looks[int(len(looks) * WARM_SHARE) :]
    long = warm[-1][0] - warm[0][0] >= TOLD_S
    return Course(
        first=values[0], last=values[-1], most=max(values),
        per_hour=slope(warm) * HOUR_S if long else None,
    )  # fmt: skip


def load_average() -> float:
    """Return how many processes wanted a processor in the last minute, others' included."""
    return os.getloadavg()[0]


def _cpu_s(one: Used) -> float:
    return processes.cpu_s(processes.tree(one.pid))


def _look(looked: dict[int, list[tuple[float, ...]]], done: threading.Event) -> None:
    while True:
        for pid, looks in looked.items():
            pids = processes.tree(pid)
            opened = [processes.open_files(one) for one in pids]
            looks.append((
                time.monotonic(), processes.memory_mib(pids), processes.own_memory_mib(pids),
                float(sum(len(one) for one in opened)),
                float(sum(name.startswith("socket:") for one in opened for name in one)),
                float(len(pids)),
            ))  # fmt: skip
        if done.wait(EVERY_S):
            return

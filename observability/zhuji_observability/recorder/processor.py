"""How long this thread was ready to run while the processor was somebody else's.

``/proc/thread-self/schedstat`` of Linux: nanoseconds on the processor, nanoseconds waiting for
it, and how often. A descriptor for each thread is kept open: reading it again costs 0.4 µs.
"""

from __future__ import annotations

import os
import threading

_PATH = "/proc/thread-self/schedstat"
_BYTES = 64
_ABSENT = -1


class _File:
    """The open file of a thread; closed when the thread lets go of it."""

    __slots__ = ("descriptor",)

    def __init__(self) -> None:
        try:
            self.descriptor = os.open(_PATH, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            self.descriptor = _ABSENT

    def __del__(self) -> None:
        if self.descriptor != _ABSENT:
            os.close(self.descriptor)


class _Kept(threading.local):
    file: _File | None = None


_kept = _Kept()


def waited_ns() -> int:
    """Return how long this thread has waited for the processor so far; 0 where nobody counts."""
    file = _kept.file
    if file is None:
        file = _kept.file = _File()
    if file.descriptor == _ABSENT:
        return 0
    return parse(os.pread(file.descriptor, _BYTES, 0))


def parse(line: bytes) -> int:
    """Return the second number of a line of schedstat."""
    parts = line.split()
    return int(parts[1]) if len(parts) > 1 and parts[1].isdigit() else 0

"""Two network namespaces for one proof, and what runs inside of them; all of it is taken away."""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

TUN = Path("/dev/net/tun")
_NAMES = Path("/var/run/netns")
_NEW_NETWORK = 0x40000000  # CLONE_NEWNET


@dataclass(frozen=True)
class End:
    """One end of the line: its namespace, its device and address, and the other's address."""

    namespace: str
    device: str
    address: str
    other: str

    def command(self, *words: str) -> list[str]:
        """Return a command that runs inside of the namespace."""
        return ["ip", "netns", "exec", self.namespace, *words]

    def python(self, module: str, *words: str) -> list[str]:
        return self.command(sys.executable, "-m", module, *words)


def what_is_missing() -> Sequence[str]:
    """Return what a proof with a real line needs and this machine does not have."""
    missing = []
    if os.geteuid() != 0:
        missing.append("root")
    if not TUN.exists():
        missing.append(str(TUN))
    if shutil.which("ip") is None:
        missing.append("ip (iproute2)")
    return missing


@contextlib.contextmanager
def two_ends() -> Iterator[tuple[End, End]]:
    """Make the namespaces of client and server, named after this process."""
    mark = f"zhuji{os.getpid()}"
    ends = (
        End(f"{mark}c", "zjc", "10.98.0.1", "10.98.0.2"),
        End(f"{mark}s", "zjs", "10.98.0.2", "10.98.0.1"),
    )
    try:
        for end in ends:
            _ip("netns", "add", end.namespace)
            subprocess.run(end.command("ip", "link", "set", "lo", "up"), check=True)
        yield ends
    finally:
        for end in ends:
            if (_NAMES / end.namespace).exists():
                _ip("netns", "delete", end.namespace)


@contextlib.contextmanager
def inside(namespace: str) -> Iterator[None]:
    """Let this thread be in a namespace for as long as the block lasts."""
    home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    try:
        _enter(os.open(_NAMES / namespace, os.O_RDONLY))
        try:
            yield
        finally:
            _enter(os.dup(home))
    finally:
        os.close(home)


@contextlib.contextmanager
def beside_the_line(*, line: bool = False) -> Iterator[None]:
    """Start what is measured on other processors than the line, which has the last for itself.

    A line in the world takes no processor from its two ends; this one, which must not be late,
    would keep both waiting. ``line``: start the line itself and what only watches it. Processes
    keep what they began with; of one processor all have that one.
    """
    every = os.sched_getaffinity(0)
    own = {max(every)}
    os.sched_setaffinity(0, own if line else every - own or every)
    try:
        yield
    finally:
        os.sched_setaffinity(0, every)


def _enter(descriptor: int) -> None:
    library = ctypes.CDLL(None, use_errno=True)
    try:
        if library.setns(descriptor, _NEW_NETWORK):
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))
    finally:
        os.close(descriptor)


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True)

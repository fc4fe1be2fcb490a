"""What a command or a page takes: seconds, its own peak memory, milliseconds of each opening."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from typing import IO, Any, NamedTuple

from loadtests import processes
from loadtests.figures import quantile
from tests.prove.certification_parts import site
from tests.prove.certification_parts.site import CommandFailed, Site
from tests.prove.tools.results import ROOT, must
from zhuji_core.demo.client import DemoSession
from zhuji_core.values import Value

SMALL = """
import os, sys
child = os.fork()
if not child:
    os.close(int(sys.argv[1]))
    os.execvp(sys.argv[2], sys.argv[2:])
_, status, used = os.wait4(child, 0)
told = f"{status} {used.ru_maxrss} {used.ru_utime + used.ru_stime}"
os.write(int(sys.argv[1]), told.encode())
"""


class Measured(Value, frozen=True, kw_only=True):
    """A command: its seconds, its own peak memory, and what it printed.

    ``cpu_s``: of the processor, the command's and that of the site's PostgreSQL: it tells how much
    work was done where others share the machine and the seconds tell little.
    """

    took_s: float
    memory_mib: float
    printed: Any
    cpu_s: float = 0.0


def measured(opened: Site, command: Sequence[str]) -> Measured:
    """Run a command that prints JSON in the site's home; raise CommandFailed."""
    started, before_s = time.perf_counter(), _database_s(opened)
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        done = spent(command, environment=opened.environment, output=output, errors=errors)
        output.seek(0)
        errors.seek(0)
        if done.code != 0:
            raise CommandFailed(f"{' '.join(command[1:4])}: {errors.read().decode()[-2000:]}")
        printed = json.loads(output.read())
    return Measured(
        took_s=time.perf_counter() - started,
        memory_mib=done.memory_kib / 1024,
        printed=printed,
        cpu_s=done.cpu_s + _database_s(opened) - before_s,
    )


class Spent(NamedTuple):
    """What a process ended with, its peak memory, and its seconds of the processor."""

    code: int
    memory_kib: int
    cpu_s: float


def spent(
    command: Sequence[str], *, environment: Mapping[str, str], output: IO[bytes], errors: IO[bytes]
) -> Spent:
    """Run a command as the child of a small process.

    Linux counts what a process held before it became another program: a child of this one, which
    has the whole application loaded, would never seem smaller than this one is.
    """
    reader, writer = os.pipe()
    with os.fdopen(reader) as told:
        subprocess.run(
            (sys.executable, "-IS", "-c", SMALL, str(writer), *command), env=environment, cwd=ROOT,
            stdout=output, stderr=errors, pass_fds=(writer,), check=True,
        )  # fmt: skip
        os.close(writer)
        status, memory_kib, cpu_s = told.read().split()
    return Spent(os.waitstatus_to_exitcode(int(status)), int(memory_kib), float(cpu_s))


def _database_s(opened: Site) -> float:
    """Return the processor's seconds of the site's PostgreSQL, since it started."""
    postmaster = int((opened.home.database / "postmaster.pid").read_text().split()[0])
    return processes.cpu_s(processes.tree(postmaster))


def open_pages(
    opened: Site, pages: Mapping[str, str], count: int, failures: list[str]
) -> tuple[tuple[str, ...], ...]:
    """Serve the site and open each page (name → path) ``count`` times, one after the other."""
    rows = []
    with site.serving(opened) as application:
        session = DemoSession(host=site.HOST, port=application.port, county=site.COUNTY.lower())
        session.sign_in(account="reviewer0", password=site.PASSWORD)
        for name, path in pages.items():
            session.get(path)
            times_ms, size = [], 0
            for _ in range(count):
                started = time.perf_counter()
                reply = session.get(path)
                times_ms.append((time.perf_counter() - started) * 1000)
                size = len(reply.body)
                must(failures, holds=reply.status == 200, say=f"{path}: {reply.status}")
            p50, p95 = quantile(times_ms, 0.5), quantile(times_ms, 0.95)
            rows.append((name, f"{count:,}", f"{size:,}", f"{p50:,.0f}", f"{p95:,.0f}"))
            print(f"  {name}: p50 {p50:,.0f} ms, p95 {p95:,.0f} ms")
        session.close()
    return tuple(rows)

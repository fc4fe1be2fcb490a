"""A county of a home of its own, filled and served as an operator does it: by the commands.

PostgreSQL belongs to this process; the application is another one and may be started again.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import http.client
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import sqlalchemy as sa

from zhuji_core.db.embedded import Cluster
from zhuji_core.db.server import ServerAddress
from zhuji_core.home import Home
from zhuji_core.testing.ports import free_port
from zhuji_observability.proving import places

ROOT = Path(__file__).parents[1]
WORK = ROOT / "load-work"
HOST = "127.0.0.1"
ZHUJI = (str(Path(sys.executable).with_name("zhuji")),)
READY_S, COMMAND_S = 300.0, 3_600.0
REASON = "負載測試（示範資料）"
# A county's setting, as the county's own pages keep it: the load's day, and its one address.
SET = """
    INSERT INTO kernel.setting (module, key, value) VALUES (:module, :key, CAST(:value AS jsonb))
        ON CONFLICT (module, key) DO UPDATE SET value = excluded.value
"""


class CommandFailed(Exception):
    """A command of the product ended with an error; its last words follow."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Served:
    """A running application: its process (for its CPU and memory) and where it listens."""

    process: subprocess.Popen[bytes]
    port: int


class Site:
    """One home with one county of ``code``; :func:`opened` starts its PostgreSQL."""

    def __init__(self, home: Home, address: ServerAddress, *, code: str) -> None:
        self.home = home
        self.code = code
        self.address = address

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, "ZHUJI_HOME": str(self.home.path), "ZHUJI_WATCH_WAITS": "1"}

    @property
    def postmaster(self) -> int:
        """The process of PostgreSQL that all others of it descend from."""
        return int((self.home.database / "postmaster.pid").read_text().split()[0])

    @contextlib.contextmanager
    def connected(self) -> Iterator[sa.Connection]:
        """Connect to the county's database as its owner; commit when the block ends."""
        engine = sa.create_engine(
            self.address.url(self.address.county_name(self.code)), poolclass=sa.NullPool
        )
        with engine.begin() as connection:
            yield connection
        engine.dispose()

    def command(self, *arguments: str, may_fail: bool = False) -> str:
        """Run ``zhuji …`` and return what it printed; raise CommandFailed.

        ``may_fail``: an exit code of 1 is an answer too (a proof that found faults).
        """
        done = self._run([*ZHUJI, *arguments])
        if done.returncode not in ({0, 1} if may_fail else {0}):
            raise CommandFailed(f"{' '.join(arguments[:3])}: {done.stderr[-2000:]}")
        return done.stdout

    def fill(self, *, fiscal_year: int, agencies: int, requests: int) -> None:
        """Make the made-up city (``loadtests.data``), enact and allot it; go on after a break.

        A home that was filled with just this is left alone.
        """
        mark = self.home.path / f"filled-{self.code.lower()}"
        wanted = f"{fiscal_year} {agencies} {requests}"
        if mark.exists() and mark.read_text() == wanted:
            self.command("db", "upgrade")  # it may have been filled by an older release
            return
        with contextlib.suppress(CommandFailed):  # it is there
            self.command("county", "add", self.code, "--name", f"示範{self.code}")
        year = ("--county", self.code, "--year", str(fiscal_year))
        sizes = ("--agencies", str(agencies), "--requests", str(requests))
        done = self._run([sys.executable, "-m", "loadtests.data", *year, *sizes])
        if done.returncode:
            raise CommandFailed(f"loadtests.data: {done.stderr[-2000:]}")
        with contextlib.suppress(CommandFailed):  # enacted and allotted already
            self.command("budget", "enact", *year, "--act-no", REASON, "--reason", REASON)
            self.command("budget", "allot", *year, "--reason", REASON)
        mark.write_text(wanted)

    def make_city(self, *, scale: float, history: int, fiscal_year: int) -> None:
        """Make a whole city ready, with ``history`` years that are over; go on after a break.

        It says itself how far it is. Raises CommandFailed.
        """
        self.command("db", "upgrade")  # it may have been made by an older release
        command = [
            sys.executable, "-m", "loadtests.data", "--county", self.code, "--scale", str(scale),
            "--years", str(history), "--year", str(fiscal_year),
        ]  # fmt: skip
        done = subprocess.run(command, env=self.environment, cwd=ROOT, check=False)
        if done.returncode:
            raise CommandFailed(f"loadtests.data ended with {done.returncode}")

    def set(self, module: str, key: str, value: str) -> None:
        """Keep a setting (``value`` is JSON), from the next request on."""
        with self.connected() as connection:
            connection.execute(sa.text(SET), {"module": module, "key": key, "value": value})

    def stand_at(self, day: dt.date) -> None:
        """Fix the business date, and let one address sign in for a whole city."""
        self.set("kernel", "business_date", f'"{day}"')
        self.set("kernel", "rate_address_per_minute", "10000")

    def _run(self, command: Sequence[str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, env=self.environment, cwd=ROOT, capture_output=True, text=True, check=False,
            timeout=COMMAND_S,
        )  # fmt: skip


@contextlib.contextmanager
def opened(folder: Path, *, code: str, fresh: bool = False) -> Iterator[Site]:
    """Start the PostgreSQL of the home in ``folder`` (``fresh``: of an empty one)."""
    if fresh:
        shutil.rmtree(folder, ignore_errors=True)
    home = Home(folder)
    # Room for a city; nothing that production would not have.
    with Cluster(home, options={"shared_buffers": "512MB"}) as address:
        yield Site(home, address, code=code)


@contextlib.contextmanager
def serving(
    site: Site,
    *,
    program: Sequence[str] = ZHUJI,
    more: Mapping[str, str] | None = None,
    background: bool = True,
    namespace: str = "",
    host: str = HOST,
) -> Iterator[Served]:
    """Serve the site for as long as the block lasts; raise CommandFailed when it cannot.

    ``program``: what takes the place of ``zhuji``; ``more``: variables of its environment;
    without ``background`` nobody follows events there. ``namespace``: a network namespace in
    which it listens at ``host``.
    """
    port = free_port()
    alone = () if background else ("--no-background",)
    inside = ("ip", "netns", "exec", namespace) if namespace else ()
    log = site.home.log / f"serve-{port}.log"
    with log.open("ab") as told:
        process = subprocess.Popen(
            [*inside, *program, "serve", "--host", host, "--port", str(port), *alone],
            env={**site.environment, **(more or {})}, cwd=ROOT,
            stdin=subprocess.DEVNULL, stdout=told, stderr=told,
        )  # fmt: skip
    try:
        with places.inside(namespace) if namespace else contextlib.nullcontext():
            _wait_until_answering(process, (host, port), log)
        yield Served(process=process, port=port)
    finally:
        process.terminate()
        try:
            process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_answering(
    process: subprocess.Popen[bytes], address: tuple[str, int], log: Path
) -> None:
    until = time.monotonic() + READY_S
    while not _answers(address):
        if process.poll() is not None or time.monotonic() > until:
            raise CommandFailed(f"serve: {log.read_text()[-2000:]}")
        time.sleep(0.1)


def _answers(address: tuple[str, int]) -> bool:
    connection = http.client.HTTPConnection(*address, timeout=60)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == http.client.OK
    except OSError:
        return False
    finally:
        connection.close()

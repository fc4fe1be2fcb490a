"""A county in a home of its own, and the real application that serves it, as its operator does it.

Databases, county and accounts are made by the public commands. PostgreSQL belongs to this process:
when the application is killed, the database lives on, as it does in production.
"""

from __future__ import annotations

import contextlib
import dataclasses
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import sqlalchemy as sa

from tests.prove.certification_parts.load import Account, Target
from tests.prove.certification_parts.seed import BUSINESS_DATE
from tests.prove.tools.results import WORK
from tests.prove.tools.trees import THIS, Tree
from zhuji_core.db.embedded import Cluster
from zhuji_core.db.server import ServerAddress
from zhuji_core.demo.client import CSRF_COOKIE, CSRF_HEADER, SEE_OTHER, DemoSession
from zhuji_core.home import Home
from zhuji_core.identity.sessions import cookie_name
from zhuji_core.testing.ports import free_port

HOST = "127.0.0.1"
COUNTY, COUNTY_NAME = "TXG", "臺中市"
REVIEWERS = 4
PASSWORD = "prove-certification-105"  # noqa: S105 (of a home that is deleted afterwards)
READY_TIMEOUT_S = 300.0  # of a machine that others share
COMMAND_TIMEOUT_S = 900.0

ZHUJI = THIS.zhuji
NAIVE = (sys.executable, "-m", "tests.prove.certification_parts.naive_serve")

# What an operator types is temporary since part 2; the measured accounts keep it. The code of
# part 1 has no such column.
KEEP_PASSWORDS = """
DO $$ BEGIN
    IF EXISTS (SELECT FROM information_schema.columns
                WHERE table_schema = 'kernel' AND table_name = 'user_account'
                  AND column_name = 'password_temporary') THEN
        UPDATE kernel.user_account SET password_temporary = false, password_until = NULL;
    END IF;
END $$
"""
SET_DATE = """
    INSERT INTO kernel.setting (module, key, value)
    VALUES ('kernel', 'business_date', to_jsonb(CAST(:date AS text)))
"""
DEADLOCKS = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"


class CommandFailed(Exception):
    """A command of the product ended with an error; its last words follow."""


class Site:
    """One home with one county; ``serve`` starts the application, as often as wanted.

    ``tree``: whose commands make the county and whose application serves it.
    """

    def __init__(self, home: Home, address: ServerAddress, *, tree: Tree = THIS) -> None:
        self.home = home
        self.address = address
        self.tree = tree
        self.admin = sa.create_engine(
            address.url(address.county_name(COUNTY)), pool_size=2, max_overflow=0
        )

    @property
    def environment(self) -> dict[str, str]:
        return {**self.tree.environment, "ZHUJI_HOME": str(self.home.path)}

    def command(
        self, *arguments: str, may_fail: bool = False, timeout_s: float = COMMAND_TIMEOUT_S
    ) -> str:
        """Run ``zhuji …`` in this home and return what it printed; raise CommandFailed.

        ``may_fail``: an exit code of 1 is an answer too (a proof that found faults).
        """
        done = subprocess.run(
            [*self.tree.zhuji, *arguments],
            env=self.environment,
            cwd=self.tree.root,
            capture_output=True,
            text=True,
            check=False,
            timeout=timeout_s,
        )
        if done.returncode != 0 and not (may_fail and done.returncode == 1 and done.stdout):
            raise CommandFailed(f"{' '.join(arguments[:3])}: {done.stderr[-2000:]}")
        return done.stdout

    def make_county(self, *, reviewers: int = REVIEWERS) -> None:
        """Add the county, fix its date, and make the accounts of the reviewers."""
        self.command("county", "add", COUNTY, "--name", COUNTY_NAME)
        with self.admin.begin() as connection:
            connection.execute(sa.text(SET_DATE), {"date": str(BUSINESS_DATE)})
        for number in range(reviewers):
            self.command(
                *("user", "add", _account(number), "--county", COUNTY, "--name", f"審核{number}"),
                *("--agency", "A000", "--agency-name", "機關A000", "--role", "REV"),
                *("--county-wide", "--password", PASSWORD),
            )
        with self.admin.begin() as connection:
            connection.execute(sa.text(KEEP_PASSWORDS))

    def deadlocks(self) -> int:
        """Return how many deadlocks PostgreSQL has counted in the county's database."""
        with self.admin.connect() as connection:
            return int(connection.execute(sa.text(DEADLOCKS)).scalar_one())


@dataclasses.dataclass(frozen=True, kw_only=True)
class Application:
    """A running application of a site."""

    process: subprocess.Popen[bytes]
    port: int
    started_s: float

    def kill(self) -> None:
        """End it as a power cut would: no chance to finish anything."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


@contextlib.contextmanager
def opened(name: str) -> Iterator[Site]:
    """Make a fresh home with a running PostgreSQL and an empty county; remove it at the end."""
    folder = WORK / "homes" / name
    shutil.rmtree(folder, ignore_errors=True)
    home = Home(folder)
    with Cluster(home) as address:
        site = Site(home, address)
        try:
            site.make_county()
            yield site
        finally:
            site.admin.dispose()
    shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def serving(site: Site, *, program: Sequence[str] = ()) -> Iterator[Application]:
    """Serve the site for as long as the block lasts; stop it politely, or find it dead."""
    application = start(site, program=program, port=free_port())
    try:
        yield application
    finally:
        stop(application)


def start(site: Site, *, program: Sequence[str] = (), port: int) -> Application:
    """Start the application (or ``program`` in its place) and wait until it answers.

    Raises CommandFailed when it ends before.
    """
    started = time.perf_counter()
    with (site.home.log / "serve.log").open("ab") as log:
        process = subprocess.Popen(
            [*(program or site.tree.zhuji), "serve", "--port", str(port)],
            env=site.environment,
            cwd=site.tree.root,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    wait_until_answering(process, port, log=site.home.log / "serve.log", since=started)
    return Application(process=process, port=port, started_s=time.perf_counter() - started)


def wait_until_answering(
    process: subprocess.Popen[bytes], port: int, *, log: Path, since: float | None = None
) -> None:
    """Return when the application on ``port`` answers; raise CommandFailed when it ends before."""
    started = time.perf_counter() if since is None else since
    while not _answers(port):
        if process.poll() is not None or time.perf_counter() - started > READY_TIMEOUT_S:
            process.kill()
            raise CommandFailed(f"serve: {log.read_text()[-2000:]}")
        time.sleep(0.05)


def stop(application: Application) -> None:
    if application.process.poll() is None:
        application.process.terminate()
    try:
        application.process.wait(timeout=30)
    except subprocess.TimeoutExpired:
        application.kill()


def sign_in(port: int, *, accounts: int = REVIEWERS) -> Target:
    """Sign the reviewers in through the page, and say how to send requests in their names."""
    signed_in = []
    for number in range(accounts):
        session = DemoSession(host=HOST, port=port, county=COUNTY.lower())
        reply = session.sign_in(account=_account(number), password=PASSWORD)
        session.close()
        if reply.status != SEE_OTHER:
            raise CommandFailed(f"sign-in of {_account(number)}: {reply.status}")
        cookies = session.cookies
        kept = {name: cookies[name] for name in (CSRF_COOKIE, cookie_name(COUNTY))}
        headers = {
            "Cookie": "; ".join(f"{name}={value}" for name, value in kept.items()),
            CSRF_HEADER: kept[CSRF_COOKIE],
            "Accept": "application/json",
        }
        signed_in.append(Account(account=_account(number), headers=headers))
    return Target(host=HOST, port=port, county=COUNTY.lower(), accounts=signed_in)


def _answers(port: int) -> bool:
    session = DemoSession(host=HOST, port=port, county=COUNTY.lower())
    try:
        return session.get("sign-in").status == 200
    except OSError:
        return False
    finally:
        session.close()


def _account(number: int) -> str:
    return f"reviewer{number}"

"""Start, share and stop the embedded PostgreSQL of one home.

Two locks in ``run/`` say all that processes must know of each other. They are held by open
files, so they end with their holder, however it ends:

- ``users``: shared by each process between ``start`` and ``stop``; who can take it alone is the
  last, and stops the cluster (a killed last one: the supervisor does it, after a grace).
- ``cluster``: handed down to PostgreSQL and each of its processes. Free means that not one of
  them lives, in this container or another; only then files they left behind are swept away.

As root PostgreSQL runs as a low account, yet its data stays in the home, under folders that
this account may not enter: the data folder is opened here and handed down, and PostgreSQL is
told that its data is at ``/proc/self/fd/N``.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import psycopg

from zhuji_core.db.data_folder import (
    ADMINISTRATOR,
    SOCKET_PREFIX,
    ClusterFailed,
    data_argument,
    environment,
    make_data,
    make_socket_folder,
    opened,
    socket_parent,
)
from zhuji_core.db.programs import Account, find_programs, low_account, reachable_programs
from zhuji_core.db.server import DEFAULT_PORT, ServerAddress
from zhuji_core.home import Home
from zhuji_core.values import N_, DomainError

START_TIMEOUT_S = 60.0  # crash recovery after a busy day; a usual start takes 0.1 s
STOP_TIMEOUT_S = 30.0  # a fast shutdown writes one checkpoint; then it is forced
POLL_S = 0.01
ALONE_TRIES = 3  # the supervisor looks at the lock once a second, for some microseconds
# A killed application that is started again within this time finds its cluster running.
GRACE_S = 10.0
LOG_BYTES_MAX = 10_000_000  # one older file is kept
LOG_TAIL_LINES = 5

# Lines of postmaster.pid (PostgreSQL's pidfile.h), counted from 0.
LINE_PID, LINE_PORT, LINE_SOCKETS, LINE_STATE = 0, 3, 4, 7

SETTINGS = {
    "listen_addresses": "",
    "port": str(DEFAULT_PORT),
    "max_connections": "100",
    "shared_buffers": "128MB",
    "unix_socket_permissions": "0700",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "jit": "off",  # statements here take about a millisecond; compiling one takes a hundred
    # What people typed must not reach a log: neither statements nor the values of a key.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_checkpoints": "off",
}


class SecretChanged(DomainError):
    """The home's secret is another one than the one that the database was made with."""

    code = "E-SECRET-CHANGED"
    message = N_("{path} 的資料庫是以另一把主密鑰建立的，請還原 secret 檔或 ZHUJI_SECRET。")
    status_code = 503


class RootUnsupported(DomainError):
    """PostgreSQL refuses root, and only Linux can hand down an open folder."""

    code = "E-PG-ROOT"
    message = N_("此作業系統請以一般使用者身分執行（PostgreSQL 不得以 root 執行）。")


class Cluster:
    """The embedded PostgreSQL of ``home``.

    ``options`` are settings of PostgreSQL for a start by this process, as ``fsync`` ``off`` for
    tests, or ``listen_addresses`` ``127.0.0.1`` and a ``port`` for tools without Unix sockets.
    """

    def __init__(self, home: Home, *, options: Mapping[str, str] | None = None) -> None:
        self.home = home
        self._options = {**SETTINGS, **(options or {})}
        self._users_lock = home.run / "users"
        self._cluster_lock = home.run / "cluster"
        self._log = home.log / "postgresql.log"
        self._using: int | None = None

    def __enter__(self) -> ServerAddress:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def address(self) -> ServerAddress:
        """Where it answers, while this or another process runs it; raise ClusterFailed."""
        address = self._answering()
        if address is None:
            raise self._failed("it is not running")
        return address

    def start(self) -> ServerAddress:
        """Return the running cluster's address, after starting it unless somebody has.

        Raises ClusterFailed, SecretChanged, RootUnsupported, ProgramsMissing, AccountMissing.
        """
        deadline = time.monotonic() + START_TIMEOUT_S
        using = self._use(deadline)
        try:
            address = self._start(deadline)
        except BaseException:
            os.close(using)
            self._stop_unless_used()
            raise
        if self._using is not None:
            os.close(self._using)  # started twice: still one use
        self._using = using
        return address

    def stop(self) -> bool:
        """End this process's use; the last user stops the cluster. Tell whether it stopped."""
        if self._using is None:
            return False
        os.close(self._using)
        self._using = None
        return self._stop_unless_used()

    def _stop_unless_used(self) -> bool:
        alone = self._alone()
        if alone is None:
            return False
        try:
            self._shut_down()
        finally:
            os.close(alone)
        return True

    def _alone(self) -> int | None:
        for _ in range(ALONE_TRIES):
            if (alone := _lock(self._users_lock, fcntl.LOCK_EX)) is not None:
                return alone
            time.sleep(POLL_S)
        return None

    def _use(self, deadline: float) -> int:
        while (using := _lock(self._users_lock, fcntl.LOCK_SH)) is None:
            if time.monotonic() > deadline:
                raise self._failed("another process has been stopping it for too long")
            time.sleep(POLL_S)
        return using

    def _start(self, deadline: float) -> ServerAddress:
        launched = False
        while time.monotonic() < deadline:
            free = _lock(self._cluster_lock, fcntl.LOCK_EX)
            if free is not None:
                try:
                    if launched:
                        raise self._failed(self._log_tail())
                    self._launch(free)
                finally:
                    os.close(free)
                launched = True
            elif (address := self._answering()) is not None:
                return address
            time.sleep(POLL_S)
        raise self._failed(self._log_tail())

    def _launch(self, lock: int) -> None:
        """Start PostgreSQL, making its data first where there is none; ``lock`` is handed down."""
        account = low_account(self.home.database)
        if account is not None and not Path("/proc/self/fd").is_dir():
            raise RootUnsupported
        self._sweep()
        programs, major = find_programs(major=self._data_version())
        programs = reachable_programs(programs, account)
        if not self.home.database.exists():
            make_data(
                self.home.database,
                programs=programs,
                major=major,
                account=account,
                password=self._password(),
                durable=self._options.get("fsync") != "off",
            )
        with opened(self.home.database) as data:
            self._supervise(programs, account, lock=lock, data=data)

    def _data_version(self) -> int | None:
        try:
            return int((self.home.database / "PG_VERSION").read_text())
        except FileNotFoundError:
            return None

    def _sweep(self) -> None:
        """Take away what a killed cluster left; no process of it lives (its lock is ours).

        PostgreSQL itself only knows the number of the old process, which after a restart of a
        machine or container often belongs to somebody else, and would then refuse to start.
        """
        left = self._pid_file()
        if left is None:
            return
        _remove_sockets(left)
        (self.home.database / "postmaster.pid").unlink()
        if self._log.exists() and self._log.stat().st_size > LOG_BYTES_MAX:
            self._log.replace(self._log.with_suffix(".log.1"))

    def _supervise(self, programs: Path, account: Account | None, *, lock: int, data: int) -> None:
        sockets = str(make_socket_folder(account))
        settings = self._options | {"unix_socket_directories": sockets}
        argument = data_argument(self.home.database, data, account)
        order = {
            "command": [
                str(programs / "postgres"),
                *("-D", argument),
                *(part for name, value in settings.items() for part in ("-c", f"{name}={value}")),
            ],
            "environment": environment(),
            "keep": [lock, data],
            "account": {} if account is None else account.for_subprocess,
            "users": str(self._users_lock),
            "sockets": sockets,
            "grace_s": GRACE_S,
        }
        with self._log.open("ab") as log:
            os.fchmod(log.fileno(), 0o600)
            subprocess.run(  # noqa: S603 (this package's own file)
                [
                    sys.executable,
                    "-ISB",
                    Path(__file__).with_name("supervisor.py"),
                    json.dumps(order),
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                check=True,
                pass_fds=(lock, data),
            )

    def _answering(self) -> ServerAddress | None:
        """Return the address if the cluster answers; raise SecretChanged if not to us."""
        running = self._pid_file()
        if running is None or running[LINE_STATE].strip() != "ready":
            return None
        address = ServerAddress(
            host=running[LINE_SOCKETS],
            port=int(running[LINE_PORT]),
            user=ADMINISTRATOR,
            password=self._password(),
        )
        try:
            address.connect().close()
        except psycopg.OperationalError as error:
            if "password authentication failed" in str(error):
                raise SecretChanged(path=str(self.home.path)) from error
            return None
        return address

    def _shut_down(self) -> None:
        running = self._pid_file()
        # Fast: roll back and write a checkpoint. If that hangs, at once: the next start recovers.
        for order in (signal.SIGINT, signal.SIGQUIT):
            if running is not None and not self._is_down():
                self._signal(int(running[LINE_PID]), order)
            if self._comes_down():
                if running is not None:
                    _remove_sockets(running)
                return
        raise self._failed("it does not stop")

    def _signal(self, pid: int, order: signal.Signals) -> None:
        """Signal PostgreSQL; as root, never what another account wrote into its file."""
        process = Path(f"/proc/{pid}")
        if process.exists() and process.stat().st_uid != self.home.database.stat().st_uid:
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, order)

    def _comes_down(self) -> bool:
        deadline = time.monotonic() + STOP_TIMEOUT_S
        while time.monotonic() < deadline:
            if self._is_down():
                return True
            time.sleep(POLL_S)
        return False

    def _is_down(self) -> bool:
        free = _lock(self._cluster_lock, fcntl.LOCK_EX)
        if free is None:
            return False
        os.close(free)
        return True

    def _pid_file(self) -> list[str] | None:
        """Return the lines of postmaster.pid, or None while it is missing or half written."""
        try:
            lines = (self.home.database / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return None
        return lines if len(lines) > LINE_STATE else [*lines, *[""] * (LINE_STATE + 1)]

    def _password(self) -> str:
        return self.home.derive("postgresql administrator")

    def _failed(self, log: str) -> ClusterFailed:
        return ClusterFailed(path=str(self._log), log=log)

    def _log_tail(self) -> str:
        lines = self._log.read_text(errors="replace").splitlines() if self._log.exists() else []
        return "\n".join(lines[-LOG_TAIL_LINES:])


def _lock(file: Path, kind: int) -> int | None:
    """Return an open file that holds the lock until it is closed, or None at once."""
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def _remove_sockets(pid_file: list[str]) -> None:
    folder = Path(pid_file[LINE_SOCKETS])
    if folder.name.startswith(SOCKET_PREFIX) and folder.parent == socket_parent():
        shutil.rmtree(folder, ignore_errors=True)

"""Connections to the platform's database and to each county's, every one as its own role."""

from __future__ import annotations

import os
import threading
from typing import Any

import sqlalchemy as sa

from zhuji_core.county import County, CountyNotFound
from zhuji_core.db.server import CONNECT_TIMEOUT_S, ServerAddress, WrongDatabase
from zhuji_core.home import Home

# About four per core: a transaction mostly waits for the disk and for locks, seldom for a core
# (performance.md). As many threads serve, so nobody waits for a connection; the embedded server
# allows 100 in all. Measured in one process: reading the affinity respects containers' limits.
CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
POOL_SIZE = min(4 * CORES, 24)
# The platform is asked which counties there are, every few seconds.
PLATFORM_POOL_SIZE = 4
POOL_TIMEOUT_S = 5

OPTIONS = {
    "statement_timeout": "5s",
    "lock_timeout": "3s",
    # A unit of work never waits for a person, at most for the reading of a file: a stuck one
    # must not hold locks over others.
    "idle_in_transaction_session_timeout": "30s",
    "TimeZone": "UTC",
    # Every statement is written for its plan (by key, or with a limit) and is prepared once for a
    # connection: choosing again for each set of values costs more than most of them run.
    "plan_cache_mode": "force_generic_plan",
    # SQL here names its schema; a bare name finds nothing instead of somebody's look-alike.
    "search_path": "pg_catalog",
}

FIND_DATABASE = sa.text("SELECT database_name FROM platform.county WHERE code = :code")
THIS_COUNTY = "SELECT code FROM kernel.this_county"


class Engines:
    """One pool for the platform and, made at first use, one for each county.

    The roles' passwords are derived from the secret of ``home``. ``statement_timeout``: how long a
    statement may take; on a machine that is busy with tests longer than for a person who waits.
    """

    def __init__(
        self,
        server: ServerAddress,
        home: Home,
        *,
        statement_timeout: str = OPTIONS["statement_timeout"],
    ) -> None:
        self.server = server
        self.home = home
        self._options = {**OPTIONS, "statement_timeout": statement_timeout}
        self._counties: dict[str, sa.Engine] = {}
        self._lock = threading.Lock()
        name = server.platform_name
        self.platform = self._engine(name, name, size=PLATFORM_POOL_SIZE)

    def county(self, county: County | str) -> sa.Engine:
        """Return the pool of a county (or of its code); raise CountyNotFound if not registered.

        A connection raises WrongDatabase when the database turns out to be another county's.
        """
        code = county if isinstance(county, str) else county.code
        engine = self._counties.get(code)
        return self._open(code) if engine is None else engine

    def password(self, role: str) -> str:
        """Return the password of a role on the server; it is stored nowhere."""
        return self.home.derive(f"postgresql role {role}")

    def dispose(self) -> None:
        """Close every connection that is not in use; pools fill again when they are used."""
        for engine in (self.platform, *self._counties.values()):
            engine.dispose()

    def _open(self, code: str) -> sa.Engine:
        with self.platform.connect() as connection:
            database = connection.execute(FIND_DATABASE, {"code": code}).scalar_one_or_none()
        if database is None:
            raise CountyNotFound(county=code)
        with self._lock:
            if code not in self._counties:
                engine = self._engine(database, self.server.county_name(code), size=POOL_SIZE)
                sa.event.listen(engine, "connect", _checker(code))
                self._counties[code] = engine
            return self._counties[code]

    def _engine(self, database: str, role: str, *, size: int) -> sa.Engine:
        return sa.create_engine(
            self.server.url(database, user=role, password=self.password(role)),
            poolclass=sa.QueuePool,
            pool_size=size,
            max_overflow=0,
            pool_timeout=POOL_TIMEOUT_S,
            pool_use_lifo=True,  # the few connections of a quiet hour stay warm
            pool_pre_ping=False,  # one round trip per request; a broken pool empties itself
            connect_args={
                "connect_timeout": CONNECT_TIMEOUT_S,
                "application_name": f"zhuji {database}",
                "options": " ".join(f"-c {name}={value}" for name, value in self._options.items()),
            },
        )


def _checker(code: str) -> Any:
    """Compare at each new connection: databases are renamed when a county is restored."""

    def check(connection: Any, _record: object) -> None:
        row = connection.execute(THIS_COUNTY).fetchone()
        connection.rollback()
        if row is None or row[0] != code:
            raise WrongDatabase(expected=code, found=None if row is None else row[0])

    return check

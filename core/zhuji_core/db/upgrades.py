"""Which counties stand at which tables, in which order they are upgraded, and how it last went."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import msgspec
import psycopg
import sqlalchemy as sa

from zhuji_core.county import UPKEEP, County, CountyNotFound, CountyState
from zhuji_core.db.engines import Engines
from zhuji_core.db.migrate import Standing, standings
from zhuji_core.db.migrations import KERNEL, Migrations
from zhuji_core.values import N_, DomainError, Value

# The text of a database's error; its statement and parameters are left out.
ERROR_MAX = 500

SIZES = """
    SELECT c.code, COALESCE(pg_database_size(d.datname), 0)
      FROM unnest(%s::text[], %s::text[]) AS c (code, database_name)
      LEFT JOIN pg_database AS d ON d.datname = c.database_name
"""
BEGUN = """
    INSERT INTO platform.county_upgrade (code, started_at) VALUES (%s, now())
        ON CONFLICT (code) DO UPDATE
       SET started_at = now(), finished_at = NULL, attempts = 1, revisions = '{}', error = ''
"""
ENDED = """
    UPDATE platform.county_upgrade
       SET finished_at = now(), attempts = %s, revisions = %s, error = %s
     WHERE code = %s
"""
LAST = """
    SELECT code, started_at, finished_at, attempts, error FROM platform.county_upgrade LIMIT 1000
"""
NAMES = "SELECT code, database_name FROM platform.county ORDER BY code LIMIT 1000"


class CountyLeftOut(DomainError):
    """A county that is being moved or restored is not upgraded: its tables are elsewhere."""

    code = "E-COUNTY-LEFT-OUT"
    message = N_("{county}正在移轉或還原，不升級，也不能作為先行縣市。")


class LastAttempt(Value, frozen=True, kw_only=True):
    """``finished_at`` None: it runs at this moment, or was killed."""

    code: str
    started_at: dt.datetime
    finished_at: dt.datetime | None
    attempts: int
    error: str


class CountyStatus(Value, frozen=True, kw_only=True):
    """Where one county stands: each schema, how many revisions it lacks, and the last attempt.

    ``unreachable`` says why its database could not be asked; then nothing else is known.
    """

    code: str
    name: str
    state: CountyState
    schemas: tuple[Standing, ...] = ()
    behind: int = 0
    last: LastAttempt | None = None
    size_bytes: int = 0
    unreachable: str = ""

    @property
    def is_current(self) -> bool:
        """Tell whether nothing is left to do.

        An upgrade that was killed after its tables lacks what it writes last: the rights.
        """
        return not (self.behind or self.unreachable or self.is_broken_off)

    @property
    def is_broken_off(self) -> bool:
        """Tell whether the last upgrade failed, was killed, or runs at this moment."""
        return self.last is not None and (self.last.finished_at is None or bool(self.last.error))


def order(engines: Engines, counties: Sequence[County], *, canary: str = "") -> list[County]:
    """Return the counties in the order of upgrading: the canary, then the others by code.

    Without a name the smallest database goes first: what fails there fails soonest and is put
    right soonest. Those that are being moved or restored are left out. Raises CountyNotFound or
    CountyLeftOut for the canary named.
    """
    able = sorted((one for one in counties if one.state in UPKEEP), key=lambda one: one.code)
    if canary:
        named = next((one for one in counties if one.code == canary.upper()), None)
        if named is None:
            raise CountyNotFound(county=canary)
        if named not in able:
            raise CountyLeftOut(county=named.name)
        first = named.code
    else:
        sizes = database_sizes(engines)
        first = min(able, key=lambda one: sizes.get(one.code, 0)).code if able else ""
    return sorted(able, key=lambda one: (one.code != first, one.code))


def begun(engines: Engines, code: str) -> None:
    """Note that an upgrade of the county starts, so that one that was killed can be told."""
    server = engines.server
    with server.connect(server.platform_name) as platform:
        platform.execute(BEGUN, (code,))


def ended(
    engines: Engines, code: str, *, attempts: int, revisions: Sequence[str], error: str
) -> None:
    """Note how it went."""
    server = engines.server
    with server.connect(server.platform_name) as platform:
        platform.execute(ENDED, (attempts, list(revisions), error[:ERROR_MAX], code))


def short_error(error: Exception) -> str:
    """Say in one line what went wrong, without statements and without what they carried."""
    cause = error.orig if isinstance(error, sa.exc.DBAPIError) and error.orig else error
    first = next(iter(str(cause).strip().splitlines()), "")
    return f"{type(cause).__name__}: {first}"[:ERROR_MAX]


def status(
    engines: Engines, counties: Sequence[County], migrations: Sequence[Migrations]
) -> list[CountyStatus]:
    """Ask every county's database where it stands; one that cannot be reached is shown as such."""
    server = engines.server
    with server.connect(server.platform_name) as platform:
        last = {row[0]: _last(row) for row in platform.execute(LAST).fetchall()}
        names: dict[str, str] = dict(platform.execute(NAMES).fetchall())
    sizes = database_sizes(engines)
    return [
        _asked(
            engines,
            names[one.code],
            [KERNEL, *migrations],
            CountyStatus(
                code=one.code,
                name=one.name,
                state=one.state,
                last=last.get(one.code),
                size_bytes=sizes.get(one.code, 0),
            ),
        )
        for one in counties
    ]


def database_sizes(engines: Engines) -> dict[str, int]:
    """Return the bytes of every county's database by its code."""
    server = engines.server
    with server.connect(server.platform_name) as platform:
        rows = platform.execute(NAMES).fetchall()
        codes, names = [row[0] for row in rows], [row[1] for row in rows]
        return dict(platform.execute(SIZES, (codes, names)).fetchall())


def _asked(
    engines: Engines, database: str, migrations: Sequence[Migrations], told: CountyStatus
) -> CountyStatus:
    try:
        schemas = tuple(standings(engines.server, database, migrations))
    except (sa.exc.DBAPIError, psycopg.Error) as error:
        return msgspec.structs.replace(told, unreachable=short_error(error))
    return msgspec.structs.replace(
        told, schemas=schemas, behind=sum(len(one.behind) for one in schemas)
    )


def _last(row: tuple[Any, ...]) -> LastAttempt:
    code, started_at, finished_at, attempts, error = row
    return LastAttempt(
        code=code, started_at=started_at, finished_at=finished_at, attempts=attempts, error=error
    )

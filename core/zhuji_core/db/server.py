"""Where the PostgreSQL server is, and what zhuji's databases and roles on it are called."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import Any, LiteralString

import psycopg
import sqlalchemy as sa
from psycopg.conninfo import conninfo_to_dict

DEFAULT_PORT = 5432
CONNECT_TIMEOUT_S = 5


class WrongDatabase(RuntimeError):
    """A county's database says that it is another county's: nothing may be read or written."""

    def __init__(self, *, expected: str, found: str | None) -> None:
        super().__init__(f"connected for county {expected}, but kernel.this_county says {found}")


@dataclass(frozen=True, kw_only=True, slots=True)
class ServerAddress:
    """A server and the role that administers zhuji's databases there.

    ``host`` is a host name or the folder of a Unix socket; ``extra`` holds further libpq
    parameters (``sslmode``, ``sslrootcert``…). ``prefix`` begins the name of every database and
    role, so that two installations may share a server.
    """

    host: str
    port: int = DEFAULT_PORT
    user: str
    password: str = field(repr=False)
    database: str = "postgres"
    extra: tuple[tuple[str, str], ...] = ()
    prefix: str = "zhuji"

    @classmethod
    def from_environment(cls) -> ServerAddress | None:
        """Return the production server of ``ZHUJI_DATABASE_URL``, or None when it is not set."""
        given = os.environ.get("ZHUJI_DATABASE_URL", "")
        return cls.from_dsn(given) if given else None

    @classmethod
    def from_dsn(cls, dsn: str) -> ServerAddress:
        """Read a libpq URL or ``key=value`` text; raise psycopg.ProgrammingError."""
        parts = {key: str(value) for key, value in conninfo_to_dict(dsn).items()}
        return cls(
            host=parts.pop("host", "localhost"),
            port=int(parts.pop("port", DEFAULT_PORT)),
            user=parts.pop("user", "postgres"),
            password=parts.pop("password", ""),
            database=parts.pop("dbname", "postgres"),
            extra=tuple(sorted(parts.items())),
        )

    @property
    def platform_name(self) -> str:
        """The platform's database, and its role without rights on any other."""
        return f"{self.prefix}_platform"

    def county_name(self, code: str) -> str:
        """Return what a new county's database is called, and its role."""
        return f"{self.prefix}_{code.lower()}"

    def url(self, database: str, *, user: str = "", password: str = "") -> sa.URL:
        """Return SQLAlchemy's address of ``database`` for ``user``, else for the administrator."""
        query = dict(self.extra)
        # A folder does not fit into the host part of a URL.
        is_socket = self.host.startswith("/")
        if is_socket:
            query |= {"host": self.host, "port": str(self.port)}
        return sa.URL.create(
            "postgresql+psycopg",
            username=user or self.user,
            password=password if user else self.password,
            host=None if is_socket else self.host,
            port=None if is_socket else self.port,
            database=database,
            query=query,
        )

    def connect(self, database: str = "") -> psycopg.Connection[Any]:
        """Open an administrator's connection in autocommit, to ``postgres`` unless told."""
        extra: dict[str, Any] = dict(self.extra)
        return psycopg.connect(
            host=self.host,
            port=self.port,
            user=self.user,
            password=self.password,
            dbname=database or self.database,
            connect_timeout=CONNECT_TIMEOUT_S,
            application_name="zhuji-admin",
            autocommit=True,
            **extra,
        )


def scalar(connection: psycopg.Connection[Any], query: LiteralString, *values: object) -> Any:
    """Return the first column of the first row, or None without a row."""
    row = connection.execute(query, values).fetchone()
    return None if row is None else row[0]

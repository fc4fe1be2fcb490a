"""Fixtures ``txg`` and ``mli``: a clean county, and the way to open units of work in it."""

from __future__ import annotations

import contextlib
import datetime as dt
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

import pytest

if TYPE_CHECKING:
    import pluggy
    import sqlalchemy as sa

    from zhuji_core.county import County
    from zhuji_core.identity.actor import Actor
    from zhuji_core.testing.cleaning import CleanDatabase
    from zhuji_core.testing.cluster import CountyDatabases
    from zhuji_core.uow import UnitOfWork

# The demo's date: the figures of the official books are those of fiscal year 105.
BUSINESS_DATE = dt.date(2016, 3, 15)
# The modules under whose name tests write that belong to none.
MODULES_OF_TESTS = ("probe", "test")

T = TypeVar("T")


@dataclass(kw_only=True)
class CountyUnderTest:
    """One county of this worker. ``settings`` and ``business_date`` may be set by the test."""

    county: County
    engine: sa.Engine
    admin: sa.Engine
    manager: pluggy.PluginManager
    settings: dict[str, dict[str, Any]] = field(default_factory=dict)
    business_date: dt.date = BUSINESS_DATE
    database: CleanDatabase | None = None

    def begun(self, name: str, make: Callable[[], T]) -> T:
        """Return what ``make`` returns; the rows that it leaves are made once for many tests.

        ``make`` writes to this county's database and nowhere else, and returns what nobody
        changes; ``name`` says what it makes, with all that is not said by settings and date.
        """
        if self.database is None:
            return make()
        return self.database.begun((name, repr(self.settings), self.business_date), make)

    @contextlib.contextmanager
    def uow(self, actor: Actor | None = None, *, read_only: bool = False) -> Iterator[UnitOfWork]:
        """Open a unit of work; without an actor, as one who may do everything."""
        from zhuji_core.hooks import Hooks  # noqa: PLC0415 (loaded with the tests that use it)
        from zhuji_core.uow import begin  # noqa: PLC0415 (same)

        with begin(
            self.engine,
            hooks=Hooks(self.manager, frozenset((*self.county.modules, *MODULES_OF_TESTS))),
            county=self.county,
            actor=actor or given_actor(),
            now=dt.datetime.now(dt.UTC),
            business_date=self.business_date,
            settings=self.settings,
            read_only=read_only,
        ) as uow:
            yield uow

    def rows(self, sql: str, **parameters: object) -> list[Any]:
        """Ask the county's database as the server's administrator."""
        import sqlalchemy as sa  # noqa: PLC0415 (loaded with the tests)

        with self.admin.connect() as connection:
            return list(connection.execute(sa.text(sql), parameters).all())

    def execute(self, sql: str, **parameters: object) -> None:
        """Change the county's database as its administrator: what no user could do."""
        import sqlalchemy as sa  # noqa: PLC0415 (loaded with the tests)

        with self.admin.begin() as connection:
            connection.execute(sa.text(sql), parameters)

    def corrupt(self, sql: str, **parameters: object) -> None:
        """The same past every trigger and foreign key: what only a hand that means to would do."""
        import sqlalchemy as sa  # noqa: PLC0415 (loaded with the tests)

        with self.admin.begin() as connection:
            connection.execute(sa.text("SET LOCAL session_replication_role = replica"))
            connection.execute(sa.text(sql), parameters)


class _Everything(dict[str, tuple[str, ...]]):
    """Permissions of one who may do everything in the whole county."""

    def get(self, _name: str, _default: object = None) -> tuple[str, ...]:
        return ("*",)


def given_actor(
    number: int = 1,
    *,
    permissions: Mapping[str, tuple[str, ...]] | None = None,
    agency_code: str = "A1",
    name: str = "",
) -> Actor:
    """Return an actor; without ``permissions`` one who may do everything in the county."""
    from zhuji_core.identity.actor import Actor  # noqa: PLC0415 (loaded with the tests)

    return Actor(
        user_id=uuid.UUID(int=number),
        account=f"user{number}",
        name=name or f"使用者{number}",
        agency_code=agency_code,
        agency_name=f"機關{agency_code}",
        roles=(),
        role_titles=(),
        permissions=_Everything() if permissions is None else permissions,
    )


def under_test(databases: CountyDatabases, code: str) -> CountyUnderTest:
    county = next(county for county in databases.counties if county.code == code)
    return CountyUnderTest(
        county=county,
        engine=databases.engines.county(county),
        admin=databases.admins[code],
        manager=databases.manager,
        database=databases.clean_databases[code],
    )


@pytest.fixture
def txg(county_databases: CountyDatabases) -> CountyUnderTest:
    """The county with every installed module, clean."""
    return under_test(county_databases, "TXG")


@pytest.fixture
def mli(county_databases: CountyDatabases) -> CountyUnderTest:
    """The county with budget only, clean."""
    return under_test(county_databases, "MLI")

"""Two filled counties behind one application, for the programs of proofs (tests have fixtures)."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from tests.boundaries.cuts import Cutter
from tests.boundaries.proxy import POSTGRES_PORT, HttpWire, PostgresWire
from tests.boundaries.recipe import Book
from tests.boundaries.world import World
from tests.core.probe import ProbeModule
from tests.core.site import Site
from tests.prove.tools.results import WORK
from zhuji_core import hooks
from zhuji_core.db.engines import Engines
from zhuji_core.db.server import ServerAddress
from zhuji_core.home import Home
from zhuji_core.testing.cluster import CountyDatabases, running_host
from zhuji_core.testing.counties import under_test

PREFIX = "zhuji_prove"  # of databases and roles, as ``running_host`` makes it of a worker's name


@contextmanager
def opened_worlds(name: str) -> Iterator[tuple[World, World]]:
    """Make a cluster with TXG (every module) and MLI (budget alone), and serve them."""
    folder = WORK / "homes" / name
    shutil.rmtree(folder, ignore_errors=True)
    with ExitStack() as stack:
        host = stack.enter_context(running_host(folder, worker="prove"))
        databases = CountyDatabases(host)
        stack.callback(databases.close)
        site = stack.enter_context(Site(module=ProbeModule(), manager=hooks.load()).served())
        site.begin_test(under_test(databases, "TXG"), under_test(databases, "MLI"))
        worlds = World(site=site, code="TXG"), World(site=site, code="MLI")
        for world in worlds:
            world.fill()
            stack.callback(world.close)
        yield worlds


@contextmanager
def cutting(world: World, *, book: Book, server: ServerAddress, home: Home) -> Iterator[Cutter]:
    """Put a wire before PostgreSQL and one before the application of ``world``'s site."""
    with ExitStack() as stack:
        database = PostgresWire(Path(server.host) / f".s.PGSQL.{server.port}")
        stack.callback(database.close)
        engines = Engines(
            dataclasses.replace(server, host=str(database.folder), port=POSTGRES_PORT), home
        )
        stack.callback(engines.dispose)
        engine = engines.county(world.code)
        # Prepared after some uses or not: the messages of a request must not depend on that.
        sa.event.listen(engine, "connect", _unprepared)
        access = world.site.counties[world.code]
        world.site.counties[world.code] = dataclasses.replace(
            access,
            engine=engine,
            statements=engine.execution_options(isolation_level="AUTOCOMMIT"),
        )
        wire = HttpWire(world.address)
        stack.callback(wire.close)
        cutter = Cutter(world, book=book, database=database, http=wire)
        stack.callback(cutter.close)
        yield cutter


def _unprepared(connection: Any, _record: object) -> None:
    connection.prepare_threshold = None

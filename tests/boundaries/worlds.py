"""Two filled counties behind one application, for the programs of proofs (tests have fixtures)."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from tests.boundaries.world import World
from tests.core.probe import ProbeModule
from tests.core.site import Site
from tests.prove.tools.results import WORK
from zhuji_core import hooks
from zhuji_core.testing.cluster import CountyDatabases, running_host
from zhuji_core.testing.counties import under_test


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

"""The whole application over two filled counties, for the proofs at its borders."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.boundaries.world import World
from tests.core.probe import ProbeModule
from tests.core.site import Site
from zhuji_core import hooks
from zhuji_core.testing.counties import CountyUnderTest


@pytest.fixture(scope="session")
def _served_borders() -> Iterator[Site]:
    with Site(module=ProbeModule(), manager=hooks.load()).served() as site:
        yield site


@pytest.fixture
def worlds(
    _served_borders: Site, txg: CountyUnderTest, mli: CountyUnderTest
) -> Iterator[tuple[World, World]]:
    """TXG with every module, MLI with budget alone; both with agencies, lines and money."""
    _served_borders.begin_test(txg, mli)
    here = World(site=_served_borders, code="TXG")
    there = World(site=_served_borders, code="MLI")
    for world in (here, there):
        world.fill()
    yield here, there
    for world in (here, there):
        world.close()

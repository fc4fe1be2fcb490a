"""The whole application over two filled counties, for the proofs at its borders."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.boundaries.world import World
from tests.core.site import Site
from zhuji_core.testing.counties import CountyUnderTest


@pytest.fixture
def worlds(
    served_whole: Site, txg: CountyUnderTest, mli: CountyUnderTest
) -> Iterator[tuple[World, World]]:
    """TXG with every module, MLI with budget alone; both with agencies, lines and money."""
    served_whole.begin_test(txg, mli)
    here = World(site=served_whole, code="TXG")
    there = World(site=served_whole, code="MLI")
    for world in (here, there):
        world.fill()
    yield here, there
    for world in (here, there):
        world.close()

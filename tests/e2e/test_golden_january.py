"""January of the golden quarter, keyed through the pages by eight people, and closed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.core.site import Site
from tests.e2e.january import compared, keyed
from tests.golden.town import Town

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.slow]


@pytest.fixture
def town(site: Site) -> Iterator[Town]:
    with Town(site) as opened:
        yield opened


def test_january_is_keyed_and_closed(town: Town, chromium: Browser) -> None:
    """How many keys each step takes is a figure of ``make prove WHAT=accounting``, january."""
    replay, steps = keyed(town, chromium)

    assert sum(presses for _, presses in steps) > 0
    for one in compared(replay):
        assert one.cells
        assert not one.differing, one.differing
    assert not replay.eyes.violations, "\n".join(replay.eyes.violations)
    assert not replay.faults, replay.faults

"""The golden quarter, done by people through the API, and every figure of it compared."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from tests.core.site import Site
from tests.golden.comparison import told
from tests.golden.government import GOLDEN, OTHER
from tests.golden.lived import live
from tests.golden.tables import compared, compared_elsewhere, unexpected
from tests.golden.town import Town
from zhuji_core.testing.counties import CountyUnderTest


@pytest.fixture
def town(served_whole: Site, txg: CountyUnderTest, mli: CountyUnderTest) -> Iterator[Town]:
    served_whole.begin_test(txg, mli)
    with Town(served_whole) as opened:
        yield opened


def test_the_quarter_by_the_api_and_in_its_spreadsheets(town: Town) -> None:
    (replay,) = live(town, GOLDEN)
    found = list(compared(replay))
    sys.stdout.write(told(found) + "\n")
    assert not unexpected(found), told(found)
    assert sum(one.equal for one in found) > 0


def test_another_government_keeps_the_same_quarter(town: Town) -> None:
    """Codes of ten digits, the older objects and chart, the annual basis: the same money."""
    (replay,) = live(town, OTHER)
    found = list(compared_elsewhere(replay))
    sys.stdout.write(told(found) + "\n")
    assert not unexpected(found), told(found)
    assert sum(one.equal for one in found) > 0

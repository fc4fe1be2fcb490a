"""The whole application on a free port, and Chromium."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.core.probe import ProbeModule
from tests.core.site import Site
from zhuji_core import hooks
from zhuji_core.testing.counties import CountyUnderTest


@pytest.fixture
def site(txg: CountyUnderTest, mli: CountyUnderTest) -> Iterator[Site]:
    with Site(module=ProbeModule(), manager=hooks.load()).served() as served:
        served.begin_test(txg, mli)
        yield served

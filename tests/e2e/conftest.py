"""The whole application on a free port, and Chromium."""

from __future__ import annotations

import pytest

from tests.core.site import Site
from zhuji_core.testing.counties import CountyUnderTest


@pytest.fixture
def site(served_whole: Site, txg: CountyUnderTest, mli: CountyUnderTest) -> Site:
    served_whole.begin_test(txg, mli)
    return served_whole

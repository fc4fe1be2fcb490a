"""The application over both counties, for tests of the kernel."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.core.probe import ProbeModule
from tests.core.site import Browser, Site
from zhuji_core.server import settle
from zhuji_core.testing.counties import CountyUnderTest


@pytest.fixture(scope="session")
def _served() -> Iterator[Site]:
    with Site(module=ProbeModule()).served() as site:
        settle()
        yield site


@pytest.fixture
def site(_served: Site, txg: CountyUnderTest, mli: CountyUnderTest) -> Site:
    """The application with the probe module enabled in TXG and not in MLI."""
    _served.begin_test(txg, mli)
    return _served


@pytest.fixture
def whole_site(served_whole: Site, txg: CountyUnderTest, mli: CountyUnderTest) -> Site:
    """The same with every installed module: for what must hold for the routes of each."""
    served_whole.begin_test(txg, mli)
    return served_whole


@pytest.fixture
def clerk(site: Site) -> Iterator[Browser]:
    """A browser in which a clerk (REQ of agency A1) has signed in to TXG."""
    site.given_user("clerk", "REQ")
    with site.browser("clerk") as browser:
        yield browser


@pytest.fixture
def stranger(site: Site) -> Iterator[Browser]:
    """A browser in which nobody has signed in."""
    with site.browser() as browser:
        yield browser

"""An accounting office on a real database, by itself and behind the application."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.core.site import Site
from tests.plugins.accounting.given import ALPHA, BETA, Office, given_office
from tests.plugins.accounting.people import People
from zhuji_core.testing.counties import CountyUnderTest


@pytest.fixture
def office(txg: CountyUnderTest) -> Office:
    """Government 甲: allotted basis, old codes."""
    return given_office(txg)


@pytest.fixture(params=[ALPHA, BETA], ids=["alpha-allotted", "beta-annual"])
def any_office(request: pytest.FixtureRequest, txg: CountyUnderTest) -> Office:
    """Each of the two governments in turn."""
    return given_office(txg, request.param)


@pytest.fixture
def people(served_whole: Site, txg: CountyUnderTest, mli: CountyUnderTest) -> Iterator[People]:
    """Everybody of government 甲's office, signed in at a real server."""
    served_whole.begin_test(txg, mli)
    with People.signed_in(served_whole, given_office(txg)) as everybody:
        yield everybody

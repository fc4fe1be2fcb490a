"""An accounting office, whose documents tell the events that listeners must follow."""

from __future__ import annotations

import pytest

from tests.plugins.accounting.given import Office, given_office
from zhuji_core.testing.counties import CountyUnderTest


@pytest.fixture
def office(txg: CountyUnderTest) -> Office:
    return given_office(txg)

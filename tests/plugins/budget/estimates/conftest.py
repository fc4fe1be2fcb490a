"""Who keys and submits an estimate, at a browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.core.site import Browser, Site
from tests.plugins.budget.given import AGENCY, given_allotted
from zhuji_core.testing.counties import CountyUnderTest


@pytest.fixture
def keeper(site: Site, mli: CountyUnderTest) -> Iterator[Browser]:
    """The accountant of the agency, who writes and submits."""
    given_allotted(mli)
    site.given_user("keeper", "CACC", county="MLI", agency_code=AGENCY, in_agency=AGENCY)
    with site.browser("keeper", county="mli") as browser:
        yield browser

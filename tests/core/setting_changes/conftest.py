"""A county with everybody who changes settings, signed in."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.core.people import Staff
from tests.core.site import Site


@pytest.fixture
def staff(whole_site: Site) -> Iterator[Staff]:
    with Staff.signed_in(whole_site) as staff:
        yield staff

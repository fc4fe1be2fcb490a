"""An authenticator in software, at the address to which keys can be bound."""

from __future__ import annotations

import pytest

from tests.core.identity.authenticator import Authenticator
from tests.core.identity.ceremony import named_address
from tests.core.site import Site


@pytest.fixture
def key(site: Site) -> Authenticator:
    return Authenticator(origin=named_address(site))

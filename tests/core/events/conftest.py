"""A county with a schema in which ears write down what they hear."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.core.events.given import Listening
from tests.core.site import Site


@pytest.fixture
def heard(site: Site) -> Iterator[Site]:
    txg = site.under_test["TXG"]
    role = txg.engine.url.username
    txg.execute("DROP SCHEMA IF EXISTS heard CASCADE")
    txg.execute("CREATE SCHEMA heard")
    txg.execute(
        "CREATE TABLE heard.event (at bigint GENERATED ALWAYS AS IDENTITY, module text,"
        " event_id uuid, document_id uuid, number integer)"
    )
    txg.execute(f'GRANT USAGE ON SCHEMA heard TO "{role}"')
    txg.execute(f'GRANT SELECT, INSERT ON heard.event TO "{role}"')
    yield site
    txg.execute("DROP SCHEMA heard CASCADE")


@pytest.fixture
def listening(heard: Site) -> Listening:
    return Listening(heard)

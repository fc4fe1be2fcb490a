"""A county with an audit trail, and those who may read it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest

from tests.core.audit import changes
from tests.core.site import Browser, Site
from zhuji_core.audit.sealing import seal_once


@pytest.fixture
def audited(site: Site) -> Site:
    """15 business entries of TXG, sealed together with those of the county's making."""
    for number in range(15):
        with site.begin() as uow:
            changes.tell(uow, number)
    seal(site)
    return site


@pytest.fixture
def auditor(audited: Site) -> Iterator[Browser]:
    """A browser in which the auditor (AUD of the whole county) has signed in."""
    audited.given_user("auditor", "AUD", in_agency=None)
    with audited.browser("auditor") as browser:
        yield browser


def seal(site: Site, county: str = "TXG") -> None:
    now = dt.datetime.now(dt.UTC)
    assert seal_once(site.counties[county].engine, county=county, now=now) is not None

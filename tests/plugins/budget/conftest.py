"""A small made-up government: other codes, other names, amounts to the dollar."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from functools import partial

import pytest

from tests.core.site import Browser, Site
from tests.plugins.budget.books.conftest import Press
from tests.plugins.budget.given import given_allotted, given_bill, rows_of
from zhuji_core.testing.counties import CountyUnderTest


@pytest.fixture
def bill(mli: CountyUnderTest) -> CountyUnderTest:
    """The county with a bill of ten lines."""
    given_bill(mli)
    return mli


@pytest.fixture
def allotted(mli: CountyUnderTest) -> CountyUnderTest:
    """The same, enacted and allotted; it is March."""
    given_allotted(mli)
    return mli


@pytest.fixture
def rows(allotted: CountyUnderTest) -> Sequence[uuid.UUID]:
    """The control rows of 行政管理 of agency 0001010000, in order of object: 01, 02, 03, 04."""
    return rows_of(allotted, line_code="3201010101")


@pytest.fixture(scope="session")
def press() -> Press:
    """Print workbooks as governments do."""
    return Press()


@pytest.fixture
def site(served_whole: Site, txg: CountyUnderTest, mli: CountyUnderTest) -> Site:
    """Both counties behind the application; in each two of the budget office, and a clerk."""
    served_whole.begin_test(txg, mli)
    for county in (txg, mli):
        county.begun("people of budget", partial(given_people, served_whole, county.county.code))
    return served_whole


def given_people(site: Site, county: str) -> None:
    site.given_user("bas", "BAS", county=county, in_agency=None)
    site.given_user("bas2", "BAS", county=county, in_agency=None)
    site.given_user("clerk", "REQ", county=county)


@pytest.fixture
def bas(site: Site) -> Iterator[Browser]:
    """The budget office of MLI at its browser."""
    with site.browser("bas", county="mli") as browser:
        yield browser


@pytest.fixture
def bas2(site: Site) -> Iterator[Browser]:
    """A second person there: whoever made the bill does not enact it."""
    with site.browser("bas2", county="mli") as browser:
        yield browser


@pytest.fixture
def clerk(site: Site) -> Iterator[Browser]:
    """A clerk of MLI in an agency without budget lines."""
    with site.browser("clerk", county="mli") as browser:
        yield browser

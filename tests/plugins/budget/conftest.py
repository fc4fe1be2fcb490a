"""A small made-up government: other codes, other names, amounts to the dollar."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import pytest

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

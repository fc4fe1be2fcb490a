"""The whole application on a free port, and Chromium."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.core.probe import ProbeModule
from tests.core.site import Site
from zhuji_core import hooks
from zhuji_core.testing.counties import CountyUnderTest

CHROMIUM = "/usr/bin/chromium"


@pytest.fixture
def site(txg: CountyUnderTest, mli: CountyUnderTest) -> Iterator[Site]:
    with Site(module=ProbeModule(), manager=hooks.load()).served() as served:
        served.begin_test(txg, mli)
        yield served


@pytest.fixture
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        yield browser
        browser.close()

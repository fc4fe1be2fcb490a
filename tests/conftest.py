"""What tests of every folder share: one Chromium and one application for a worker."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.core.probe import ProbeModule
from tests.core.site import Site
from zhuji_core import hooks
from zhuji_core.server import settle

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Playwright keeps an event loop in this thread: a second one cannot be started beside it."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def served_whole() -> Iterator[Site]:
    """The application with every installed module, over whichever counties a test begins with."""
    with Site(module=ProbeModule(), manager=hooks.load()).served() as site:
        yield site


def pytest_collection_finish() -> None:
    """All that was imported and collected lives until the end: the collector need not look."""
    settle()

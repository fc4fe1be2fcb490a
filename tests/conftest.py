"""What tests of every folder share: one Chromium and one application for a worker."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from zhuji_core.testing.plugin import chromium_program

if TYPE_CHECKING:
    # The process that hands tests to workers loads none of it.
    from playwright.sync_api import Browser

    from tests.core.site import Site

CHROMIUM = chromium_program()
ARGUMENTS = [
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Playwright keeps an event loop in this thread: a second one cannot be started beside it."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 (loaded with the tests)

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def served_whole() -> Iterator[Site]:
    """The application with every installed module, over whichever counties a test begins with."""
    from tests.core.probe import ProbeModule  # noqa: PLC0415 (loaded with the tests)
    from tests.core.site import Site  # noqa: PLC0415 (same)
    from zhuji_core import hooks  # noqa: PLC0415 (same)

    with Site(module=ProbeModule(), manager=hooks.load()).served() as site:
        yield site


def pytest_collection_finish() -> None:
    """All that was imported and collected lives until the end: the collector need not look."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        from zhuji_core.server import settle  # noqa: PLC0415 (loaded with the tests)

        settle()

"""What tests of every folder share: one Chromium and one application for a worker."""

from __future__ import annotations

import gc
from collections.abc import Callable, Generator, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from zhuji_core.testing.plugin import chromium_program

if TYPE_CHECKING:
    # The process that hands tests to workers loads none of it.
    from playwright.sync_api import Browser

    from tests.core.site import Site
    from zhuji_core.home import Home

# A test of these folders takes up to a minute, of the others seldom five seconds.
LONG_FIRST = {name: place for place, name in enumerate(("reliability", "fuzz", "e2e", "golden"))}
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
        # Pages at rest: each change of focus would be drawn five times, and axe might look between.
        browser.new_context = partial(  # type: ignore[method-assign]
            browser.new_context, reduced_motion="reduce"
        )
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def served_whole() -> Iterator[Site]:
    """The application with every installed module, over whichever counties a test begins with."""
    from tests.core.probe import ProbeModule  # noqa: PLC0415 (loaded with the tests)
    from tests.core.site import Site  # noqa: PLC0415 (same)
    from zhuji_core import hooks  # noqa: PLC0415 (same)
    from zhuji_core.server import settle  # noqa: PLC0415 (same)

    with Site(module=ProbeModule(), manager=hooks.load()).served() as site:
        settle()
        yield site


@pytest.fixture(scope="session")
def quick_home(
    tmp_path_factory: pytest.TempPathFactory, worker_name: str
) -> Callable[[Path], Home]:
    """Give the maker of homes of a test's own: their PostgreSQL is quick to start."""
    from tests.core.own_home import own_home  # noqa: PLC0415 (loaded with the tests)

    base = tmp_path_factory.getbasetemp()
    return partial(own_home, shared=base if worker_name == "main" else base.parent)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the folders of long tests: what is left at the end is shared out evenly."""
    items.sort(
        key=lambda item: min(
            (LONG_FIRST[part] for part in item.path.parts if part in LONG_FIRST),
            default=len(LONG_FIRST),
        )
    )


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """All that is imported and collected lives until the end: the collector need not look."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()


def pytest_collection_finish() -> None:
    from zhuji_core.server import settle  # noqa: PLC0415 (loaded with the tests)

    settle()

"""A browser and the gallery's site, once for a worker; a fresh page for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.core.web import site


@pytest.fixture(scope="session")
def gallery() -> Iterator[site.Site]:
    with site.serve() as served:
        yield served


@pytest.fixture
def complaints() -> list[str]:
    """Everything that the browser complained about, a refused inline script for one."""
    return []


@pytest.fixture
def page(chromium: Browser, gallery: site.Site, complaints: list[str]) -> Iterator[Page]:
    context = chromium.new_context(
        base_url=gallery.url, viewport={"width": 1366, "height": 768}, locale="zh-TW"
    )
    context.set_default_timeout(60_000)
    opened = context.new_page()
    opened.on("console", lambda message: complaints.append(f"{message.type}: {message.text}"))
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    gallery.asked.clear()
    gallery.picked.clear()
    gallery.drafts.clear()
    gallery.draft_tokens.clear()
    gallery.posted.clear()
    yield opened
    context.close()
    assert complaints == []

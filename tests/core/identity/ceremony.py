"""A browser where keys can be bound, and what a page asks of a key: for counties and the host."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from tests.core.site import NO_TRUST, Browser, Site


def named_address(site: Site) -> str:
    """Return the address by the name to which keys can be bound without configuration."""
    return site.address.replace("127.0.0.1", "localhost")


@contextmanager
def at_localhost(site: Site, account: str = "") -> Iterator[Browser]:
    """Open a browser there, signed in to the county when an account is given."""
    address = named_address(site)
    with httpx.Client(base_url=address, follow_redirects=False, verify=NO_TRUST) as client:
        browser = Browser(client)
        if account:
            assert browser.sign_in(account).status_code == 303
        yield browser


def options(browser: Browser, path: str) -> dict[str, Any]:
    answer = browser.json(f"{path}/options", b"")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found

"""A browser where keys can be bound, and what a page asks of a key: for counties and the host."""

from __future__ import annotations

import html
import re
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


def chooses_languages(browser: Browser, page: str, *, shown: str = "") -> None:
    """Follow the language links of ``page``, there and back: each leads to it, in its language.

    ``shown`` is the page as it stands in the browser, when that was the answer to a form.
    """
    for code, lang in (("en", "en"), ("zh_Hant_TW", "zh-Hant-TW")):
        text = shown or browser.get(page).text
        links = re.findall(rf'<a href="([^"]+)" lang="{code[:2]}">', text)
        assert len(links) == 1, f"{page} offers {code} once"
        chosen = browser.get(html.unescape(links[0]))
        assert (chosen.status_code, chosen.headers["location"]) == (303, page)
        now = browser.get(page)
        assert (now.status_code, f'<html lang="{lang}"' in now.text) == (200, True), page
        shown = ""

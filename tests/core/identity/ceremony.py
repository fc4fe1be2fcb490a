"""A browser where keys can be bound, and what a page asks of a key: for counties and the host."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from tests.core.identity.authenticator import Authenticator
from tests.core.site import NO_TRUST, Browser, Site
from zhuji_core.settings import keep_setting

# In the county of the tests.
STEP = "/txg/sign-in/second-factor"
KEYS = "/txg/kernel/keys"


def named_address(site: Site) -> str:
    """Return the address by the name to which keys can be bound without configuration."""
    return site.address.replace("127.0.0.1", "localhost")


@contextmanager
def at_localhost(site: Site, account: str = "") -> Iterator[Browser]:
    """Open a browser there, signed in to the county when an account is given."""
    address = named_address(site)
    with httpx.Client(base_url=address, timeout=60, verify=NO_TRUST) as client:
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


def register(browser: Browser, key: Authenticator, *, name: str = "辦公室") -> httpx.Response:
    answer = key.create(options(browser, KEYS))
    response: httpx.Response = browser.form(KEYS, {"answer": answer, "name": name})
    return response


def given_key(site: Site, key: Authenticator, account: str = "clerk") -> None:
    site.given_user(account, "REQ")
    with at_localhost(site, account) as browser:
        assert register(browser, key).headers["location"] == f"{KEYS}?done=added"


def prove(browser: Browser, key: Authenticator, **changed: str) -> httpx.Response:
    answer = key.get(options(browser, STEP), **changed)
    response: httpx.Response = browser.form(STEP, {"answer": answer, "next": "/txg/probe/things"})
    return response


def is_in(browser: Browser) -> bool:
    return browser.get("/txg/").status_code == 200


def require_keys(site: Site, *roles: str) -> None:
    with site.begin() as uow:
        keep_setting(uow, module="kernel", key="second_factor_roles", value=list(roles))

"""Sessions of requests that arrive together are asked for together, and each is told its own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping, Sequence
from typing import Any
from unittest import mock

import pytest

from tests.apart import run_apart
from tests.core.site import Site
from zhuji_core.identity import sessions
from zhuji_core.identity.sessions import SignedIn, cookie_name
from zhuji_core.web.session_line import SessionLines

PEOPLE = ("ann", "ben", "eve")


@pytest.fixture
def tokens(site: Site) -> dict[str, str]:
    """Sign three people in; return the token of each."""
    found = {}
    for account in PEOPLE:
        site.given_user(account, "REV")
        with site.browser(account) as browser:
            found[account] = browser.cookie(cookie_name("txg"))
    return found


class Asked:
    """The real statement, whose first run waits until it may begin; what was asked together."""

    def __init__(self) -> None:
        self.may = threading.Event()
        self.together: list[set[str]] = []
        self._ask = sessions.resolve_all

    def __call__(self, engine: Any, *, tokens: Any, now: Any) -> Mapping[str, SignedIn]:
        self.together.append(set(tokens))
        assert self.may.wait(60)
        return self._ask(engine, tokens=tokens, now=now)


def find(site: Site, asked: Asked, wanted: Sequence[str], *, gone: int | None = None) -> list[Any]:
    """Ask for ``wanted`` at once, in this order; the request ``gone`` hangs up while it waits."""

    async def all_of_them() -> list[Any]:
        lines = SessionLines()
        access = site.counties["TXG"]
        tasks = [asyncio.create_task(lines.find(access, token=token)) for token in wanted]
        await asyncio.sleep(0.01)
        if gone is not None:
            tasks[gone].cancel()
            await asyncio.sleep(0.01)
        asked.may.set()
        return await asyncio.gather(*tasks, return_exceptions=True)

    with mock.patch.object(sessions, "resolve_all", asked):
        return run_apart(all_of_them())


def account_of(found: Any) -> str | None:
    return found.actor.account if isinstance(found, SignedIn) else None


def test_who_arrives_meanwhile_is_asked_for_by_one_statement(
    site: Site, tokens: dict[str, str]
) -> None:
    asked = Asked()
    wanted = [*tokens.values(), tokens["ben"], "nobody's", tokens["eve"]]
    found = find(site, asked, wanted)
    assert [account_of(one) for one in found] == ["ann", "ben", "eve", "ben", None, "eve"]
    assert asked.together == [{tokens["ann"]}, {tokens["ben"], tokens["eve"], "nobody's"}]


def test_what_is_found_together_is_what_is_found_alone(site: Site, tokens: dict[str, str]) -> None:
    engine, now = site.counties["TXG"].engine, site.clock.now
    together = sessions.resolve_all(engine, tokens=tokens.values(), now=now)
    for token in tokens.values():
        assert together[token] == sessions.resolve(engine, token=token, now=now)


@pytest.mark.parametrize("gone", [0, 1, 2])
def test_one_that_hangs_up_keeps_nobody_waiting(
    site: Site, tokens: dict[str, str], gone: int
) -> None:
    found = find(site, Asked(), list(tokens.values()), gone=gone)
    assert [account_of(one) for one in found] == [
        None if at == gone else account for at, account in enumerate(PEOPLE)
    ]
    assert isinstance(found[gone], asyncio.CancelledError)


def test_a_statement_that_fails_is_everybodys_and_the_next_one_is_asked(
    site: Site, tokens: dict[str, str]
) -> None:
    asked = Asked()
    asked._ask = mock.Mock(side_effect=[OSError("lost"), OSError("lost")])
    found = find(site, asked, list(tokens.values()))
    assert [type(one) for one in found] == [OSError] * 3
    assert len(asked.together) == 2

"""Worklists are shown to their end, a page at a time, however long they are."""

from __future__ import annotations

import html
import re

import pytest

from tests.plugins.accounting.people import PAGES, People
from zhuji_accounting.web import worklist_pages


def test_what_waits_is_shown_to_the_end_in_pages(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worklist_pages, "PAGE_MAX", 2)
    ids = [people.approved(number) for number in (1, 2, 3)]
    first = people["rev"].get(f"{PAGES}/requests/waiting/certification").text
    assert [request_id in first for request_id in ids] == [True, True, False]
    (path,) = re.findall(r'href="([^"]+cursor=[^"]+)"', first)
    second = people["rev"].get(html.unescape(path)).text
    assert [request_id in second for request_id in ids] == [False, False, True]
    assert "cursor=" not in second
    chosen = people.post("rev", "requests/waiting/certification", {"request_ids": ids[2]})
    assert chosen.status_code == 200


def test_a_cursor_that_was_made_up_is_refused(people: People) -> None:
    people.approved(1)
    for cursor in ("x", "AAAA"):
        answer = people["rev"].get(f"{PAGES}/requests/waiting/certification?cursor={cursor}")
        assert answer.status_code == 422
        assert "E-CURSOR" in answer.text

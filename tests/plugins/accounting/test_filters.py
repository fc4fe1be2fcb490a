"""A list's filter in its address, and the pager that keeps it."""

from __future__ import annotations

import datetime as dt
import uuid

from zhuji_accounting.queries.claims import ClaimFilter
from zhuji_accounting.web.filters import Asked, address_of, keyed, line_after, newest_first

IDS = [uuid.UUID(int=2), uuid.UUID(int=1)]
ADDRESS = "/txg/accounting/claims?fiscal_year=105"


def test_a_filter_is_keyed_as_people_key_it_and_what_does_not_restrict_is_left_out() -> None:
    asked: dict[str, Asked] = {
        "fiscal_year": 105,
        "agency_code": "",
        "until": dt.date(2016, 3, 15),
        "from_date": None,
        "text": "紙 & 筆",
        "mine": True,
        "overdue": False,
    }
    assert keyed(asked)["until"] == "1050315"
    assert keyed(asked)["overdue"] == ""
    assert address_of("/list", asked) == (
        "/list?fiscal_year=105&until=1050315&text=%E7%B4%99+%26+%E7%AD%86&mine=true"
    )


def test_a_full_page_leads_to_the_next_and_a_later_one_back_to_the_first() -> None:
    first = newest_first(ADDRESS, ClaimFilter(fiscal_year=105, limit=2), IDS)
    assert (first.first_url, first.next_url) == ("", f"{ADDRESS}&before={IDS[-1]}")
    last = newest_first(ADDRESS, ClaimFilter(fiscal_year=105, limit=3, before=IDS[0]), IDS, count=9)
    assert (last.first_url, last.next_url) == (ADDRESS, "")
    assert (last.shown, last.count) == (2, 9)
    assert newest_first(ADDRESS, ClaimFilter(fiscal_year=105), []).next_url == ""


def test_a_cursor_of_number_and_line_that_is_none_is_the_first_page() -> None:
    assert line_after("12-3") == (12, 3)
    for text in ("", "12", "-3", "a-1", "1-2-3"):
        assert line_after(text) == (0, 0)

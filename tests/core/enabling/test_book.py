"""The terms of licences taken together, at the boundaries of their days."""

from __future__ import annotations

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from zhuji_core.licences.book import UNLIMITED, LicenceBook, Term, day_of

DAY = dt.date(2026, 3, 31)
MIDNIGHT = dt.datetime(2026, 3, 31, 16, 0, tzinfo=dt.UTC)  # 1 April in Taipei
TICK = dt.timedelta(microseconds=1)


def term(valid_from: dt.date, valid_to: dt.date | None, module: str = "budget") -> Term:
    return Term(module=module, valid_from=valid_from, valid_to=valid_to)


def test_days_are_those_of_taipei_both_included() -> None:
    one_day = LicenceBook([term(DAY, DAY)])
    begins = MIDNIGHT - dt.timedelta(days=1)
    assert not one_day.covers("budget", at=begins - TICK)
    assert one_day.covers("budget", at=begins)
    assert one_day.covers("budget", at=MIDNIGHT - TICK)
    assert not one_day.covers("budget", at=MIDNIGHT)
    assert not one_day.covers("accounting", at=begins)


def test_the_last_day_is_that_of_terms_that_touch() -> None:
    later = term(DAY + dt.timedelta(days=1), DAY + dt.timedelta(days=30))
    after_a_gap = term(DAY + dt.timedelta(days=40), None)
    book = LicenceBook([after_a_gap, later, term(dt.date(2026, 1, 1), DAY)])
    assert book.last_day("budget", at=MIDNIGHT - TICK) == later.valid_to
    in_the_gap = MIDNIGHT + dt.timedelta(days=35)
    assert book.last_day("budget", at=in_the_gap) == later.valid_to
    assert not book.covers("budget", at=in_the_gap)
    assert book.last_day("budget", at=MIDNIGHT + dt.timedelta(days=60)) is None
    assert LicenceBook([after_a_gap]).last_day("budget", at=MIDNIGHT) is None


def test_what_is_kept_for_the_day_ends_with_it() -> None:
    book = LicenceBook([term(dt.date(2026, 1, 1), DAY)])
    enabled = frozenset({"budget"})
    assert book.lapsed(enabled, at=MIDNIGHT - TICK) == {}
    assert book.lapsed(enabled, at=MIDNIGHT) == {"budget": DAY}
    assert book.lapsed(enabled, at=MIDNIGHT - TICK) == {}
    assert UNLIMITED.lapsed(frozenset({"budget", "anything"}), at=MIDNIGHT) == {}


@given(
    st.lists(st.tuples(st.integers(0, 60), st.integers(0, 20) | st.none()), max_size=6),
    st.integers(0, 90),
)
def test_a_book_agrees_with_counting_days(spans: list[tuple[int, int | None]], today: int) -> None:
    first = dt.date(2026, 1, 1)
    terms = [
        term(
            first + dt.timedelta(days=begin),
            None if length is None else first + dt.timedelta(days=begin + length),
        )
        for begin, length in spans
    ]
    at = dt.datetime(2026, 1, 1, 4, tzinfo=dt.UTC) + dt.timedelta(days=today)
    book = LicenceBook(terms)
    days = {
        day
        for begin, length in spans
        for day in range(begin, 400 if length is None else begin + length + 1)
    }
    assert day_of(at) == first + dt.timedelta(days=today)
    assert book.covers("budget", at=at) == (today in days)
    past = [day for day in days if day <= today]
    last = max(past, default=None)
    while last is not None and last + 1 in days and today in days:
        last += 1
    endless = last is not None and last >= 399
    expected = None if last is None or endless else first + dt.timedelta(days=last)
    assert book.last_day("budget", at=at) == expected

"""Months close in their order, once the books have followed the budget; reopening goes back."""

from __future__ import annotations

import datetime as dt

import pytest

from tests.plugins.accounting.given import Office, follow
from tests.plugins.accounting.given_periods import close, closed, reopen
from tests.plugins.accounting.people import API, People
from zhuji_accounting.domain.ledger.refusals import EventsPending, NoChart
from zhuji_accounting.domain.refusals import PeriodFuture, PeriodOrder, PeriodState
from zhuji_accounting.domain.request import Period
from zhuji_accounting.usecases.close_period import close_period
from zhuji_accounting.usecases.close_year import close_year

WAITS = """
    INSERT INTO kernel.event_waiting (module, sequence, document_id, state, due_at, code, since)
    SELECT 'accounting', e.sequence, e.document_id, 'dead', now(), 'E-NO-CHART', now()
      FROM kernel.event AS e
     WHERE e.type = 'budget.allotment-released' AND e.body @> '{"month": 2, "side": "expenditure"}'
     LIMIT 1
"""


@pytest.mark.parametrize(
    ("period", "first", "last"),
    [
        (1, dt.date(2016, 1, 1), dt.date(2016, 1, 31)),
        (2, dt.date(2016, 2, 1), dt.date(2016, 2, 29)),
        (12, dt.date(2016, 12, 1), dt.date(2016, 12, 31)),
        (13, dt.date(2017, 1, 1), dt.date(2017, 2, 28)),
    ],
)
def test_a_month_has_its_days_and_the_adjustment_period_two_months(
    period: int, first: dt.date, last: dt.date
) -> None:
    month = Period(fiscal_year=105, period=period)
    assert (month.begins_on, month.ends_on) == (first, last)


def test_months_close_and_reopen_in_their_order(any_office: Office) -> None:
    any_office.follow()
    with pytest.raises(PeriodOrder) as refused:
        close(any_office, 2)
    assert refused.value.detail["other"] == 1
    for period in (1, 2, 3):
        close(any_office, period)
    with pytest.raises(PeriodState):
        close(any_office, 2)
    with pytest.raises(PeriodOrder) as refused:
        reopen(any_office, 1)
    assert refused.value.detail["other"] == 3
    reopen(any_office, 3)
    reopen(any_office, 2)
    assert closed(any_office) == [1]


def test_a_month_that_has_not_begun_is_not_closed(any_office: Office) -> None:
    any_office.close_through(3)
    with pytest.raises(PeriodFuture) as refused:
        close(any_office, 4)
    assert refused.value.detail["begins_on"] == "2016-04-01"
    assert closed(any_office) == [1, 2, 3]


def test_a_month_waits_for_what_the_budget_told(any_office: Office) -> None:
    with pytest.raises(EventsPending) as refused:
        close(any_office, 1)
    assert refused.value.detail["stopped"] == 0
    assert refused.value.detail["count"] == count_of_january(any_office)
    assert closed(any_office) == []
    close(any_office, 1, agency_code="another")  # nothing was told of this one
    any_office.follow()
    close(any_office, 1)


def count_of_january(office: Office) -> int:
    """The enactment, and what was released of January."""
    (found,) = office.county.rows(
        "SELECT count(*) AS events FROM kernel.event WHERE type LIKE 'budget.%'"
        " AND body ->> 'effective_on' <= '2016-01-31'"
    )
    return int(found.events)


def test_a_dead_letter_of_february_holds_february_and_not_january(any_office: Office) -> None:
    any_office.follow()
    any_office.county.execute(WAITS)
    close(any_office, 1)
    with pytest.raises(EventsPending) as refused:
        close(any_office, 2)
    assert (refused.value.detail["count"], refused.value.detail["stopped"]) == (1, 1)
    assert refused.value.detail["problem"] == "E-NO-CHART"
    assert closed(any_office) == [1]


def test_the_api_closes_lists_and_reopens(people: People) -> None:
    body = {"agency_code": "A1"}
    early = people.call("cacc", "periods/105/1/closing", body)
    assert (early.status_code, early.json()["code"]) == (409, "E-EVENTS-PENDING")
    follow(people.office.county)
    for period in (1, 2):
        answer = people.call("cacc", f"periods/105/{period}/closing", body)
        assert answer.json() == {
            "fiscal_year": 105, "period": period, "agency_code": "A1", "stage": "closed",
        }  # fmt: skip
    assert (
        people.call("cacc", "periods/105/2/reopening", {**body, "reason": "補登"}).status_code
        == 403
    )
    answer = people.call("bas", "periods/105/1/reopening", {**body, "reason": "補登"})
    assert answer.json()["code"] == "E-PERIOD-ORDER"
    assert (
        people.call("bas", "periods/105/2/reopening", {**body, "reason": "補登"}).status_code == 200
    )
    listed = people["cacc"].get(f"{API}/periods?fiscal_year=105&limit=5").json()
    assert [one["stage"] for one in listed["items"]] == ["closed", *["open"] * 4]


def test_a_year_that_no_calendar_has_is_refused(any_office: Office) -> None:
    code = any_office.government.agency_code
    for year in (0, -1_911, -103_261):
        with pytest.raises(NoChart), any_office.county.uow(any_office.reviewer) as uow:
            close_period(uow, fiscal_year=year, period=1, agency_code=code)
        with pytest.raises(NoChart), any_office.county.uow(any_office.reviewer) as uow:
            close_year(uow, fiscal_year=year, agency_code=code, preview=True)

"""Execution by month on the line's page: fed by the events of certification and release."""

from __future__ import annotations

import datetime as dt
import random
import time

from tests.plugins.accounting.given import Office
from zhuji_accounting.usecases.release_encumbrance import release_encumbrance
from zhuji_budget.queries.execution import ExecutedMonth, Execution, execution
from zhuji_budget.queries.verification import BudgetVerification, verify_budget
from zhuji_core.access import CountyAccess, utc_now
from zhuji_core.events.delivery import deliver
from zhuji_core.hooks import Hooks
from zhuji_core.licences.book import UNLIMITED
from zhuji_core.testing.counties import given_actor

WAIT_S = 60


def access(office: Office) -> CountyAccess:
    county = office.county
    return CountyAccess(
        county=county.county,
        engine=county.engine,
        statements=county.engine.execution_options(isolation_level="AUTOCOMMIT"),
        hooks=Hooks(county.manager, frozenset(county.county.modules)),
        licences=UNLIMITED,
        clock=utc_now,
    )


def relay(office: Office) -> None:
    """Deliver until nothing is behind; other tests' transactions hold it back for moments."""
    end = time.monotonic() + WAIT_S
    while seen(office).behind:  # of certifications and releases; what the budget tells is no news
        assert time.monotonic() < end, "the relay does not come to the end"
        deliver(access(office), module="budget", system=given_actor(), relay="test")


def seen(office: Office) -> Execution:
    with office.county.uow(read_only=True) as uow:
        return execution(uow, [office.supplies])


def verified(office: Office) -> BudgetVerification:
    with office.county.uow(read_only=True) as uow:
        return verify_budget(uow)


def released(office: Office, *amounts_ntd: int, by: dict[int, int]) -> None:
    certification = office.certified(*amounts_ntd)
    with office.county.uow(office.reviewer) as uow:
        release_encumbrance(uow, request_id=certification.request_id, amounts_ntd=by, reason="標餘")


def test_a_certification_is_seen_once_its_event_was_told(office: Office) -> None:
    office.certified(400, 500)
    assert (seen(office).months, seen(office).behind) == ((), 1)
    relay(office)
    assert seen(office).months == (
        ExecutedMonth(month_key=10503, certified_ntd=900, released_ntd=0, documents=1),
    )
    (last,) = office.county.rows("SELECT max(sequence) AS sequence FROM kernel.event")
    assert (seen(office).behind, seen(office).as_of_event) == (0, last.sequence)


def test_a_release_counts_in_the_month_in_which_it_happened(office: Office) -> None:
    certification = office.certified(900)
    office.county.business_date = dt.date(2016, 4, 2)
    with office.county.uow(office.reviewer) as uow:
        release_encumbrance(
            uow, request_id=certification.request_id, amounts_ntd={1: 250}, reason="標餘"
        )
    relay(office)
    assert [(one.month_key, one.net_ntd) for one in seen(office).months] == [
        (10503, 900),
        (10504, -250),
    ]


def test_verification_compares_every_month_with_its_movements(office: Office) -> None:
    choose = random.Random(20261126)  # noqa: S311 (a seed, not a secret)
    for _ in range(12):
        first, second = choose.randint(1, 500), choose.randint(1, 500)
        office.county.business_date = dt.date(2016, choose.randint(3, 6), 1)
        if choose.random() < 0.5:
            released(office, first, second, by={1: choose.randint(1, first)})
        else:
            office.certified(first, second)
    before = verified(office)
    assert (before.passed, before.months_checked) == (True, 0), before.errors
    assert before.events_behind > 0
    relay(office)
    after = verified(office)
    assert (after.passed, after.events_behind) == (True, 0)
    assert after.months_checked == len(seen(office).months) > 1


def test_verification_finds_an_event_that_was_skipped_or_told_twice(office: Office) -> None:
    office.certified(400)
    relay(office)
    office.county.execute("UPDATE budget.execution_month SET certified_ntd = 800")
    assert (verified(office).passed, verified(office).drift_ntd) == (False, 400)
    office.county.execute("DELETE FROM budget.execution_month")
    assert (verified(office).passed, verified(office).drift_ntd) == (False, 400)

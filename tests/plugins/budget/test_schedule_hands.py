"""A schedule is looked at by three persons: no deputy of several offices passes it alone."""

from __future__ import annotations

import pytest

from tests.plugins.budget.changes.test_hands import deputy_of
from tests.plugins.budget.given import AGENCY
from tests.plugins.budget.given_schedules import given_enacted, opened, page, spread, submit
from zhuji_budget.domain.schedule import Opinion, Schedule, ScheduleState
from zhuji_budget.domain.schedule_refusals import EarlierHand
from zhuji_budget.domain.supervisor import Endorsement, Supervised
from zhuji_budget.queries.schedules import Verb, find_schedule
from zhuji_budget.queries.waiting import waiting_schedules
from zhuji_budget.usecases.approve_schedule import approve_schedule
from zhuji_budget.usecases.comment_schedule import comment_schedule
from zhuji_budget.usecases.endorse_schedule import endorse_schedule
from zhuji_budget.usecases.set_supervisors import set_supervisors
from zhuji_core.identity.actor import Actor
from zhuji_core.testing.counties import CountyUnderTest, given_actor

SUPERVISOR = "0001020000"
DEPUTY = 20
ABOVE, FINANCE, OFFICE = 21, 22, 23  # whom the one deputy acts for


def given_sent(county: CountyUnderTest) -> Schedule:
    """A schedule of an agency with a supervising agency, sent there."""
    given_enacted(county)
    with county.uow() as uow:
        pair = Supervised(agency_code=AGENCY, supervisor_code=SUPERVISOR)
        set_supervisors(uow, wanted=[pair])
    made = opened(county)
    spread(county, made)
    return submit(county, made)


def endorse(county: CountyUnderTest, made: Schedule, actor: Actor) -> None:
    with county.uow(actor) as uow:
        endorse_schedule(uow, schedule_id=made.schedule_id, opinion=Endorsement.AGREE)


def comment(county: CountyUnderTest, made: Schedule, actor: Actor) -> None:
    with county.uow(actor) as uow:
        comment_schedule(uow, schedule_id=made.schedule_id, opinion=Opinion.AGREE)


def approve(county: CountyUnderTest, made: Schedule, actor: Actor) -> None:
    with county.uow(actor) as uow:
        approve_schedule(uow, schedule_id=made.schedule_id)


def offered(county: CountyUnderTest, made: Schedule, actor: Actor, verb: Verb) -> bool:
    """Tell whether the page offers the verb; the list of what waits says the same."""
    with county.uow(actor, read_only=True) as uow:
        found = find_schedule(uow, made.schedule_id).actions
        waits = bool(waiting_schedules(uow))
    possible = any(one.verb is verb and one.refusal is None for one in found)
    assert possible is waits
    return possible


def test_one_deputy_of_three_offices_does_one_step(mli: CountyUnderTest) -> None:
    made = given_sent(mli)
    endorse(mli, made, deputy_of(DEPUTY, of=ABOVE))
    for hand in (deputy_of(DEPUTY, of=FINANCE), given_actor(ABOVE), given_actor(1)):
        with pytest.raises(EarlierHand):
            comment(mli, made, hand)
        assert not offered(mli, made, hand, Verb.COMMENT)
    other = given_actor(FINANCE)
    assert offered(mli, made, other, Verb.COMMENT)
    comment(mli, made, other)
    for hand in (deputy_of(DEPUTY, of=OFFICE), given_actor(ABOVE), given_actor(FINANCE)):
        with pytest.raises(EarlierHand) as found:
            approve(mli, made, hand)
        assert found.value.status_code == 403
        assert not offered(mli, made, hand, Verb.APPROVE)
    assert offered(mli, made, given_actor(OFFICE), Verb.APPROVE)
    approve(mli, made, given_actor(OFFICE))
    assert page(mli, made).schedule.state is ScheduleState.APPROVED


def test_a_deputy_who_commented_does_not_approve(mli: CountyUnderTest) -> None:
    given_enacted(mli)
    made = opened(mli)
    spread(mli, made)
    submit(mli, made)
    comment(mli, made, deputy_of(DEPUTY, of=FINANCE))
    for hand in (deputy_of(DEPUTY, of=OFFICE), given_actor(FINANCE)):
        with pytest.raises(EarlierHand):
            approve(mli, made, hand)
    approve(mli, made, given_actor(OFFICE))

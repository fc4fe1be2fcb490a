"""The figures of the load: weights add up, people come and go as each scenario says."""

from __future__ import annotations

import itertools

import pytest

from loadtests.mix import CLASSES, STANDS_FOR, TASKS, share_of, weights
from loadtests.people import seats
from loadtests.scenarios import SCENARIOS


def test_the_classes_do_every_task_as_often_as_the_county_does() -> None:
    assert sum(TASKS.values()) == 100
    done = {task: sum(one.get(task, 0) for one in CLASSES.values()) for task in TASKS}
    assert done == dict(TASKS)
    assert [share_of(name) for name in CLASSES] == [55, 25, 10, 4, 4, 2]
    assert set(STANDS_FOR) <= set(TASKS)


def test_what_a_scenario_wants_more_often_comes_on_top_of_the_rest() -> None:
    year_end, hurry = weights("accounting", SCENARIOS["C"].factors)
    assert year_end["certify"] == 60
    assert hurry == 75 / 25
    # A person who thinks a third as long does the others as often as on any day.
    assert year_end["voucher"] / sum(year_end.values()) * hurry == pytest.approx(7 / 25)
    assert weights("requester", SCENARIOS["C"].factors)[1] == 1.0


def test_eight_scenarios_are_played() -> None:
    assert "".join(SCENARIOS) == "ABCDEFGH"


@pytest.mark.parametrize("name", sorted(SCENARIOS))
def test_a_shape_reaches_all_its_people_and_ends(name: str) -> None:
    one = SCENARIOS[name]
    there = [one.people_at(at / 1000, sessions=820) for at in range(1000)]
    assert there[0] >= 1
    assert max(there) >= 819
    assert one.people_at(1.0, sessions=820) == 0
    steps = [after - before for before, after in itertools.pairwise(there)]
    assert max(steps) <= 10, "nobody comes by the hundred"


def test_half_past_eight_grows_evenly_and_a_burst_is_two_and_a_half_times_the_hour() -> None:
    arriving = SCENARIOS["G"]
    assert arriving.people_at(0.5, sessions=800) == 400
    year_end = SCENARIOS["C"]
    hour, burst = (year_end.people_at(at, sessions=820) for at in (0.3, 0.6))
    assert burst / hour == 2.5


def test_everybody_has_a_chair() -> None:
    ordinary = seats(820, crowd="", beside=1.0)
    assert sum(ordinary.values()) == pytest.approx(820, abs=6)
    assert seats(50, crowd="rusher", beside=0.0) == {"rusher": 50}
    assert seats(4, crowd="carrier", beside=0.5)["executive"] == 1

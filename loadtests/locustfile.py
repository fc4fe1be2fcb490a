"""What Locust loads: the people and the shape of the scenario that ``loadtests.run`` planned."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from locust import LoadTestShape, events

from loadtests.notes import Notebook
from loadtests.people import read_plan
from loadtests.scenarios import SCENARIOS
from loadtests.users import crowds, ordinary
from loadtests.users.browser import Browser

PLAN = read_plan()
SCENARIO = SCENARIOS[PLAN.scenario]


def people() -> list[type[ordinary.Person]]:
    """Return everybody who comes in this scenario, each class with its weight."""
    found = ordinary.dress(SCENARIO.name) if SCENARIO.beside else []
    if SCENARIO.crowd:
        crowd = crowds.CROWDS[SCENARIO.crowd]
        crowd.weight = round(100 * (1 - SCENARIO.beside) / (SCENARIO.beside or 1))
        found.append(crowd)
    return found


# Locust takes the classes that stand in this file, each under one name.
globals().update({person.__name__: person for person in people()})
Browser.plan = PLAN
MINUTE_S, SPAWN_MAX_PER_S = 60.0, 100.0


class Shape(LoadTestShape):
    """How many of the people are there, as the scenario says."""

    def tick(self) -> tuple[int, float] | None:
        run_s = float(self.get_run_time())  # type: ignore[no-untyped-call]
        share = run_s / (PLAN.minutes * MINUTE_S)
        people = SCENARIO.people_at(share, sessions=PLAN.sessions)
        return (people, SPAWN_MAX_PER_S) if people else None


def open_notebook(**_: Any) -> None:
    """Each process has its own: it is opened after Locust has forked."""
    Browser.notebook = Notebook(Path(PLAN.folder))


def close_notebook(**_: Any) -> None:
    Browser.notebook.close()


events.init.add_listener(open_notebook)  # type: ignore[no-untyped-call]
events.quit.add_listener(close_notebook)  # type: ignore[no-untyped-call]

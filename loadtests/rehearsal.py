"""``python -m loadtests.rehearsal URL``: everybody does each task once; a fault ends in code 1.

Quicker than a load, and what a change of a page is tried with: it needs the plan of a run
(``ZHUJI_LOAD_PLAN``) and its county, served at URL.
"""

from __future__ import annotations

import sys
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from locust.env import Environment

from loadtests.mix import CLASSES
from loadtests.notes import Notebook, read_seen
from loadtests.people import read_plan
from loadtests.users import crowds, ordinary
from loadtests.users.browser import Browser
from loadtests.users.ordinary import Person


def rehearse(url: str) -> list[str]:
    """Let one person of each class do each of their tasks; return the faults."""
    plan = read_plan()
    Browser.plan, Browser.notebook = plan, Notebook(Path(plan.folder))
    Browser.host = url
    environment = Environment(user_classes=list(ordinary.ORDINARY), host=url)
    environment.parsed_options = types.SimpleNamespace(processes=1)
    environment.create_local_runner()
    done = [task for name in plan.people for task in _tasks(name, environment)]
    for task in done:
        task()
    Browser.notebook.close()
    seen = list(read_seen(Path(plan.folder)))
    for one in sorted(seen, key=lambda one: one.at_s):
        sys.stdout.write(f"{one.status} {one.operation} {one.server_ms:.1f} {one.code}\n")
    faults = [f"{one.operation}: {one.failed}" for one in seen if one.failed]
    return faults if seen else ["nobody was answered"]


def _tasks(name: str, environment: Environment) -> Iterator[Callable[[], Any]]:
    person_class: type[Person] = {
        **{one.person_class: one for one in ordinary.ORDINARY}, **crowds.CROWDS
    }[name]  # fmt: skip
    # Two neighbours, so that a class with two offices does the work of both.
    for person in (person_class(environment), person_class(environment)):
        yield person.on_start
        names = CLASSES.get(name, ())
        for task in names:
            yield getattr(person, ordinary.METHODS.get(task, task))


if __name__ == "__main__":
    found = rehearse(sys.argv[1])
    sys.stdout.writelines(f"FAULT {one}\n" for one in found)
    sys.exit(bool(found))

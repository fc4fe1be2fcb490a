"""The accounts that a run signs in with, and what its people find on their desks."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import msgspec
import sqlalchemy as sa

from loadtests.mix import CLASSES, COUNTY_WIDE, CROWD_ROLES, ROLES, share_of
from loadtests.operator import begin_of
from zhuji_core.identity.accounts import create_user, find_user
from zhuji_core.identity.agencies import Agency, find_agencies
from zhuji_core.identity.grants import grant_role
from zhuji_core.identity.passwords import Passwords
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import Value

PASSWORD = "load-Zhuji-105-only"  # noqa: S105 (of a home that holds made-up data alone)
# Before the first day of any scenario, which may be played in any order.
SINCE = dt.date(2026, 1, 1)
PLAN = "ZHUJI_LOAD_PLAN"  # where the processes of Locust find the plan


class Person(Value, frozen=True, kw_only=True):
    """Somebody who can sign in."""

    account: str
    agency_code: str
    roles: tuple[str, ...]


class Plan(Value, frozen=True, kw_only=True):
    """All that the processes of Locust must know: who, where, how long, with what.

    ``people`` by class. ``desk``: ids of requests for those who do one thing only (payroll, hot
    line, carry-over), in the order of their seats.
    """

    scenario: str
    county: str
    folder: str
    minutes: float
    sessions: int
    think: float
    fiscal_year: int
    day: str
    people: Mapping[str, tuple[Person, ...]]
    desk: tuple[str, ...] = ()

    def write(self) -> Path:
        path = Path(self.folder) / "plan.json"
        path.write_bytes(msgspec.json.encode(self))
        return path


def read_plan() -> Plan:
    """Return the plan that ``run`` wrote for its processes."""
    return msgspec.json.decode(Path(os.environ[PLAN]).read_bytes(), type=Plan)


def seats(sessions: int, *, crowd: str, beside: float) -> dict[str, int]:
    """Return how many of ``sessions`` each class has: its share, one at least; then the crowd."""
    found = {}
    if beside:
        ordinary = sessions * beside
        found = {name: max(1, round(ordinary * share_of(name) / 100)) for name in CLASSES}
    if crowd:
        found[crowd] = max(1, round(sessions * (1 - beside)))
    return found


def make_people(code: str, wanted: Mapping[str, int]) -> dict[str, tuple[Person, ...]]:
    """Make the accounts of county ``code`` that are not there yet; return so many of each class.

    The password is hashed once for all, as nobody measures that here; each sign-in is checked in
    full. Needs ``ZHUJI_HOME``.
    """
    hashed = Passwords().hash(PASSWORD)
    found: dict[str, tuple[Person, ...]] = {}
    made = 0
    with begin_of(code) as begin, begin() as uow:
        uow.connection.execute(sa.text("SET LOCAL statement_timeout = '10min'"))
        agencies = [one for one in find_agencies(uow) if one.agency_code.startswith("00")]
        assert agencies, "the city is filled first"
        for name, count in wanted.items():
            people = list(_people(name, count, agencies))
            for person in people:
                made += _make(uow, person, password_hash=hashed, county_wide=name in COUNTY_WIDE)
            found[name] = tuple(people)
        if not made:
            uow.abandon("everybody has an account already")
    return found


def _people(name: str, count: int, agencies: Sequence[Agency]) -> Iterator[Person]:
    offices = ROLES.get(name) or (CROWD_ROLES[name],)
    for seat in range(count):
        roles = offices[seat % len(offices)]
        # Two neighbours of a class with two offices sit in one agency, so that each has the other.
        agency = agencies[seat // len(offices) % len(agencies)]
        yield Person(account=f"load-{name}-{seat:04}", agency_code=agency.agency_code, roles=roles)


def _make(uow: UnitOfWork, person: Person, *, password_hash: str, county_wide: bool) -> bool:
    """Make the account with its roles unless it is there; tell whether it was made."""
    if find_user(uow, account=person.account) is not None:
        return False
    user = create_user(
        uow, account=person.account, name=f"示範{person.account[5:]}",
        agency_code=person.agency_code, password_hash=password_hash,
    )  # fmt: skip
    for role in person.roles:
        grant_role(
            uow, user_id=user.user_id, role_code=role,
            agency_code=None if county_wide else person.agency_code, valid_from=SINCE,
        )  # fmt: skip
    return True

"""The golden quarter, done by people through the API, and every figure of it compared."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import groupby

import pytest

from tests.core.site import Site
from tests.golden.budget import enact
from tests.golden.comparison import Compared, told
from tests.golden.government import GOLDEN, Government
from tests.golden.quarter import STEPS, Night
from tests.golden.replay import Replay
from tests.golden.tables import OWED, compared
from tests.golden.town import Agency114, Town, day_of
from zhuji_core.identity.agencies import Agency
from zhuji_core.testing.counties import CountyUnderTest


@pytest.fixture
def town(served_whole: Site, txg: CountyUnderTest, mli: CountyUnderTest) -> Iterator[Town]:
    served_whole.begin_test(txg, mli)
    with Town(served_whole, fiscal_year=GOLDEN.fiscal_year) as opened:
        yield opened


def replayed(town: Town, government: Government) -> Replay:
    """Let one agency of the government live through the quarter, day by day."""
    town.set_basis(government.commit_basis)
    agency = Agency114(town=town, code="371010000A", name="示範縣東溪戶政事務所")
    town.add_agencies([Agency(agency_code=agency.code, name=agency.name)])
    enact(town, [agency], government)
    replay = Replay(agency=agency, government=government)
    for text, steps in groupby(STEPS, key=lambda step: step.day):
        day = day_of(text, town.fiscal_year)
        town.set_day(day)
        for step in steps:
            if isinstance(step, Night):
                town.night(day)
            replay.perform(step)
    return replay


def unexpected(found: list[Compared]) -> list[str]:
    """Return the rows that differ without being owed, and what is owed and equal."""
    wrong = []
    for one in found:
        owed = set(OWED.get(one.table, ()))
        if one.table in OWED and not owed:
            wrong += [] if one.differing else [f"{one.table} {one.way} is paid"]
            continue
        wrong += [f"{one.table} {one.way} {row}" for row in one.rows - owed]
    for table, rows in OWED.items():
        differing = {row for one in found if one.table == table for row in one.rows}
        wrong += [f"{table} {row} is paid" for row in rows if row not in differing]
    return wrong


def test_the_quarter_by_the_api_and_in_its_spreadsheets(town: Town) -> None:
    found = list(compared(replayed(town, GOLDEN)))
    sys.stdout.write(told(found) + "\n")
    assert not unexpected(found), told(found)
    assert sum(one.equal for one in found) > 0

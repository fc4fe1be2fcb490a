"""The golden quarter, done by people through the API, and every figure of it compared."""

from __future__ import annotations

from itertools import groupby

import pytest

from tests.core.site import Site
from tests.golden.budget import enact
from tests.golden.government import GOLDEN, Government
from tests.golden.quarter import STEPS, Night
from tests.golden.replay import Replay
from tests.golden.town import Agency114, Town, day_of
from zhuji_core.identity.agencies import Agency
from zhuji_core.testing.counties import CountyUnderTest


def replayed(site: Site, government: Government) -> Replay:
    town = Town(site, fiscal_year=government.fiscal_year)
    town.set_basis(government.commit_basis)
    agency = Agency114(town=town, code="371010000A", name="示範縣東溪戶政事務所")
    town.add_agencies([Agency(agency_code=agency.code, name=agency.name)])
    enact(town, [agency], government)
    replay = Replay(agency=agency, government=government)
    for day, steps in groupby(STEPS, key=lambda step: step.day):
        date = day_of(day, town.fiscal_year)
        town.set_day(date)
        for step in steps:
            if isinstance(step, Night):
                town.night(date)
            print(step)
            replay.perform(step)
    return replay


@pytest.fixture
def site(served_whole: Site, txg: CountyUnderTest, mli: CountyUnderTest) -> Site:
    served_whole.begin_test(txg, mli)
    return served_whole


def test_the_quarter(site: Site) -> None:
    replay = replayed(site, GOLDEN)
    from tests.golden.figures import G7, G8

    assert replay.refused == list(G7)
    assert replay.held == list(G8)

"""A county that was enacted before others were told: told once, in order, and it adds up."""

from __future__ import annotations

import datetime as dt

import pytest

from tests.core.jobs.given import runner
from tests.core.site import Site
from tests.plugins.accounting.given import follow
from tests.plugins.budget.changes.given import post
from tests.plugins.budget.given import YEAR, given_allotted
from tests.plugins.budget.release.given import (
    NEW,
    OLD,
    Codes,
    Golden,
    allot_golden,
    enact,
    events,
    given_golden_bill,
)
from tests.plugins.budget.release.test_events import release, stands, told_for
from zhuji_budget.domain.changes.model import ChangeKind
from zhuji_budget.queries.told import prove_releases
from zhuji_budget.queries.untold import untold_years
from zhuji_budget.usecases.release_monthly import RELEASE
from zhuji_budget.usecases.tell_past import Dated, tell_past, told_in_parts, untold
from zhuji_core.contracts.budgets import AllotmentReleased, BudgetEnacted, ChangePosted
from zhuji_core.identity.actor import Forbidden
from zhuji_core.testing.counties import CountyUnderTest, given_actor

FORGET = ("DELETE FROM kernel.event WHERE type LIKE 'budget.%'",)
NEVER_RELEASED = (*FORGET, "DELETE FROM budget.allotment_release")


def tell(county: CountyUnderTest, *, dated: Dated = Dated.OWN) -> int:
    """Do what the job does first; return how many parts there were."""
    with county.uow(read_only=True) as uow:
        parts = told_in_parts(untold(uow))
    for part in parts:
        with county.uow() as uow:
            tell_past(uow, part=part, dated=dated)
    return len(parts)


@pytest.fixture(params=["txg", "mli"])
def past(request: pytest.FixtureRequest) -> tuple[CountyUnderTest, Golden]:
    """Enacted, allotted, changed in March, in both governments; nothing of it was ever told."""
    county: CountyUnderTest = request.getfixturevalue(request.param)
    return county, given_past(county, NEW if request.param == "mli" else OLD)


def given_past(county: CountyUnderTest, codes: Codes) -> Golden:
    county.business_date = dt.date(YEAR + 1911, 1, 1)
    golden = given_golden_bill(county, codes)
    enact(county)
    allot_golden(county, golden)
    county.business_date = dt.date(YEAR + 1911, 3, 10)
    _, two, three, four, _, six = golden.rows
    for kind, taken, given in (
        (ChangeKind.VIREMENT, (three, -10_000, 3), (four, 10_000, 3)),
        (ChangeKind.FIRST_RESERVE, (six, -20_000, 0), (two, 20_000, 3)),
    ):
        post(county, kind, taken, given, agency_code=golden.agency_code)
    for statement in NEVER_RELEASED:
        county.execute(statement)
    return golden


@pytest.mark.parametrize("first", ["told", "released"])
def test_enactment_and_changes_are_told_once_and_add_up(
    past: tuple[CountyUnderTest, Golden], first: str
) -> None:
    county, golden = past
    if first == "released":
        assert release(county) == 6, "three months of both sides, as by the older job"
    assert tell(county) == 2, "the agency, then its documents"
    release(county)
    told = events(county)
    kinds = [type(one) for one in told]
    assert kinds.count(BudgetEnacted) == 1
    assert kinds.count(ChangePosted) == 2
    assert kinds.count(AllotmentReleased) == 6
    assert kinds.index(BudgetEnacted) < kinds.index(ChangePosted)
    changes = [one for one in told if isinstance(one, ChangePosted)]
    assert [one.kind for one in changes] == ["virement", "first_reserve"], "in their order"
    assert [one.effective_on for one in changes] == [dt.date(2016, 3, 10)] * 2
    for row in golden.rows:
        assert told_for(county, row) == stands(county, row)
    with county.uow(read_only=True) as uow:
        assert prove_releases(uow).errors == ()
    assert tell(county) == 0
    assert len(events(county)) == len(told)


def test_what_another_attempt_told_is_not_told_again(
    past: tuple[CountyUnderTest, Golden],
) -> None:
    county, _ = past
    with county.uow(read_only=True) as uow:
        parts = told_in_parts(untold(uow))
    tell(county)
    before = len(events(county))
    for part in parts:
        with county.uow() as uow:
            assert tell_past(uow, part=part).agencies == 0
    assert len(events(county)) == before
    nobody = given_actor(5, permissions={"budget.line.read": ("*",)})
    with pytest.raises(Forbidden), county.uow(nobody) as uow:
        tell_past(uow, part=parts[0])


def test_where_books_are_closed_it_is_effective_on_the_day_it_is_told(
    past: tuple[CountyUnderTest, Golden],
) -> None:
    county, _ = past
    tell(county, dated=Dated.TODAY)
    (enacted,) = [one for one in events(county) if isinstance(one, BudgetEnacted)]
    assert enacted.effective_on == county.business_date


def test_a_year_that_is_over_is_told_only_when_it_is_named(
    past: tuple[CountyUnderTest, Golden],
) -> None:
    county, golden = past
    county.business_date = dt.date(YEAR + 1912, 1, 5)
    with county.uow(read_only=True) as uow:
        assert untold(uow) == []
        (found,) = untold_years(uow, fiscal_year=YEAR)
    assert found.agencies == (golden.agency_code,)
    assert len(found.documents) == 2


def test_automatic_vouchers_follow(txg: CountyUnderTest) -> None:
    """Each allotment has two pairs of entries on the older basis of year 105."""
    county, golden = txg, given_past(txg, OLD)
    tell(county)
    release(county)
    follow(county)
    posted = county.rows(
        "SELECT event_code, count(*) AS vouchers, sum(l.debit_ntd)::bigint AS ntd"
        " FROM accounting.voucher AS v JOIN accounting.voucher_line AS l USING (voucher_id)"
        " WHERE v.agency_code = :agency AND v.state = 'posted' GROUP BY 1 ORDER BY 1",
        agency=golden.agency_code,
    )
    by_code = {row.event_code: (row.vouchers, row.ntd) for row in posted}
    assert by_code["budget.expenditure.enacted"][1] == 8_760_000
    assert by_code["budget.revenue.enacted"][1] == 540_000
    allotted = 1_350_000 + 600_000 + 925_000 + 20_000
    assert by_code["budget.expenditure.allotted"][1] == 2 * allotted


def test_the_job_tells_before_it_releases(site: Site, mli: CountyUnderTest) -> None:
    given_allotted(mli)
    for statement in FORGET:
        mli.execute(statement)
    access = site.counties["MLI"]
    with site.browser("bas", county="mli") as bas:
        page = bas.get("/mli/budget/releases").text
        assert f"{YEAR} 年度之法定預算或變動尚未通知會計" in page
        assert bas.form("/mli/budget/releases").status_code == 303
    tick = dt.datetime(2016, 3, 15, 16, 5, tzinfo=dt.UTC)
    runner(site, RELEASE).run_tick(access, name=RELEASE.name, tick=tick)
    agencies = mli.rows("SELECT count(DISTINCT agency_code) FROM budget.control_row")[0][0]
    told = mli.rows("SELECT count(*) FROM kernel.event WHERE type = 'budget.enacted'")[0][0]
    assert told == agencies

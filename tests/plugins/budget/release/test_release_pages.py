"""The monthly release for people: what was released, the agency's note, the start, the proof."""

from __future__ import annotations

import datetime as dt

import pytest

from tests.core.site import Site
from tests.plugins.budget.given import AGENCY, YEAR, given_allotted
from tests.plugins.budget.release.given import (
    NEW,
    OLD,
    Golden,
    allot_golden,
    enact,
    given_golden_bill,
)
from zhuji_budget import demo
from zhuji_budget.domain.release import NothingToNote, ReleaseState, state_of
from zhuji_budget.domain.schedule import Side
from zhuji_budget.queries.releases import (
    ReleaseFilter,
    list_releases,
    release_months,
    waiting_releases,
)
from zhuji_budget.queries.told import prove_releases
from zhuji_budget.queries.verification import verify_budget
from zhuji_budget.usecases.note_releases import note_releases
from zhuji_core.identity.actor import Forbidden
from zhuji_core.testing.counties import CountyUnderTest, given_actor

ROOT, API = "/mli/budget/releases", "/mli/api/v1/budget/releases"
MARCH = ReleaseFilter(fiscal_year=YEAR, side=Side.EXPENDITURE, month=3)
FORGET = "DELETE FROM budget.allotment_release WHERE month = 3 AND agency_code = :agency"


def test_a_month_is_late_once_it_has_begun_and_somebody_is_missing() -> None:
    assert state_of(month=4, begun=3, agencies=2, released=0) is ReleaseState.AHEAD
    assert state_of(month=3, begun=3, agencies=2, released=1) is ReleaseState.LATE
    assert state_of(month=3, begun=3, agencies=2, released=2) is ReleaseState.RELEASED
    assert state_of(month=3, begun=3, agencies=0, released=0) is ReleaseState.NONE
    assert state_of(month=3, begun=3, agencies=0, released=1) is ReleaseState.RELEASED


@pytest.fixture(params=["txg", "mli"])
def golden(request: pytest.FixtureRequest) -> tuple[CountyUnderTest, Golden]:
    """The example's agency in each government, allotted on the first of January; it is March."""
    county: CountyUnderTest = request.getfixturevalue(request.param)
    county.business_date = dt.date(YEAR + 1911, 1, 1)
    bill = given_golden_bill(county, NEW if request.param == "mli" else OLD)
    enact(county)
    allot_golden(county, bill)
    county.business_date = dt.date(YEAR + 1911, 3, 15)
    return county, bill


def test_months_and_agencies_say_what_was_released_and_what_waits(
    golden: tuple[CountyUnderTest, Golden],
) -> None:
    county, bill = golden
    with county.uow(read_only=True) as uow:
        months = release_months(uow, MARCH)
        (own,) = list_releases(uow, MARCH)
    january = 1_200_000 + 50_000 + 100_000
    assert [one.state for one in months[:4]] == [
        ReleaseState.RELEASED,
        ReleaseState.LATE,
        ReleaseState.LATE,
        ReleaseState.AHEAD,
    ], "the job of February and of March did not run"
    assert (months[0].released_ntd, months[0].allotted_ntd) == (january, january)
    assert sum(one.allotted_ntd for one in months) == 8_700_000, "the reserve is not allotted"
    assert (own.agency_code, own.released_ntd) == (bill.agency_code, None)
    assert own.allotted_ntd == 450_000 + 50_000 + 100_000 + 25_000 + 300_000
    assert own.state is ReleaseState.LATE


def test_an_agency_takes_note_once(golden: tuple[CountyUnderTest, Golden]) -> None:
    county, bill = golden
    accountant = given_actor(
        7,
        permissions={"budget.allotment.write": (bill.agency_code,)},
        agency_code=bill.agency_code,
    )
    with county.uow(accountant, read_only=True) as uow:
        (waiting,) = waiting_releases(uow)
    revenue = 480_000 // 12 + 60_000 // 12
    assert (waiting.count, waiting.amount_ntd) == (2, 1_350_000 + revenue), "both sides of January"
    assert waiting.oldest_days == 31 + 29 + 14
    with county.uow(accountant) as uow:
        noted = note_releases(uow, fiscal_year=YEAR, agency_code=bill.agency_code)
    assert [(one.side, one.month) for one in noted] == [("expenditure", 1), ("revenue", 1)]
    with county.uow(accountant, read_only=True) as uow:
        assert waiting_releases(uow) == []
    for where, refusal in ((bill.agency_code, NothingToNote), ("XX", Forbidden)):
        with pytest.raises(refusal), county.uow(accountant) as uow:
            note_releases(uow, fiscal_year=YEAR, agency_code=where)
    assert county.rows("SELECT count(*) FROM budget.release_note")[0][0] == 2


@pytest.mark.parametrize(
    ("corrupt", "told"),
    [
        ("UPDATE budget.allotment_release SET amount_ntd = amount_ntd + 1", "told"),
        ("UPDATE budget.allotment_release SET released_on = released_on - 1", "before its month"),
        ("UPDATE budget.allotment_release SET month = 2", "a month before it was not"),
    ],
)
def test_verification_proves_releases(
    golden: tuple[CountyUnderTest, Golden], corrupt: str, told: str
) -> None:
    county, bill = golden
    with county.uow(read_only=True) as uow:
        proved = prove_releases(uow)
        assert (proved.checked, proved.errors) == (2, ())
    county.execute(f"{corrupt} WHERE side = 'revenue'")
    with county.uow(read_only=True) as uow:
        found = verify_budget(uow)
    assert not found.passed
    assert any(told in error and bill.agency_code in error for error in found.errors)


@pytest.fixture
def allotted(mli: CountyUnderTest, site: Site) -> CountyUnderTest:
    given_allotted(mli)
    site.given_user("cacc", "CACC", county="MLI", in_agency=AGENCY)
    return mli


def test_the_agency_is_told_on_its_first_page_and_takes_note(
    site: Site, allotted: CountyUnderTest
) -> None:
    with site.browser("cacc", county="mli") as cacc:
        assert "分配數已釋出，請知悉" in cacc.get("/mli/").text
        page = cacc.get(ROOT).text
        assert f"機關 {AGENCY}：3 筆月份釋出尚未知悉" in page
        assert "最近之釋出作業" not in page, "the budget office's own"
        asked = {"fiscal_year": str(YEAR), "agency_code": AGENCY}
        assert cacc.form(f"{ROOT}/note", asked).status_code == 303
        again = cacc.form(f"{ROOT}/note", asked)
        assert (again.status_code, "沒有待知悉的分配數釋出" in again.text) == (409, True)
        assert "分配數已釋出，請知悉" not in cacc.get("/mli/").text
        listed = cacc.get(f"{API}/?month=3").json()["items"]
        assert [(one["agency_code"], one["state"]) for one in listed] == [(AGENCY, "released")]
        assert listed[0]["noted_by_name"]
        assert cacc.form(ROOT).status_code == 403


def test_the_budget_office_sees_who_is_behind_and_starts_the_job(
    site: Site, allotted: CountyUnderTest
) -> None:
    with site.browser("bas", county="mli") as bas:
        assert "立即釋出" not in bas.get(ROOT).text
        none = bas.form(ROOT)
        assert (none.status_code, "沒有待釋出之機關" in none.text) == (409, True)
        allotted.execute(FORGET, agency=AGENCY)
        page = bas.get(ROOT).text
        assert "有 1 個機關已到月份而分配數尚未釋出" in page
        assert "已到月份，尚未釋出" in page
        started = bas.form(ROOT)
        assert started.status_code == 303
        job = started.headers["location"].rpartition("/")[2]
        runs = bas.get(f"{API}/runs").json()
        assert [(one["job_id"], one["state"]) for one in runs] == [(job, "waiting")]
        assert "最近之釋出作業" in bas.get(ROOT).text
        months = bas.get(f"{API}/months").json()
        assert [one["state"] for one in months[1:4]] == ["released", "late", "ahead"]


def test_a_city_is_listed_in_order(txg: CountyUnderTest) -> None:
    with txg.uow() as uow:
        demo.seed(uow)
    with txg.uow(read_only=True) as uow:
        whole = list_releases(uow, MARCH)
        after = ReleaseFilter(
            fiscal_year=YEAR, side=Side.EXPENDITURE, month=3, after=whole[0].agency_code, limit=99
        )
        assert list_releases(uow, after) == whole[1:]
        assert prove_releases(uow).errors == ()
    assert len(whole) > 1

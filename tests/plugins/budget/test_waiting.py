"""The first page: schedules, estimates and reports of the month wait for whoever acts next."""

from __future__ import annotations

import uuid

import pytest

from tests.core.site import Site
from tests.plugins.budget.estimates.test_review import given_submitted, review
from tests.plugins.budget.given import AGENCY, YEAR, given_allotted
from tests.plugins.budget.given_schedules import (
    approve,
    comment,
    given_enacted,
    opened,
    spread,
    submit,
)
from tests.plugins.budget.release.given import NEW, OLD, allot_golden, enact, given_golden_bill
from zhuji_budget.queries.waiting import (
    waiting_estimates,
    waiting_month_reports,
    waiting_schedules,
)
from zhuji_budget.usecases.open_month_report import open_month_report
from zhuji_budget.usecases.return_estimate import return_estimate
from zhuji_budget.usecases.return_schedule import return_schedule
from zhuji_core.identity.actor import Actor
from zhuji_core.modules import WorkItem
from zhuji_core.testing.counties import CountyUnderTest, given_actor

RIGHTS = {
    "CACC": ("allotment.write", "estimate.write", "month-report.write"),
    "FREV": ("allotment.comment",),
    "BAS": ("allotment.approve", "estimate.review", "bill.compile", "month-report.accept"),
}


def person(number: int, role: str, agency_code: str = AGENCY) -> Actor:
    """Whoever has the rights of a role: in one agency, the offices in the whole county."""
    where = (agency_code,) if role == "CACC" else ("*",)
    return given_actor(
        number,
        permissions={f"budget.{right}": where for right in RIGHTS[role]},
        agency_code=agency_code,
    )


ACCOUNTANT, FINANCE, OFFICE = person(11, "CACC"), person(12, "FREV"), person(13, "BAS")
ELSEWHERE = person(14, "CACC", "0002010000")


def titles(items: list[WorkItem]) -> list[str]:
    return [item.title for item in items]


def waits(county: CountyUnderTest, what: object, *people: Actor) -> list[list[str]]:
    found = []
    for one in people:
        with county.uow(one, read_only=True) as uow:
            found.append(titles(what(uow)))  # type: ignore[operator]
    return found


def test_a_schedule_waits_for_one_office_after_the_other(mli: CountyUnderTest) -> None:
    given_enacted(mli)
    own = ["法定預算已成立，待編送分配預算"]
    assert waits(mli, waiting_schedules, ACCOUNTANT, ELSEWHERE) == [own, own]
    made = opened(mli)
    spread(mli, made)
    people = (ACCOUNTANT, FINANCE, OFFICE, ELSEWHERE)
    assert waits(mli, waiting_schedules, *people) == [[], [], [], own], "a draft waits for nobody"
    submit(mli, made)
    assert waits(mli, waiting_schedules, *people) == [[], ["待表示意見之分配預算表"], [], own]
    mli.settings["budget"] = {"allotment_comment_days": 0}
    late = ["財政單位逾期未表示意見，得逕行核定"]
    assert waits(mli, waiting_schedules, OFFICE) == [late]
    mli.settings["budget"] = {"allotment_comment_days": 3}
    comment(mli, made)
    assert waits(mli, waiting_schedules, *people) == [[], [], ["待核定之分配預算表"], own]
    writer = given_actor(1, permissions={"budget.allotment.approve": ("*",)})
    assert waits(mli, waiting_schedules, writer) == [[]], "who wrote it does not approve it"
    with mli.uow(OFFICE, read_only=True) as uow:
        (item,) = waiting_schedules(uow)
    scheduled = mli.rows("SELECT sum(m) FROM budget.allotment_line, unnest(months_ntd) AS m")[0][0]
    assert (item.count, item.amount_ntd) == (1, scheduled)
    with mli.uow() as uow:
        return_schedule(uow, schedule_id=made.schedule_id, reason="請依進度分配")
    assert waits(mli, waiting_schedules, *people) == [["退回修正之分配預算表"], [], [], own]
    submit(mli, made)
    comment(mli, made)
    approve(mli, made)
    assert waits(mli, waiting_schedules, *people) == [[], [], [], own]


def test_estimates_wait_for_their_review_and_then_for_the_bill(mli: CountyUnderTest) -> None:
    estimate_id = given_submitted(mli)
    people = (ACCOUNTANT, OFFICE, ELSEWHERE)
    assert waits(mli, waiting_estimates, *people) == [[], ["待審議之概算"], []]
    with mli.uow() as uow:
        return_estimate(uow, estimate_id=estimate_id, reason="請補說明")
    assert waits(mli, waiting_estimates, *people) == [["退回修正之概算"], [], []]
    mli.execute("UPDATE budget.estimate SET state = 'submitted'")
    review(mli, estimate_id)
    assert waits(mli, waiting_estimates, *people) == [[], ["概算均已審議，待編成預算案"], []]
    mli.execute(
        "INSERT INTO budget.estimate (estimate_id, fiscal_year, agency_code, agency_name, state)"
        " SELECT :id, fiscal_year, '0002010000', '示範機關乙', 'draft' FROM budget.estimate",
        id=uuid.uuid4(),
    )
    assert waits(mli, waiting_estimates, OFFICE) == [[]], "another one is not reviewed"


@pytest.mark.parametrize(("name", "codes"), [("txg", OLD), ("mli", NEW)])
def test_months_that_are_over_wait_for_their_report(
    request: pytest.FixtureRequest, name: str, codes: object
) -> None:
    county: CountyUnderTest = request.getfixturevalue(name)
    golden = given_golden_bill(county, codes)  # type: ignore[arg-type]
    enact(county)
    allot_golden(county, golden)
    accountant = person(11, "CACC", golden.agency_code)
    with county.uow(accountant, read_only=True) as uow:
        (item,) = waiting_month_reports(uow)
    assert (item.count, item.oldest_days) == (2, 29 + 14), "January since the first of February"
    assert item.path == f"budget/month-reports?fiscal_year={YEAR}&month=1"
    with county.uow() as uow:
        made = open_month_report(uow, fiscal_year=YEAR, month=1, agency_code=golden.agency_code)
    states = {
        "submitted": ([["待編送之執行月報"], ["待備查之執行月報"]], 1),
        "returned": ([["退回補正之執行月報", "待編送之執行月報"], []], 1),
    }
    for state, (expected, missing) in states.items():
        county.execute(
            "UPDATE budget.month_report SET state = :state, lines = '[]', submitted_on = :day"
            " WHERE report_id = :id",
            state=state,
            day=county.business_date,
            id=made.report_id,
        )
        assert waits(county, waiting_month_reports, accountant, OFFICE) == expected
        with county.uow(accountant, read_only=True) as uow:
            assert waiting_month_reports(uow)[-1].count == missing
    county.settings["budget"] = {"lag_below_percent": 0}
    assert waits(county, waiting_month_reports, accountant) == [["退回補正之執行月報"]]


def test_what_waits_leads_to_the_list_of_just_that(site: Site, mli: CountyUnderTest) -> None:
    estimate_id = given_submitted(mli)
    with site.browser("bas", county="mli") as bas:
        home = bas.get("/mli/").text
        assert "待審議之概算" in home
        listed = bas.get(f"/mli/budget/estimates?year={YEAR + 1}&states=submitted").text
        assert str(estimate_id) in listed
        other = bas.get(f"/mli/budget/estimates?year={YEAR + 1}&states=reviewed").text
        assert str(estimate_id) not in other
        api = f"/mli/api/v1/budget/estimates/?fiscal_year={YEAR + 1}"
        assert len(bas.get(f"{api}&states=submitted").json()["items"]) == 1
        assert bas.get(f"{api}&states=draft").json()["items"] == []


def test_nothing_waits_for_the_whole_county(mli: CountyUnderTest) -> None:
    given_allotted(mli)
    everybody = given_actor(21)
    assert waits(mli, waiting_month_reports, everybody) == [[]]

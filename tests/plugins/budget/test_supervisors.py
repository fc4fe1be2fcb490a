"""The supervising agency (主管機關): who has one is data; schedules and estimates go through it."""

from __future__ import annotations

import pytest

from tests.core.site import Site
from tests.plugins.budget.estimates.given import SUPPLIES, given_estimate, write
from tests.plugins.budget.given import AGENCY, YEAR, given_allotted
from tests.plugins.budget.given_schedules import (
    approve,
    comment,
    given_enacted,
    opened,
    page,
    spread,
    submit,
)
from tests.plugins.budget.release.given import NEW, OLD, Codes, enact, given_golden_bill, year_of
from zhuji_budget.domain.estimate import EstimateNotFound, EstimateState
from zhuji_budget.domain.review import OwnEstimate
from zhuji_budget.domain.schedule import ScheduleState, Side
from zhuji_budget.domain.schedule_refusals import ReasonMissing, ScheduleNotFound, WrongState
from zhuji_budget.domain.supervisor import (
    Endorsement,
    OwnDocument,
    PairsInvalid,
    PairsUnchanged,
    Supervised,
    require_pairs,
)
from zhuji_budget.domain.supervisor_text import PairsMissing, PairsUnreadable, pairs_of
from zhuji_budget.queries.estimates import find_estimate, list_estimates, list_versions
from zhuji_budget.queries.schedules import ScheduleFilter, Verb, find_schedule, list_schedules
from zhuji_budget.queries.waiting import waiting_estimates, waiting_schedules
from zhuji_budget.usecases.comment_schedule import comment_schedule
from zhuji_budget.usecases.endorse_estimate import endorse_estimate
from zhuji_budget.usecases.endorse_schedule import endorse_schedule
from zhuji_budget.usecases.open_schedule import open_schedule
from zhuji_budget.usecases.review_estimate import review_estimate
from zhuji_budget.usecases.set_supervisors import set_supervisors
from zhuji_budget.usecases.submit_estimate import submit_estimate
from zhuji_budget.usecases.submit_schedule import submit_schedule
from zhuji_budget.usecases.write_schedule import WantedMonths, write_schedule
from zhuji_core.identity.actor import Actor, Forbidden
from zhuji_core.identity.agencies import Agency, ensure_agencies
from zhuji_core.testing.counties import CountyUnderTest, given_actor

BUREAU = "0002010000"
BUREAU_RIGHTS = ("allotment.read", "allotment.endorse", "estimate.read", "estimate.endorse")


def of_agency(number: int, agency_code: str, *rights: str) -> Actor:
    return given_actor(
        number,
        permissions={f"budget.{right}": (agency_code,) for right in rights or BUREAU_RIGHTS},
        agency_code=agency_code,
    )


BUREAU_HEAD = of_agency(31, BUREAU)


def supervised(county: CountyUnderTest, agency: str = AGENCY, supervisor: str = BUREAU) -> None:
    with county.uow() as uow:
        ensure_agencies(
            uow,
            [
                Agency(agency_code=agency, name="示範機關甲"),
                Agency(agency_code=supervisor, name="示範主管局"),
            ],
        )
        set_supervisors(uow, wanted=[Supervised(agency_code=agency, supervisor_code=supervisor)])


def pair(agency: str, supervisor: str) -> Supervised:
    return Supervised(agency_code=agency, supervisor_code=supervisor)


def test_every_wrong_pair_is_named() -> None:
    agencies = {"A", "B", "C", "D"}
    wrong = [
        pair("X", "B"),
        pair("A", "Y"),
        pair("A", "B"),
        pair("C", "C"),
        pair("D", "A"),
        pair("B", ""),
    ]
    with pytest.raises(PairsInvalid) as told:
        require_pairs(wrong, agencies=agencies, known={})
    assert sorted(told.value.fields) == ["pairs-0", "pairs-1", "pairs-2", "pairs-3", "pairs-4"]
    with pytest.raises(PairsInvalid, match="'count': 1"):
        require_pairs([pair("A", "B")], agencies=agencies, known={"B": "C"})
    with pytest.raises(PairsUnchanged):
        require_pairs([pair("A", "B"), pair("C", "")], agencies=agencies, known={"A": "B"})
    # What the same batch takes away is away.
    moved = [pair("B", ""), pair("A", "B")]
    assert require_pairs(moved, agencies=agencies, known={"B": "C"}) == moved


def test_pairs_are_pasted_from_a_spreadsheet() -> None:
    assert pairs_of("Ａ1\tB1\n\nA2, B1\nA3\n") == [
        pair("A1", "B1"),
        pair("A2", "B1"),
        pair("A3", ""),
    ]
    with pytest.raises(PairsUnreadable, match="'lines': '2'"):
        pairs_of("A1 B1\nA2 B1 示範局")
    with pytest.raises(PairsMissing):
        pairs_of(" \n")


@pytest.mark.parametrize(("name", "codes"), [("txg", OLD), ("mli", NEW)])
def test_a_schedule_goes_through_the_supervisor(
    request: pytest.FixtureRequest, name: str, codes: Codes
) -> None:
    county: CountyUnderTest = request.getfixturevalue(name)
    golden = given_golden_bill(county, codes)
    enact(county)
    supervised(county, golden.agency_code)
    with county.uow() as uow:
        made = open_schedule(
            uow, fiscal_year=YEAR, agency_code=golden.agency_code, side=Side.EXPENDITURE, reason=""
        )
        wanted = [
            WantedMonths(row_id=row, months_ntd=year_of(at)) for at, row in enumerate(golden.rows)
        ]
        write_schedule(uow, schedule_id=made.schedule_id, wanted=wanted)
    with pytest.raises(ScheduleNotFound), county.uow(BUREAU_HEAD, read_only=True) as uow:
        find_schedule(uow, made.schedule_id)
    with county.uow() as uow:
        sent = submit_schedule(uow, schedule_id=made.schedule_id)
    assert (sent.state, sent.supervisor_name) == (ScheduleState.SUPERVISING, "示範主管局")
    with pytest.raises(WrongState), county.uow() as uow:
        comment_schedule(uow, schedule_id=made.schedule_id, opinion=sent.opinion, comment="可")
    with pytest.raises(OwnDocument), county.uow() as uow:
        endorse_schedule(uow, schedule_id=made.schedule_id, opinion=Endorsement.AGREE)
    stranger = of_agency(32, golden.agency_code)
    with pytest.raises(Forbidden), county.uow(stranger) as uow:
        endorse_schedule(uow, schedule_id=made.schedule_id, opinion=Endorsement.AGREE)
    with county.uow(BUREAU_HEAD, read_only=True) as uow:
        (waiting,) = waiting_schedules(uow)
        assert (waiting.title, waiting.count) == ("待核轉之所屬機關分配預算表", 1)
        listed = list_schedules(uow, ScheduleFilter(fiscal_year=YEAR))
        assert [one.schedule_id for one in listed] == [made.schedule_id]
    with pytest.raises(ReasonMissing), county.uow(BUREAU_HEAD) as uow:
        endorse_schedule(uow, schedule_id=made.schedule_id, opinion=Endorsement.RETURN)
    with county.uow(BUREAU_HEAD) as uow:
        back = endorse_schedule(
            uow, schedule_id=made.schedule_id, opinion=Endorsement.RETURN, reason="設備應後移"
        )
    assert (back.state, back.return_reason) == (ScheduleState.RETURNED, "設備應後移")
    with county.uow() as uow:
        submit_schedule(uow, schedule_id=made.schedule_id)
    with county.uow(BUREAU_HEAD) as uow:
        passed = endorse_schedule(uow, schedule_id=made.schedule_id, opinion=Endorsement.AGREE)
    assert (passed.state, passed.endorsed_on) == (ScheduleState.SUBMITTED, county.business_date)
    comment(county, made)
    assert approve(county, made, "財源已籌妥").state is ScheduleState.APPROVED


def test_the_page_says_whom_it_waits_for(mli: CountyUnderTest) -> None:
    given_enacted(mli)
    supervised(mli)
    made = opened(mli)
    spread(mli, made)
    submit(mli, made)
    verbs = {one.verb: one.refusal for one in page(mli, made).actions}
    assert set(verbs) == {Verb.ENDORSE, Verb.WITHDRAW}
    assert isinstance(verbs[Verb.ENDORSE], OwnDocument)
    with mli.uow(BUREAU_HEAD, read_only=True) as uow:
        own = {one.verb: one.refusal for one in find_schedule(uow, made.schedule_id).actions}
    assert own == {Verb.ENDORSE: None}


def test_an_estimate_goes_through_the_supervisor(mli: CountyUnderTest) -> None:
    given_allotted(mli)
    supervised(mli)
    estimate_id = given_estimate(mli)
    write(mli, estimate_id, SUPPLIES)
    with pytest.raises(EstimateNotFound), mli.uow(BUREAU_HEAD, read_only=True) as uow:
        find_estimate(uow, estimate_id)
    with mli.uow() as uow:
        assert submit_estimate(uow, estimate_id=estimate_id).state == "supervising"
    with pytest.raises(EstimateState), mli.uow(given_actor(2)) as uow:
        review_estimate(uow, estimate_id=estimate_id, cuts=[])
    with pytest.raises(OwnDocument), mli.uow() as uow:
        endorse_estimate(uow, estimate_id=estimate_id, opinion=Endorsement.AGREE)
    with pytest.raises(EstimateNotFound), mli.uow(of_agency(33, "0009")) as uow:
        endorse_estimate(uow, estimate_id=estimate_id, opinion=Endorsement.AGREE)
    with mli.uow(BUREAU_HEAD, read_only=True) as uow:
        assert [one.estimate_id for one in list_estimates(uow, YEAR + 1)] == [estimate_id]
        assert [one.title for one in waiting_estimates(uow)] == ["待核轉之所屬機關概算"]
    with mli.uow(BUREAU_HEAD) as uow:
        passed = endorse_estimate(uow, estimate_id=estimate_id, opinion=Endorsement.AGREE)
        stages = [one.stage for one in list_versions(uow, passed)]
    assert (passed.state, stages) == ("submitted", ["submitted", "endorsed"])
    with pytest.raises(OwnEstimate), mli.uow(given_actor(31)) as uow:
        review_estimate(uow, estimate_id=estimate_id, cuts=[])
    with mli.uow(given_actor(2)) as uow:
        assert review_estimate(uow, estimate_id=estimate_id, cuts=[]).state == "reviewed"


def test_the_office_sets_supervisors_and_the_bureau_endorses(
    site: Site, mli: CountyUnderTest
) -> None:
    given_enacted(mli)
    site.given_user("head", "HEAD", county="MLI", in_agency=BUREAU)
    root = "/mli/budget/supervisors"
    with site.browser("bas", county="mli") as bas:
        wrong = bas.form(root, {"pairs": f"{AGENCY}\t9999\n{BUREAU}"})
        assert wrong.status_code == 422
        assert f"第 1 列 {AGENCY} 9999：查無此主管機關" in wrong.text
        assert f"{AGENCY}\t9999" in wrong.text, "what was typed stays"
        assert mli.rows("SELECT count(*) FROM budget.agency_supervisor")[0][0] == 0
        assert bas.form(root, {"pairs": f"{AGENCY}\t{BUREAU}"}).status_code == 303
        assert BUREAU in bas.get(root).text
        body = f'{{"pairs": [{{"agency_code": "{AGENCY}", "supervisor_code": "{BUREAU}"}}]}}'
        api = "/mli/api/v1/budget/supervisors/"
        same = bas.json(api, body.encode(), method="PUT")
        assert (same.status_code, same.json()["code"]) == (409, "E-SUPERVISOR-SAME")
        assert len(bas.get(api).json()["items"]) == 1
    made = opened(mli)
    spread(mli, made)
    submit(mli, made)
    url = f"/mli/budget/allotments/{made.schedule_id}"
    with site.browser("head", county="mli") as head:
        assert "待核轉之所屬機關分配預算表" in head.get("/mli/").text
        shown = head.get(url).text
        assert "核轉財政單位" in shown
        assert "by-control-row" not in shown, "it reads the schedule, not the agency's lines"
        assert head.form(root, {"pairs": "A B"}).status_code == 403
        assert head.form(f"{url}/endorsement", {"opinion": "return"}).status_code == 422
        assert head.form(f"{url}/endorsement", {"opinion": "agree"}).status_code == 303
        assert "待財政單位表示意見" in head.get(url).text

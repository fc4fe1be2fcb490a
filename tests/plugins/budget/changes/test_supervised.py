"""A first reserve goes through the supervising agency, where the county names one (預算法 64)."""

from __future__ import annotations

import pytest

from tests.core.site import Site
from tests.plugins.budget.changes.given import HEAD, OFFICE, WRITER, post, settle, submit, write
from tests.plugins.budget.given import AGENCY, LINE, RESERVE, YEAR, given_allotted, rows_of
from tests.plugins.budget.test_supervisors import BUREAU, of_agency, supervised
from zhuji_budget.domain.changes import refusals
from zhuji_budget.domain.changes.model import Change, ChangeKind, ChangeState
from zhuji_budget.domain.supervisor import Endorsement, OwnDocument
from zhuji_budget.queries.changes import ChangeFilter, find_change, list_changes
from zhuji_budget.queries.changes_waiting import waiting_changes
from zhuji_budget.queries.verification import verify_budget
from zhuji_budget.usecases.agree_change import agree_change
from zhuji_budget.usecases.decide_change import decide_change
from zhuji_budget.usecases.endorse_change import endorse_change
from zhuji_budget.usecases.return_change import return_change
from zhuji_budget.usecases.reverse_change import reverse_change
from zhuji_core.identity.actor import Actor, Forbidden
from zhuji_core.testing.counties import CountyUnderTest, given_actor

RIGHTS = ("change.read", "change.endorse")
BUREAU_HEAD = of_agency(31, BUREAU, *RIGHTS)
GOVERNMENTS = pytest.mark.parametrize("government", ["mli", "txg"])


def given(government: str, request: pytest.FixtureRequest) -> CountyUnderTest:
    county: CountyUnderTest = request.getfixturevalue(government)
    given_allotted(county)
    supervised(county)
    return county


def drawn(county: CountyUnderTest, ntd: int = 20_000) -> Change:
    """A first reserve that the agency's head has approved."""
    (reserve,) = rows_of(county, line_code=RESERVE)
    supplies = rows_of(county, line_code=LINE)[1]
    draft = write(county, ChangeKind.FIRST_RESERVE, (reserve, -ntd, 0), (supplies, ntd, 3))
    submitted = submit(county, draft.document_id)
    with county.uow(given_actor(HEAD)) as uow:
        return agree_change(uow, document_id=submitted.document_id)


def endorsed(
    county: CountyUnderTest,
    change: Change,
    by: Actor = BUREAU_HEAD,
    opinion: Endorsement = Endorsement.AGREE,
    reason: str = "",
) -> Change:
    with county.uow(by) as uow:
        return endorse_change(uow, document_id=change.document_id, opinion=opinion, reason=reason)


@GOVERNMENTS
def test_a_first_reserve_goes_through_the_supervisor(
    government: str, request: pytest.FixtureRequest
) -> None:
    county = given(government, request)
    change = drawn(county)
    assert (change.state, change.supervisor_name) == (ChangeState.SUPERVISING, "示範主管局")
    with pytest.raises(refusals.ChangeState), county.uow(given_actor(OFFICE)) as uow:
        decide_change(uow, document_id=change.document_id, act_no="1")
    for person in (WRITER, HEAD):
        with pytest.raises(OwnDocument):
            endorsed(county, change, by=given_actor(person))
    with pytest.raises(Forbidden):
        endorsed(county, change, by=of_agency(32, AGENCY, *RIGHTS))
    with county.uow(BUREAU_HEAD, read_only=True) as uow:
        (waiting,) = waiting_changes(uow)
        assert (waiting.title, waiting.count) == ("待核轉之所屬機關預算變動", 1)
        assert waiting.amount_ntd == 20_000
        listed = list_changes(uow, ChangeFilter(fiscal_year=YEAR))
        assert [one.document_id for one in listed] == [change.document_id]
        steps = {step.verb: step.refusal for step in find_change(uow, change.document_id).steps}
        assert steps == {"endorsement": None, "endorsement-return": None}
    passed = endorsed(county, change)
    assert (passed.state, passed.endorsed_by_name) == (ChangeState.AGREED, BUREAU_HEAD.name)
    assert settle(county, passed).state is ChangeState.POSTED
    with county.uow(read_only=True) as uow:
        assert verify_budget(uow).passed
    with county.uow(given_actor(WRITER)) as uow:
        back = reverse_change(uow, document_id=change.document_id, reason="計畫取消")
    with county.uow(given_actor(HEAD)) as uow:
        agreed = agree_change(uow, document_id=back.document_id)
    assert agreed.state is ChangeState.SUPERVISING, "as it came"


@GOVERNMENTS
def test_the_supervisor_returns_it_with_a_reason(
    government: str, request: pytest.FixtureRequest
) -> None:
    county = given(government, request)
    change = drawn(county)
    with pytest.raises(refusals.ChangeIncomplete):
        endorsed(county, change, opinion=Endorsement.RETURN)
    with pytest.raises(refusals.ChangeState), county.uow(given_actor(HEAD)) as uow:
        return_change(uow, document_id=change.document_id, reason="非其職掌")
    back = endorsed(county, change, opinion=Endorsement.RETURN, reason="先以流用支應")
    assert (back.state, back.return_reason) == (ChangeState.RETURNED, "先以流用支應")
    assert (back.supervisor_code, back.agreed_by) == ("", None)
    with pytest.raises(refusals.ChangeNotFound), county.uow(BUREAU_HEAD, read_only=True) as uow:
        find_change(uow, change.document_id)
    submitted = submit(county, change.document_id)
    assert submitted.state is ChangeState.SUBMITTED


def test_money_is_asked_again_at_the_supervisor(mli: CountyUnderTest) -> None:
    given_allotted(mli)
    supervised(mli)
    whole = 700_000
    first, second = drawn(mli, whole), drawn(mli, 1)
    settle(mli, endorsed(mli, first))
    with pytest.raises(refusals.ChangeShort):
        endorsed(mli, second)


def test_other_kinds_and_agencies_without_a_supervisor_go_on(mli: CountyUnderTest) -> None:
    given_allotted(mli)
    assert drawn(mli).state is ChangeState.AGREED
    supervised(mli)
    _, supplies, _, grants = rows_of(mli, line_code=LINE)
    done = post(mli, ChangeKind.VIREMENT, (supplies, -10, 4), (grants, 10, 4))
    assert (done.state, done.supervisor_code) == (ChangeState.POSTED, "")


def test_the_page_and_the_api_take_it_through(site: Site, mli: CountyUnderTest) -> None:
    given_allotted(mli)
    supervised(mli)
    change, other = drawn(mli), drawn(mli, 5)
    site.given_user("bureau", "HEAD", county="MLI", agency_code=BUREAU, in_agency=BUREAU)
    root, api = "/mli/budget/changes", "/mli/api/v1/budget/changes"
    with site.browser("bureau", county="mli") as bureau:
        page = bureau.get(f"{root}/{change.document_id}").text
        assert "待主管機關核轉" in page
        assert f"{change.document_id}/endorsement" in page
        assert bureau.form(f"{root}/{change.document_id}/endorsement", {}).status_code == 303
        wrong = bureau.form(f"{root}/{other.document_id}/endorsement-return", {"reason": ""})
        assert wrong.status_code == 422
        answer = bureau.json(
            f"{api}/{other.document_id}/endorsement",
            '{"opinion": "return", "reason": "先流用"}'.encode(),
        )
        assert answer.json()["state"] == "returned"
    with site.browser("bas", county="mli") as bas:
        shown = bas.get(f"{root}/{change.document_id}").text
        assert "示範主管局" in shown
        assert "待主計處核定" in shown

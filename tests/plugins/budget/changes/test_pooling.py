"""Marking a line as pooled: at once in a bill, by two persons in a year in force."""

from __future__ import annotations

import json
import uuid

import pytest

from tests.core.site import Browser
from tests.plugins.budget.given import LINE, given_allotted, given_bill
from tests.plugins.budget.given_pooled import DECIDER, PROPOSER
from zhuji_budget.usecases.pool_line import pool_line
from zhuji_core.proposals.approve import approve_proposal
from zhuji_core.proposals.model import OwnProposal, ProposalReasonMissing
from zhuji_core.testing.counties import CountyUnderTest


def line_of(county: CountyUnderTest) -> uuid.UUID:
    found: uuid.UUID = county.rows(
        "SELECT line_id FROM budget.budget_line WHERE code = :c", c=LINE
    )[0].line_id
    return found


def is_pooled(county: CountyUnderTest) -> bool:
    found: bool = county.rows("SELECT pooled FROM budget.budget_line WHERE code = :c", c=LINE)[0][0]
    return found


def test_in_a_bill_one_person_marks_it(mli: CountyUnderTest) -> None:
    given_bill(mli)
    with mli.uow() as uow:
        assert pool_line(uow, line_id=line_of(mli), pooled=True) is None
    assert is_pooled(mli)


@pytest.mark.parametrize("pooled", [True, False])
def test_in_a_year_in_force_a_second_person_decides(
    allotted: CountyUnderTest, *, pooled: bool
) -> None:
    """Else an ordinary line is opened to other agencies by the click of one."""
    allotted.execute("UPDATE budget.budget_line SET pooled = :p", p=not pooled)
    with pytest.raises(ProposalReasonMissing), allotted.uow(PROPOSER) as uow:
        pool_line(uow, line_id=line_of(allotted), pooled=pooled)
    with allotted.uow(PROPOSER) as uow:
        made = pool_line(uow, line_id=line_of(allotted), pooled=pooled, reason="依總預算附表")
    assert made is not None
    assert is_pooled(allotted) is not pooled
    with pytest.raises(OwnProposal), allotted.uow(PROPOSER) as uow:
        approve_proposal(uow, proposal_id=made.proposal_id)
    with allotted.uow(DECIDER) as uow:
        approve_proposal(uow, proposal_id=made.proposal_id)
    assert is_pooled(allotted) is pooled


def test_pages_and_api_lead_to_the_proposal(
    mli: CountyUnderTest, bas: Browser, bas2: Browser
) -> None:
    given_allotted(mli)
    page = f"/mli/budget/lines/{line_of(mli)}"
    assert "由主計處另一人核准後生效" in bas.get(page).text
    assert bas.form(f"{page}/pooling", {"pooled": "true"}).status_code == 422
    sent = bas.form(f"{page}/pooling", {"pooled": "true", "reason": "依總預算附表"})
    proposal = sent.headers["location"]
    assert "/kernel/proposals/" in proposal
    assert not is_pooled(mli)
    assert "指定或取消統籌科目" in bas2.get(proposal).text
    assert bas.form(f"{proposal}/approval", {}).status_code == 403
    assert bas2.form(f"{proposal}/approval", {}).status_code == 303
    assert is_pooled(mli)
    api = f"/mli/api/v1/budget/lines/{line_of(mli)}/pooling"
    answer = bas.json(api, json.dumps({"pooled": False, "reason": "不再統籌"}).encode())
    told = answer.json()
    assert (answer.status_code, told["pooled"]) == (200, True), "until it is decided"
    assert told["proposal_id"]

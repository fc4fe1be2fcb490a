"""Allotting a county's year by the equal rule: one person proposes, another approves."""

from __future__ import annotations

import json
import uuid
from typing import Any

import msgspec
import pytest

from tests.core.site import Browser
from tests.plugins.budget.given import ENACTOR, YEAR, given_bill
from tests.plugins.budget.given_equal import APPROVER, PROPOSER, REASON
from zhuji_budget.domain.allotment import AllottedAlone
from zhuji_budget.queries.verification import verify_budget
from zhuji_budget.usecases.allot_equally import allot_equally
from zhuji_budget.usecases.enact_year import enact_year
from zhuji_budget.usecases.propose_allotment import propose_allotment
from zhuji_core.identity.actor import Principal
from zhuji_core.proposals.approve import approve_proposal
from zhuji_core.proposals.model import OwnProposal, ProposalReasonMissing, ProposalStale
from zhuji_core.testing.counties import CountyUnderTest, given_actor

DEPUTY = msgspec.structs.replace(
    given_actor(65),
    on_behalf_of=Principal(
        user_id=PROPOSER.user_id,
        account=PROPOSER.account,
        name=PROPOSER.name,
        delegation_id=uuid.UUID(int=5),
    ),
)


@pytest.fixture
def enacted(mli: CountyUnderTest) -> CountyUnderTest:
    given_bill(mli)
    with mli.uow(ENACTOR) as uow:
        enact_year(uow, fiscal_year=YEAR, act_no="府主一字第 1 號")
    return mli


def state(county: CountyUnderTest) -> str:
    found: str = county.rows("SELECT state FROM budget.fiscal_year")[0][0]
    return found


def propose(county: CountyUnderTest, reason: str = REASON) -> uuid.UUID:
    with county.uow(PROPOSER) as uow:
        made = propose_allotment(uow, fiscal_year=YEAR, reason=reason, reference="府主字第 2 號")
    return made.proposal_id


def approve(county: CountyUnderTest, proposal_id: uuid.UUID, actor: Any) -> None:
    with county.uow(actor) as uow:
        approve_proposal(uow, proposal_id=proposal_id)


def test_no_person_allots_a_county_alone(enacted: CountyUnderTest) -> None:
    with pytest.raises(AllottedAlone), enacted.uow(PROPOSER) as uow:
        allot_equally(uow, fiscal_year=YEAR)
    with pytest.raises(ProposalReasonMissing):
        propose(enacted, reason=" ")
    made = propose(enacted)
    for same in (PROPOSER, DEPUTY):
        with pytest.raises(OwnProposal):
            approve(enacted, made, same)
    assert state(enacted) == "enacted"
    assert not enacted.rows("SELECT 1 FROM budget.budget_movement WHERE kind = 'allot'")


def test_the_sealed_entry_says_who_proposed_and_who_approved(enacted: CountyUnderTest) -> None:
    made = propose(enacted)
    approve(enacted, made, APPROVER)
    assert state(enacted) == "allotted"
    (entry,) = enacted.rows(
        "SELECT actor_id, after FROM kernel.audit_entry WHERE action = 'budget.allotment.approve'"
    )
    told = entry.after
    assert entry.actor_id == APPROVER.user_id
    assert (told["proposer_id"], told["proposal_id"]) == (str(PROPOSER.user_id), str(made))
    assert (told["reason"], told["reference"]) == (REASON, "府主字第 2 號")
    assert told["digest"].startswith("1:")
    with enacted.uow(read_only=True) as uow:
        assert verify_budget(uow).errors == ()


def test_another_budget_than_was_proposed_is_not_approved(enacted: CountyUnderTest) -> None:
    made = propose(enacted)
    enacted.corrupt(
        "UPDATE budget.control_row SET frozen_ntd = 12 WHERE control_row_id ="
        " (SELECT control_row_id FROM budget.control_row WHERE reserve = '' AND enacted_ntd > 12"
        " LIMIT 1)"
    )
    with pytest.raises(ProposalStale):
        approve(enacted, made, APPROVER)
    assert state(enacted) == "enacted"


def test_pages_and_api_lead_to_the_proposal(
    enacted: CountyUnderTest, bas: Browser, bas2: Browser
) -> None:
    count = str(enacted.rows("SELECT count(*) FROM budget.control_row")[0][0])
    year = f"/mli/budget/years/{YEAR}"
    assert "由主計處另一人核准後生效" in bas.get(f"{year}/allotment").text
    nameless = bas.form(f"{year}/allotment", {"confirmation": count})
    assert nameless.status_code == 422
    sent = bas.form(f"{year}/allotment", {"confirmation": count, "reason": REASON})
    proposal = sent.headers["location"]
    assert "/kernel/proposals/" in proposal
    assert state(enacted) == "enacted"
    assert proposal in bas2.get(year).text, "the year leads whoever decides to it"
    api = f"/mli/api/v1/budget/years/{YEAR}/allotment"
    again = bas2.json(api, json.dumps({"reason": REASON}).encode())
    assert (again.status_code, again.json()["code"]) == (409, "E-PROPOSAL-OPEN")
    assert bas.form(f"{proposal}/approval", {}).status_code == 403
    assert bas2.form(f"{proposal}/approval", {}).status_code == 303
    assert state(enacted) == "allotted"
    history = bas.get(year).text
    assert "核准提案" in history
    assert REASON in history

"""An agency certifies directly on another agency's pooled line, for whom it is opened alone."""

from __future__ import annotations

import dataclasses

import pytest

from tests.plugins.accounting.given import Office
from tests.plugins.accounting.given_claims import Claims
from tests.plugins.budget.given_pooled import given_pooled
from zhuji_accounting.domain.refusals import AgencyMismatch
from zhuji_accounting.queries.control_rows import pick_control_rows, position_of
from zhuji_accounting.queries.ledger_verification import verify_ledger
from zhuji_accounting.queries.verification import verify_certifications
from zhuji_accounting.usecases.certify_requests import certify_requests
from zhuji_budget.domain.changes.refusals import PoolUsers, PoolUseUnpooled
from zhuji_budget.queries.lines import LineNotFound, find_line_of_row
from zhuji_budget.queries.positions import readable_positions
from zhuji_budget.queries.verification import verify_budget
from zhuji_budget.usecases.share_line import share_line
from zhuji_core.identity.actor import Forbidden
from zhuji_core.testing.counties import given_actor

SCHOOL = "Z-9"


def opened(office: Office, *codes: str) -> None:
    """Mark the office's line as pooled and open it to these agencies."""
    line_id = office.county.rows("SELECT line_id FROM budget.budget_line")[0].line_id
    given_pooled(office.county, line_id)
    with office.county.uow() as uow:
        share_line(uow, line_id=line_id, agency_codes=codes)


def school_of(office: Office) -> Office:
    """Another agency's office, which writes on the same rows."""
    government = dataclasses.replace(office.government, agency_code=SCHOOL)
    return Office(county=office.county, government=government, rows=office.rows)


def found(office: Office) -> set[str]:
    with office.county.uow(office.writer, read_only=True) as uow:
        rows = pick_control_rows(
            uow, agency_code=office.government.agency_code, fiscal_year=105, text=""
        )
    return {row.object_code for row in rows}


def test_a_pooled_line_is_certified_on_by_whom_it_is_opened_to(any_office: Office) -> None:
    school = school_of(any_office)
    assert found(school) == set()
    with pytest.raises(AgencyMismatch):
        school.draft(1_000)
    opened(any_office, "*")
    assert found(school) == set(any_office.rows)
    certification = school.certified(1_000)
    assert certification.agency_code == SCHOOL
    assert any_office.encumbered_ntd() == 1_000
    assert any_office.certified(2_000).amount_ntd == 2_000, "and its own agency as before"
    rights = {"budget.line.read": (SCHOOL,), "accounting.request.read": (SCHOOL,)}
    reader = given_actor(9, agency_code=SCHOOL, permissions=rights)
    with school.county.uow(reader, read_only=True) as uow:
        position = position_of(uow, any_office.supplies)
    assert position is not None
    assert position.encumbered_ntd == 3_000
    with any_office.county.uow(read_only=True) as uow:
        assert verify_budget(uow).drift_ntd == 0


def test_what_a_user_certified_is_claimed_by_it_and_proved(any_office: Office) -> None:
    school = school_of(any_office)
    opened(any_office, "*")
    request_id = school.certified(1_000).request_id
    claim = Claims(school).granted((request_id, 600))
    assert claim.agency_code == SCHOOL
    assert any_office.encumbered_ntd() == 400
    any_office.follow()
    with any_office.county.uow(read_only=True) as uow:
        budget, held = verify_budget(uow), verify_certifications(uow)
        ledger = verify_ledger(uow)
    assert budget.drift_ntd == 0
    assert held.passed, held
    assert ledger.drift_ntd == 0, ledger.errors


def test_the_page_of_the_line_stays_with_its_agency(any_office: Office) -> None:
    """What a user meets on the row is told; who else holds what of it is not theirs to read."""
    opened(any_office, "*")
    reader = given_actor(9, agency_code=SCHOOL, permissions={"budget.line.read": (SCHOOL,)})
    with any_office.county.uow(reader, read_only=True) as uow:
        with pytest.raises(LineNotFound):
            find_line_of_row(uow, any_office.supplies)
        assert readable_positions(uow, [any_office.supplies]) == []


def test_what_was_submitted_before_it_was_closed_is_still_certified(any_office: Office) -> None:
    school = school_of(any_office)
    opened(any_office, "*")
    request = school.approved(1_000)
    opened(any_office)
    with school.county.uow(school.reviewer) as uow:
        (outcome,) = certify_requests(uow, request_ids=[request.request_id])
    assert outcome.refusal is None
    assert any_office.encumbered_ntd() == 1_000
    assert found(school) == set()
    with pytest.raises(AgencyMismatch):
        school.draft(1)


def test_a_line_that_is_no_longer_pooled_is_nobody_elses(any_office: Office) -> None:
    school = school_of(any_office)
    opened(any_office, "*")
    line_id = any_office.county.rows("SELECT line_id FROM budget.budget_line")[0].line_id
    given_pooled(any_office.county, line_id, pooled=False)
    assert found(school) == set()
    with pytest.raises(AgencyMismatch):
        school.draft(1)


def test_who_may_use_it_is_said_for_pooled_lines_and_known_agencies(office: Office) -> None:
    line_id = office.county.rows("SELECT line_id FROM budget.budget_line")[0].line_id
    with pytest.raises(PoolUseUnpooled), office.county.uow() as uow:
        share_line(uow, line_id=line_id, agency_codes=["*"])
    with pytest.raises(PoolUsers) as refused:
        opened(office, "A1", "no-such-agency")
    assert refused.value.detail["codes"] == ("no-such-agency",)
    clerk = given_actor(9, permissions={"budget.line.read": ("*",)})
    with pytest.raises(Forbidden), office.county.uow(clerk) as uow:
        share_line(uow, line_id=line_id, agency_codes=["*"])
    assert not office.county.rows("SELECT 1 FROM budget.pooled_use")

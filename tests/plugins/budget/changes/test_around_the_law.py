"""Transfers that are no way around the law of another: pooled lines, years, agencies."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

import pytest

from tests.plugins.budget.changes.given import WRITER, post, settle, state_of, submit, write
from tests.plugins.budget.given import AGENCY, LINE, rows_of
from tests.plugins.budget.given_pooled import given_pooled
from tests.plugins.budget.given_schedules import given_approved, given_enacted
from zhuji_budget.domain.changes import pooling, refusals
from zhuji_budget.domain.changes.model import Change, ChangeKind, ChangeState
from zhuji_budget.queries.verification import verify_budget
from zhuji_budget.usecases.reverse_change import reverse_change
from zhuji_core.testing.counties import CountyUnderTest, given_actor

POOLED = ChangeKind.POOLED
OTHER_LINE = "3201020101"  # of 示範機關乙


def given_pool(county: CountyUnderTest) -> uuid.UUID:
    """Let two persons say that the other agency's supplies are pooled."""
    (line,) = county.rows("SELECT line_id FROM budget.budget_line WHERE code = :c", c=OTHER_LINE)
    given_pooled(county, line.line_id)
    return rows_of(county, line_code=OTHER_LINE)[1]


def reversal(county: CountyUnderTest, change: Change) -> Change:
    with county.uow(given_actor(WRITER)) as uow:
        return reverse_change(uow, document_id=change.document_id, reason="計畫取消")


def test_nothing_reaches_a_pooled_line_but_what_it_lent(
    allotted: CountyUnderTest, rows: Sequence[uuid.UUID]
) -> None:
    """Else two documents would move any money between agencies (預算法 62)."""
    pool, supplies = given_pool(allotted), rows[1]
    with pytest.raises(pooling.NotPooled):
        post(allotted, POOLED, (supplies, -500, 4), (pool, 500, 4))
    shared = post(allotted, POOLED, (pool, -900, 4), (supplies, 900, 4))
    drafts = [write(allotted, POOLED, (supplies, -500, 4), (pool, 500, 4)) for _ in range(2)]
    both = [submit(allotted, draft.document_id) for draft in drafts]
    settle(allotted, both[0])
    with pytest.raises(pooling.PoolReturn) as found:
        settle(allotted, both[1])
    assert found.value.arithmetic == {"shared_ntd": 400, "amount_ntd": 500, "over_ntd": 100}
    assert state_of(allotted, both[1].document_id) == "agreed", "both waited, one passed"
    with pytest.raises(pooling.PoolReturn):
        reversal(allotted, shared)
    settle(allotted, reversal(allotted, both[0]))
    settle(allotted, reversal(allotted, shared))
    assert state_of(allotted, shared.document_id) == "reversed"
    with allotted.uow(read_only=True) as uow:
        assert verify_budget(uow).passed


def test_what_the_council_reduced_lowers_the_fifth(
    allotted: CountyUnderTest, rows: Sequence[uuid.UUID]
) -> None:
    supplies, grants = rows[1], rows[3]  # 120,000 for grants: a fifth is 24,000
    less = post(allotted, ChangeKind.REDUCTION, (grants, -10_000, 12))
    with pytest.raises(refusals.OverReduced20Percent) as found:
        post(allotted, ChangeKind.VIREMENT, (supplies, -24_000, 4), (grants, 24_000, 4))
    assert found.value.arithmetic["limit_ntd"] == 22_000
    settle(allotted, reversal(allotted, less))
    post(allotted, ChangeKind.VIREMENT, (supplies, -24_000, 4), (grants, 24_000, 4))


def test_an_advance_is_included_in_its_own_agency(
    allotted: CountyUnderTest, rows: Sequence[uuid.UUID]
) -> None:
    advance = post(allotted, ChangeKind.ADVANCE, (rows[1], 300, 0))
    theirs = rows_of(allotted, line_code=OTHER_LINE)[1]
    with pytest.raises(refusals.AdvanceAgency) as found:
        post(allotted, ChangeKind.INCLUSION, (theirs, 300, 0), advance_id=advance.document_id)
    assert AGENCY in found.value.text(str)


def test_an_advance_that_came_to_nothing_is_taken_back_in_a_later_year(
    allotted: CountyUnderTest, rows: Sequence[uuid.UUID]
) -> None:
    advance = post(allotted, ChangeKind.ADVANCE, (rows[1], 300, 0))
    allotted.business_date = dt.date(2017, 2, 1)
    settle(allotted, reversal(allotted, advance))
    assert state_of(allotted, advance.document_id) == "reversed"
    with pytest.raises(refusals.ChangeYear):
        post(allotted, ChangeKind.ADVANCE, (rows[1], 300, 0))


def test_an_agency_that_is_allotted_names_months_while_others_are_not(
    mli: CountyUnderTest,
) -> None:
    given_enacted(mli)
    rows = rows_of(mli, line_code=LINE)
    moves = (rows[1], -24_000, 4), (rows[3], 24_000, 4)
    with pytest.raises(refusals.ChangeMonth) as found:
        post(mli, ChangeKind.VIREMENT, *moves)
    assert AGENCY in found.value.text(str)
    given_approved(mli)
    assert mli.rows("SELECT state FROM budget.fiscal_year")[0][0] == "enacted"
    assert post(mli, ChangeKind.VIREMENT, *moves).state is ChangeState.POSTED
    theirs = rows_of(mli, line_code=OTHER_LINE)[1]
    with pytest.raises(refusals.ChangeMonth):
        post(mli, ChangeKind.SUPPLEMENT, (theirs, 1_000, 4))

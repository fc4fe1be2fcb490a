"""A change from draft to its reversal: who may, what moves, and that a refusal keeps nothing."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from tests.plugins.budget.changes.given import (
    AGENCY,
    HEAD,
    OFFICE,
    WRITER,
    post,
    settle,
    state_of,
    submit,
    write,
)
from tests.plugins.budget.given import LINE, YEAR, do, given_allotted, move, rows_of
from tests.plugins.budget.given_pooled import given_pooled
from zhuji_budget.domain.changes import pooling, refusals
from zhuji_budget.domain.changes.model import ChangeKind, ChangeState
from zhuji_budget.permissions import AGREE_CHANGE, DECIDE_CHANGE, WRITE_CHANGE
from zhuji_budget.queries.verification import verify_budget
from zhuji_budget.usecases.agree_change import agree_change
from zhuji_budget.usecases.decide_change import decide_change
from zhuji_budget.usecases.return_change import return_change
from zhuji_budget.usecases.reverse_change import reverse_change
from zhuji_budget.usecases.withdraw_change import withdraw_change
from zhuji_core.contracts.funds import MoveKind
from zhuji_core.identity.actor import Forbidden
from zhuji_core.identity.duties import SamePerson
from zhuji_core.testing.counties import CountyUnderTest, given_actor
from zhuji_core.values import DomainError

VIREMENT = ChangeKind.VIREMENT
COUNTERS = """
    SELECT enacted_ntd, changes_ntd, frozen_ntd, allotment_ntd
      FROM budget.control_row ORDER BY control_row_id
"""


def row_of(county: CountyUnderTest, row_id: uuid.UUID) -> Any:
    return county.rows(
        "SELECT changes_ntd, frozen_ntd, allotment_ntd FROM budget.control_row"
        " WHERE control_row_id = :id",
        id=row_id,
    )[0]


def is_whole(county: CountyUnderTest) -> bool:
    with county.uow(read_only=True) as uow:
        return verify_budget(uow).passed


def test_a_virement_takes_effect_when_the_head_approves(
    allotted: CountyUnderTest, rows: Sequence[uuid.UUID]
) -> None:
    supplies, grants = rows[1], rows[3]
    draft = write(allotted, VIREMENT, (supplies, -24_000, 4), (grants, 24_000, 4))
    submitted = submit(allotted, draft.document_id)
    assert (submitted.state, submitted.change_no) == (ChangeState.SUBMITTED, 1)
    assert row_of(allotted, supplies).changes_ntd == 0, "nothing moves before the decision"
    posted = settle(allotted, submitted)
    assert posted.state is ChangeState.POSTED
    assert row_of(allotted, supplies).changes_ntd == -24_000
    assert row_of(allotted, grants).changes_ntd == 24_000
    assert row_of(allotted, grants).allotment_ntd[3] == 34_000
    moved = allotted.rows(
        "SELECT kind, sum(amount_ntd) FROM budget.budget_movement WHERE document_id = :id"
        " GROUP BY kind",
        id=posted.document_id,
    )
    assert {(kind, int(total)) for kind, total in moved} == {("change", 0), ("allot", 0)}
    assert is_whole(allotted)


def test_a_fifth_is_added_up_over_documents_and_freed_by_a_reversal(
    allotted: CountyUnderTest, rows: Sequence[uuid.UUID]
) -> None:
    supplies, grants = rows[1], rows[3]
    first = post(allotted, VIREMENT, (supplies, -20_000, 4), (grants, 20_000, 4))
    again = write(allotted, VIREMENT, (supplies, -4_001, 4), (grants, 4_001, 4))
    with pytest.raises(refusals.Over20Percent) as found:
        submit(allotted, again.document_id)
    assert found.value.arithmetic["before_ntd"] == 20_000
    assert state_of(allotted, again.document_id) == "draft"
    with allotted.uow(given_actor(WRITER)) as uow:
        reversal = reverse_change(uow, document_id=first.document_id, reason="計畫取消")
    settle(allotted, reversal)
    assert state_of(allotted, first.document_id) == "reversed"
    assert row_of(allotted, grants).changes_ntd == 0
    assert submit(allotted, again.document_id).state is ChangeState.SUBMITTED
    assert is_whole(allotted)


def test_two_virements_of_one_row_are_judged_again_at_the_decision(
    allotted: CountyUnderTest, rows: Sequence[uuid.UUID]
) -> None:
    moves = ((rows[1], -20_000, 4), (rows[3], 20_000, 4))
    drafts = [write(allotted, VIREMENT, *moves) for _ in range(2)]
    both = [submit(allotted, draft.document_id) for draft in drafts]
    settle(allotted, both[0])
    before = allotted.rows(COUNTERS)
    with pytest.raises(refusals.Over20Percent):
        settle(allotted, both[1])
    assert allotted.rows(COUNTERS) == before
    assert state_of(allotted, both[1].document_id) == "submitted"


def test_the_reserve_goes_through_head_and_budget_office(
    allotted: CountyUnderTest, rows: Sequence[uuid.UUID]
) -> None:
    (reserve,) = rows_of(allotted, line_code="6101010301")
    draft = write(allotted, ChangeKind.FIRST_RESERVE, (reserve, -20_000, 0), (rows[1], 20_000, 3))
    submitted = submit(allotted, draft.document_id)
    with allotted.uow(given_actor(HEAD)) as uow:
        agreed = agree_change(uow, document_id=submitted.document_id)
    assert agreed.state is ChangeState.AGREED
    assert row_of(allotted, reserve).changes_ntd == 0
    with pytest.raises(refusals.ChangeActNumber), allotted.uow(given_actor(OFFICE)) as uow:
        decide_change(uow, document_id=agreed.document_id, act_no="　")
    settle(allotted, agreed)
    assert row_of(allotted, reserve).changes_ntd == -20_000
    assert row_of(allotted, rows[1]).changes_ntd == 20_000
    assert is_whole(allotted)


def test_supplement_and_reduction_change_the_budget_and_come_back(
    allotted: CountyUnderTest, rows: Sequence[uuid.UUID]
) -> None:
    more = post(allotted, ChangeKind.SUPPLEMENT, (rows[1], 500_000, 0), (rows[2], 1, 12))
    assert row_of(allotted, rows[1]).changes_ntd == 500_000
    less = post(allotted, ChangeKind.REDUCTION, (rows[1], -500_000, 0))
    assert row_of(allotted, rows[1]).changes_ntd == 0
    # What was taken away in between does not come back out of nothing.
    with pytest.raises(refusals.UnallottedShort), allotted.uow(given_actor(WRITER)) as uow:
        reverse_change(uow, document_id=more.document_id, reason="誤植")
    with allotted.uow(given_actor(WRITER)) as uow:
        back = reverse_change(uow, document_id=less.document_id, reason="誤植")
    settle(allotted, back)
    assert row_of(allotted, rows[1]).changes_ntd == 500_000
    assert is_whole(allotted)


def test_conditional_money_is_held_back_until_released(
    allotted: CountyUnderTest, rows: Sequence[uuid.UUID]
) -> None:
    grants = rows[3]  # 120,000, of which 10,000 a month
    post(allotted, ChangeKind.CONDITION, (grants, 10_000, 3))
    assert row_of(allotted, grants).frozen_ntd == 10_000
    (answer,) = do(allotted, move(grants, 25_000, document_kind="test.bill"))
    assert not answer.granted
    post(allotted, ChangeKind.RELEASE, (grants, 10_000, 3))
    assert row_of(allotted, grants).frozen_ntd == 0
    (answer,) = do(allotted, move(grants, 25_000, number=2, document_kind="test.bill"))
    assert answer.granted
    assert is_whole(allotted)


def test_an_advance_moves_nothing_until_it_is_included(
    allotted: CountyUnderTest, rows: Sequence[uuid.UUID]
) -> None:
    before = allotted.rows(COUNTERS)
    advance = post(allotted, ChangeKind.ADVANCE, (rows[1], 300_000, 0))
    assert allotted.rows(COUNTERS) == before
    included = post(
        allotted, ChangeKind.INCLUSION, (rows[1], 200_000, 0), advance_id=advance.document_id
    )
    assert row_of(allotted, rows[1]).changes_ntd == 200_000
    with pytest.raises(refusals.AdvanceExceeded) as found:
        post(allotted, ChangeKind.INCLUSION, (rows[1], 100_001, 0),
             advance_id=advance.document_id)  # fmt: skip
    assert found.value.arithmetic["left_ntd"] == 100_000
    with pytest.raises(refusals.AdvanceIncluded), allotted.uow(given_actor(WRITER)) as uow:
        reverse_change(uow, document_id=advance.document_id, reason="計畫取消")
    with allotted.uow(given_actor(WRITER)) as uow:
        back = reverse_change(uow, document_id=included.document_id, reason="誤植")
    settle(allotted, back)
    with allotted.uow(given_actor(WRITER)) as uow:
        settled = reverse_change(uow, document_id=advance.document_id, reason="計畫取消")
    settle(allotted, settled)
    assert state_of(allotted, advance.document_id) == "reversed"
    assert allotted.rows(COUNTERS) == before
    assert is_whole(allotted)


def test_a_pooled_line_is_shared_out_across_agencies(
    allotted: CountyUnderTest, rows: Sequence[uuid.UUID]
) -> None:
    other = rows_of(allotted, line_code="3201020101")[1]
    line_id = allotted.rows("SELECT line_id FROM budget.budget_line WHERE code = :c", c=LINE)[0][0]
    moves = ((rows[1], -1_000, 4), (other, 1_000, 4))
    draft = write(allotted, ChangeKind.POOLED, *moves)
    with pytest.raises(pooling.NotPooled):
        submit(allotted, draft.document_id)
    given_pooled(allotted, line_id)
    settle(allotted, submit(allotted, draft.document_id))
    assert row_of(allotted, other).changes_ntd == 1_000
    assert is_whole(allotted)


def test_spent_money_does_not_come_back(
    allotted: CountyUnderTest, rows: Sequence[uuid.UUID]
) -> None:
    grants = rows[3]
    first = post(allotted, VIREMENT, (rows[1], -24_000, 3), (grants, 24_000, 3))
    (answer,) = do(allotted, move(grants, 54_000))
    assert answer.granted, "30,000 until March and 24,000 more"
    with pytest.raises(refusals.AllotmentUsed), allotted.uow(given_actor(WRITER)) as uow:
        reverse_change(uow, document_id=first.document_id, reason="誤植")
    assert not allotted.rows("SELECT 1 FROM budget.change_document WHERE reverses_id IS NOT NULL")


@pytest.mark.parametrize("government", ["mli", "txg"])
@pytest.mark.parametrize(
    ("basis", "most_ntd", "refusal"),
    [
        ("annual", 8_000, refusals.AllotmentSpent),
        ("allotted", 3_000, refusals.AllotmentUsed),
    ],
)
def test_months_that_paid_for_something_stay_on_either_basis(
    government: str,
    basis: str,
    most_ntd: int,
    refusal: type[DomainError],
    request: pytest.FixtureRequest,
) -> None:
    """Of 30,000 until March 22,000 are spent and 5,000 more are certified (預算法 61)."""
    county: CountyUnderTest = request.getfixturevalue(government)
    county.settings["budget"] = {"commit_basis": basis}
    given_allotted(county)
    _, supplies, _, grants = rows_of(county, line_code=LINE)
    do(county, move(grants, 22_000, document_kind="test.bill"))
    do(county, move(grants, 22_000, document_kind="test.bill", kind=MoveKind.EXPEND))
    do(county, move(grants, 5_000, document_kind="test.bill", number=2))
    with pytest.raises(refusal) as found:
        post(county, ChangeKind.REDUCTION, (grants, -most_ntd - 1, 3))
    assert found.value.arithmetic["left_ntd"] == most_ntd
    assert row_of(county, grants).changes_ntd == 0
    post(county, VIREMENT, (grants, -most_ntd, 3), (supplies, most_ntd, 12))
    assert row_of(county, grants).allotment_ntd[2] == 10_000 - most_ntd
    assert is_whole(county)


def test_nobody_does_two_steps_of_one_document(
    allotted: CountyUnderTest, rows: Sequence[uuid.UUID]
) -> None:
    draft = write(allotted, VIREMENT, (rows[1], -1, 4), (rows[3], 1, 4))
    submitted = submit(allotted, draft.document_id)
    with pytest.raises(SamePerson), allotted.uow(given_actor(WRITER)) as uow:
        agree_change(uow, document_id=submitted.document_id)
    more = submit(allotted, write(allotted, ChangeKind.SUPPLEMENT, (rows[1], 1, 4)).document_id)
    with pytest.raises(SamePerson), allotted.uow(given_actor(WRITER)) as uow:
        decide_change(uow, document_id=more.document_id, act_no="1")
    assert row_of(allotted, rows[1]).changes_ntd == 0


@pytest.mark.parametrize("held", [WRITE_CHANGE, AGREE_CHANGE])
def test_rights_are_asked_for_in_the_agency_of_the_document(
    allotted: CountyUnderTest, rows: Sequence[uuid.UUID], held: Any
) -> None:
    submitted = submit(
        allotted,
        write(allotted, VIREMENT, (rows[1], -1, 4), (rows[3], 1, 4)).document_id,
    )
    other = given_actor(HEAD, permissions={held.name: ("0001020000",)})
    with pytest.raises(Forbidden), allotted.uow(other) as uow:
        agree_change(uow, document_id=submitted.document_id)
    own = given_actor(HEAD, permissions={AGREE_CHANGE.name: (AGENCY,)})
    with pytest.raises(Forbidden), allotted.uow(own) as uow:
        decide_change(uow, document_id=submitted.document_id, act_no="1")


def test_an_agency_does_not_write_for_the_county(
    allotted: CountyUnderTest, rows: Sequence[uuid.UUID]
) -> None:
    from zhuji_budget.usecases.write_change import (  # noqa: PLC0415 (only here)
        WantedChange,
        WantedChangeLine,
        write_change,
    )

    clerk = given_actor(WRITER, permissions={WRITE_CHANGE.name: (AGENCY,)})
    wanted = WantedChange(
        kind=ChangeKind.SUPPLEMENT,
        purpose="x",
        lines=(WantedChangeLine(control_row_id=rows[1], amount_ntd=1),),
        fiscal_year=YEAR,
        agency_code=AGENCY,
    )
    with pytest.raises(Forbidden), allotted.uow(clerk) as uow:
        write_change(uow, wanted=wanted)
    assert not allotted.rows("SELECT 1 FROM budget.change_document")


def test_a_returned_document_keeps_its_number(
    allotted: CountyUnderTest, rows: Sequence[uuid.UUID]
) -> None:
    draft = write(allotted, VIREMENT, (rows[1], -1, 4), (rows[3], 1, 4))
    submitted = submit(allotted, draft.document_id)
    with allotted.uow(given_actor(HEAD)) as uow:
        return_change(uow, document_id=draft.document_id, reason="請補依據")
    again = submit(allotted, draft.document_id)
    assert again.change_no == submitted.change_no
    with allotted.uow(given_actor(WRITER)) as uow:
        withdraw_change(uow, document_id=draft.document_id)
    assert state_of(allotted, draft.document_id) == "withdrawn"


def test_a_document_is_reversed_once(allotted: CountyUnderTest, rows: Sequence[uuid.UUID]) -> None:
    posted = post(allotted, VIREMENT, (rows[1], -1, 4), (rows[3], 1, 4))
    with allotted.uow(given_actor(WRITER)) as uow:
        first = reverse_change(uow, document_id=posted.document_id, reason="誤植")
    with pytest.raises(refusals.AlreadyReversed), allotted.uow(given_actor(WRITER)) as uow:
        reverse_change(uow, document_id=posted.document_id, reason="誤植")
    settle(allotted, first)
    with pytest.raises(refusals.AlreadyReversed), allotted.uow(given_actor(WRITER)) as uow:
        reverse_change(uow, document_id=first.document_id, reason="誤植")


@pytest.mark.parametrize(
    "act",
    [
        lambda uow, id_: agree_change(uow, document_id=id_),
        lambda uow, id_: decide_change(uow, document_id=id_, act_no="1"),
        lambda uow, id_: return_change(uow, document_id=id_, reason="x"),
        lambda uow, id_: withdraw_change(uow, document_id=id_),
        lambda uow, id_: reverse_change(uow, document_id=id_, reason="x"),
    ],
)
def test_an_unknown_document_is_not_found(
    allotted: CountyUnderTest, act: Callable[..., Any]
) -> None:
    with pytest.raises(refusals.ChangeNotFound), allotted.uow() as uow:
        act(uow, uuid.UUID(int=5))


def test_a_bill_is_not_changed_this_way(bill: CountyUnderTest) -> None:
    row = rows_of(bill, line_code=LINE)[1]
    draft = write(bill, ChangeKind.SUPPLEMENT, (row, 1, 0))
    with pytest.raises(refusals.ChangeYear):
        submit(bill, draft.document_id)
    assert DECIDE_CHANGE.scope == "county"

"""Whether the law allows a change: the golden refusals (domain G7), and each rule at its border."""

from __future__ import annotations

import uuid
from typing import Any

import msgspec
import pytest

from tests.plugins.budget.changes.given import (
    AGENCY,
    GOLDEN,
    L1,
    L2,
    L3,
    L4,
    L6,
    change,
    met,
    row,
)
from zhuji_budget.domain.adjustment import RowBefore
from zhuji_budget.domain.changes.effects import effects_of
from zhuji_budget.domain.changes.model import Change, ChangeKind, ChangeLine
from zhuji_budget.domain.changes.permit import refusal_of
from zhuji_core.values import DomainError

VIREMENT = ChangeKind.VIREMENT


def refused(document: Change, *more: RowBefore, **circumstances: Any) -> DomainError | None:
    known = {one.control_row_id: one for one in (*GOLDEN, *more)}
    return refusal_of(document, effects_of(document, list(known.values())), met(**circumstances))


def code(document: Change, *more: RowBefore, **circumstances: Any) -> str:
    found = refused(document, *more, **circumstances)
    return "" if found is None else found.code


def test_the_golden_virement_of_10_000_is_allowed() -> None:
    assert code(change(VIREMENT, (L3, -10_000, 3), (L4, 10_000, 3))) == ""


@pytest.mark.parametrize(
    ("document", "wanted"),
    [
        (change(VIREMENT, (L3, -25_000, 3), (L4, 25_000, 3)), "E-VIRE-20PCT"),
        (change(VIREMENT, (L3, -10_000, 3), (L1, 10_000, 3)), "E-VIRE-CROSS-PROGRAM"),
        (change(VIREMENT, (L2, -10_000, 3), (L1, 10_000, 3)), "E-VIRE-PERSONNEL"),
    ],
)
def test_the_golden_refusals(document: Change, wanted: str) -> None:
    assert code(document) == wanted


def test_a_fifth_is_said_with_its_arithmetic() -> None:
    found = refused(change(VIREMENT, (L3, -25_000, 3), (L4, 25_000, 3)))
    assert found is not None
    assert found.arithmetic == {
        "enacted_ntd": 100_000,
        "limit_ntd": 20_000,
        "before_ntd": 0,
        "amount_ntd": 25_000,
        "over_ntd": 5_000,
    }
    assert "超過 5,000" in found.text(str)


def test_a_fifth_is_exact_to_the_dollar() -> None:
    assert code(change(VIREMENT, (L3, -20_000, 3), (L4, 20_000, 3))) == ""
    assert code(change(VIREMENT, (L3, -20_001, 3), (L4, 20_001, 3))) == "E-VIRE-20PCT"


@pytest.mark.parametrize("before", [1, 10_000])
def test_a_fifth_is_of_the_whole_year(before: int) -> None:
    document = change(VIREMENT, (L3, -20_000, 3), (L4, 20_000, 3))
    assert code(document, vired_in={L4.control_row_id: before}) == "E-VIRE-20PCT"
    assert code(document, vired_out={L4.control_row_id: before}) == ""


def test_a_fifth_also_binds_what_leaves() -> None:
    wide = msgspec.structs.replace(L4, enacted_ntd=10_000_000)
    leaves = 240_001
    rich = msgspec.structs.replace(L3, allotment_ntd=(1_200_000, *[0] * 11))
    document = change(VIREMENT, (rich, -leaves, 1), (wide, leaves, 1))
    assert code(document, rich, wide) == "E-VIRE-20PCT"


@pytest.mark.parametrize(
    ("lines", "wanted"),
    [
        (((L3, -10_000, 12), (L3, 10_000, 3)), "E-VIRE-EARLY"),  # with itself
        (((L3, -10_000, 12), (L4, 10_000, 3)), "E-VIRE-EARLY"),
        (((L3, -4_000, 3), (L3, -6_000, 5), (L4, 10_000, 4)), "E-VIRE-EARLY"),
        (((L3, -10_000, 3), (L4, 4_000, 3), (L4, 6_000, 5)), ""),
        (((L3, -10_000, 3), (L4, 10_000, 12)), ""),  # later is no harm
    ],
)
def test_vired_money_is_not_there_before_its_month(lines: Any, wanted: str) -> None:
    assert code(change(VIREMENT, *lines)) == wanted


def test_an_early_virement_is_said_with_its_arithmetic() -> None:
    found = refused(change(VIREMENT, (L3, -4_000, 3), (L3, -6_000, 5), (L4, 10_000, 4)))
    assert found is not None
    assert found.arithmetic == {"in_ntd": 10_000, "out_ntd": 4_000, "over_ntd": 6_000}


def test_what_the_council_cut_gets_nothing_back() -> None:
    cut = msgspec.structs.replace(L4, council_ntd=-5_000)
    assert code(change(VIREMENT, (L3, -1, 3), (cut, 1, 3)), cut) == "E-VIRE-COUNCIL-CUT"
    assert code(change(ChangeKind.FIRST_RESERVE, (L6, -1), (cut, 1)), cut) == "E-VIRE-COUNCIL-CUT"


def test_capital_does_not_become_current() -> None:
    capital = row(7, plan="戶政業務", object_name="設備及投資", enacted_ntd=500_000,
                  months=[500_000], account="capital")  # fmt: skip
    assert code(change(VIREMENT, (capital, -1, 1), (L4, 1, 1)), capital) == "E-VIRE-CAPITAL"
    assert code(change(VIREMENT, (L3, -1, 1), (capital, 1, 1)), capital) == ""


def test_virement_stays_inside_one_work_plan() -> None:
    other = row(8, plan="戶政業務", line="戶籍清查", object_name="獎補助費", enacted_ntd=100_000)
    found = refused(change(VIREMENT, (L3, -1, 3), (other, 1, 3)), other)
    assert found is not None
    assert found.code == "E-VIRE-CROSS-PROGRAM"
    assert "工作計畫" in found.text(str)


def test_nobody_moves_the_money_of_another_agency() -> None:
    document = change(VIREMENT, (L3, -1, 3), (L4, 1, 3), agency_code="0001020000")
    assert code(document) == "E-CHANGE-AGENCY"


def test_reserves_give_and_only_theirs() -> None:
    kind = ChangeKind.FIRST_RESERVE
    assert code(change(kind, (L6, -20_000), (L2, 20_000, 3))) == ""
    assert code(change(kind, (L3, -20_000, 3), (L2, 20_000, 3))) == "E-RESERVE-SOURCE"
    assert code(change(kind, (L6, -60_001), (L2, 60_001, 3))) == "E-CHANGE-SHORT"
    assert code(change(ChangeKind.SECOND_RESERVE, (L6, -1), (L2, 1, 3))) == "E-RESERVE-SOURCE"
    foreign = row(9, plan="行政", object_name="業務費", enacted_ntd=1, agency="0001020000")
    assert code(change(kind, (L6, -1), (foreign, 1)), foreign) == "E-RESERVE-AGENCY"


def test_the_second_reserve_helps_every_agency_that_asks() -> None:
    second = row(10, plan="統籌", object_name="準備", enacted_ntd=100, agency="0009",
                 role="second_reserve")  # fmt: skip
    document = change(ChangeKind.SECOND_RESERVE, (second, -100), (L2, 100, 3))
    assert code(document, second) == ""
    other = msgspec.structs.replace(document, agency_code="0009")
    assert code(other, second) == "E-CHANGE-AGENCY"


@pytest.mark.parametrize(
    ("document", "wanted"),
    [
        (change(VIREMENT, (L3, -10, 3), (L4, 9, 3)), "E-CHANGE-BALANCE"),
        (change(VIREMENT, (L3, -10, 3)), "E-CHANGE-LINES"),
        (change(VIREMENT), "E-CHANGE-LINES"),
        (change(ChangeKind.SUPPLEMENT, (L2, -1)), "E-CHANGE-LINES"),
        (change(ChangeKind.REDUCTION, (L2, 1)), "E-CHANGE-LINES"),
        (change(ChangeKind.SUPPLEMENT, (L2, 0)), "E-CHANGE-LINES"),
        (change(ChangeKind.SUPPLEMENT, (L2, 1, 13)), "E-CHANGE-LINES"),
        (change(ChangeKind.SUPPLEMENT, *[(L2, 1)] * 101), "E-CHANGE-LINES"),
    ],
)
def test_lines_fit_their_kind(document: Change, wanted: str) -> None:
    assert code(document) == wanted


def test_money_is_taken_only_where_it_lies() -> None:
    reduction = ChangeKind.REDUCTION
    assert code(change(reduction, (L2, -450_000))) == ""
    assert code(change(reduction, (L2, -450_001))) == "E-CHANGE-UNALLOTTED"
    assert code(change(reduction, (L2, -50_001, 1))) == "E-CHANGE-ALLOTMENT"
    assert code(change(reduction, (L2, -600_000))) == "E-CHANGE-SHORT"
    # To March 150,000 are allotted and 58,520 used: 91,480 may be taken out of these months.
    most = ((L2, -50_000, 1), (L2, -41_480, 2))
    assert code(change(reduction, *most)) == ""
    more = ((L2, -50_000, 1), (L2, -41_481, 2))
    assert code(change(reduction, *more)) == "E-CHANGE-ALLOTTED-USED"
    assert code(change(reduction, *more), binds_to_date=False) == ""


def test_frozen_money_is_released_once() -> None:
    frozen = msgspec.structs.replace(L2, frozen_ntd=100)
    release = ChangeKind.RELEASE
    assert code(change(release, (frozen, 100, 4)), frozen) == ""
    assert code(change(release, (frozen, 101, 4)), frozen) == "E-CONDITION-RELEASE"
    assert code(change(ChangeKind.CONDITION, (L2, 450_001))) == "E-CHANGE-UNALLOTTED"


def test_an_advance_is_included_to_its_last_dollar() -> None:
    document = change(ChangeKind.INCLUSION, (L2, 100))
    assert code(document) == "E-ADVANCE-MISSING"
    assert code(document, advanced_ntd=100) == ""
    assert code(document, advanced_ntd=100, included_ntd=1) == "E-ADVANCE-EXCEEDED"
    assert code(document, advanced_ntd=100, advance_agency=AGENCY) == ""
    assert code(document, advanced_ntd=100, advance_agency="0009") == "E-ADVANCE-AGENCY"


def test_an_advance_that_came_to_nothing_is_taken_back_also_after_its_year() -> None:
    back = change(ChangeKind.ADVANCE, (L2, -100), reverses_id=uuid.UUID(int=1))
    assert code(back, business_year=106) == ""
    assert code(change(ChangeKind.ADVANCE, (L2, 100)), business_year=106) == "E-CHANGE-YEAR"


POOL = row(11, plan="統籌", object_name="業務費", enacted_ntd=1_000, agency="0009", pooled=True)
POOLED = ChangeKind.POOLED


def test_only_pooled_lines_are_shared_out() -> None:
    assert code(change(POOLED, (POOL, -1_000), (L2, 1_000, 3)), POOL) == ""
    assert code(change(POOLED, (L3, -1, 3), (L2, 1, 3))) == "E-POOL-SOURCE"
    assert code(change(POOLED, (POOL, -1), (L4, 1)), POOL) == "E-POOL-OBJECT"


def test_a_pooled_line_takes_back_what_it_lent_and_nothing_else() -> None:
    """Else any money would cross agencies and plans by way of a pooled line (預算法 62)."""
    back = change(POOLED, (L2, -100, 3), (POOL, 100))
    assert code(back, POOL) == "E-POOL-SOURCE", "never had anything of it"
    lent = {L2.control_row_id: 100, POOL.control_row_id: -100}
    assert code(back, POOL, pooled=lent) == ""
    found = refused(change(POOLED, (L2, -101, 3), (POOL, 101)), POOL, pooled=lent)
    assert found is not None
    assert (found.code, found.arithmetic) == (
        "E-POOL-RETURN", {"shared_ntd": 100, "amount_ntd": 101, "over_ntd": 1},
    )  # fmt: skip
    other = msgspec.structs.replace(POOL, control_row_id=uuid.UUID(int=12))
    assert code(change(POOLED, (L2, -100, 3), (other, 100)), other, pooled=lent) == "E-POOL-RETURN"
    assert code(change(POOLED, (POOL, -1), (other, 1)), POOL, other) == "E-POOL-DIRECTION"
    had = {**lent, L3.control_row_id: 100, POOL.control_row_id: -200}
    assert code(change(POOLED, (L2, -1, 3), (L3, 1, 3)), POOL, pooled=had) == "E-POOL-SOURCE"


def test_a_reversed_share_is_not_taken_twice() -> None:
    back = change(POOLED, (POOL, 100), (L2, -100, 3), reverses_id=uuid.UUID(int=1))
    lent = {L2.control_row_id: 40, POOL.control_row_id: -40}
    assert code(back, POOL, pooled=lent) == "E-POOL-RETURN", "60 were given back before"


def test_what_the_council_cut_comes_not_back_from_a_pooled_line() -> None:
    cut = msgspec.structs.replace(L2, council_ntd=-5_000)
    assert code(change(POOLED, (POOL, -1), (cut, 1)), POOL, cut) == "E-VIRE-COUNCIL-CUT"
    pool = msgspec.structs.replace(POOL, council_ntd=-5_000)
    lent = {L2.control_row_id: 1, POOL.control_row_id: -1}
    assert code(change(POOLED, (L2, -1, 3), (pool, 1)), pool, pooled=lent) == "", "what it lent"


def test_sharing_out_brings_no_later_month_forward() -> None:
    pool = msgspec.structs.replace(POOL, allotment_ntd=(*[0] * 11, 1_000))
    found = refused(change(POOLED, (pool, -1, 12), (L2, 1, 3)), pool)
    assert found is not None
    assert (found.code, "統籌科目撥用" in found.text(str)) == ("E-VIRE-EARLY", True)
    assert code(change(POOLED, (pool, -1, 12), (L2, 1, 12)), pool) == ""


def test_reserves_are_raised_and_used_by_their_own_documents_alone() -> None:
    second = row(13, plan="統籌", object_name="準備", enacted_ntd=100, agency="0009",
                 role="second_reserve")  # fmt: skip
    into = change(ChangeKind.SECOND_RESERVE, (second, -1), (L6, 1))
    assert code(into, second) == "E-RESERVE-INTO", "past one per cent (預算法 22)"
    beside = msgspec.structs.replace(L6, line_id=L3.line_id, plan_code=L3.plan_code)
    assert code(change(VIREMENT, (beside, -1), (L4, 1)), beside) == "E-RESERVE-OUT"
    assert code(change(VIREMENT, (L3, -1, 3), (beside, 1, 3)), beside) == "E-RESERVE-INTO"
    pool = msgspec.structs.replace(second, pooled=True)
    user = msgspec.structs.replace(L2, object_code="準備")
    assert code(change(POOLED, (pool, -1), (user, 1)), pool, user) == "E-RESERVE-OUT"


def test_a_fifth_of_a_reduced_row_is_of_what_the_council_left() -> None:
    document = change(VIREMENT, (L3, -20_000, 3), (L4, 20_000, 3))
    found = refused(document, reduced={L4.control_row_id: 50_000})
    assert found is not None
    assert found.arithmetic["limit_ntd"] == 10_000
    assert "追減 50,000" in found.text(str)


@pytest.mark.parametrize(
    ("circumstances", "wanted"),
    [
        ({"year_state": "bill"}, "E-CHANGE-YEAR"),
        ({"year_state": ""}, "E-CHANGE-YEAR"),
        ({"business_year": 106}, "E-CHANGE-YEAR"),
        ({"year_state": "enacted", "unallotted": frozenset({AGENCY})}, "E-CHANGE-MONTH"),
        ({"year_state": "enacted"}, ""),  # others are still at it: this agency is not
    ],
)
def test_a_year_must_be_in_force(circumstances: dict[str, Any], wanted: str) -> None:
    assert code(change(VIREMENT, (L3, -1, 3), (L4, 1, 3)), **circumstances) == wanted


def test_an_unknown_row_is_named_by_its_line() -> None:
    document = change(VIREMENT, (L3, -1, 3), (L4, 1, 3))
    with pytest.raises(DomainError, match="E-CHANGE-ROW"):
        effects_of(document, [L3])
    strange = msgspec.structs.replace(L4, fiscal_year=104)
    with pytest.raises(DomainError, match="E-CHANGE-ROW"):
        effects_of(document, [L3, strange])


def test_lines_of_one_row_are_added() -> None:
    document = change(ChangeKind.SUPPLEMENT, (L2, 5, 3), (L2, 7, 4), (L2, 1))
    (effect,) = effects_of(document, GOLDEN)
    assert effect.adjustment.change_ntd == 13
    assert effect.adjustment.months[2:4] == (5, 7)
    assert isinstance(document.lines[0], ChangeLine)

"""Who gets the money: the pure decision behind ``move_funds``."""

from __future__ import annotations

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhuji_budget.domain.allotment import equal_months
from zhuji_budget.domain.funds import DetailObject, decide, require_held
from zhuji_core.contracts.documents import DocumentRef
from zhuji_core.contracts.funds import (
    REFUSALS,
    RESERVE_TITLES,
    CommitBasis,
    ControlRowNotFound,
    FundPosition,
    FundsAnswer,
    FundsMove,
    HeldFunds,
    MoveKind,
)

ROWS = [uuid.UUID(int=number) for number in range(1, 5)]


def given_position(row: int = 0, **counters: object) -> FundPosition:
    defaults: dict[str, object] = {
        "control_row_id": ROWS[row],
        "agency_code": "A",
        "fiscal_year": 105,
        "line_code": "01",
        "line_name": "行政管理",
        "object_code": "02",
        "object_name": "業務費",
        "account": "current",
        "enacted_ntd": 1200,
        "changes_ntd": 0,
        "allotted_to_date_ntd": 300,
        "encumbered_ntd": 0,
        "advanced_ntd": 0,
        "expended_ntd": 0,
        "commit_basis": CommitBasis.ALLOTTED,
    }
    return FundPosition(**(defaults | counters))  # type: ignore[arg-type]


def given_move(
    amount_ntd: int,
    *,
    row: int = 0,
    document: int = 1,
    kind: MoveKind = MoveKind.RESERVE,
    detail_object_code: str = "",
    commitment: int | None = None,
) -> FundsMove:
    return FundsMove(
        control_row_id=ROWS[row],
        kind=kind,
        amount_ntd=amount_ntd,
        document=given_document(document),
        detail_object_code=detail_object_code,
        commitment=None if commitment is None else given_document(commitment),
    )


def given_document(number: int) -> DocumentRef:
    return DocumentRef(
        kind="test", document_id=uuid.UUID(int=number), label=str(number), agency_code="A"
    )


def answers_to(
    moves: list[FundsMove], *positions: FundPosition, **details: DetailObject
) -> list[FundsAnswer]:
    return decide(
        positions or [given_position()],
        moves,
        details={(105, code[1:]): detail for code, detail in details.items()},
    )


def test_the_first_to_arrive_gets_the_money() -> None:
    first, second = answers_to([given_move(200, document=1), given_move(150, document=2)])
    assert (first.granted, first.remaining_ntd) == (True, 100)
    assert (second.granted, second.refusal) == (False, "E-ALLOT-INSUFFICIENT")
    assert second.before.encumbered_ntd == 200


def test_a_document_is_granted_whole_or_not_at_all() -> None:
    moves = [given_move(100, row=0, document=1), given_move(301, row=1, document=1)]
    moves.append(given_move(300, row=0, document=2))
    answers = answers_to(moves, given_position(0), given_position(1))
    assert [answer.granted for answer in answers] == [False, False, True]
    assert [answer.refusal for answer in answers] == ["", "E-ALLOT-INSUFFICIENT", ""]
    assert answers[2].before.encumbered_ntd == 0


def test_two_lines_of_one_document_on_one_row_add_up() -> None:
    answers = answers_to([given_move(200), given_move(101)])
    assert [answer.granted for answer in answers] == [False, False]
    assert answers[1].before.encumbered_ntd == 200


def test_the_policy_chooses_the_balance() -> None:
    annual = given_position(commit_basis=CommitBasis.ANNUAL)
    assert answers_to([given_move(1200)], annual)[0].granted
    refused = answers_to([given_move(1201)], annual)[0]
    assert refused.refusal == "E-ANNUAL-INSUFFICIENT"


def test_a_row_without_a_law_says_so() -> None:
    """Of a bill nothing is certified; a row that a later act made has no enacted amount either."""
    bill = given_position(enacted_ntd=0, allotted_to_date_ntd=0)
    assert answers_to([given_move(1)], bill)[0].refusal == "E-BUDGET-NOT-ENACTED"
    supplement = given_position(enacted_ntd=0, changes_ntd=5)
    assert answers_to([given_move(5)], supplement)[0].granted
    assert answers_to([given_move(6)], supplement)[0].refusal == "E-ANNUAL-INSUFFICIENT"


def test_the_annual_balance_binds_whatever_is_allotted() -> None:
    position = given_position(allotted_to_date_ntd=5000)
    assert answers_to([given_move(1201)], position)[0].refusal == "E-ANNUAL-INSUFFICIENT"


def test_a_closed_row_takes_nothing_but_gives_back() -> None:
    closed = given_position(closed_reason="議會凍結", encumbered_ntd=100)
    assert answers_to([given_move(1)], closed)[0].refusal == "E-LINE-CLOSED"
    back = answers_to([given_move(100, kind=MoveKind.RELEASE)], closed)[0]
    assert (back.granted, back.remaining_ntd) == (True, 300)


@pytest.mark.parametrize("basis", CommitBasis)
@pytest.mark.parametrize(("reserve", "title"), RESERVE_TITLES.items())
def test_a_reserve_is_never_certified_advanced_or_spent(
    reserve: str, title: str, basis: CommitBasis
) -> None:
    held = given_position(
        reserve=reserve, commit_basis=basis, encumbered_ntd=60, advanced_ntd=20, expended_ntd=20
    )
    assert held.available_ntd == 0
    spending = (MoveKind.RESERVE, MoveKind.EXPEND, MoveKind.ADVANCE)
    answers = [answers_to([given_move(1, kind=kind)], held)[0] for kind in spending]
    assert {(one.granted, one.refusal) for one in answers} == {(False, "E-RESERVE-DIRECT")}
    refusal = REFUSALS["E-RESERVE-DIRECT"](answers[0])
    assert refusal.arithmetic == {"requested_ntd": 1}
    assert f"請先辦理「動支{title}」" in refusal.text(str)
    for kind in set(MoveKind) - set(spending):
        assert answers_to([given_move(20, kind=kind)], held)[0].granted, "what was is wound down"


@pytest.mark.parametrize(
    ("detail", "expected"),
    [
        (DetailObject(code="0271", parent_code="02", account="current"), ""),
        (DetailObject(code="0271", parent_code="02", account="either"), ""),
        (DetailObject(code="0271", parent_code="03", account="current"), "E-OBJECT-MISMATCH"),
        (DetailObject(code="0271", parent_code="02", account="capital"), "E-OBJECT-MISMATCH"),
    ],
)
def test_what_is_bought_belongs_to_the_row(detail: DetailObject, expected: str) -> None:
    answer = answers_to([given_move(1, detail_object_code="0271")], _0271=detail)[0]
    assert answer.refusal == expected


def test_a_row_that_the_book_does_not_split_takes_every_known_object() -> None:
    unsplit = given_position(object_code="", object_name="")
    capital = DetailObject(code="0301", parent_code="03", account="capital")
    moves = [given_move(1, detail_object_code="0301")]
    assert answers_to(moves, unsplit, _0301=capital)[0].granted
    assert answers_to(moves, unsplit)[0].refusal == "E-OBJECT-MISMATCH"


def test_an_unknown_second_level_object_is_refused() -> None:
    answer = answers_to([given_move(1, detail_object_code="9999")])[0]
    assert answer.refusal == "E-OBJECT-MISMATCH"


def test_an_unknown_row_stops_the_batch() -> None:
    with pytest.raises(ControlRowNotFound):
        answers_to([given_move(1, row=2)])


def test_the_refusal_tells_its_arithmetic() -> None:
    position = given_position(
        allotted_to_date_ntd=170_000,
        encumbered_ntd=60_000,
        expended_ntd=28_520,
        enacted_ntd=620_000,
    )
    answer = answers_to([given_move(90_000)], position)[0]
    refusal = REFUSALS[answer.refusal](answer)
    assert refusal.arithmetic["available_ntd"] == 81_480
    assert refusal.arithmetic["short_ntd"] == 8_520
    text = refusal.message.format(**refusal.detail)
    assert "170,000" in text
    assert "短少 8,520" in text


move_lists = st.lists(
    st.tuples(st.integers(1, 400), st.integers(0, 3), st.integers(1, 6)), min_size=1, max_size=30
)


@given(moves=move_lists)
def test_never_more_than_there_is(moves: list[tuple[int, int, int]]) -> None:
    positions = [given_position(row) for row in range(4)]
    answers = answers_to(
        [given_move(amount, row=row, document=document) for amount, row, document in moves],
        *positions,
    )
    for position in positions:
        granted_ntd = sum(
            answer.move.amount_ntd
            for answer in answers
            if answer.granted and answer.move.control_row_id == position.control_row_id
        )
        assert granted_ntd <= position.available_ntd
    for document in {answer.move.document.document_id for answer in answers}:
        assert len({a.granted for a in answers if a.move.document.document_id == document}) == 1


# What each kind must do to encumbered, advanced and expended; written apart from EFFECTS.
BY_HAND = {
    MoveKind.OWE: (0, 0, 0),
    MoveKind.PAY: (0, 0, 0),
    MoveKind.LAPSE: (0, 0, 0),
    MoveKind.RESERVE: (1, 0, 0),
    MoveKind.RELEASE: (-1, 0, 0),
    MoveKind.EXPEND: (-1, 0, 1),
    MoveKind.ADVANCE: (-1, 1, 0),
    MoveKind.SETTLE: (0, -1, 1),
    MoveKind.RETURN: (0, -1, 0),
    MoveKind.RECOVER: (0, 0, -1),
}


def counters_of(position: FundPosition) -> tuple[int, int, int]:
    return position.encumbered_ntd, position.advanced_ntd, position.expended_ntd


@pytest.mark.parametrize("kind", list(MoveKind))
@pytest.mark.parametrize("basis", list(CommitBasis))
def test_every_kind_moves_its_counters_and_tells_what_remains(
    kind: MoveKind, basis: CommitBasis
) -> None:
    met = given_position(
        encumbered_ntd=50, advanced_ntd=30, expended_ntd=20, commit_basis=basis, frozen_ntd=7
    )
    answer = answers_to([given_move(10, kind=kind)], met)[0]
    signs = BY_HAND[kind]
    assert answer.granted
    assert counters_of(met.after(answer.move)) == (
        50 + 10 * signs[0],
        30 + 10 * signs[1],
        20 + 10 * signs[2],
    )
    assert answer.remaining_ntd == met.available_ntd - 10 * sum(signs)
    assert met.after(answer.move).available_ntd == answer.remaining_ntd


@pytest.mark.parametrize("kind", [MoveKind.EXPEND, MoveKind.ADVANCE])
@pytest.mark.parametrize("basis", list(CommitBasis))
def test_what_is_spent_or_advanced_is_asked_for_the_allotment_to_date(
    kind: MoveKind, basis: CommitBasis
) -> None:
    """A contract of a year is certified in January, and paid as its months are allotted."""
    met = given_position(encumbered_ntd=900, advanced_ntd=60, expended_ntd=40, commit_basis=basis)
    assert answers_to([given_move(200, kind=kind)], met)[0].granted
    refused = answers_to([given_move(201, kind=kind)], met)[0]
    assert refused.refusal == "E-PAYABLE-INSUFFICIENT"
    refusal = REFUSALS[refused.refusal](refused)
    assert refusal.arithmetic == {
        "allotted_to_date_ntd": 300,
        "advanced_ntd": 60,
        "expended_ntd": 40,
        "payable_now_ntd": 200,
        "requested_ntd": 201,
        "short_ntd": 1,
    }
    assert "300 − 暫付 60 − 已實現 40 = 200" in refusal.text(lambda text: text)


def test_settling_and_giving_back_ask_for_no_allotment() -> None:
    """The months were taken back after the advance was paid: it is settled all the same."""
    met = given_position(allotted_to_date_ntd=0, advanced_ntd=60, expended_ntd=40)
    kinds = (MoveKind.SETTLE, MoveKind.RETURN, MoveKind.RECOVER)
    answers = answers_to([given_move(10, kind=kind, document=5) for kind in kinds], met)
    assert all(answer.granted for answer in answers)


def test_a_closed_row_pays_what_was_committed_before() -> None:
    closed = given_position(closed_reason="議會凍結", encumbered_ntd=100)
    assert answers_to([given_move(100, kind=MoveKind.EXPEND)], closed)[0].granted


def test_a_claim_over_several_requests_is_granted_whole_or_not_at_all() -> None:
    moves = [
        given_move(100, row=0, document=9, kind=MoveKind.EXPEND, commitment=1),
        given_move(301, row=1, document=9, kind=MoveKind.EXPEND, commitment=2),
    ]
    positions = (given_position(0, encumbered_ntd=100), given_position(1, encumbered_ntd=500))
    answers = answers_to(moves, *positions)
    assert [answer.granted for answer in answers] == [False, False]
    assert [answer.refusal for answer in answers] == ["", "E-PAYABLE-INSUFFICIENT"]


def held(document: int, *has_ntd: int, row: int = 0) -> HeldFunds:
    encumbered_ntd, advanced_ntd, expended_ntd, payable_ntd = (*has_ntd, 0)[:4]
    return HeldFunds(
        document_id=uuid.UUID(int=document),
        control_row_id=ROWS[row],
        held_ntd=encumbered_ntd,
        advanced_ntd=advanced_ntd,
        expended_ntd=expended_ntd,
        payable_ntd=payable_ntd,
    )


@pytest.mark.parametrize(
    ("kind", "has"),
    [
        (MoveKind.RELEASE, (9, 50, 50)),
        (MoveKind.EXPEND, (9, 50, 50)),
        (MoveKind.ADVANCE, (9, 50, 50)),
        (MoveKind.SETTLE, (50, 9, 50)),
        (MoveKind.RETURN, (50, 9, 50)),
        (MoveKind.RECOVER, (50, 50, 9)),
        (MoveKind.RECOVER, (50, 50, 50, 41)),
        (MoveKind.OWE, (50, 50, 50, 41)),
        (MoveKind.PAY, (50, 50, 50, 9)),
    ],
)
def test_nobody_draws_on_what_another_commitment_has(kind: MoveKind, has: tuple[int, ...]) -> None:
    others = [held(2, 90, 90, 90), held(1, 90, 90, 90, row=1)]
    move = given_move(9, kind=kind, document=7, commitment=1)
    require_held([move], [held(1, *has), *others])
    more = given_move(10, kind=kind, document=7, commitment=1)
    with pytest.raises(AssertionError, match="more than the commitment has"):
        require_held([more], [held(1, *has), *others])
    with pytest.raises(AssertionError, match="more than the commitment has"):
        require_held([move, given_move(1, kind=kind, commitment=1)], [held(1, *has), *others])


def test_what_a_batch_reserves_it_may_draw_on() -> None:
    moves = [
        given_move(10, document=1),
        given_move(10, document=2, kind=MoveKind.ADVANCE, commitment=1),
        given_move(8, document=3, kind=MoveKind.SETTLE, commitment=1),
        given_move(2, document=3, kind=MoveKind.RETURN, commitment=1),
        given_move(8, document=4, kind=MoveKind.RECOVER, commitment=1),
    ]
    require_held(moves, [])
    one_more = given_move(1, document=5, kind=MoveKind.RECOVER, commitment=1)
    with pytest.raises(AssertionError, match="more than the commitment has"):
        require_held([*moves, one_more], [])


@given(budget_ntd=st.integers(0, 10**13))
def test_equal_months_lose_nothing(budget_ntd: int) -> None:
    months = equal_months(budget_ntd)
    assert len(months) == 12
    assert sum(months) == budget_ntd
    assert max(months) - min(months) < 12

"""The whole life of a commitment on the database: held, advanced, spent, settled, given back."""

from __future__ import annotations

import datetime as dt
import threading
import uuid
from collections.abc import Sequence

import msgspec
import pytest
import sqlalchemy as sa

from tests.plugins.budget.given import LINE, SUPPLIES_TO_MARCH_NTD, do, document, move
from zhuji_budget.queries.lines import find_line, find_line_of_row
from zhuji_budget.queries.verification import verify_budget
from zhuji_core.contracts.funds import FundsAnswer, HeldFunds, MoveKind
from zhuji_core.testing.counties import CountyUnderTest

Rows = Sequence[uuid.UUID]
TO_ANOTHER = """
    UPDATE budget.budget_movement
       SET commitment_id = '00000000-0000-0000-0000-000000000009'
     WHERE kind = 'expend'
"""


def claim(
    county: CountyUnderTest,
    kind: MoveKind,
    row: uuid.UUID,
    amount_ntd: int,
    *,
    number: int = 100,
    of: int = 1,
) -> FundsAnswer:
    """Draw on commitment ``of`` by a document of its own."""
    drawn = move(row, amount_ntd, kind=kind, number=number, document_kind="accounting.claim")
    holder = document(of, "test.request")
    (answer,) = do(county, msgspec.structs.replace(drawn, commitment=holder))
    return answer


def counters(county: CountyUnderTest, row: uuid.UUID) -> tuple[int, int, int]:
    found = county.rows(
        "SELECT encumbered_ntd, advanced_ntd, expended_ntd FROM budget.control_row"
        " WHERE control_row_id = :row",
        row=row,
    )[0]
    return tuple(found)


def errors_of(county: CountyUnderTest) -> tuple[str, ...]:
    """Return what verification finds; the events of these moves are nobody's, so months wait."""
    with county.uow(read_only=True) as uow:
        found = verify_budget(uow)
    assert (found.drift_ntd == 0) == (not found.errors)
    return found.errors


@pytest.fixture
def lived(allotted: CountyUnderTest, rows: Rows) -> CountyUnderTest:
    """簽 1 held 1,000, spent 300, advanced 200 and released 100; 簽 2 holds 70.

    Of the advance 150 are settled and 50 returned; 40 of the spending are recovered in April.
    """
    do(allotted, move(rows[1], 1_000, number=1, document_kind="test.request"))
    do(allotted, move(rows[1], 70, number=2, document_kind="test.request"))
    for number, (kind, amount_ntd) in enumerate(
        (
            (MoveKind.EXPEND, 300),
            (MoveKind.ADVANCE, 200),
            (MoveKind.SETTLE, 150),
            (MoveKind.RETURN, 50),
        ),
        start=100,
    ):
        assert claim(allotted, kind, rows[1], amount_ntd, number=number).granted
        if kind is MoveKind.ADVANCE:
            assert counters(allotted, rows[1]) == (500 + 70, 200, 300)
    do(
        allotted,
        move(rows[1], 100, kind=MoveKind.RELEASE, number=1, document_kind="test.request"),
    )
    allotted.business_date = dt.date(2016, 4, 6)
    assert claim(allotted, MoveKind.RECOVER, rows[1], 40, number=110).granted
    return allotted


def test_the_counters_follow_the_whole_life(lived: CountyUnderTest, rows: Rows) -> None:
    assert counters(lived, rows[1]) == (400 + 70, 0, 410)
    assert errors_of(lived) == ()


def test_a_commitment_has_what_its_documents_left_it(lived: CountyUnderTest, rows: Rows) -> None:
    with lived.uow(read_only=True) as uow:
        found = uow.hooks.held_funds(uow, document_kind="test.request", after=uuid.UUID(int=0))
        rest = uow.hooks.held_funds(uow, document_kind="test.request", after=uuid.UUID(int=1))
        strays = uow.hooks.held_funds(uow, document_kind="accounting.claim", after=uuid.UUID(int=0))
    by_commitment = {one.document_id.int: one for one in found}
    assert by_commitment[1] == HeldFunds(
        document_id=uuid.UUID(int=1),
        control_row_id=rows[1],
        held_ntd=400,
        advanced_ntd=0,
        expended_ntd=410,
    )
    assert by_commitment[2].held_ntd == 70
    assert [one.document_id.int for one in rest] == [2]
    assert strays == []


def test_the_page_of_the_line_tells_holders_advances_and_months(
    allotted: CountyUnderTest, rows: Rows
) -> None:
    do(allotted, move(rows[1], 1_000, number=1, document_kind="test.request"))
    claim(allotted, MoveKind.ADVANCE, rows[1], 1_000)
    with allotted.uow(read_only=True) as uow:
        page = find_line(uow, find_line_of_row(uow, rows[1]))
    (holder,) = page.holders
    assert (holder.label, holder.document_kind) == ("簽 1", "test.request")
    assert (holder.held_ntd, holder.advanced_ntd) == (0, 1_000)
    claim(allotted, MoveKind.SETTLE, rows[1], 900, number=101)
    allotted.business_date = dt.date(2016, 4, 6)
    claim(allotted, MoveKind.RETURN, rows[1], 100, number=102)
    claim(allotted, MoveKind.RECOVER, rows[1], 30, number=103)
    with allotted.uow(read_only=True) as uow:
        page = find_line(uow, find_line_of_row(uow, rows[1]))
    assert page.holders == ()
    months = {one.month_key: one for one in page.execution.months}
    assert (months[10503].realised_ntd, months[10503].advanced_ntd) == (900, 100)
    assert (months[10504].realised_ntd, months[10504].advanced_ntd) == (-30, -100)


def test_receipts_are_replayed_after_money_was_spent(lived: CountyUnderTest, rows: Rows) -> None:
    (answer,) = do(lived, move(rows[1], 5, number=3, document_kind="test.request"))
    assert answer.before.expended_ntd == 410
    with lived.uow(read_only=True) as uow:
        (replayed,) = uow.hooks.replay_reserves(uow, [uuid.UUID(int=3)])
    assert replayed.before == answer.before


@pytest.mark.parametrize("basis", ["allotted", "annual"])
def test_more_than_is_allotted_to_date_is_not_paid(
    allotted: CountyUnderTest, rows: Rows, basis: str
) -> None:
    """The county that certifies on the whole year pays from the months that have begun."""
    allotted.settings["budget"] = {"commit_basis": "annual"}
    do(allotted, move(rows[1], SUPPLIES_TO_MARCH_NTD + 1))
    allotted.settings["budget"] = {"commit_basis": basis}
    refused = claim(allotted, MoveKind.EXPEND, rows[1], SUPPLIES_TO_MARCH_NTD + 1)
    assert (refused.granted, refused.refusal) == (False, "E-PAYABLE-INSUFFICIENT")
    assert counters(allotted, rows[1]) == (SUPPLIES_TO_MARCH_NTD + 1, 0, 0)
    assert not allotted.rows("SELECT FROM budget.realised_month")
    assert claim(allotted, MoveKind.EXPEND, rows[1], SUPPLIES_TO_MARCH_NTD).granted
    assert counters(allotted, rows[1]) == (1, 0, SUPPLIES_TO_MARCH_NTD)


@pytest.mark.parametrize("kind", [one for one in MoveKind if one is not MoveKind.RESERVE])
def test_nothing_is_drawn_from_another_commitment(
    lived: CountyUnderTest, rows: Rows, kind: MoveKind
) -> None:
    before = counters(lived, rows[1])
    with pytest.raises(AssertionError, match="more than the commitment has"):
        claim(lived, kind, rows[1], 71, number=120, of=2)
    assert counters(lived, rows[1]) == before


def test_what_is_due_of_this_year_does_not_lapse(lived: CountyUnderTest, rows: Rows) -> None:
    """An 應付 lapses (註銷) on the rows of former years; in its own year spending is recovered."""
    assert claim(lived, MoveKind.OWE, rows[1], 10, number=121).granted
    with pytest.raises(AssertionError, match="what lapses is of former years"):
        claim(lived, MoveKind.LAPSE, rows[1], 10, number=122)


def test_claims_and_certifications_on_one_row_never_spend_a_dollar_twice(
    allotted: CountyUnderTest, rows: Rows
) -> None:
    """Half the allotment is held by ten; they claim while forty others want to certify."""
    share_ntd = SUPPLIES_TO_MARCH_NTD // 20
    do(allotted, *(move(rows[1], share_ntd, number=number) for number in range(1, 11)))
    granted: list[tuple[str, bool]] = []

    def work(first: int) -> None:
        for number in range(first, first + 5):
            answers = do(
                allotted,
                move(rows[1], share_ntd, number=1000 + number),
                move(rows[0], 1, number=1000 + number),
            )
            granted.append(("certified", answers[0].granted))
            if number <= 10:
                paid = claim(
                    allotted, MoveKind.EXPEND, rows[1], share_ntd, number=2000 + number, of=number
                )
                granted.append(("claimed", paid.granted))

    threads = [threading.Thread(target=work, args=(first * 5 + 1,)) for first in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(set(granted)) == [("certified", False), ("certified", True), ("claimed", True)]
    assert granted.count(("certified", True)) == 10
    assert counters(allotted, rows[1]) == (10 * share_ntd, 0, 10 * share_ntd)


@pytest.mark.parametrize(
    ("spoiled", "told"),
    [
        ("UPDATE budget.control_row SET expended_ntd = 417 WHERE expended_ntd = 410", LINE),
        ("UPDATE budget.realised_month SET settled_ntd = 3 WHERE settled_ntd > 0", "by month"),
        ("DELETE FROM budget.realised_month WHERE recovered_ntd > 0", "by month"),
        (TO_ANOTHER, "drew 300 more than it has"),
    ],
)
def test_verification_finds_what_was_spoiled(
    lived: CountyUnderTest, spoiled: str, told: str
) -> None:
    lived.execute(spoiled)
    assert told in "".join(errors_of(lived))


def test_a_commitment_is_named_whole(allotted: CountyUnderTest, rows: Rows) -> None:
    do(allotted, move(rows[1], 5))
    with pytest.raises(sa.exc.IntegrityError, match="a_commitment_is_whole"):
        allotted.execute(
            "UPDATE budget.budget_movement SET commitment_id = document_id WHERE kind = 'reserve'"
        )

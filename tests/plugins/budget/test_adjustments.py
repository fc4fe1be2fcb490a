"""Counters after enactment: changed by deltas with movements, replayed and verified."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import pytest
from sqlalchemy.exc import IntegrityError

from tests.plugins.budget.given import do, move
from zhuji_budget.domain.adjustment import Adjustment
from zhuji_budget.queries.headings import BASELINE, TOTALS
from zhuji_budget.queries.stamps import STAMPED
from zhuji_budget.queries.verification import verify_budget
from zhuji_budget.store import adjustments as store
from zhuji_budget.store.adjustments import positions_for_change
from zhuji_core.contracts.documents import DocumentRef
from zhuji_core.contracts.funds import REFUSALS, ConditionalFunds
from zhuji_core.ids import new_id
from zhuji_core.testing.counties import CountyUnderTest
from zhuji_core.uow import UnitOfWork

MOVED_BY = "the budget moved by no act of its year"


def a_document() -> DocumentRef:
    return DocumentRef(
        kind="budget.test", document_id=new_id(), label="105變00001", agency_code="0001010000"
    )


def adjust(uow: UnitOfWork, document: DocumentRef, wanted: Sequence[Adjustment]) -> None:
    store.adjust(uow, document, wanted)
    uow.audit("budget.test.adjust", document, after={"rows": len(wanted)})


def adjust_alone(county: CountyUnderTest, wanted: Adjustment) -> None:
    with county.uow() as uow:
        adjust(uow, a_document(), [wanted])


def test_change_freeze_and_months_move_by_deltas_and_verify(
    mli: CountyUnderTest, rows: Sequence[uuid.UUID]
) -> None:
    months = (0,) * 10 + (-700, 500)
    with mli.uow() as uow:
        before = {row.control_row_id: row for row in positions_for_change(uow, rows)}
        adjust(
            uow,
            a_document(),
            [
                Adjustment(control_row_id=rows[0], change_ntd=-200, months=months),
                Adjustment(control_row_id=rows[1], change_ntd=200, frozen_ntd=150),
            ],
        )
    with mli.uow() as uow:
        uow.abandon("only looked at")
        after = {row.control_row_id: row for row in positions_for_change(uow, rows)}
        found = verify_budget(uow)
    broken = {one.invariant for one in found.asked if one.broken}
    assert broken == {BASELINE, TOTALS, MOVED_BY}, "no posted document says it; all else holds"
    told = [error for error in found.errors if not error.startswith(MOVED_BY)]
    assert (found.drift_ntd, all("differ: " in error for error in told)) == (0, True)
    first, second = after[rows[0]], after[rows[1]]
    assert first.budget_ntd == before[rows[0]].budget_ntd - 200
    assert first.allotted_ntd == before[rows[0]].allotted_ntd - 200
    assert first.allotment_ntd[10] == before[rows[0]].allotment_ntd[10] - 700
    assert (second.changes_ntd, second.frozen_ntd, second.unallotted_ntd) == (200, 150, 50)
    assert after[rows[2]] == before[rows[2]]


@pytest.mark.parametrize(
    ("adjustment", "check"),
    [
        ({"change_ntd": -1}, "never_overallotted"),
        ({"frozen_ntd": 1}, "never_overallotted"),
        ({"months": (1,) + (0,) * 11}, "never_overallotted"),
        ({"frozen_ntd": -1}, "frozen_ntd"),
    ],
)
def test_what_a_use_case_allowed_wrongly_is_refused_by_the_table(
    mli: CountyUnderTest,
    rows: Sequence[uuid.UUID],
    adjustment: dict[str, object],
    check: str,
) -> None:
    wrong = Adjustment(control_row_id=rows[0], **adjustment)  # type: ignore[arg-type]
    with pytest.raises(IntegrityError, match=check):
        adjust_alone(mli, wrong)
    with mli.uow(read_only=True) as uow:
        assert verify_budget(uow).passed


def test_frozen_money_is_not_certified_and_the_refusal_shows_the_arithmetic(
    mli: CountyUnderTest, rows: Sequence[uuid.UUID]
) -> None:
    with mli.uow() as uow:
        [row] = positions_for_change(uow, rows[:1])
        months = tuple(-amount for amount in row.allotment_ntd)
        adjust(
            uow,
            a_document(),
            [Adjustment(control_row_id=rows[0], frozen_ntd=row.budget_ntd - 1_000, months=months)],
        )
        adjust(
            uow,
            a_document(),
            [Adjustment(control_row_id=rows[0], months=(1_000,) + (0,) * 11)],
        )
    short, enough = do(mli, move(rows[0], 1_001, number=1), move(rows[0], 1_000, number=2))
    assert short.refusal == ConditionalFunds.code
    assert enough.granted
    refusal = REFUSALS[short.refusal](short)
    assert refusal.arithmetic["available_ntd"] == 1_000
    assert refusal.arithmetic["short_ntd"] == 1
    assert "可動支餘額不足" in refusal.message


@pytest.mark.parametrize("column", ["changes_ntd", "council_ntd", "frozen_ntd"])
def test_a_corrupted_counter_is_found(
    mli: CountyUnderTest, rows: Sequence[uuid.UUID], column: str
) -> None:
    with mli.uow() as uow:
        [row] = positions_for_change(uow, rows[:1])
        # Of months that are still to come: what was released is told by whoever moves it.
        months = (0, 0, 0, *(-amount for amount in row.allotment_ntd[3:]))
        adjust(uow, a_document(), [Adjustment(control_row_id=rows[0], months=months)])
        found = verify_budget(uow)
        assert found.drift_ntd == 0
        assert {error.partition(":")[0] for error in found.errors} == {MOVED_BY, STAMPED}, (
            "the document of this test is of no kind that moves a budget"
        )
    mli.corrupt(
        f"UPDATE budget.control_row SET {column} = {column} + 1"  # noqa: S608
        " WHERE control_row_id = :id",
        id=rows[0],
    )
    with mli.uow(read_only=True) as uow:
        found = verify_budget(uow)
    assert found.drift_ntd == 1
    assert row.line_code in found.errors[0]

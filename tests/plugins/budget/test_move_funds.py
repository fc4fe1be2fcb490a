"""``move_funds`` on the database: grants, refusals, deltas, and the constraints behind them."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Sequence

import pytest
import sqlalchemy as sa

from tests.plugins.budget.given import (
    LINE,
    SUPPLIES_NTD,
    SUPPLIES_TO_MARCH_NTD,
    counters,
    do,
    move,
    rows_of,
)
from zhuji_core.contracts.funds import ControlRowNotFound, MoveKind
from zhuji_core.testing.counties import CountyUnderTest

Rows = Sequence[uuid.UUID]


def movements(county: CountyUnderTest) -> list[tuple[str, int, str]]:
    found = county.rows(
        "SELECT kind, amount_ntd, document_label FROM budget.budget_movement"
        " WHERE kind IN ('reserve', 'release') ORDER BY movement_id"
    )
    return [tuple(row) for row in found]


def test_a_reservation_holds_the_money_and_leaves_a_movement(
    allotted: CountyUnderTest, rows: Rows
) -> None:
    (answer,) = do(allotted, move(rows[1], 46_912))
    assert answer.granted
    assert answer.before.available_ntd == SUPPLIES_TO_MARCH_NTD
    assert answer.remaining_ntd == 3_200_000
    assert counters(allotted, rows[1]) == (SUPPLIES_NTD, SUPPLIES_NTD, 46_912)
    assert movements(allotted) == [("reserve", 46_912, "簽 1")]


def test_the_last_dollar_is_granted_and_not_one_more(allotted: CountyUnderTest, rows: Rows) -> None:
    answers = do(
        allotted,
        move(rows[1], SUPPLIES_TO_MARCH_NTD, number=1),
        move(rows[1], 1, number=2),
    )
    assert [answer.granted for answer in answers] == [True, False]
    assert answers[1].refusal == "E-ALLOT-INSUFFICIENT"
    assert counters(allotted, rows[1])[2] == SUPPLIES_TO_MARCH_NTD
    assert len(movements(allotted)) == 1


def test_a_refused_document_keeps_nothing(allotted: CountyUnderTest, rows: Rows) -> None:
    answers = do(allotted, move(rows[0], 100), move(rows[1], SUPPLIES_TO_MARCH_NTD + 1))
    assert not any(answer.granted for answer in answers)
    assert movements(allotted) == []
    assert counters(allotted, rows[0])[2] == 0


def test_the_others_of_a_batch_go_on(allotted: CountyUnderTest, rows: Rows) -> None:
    answers = do(
        allotted,
        move(rows[1], SUPPLIES_TO_MARCH_NTD + 1, number=1),
        move(rows[1], 5, number=2),
        move(rows[0], 7, number=2),
    )
    assert [answer.granted for answer in answers] == [False, True, True]
    assert movements(allotted) == [("reserve", 5, "簽 2"), ("reserve", 7, "簽 2")]


def test_the_policy_of_the_county_decides(allotted: CountyUnderTest, rows: Rows) -> None:
    allotted.settings["budget"] = {"commit_basis": "annual"}
    first, second = do(allotted, move(rows[1], SUPPLIES_NTD, number=1), move(rows[1], 1, number=2))
    assert first.granted
    assert second.refusal == "E-ANNUAL-INSUFFICIENT"
    assert counters(allotted, rows[1])[2] == SUPPLIES_NTD


def test_what_is_released_can_be_reserved_again(allotted: CountyUnderTest, rows: Rows) -> None:
    do(allotted, move(rows[1], SUPPLIES_TO_MARCH_NTD, number=1))
    do(allotted, move(rows[1], 1_000, number=1, kind=MoveKind.RELEASE))
    (again,) = do(allotted, move(rows[1], 1_000, number=2))
    assert again.granted
    assert counters(allotted, rows[1])[2] == SUPPLIES_TO_MARCH_NTD


def test_a_closed_row_is_refused(allotted: CountyUnderTest, rows: Rows) -> None:
    allotted.execute(
        "UPDATE budget.control_row SET closed_reason = '議會凍結' WHERE control_row_id = :row",
        row=rows[1],
    )
    (answer,) = do(allotted, move(rows[1], 1))
    assert (answer.refusal, answer.before.closed_reason) == ("E-LINE-CLOSED", "議會凍結")


@pytest.mark.parametrize(
    ("row", "detail", "refusal"),
    [
        (1, "0271", ""),
        (1, "0102", "E-OBJECT-MISMATCH"),  # 人事費 on 業務費
        (1, "9999", "E-OBJECT-MISMATCH"),
        (0, "0271", "E-OBJECT-MISMATCH"),
    ],
)
def test_the_second_level_object_belongs_to_the_row(
    allotted: CountyUnderTest, rows: Rows, row: int, detail: str, refusal: str
) -> None:
    (answer,) = do(allotted, move(rows[row], 1, detail=detail))
    assert answer.refusal == refusal


def test_a_row_that_the_book_does_not_split_takes_every_known_object(
    allotted: CountyUnderTest,
) -> None:
    (row,) = rows_of(allotted, line_code="5601010202")
    assert do(allotted, move(row, 1, detail="0271"))[0].granted


def test_an_unknown_row_stops_the_batch(allotted: CountyUnderTest, rows: Rows) -> None:
    with pytest.raises(ControlRowNotFound):
        do(allotted, move(rows[1], 1), move(uuid.UUID(int=1), 1))
    assert movements(allotted) == []


def test_before_the_year_begins_nothing_is_allotted(allotted: CountyUnderTest, rows: Rows) -> None:
    allotted.business_date = allotted.business_date.replace(year=2015)
    assert do(allotted, move(rows[1], 1))[0].refusal == "E-ALLOT-INSUFFICIENT"


def test_after_the_year_all_months_count(allotted: CountyUnderTest, rows: Rows) -> None:
    allotted.business_date = allotted.business_date.replace(year=2017)
    assert do(allotted, move(rows[1], SUPPLIES_NTD))[0].granted


def test_many_at_once_are_granted_what_there_is(allotted: CountyUnderTest, rows: Rows) -> None:
    """Eight threads want 40 times a tenth of the row: ten get it, nobody waits forever."""
    share_ntd = SUPPLIES_TO_MARCH_NTD // 10
    granted: list[bool] = []

    def work(first: int) -> None:
        for number in range(first, first + 5):
            answers = do(allotted, move(rows[1], share_ntd, number=number), move(rows[0], 1))
            granted.append(answers[0].granted)

    threads = [threading.Thread(target=work, args=(number * 5 + 1,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(granted) == 40
    assert granted.count(True) == 10
    assert counters(allotted, rows[1])[2] == share_ntd * 10


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ("encumbered_ntd = enacted_ntd + 1", "never_overspent"),
        ("expended_ntd = enacted_ntd, advanced_ntd = 1", "never_overspent"),
        ("changes_ntd = -enacted_ntd - 1", "never_over"),
        ("allotment_ntd[12] = allotment_ntd[12] + 1", "never_overallotted"),
        ("encumbered_ntd = -1", "encumbered_ntd_check"),
        ("allotment_ntd[3] = NULL", "allotment_ntd_check"),
        ("account = 'neither'", "account_check"),
    ],
)
def test_the_table_itself_refuses_what_code_never_does(
    allotted: CountyUnderTest, rows: Rows, change: str, constraint: str
) -> None:
    """Even the administrator of the server, past every trigger, cannot overspend a row."""
    with pytest.raises(sa.exc.IntegrityError, match=constraint):
        allotted.corrupt(
            f"UPDATE budget.control_row SET {change} WHERE control_row_id = :row",  # noqa: S608
            row=rows[1],
        )


def test_movements_are_append_only_for_the_county(allotted: CountyUnderTest, rows: Rows) -> None:
    do(allotted, move(rows[1], 5))
    for statement in (
        "DELETE FROM budget.budget_movement",
        "UPDATE budget.budget_movement SET amount_ntd = 1",
        "TRUNCATE budget.budget_movement",
    ):
        with pytest.raises(sa.exc.ProgrammingError, match="permission denied"):  # noqa: SIM117
            with allotted.engine.begin() as connection:
                connection.execute(sa.text(statement))
    assert movements(allotted) == [("reserve", 5, "簽 1")]


def test_one_line_has_its_own_rows(allotted: CountyUnderTest, rows: Rows) -> None:
    assert len(rows) == 4
    assert rows_of(allotted, line_code=LINE) == rows

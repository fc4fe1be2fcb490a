"""Revisions of an allotment schedule (修改分配): months to come, nothing below what is used."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import pytest

from tests.plugins.budget.given import do, move
from tests.plugins.budget.given_schedules import (
    approve,
    comment,
    months_of,
    opened,
    page,
    refused,
    submit,
    write,
)
from zhuji_budget.domain.schedule_refusals import (
    AllotmentBelowUsed,
    AllotmentPast,
    ReasonMissing,
)
from zhuji_budget.queries.verification import verify_budget
from zhuji_budget.usecases.write_schedule import WantedMonths, write_schedule
from zhuji_core.testing.counties import CountyUnderTest


def test_a_revision_moves_months_to_come(
    allotted: CountyUnderTest, rows: Sequence[uuid.UUID]
) -> None:
    row = rows[1]
    made = opened(allotted)
    assert str(made.kind) == "revision"
    base = months_of(allotted, row)
    wanted = [*base[:3], base[3] + base[11], *base[4:11], 0]
    write(allotted, made, {row: wanted})
    submit(allotted, made)
    comment(allotted, made)
    approve(allotted, made)
    assert months_of(allotted, row) == wanted
    moved = allotted.rows(
        "SELECT month, amount_ntd FROM budget.budget_movement WHERE document_id = :id"
        " ORDER BY month",
        id=made.schedule_id,
    )
    assert [tuple(one) for one in moved] == [(4, base[11]), (12, -base[11])]
    with allotted.uow(read_only=True) as uow:
        assert verify_budget(uow).passed


def test_no_revision_below_what_is_used(
    allotted: CountyUnderTest, rows: Sequence[uuid.UUID]
) -> None:
    row = rows[1]
    do(allotted, move(row, 3_000_000))
    made = opened(allotted)
    base = months_of(allotted, row)
    write(allotted, made, {row: [*base[:2], 800_000, *base[3:]]})
    told = refused(allotted, made, AllotmentBelowUsed).value
    to_date = base[0] + base[1] + 800_000
    assert told.arithmetic == {
        "scheduled_to_date_ntd": to_date,
        "used_ntd": 3_000_000,
        "short_ntd": 3_000_000 - to_date,
    }
    # To the dollar what is used may stand.
    write(allotted, made, {row: [*base[:2], 3_000_000 - base[0] - base[1], *base[3:]]})
    submit(allotted, made)


def test_what_is_used_after_submission_stops_the_approval(
    allotted: CountyUnderTest, rows: Sequence[uuid.UUID]
) -> None:
    row = rows[1]
    made = opened(allotted)
    base = months_of(allotted, row)
    write(allotted, made, {row: [*base[:2], 0, *base[3:]]})
    submit(allotted, made)
    comment(allotted, made)
    do(allotted, move(row, 3_246_912))
    with pytest.raises(AllotmentBelowUsed):
        approve(allotted, made)
    assert months_of(allotted, row) == base


def test_a_month_that_is_over_stays(allotted: CountyUnderTest, rows: Sequence[uuid.UUID]) -> None:
    made = opened(allotted)
    base = months_of(allotted, rows[1])
    with pytest.raises(AllotmentPast) as told:
        write(allotted, made, {rows[1]: [base[0] - 1, base[1] + 1, *base[2:]]})
    assert told.value.fields == {"lines-1-m1": "已過月份", "lines-1-m2": "已過月份"}
    assert told.value.arithmetic == {
        "month_before_ntd": base[0],
        "month_after_ntd": base[0] - 1,
    }
    assert {line.months_ntd == line.base_ntd for line in page(allotted, made).lines} == {True}
    # What was keyed while the month was still running is asked again when it is submitted.
    allotted.execute(
        "UPDATE budget.allotment_line SET months_ntd[1] = months_ntd[1] - 1 WHERE row_id = :row",
        row=rows[1],
    )
    assert refused(allotted, made, AllotmentPast).value.fields == {"lines-1-m1": "已過月份"}


def test_a_revision_says_why(allotted: CountyUnderTest, rows: Sequence[uuid.UUID]) -> None:
    made = opened(allotted)
    base = months_of(allotted, rows[1])
    assert base[11] > 0, "the revision moves something"
    with allotted.uow() as uow:
        write_schedule(
            uow,
            schedule_id=made.schedule_id,
            wanted=[WantedMonths(row_id=rows[1], months_ntd=(*base[:11], 0))],
            reason=" ",
        )
    assert set(refused(allotted, made, ReasonMissing).value.fields) == {"reason"}
    assert months_of(allotted, rows[1]) == base

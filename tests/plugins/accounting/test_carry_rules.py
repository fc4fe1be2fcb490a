"""The end of commitments, pure: every open line is divided to the dollar, and less is granted."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhuji_accounting.domain.carries import refusals, rules
from zhuji_accounting.domain.carries.carry_over import CarryOver, CarryState
from zhuji_accounting.domain.carries.rules import Granted, Split
from zhuji_accounting.domain.ledger.posting_rules import entries_of
from zhuji_accounting.domain.request import (
    RequestKind,
    RequestLine,
    RequestState,
    SpendingRequest,
)
from zhuji_accounting.facts import shipped_charts
from zhuji_core.identity.duties import SamePerson
from zhuji_core.testing.counties import given_actor

NOW = dt.datetime(2017, 1, 10, 9, tzinfo=dt.UTC)
WRITER = given_actor(101, agency_code="A1", name="經辦甲")
REVIEWER = given_actor(103, agency_code="A1", name="審核丙")
DECIDER = given_actor(190, agency_code="A1", name="主計處丁")
AMOUNT = st.integers(min_value=0, max_value=10**9)


def request_of(*held_ntd: int) -> SpendingRequest:
    return SpendingRequest(
        request_id=uuid.UUID(int=7),
        fiscal_year=105,
        agency_code="A1",
        agency_name="某機關",
        state=RequestState.CERTIFIED,
        kind=RequestKind.CONTRACT,
        purpose="整修工程",
        basis="簽",
        created_by=WRITER.user_id,
        created_by_name=WRITER.name,
        request_no=1,
        lines=tuple(
            RequestLine(
                line_no=number,
                control_row_id=uuid.UUID(int=number),
                line_code="3302010101",
                line_name="行政管理",
                object_code="02",
                object_name="業務費",
                account="current",
                amount_ntd=amount_ntd + 11,
                claimed_ntd=11,
            )
            for number, amount_ntd in enumerate(held_ntd, 1)
        ),
    )


def written(request: SpendingRequest, splits: Sequence[Split]) -> CarryOver:
    return CarryOver(
        carry_id=uuid.UUID(int=9),
        fiscal_year=105,
        agency_code="A1",
        agency_name="某機關",
        state=CarryState.DRAFT,
        request_id=request.request_id,
        request_label=request.label,
        reason="工程尚未完工",
        evidence="契約 甲字第 1 號",
        creditor="甲營造",
        creditor_id="04595257",
        created_by=WRITER.user_id,
        created_by_name=WRITER.name,
        lines=rules.divide(request, splits),
    )


def reviewed(carry: CarryOver) -> CarryOver:
    return rules.review(rules.submit(carry, by=WRITER.user_id), by=REVIEWER, at=NOW)


def decided(carry: CarryOver, granted: Sequence[Granted], note: str = "") -> CarryOver:
    return rules.decide(carry, granted, note=note, by=DECIDER, at=NOW, on_date=NOW.date())


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(AMOUNT, AMOUNT, AMOUNT), min_size=1, max_size=10), st.data())
def test_whatever_is_granted_each_open_dollar_is_carried_due_or_released(
    parts: list[tuple[int, int, int]], data: st.DataObject
) -> None:
    request = request_of(*(sum(part) for part in parts))
    splits = [
        Split(line_no=number, carry_ntd=carry, payable_ntd=due, release_ntd=rest)
        for number, (carry, due, rest) in enumerate(parts, 1)
        if carry + due + rest
    ]
    if not splits:
        with pytest.raises(refusals.CarryLines):
            rules.divide(request, splits)
        return
    asked = reviewed(written(request, splits))
    granted = [
        Granted(
            line_no=line.line_no,
            carry_ntd=data.draw(st.integers(0, line.carry_ntd)),
            payable_ntd=data.draw(st.integers(0, line.payable_ntd)),
        )
        for line in asked.lines
    ]
    done = decided(asked, granted, note="核減")
    assert done.carry_ntd + done.payable_ntd + done.release_ntd == done.open_ntd
    after = rules.apply(request, done)
    held = sum(line.held_ntd for line in after.lines)
    assert held == done.carry_ntd
    assert (after.state is RequestState.CLOSED) == (held == 0)
    assert sum(rules.releases(done).values()) == done.release_ntd
    assert sum(line.claimed_ntd - 11 for line in after.lines) == done.payable_ntd


@pytest.mark.parametrize(
    ("split", "sums", "difference_ntd"),
    [((600, 300, 99), 999, 1), ((600, 300, 101), 1_001, 1), ((0, 0, 0), 0, 1_000)],
)
def test_a_line_that_is_not_divided_to_the_dollar_is_refused_with_its_arithmetic(
    split: tuple[int, int, int], sums: int, difference_ntd: int
) -> None:
    carry, due, rest = split
    with pytest.raises(refusals.CarrySplit) as refused:
        rules.divide(
            request_of(1_000),
            [Split(line_no=1, carry_ntd=carry, payable_ntd=due, release_ntd=rest)],
        )
    assert refused.value.arithmetic == {
        "open_ntd": 1_000, "carry_ntd": carry, "payable_ntd": due, "release_ntd": rest,
        "sum_ntd": sums, "difference_ntd": difference_ntd,
    }  # fmt: skip


@pytest.mark.parametrize(
    "splits",
    [
        [],
        [Split(line_no=1, carry_ntd=5)],
        [Split(line_no=1, carry_ntd=5), Split(line_no=1, carry_ntd=7)],
        [Split(line_no=1, carry_ntd=5), Split(line_no=3, carry_ntd=7)],
        [Split(line_no=1, carry_ntd=6, release_ntd=-1), Split(line_no=2, carry_ntd=7)],
    ],
)
def test_every_open_line_is_divided_once(splits: list[Split]) -> None:
    with pytest.raises(refusals.CarryLines):
        rules.divide(request_of(5, 7, 0), splits)


def test_nobody_decides_what_they_wrote_or_reviewed() -> None:
    request = request_of(10)
    draft = written(request, [Split(line_no=1, carry_ntd=10)])
    with pytest.raises(refusals.NotCarryWriter):
        rules.submit(draft, by=REVIEWER.user_id)
    sent = rules.submit(draft, by=WRITER.user_id)
    with pytest.raises(SamePerson):
        rules.review(sent, by=WRITER, at=NOW)
    seen = rules.review(sent, by=REVIEWER, at=NOW)
    for person in (WRITER, REVIEWER):
        with pytest.raises(SamePerson):
            rules.decide(
                seen, [Granted(line_no=1, carry_ntd=10)], note="", by=person, at=NOW,
                on_date=NOW.date(),
            )  # fmt: skip
    with pytest.raises(refusals.CarryWrongState):
        rules.review(seen, by=REVIEWER, at=NOW)


def test_less_is_granted_with_a_word_why_and_never_more() -> None:
    seen = reviewed(written(request_of(10), [Split(line_no=1, carry_ntd=6, payable_ntd=4)]))
    with pytest.raises(refusals.CarryIncomplete):
        decided(seen, [Granted(line_no=1, carry_ntd=5, payable_ntd=4)])
    for carry, due in ((7, 3), (6, 5), (-1, 4)):
        with pytest.raises(refusals.CarryOverGranted):
            decided(seen, [Granted(line_no=1, carry_ntd=carry, payable_ntd=due)], note="核減")
    with pytest.raises(refusals.CarryLines):
        decided(seen, [])
    none = decided(seen, [Granted(line_no=1)], note="不同意")
    assert (none.carry_ntd, none.payable_ntd, none.release_ntd) == (0, 0, 10)


def test_what_is_due_names_its_creditor_and_what_changed_is_divided_anew() -> None:
    request = request_of(10)
    draft = written(request, [Split(line_no=1, payable_ntd=10)])
    with pytest.raises(refusals.CarryIncomplete) as refused:
        rules.submit(msgspec.structs.replace(draft, creditor=" "), by=WRITER.user_id)
    assert set(refused.value.fields) == {"creditor"}
    rules.require_unmoved(draft, request)
    with pytest.raises(refusals.CarryMoved) as moved:
        rules.require_unmoved(draft, request_of(9))
    assert moved.value.arithmetic == {"open_ntd": 10, "held_ntd": 9}


@pytest.mark.parametrize(
    ("today", "possible"),
    [
        (dt.date(2016, 11, 30), False),
        (dt.date(2016, 12, 1), True),
        (dt.date(2017, 2, 28), True),
        (dt.date(2017, 3, 1), False),
    ],
)
def test_commitments_are_divided_when_their_year_ends(today: dt.date, *, possible: bool) -> None:
    if possible:
        rules.require_season(105, today=today)
        return
    with pytest.raises(refusals.CarryEarly):
        rules.require_season(105, today=today)


def test_both_charts_enter_what_is_due_under_its_creditor() -> None:
    request = request_of(10)
    seen = reviewed(written(request, [Split(line_no=1, payable_ntd=8, release_ntd=2)]))
    done = decided(seen, [Granted(line_no=1, payable_ntd=8)])
    fact = rules.payable_fact(done, on_date=NOW.date())
    assert fact is not None
    owed = {}
    for chart, rule_set in shipped_charts():
        lines = entries_of(rule_set.rule(fact.event_code), fact, rules=rule_set, chart=chart)
        due = next(line for line in lines if line.credit_ntd)
        owed[chart.name] = (due.account_code, due.credit_ntd, due.subsidiary_key)
        assert sum(line.debit_ntd - line.credit_ntd for line in lines) == 0
    assert sorted(owed.values()) == [("210301", 8, "04595257"), ("2203", 8, "04595257")]
    kept = decided(
        reviewed(written(request, [Split(line_no=1, carry_ntd=10)])),
        [Granted(line_no=1, carry_ntd=10)],
    )
    assert rules.payable_fact(kept, on_date=NOW.date()) is None

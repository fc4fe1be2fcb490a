"""Any life of commitments: a model written apart decides what must be granted, and what is left.

On the rule alone with small sums, so that every edge is met; and on the database, whose CHECKs
are an oracle of their own, with the verification and the receipts asked at the end.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.plugins.budget.given import document, move
from tests.plugins.budget.test_decide import answers_to, given_move, given_position
from zhuji_budget.domain.funds import require_held
from zhuji_budget.queries.verification import verify_budget
from zhuji_core.contracts.funds import CommitBasis, FundsAnswer, FundsMove, HeldFunds, MoveKind
from zhuji_core.testing.counties import CountyUnderTest

# kind: which counter it draws on and which it adds to (0 held, 1 advanced, 2 spent, 3 due of it).
RULES: dict[str, tuple[int | None, int | None]] = {
    "reserve": (None, 0),
    "release": (0, None),
    "expend": (0, 2),
    "advance": (0, 1),
    "settle": (1, 2),
    "return": (1, None),
    "recover": (2, None),
    "owe": (None, 3),
    "pay": (3, None),
}
FAULT = "more than it has"
Step = tuple[str, int, int]
# Money must be held before anything else can be done with it.
KINDS = ["reserve", "reserve", *RULES]
STEPS = st.lists(
    st.tuples(st.sampled_from(KINDS), st.integers(0, 2), st.integers(1, 12)),
    min_size=1,
    max_size=25,
)
# Some of everything before what is drawn, so that few examples already meet every kind.
BEGUN: list[Step] = [
    ("reserve", 0, 6),
    ("advance", 0, 2),
    ("expend", 0, 2),
    ("settle", 0, 1),
    ("owe", 0, 2),
    ("pay", 0, 1),
    ("reserve", 1, 1),
]


class Row:
    """One control row and the commitments on it, added up by hand."""

    def __init__(self, *, budget: int, allotted: int, annual: bool) -> None:
        self.budget, self.allotted, self.annual = budget, allotted, annual
        self.has = [[0, 0, 0, 0] for _ in range(3)]

    @property
    def counters(self) -> tuple[int, ...]:
        return tuple(sum(one[place] for one in self.has) for place in range(4))

    def short(self, wanted: int) -> str:
        """Say which limit ``wanted`` in all is beyond, if any."""
        if not self.budget:
            return "E-BUDGET-NOT-ENACTED"
        if wanted > self.budget:
            return "E-ANNUAL-INSUFFICIENT"
        return "" if self.annual or wanted <= self.allotted else "E-ALLOT-INSUFFICIENT"

    def take(self, kind: str, which: int, amount: int) -> str:
        """Do it, or return what stands in the way."""
        source, target = RULES[kind]
        used, has = sum(self.counters[:3]), self.has[which]
        if kind == "reserve":
            if short := self.short(used + amount):
                return short
        elif kind in {"expend", "advance"} and used - self.counters[0] + amount > self.allotted:
            return "E-PAYABLE-INSUFFICIENT"
        due = has[3] + amount * ((target == 3) - (source == 3))
        if source is not None and has[source] < amount:
            return FAULT
        if due > has[2] - amount * (source == 2) + amount * (target == 2):
            return FAULT
        if source is not None:
            has[source] -= amount
        if target is not None:
            has[target] += amount
        return ""


@settings(max_examples=300, deadline=None)
@given(steps=STEPS, annual=st.booleans(), allotted=st.integers(0, 30), budget=st.integers(0, 45))
def test_the_rule_grants_what_the_model_grants(
    *, steps: list[Step], annual: bool, allotted: int, budget: int
) -> None:
    row = Row(budget=budget, allotted=min(allotted, budget), annual=annual)
    position = given_position(
        enacted_ntd=budget,
        allotted_to_date_ntd=row.allotted,
        commit_basis=CommitBasis.ANNUAL if annual else CommitBasis.ALLOTTED,
    )
    for number, (kind, which, amount) in enumerate(steps, start=10):
        asked = given_move(amount, kind=MoveKind(kind), document=number, commitment=which + 1)
        holds = _holds(row, asked)
        expected = row.take(kind, which, amount)
        answer = answers_to([asked], position)[0]
        told = answer.refusal or _fault(asked, holds)
        assert told == expected
        if not told:
            assert answer.remaining_ntd == position.after(asked).available_ntd
            position = position.after(asked)
        met = (position.encumbered_ntd, position.advanced_ntd, position.expended_ntd)
        assert met == row.counters[:3]
        assert position.payable_now_ntd >= 0
        assert position.annual_available_ntd >= 0


def _holds(row: Row, asked: FundsMove) -> list[HeldFunds]:
    return [
        HeldFunds(
            document_id=uuid.UUID(int=which + 1),
            control_row_id=asked.control_row_id,
            held_ntd=has[0],
            advanced_ntd=has[1],
            expended_ntd=has[2],
            payable_ntd=has[3],
        )
        for which, has in enumerate(row.has)
    ]


def _fault(asked: FundsMove, holds: Sequence[HeldFunds]) -> str:
    try:
        require_held([asked], holds)
    except AssertionError:
        return FAULT
    return ""


@settings(
    max_examples=10,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(steps=STEPS, annual=st.booleans(), month=st.integers(1, 6))
def test_the_database_keeps_what_the_model_keeps(
    *,
    allotted: CountyUnderTest,
    rows: Sequence[uuid.UUID],
    steps: list[Step],
    annual: bool,
    month: int,
) -> None:
    """Amounts are a twelfth of the row's month and more, so that every limit is met."""
    allotted.settings["budget"] = {"commit_basis": "annual" if annual else "allotted"}
    allotted.business_date = dt.date(2016, month, 28)
    (found,) = allotted.rows(
        "SELECT enacted_ntd, (SELECT sum(a) FROM unnest(allotment_ntd[1:CAST(:month AS int)]) AS a)"
        "::bigint AS allotted_ntd FROM budget.control_row WHERE control_row_id = :row",
        row=rows[1],
        month=month,
    )
    row = Row(budget=found.enacted_ntd, allotted=found.allotted_ntd, annual=annual)
    life = Life(allotted, rows[1], row)
    share_ntd = found.allotted_ntd // 8
    for kind, which, amount in [*BEGUN, *steps]:
        life.step(kind, which, amount * share_ntd)
    life.require_receipts()
    life.give_everything_back()


class Life:
    """Three commitments of one row in the database, beside their model."""

    def __init__(self, county: CountyUnderTest, row_id: uuid.UUID, model: Row) -> None:
        self.county, self.row_id, self.model = county, row_id, model
        self.commitments = [uuid.uuid4() for _ in range(3)]
        self.reserved: list[FundsAnswer] = []

    def step(self, kind: str, which: int, amount_ntd: int) -> None:
        expected = self.model.take(kind, which, amount_ntd)
        if expected == FAULT:
            with pytest.raises(AssertionError, match="more than the commitment has"):
                self._do(kind, which, amount_ntd)
        else:
            answer = self._do(kind, which, amount_ntd)
            assert answer.refusal == expected
            if answer.granted and kind == "reserve":
                self.reserved.append(answer)
        (found,) = self.county.rows(
            "SELECT encumbered_ntd, advanced_ntd, expended_ntd, payable_ntd FROM budget.control_row"
            " WHERE control_row_id = :row",
            row=self.row_id,
        )
        assert tuple(found) == self.model.counters

    def _do(self, kind: str, which: int, amount_ntd: int) -> FundsAnswer:
        holder = msgspec.structs.replace(
            document(1, "test.request"), document_id=self.commitments[which]
        )
        own = msgspec.structs.replace(document(1, "test.claim"), document_id=uuid.uuid4())
        asked = msgspec.structs.replace(
            move(self.row_id, amount_ntd, kind=MoveKind(kind)), document=own, commitment=holder
        )
        with self.county.uow() as uow:
            (answer,) = uow.hooks.move_funds(uow, [asked])
            uow.audit("test.move", own)
        return answer

    def require_receipts(self) -> None:
        """Every counter, month and commitment is its movements; every receipt can be replayed."""
        with self.county.uow(read_only=True) as uow:
            assert verify_budget(uow).errors == ()
            replayed = uow.hooks.replay_reserves(
                uow, [answer.move.document.document_id for answer in self.reserved]
            )
            held = uow.hooks.held_funds(uow, document_kind="test.request", after=uuid.UUID(int=0))
        before = {one.document_id: one.before for one in replayed}
        assert before == {one.move.document.document_id: one.before for one in self.reserved}
        has = {one.document_id: one for one in held}
        for holder, own in zip(self.commitments, self.model.has, strict=True):
            if holder in has:
                one = has[holder]
                assert [one.held_ntd, one.advanced_ntd, one.expended_ntd, one.payable_ntd] == own
            else:
                assert own == [0, 0, 0, 0]

    def give_everything_back(self) -> None:
        for which in range(3):
            for kind, place in (("release", 0), ("return", 1), ("pay", 3), ("recover", 2)):
                if amount_ntd := self.model.has[which][place]:
                    self.step(kind, which, amount_ntd)
        assert self.model.counters == (0, 0, 0, 0)

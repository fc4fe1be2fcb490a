"""Any order of advances, settlements, paying back, claims, recoveries and releases adds up."""

from __future__ import annotations

import datetime as dt
import sys
import uuid
from collections import Counter
from typing import Any

import msgspec
from hypothesis import example, given, settings
from hypothesis import strategies as st

from zhuji_accounting.domain.advances import rules as advance_rules
from zhuji_accounting.domain.advances.advance import Advance, AdvanceKind, AdvanceState
from zhuji_accounting.domain.claims import rules as claim_rules
from zhuji_accounting.domain.claims.claim import ClaimKind, ClaimLine, ClaimState, ExpenseClaim
from zhuji_accounting.domain.claims.settlement import settle, settled_lines
from zhuji_accounting.domain.recoveries.recovery import SourceKind, give_back, pay_back
from zhuji_accounting.domain.request import (
    RequestKind,
    RequestLine,
    RequestState,
    SpendingRequest,
)
from zhuji_accounting.domain.rules import release

ROW = uuid.UUID(int=7)
WORDS: dict[str, Any] = {
    "control_row_id": ROW, "line_code": "K.4", "line_name": "道路養護", "object_code": "2000",
    "object_name": "業務費", "account": "current",
}  # fmt: skip
VERBS = ("advance", "settle", "pay-back", "claim", "recover", "release")
STEPS = st.lists(
    st.tuples(
        st.sampled_from(VERBS),
        st.integers(min_value=0, max_value=1),
        st.integers(min_value=1, max_value=900),
    ),
    max_size=25,
)


class Life:
    """A certified request of two lines, its advances, and what its claims have spent."""

    def __init__(self) -> None:
        self.request = SpendingRequest(
            request_id=uuid.UUID(int=1), fiscal_year=105, agency_code="A1", agency_name="甲",
            state=RequestState.CERTIFIED, kind=RequestKind.TRAVEL, purpose="出差", basis="簽",
            created_by=ROW, created_by_name="甲", request_no=1,
            lines=tuple(RequestLine(line_no=no, amount_ntd=1_000, **WORDS) for no in (1, 2)),
        )  # fmt: skip
        self.advances: list[Advance] = []
        self.spent: list[ClaimLine] = []

    def line(self, number: int) -> RequestLine:
        return self.request.lines[number]

    def advance(self, number: int, amount_ntd: int) -> None:
        amount_ntd = min(amount_ntd, self.line(number).held_ntd)
        if not amount_ntd:
            return
        made = Advance(
            advance_id=uuid.uuid4(), fiscal_year=105, agency_code="A1", agency_name="甲",
            state=AdvanceState.GRANTED, kind=AdvanceKind.GENERAL,
            request_id=self.request.request_id, request_label="10500001", memo="出差",
            settle_by=dt.date(2016, 3, 31), receiver_name="戊", created_by=ROW,
            created_by_name="甲",
            lines=advance_rules.lines_of(self.request, [(number + 1, amount_ntd)]),
        )  # fmt: skip
        self.advances.append(made)
        self.request = advance_rules.advance_of(self.request, {number + 1: amount_ntd})

    def settle(self, number: int, amount_ntd: int) -> None:
        """Claim of a line what the newest advance and the request have, as the form does."""
        out = [one for one in self.advances if one.outstanding_ntd]
        advance = out[-1] if out else None
        own = None
        if advance is not None and advance.lines[0].request_line_no == number + 1:
            own = advance
        room_ntd = self.line(number).held_ntd + (own.outstanding_ntd if own else 0)
        amount_ntd = min(amount_ntd, room_ntd)
        if not amount_ntd:
            return
        claimed = ClaimLine(
            line_no=1, request_id=self.request.request_id, request_label="10500001",
            request_line_no=number + 1, amount_ntd=amount_ntd, **WORDS,
        )  # fmt: skip
        [line] = settled_lines([claimed], own)
        self.request = claim_rules.claim_of(self.request, [line])
        self.spent.append(line)
        if own is not None:
            self.advances[self.advances.index(own)] = settle(own, _claim_of(line))

    def claim(self, number: int, amount_ntd: int) -> None:
        amount_ntd = min(amount_ntd, self.line(number).held_ntd)
        if not amount_ntd:
            return
        line = ClaimLine(
            line_no=1, request_id=self.request.request_id, request_label="10500001",
            request_line_no=number + 1, amount_ntd=amount_ntd, **WORDS,
        )  # fmt: skip
        self.request = claim_rules.claim_of(self.request, [line])
        self.spent.append(line)

    def pay_back(self, number: int, amount_ntd: int) -> None:
        for index, one in enumerate(self.advances):
            line = one.lines[0]
            amount_ntd = min(amount_ntd, line.outstanding_ntd)
            if line.request_line_no == number + 1 and amount_ntd:
                self.advances[index] = pay_back(one, {1: amount_ntd})
                self.request = give_back(
                    self.request, {number + 1: amount_ntd}, of=SourceKind.ADVANCE
                )
                return

    def recover(self, number: int, amount_ntd: int) -> None:
        for index, line in enumerate(self.spent):
            amount_ntd = min(amount_ntd, line.amount_ntd - line.recovered_ntd)
            if line.request_line_no == number + 1 and amount_ntd:
                self.spent[index] = msgspec.structs.replace(
                    line, recovered_ntd=line.recovered_ntd + amount_ntd
                )
                self.request = give_back(
                    self.request, {number + 1: amount_ntd}, of=SourceKind.CLAIM
                )
                return

    def release(self, number: int, amount_ntd: int) -> None:
        amount_ntd = min(amount_ntd, self.line(number).held_ntd)
        if amount_ntd:
            self.request = release(self.request, {number + 1: amount_ntd})

    def proved(self) -> None:
        for line in self.request.lines:
            figures = (line.held_ntd, line.claimed_ntd, line.advanced_ntd, line.released_ntd)
            assert min(figures) >= 0, figures
            assert sum(figures) == line.amount_ntd, figures
            assert line.advanced_ntd == sum(
                one.outstanding_ntd
                for advance in self.advances
                for one in advance.lines
                if one.request_line_no == line.line_no
            )
            assert line.claimed_ntd == sum(
                one.amount_ntd - one.recovered_ntd
                for one in self.spent
                if one.request_line_no == line.line_no
            )
        open_ntd = sum(line.held_ntd + line.advanced_ntd for line in self.request.lines)
        assert (self.request.state is RequestState.CLOSED) == (open_ntd == 0)
        for advance in self.advances:
            out_ntd = sum(line.outstanding_ntd for line in advance.lines)
            assert (advance.state is AdvanceState.CLOSED) == (out_ntd == 0)


def _claim_of(line: ClaimLine) -> ExpenseClaim:
    """Settling asks a claim for its lines alone."""
    return ExpenseClaim(
        claim_id=ROW, fiscal_year=105, agency_code="A1", agency_name="甲",
        state=ClaimState.APPROVED, kind=ClaimKind.ORDINARY, memo="", final=False, created_by=ROW,
        created_by_name="甲", lines=(line,), documents=(), payees=(),
    )  # fmt: skip


# Each verb once where it has something to do, in every run.
@example(
    steps=[
        ("advance", 0, 600), ("settle", 0, 400), ("pay-back", 0, 200), ("claim", 1, 300),
        ("recover", 1, 100), ("release", 1, 700),
    ],
)  # fmt: skip
@given(steps=STEPS)
@settings(max_examples=150, deadline=None)
def any_order_adds_up(moved: Counter[str], steps: list[tuple[str, int, int]]) -> None:
    """Take the steps; ``moved`` counts by verb those that moved money and were proved after it."""
    life = Life()
    acts = {
        "advance": life.advance, "settle": life.settle, "pay-back": life.pay_back,
        "claim": life.claim, "recover": life.recover, "release": life.release,
    }  # fmt: skip
    for verb, number, amount_ntd in steps:
        # A request that is closed takes nothing more; money may still come back to its row.
        if life.request.state is RequestState.CLOSED and verb not in {"recover", "pay-back"}:
            continue
        before = life.request
        acts[verb](number, amount_ntd)
        life.proved()
        moved[verb] += life.request != before


def test_every_dollar_of_a_request_is_in_one_place() -> None:
    moved: Counter[str] = Counter()
    any_order_adds_up(moved)
    told = ", ".join(f"{verb} {moved[verb]:,}" for verb in VERBS)
    sys.stdout.write(f"moved money, and proved after each: {told}\n")
    assert {verb for verb in VERBS if moved[verb]} == set(VERBS), told

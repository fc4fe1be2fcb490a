"""Any documents in any order: the product allows exactly what an oracle written apart allows.

On the rules alone, with small sums, so that every limit is met from both sides. The same oracle
follows random documents through the database in ``random_documents.py``.
"""

from __future__ import annotations

import sys
import uuid
from collections import Counter
from typing import Any

import msgspec
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.plugins.budget.changes.given import AGENCY, MARCH, change, met, row
from tests.plugins.budget.changes.oracle import Held, Oracle
from zhuji_budget.domain.adjustment import RowBefore
from zhuji_budget.domain.changes.effects import RowEffect, effects_of
from zhuji_budget.domain.changes.model import TRANSFERS, Change, ChangeKind
from zhuji_budget.domain.changes.permit import refusal_of
from zhuji_budget.domain.reserve_limit import AgencyReserve

OTHER = "0001020000"
MONTHS = [80] * 8
# Two agencies: one plan with personnel, supplies, grants, capital and a row that the council cut;
# another plan, the reserves, the other agency's supplies, and a pooled line.
WORLD = (
    row(1, plan="行政", object_name="人事費", enacted_ntd=1_200, months=MONTHS, role="personnel"),
    row(2, plan="行政", object_name="業務費", enacted_ntd=1_200, months=MONTHS, frozen_ntd=40),
    row(3, plan="行政", object_name="獎補助費", enacted_ntd=1_003, months=MONTHS),
    row(4, plan="行政", object_name="設備", enacted_ntd=1_200, months=MONTHS, account="capital"),
    row(5, plan="行政", object_name="雜費", enacted_ntd=1_190, months=MONTHS, council_ntd=-10),
    row(6, plan="行政", line="戶政", object_name="業務費", enacted_ntd=1_200, months=MONTHS),
    row(7, plan="預備金", object_name="預備金", enacted_ntd=45, role="first_reserve"),
    row(8, plan="第二預備金", object_name="準備", enacted_ntd=300, agency=OTHER,
        role="second_reserve"),
    row(9, plan="乙", object_name="業務費", enacted_ntd=1_200, months=MONTHS, agency=OTHER),
    row(10, plan="統籌", object_name="業務費", enacted_ntd=600, agency=OTHER, pooled=True),
)  # fmt: skip
POOL = 9
ROWS = st.integers(0, len(WORLD) - 1)
# Around a month (80), a fifth (240 of 1,200; 200 of 1,003), a reserve (300), what is unallotted.
AMOUNTS = st.sampled_from(
    [1, 1, 40, 41, 80, 81, 120, 199, 200, 201, 239, 240, 241, 300, 301, 363, 560, 561]
)
MONTH = st.sampled_from([0, 0, 0, 0, 1, MARCH, 4, 12])
AGENCIES = st.sampled_from([AGENCY] * 5 + [OTHER])
LINE = st.tuples(ROWS, AMOUNTS, MONTH)
VOTES = (ChangeKind.SUPPLEMENT, ChangeKind.REDUCTION, ChangeKind.INCLUSION)
# Pairs that the law of a kind can allow, beside pairs of anywhere.
LAWFUL = {
    ChangeKind.VIREMENT: [(1, 2), (2, 1), (1, 3), (2, 3), (0, 1), (3, 2), (1, 0), (2, 4)],
    ChangeKind.FIRST_RESERVE: [(6, 1), (6, 5), (6, 4), (6, 8)],
    ChangeKind.SECOND_RESERVE: [(7, 1), (7, 8), (7, 4)],
    ChangeKind.POOLED: [(POOL, 1), (POOL, 8), (1, POOL), (POOL, 2)],
}


def pairs(kind: ChangeKind) -> st.SearchStrategy[Any]:
    """Draw what leaves one row and reaches another; sometimes a dollar is lost on the way."""
    lawful = st.sampled_from(LAWFUL[kind])
    rows = st.one_of(lawful, lawful, lawful, st.tuples(ROWS, ROWS))
    lost = st.sampled_from([0] * 15 + [1])
    one = st.tuples(rows, AMOUNTS, MONTH, MONTH, lost).map(
        lambda it: ((it[0][0], -it[1], it[2]), (it[0][1], it[1] + it[4], it[3]))
    )
    return st.lists(one, min_size=1, max_size=2).map(lambda some: tuple(sum(some, ())))


def lines(kind: ChangeKind) -> st.SearchStrategy[Any]:
    sign = -1 if kind is ChangeKind.REDUCTION else 1
    turned = st.sampled_from([sign] * 15 + [-sign])
    one = st.tuples(LINE, turned).map(lambda it: (it[0][0], it[0][1] * it[1], it[0][2]))
    return st.lists(one, min_size=1, max_size=2).map(tuple)


def documents(kind: ChangeKind) -> st.SearchStrategy[Any]:
    drawn = pairs(kind) if kind in TRANSFERS else lines(kind)
    return st.tuples(st.just(kind), drawn, AGENCIES, st.integers(0, 5))


# What only meets its limits when something stands before it.
OFTEN = [ChangeKind.VIREMENT, ChangeKind.VIREMENT, ChangeKind.ADVANCE, ChangeKind.INCLUSION]
STEPS = st.lists(
    st.one_of(
        st.sampled_from(list(ChangeKind)).flatmap(documents),
        st.sampled_from(OFTEN).flatmap(documents),
        st.tuples(st.sampled_from(["reverse", "hold", "pay"]), LINE),
    ),
    min_size=1,
    max_size=16,
)


class Product:
    """The rules of the product, given what its store would read."""

    def __init__(self, *, binds_to_date: bool) -> None:
        self.rows = {one.control_row_id: one for one in WORLD}
        self.binds_to_date = binds_to_date
        self.posted: dict[uuid.UUID, tuple[Change, tuple[RowEffect, ...]]] = {}

    def judge(self, document: Change) -> tuple[str, tuple[RowEffect, ...]]:
        effects = effects_of(document, list(self.rows.values()))
        refusal = refusal_of(document, effects, self._met(document))
        return ("" if refusal is None else refusal.code), effects

    def apply(self, document: Change, effects: tuple[RowEffect, ...]) -> None:
        for effect in effects:
            moved = msgspec.structs.replace(
                effect.before,
                changes_ntd=effect.before.changes_ntd + effect.adjustment.change_ntd,
                frozen_ntd=effect.frozen_after_ntd,
                allotment_ntd=effect.months_after,
            )
            self.rows[moved.control_row_id] = moved
        if document.reverses_id is None:
            self.posted[document.document_id] = (document, effects)
        else:
            del self.posted[document.reverses_id]

    def use(self, row_id: uuid.UUID, *, held_ntd: int = 0, paid_ntd: int = 0) -> None:
        before = self.rows[row_id]
        self.rows[row_id] = msgspec.structs.replace(
            before,
            encumbered_ntd=before.encumbered_ntd + held_ntd,
            expended_ntd=before.expended_ntd + paid_ntd,
        )

    def _met(self, document: Change) -> Any:
        vired_in: dict[uuid.UUID, int] = {}
        vired_out: dict[uuid.UUID, int] = {}
        pooled: dict[uuid.UUID, int] = {}
        reduced: dict[uuid.UUID, int] = {}
        for posted, effects in self.posted.values():
            for effect in effects:
                row_id, ntd = effect.before.control_row_id, effect.adjustment.change_ntd
                if posted.kind is ChangeKind.POOLED:
                    pooled[row_id] = pooled.get(row_id, 0) + ntd
                if posted.kind is ChangeKind.REDUCTION:
                    reduced[row_id] = reduced.get(row_id, 0) - ntd
            for effect in effects if posted.kind is ChangeKind.VIREMENT else ():
                moved = effect.adjustment
                side = vired_in if moved.change_ntd > 0 else vired_out
                row_id = moved.control_row_id
                side[row_id] = side.get(row_id, 0) + abs(moved.change_ntd)
        advance_id = document.advance_id or document.reverses_id
        advance = self.posted.get(advance_id) if advance_id else None
        included = (one for one, _ in self.posted.values() if one.kind is ChangeKind.INCLUSION)
        return met(
            binds_to_date=self.binds_to_date,
            vired_in=vired_in,
            vired_out=vired_out,
            pooled=pooled,
            reduced=reduced,
            advance_agency=advance[0].agency_code if advance else "",
            advanced_ntd=advance[0].amount_ntd if advance else None,
            included_ntd=sum(one.amount_ntd for one in included if one.advance_id == advance_id),
            reserves=tuple(self._reserve(code) for code in (AGENCY, OTHER)),
        )

    def _reserve(self, agency_code: str) -> AgencyReserve:
        own = {id_: one for id_, one in self.rows.items() if one.agency_code == agency_code}
        current_ntd = sum(one.enacted_ntd for one in own.values() if one.account == "current")
        reserve_ntd = sum(one.enacted_ntd for one in own.values() if one.role == "first_reserve")
        for document, _ in self.posted.values():
            for line in document.lines if document.kind in VOTES else ():
                one = own.get(line.control_row_id) if line.control_row_id else None
                if one is not None and one.account == "current":
                    current_ntd += line.amount_ntd
                if one is not None and one.role == "first_reserve":
                    reserve_ntd += line.amount_ntd
        return AgencyReserve(
            agency_code=agency_code,
            agency_name=agency_code,
            current_ntd=current_ntd,
            reserve_ntd=reserve_ntd,
        )


def document_of(step: Any, product: Product, number: int) -> Change | None:
    """Return the document of a drawn step, or None where there is nothing to reverse."""
    if step[0] == "reverse":
        if not product.posted:
            return None
        standing = [one for one, _ in product.posted.values()]
        chosen = standing[int(step[1][0]) % len(standing)]
        back = tuple(
            msgspec.structs.replace(line, amount_ntd=-line.amount_ntd) for line in chosen.lines
        )
        return msgspec.structs.replace(
            chosen, document_id=uuid.UUID(int=number), reverses_id=chosen.document_id, lines=back
        )
    kind, moves, agency_code, chosen_no = step
    advances = [id_ for id_, (one, _) in product.posted.items() if one.kind is ChangeKind.ADVANCE]
    advance_id = advances[chosen_no % len(advances)] if advances else None
    return change(
        kind,
        *((WORLD[index], amount_ntd, month) for index, amount_ntd, month in moves),
        document_id=uuid.UUID(int=number),
        agency_code=agency_code,
        advance_id=advance_id if kind is ChangeKind.INCLUSION else None,
    )


def use(step: Any, product: Product, oracle: Oracle) -> None:
    """Hold or pay some money of a row, where fund control would allow it."""
    verb, (index, amount_ntd, _) = step
    row_id = WORLD[index].control_row_id
    held = oracle.rows[row_id]
    begun_ntd = sum(held.months[: oracle.month])
    left_ntd = (begun_ntd if oracle.binds_to_date else held.free) - held.held - held.paid
    if verb == "hold" and amount_ntd <= left_ntd:
        held.held += amount_ntd
        product.use(row_id, held_ntd=amount_ntd)
    if verb == "pay" and amount_ntd <= held.held and held.paid + amount_ntd <= begun_ntd:
        held.held, held.paid = held.held - amount_ntd, held.paid + amount_ntd
        product.use(row_id, held_ntd=-amount_ntd, paid_ntd=amount_ntd)


def counters(rows: dict[uuid.UUID, RowBefore]) -> dict[uuid.UUID, Any]:
    return {id_: Held.of(one).counters for id_, one in rows.items()}


V, S = ChangeKind.VIREMENT, ChangeKind.SUPPLEMENT
# Answers that the examples below meet, whatever is drawn beside them.
MET_BY_THE_EXAMPLES = {
    "virement", "supplement", "advance", "inclusion",
    "E-VIRE-20PCT", "E-CHANGE-ALLOTTED-SPENT", "E-CHANGE-ALLOTTED-USED", "E-RESERVE-1PCT",
    "E-ADVANCE-EXCEEDED", "E-ADVANCE-INCLUDED", "E-POOL-RETURN",
}  # fmt: skip


@settings(max_examples=250, deadline=None)
@given(steps=STEPS, binds_to_date=st.booleans())
@example(  # ten virements are no way around the fifth, and a reversal frees it
    steps=[
        (V, ((1, -200, 0), (2, 200, 0)), AGENCY, 0),
        (V, ((1, -1, 0), (2, 1, 0)), AGENCY, 0),
        ("reverse", (0, 1, 0)),
        (V, ((1, -1, 0), (2, 1, 0)), AGENCY, 0),
    ],
    binds_to_date=True,
)
@example(  # held to the year: what was paid out of the months to date does not leave them
    steps=[
        ("hold", (2, 240, 0)),
        ("pay", (2, 240, 0)),
        (V, ((2, -1, 1), (1, 1, 12)), AGENCY, 0),
        (V, ((2, -1, 4), (1, 1, 12)), AGENCY, 0),
    ],
    binds_to_date=False,
)
@example(  # held to the allotment: what is certified keeps its months
    steps=[
        ("hold", (2, 201, 0)),
        (V, ((2, -40, 1), (1, 40, 12)), AGENCY, 0),
        (V, ((2, -39, 1), (1, 39, 12)), AGENCY, 0),
    ],
    binds_to_date=True,
)
@example(  # 5,838 of current spending carry 58 of first reserve, whoever raised it before
    steps=[
        (S, ((6, 12, 0),), AGENCY, 0),
        (S, ((6, 14, 0),), AGENCY, 0),
        (S, ((6, 1, 0), (1, 300, 0)), AGENCY, 0),
        (S, ((6, 40, 0),), AGENCY, 0),
        ("reverse", (0, 1, 0)),
        (S, ((6, 12, 0),), AGENCY, 0),
    ],
    binds_to_date=True,
)
@example(  # a reduction lowers what a fifth is of, and its reversal raises it again
    steps=[
        (ChangeKind.REDUCTION, ((2, -100, 0),), AGENCY, 0),
        (V, ((1, -190, 0), (2, 190, 0)), AGENCY, 0),
        ("reverse", (0, 1, 0)),
        (V, ((1, -190, 0), (2, 190, 0)), AGENCY, 0),
    ],
    binds_to_date=True,
)
@example(  # a pooled line is paid back what it lent, by whom it lent to, and no more
    steps=[
        (ChangeKind.POOLED, ((POOL, -100, 0), (1, 100, 0)), OTHER, 0),
        (ChangeKind.POOLED, ((1, -40, 0), (POOL, 40, 0)), OTHER, 0),
        (ChangeKind.POOLED, ((1, -61, 0), (POOL, 61, 0)), OTHER, 0),
        ("reverse", (0, 1, 0)),
        (ChangeKind.POOLED, ((1, -60, 0), (POOL, 60, 0)), OTHER, 0),
        (ChangeKind.POOLED, ((1, -1, 0), (POOL, 1, 0)), OTHER, 0),
    ],
    binds_to_date=True,
)
@example(  # an advance is included to its last dollar, and not taken back while it is
    steps=[
        (ChangeKind.ADVANCE, ((1, 100, 0),), AGENCY, 0),
        (ChangeKind.INCLUSION, ((1, 40, 0),), AGENCY, 0),
        ("reverse", (0, 1, 0)),
        (ChangeKind.INCLUSION, ((1, 61, 0),), AGENCY, 0),
    ],
    binds_to_date=True,
)
def the_oracle_says_the_same(
    answers: Counter[str],
    steps: list[Any],
    binds_to_date: bool,  # noqa: FBT001 (drawn)
) -> None:
    """Take the steps; ``answers`` counts what was answered alike: codes, and kinds allowed."""
    product = Product(binds_to_date=binds_to_date)
    oracle = Oracle(
        {one.control_row_id: Held.of(one) for one in WORLD},
        month=MARCH,
        binds_to_date=binds_to_date,
    )
    for number, step in enumerate(steps, 1_000):
        if step[0] in {"hold", "pay"}:
            use(step, product, oracle)
            continue
        document = document_of(step, product, number)
        if document is None:
            continue
        code, effects = product.judge(document)
        objections = oracle.objections(document)
        assert (code in objections) if objections else not code, (code, objections, document)
        answers[code or document.kind.value] += 1
        if not code:
            product.apply(document, effects)
            oracle.apply(document)
        assert counters(product.rows) == {id_: one.counters for id_, one in oracle.rows.items()}
        assert oracle.holds()


def test_the_law_is_what_the_oracle_says() -> None:
    answers: Counter[str] = Counter()
    the_oracle_says_the_same(answers)
    told = ", ".join(f"{answer} {times:,}" for answer, times in sorted(answers.items()))
    sys.stdout.write(f"answered alike: {told}\n")
    assert answers.keys() >= MET_BY_THE_EXAMPLES, told


def test_the_oracle_would_see_a_broken_counter() -> None:
    oracle = Oracle({WORLD[2].control_row_id: Held.of(WORLD[2])}, month=3, binds_to_date=True)
    assert oracle.holds()
    oracle.rows[WORLD[2].control_row_id].paid = 241
    assert not oracle.holds()

"""Random changes of every kind, lawful and not, against a model that only adds up.

The model knows nothing of the law: it adds the lines of what took effect. The law is asked by
``verify_budget`` afterwards, from the database alone.
"""

from __future__ import annotations

import random
import uuid
from collections import Counter
from collections.abc import Callable

from tests.plugins.budget.changes.given import WRITER, settle, submit, write
from tests.plugins.budget.given import do, move
from zhuji_budget.domain.changes.model import Change, ChangeKind
from zhuji_budget.queries.verification import BudgetVerification, verify_budget
from zhuji_budget.usecases.reverse_change import reverse_change
from zhuji_core.contracts.funds import MoveKind
from zhuji_core.testing.counties import CountyUnderTest, given_actor
from zhuji_core.values import DomainError, Value

ROWS = """
    SELECT r.control_row_id, r.agency_code, r.line_code, r.line_name, r.object_name, r.enacted_ntd
      FROM budget.control_row AS r
     WHERE r.fiscal_year = 105
     ORDER BY r.line_code, r.object_code, r.account
     LIMIT 400
"""
COUNTERS = """
    SELECT control_row_id, changes_ntd, frozen_ntd, allotment_ntd FROM budget.control_row
     WHERE fiscal_year = 105
"""
POSTED_AT_ONCE = 8  # of ten documents so many are plausible; the others are drawn blindly
RESERVED = 5  # one document of so many is followed by a reservation on one of its rows


class Outcome(Value, frozen=True, kw_only=True):
    """What became of the documents, by kind and by the code of the refusal."""

    documents: int
    posted: dict[str, int]
    refused: dict[str, int]
    reversed: int
    reserved: int
    differences: tuple[str, ...]
    verification: BudgetVerification


class Drawing:
    """Draws documents one after another and adds up what took effect."""

    def __init__(self, county: CountyUnderTest, *, seed: int) -> None:
        self.county = county
        self.drawn = random.Random(seed)  # noqa: S311 (a repeatable proof, no secret)
        self.rows = county.rows(ROWS)
        self.lines: dict[str, list[uuid.UUID]] = {}
        for row in self.rows:
            self.lines.setdefault(row.line_code, []).append(row.control_row_id)
        self.agency = {row.control_row_id: row.agency_code for row in self.rows}
        self.enacted = {row.control_row_id: row.enacted_ntd for row in self.rows}
        self.reserves = [row.control_row_id for row in self.rows if "預備金" in row.line_name]
        first = county.rows(COUNTERS)
        self.model = {
            one.control_row_id: [one.changes_ntd, one.frozen_ntd, *one.allotment_ntd]
            for one in first
        }
        self.posted: list[Change] = []
        self.advances: list[Change] = []
        self.kinds: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.taken_back = 0
        self.reserved = 0

    def one(self) -> None:
        """Draw a document, take it through every hand, and add it up if it took effect."""
        try:
            change = self._reversal() if self.drawn.random() < 0.15 else self._new()
            done = settle(self.county, change)
        except DomainError as refusal:
            self.refused[refusal.code] += 1
            return
        self._add(done)
        self.kinds[str(done.kind)] += 1
        if done.reverses_id is not None:
            self.taken_back += 1
        else:
            self.posted.append(done)
            if done.kind is ChangeKind.ADVANCE:
                self.advances.append(done)
        if self.drawn.randrange(RESERVED) == 0:
            self._reserve(done)

    def _new(self) -> Change:
        kind = self.drawn.choice(list(ChangeKind))
        plausible = self.drawn.randrange(10) < POSTED_AT_ONCE
        out, into = self._pair(kind, plausible=plausible)
        amount_ntd = self._amount(into, plausible=plausible)
        month, other = self.drawn.randrange(13), self.drawn.randrange(13)
        moves = {
            ChangeKind.REDUCTION: ((out, -amount_ntd, month),),
            ChangeKind.SUPPLEMENT: ((into, amount_ntd, month),),
            ChangeKind.CONDITION: ((out, amount_ntd, month),),
            ChangeKind.RELEASE: ((into, amount_ntd, month),),
            ChangeKind.ADVANCE: ((into, amount_ntd, 0),),
            ChangeKind.INCLUSION: ((into, amount_ntd, month),),
        }.get(kind, ((out, -amount_ntd, month), (into, amount_ntd, other)))
        advance = self.drawn.choice(self.advances) if self.advances else None
        draft = write(
            self.county,
            kind,
            *moves,
            agency_code=self.agency[into],
            advance_id=advance.document_id if advance is not None else None,
        )
        return submit(self.county, draft.document_id)

    def _pair(self, kind: ChangeKind, *, plausible: bool) -> tuple[uuid.UUID, uuid.UUID]:
        """Return two rows: of one line where that is the law, else of anywhere."""
        everywhere = list(self.agency)
        into = self.drawn.choice(everywhere)
        reserve = kind in {ChangeKind.FIRST_RESERVE, ChangeKind.SECOND_RESERVE}
        if plausible and reserve and self.reserves:
            out = self.drawn.choice(self.reserves)
            own = [row for row in everywhere if self.agency[row] == self.agency[out]]
            return out, self.drawn.choice(own)
        if plausible and kind is ChangeKind.VIREMENT:
            wide = [rows for rows in self.lines.values() if len(rows) > 1]
            out, into = self.drawn.sample(self.drawn.choice(wide), 2)
            return out, into
        return self.drawn.choice(everywhere), into

    def _amount(self, row: uuid.UUID, *, plausible: bool) -> int:
        """Return a small share of the row, or an amount up to twice of it."""
        most = self.enacted[row] // 60 if plausible else self.enacted[row] * 2
        return self.drawn.randint(1, max(1, most))

    def _reversal(self) -> Change:
        if not self.posted:
            return self._new()
        chosen = self.drawn.choice(self.posted)
        with self.county.uow(given_actor(WRITER)) as uow:
            return reverse_change(uow, document_id=chosen.document_id, reason="誤植")

    def _reserve(self, done: Change) -> None:
        """Hold some money, or give it back: later documents meet rows that are in use."""
        row = done.lines[-1].control_row_id
        if row is None:  # a row of revenue holds nothing
            return
        amount_ntd = self._amount(row, plausible=True)
        number = 10_000 + self.reserved
        (answer,) = do(
            self.county,
            move(row, amount_ntd, kind=MoveKind.RESERVE, number=number, document_kind="test.bill"),
        )
        self.reserved += answer.granted

    def _add(self, done: Change) -> None:
        for line in done.lines:
            if done.kind is ChangeKind.ADVANCE:
                continue
            held = self.model[line.control_row_id]
            sign = -1 if done.kind is ChangeKind.CONDITION else 1
            if done.kind in {ChangeKind.CONDITION, ChangeKind.RELEASE}:
                held[1] -= sign * line.amount_ntd
            else:
                held[0] += line.amount_ntd
            if line.month:
                held[1 + line.month] += sign * line.amount_ntd

    def differences(self) -> list[str]:
        """Compare the database with the model, counter by counter."""
        found = {
            one.control_row_id: [one.changes_ntd, one.frozen_ntd, *one.allotment_ntd]
            for one in self.county.rows(COUNTERS)
        }
        return [
            f"{row_id}: model {self.model[row_id]}, database {found.get(row_id)}"
            for row_id in self.model
            if self.model[row_id] != found.get(row_id)
        ]


def draw_documents(
    county: CountyUnderTest, *, count: int, seed: int, told: Callable[[int], None] | None = None
) -> Outcome:
    """Draw ``count`` documents in an allotted county and return what became of them."""
    drawing = Drawing(county, seed=seed)
    for number in range(1, count + 1):
        drawing.one()
        if told is not None:
            told(number)
    with county.uow(read_only=True) as uow:
        verification = verify_budget(uow)
    return Outcome(
        documents=count,
        posted=dict(drawing.kinds),
        refused=dict(drawing.refused),
        reversed=drawing.taken_back,
        reserved=drawing.reserved,
        differences=tuple(drawing.differences()),
        verification=verification,
    )

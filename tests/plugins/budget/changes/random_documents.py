"""Random changes of every kind, lawful and not, against an oracle of the law (``oracle.py``).

The oracle is asked before each document whether it may take effect and adds up those that may; the
database must do the same, document by document and counter by counter. ``verify_budget`` is asked
afterwards, from the database alone.
"""

from __future__ import annotations

import random
import uuid
from collections import Counter
from collections.abc import Callable

import msgspec

from tests.plugins.budget.changes.given import WRITER, change, settle, submit, write
from tests.plugins.budget.changes.oracle import Held, Oracle
from tests.plugins.budget.given import do, move
from zhuji_budget.domain.changes.model import Change, ChangeKind
from zhuji_budget.queries.verification import BudgetVerification, verify_budget
from zhuji_budget.store.adjustments import positions_for_preview
from zhuji_budget.store.control_rows import commit_basis
from zhuji_budget.usecases.reverse_change import reverse_change
from zhuji_core.contracts.funds import CommitBasis, MoveKind
from zhuji_core.testing.counties import CountyUnderTest, given_actor
from zhuji_core.values import DomainError, Value

ROWS = """
    SELECT r.control_row_id, r.agency_code, r.line_code, r.line_name, r.object_name, r.enacted_ntd
      FROM budget.control_row AS r
     WHERE r.fiscal_year = 105
     ORDER BY r.line_code, r.object_code, r.account
     LIMIT 400
"""
ALL_ROWS = "SELECT control_row_id FROM budget.control_row WHERE fiscal_year = 105"
POSTED_AT_ONCE = 8  # of ten documents so many are plausible; the others are drawn blindly
RESERVED = 5  # one document of so many is followed by a reservation on one of its rows


# What is wanted, for the oracle, and how it is done.
Drawn = tuple[Change, Callable[[], Change]]


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
        with county.uow(read_only=True) as uow:
            everything = [row.control_row_id for row in county.rows(ALL_ROWS)]
            self.before = {
                one.control_row_id: one for one in positions_for_preview(uow, everything)
            }
            binds_to_date = commit_basis(uow) == CommitBasis.ALLOTTED
            month = uow.business_date.month
        self.oracle = Oracle(
            {id_: Held.of(one) for id_, one in self.before.items()},
            month=month,
            binds_to_date=binds_to_date,
        )
        self.verdicts: list[str] = []
        self.posted: list[Change] = []
        self.advances: list[Change] = []
        self.kinds: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.taken_back = 0
        self.reserved = 0

    def one(self) -> None:
        """Draw a document, ask the oracle, take it through every hand, and add it up."""
        wanted, do_it = self._reversal() if self.drawn.random() < 0.15 else self._new()
        objections = self._objections(wanted)
        try:
            done = settle(self.county, do_it())
        except DomainError as refusal:
            self.refused[refusal.code] += 1
            if refusal.code not in objections:
                self.verdicts.append(f"{refusal.code} instead of {objections}: {wanted}")
            return
        if objections:
            self.verdicts.append(f"took effect in spite of {objections}: {wanted}")
        self.oracle.apply(done)
        self.kinds[str(done.kind)] += 1
        if done.reverses_id is not None:
            self.taken_back += 1
        else:
            self.posted.append(done)
            if done.kind is ChangeKind.ADVANCE:
                self.advances.append(done)
        if self.drawn.randrange(RESERVED) == 0:
            self._reserve(done)

    def _objections(self, wanted: Change) -> set[str]:
        if wanted.reverses_id is not None and wanted.reverses_id not in self.oracle.standing:
            return {"E-CHANGE-STATE", "E-CHANGE-REVERSED"}
        return self.oracle.objections(wanted)

    def _new(self) -> Drawn:
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
        advance_id = advance.document_id if advance is not None else None
        agency_code = self.agency[into]
        wanted = change(
            kind,
            *((self.before[row_id], ntd, month) for row_id, ntd, month in moves),
            agency_code=agency_code,
            advance_id=advance_id if kind is ChangeKind.INCLUSION else None,
        )

        def do_it() -> Change:
            draft = write(self.county, kind, *moves, agency_code=agency_code, advance_id=advance_id)
            return submit(self.county, draft.document_id)

        return wanted, do_it

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

    def _reversal(self) -> Drawn:
        if not self.posted:
            return self._new()
        chosen = self.drawn.choice(self.posted)
        back = tuple(
            msgspec.structs.replace(line, amount_ntd=-line.amount_ntd) for line in chosen.lines
        )
        wanted = msgspec.structs.replace(chosen, reverses_id=chosen.document_id, lines=back)

        def do_it() -> Change:
            with self.county.uow(given_actor(WRITER)) as uow:
                return reverse_change(uow, document_id=chosen.document_id, reason="誤植")

        return wanted, do_it

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
        if answer.granted:
            self.oracle.rows[row].held += amount_ntd

    def differences(self) -> list[str]:
        """Return what was decided otherwise than the oracle, and counters that differ from its."""
        with self.county.uow(read_only=True) as uow:
            found = positions_for_preview(uow, list(self.oracle.rows))
        return self.verdicts + [
            f"{one.control_row_id}: oracle {held.counters}, database {Held.of(one).counters}"
            for one in found
            for held in [self.oracle.rows[one.control_row_id]]
            if held.counters != Held.of(one).counters
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

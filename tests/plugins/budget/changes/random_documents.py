"""Random changes of every kind, lawful and not, against an oracle of the law (``oracle.py``).

The oracle is asked before each document whether it may take effect and adds up those that may; the
database must do the same, document by document and counter by counter. ``verify_budget`` is asked
afterwards, from the database alone. ``drawn_year`` prepares the year, ``drawn_moves`` draws.
"""

from __future__ import annotations

import datetime as dt
import random
import uuid
from collections import Counter
from collections.abc import Callable

import msgspec

from tests.plugins.budget.changes.drawn_moves import LABELS, Drawn, Moves, kind_of
from tests.plugins.budget.changes.given import WRITER, settle, submit
from tests.plugins.budget.changes.oracle import Expected, Held, Oracle
from tests.plugins.budget.given import YEAR, do, move
from zhuji_budget.domain.changes.model import Change, ChangeKind, ChangeLine, ChangeState
from zhuji_budget.domain.changes.new_rows import rows_to_be
from zhuji_budget.domain.changes.reserve_use import ReserveUse
from zhuji_budget.queries.verification import BudgetVerification, verify_budget
from zhuji_budget.store.adjustments import positions_for_preview, revenue_for_preview
from zhuji_budget.store.control_rows import commit_basis
from zhuji_budget.usecases.reverse_change import reverse_change
from zhuji_budget.usecases.write_change import WantedChange, WantedChangeLine, write_change
from zhuji_core.contracts.funds import CommitBasis, MoveKind
from zhuji_core.testing.counties import CountyUnderTest, given_actor
from zhuji_core.values import DomainError, Value

ALL_ROWS = "SELECT control_row_id FROM budget.control_row WHERE fiscal_year = 105"
ALL_REVENUES = "SELECT revenue_row_id FROM budget.revenue_row WHERE fiscal_year = 105"
RESERVED = 5  # one document of so many is followed by a reservation on one of its rows
# The council was told before of whatever is drawn; what is asked then is test_reserve_use.py's.
TOLD = ReserveUse(law_case=3, notice_no="議字第 1 號", notice_on=dt.date(2016, 1, 4))
RESERVES = {"first_reserve", "second_reserve", "other_reserve"}  # 預算法 22: of no bill
REVERSAL = 0.15
STANDING = 0.8  # of reversals: of documents that were not taken back before

Judged = tuple[str, Change, Callable[[], Change]]


class Taken(Value, frozen=True, kw_only=True):
    """What became of the documents of one label; ``reversed``: took effect, then taken back."""

    posted: int
    reversed: int
    refused: dict[str, int]


class Outcome(Value, frozen=True, kw_only=True):
    """What became of the documents, by label and by the code of the refusal."""

    documents: int
    taken: dict[str, Taken]
    reserved: int
    differences: tuple[str, ...]
    verification: BudgetVerification

    @property
    def posted(self) -> int:
        """Documents that took effect, reversals among them."""
        return sum(one.posted + one.reversed for one in self.taken.values())

    @property
    def refused(self) -> Counter[str]:
        found: Counter[str] = Counter()
        for one in self.taken.values():
            found.update(one.refused)
        return found


class Drawing:
    """Draws documents one after another and adds up what took effect."""

    def __init__(self, county: CountyUnderTest, *, seed: int) -> None:
        self.county = county
        self.drawn = random.Random(seed)  # noqa: S311 (a repeatable proof, no secret)
        with county.uow(read_only=True) as uow:
            ids = sorted(row.control_row_id for row in county.rows(ALL_ROWS))
            self.before = {one.control_row_id: one for one in positions_for_preview(uow, ids)}
            found = sorted(row.revenue_row_id for row in county.rows(ALL_REVENUES))
            self.revenues = {one.revenue_row_id: one for one in revenue_for_preview(uow, found)}
            binds_to_date = commit_basis(uow) == CommitBasis.ALLOTTED
            month = uow.business_date.month
        self.oracle = Oracle(
            {id_: Held.of(one) for id_, one in self.before.items()},
            month=month,
            binds_to_date=binds_to_date,
            revenues={id_: Expected.of(one) for id_, one in self.revenues.items()},
        )
        by_code = sorted(self.before.values(), key=lambda one: (one.line_code, one.object_code))
        self.moves = Moves(
            self.drawn,
            self.oracle,
            {one.control_row_id: one for one in by_code},
            self.revenues,
        )
        self.verdicts: list[str] = []
        self.posted: list[tuple[str, Change]] = []
        self.took: Counter[str] = Counter()
        self.taken_back: Counter[str] = Counter()
        self.refused: dict[str, Counter[str]] = {label: Counter() for label in LABELS}
        self.reserved = 0

    def one(self) -> None:
        """Draw a document, ask the oracle, take it through every hand, and add it up."""
        backwards = self.posted and self.drawn.random() < REVERSAL
        label, wanted, do_it = self._reversal() if backwards else self._new()
        objections = self._objections(wanted)
        try:
            done = settle(self.county, do_it())
        except DomainError as refusal:
            self.refused[label][refusal.code] += 1
            if refusal.code not in objections:
                self.verdicts.append(f"{refusal.code} instead of {objections}: {wanted}")
            return
        if done.state is not ChangeState.POSTED:
            self.verdicts.append(f"{done.state} after every hand: {wanted}")
        if objections:
            self.verdicts.append(f"took effect in spite of {objections}: {wanted}")
        self.oracle.apply(done)
        label = label if done.kind is kind_of(label) else str(done.kind)
        if done.reverses_id is not None:
            self.taken_back[label] += 1
        else:
            self.took[label] += 1
            self.posted.append((label, done))
            if done.kind is ChangeKind.ADVANCE:
                self.moves.advances.append(done)
        if self.drawn.randrange(RESERVED) == 0:
            self._reserve(done)

    def _objections(self, wanted: Change) -> set[str]:
        if wanted.reverses_id is not None and wanted.reverses_id not in self.oracle.standing:
            return {"E-CHANGE-STATE", "E-CHANGE-REVERSED"}
        return self.oracle.objections(wanted)

    def _new(self) -> Judged:
        drawn = self.moves.draw()
        if any(line.new_row for line in drawn.lines):
            return self._with_new_rows(drawn)
        wanted = Change(
            document_id=uuid.UUID(int=999),
            fiscal_year=YEAR,
            agency_code=drawn.agency_code,
            agency_name="",
            kind=drawn.kind,
            state=ChangeState.DRAFT,
            purpose="執行所需",
            ground="",
            created_by=uuid.UUID(int=WRITER),
            created_by_name="",
            lines=self._lines(drawn),
            advance_id=drawn.advance_id,
        )
        return drawn.label, wanted, lambda: submit(self.county, self._write(drawn).document_id)

    def _with_new_rows(self, drawn: Drawn) -> Judged:
        """Write first: the draft plans the rows, or finds those that were made since."""
        draft = self._write(drawn)
        for row in rows_to_be(draft):
            self.oracle.rows.setdefault(row.control_row_id, Held.of(row))
        return drawn.label, draft, lambda: submit(self.county, draft.document_id)

    def _lines(self, drawn: Drawn) -> tuple[ChangeLine, ...]:
        """Return the lines as the document will have them, for the oracle."""
        return tuple(
            ChangeLine(
                line_no=number,
                control_row_id=line.control_row_id,
                revenue_row_id=line.revenue_row_id,
                agency_code=self._agency_of(line),
                line_code="",
                line_name="",
                object_code="",
                object_name="",
                account="",
                amount_ntd=line.amount_ntd,
                month=line.month,
            )
            for number, line in enumerate(drawn.lines, 1)
        )

    def _agency_of(self, line: WantedChangeLine) -> str:
        if line.control_row_id is not None:
            return self.before[line.control_row_id].agency_code
        assert line.revenue_row_id is not None, "only rows that exist are drawn here"
        return self.revenues[line.revenue_row_id].agency_code

    def _write(self, drawn: Drawn) -> Change:
        wanted = WantedChange(
            kind=drawn.kind,
            purpose="執行所需",
            lines=drawn.lines,
            fiscal_year=YEAR,
            agency_code=drawn.agency_code,
            advance_id=drawn.advance_id,
            reserve_use=TOLD,
        )
        with self.county.uow(given_actor(WRITER)) as uow:
            return write_change(uow, wanted=wanted)

    def _reversal(self) -> Judged:
        wants_standing = self.drawn.random() < STANDING
        some = [self.drawn.choice(self.posted) for _ in range(10)]
        fitting = [
            one for one in some if (one[1].document_id in self.oracle.standing) is wants_standing
        ]
        label, chosen = (fitting or some)[0]
        back = tuple(
            msgspec.structs.replace(line, amount_ntd=-line.amount_ntd) for line in chosen.lines
        )
        wanted = msgspec.structs.replace(chosen, reverses_id=chosen.document_id, lines=back)

        def do_it() -> Change:
            with self.county.uow(given_actor(WRITER)) as uow:
                return reverse_change(uow, document_id=chosen.document_id, reason="誤植")

        return label, wanted, do_it

    def _reserve(self, done: Change) -> None:
        """Hold some money: later documents meet rows that are in use."""
        row_id = done.lines[-1].control_row_id
        if row_id is None or self.oracle.rows[row_id].role in RESERVES:
            return
        amount_ntd = self.drawn.randint(1, max(1, self.oracle.rows[row_id].enacted // 60))
        number = 10_000 + self.reserved
        wanted = move(
            row_id, amount_ntd, kind=MoveKind.RESERVE, number=number, document_kind="test.bill"
        )
        (answer,) = do(self.county, wanted)
        self.reserved += answer.granted
        if answer.granted:
            self.oracle.rows[row_id].held += amount_ntd

    def differences(self) -> list[str]:
        """Return what was decided otherwise than the oracle, and counters that differ from its."""
        with self.county.uow(read_only=True) as uow:
            rows = positions_for_preview(uow, list(self.oracle.rows))
            revenues = revenue_for_preview(uow, list(self.oracle.revenues))
        told = [
            (
                one.control_row_id,
                self.oracle.rows[one.control_row_id].counters,
                Held.of(one).counters,
            )
            for one in rows
        ]
        collected = [
            (
                one.revenue_row_id,
                self.oracle.revenues[one.revenue_row_id].counters,
                Expected.of(one).counters,
            )
            for one in revenues
        ]
        return self.verdicts + [
            f"{id_}: oracle {wanted}, database {found}"
            for id_, wanted, found in (*told, *collected)
            if wanted != found
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
        taken={
            label: Taken(
                posted=drawing.took[label],
                reversed=drawing.taken_back[label],
                refused=dict(drawing.refused[label]),
            )
            for label in LABELS
        },
        reserved=drawing.reserved,
        differences=tuple(drawing.differences()),
        verification=verification,
    )

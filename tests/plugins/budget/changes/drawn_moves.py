"""What a random document moves: mostly what the law of its kind can allow, else anything.

Each ``LABEL`` is a kind of document that the module knows; supplements and reductions are drawn
with revenue too, and supplements with a row that the budget has not.
"""

from __future__ import annotations

import itertools
import random
import uuid
from collections.abc import Callable, Mapping, Sequence

import msgspec

from tests.plugins.budget.changes.oracle import Held, Oracle
from zhuji_budget.domain.adjustment import RevenueBefore, RowBefore
from zhuji_budget.domain.changes.model import TRANSFERS, Change, ChangeKind
from zhuji_budget.domain.changes.new_rows import WantedRow
from zhuji_budget.usecases.write_change import WantedChangeLine
from zhuji_core.values import Value

MORE_REVENUE, LESS_REVENUE, NEW_ROW = (
    "supplement with revenue", "reduction with revenue", "supplement of a new row",
)  # fmt: skip
LABELS = (*(str(kind) for kind in ChangeKind), MORE_REVENUE, LESS_REVENUE, NEW_ROW)
PLAUSIBLE = 6  # of ten documents so many; the others are drawn blindly
OBJECTS = ("02", "03", "04")  # as both governments number them in this year
TRIES = 20


class Drawn(Value, frozen=True, kw_only=True):
    """One document as it would be keyed."""

    label: str
    kind: ChangeKind
    agency_code: str
    lines: tuple[WantedChangeLine, ...]
    advance_id: uuid.UUID | None = None


class Moves:
    """Draws from the rows of a county; the oracle knows what they hold at the moment."""

    def __init__(
        self,
        drawn: random.Random,
        oracle: Oracle,
        rows: Mapping[uuid.UUID, RowBefore],
        revenues: Mapping[uuid.UUID, RevenueBefore],
    ) -> None:
        self.drawn, self.oracle = drawn, oracle
        self.rows, self.revenues = rows, list(revenues)
        self.everywhere = list(rows)
        self.advances: list[Change] = []
        self.deck: list[str] = []
        self.owners = {one.line_code: one.agency_code for one in rows.values()}
        self.open_to_all = [id_ for id_, one in rows.items() if one.council_ntd >= 0]
        self.first = self._of_role("first_reserve")
        self.second = self._of_role("second_reserve")
        self.beside = self._beside()
        self.virements = [pair for pair in self.beside if self._may_vire(*pair)]
        self.pooled = self._pooled()
        self.plausible: Mapping[str, Callable[[], Sequence[WantedChangeLine]]] = {
            ChangeKind.VIREMENT: self._vired,
            ChangeKind.FIRST_RESERVE: self._out_of_first,
            ChangeKind.SECOND_RESERVE: self._out_of_second,
            ChangeKind.SUPPLEMENT: self._more,
            ChangeKind.REDUCTION: self._less,
            ChangeKind.CONDITION: self._held_back,
            ChangeKind.RELEASE: self._released,
            ChangeKind.ADVANCE: lambda: [line(self._anywhere(), self._small(), 0)],
            ChangeKind.POOLED: self._shared,
            MORE_REVENUE: lambda: [*self._more(), self._revenue(1)],
            LESS_REVENUE: lambda: [*self._less(), self._revenue(-1)],
            NEW_ROW: self._new_row,
        }

    def draw(self) -> Drawn:
        """Draw a document: every label once in each round."""
        if not self.deck:
            self.deck = self.drawn.sample(LABELS, len(LABELS))
        label = self.deck.pop()
        if self.drawn.randrange(10) >= PLAUSIBLE:
            return self._blind(label)
        if label == ChangeKind.INCLUSION:
            return self._inclusion()
        return self._document(label, kind_of(label), self.plausible[label]())

    def _document(
        self,
        label: str,
        kind: ChangeKind,
        lines: Sequence[WantedChangeLine],
        advance_id: uuid.UUID | None = None,
    ) -> Drawn:
        """Let the agency of what arrives ask: that of the last line of expenditure."""
        named = [one for one in lines if one.revenue_row_id is None]
        asking = ""
        for one in named:
            asking = one.new_row.agency_code if one.new_row else self.rows[_id(one)].agency_code
        return Drawn(
            label=label,
            kind=kind,
            agency_code=asking or self.rows[self.everywhere[0]].agency_code,
            lines=tuple(lines),
            advance_id=advance_id,
        )

    def _blind(self, label: str) -> Drawn:
        """Any rows, months and amounts, at times the wrong way round."""
        kind = kind_of(label)
        if label == MORE_REVENUE:  # of revenue no document but the council's speaks
            kind = self.drawn.choice([ChangeKind.INCLUSION, ChangeKind.ADVANCE, ChangeKind.RELEASE])
        if label == NEW_ROW:  # nothing is taken, held back or released where nothing is
            kind = self.drawn.choice([ChangeKind.REDUCTION, ChangeKind.CONDITION])
        return self._document(label, kind, self._anything(label, kind), self._any_advance(kind))

    def _anything(self, label: str, kind: ChangeKind) -> Sequence[WantedChangeLine]:
        out, into = self._pair(kind)
        amount_ntd = self._small(into, share=self.drawn.choice([1, 60])) * 2
        month, other = self.drawn.randrange(13), self.drawn.randrange(13)
        if kind in TRANSFERS:
            return [line(out, -amount_ntd, month), line(into, amount_ntd, other)]
        if self.drawn.randrange(4) == 0:  # the wrong way round
            amount_ntd = -amount_ntd
        if kind is ChangeKind.REDUCTION:
            amount_ntd = -amount_ntd
        if label == NEW_ROW:
            (one,) = self._new_row()
            return [msgspec.structs.replace(one, amount_ntd=amount_ntd)]
        lines = [line(into, amount_ntd, 0 if kind is ChangeKind.ADVANCE else month)]
        if label in {MORE_REVENUE, LESS_REVENUE}:
            lines.append(revenue(self.drawn.choice(self.revenues), amount_ntd, other))
        return lines

    def _pair(self, kind: ChangeKind) -> tuple[uuid.UUID, uuid.UUID]:
        """Two rows: half of them such that one rule alone may stand against them."""
        out, into = self._anywhere(), self._anywhere()
        if self.drawn.randrange(2):
            return out, into
        if kind is ChangeKind.SUPPLEMENT:
            return out, self.drawn.choice(self.first)
        if kind is ChangeKind.VIREMENT:
            return self.drawn.choice(self.beside)
        givers = {
            ChangeKind.FIRST_RESERVE: self.first,
            ChangeKind.SECOND_RESERVE: self.second,
            ChangeKind.POOLED: [one for one, _ in self.pooled],
        }
        return self.drawn.choice(givers.get(kind, self.everywhere)), into

    def _any_advance(self, kind: ChangeKind) -> uuid.UUID | None:
        if kind is not ChangeKind.INCLUSION or not self.advances:
            return None
        return self.drawn.choice(self.advances).document_id

    def _inclusion(self) -> Drawn:
        """Include what is left of an advance, to its last dollar at times."""
        label = str(ChangeKind.INCLUSION)
        for _ in range(TRIES if self.advances else 0):
            advance = self.drawn.choice(self.advances)
            if advance.document_id not in self.oracle.standing:
                continue
            left_ntd = self.oracle.total(advance) - self.oracle.included(advance.document_id)
            own = [
                id_
                for id_, one in self.rows.items()
                if one.agency_code == advance.agency_code and one.role == ""
            ]
            if left_ntd > 0 and own:  # an agency may have nothing but reserves and pooled lines
                amount_ntd = self.drawn.choice([left_ntd, self.drawn.randint(1, left_ntd)])
                lines = [line(self.drawn.choice(own), amount_ntd, self.drawn.randrange(13))]
                return self._document(label, ChangeKind.INCLUSION, lines, advance.document_id)
        return self._blind(label)

    def _moved(
        self, out: uuid.UUID, into: uuid.UUID, amount_ntd: int = 0
    ) -> Sequence[WantedChangeLine]:
        """Move money to the month that it left, or later."""
        amount_ntd = amount_ntd or min(self._small(out), self._small(into))
        month = self._month_with(out, amount_ntd)
        return [
            line(out, -amount_ntd, month),
            line(into, amount_ntd, self.drawn.randint(month, 12)),
        ]

    def _vired(self) -> Sequence[WantedChangeLine]:
        out, into = self.drawn.choice(self.virements)
        share = self.drawn.choice([60, 60, 6])  # towards the fifth of the law
        return self._moved(out, into, min(self._small(out), self._small(into, share=share)))

    def _out_of_first(self) -> Sequence[WantedChangeLine]:
        out = self.drawn.choice(self.first)
        agency_code = self.rows[out].agency_code
        own = [id_ for id_ in self.open_to_all if self.rows[id_].agency_code == agency_code]
        into = self.drawn.choice([id_ for id_ in own if id_ != out] or own)
        return self._moved(out, into, self._small(out, share=100))

    def _out_of_second(self) -> Sequence[WantedChangeLine]:
        out = self.drawn.choice(self.second)
        into = self.drawn.choice([id_ for id_ in self.open_to_all if id_ not in self.second])
        return self._moved(out, into, self._small(out, share=1_000))

    def _shared(self) -> Sequence[WantedChangeLine]:
        """Share a pooled line out, or give back to it what was had of it."""
        lent, user = self.drawn.choice(self.pooled)
        owed_ntd = self.oracle.owed(user)
        if owed_ntd > 0 and self.drawn.randrange(2):
            amount_ntd = self.drawn.choice([owed_ntd, self.drawn.randint(1, owed_ntd)])
            return self._moved(user, lent, amount_ntd)
        return self._moved(lent, user)

    def _more(self) -> list[WantedChangeLine]:
        into = self._anywhere()
        return [line(into, self._small(into), self.drawn.randrange(13))]

    def _less(self) -> list[WantedChangeLine]:
        out = self._anywhere()
        amount_ntd = self._small(out)
        return [line(out, -amount_ntd, self._month_with(out, amount_ntd))]

    def _held_back(self) -> Sequence[WantedChangeLine]:
        (one,) = self._less()
        return [line(_id(one), -one.amount_ntd, one.month)]

    def _released(self) -> Sequence[WantedChangeLine]:
        frozen = [id_ for id_ in self.everywhere if self.oracle.rows[id_].frozen > 0]
        if not frozen:
            return self._more()
        chosen = self.drawn.choice(frozen)
        most = self.oracle.rows[chosen].frozen
        amount_ntd = self.drawn.choice([most, self.drawn.randint(1, most)])
        return [line(chosen, amount_ntd, self.drawn.randrange(13))]

    def _revenue(self, sign: int) -> WantedChangeLine:
        chosen = self.drawn.choice(self.revenues)
        known = self.oracle.revenues[chosen]
        amount_ntd = self.drawn.randint(1, max(1, known.enacted // 60))
        left_ntd = known.enacted + known.changes - sum(known.months)
        months = [number for number, ntd in enumerate(known.months, 1) if ntd >= amount_ntd]
        if sign > 0:
            month = self.drawn.randrange(13)
        else:
            month = self.drawn.choice(months + [0] * (left_ntd >= amount_ntd) or [0])
        return revenue(chosen, sign * amount_ntd, month)

    def _new_row(self) -> Sequence[WantedChangeLine]:
        """Another object of a line, or a line of its own in the same plan."""
        beside = self.rows[self._anywhere()]
        code = beside.line_code
        if self.drawn.randrange(2):
            code = f"{code[:-2]}{self.drawn.randrange(60, 99)}"
        if self.owners.setdefault(code, beside.agency_code) != beside.agency_code:
            code = beside.line_code
        row = WantedRow(
            line_code=code,
            line_name="新增科目",
            object_code=self.drawn.choice(OBJECTS),
            agency_code=beside.agency_code,
        )
        amount_ntd = self.drawn.randint(1, 900_000)
        month = self.drawn.randrange(13)
        return [WantedChangeLine(new_row=row, amount_ntd=amount_ntd, month=month)]

    def _anywhere(self) -> uuid.UUID:
        return self.drawn.choice(self.everywhere)

    def _small(self, row_id: uuid.UUID | None = None, *, share: int = 60) -> int:
        """Return a small share of what the row was enacted with."""
        row = self.rows[row_id or self._anywhere()]
        return self.drawn.randint(1, max(1, row.enacted_ntd // share))

    def _month_with(self, row_id: uuid.UUID, amount_ntd: int) -> int:
        """Return a month that holds the amount, or 0: not allotted."""
        row: Held = self.oracle.rows[row_id]
        months = [number for number, ntd in enumerate(row.months, 1) if ntd >= amount_ntd]
        if row.free - sum(row.months) >= amount_ntd:
            months.append(0)
        return self.drawn.choice(months or [0])

    def _of_role(self, role: str) -> list[uuid.UUID]:
        return [id_ for id_, one in self.rows.items() if one.role == role]

    def _beside(self) -> list[tuple[uuid.UUID, uuid.UUID]]:
        by_line: dict[uuid.UUID, list[uuid.UUID]] = {}
        for id_, one in self.rows.items():
            by_line.setdefault(one.line_id, []).append(id_)
        return [pair for own in by_line.values() for pair in itertools.permutations(own, 2)]

    def _may_vire(self, out: uuid.UUID, into: uuid.UUID) -> bool:
        giver, taker = self.rows[out], self.rows[into]
        if taker.role == "personnel" or taker.council_ntd < 0:
            return False
        return (giver.account, taker.account) != ("capital", "current")

    def _pooled(self) -> list[tuple[uuid.UUID, uuid.UUID]]:
        """Pairs of a pooled row and one of the same object in use elsewhere."""
        users = [one for one in self.rows.values() if not one.pooled]
        return [
            (lent.control_row_id, user.control_row_id)
            for lent in self.rows.values()
            for user in users
            if lent.pooled and lent.object_code == user.object_code and user.council_ntd >= 0
        ]


def line(row_id: uuid.UUID, amount_ntd: int, month: int) -> WantedChangeLine:
    return WantedChangeLine(control_row_id=row_id, amount_ntd=amount_ntd, month=month)


def revenue(row_id: uuid.UUID, amount_ntd: int, month: int) -> WantedChangeLine:
    return WantedChangeLine(revenue_row_id=row_id, amount_ntd=amount_ntd, month=month)


def _id(one: WantedChangeLine) -> uuid.UUID:
    assert one.control_row_id is not None, "a line of expenditure that exists"
    return one.control_row_id


def kind_of(label: str) -> ChangeKind:
    """Return the kind of documents of this label that may take effect."""
    return ChangeKind(label.split(" ", maxsplit=1)[0])

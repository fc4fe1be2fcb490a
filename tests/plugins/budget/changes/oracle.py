"""What the law says of a change of the budget, written apart from the product: an oracle.

It knows one county's rows, of expenditure and of revenue, as plain counters. ``objections`` names
everything that forbids a document, by the refusal's code; a document may take effect exactly when
there is nothing. The product refuses with the first of them, so its code is one of these. Statutes
are read again here (預算法 22, 61–64, 70, 79–82), with other words and other arithmetic than in
``domain/changes``.
"""

from __future__ import annotations

import dataclasses
import uuid
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from fractions import Fraction

from zhuji_budget.domain.adjustment import RevenueBefore, RowBefore
from zhuji_budget.domain.changes.model import Change, ChangeLine

HUNDREDTHS = Fraction(20, 100)
BOTH_WAYS = {"virement", "first_reserve", "second_reserve", "pooled"}
AGENCY_ASKS = {"virement", "first_reserve", "second_reserve", "release", "advance"}
NEVER_NEW = {"virement", "reduction", "condition", "release"}
NEW_LINE = {"second_reserve", "supplement", "advance", "inclusion"}
VOTES_REVENUE = {"supplement", "reduction"}
RESERVED = {"first_reserve", "second_reserve"}
HOLDS_BACK, GIVES_FREE, TELLS = "condition", "release", "advance"


@dataclasses.dataclass
class Held:
    """One control row: who it belongs to, and its counters."""

    agency: str
    function: str
    plan: str
    line: object
    object_code: str
    account: str
    role: str
    pooled: bool
    enacted: int
    council: int
    changes: int = 0
    frozen: int = 0
    months: list[int] = dataclasses.field(default_factory=lambda: [0] * 12)
    held: int = 0
    paid: int = 0

    @classmethod
    def of(cls, row: RowBefore) -> Held:
        """Take the row as the product reads it."""
        return cls(
            agency=row.agency_code,
            function=row.function_code,
            plan=row.plan_code,
            line=row.line_id,
            object_code=row.object_code,
            account=row.account,
            role=row.role,
            pooled=row.pooled,
            enacted=row.enacted_ntd,
            council=row.council_ntd,
            changes=row.changes_ntd,
            frozen=row.frozen_ntd,
            months=list(row.allotment_ntd),
            held=row.encumbered_ntd,
            paid=row.advanced_ntd + row.expended_ntd,
        )

    @property
    def counters(self) -> tuple[int, int, tuple[int, ...]]:
        """Return what documents change: budget, frozen money, months."""
        return self.changes, self.frozen, tuple(self.months)

    @property
    def free(self) -> int:
        return self.enacted + self.changes - self.frozen


@dataclasses.dataclass
class Expected:
    """One row of revenue and its counters."""

    enacted: int
    changes: int = 0
    months: list[int] = dataclasses.field(default_factory=lambda: [0] * 12)

    @classmethod
    def of(cls, row: RevenueBefore) -> Expected:
        """Take the row as the product reads it."""
        return cls(enacted=row.enacted_ntd, changes=row.changes_ntd, months=list(row.allotment_ntd))

    @property
    def counters(self) -> tuple[int, tuple[int, ...]]:
        return self.changes, tuple(self.months)

    def after(self, lines: Iterable[ChangeLine]) -> Expected:
        """Return the row with these lines on it."""
        moved = Expected(self.enacted, self.changes, list(self.months))
        for line in lines:
            moved.changes += line.amount_ntd
            if line.month:
                moved.months[line.month - 1] += line.amount_ntd
        return moved


class Oracle:
    """The rows of a county, and the documents that took effect in it."""

    def __init__(
        self,
        rows: Mapping[uuid.UUID, Held],
        *,
        month: int,
        binds_to_date: bool,
        revenues: Mapping[uuid.UUID, Expected] | None = None,
    ) -> None:
        self.rows = dict(rows)
        self.revenues = dict(revenues or {})
        self.month = month
        self.binds_to_date = binds_to_date
        self.standing: dict[uuid.UUID, Change] = {}

    def objections(self, change: Change) -> set[str]:
        """Return the codes of all that forbids the document now; nothing when it may stand."""
        found = self._shape(change)
        if change.kind not in VOTES_REVENUE and _revenue_lines(change):
            found.add("E-CHANGE-REVENUE")
        if change.kind == "inclusion" and change.reverses_id is None:
            found |= self._advance(change)  # asked when it is written, before its lines are
        if found:
            return found  # what it moves is not yet a question
        if change.reverses_id is None:
            found |= self._law(change)
        elif change.kind == "pooled":
            found |= self._lent(self.net(change))
        elif change.kind == TELLS and self.included(change.reverses_id):
            found.add("E-ADVANCE-INCLUDED")
        return found | self._money(change) | self._revenue(change)

    def apply(self, change: Change) -> None:
        """Let the document take effect."""
        for row_id, (budget, frozen, months) in self._deltas(change).items():
            row = self.rows[row_id]
            row.changes += budget
            row.frozen += frozen
            row.months = [one + more for one, more in zip(row.months, months, strict=True)]
        for row_id, lines in _revenue_lines(change).items():
            self.revenues[row_id] = self.revenues[row_id].after(lines)
        if change.reverses_id is None:
            self.standing[change.document_id] = change
        else:
            del self.standing[change.reverses_id]

    def holds(self) -> bool:
        """Tell whether the invariants stand in every row."""
        return all(
            row.held + row.paid <= row.free
            and sum(row.months) <= row.free
            and min(row.months, default=0) >= 0
            and row.frozen >= 0
            and row.paid <= sum(row.months[: self.month])
            for row in self.rows.values()
        )

    def net(self, change: Change) -> dict[uuid.UUID, int]:
        """Return what arrives at each row less what leaves it."""
        sums: Counter[uuid.UUID] = Counter()
        for row_id, line in _expenditure(change):
            sums[row_id] += line.amount_ntd
        return dict(sums)

    def _shape(self, change: Change) -> set[str]:
        amounts = [line.amount_ntd for line in change.lines]
        if change.reverses_id is not None:
            amounts = [-one for one in amounts]
        if not 1 <= len(amounts) <= 100 or 0 in amounts:
            return {"E-CHANGE-LINES"}
        if change.kind in BOTH_WAYS:
            mixed = any(one > 0 for one in amounts) and any(one < 0 for one in amounts)
            if not mixed:
                return {"E-CHANGE-LINES"}
            return {"E-CHANGE-BALANCE"} if sum(amounts) else set()
        falls = change.kind == "reduction"
        return set() if all((one < 0) is falls for one in amounts) else {"E-CHANGE-LINES"}

    def _law(self, change: Change) -> set[str]:
        found: set[str] = set()
        net = self.net(change)
        givers = [self.rows[row] for row, amount in net.items() if amount < 0]
        takers = [self.rows[row] for row, amount in net.items() if amount > 0]
        if change.kind == "virement":
            found |= self._virement(net, givers, takers)
        if change.kind in BOTH_WAYS:
            found |= {"E-RESERVE-INTO" for row in takers if row.role in RESERVED}
        if change.kind in {"virement", "pooled"}:
            found |= self._early(change)
            found |= {"E-RESERVE-OUT" for row in givers if row.role in RESERVED}
        if change.kind in {"virement", "first_reserve", "second_reserve"}:
            found |= {"E-VIRE-COUNCIL-CUT" for row in takers if row.council < 0}
        if change.kind in {"first_reserve", "second_reserve"}:
            found |= {"E-RESERVE-SOURCE" for row in givers if row.role != change.kind}
        if change.kind == "first_reserve":
            found |= {
                "E-RESERVE-AGENCY" for one in givers for two in takers if one.agency != two.agency
            }
        if change.kind == "pooled":
            found |= self._pooled(net)
            same = {row.object_code for row in (*givers, *takers)}
            found |= {"E-POOL-OBJECT"} if givers and takers and len(same) > 1 else set()
        if change.kind == "inclusion":
            found |= self._inclusion(change)
        if change.kind in {"supplement", "inclusion"}:
            found |= self._first_reserve(net)
        return found | self._new(change) | self._agency(change)

    @staticmethod
    def _new(change: Change) -> set[str]:
        """A row that the budget has not is begun by new money, a line of its own by a vote."""
        for line in change.lines:
            if line.is_to_be and line.new_row is not None:
                begun = change.kind in NEW_LINE or not line.new_row.makes_line
                if line.amount_ntd < 0 or change.kind in NEVER_NEW or not begun:
                    return {"E-CHANGE-NEW-LINE"}
        return set()

    def _virement(
        self, net: Mapping[uuid.UUID, int], givers: Iterable[Held], takers: Iterable[Held]
    ) -> set[str]:
        found: set[str] = set()
        pairs = [(one, two) for one in givers for two in takers]
        for one, two in pairs:
            if (one.agency, one.function, one.plan, one.line) != (
                two.agency, two.function, two.plan, two.line,
            ):  # fmt: skip
                found.add("E-VIRE-CROSS-PROGRAM")
            if (one.account, two.account) == ("capital", "current"):
                found.add("E-VIRE-CAPITAL")
        found |= {"E-VIRE-PERSONNEL" for row in takers if row.role == "personnel"}
        into: defaultdict[uuid.UUID, int] = defaultdict(int)
        out: defaultdict[uuid.UUID, int] = defaultdict(int)
        earlier = [self.net(one) for one in self.standing.values() if one.kind == "virement"]
        for moved in [*earlier, net]:
            for row, amount in moved.items():
                (into if amount > 0 else out)[row] += abs(amount)
        taken = self._moved_by("reduction")
        for row, amount in net.items():
            total = (into if amount > 0 else out)[row]
            original = max(0, self.rows[row].enacted + min(0, taken[row]))
            if amount and total > original * HUNDREDTHS:
                found.add("E-VIRE-20PCT")
        return found

    def _moved_by(self, kind: str) -> Counter[uuid.UUID]:
        """Return what documents of the kind that stand added to each row, or took from it."""
        moved: Counter[uuid.UUID] = Counter()
        for one in self.standing.values():
            if one.kind == kind:
                moved.update(self.net(one))
        return moved

    def owed(self, row: uuid.UUID) -> int:
        """Return what a row has of pooled lines."""
        return self._moved_by("pooled")[row]

    def _pooled(self, net: Mapping[uuid.UUID, int]) -> set[str]:
        """Lines of use owe what they had of the pool; a pooled line lends, and is paid back."""
        owed = self._moved_by("pooled")
        lends = {row: owed[row] < 0 or (self.rows[row].pooled and not owed[row]) for row in net}
        givers = {row for row, amount in net.items() if amount < 0}
        takers = {row for row, amount in net.items() if amount > 0}
        found = self._lent(net)
        for row in takers:
            if self.rows[row].council < 0 and not lends[row]:
                found.add("E-VIRE-COUNCIL-CUT")
        if any(lends[one] is lends[two] for one in givers for two in takers):
            found |= {"E-POOL-SOURCE", "E-POOL-DIRECTION"}
        if any(not lends[row] and not owed[row] for row in givers):
            found.add("E-POOL-SOURCE")
        return found

    def _lent(self, net: Mapping[uuid.UUID, int]) -> set[str]:
        """Nobody gives back what was never had, and no pool is paid more than it lent."""
        owed = self._moved_by("pooled")
        for row, amount in net.items():
            borrower = owed[row] > 0 or (owed[row] == 0 and not self.rows[row].pooled)
            if (owed[row] + amount < 0) if borrower else (owed[row] + amount > 0):
                return {"E-POOL-RETURN"}
        return set()

    @staticmethod
    def _early(change: Change) -> set[str]:
        """What arrives by a month has left by then, or was in no month."""
        for month in range(1, 13):
            by_now = [one.amount_ntd for one in change.lines if 1 <= one.month <= month]
            unallotted = -sum(one.amount_ntd for one in change.lines if one.month == 0)
            if sum(by_now) > max(0, unallotted):
                return {"E-VIRE-EARLY"}
        return set()

    def _advance(self, change: Change) -> set[str]:
        stands = change.advance_id is not None and change.advance_id in self.standing
        return set() if stands else {"E-ADVANCE-MISSING"}

    def _inclusion(self, change: Change) -> set[str]:
        assert change.advance_id is not None, "asked before"
        advance = self.standing[change.advance_id]
        abroad = {line.agency_code for line in change.lines} - {advance.agency_code}
        found = {"E-ADVANCE-AGENCY"} if abroad else set()
        left = self.total(advance) - self.included(advance.document_id)
        return found | ({"E-ADVANCE-EXCEEDED"} if self.total(change) > left else set())

    def included(self, advance_id: uuid.UUID) -> int:
        return sum(
            self.total(one)
            for one in self.standing.values()
            if one.kind == "inclusion" and one.advance_id == advance_id
        )

    def _first_reserve(self, net: Mapping[uuid.UUID, int]) -> set[str]:
        """Of what was voted, a hundred dollars of current spending carry one of first reserve."""
        voted: Counter[uuid.UUID] = Counter({id_: row.enacted for id_, row in self.rows.items()})
        for one in self.standing.values():
            if one.kind in {"supplement", "reduction", "inclusion"}:
                voted.update(self.net(one))
        voted.update(net)
        for agency in {self.rows[row].agency for row in net}:
            own = {id_: row for id_, row in self.rows.items() if row.agency == agency}
            reserves = [id_ for id_, row in own.items() if row.role == "first_reserve"]
            raised = sum(net.get(id_, 0) for id_ in reserves)
            current = sum(voted[id_] for id_, row in own.items() if row.account == "current")
            if raised > 0 and 100 * sum(voted[id_] for id_ in reserves) > current:
                return {"E-RESERVE-1PCT"}
        return set()

    @staticmethod
    def total(change: Change) -> int:
        return sum(line.amount_ntd for line in change.lines)

    def _agency(self, change: Change) -> set[str]:
        if change.kind not in AGENCY_ASKS:
            return set()
        for row_id, line in _expenditure(change):
            own = self.rows[row_id].agency == change.agency_code
            lent = change.kind == "second_reserve" and line.amount_ntd < 0
            if not (own or lent):
                return {"E-CHANGE-AGENCY"}
        return set()

    def _deltas(self, change: Change) -> dict[uuid.UUID, tuple[int, int, list[int]]]:
        """Return by row what is added to budget, frozen money and each month."""
        deltas: dict[uuid.UUID, tuple[int, int, list[int]]] = {}
        for row_id, line in _expenditure(change):
            budget, frozen, months = deltas.get(row_id, (0, 0, [0] * 12))
            amount, usable = line.amount_ntd, line.amount_ntd
            if change.kind == TELLS:
                usable = 0
            elif change.kind == HOLDS_BACK:
                frozen, usable = frozen + amount, -amount
            elif change.kind == GIVES_FREE:
                frozen -= amount
            else:
                budget += amount
            if line.month:
                months[line.month - 1] += usable
            deltas[row_id] = (budget, frozen, months)
        return deltas

    def _money(self, change: Change) -> set[str]:
        found: set[str] = set()
        for row_id, (budget, frozen, months) in self._deltas(change).items():
            row = self.rows[row_id]
            after = [one + more for one, more in zip(row.months, months, strict=True)]
            free = row.free + budget - frozen
            if row.frozen + frozen < 0:
                found.add("E-CONDITION-RELEASE")
            if row.held + row.paid > free:
                found.add("E-CHANGE-SHORT")
            if min(after) < 0:
                found.add("E-CHANGE-ALLOTMENT")
            if sum(after) > free:
                found.add("E-CHANGE-UNALLOTTED")
            begun = slice(0, self.month)
            must = row.paid + (row.held if self.binds_to_date else 0)
            if sum(months[begun]) < 0 and sum(after[begun]) < must:
                name = "USED" if self.binds_to_date else "SPENT"
                found.add(f"E-CHANGE-ALLOTTED-{name}")
        return found

    def _revenue(self, change: Change) -> set[str]:
        """Nobody collects less than nothing, and no month is expected to give it."""
        found: set[str] = set()
        for row_id, lines in _revenue_lines(change).items():
            after = self.revenues[row_id].after(lines)
            if after.enacted + after.changes < 0:
                found.add("E-CHANGE-REVENUE-SHORT")
            if min(after.months) < 0:
                found.add("E-CHANGE-ALLOTMENT")
            if sum(after.months) > after.enacted + after.changes:
                found.add("E-CHANGE-UNALLOTTED")
        return found


def _expenditure(change: Change) -> list[tuple[uuid.UUID, ChangeLine]]:
    """Return the lines of expenditure, each with its row, also one that is still to be made."""
    return [(line.row_id, line) for line in change.lines if line.row_id and not line.is_revenue]


def _revenue_lines(change: Change) -> dict[uuid.UUID, list[ChangeLine]]:
    found: dict[uuid.UUID, list[ChangeLine]] = {}
    for line in change.lines:
        if line.row_id and line.is_revenue:
            found.setdefault(line.row_id, []).append(line)
    return found

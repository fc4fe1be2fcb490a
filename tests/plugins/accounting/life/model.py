"""What must be so in an agency's year, written apart from the product: sums, months, refusals."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass, field


@dataclass(kw_only=True)
class Model:
    """What must be so. ``held``: request → NT dollars; ``stopped`` and ``closed``: months.

    ``carried``: request → what it was decided to carry over; each is decided about once.
    ``out``: advance → what nobody has answered for. ``due_ntd``: decided to be owed (應付);
    ``moved_ntd``: what of the year's money was claimed, paid or released in the next one.
    """

    year: int
    today: dt.date
    budget_ntd: int
    annual: bool
    held: dict[uuid.UUID, int] = field(default_factory=dict)
    carried: dict[uuid.UUID, int] = field(default_factory=dict)
    out: dict[uuid.UUID, int] = field(default_factory=dict)
    spent_ntd: int = 0
    due_ntd: int = 0
    moved_ntd: int = 0
    pending: set[int] = field(default_factory=set)
    stopped: set[int] = field(default_factory=set)
    closed: int = 0
    ended: bool = False

    @property
    def month(self) -> int:
        """The period of today: 13 after the year."""
        return self.today.month if self.today.year == self.year + 1911 else 13

    @property
    def allotted_ntd(self) -> int:
        months = 12 if self.month == 13 else self.month
        return self.budget_ntd * months // 12

    @property
    def available_ntd(self) -> int:
        limit_ntd = self.budget_ntd if self.annual else self.allotted_ntd
        return limit_ntd - sum(self.held.values()) - self.paid_ntd

    @property
    def paid_ntd(self) -> int:
        """What has left the budget: spent, or advanced and not yet answered for."""
        return self.spent_ntd + sum(self.out.values())

    @property
    def shut(self) -> bool:
        """Tell whether today's month takes no requests, claims and releases."""
        return self.month <= self.closed or self.month in self.stopped

    def open_request(self, which: int) -> tuple[uuid.UUID | None, int]:
        """Return one of the requests that hold money, and how much."""
        open_ones = sorted(self.held.items())
        return open_ones[which % len(open_ones)] if open_ones else (None, 0)

    def undecided_ntd(self, request_id: uuid.UUID) -> int:
        """Return what the request holds of which nobody decided what becomes."""
        return max(0, self.held.get(request_id, 0) - self.carried.get(request_id, 0))

    @property
    def carried_over_ntd(self) -> int:
        """What the next year's books begin with: decided, as far as it is still held."""
        return sum(min(self.held.get(one, 0), ntd) for one, ntd in self.carried.items())

    def keep(self, request_id: uuid.UUID, held_ntd: int) -> None:
        if held_ntd:
            self.held[request_id] = held_ntd
        else:
            del self.held[request_id]

    def answer_for(self, advance_id: uuid.UUID, amount_ntd: int) -> None:
        """Of an advance this much was spent or paid back."""
        self.out[advance_id] -= amount_ntd
        if not self.out[advance_id]:
            del self.out[advance_id]

    def begun(self, period: int) -> bool:
        return self.month == 13 or period <= self.month

    # --- the answers that must come: refusals' codes, empty for what is done

    @property
    def intake(self) -> str:
        """Return why requests and claims are refused now."""
        if self.month == 13:
            return "E-REQUEST-YEAR"
        return "E-PERIOD-CLOSED" if self.shut else ""

    def answer_to_request(self, amount_ntd: int) -> set[str]:
        if self.intake:
            return {self.intake}
        if amount_ntd > self.available_ntd:
            return {"E-ALLOT-INSUFFICIENT", "E-ANNUAL-INSUFFICIENT"}
        return {""}

    def answer_to_claim(self, amount_ntd: int, *, held_ntd: int) -> str:
        if self.intake:
            return self.intake
        if amount_ntd > held_ntd:
            return "E-OVER-HOLD"
        if self.paid_ntd + amount_ntd > self.allotted_ntd:
            return "E-PAYABLE-INSUFFICIENT"
        return ""

    def answer_to_settlement(self, amount_ntd: int, *, out_ntd: int, held_ntd: int) -> str:
        """Its advance first, then what the request holds; also in the two months after."""
        if self.shut:
            return "E-PERIOD-CLOSED"
        due_ntd = max(0, amount_ntd - out_ntd)
        if due_ntd > held_ntd:
            return "E-OVER-HOLD"
        return "E-PAYABLE-INSUFFICIENT" if self.paid_ntd + due_ntd > self.allotted_ntd else ""

    def answer_to_return(self, amount_ntd: int, *, out_ntd: int) -> str:
        if self.shut:
            return "E-PERIOD-CLOSED"
        return "E-OVER-RECOVERY" if amount_ntd > out_ntd else ""

    def answer_to_release(self, amount_ntd: int, *, held_ntd: int) -> str:
        if self.shut:
            return "E-PERIOD-CLOSED"
        return "E-OVER-RELEASE" if amount_ntd > held_ntd else ""

    def answer_to_carry(self, request_id: uuid.UUID, due_ntd: int) -> str:
        """In December and in the two months after, once of each request, and never beyond."""
        if self.month < 12:
            return "E-CARRY-DATE"
        if self.shut:
            return "E-PERIOD-CLOSED"
        if request_id in self.carried:
            return "E-CARRY-TWICE"
        if self.paid_ntd + due_ntd > self.allotted_ntd:
            return "E-PAYABLE-INSUFFICIENT"
        return ""

    def answer_to_close(self, period: int) -> set[str]:
        """Of the month that is next."""
        if self.ended or period > 13:
            return {"E-PERIOD-STATE", "E-PERIOD-INVALID"}
        if not self.begun(period):
            return {"E-PERIOD-FUTURE"}
        return {"E-VOUCHERS-PENDING"} if period in self.pending else {""}

    def answer_to_close_too_far(self, period: int) -> str:
        if period > 13:
            return "E-PERIOD-INVALID"
        return "E-PERIOD-ORDER" if self.begun(period) else "E-PERIOD-FUTURE"

    def answer_to_end(self) -> str:
        if self.month != 13:
            return "E-PERIOD-FUTURE"
        if self.ended:
            return "E-YEAR-STATE"
        if any(self.undecided_ntd(one) for one in self.held):
            return "E-YEAR-COMMITMENTS"
        if self.out:
            return "E-YEAR-ADVANCES"
        return "E-PERIOD-ORDER" if self.closed < 12 else ""

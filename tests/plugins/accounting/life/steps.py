"""The steps of a life: each does an act, compares its answer with the model's, and moves the model.

A step that is drawn does what it can do then, and says whether that was what had to happen.
"""

from __future__ import annotations

import datetime as dt
import inspect
import uuid
from collections import Counter
from collections.abc import Callable
from typing import Any

from tests.plugins.accounting.life.acts import Acts, Crash, refused
from tests.plugins.accounting.life.model import Model
from zhuji_accounting.domain.advances.advance import Advance
from zhuji_accounting.domain.carries.rules import Split
from zhuji_accounting.usecases.close_period import close_period
from zhuji_accounting.usecases.close_year import close_year
from zhuji_accounting.usecases.reopen_period import reopen_period
from zhuji_accounting.usecases.resume_intake import resume_intake
from zhuji_accounting.usecases.stop_intake import stop_intake


class Steps:
    """The acts and the model beside each other; ``happened`` counts the answers of each step."""

    def __init__(self, acts: Acts, *, happened: Counter[tuple[str, str]]) -> None:
        self.acts, self.happened = acts, happened
        government = acts.government
        self.model = Model(
            year=acts.fiscal_year,
            today=acts.county.business_date,
            budget_ntd=government.rows[1].budget_ntd,
            annual=government.commit_basis == "annual",
        )
        self.advances: dict[uuid.UUID, Advance] = {}
        self.free: list[uuid.UUID] = []
        self.ended_books: list[Any] = []

    # --- time

    def later(self, days: int) -> None:
        last = dt.date(self.model.year + 1912, 2, 20)
        self.model.today = min(self.model.today + dt.timedelta(days=days), last)
        self.acts.county.business_date = self.model.today

    def to_the_end(self, *shares: float) -> None:
        """The year is over: what is not carried over is given back, all is posted and closed.

        Of one request for each of ``shares`` this much is asked to be carried over.
        """
        if self.model.month < 9:
            return
        self.later(400)
        for which, share in enumerate(shares):
            self.carry(which, share, 1 - share)
        for request_id in list(self.model.held):
            undecided_ntd = self.model.undecided_ntd(request_id)
            if undecided_ntd and not self.model.shut:
                self.acts.release(request_id, undecided_ntd)
                self.model.keep(request_id, self.model.held[request_id] - undecided_ntd)
        if self.model.out:
            self.end(preview=True)
        for advance_id, out_ntd in list(self.model.out.items()):
            if not self.model.shut:
                self._pay_back(advance_id, out_ntd)
        self.post()
        while self.model.closed < 12:
            self.close()
        self.end(preview=False)

    # --- money

    def certify(self, share: float) -> None:
        if self.model.month == 13:
            return  # a request of the next year is another life
        amount_ntd = max(1, int(self.model.available_ntd * share))
        request_id, told = self.acts.certify(amount_ntd)
        self.happened["certify", told] += 1
        assert told in self.model.answer_to_request(amount_ntd), told
        if not told:
            self.model.held[request_id] = amount_ntd

    def claim(self, which: int, share: float, *, final: bool) -> None:
        request_id, held_ntd = self.model.open_request(which)
        if request_id is None or self.model.month == 13:
            return
        amount_ntd = max(1, int(held_ntd * share))
        told = self._try(lambda: self.acts.claim(request_id, amount_ntd, final=final))
        assert told == self.model.answer_to_claim(amount_ntd, held_ntd=held_ntd), told
        if not told:
            self.model.spent_ntd += amount_ntd
            self.model.pending.add(self.model.month)
            self.model.keep(request_id, 0 if final else held_ntd - amount_ntd)

    def advance(self, which: int, share: float) -> None:
        request_id, held_ntd = self.model.open_request(which)
        if request_id is None or self.model.month == 13:
            return
        amount_ntd = max(1, int(held_ntd * share))
        granted: list[Advance] = []
        told = self._try(lambda: granted.append(self.acts.advance(request_id, amount_ntd)))
        assert told == self.model.answer_to_claim(amount_ntd, held_ntd=held_ntd), told
        for one in granted:
            self.advances[one.advance_id] = one
            self.model.out[one.advance_id] = amount_ntd
            self.model.pending.add(self.model.month)
            self.model.keep(request_id, held_ntd - amount_ntd)

    def settle(self, which: int, share: float) -> None:
        """What an advance was spent on: a part of it, or more, which is paid like any claim."""
        advance_id, out_ntd = self._open_advance(which)
        if advance_id is None:
            return
        request_id = self.advances[advance_id].request_id
        held_ntd = self.model.held.get(request_id, 0)
        amount_ntd = max(1, int(out_ntd * share))
        due_ntd = max(0, amount_ntd - out_ntd)
        told = self._try(
            lambda: self.acts.settle(self.advances[advance_id], amount_ntd, due_ntd=due_ntd)
        )
        assert told == self.model.answer_to_settlement(
            amount_ntd, out_ntd=out_ntd, held_ntd=held_ntd
        ), told
        if told:
            return
        self.model.answer_for(advance_id, amount_ntd - due_ntd)
        self.model.spent_ntd += amount_ntd
        self.model.pending.add(self.model.month)
        if due_ntd:
            self.model.keep(request_id, held_ntd - due_ntd)

    def pay_back(self, which: int, share: float) -> None:
        """What of an advance was not spent; the budget has it again."""
        advance_id, out_ntd = self._open_advance(which)
        if advance_id is not None:
            self._pay_back(advance_id, max(1, int(out_ntd * share)))

    def _pay_back(self, advance_id: uuid.UUID, amount_ntd: int) -> None:
        expected = self.model.answer_to_return(amount_ntd, out_ntd=self.model.out[advance_id])
        told = refused(lambda: self.acts.pay_back(self.advances[advance_id], amount_ntd))
        self.happened["pay_back", told] += 1
        assert told == expected, told
        if not told:
            self.model.answer_for(advance_id, amount_ntd)
            self.model.pending.add(self.model.month)

    def _open_advance(self, which: int) -> tuple[uuid.UUID | None, int]:
        out = list(self.model.out.items())
        return out[which % len(out)] if out else (None, 0)

    def release(self, which: int, share: float) -> None:
        request_id, held_ntd = self.model.open_request(which)
        if request_id is None:
            return
        amount_ntd = max(1, int(held_ntd * share))
        told = self._try(lambda: self.acts.release(request_id, amount_ntd))
        assert told == self.model.answer_to_release(amount_ntd, held_ntd=held_ntd), told
        if not told:
            self.model.keep(request_id, held_ntd - amount_ntd)

    def carry(self, which: int, share: float, due_share: float) -> None:
        """Divide what a request holds: carried over, of the rest due, the last given back."""
        request_id, held_ntd = self.model.open_request(which)
        if request_id is None:
            return
        carry_ntd = int(held_ntd * share)
        due_ntd = int((held_ntd - carry_ntd) * due_share)
        parts = Split(
            line_no=1,
            carry_ntd=carry_ntd,
            payable_ntd=due_ntd,
            release_ntd=held_ntd - carry_ntd - due_ntd,
        )
        told = self._try(lambda: self.acts.carry(request_id, parts))
        assert told == self.model.answer_to_carry(request_id, due_ntd), told
        if told:
            return
        self.model.spent_ntd += due_ntd
        self.model.due_ntd += due_ntd
        self.model.carried[request_id] = carry_ntd
        self.model.keep(request_id, carry_ntd)
        if due_ntd:
            self.model.pending.add(self.model.month)

    def crash(self, which: int) -> None:
        """Whatever a transaction did before it dies is gone; the model does not change."""
        request_id, held_ntd = self.model.open_request(which)
        if request_id is None or self.model.shut:
            return
        try:
            self.acts.release(request_id, held_ntd, dies=True)
        except Crash:
            self.happened["crash", ""] += 1
            return
        raise AssertionError("the transaction did not die")

    # --- vouchers

    def post(self) -> None:
        self.acts.post_drafts()
        self.model.pending.clear()

    def key(self, amount_ntd: int) -> None:
        """A voucher keyed by hand, of today."""
        told = refused(lambda: self.free.extend(self.acts.key(amount_ntd)))
        assert told == ("E-PERIOD-CLOSED" if self.model.month <= self.model.closed else "")
        if told:
            self.acts.withdraw()

    def reverse(self) -> None:
        if self.free and self.model.month > self.model.closed:
            self.acts.reverse(self.free.pop())

    # --- months

    def close(self) -> None:
        period = self.model.closed + 1
        told = self._try(lambda: self.acts.month(close_period, period))
        assert told in self.model.answer_to_close(period), told
        if not told:
            self.model.closed = period
            self.model.stopped.discard(period)

    def close_too_far(self, ahead: int) -> None:
        period = self.model.closed + ahead
        told = self._try(lambda: self.acts.month(close_period, period))
        assert told == self.model.answer_to_close_too_far(period), told

    def reopen(self, which: int = 13) -> None:
        """Open the last closed month again; of an ended year no month is, ``which`` neither."""
        if not self.model.closed:
            return
        month = which if self.model.ended else self.model.closed
        told = self._try(lambda: self.acts.month(reopen_period, month, reason="補登"))
        assert told == ("E-YEAR-STATE" if self.model.ended else ""), told
        if not told:
            self.model.closed -= 1

    def stop(self) -> None:
        month = self.model.month
        told = self._try(lambda: self.acts.month(stop_intake, month))
        expected = self.model.shut
        assert told == ("E-PERIOD-STATE" if expected else "")
        self.model.stopped |= set() if expected else {month}

    def resume(self) -> None:
        month = self.model.month
        told = self._try(lambda: self.acts.month(resume_intake, month, reason="漏送"))
        assert told == ("" if month in self.model.stopped else "E-PERIOD-STATE")
        self.model.stopped.discard(month)

    # --- the year's end

    def end(self, *, preview: bool) -> None:
        before = self.acts.balances()
        told = self._try(lambda: self.acts.year(close_year, preview=preview))
        expected = self.model.answer_to_end()
        assert told == expected, (told, expected)
        if told or preview:
            assert self.acts.balances() == before
            return
        self.happened["end", "kept"] += 1
        self.model.ended, self.model.closed = True, 13
        self.model.stopped.discard(13)
        self.ended_books = self.acts.balances()
        self.the_opening_is_what_is_left()
        self.the_next_year_holds_what_goes_on()

    def end_again(self) -> None:
        """Taken back and ended again at once, the books are equal."""
        if not self.model.ended:
            return
        self.happened["end_again", ""] += 1
        self.acts.reopen_year()
        self.acts.year(close_year)
        assert self.acts.balances() == self.ended_books

    def take_back(self) -> None:
        if self.model.ended:
            self.happened["take_back", ""] += 1
            self.acts.reopen_year()
            self.model.ended, self.model.closed = False, 12

    def go_on(self, which: int, share: float, *, released: bool) -> None:
        """In the next year, claim or release what this one carried over or owes."""
        found = [one for one in self.acts.goes_on() if one.held_ntd]
        if not found:
            return
        one = found[which % len(found)]
        amount_ntd = max(1, int(one.held_ntd * share))
        if released:
            told = self._try(lambda: self.acts.release(one.request_id, amount_ntd))
            over = "E-OVER-RELEASE"
        else:
            told = self._try(lambda: self.acts.claim(one.request_id, amount_ntd, final=False))
            over = "E-OVER-HOLD"
        assert told == (over if amount_ntd > one.held_ntd else ""), told
        if not told:
            self.model.moved_ntd += amount_ntd
        self.the_next_year_holds_what_goes_on()

    def stays_ended(self) -> None:
        """Its money moved in the next year: it is not opened again, and nothing of it is undone."""
        if not self.model.moved_ntd:
            return
        told = self._try(self.acts.reopen_year)
        assert told == "E-YEAR-FORWARD", told
        self.the_next_year_holds_what_goes_on()

    # --- what must be so

    def the_next_year_holds_what_goes_on(self) -> None:
        """What was decided, once; less what was claimed, paid and released of it."""
        found = self.acts.forward()
        assert found.brought_ntd == self.model.carried_over_ntd + self.model.due_ntd
        assert found.left_ntd == found.brought_ntd - self.model.moved_ntd

    def counters_are_the_models(self) -> None:
        found = self.acts.counters()
        assert found.encumbered_ntd == sum(self.model.held.values())
        assert found.advanced_ntd == sum(self.model.out.values())
        assert found.expended_ntd == self.model.spent_ntd
        sums = self.acts.net()
        assert sums.debit_ntd == sums.credit_ntd

    def the_opening_is_what_is_left(self) -> None:
        """Account by account; beside that only what is carried over, on both of its sides."""
        left, begun = (
            {row.account_code: row.net_ntd for row in self.ended_books if row.fiscal_year == year}
            for year in (self.model.year, self.model.year + 1)
        )
        more = {
            code: ntd for code in {*left, *begun} if (ntd := begun.get(code, 0) - left.get(code, 0))
        }
        carried_ntd = self.model.carried_over_ntd
        assert sorted(more.values()) == ([-carried_ntd, carried_ntd] if carried_ntd else [])

    # --- how

    def _try(self, act: Callable[[], object]) -> str:
        """Return the code of the refusal (empty: done), and count it with the step's name."""
        told = refused(act)
        self.happened[inspect.stack()[1].function, told] += 1
        return told

"""The whole life of an agency's year against a model written apart, in any order.

Certify, claim, release, post, reverse, stop, close, reopen, end the year, take it back, crash. The
model knows sums, months and who may; after each step the counters are compared with it, and at the
end of a life everything that the product proves by itself is proved.
"""

from __future__ import annotations

import datetime as dt
import inspect
import itertools
import random
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.plugins.accounting.given import Government, Office, follow, insert_line, insert_row
from tests.plugins.accounting.given_claims import SELLER, Claims
from tests.plugins.accounting.test_vouchers import Desk, entry, wanted
from zhuji_accounting.domain.claims.claim import DocumentKind, SourceDocument
from zhuji_accounting.queries.ledger_verification import verify_ledger
from zhuji_accounting.queries.report_sets import verify_sets
from zhuji_accounting.queries.verification import verify_certifications
from zhuji_accounting.usecases.certify_requests import certify_requests
from zhuji_accounting.usecases.close_period import close_period
from zhuji_accounting.usecases.close_year import close_year
from zhuji_accounting.usecases.release_encumbrance import release_encumbrance
from zhuji_accounting.usecases.reopen_period import reopen_period
from zhuji_accounting.usecases.reopen_year import reopen_year
from zhuji_accounting.usecases.resume_intake import resume_intake
from zhuji_accounting.usecases.reverse_voucher import reverse_voucher
from zhuji_accounting.usecases.stop_intake import stop_intake
from zhuji_budget.queries.verification import verify_budget
from zhuji_budget.usecases.allot_equally import allot_equally
from zhuji_budget.usecases.enact_year import enact_year
from zhuji_core.ids import new_id
from zhuji_core.testing.counties import CountyUnderTest
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import DomainError

# Every third year is lived: a year's end opens the next one, which must not be lived before.
YEARS = itertools.count(108, 3)
NET = """
    SELECT COALESCE(sum(debit_ntd), 0)::bigint AS debit_ntd,
           COALESCE(sum(credit_ntd), 0)::bigint AS credit_ntd
      FROM accounting.ledger_entry WHERE fiscal_year = :year
"""
COUNTERS = """
    SELECT encumbered_ntd, expended_ntd FROM budget.control_row WHERE control_row_id = :row
"""
WAITING = """
    SELECT voucher_id FROM accounting.voucher
     WHERE fiscal_year = :year AND state = 'draft' ORDER BY voucher_id
"""
BALANCES = """
    SELECT fiscal_year, account_code, sum(debit_ntd - credit_ntd)::bigint AS net_ntd
      FROM accounting.account_balance WHERE fiscal_year IN (:year, :year + 1)
     GROUP BY 1, 2 HAVING sum(debit_ntd - credit_ntd) <> 0 ORDER BY 1, 2
"""


class Crash(Exception):
    """The process dies before the commit."""


@dataclass(kw_only=True)
class Model:
    """What must be so. ``held``: request → NT dollars; ``stopped`` and ``closed``: months."""

    year: int
    today: dt.date
    budget_ntd: int
    annual: bool
    held: dict[uuid.UUID, int] = field(default_factory=dict)
    spent_ntd: int = 0
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
        return limit_ntd - sum(self.held.values()) - self.spent_ntd

    @property
    def intake(self) -> str:
        """Return why requests and claims are refused now."""
        if self.month == 13:
            return "E-REQUEST-YEAR"
        return "E-PERIOD-CLOSED" if self.shut else ""

    @property
    def shut(self) -> bool:
        """Tell whether today's month takes no requests, claims and releases."""
        return self.month <= self.closed or self.month in self.stopped


class Life:
    """One agency's year, lived by verbs that are drawn by their weights; ``happened`` counts them.

    A step that is drawn does what it can do then, and says whether that was what had to happen.
    """

    def __init__(
        self,
        county: CountyUnderTest,
        government: Government,
        *,
        seed: int,
        happened: Counter[tuple[str, str]],
    ) -> None:
        self.county, self.government, self.happened = county, government, happened
        self.draw = random.Random(seed)  # noqa: S311 (no secret: a life that can be lived again)
        year = next(YEARS)
        county.business_date = dt.date(year + 1911, 1, 4)
        self.office = given_year(county, government, year)
        self.desk, self.claims = Desk(self.office), Claims(self.office)
        self.model = Model(
            year=year,
            today=county.business_date,
            budget_ntd=government.rows[1].budget_ntd,
            annual=government.commit_basis == "annual",
        )
        self.free: list[uuid.UUID] = []
        self.ended_books: list[Any] = []
        follow(county)

    def live(self, steps: int) -> None:
        """Take so many steps, and after each compare the counters with the model's."""
        verbs, weights = zip(*self.verbs().items(), strict=True)
        for _ in range(steps):
            (verb,) = self.draw.choices(verbs, weights)
            verb()
            self.counters_are_the_models()
        self.finish()

    def finish(self) -> None:
        """Every life ends: previewed, ended, and taken back and ended once more."""
        self.later(400)
        self.resume()
        if self.model.closed == 13 and not self.model.ended:
            self.reopen()
        self.to_the_end()
        self.take_back()
        self.end(preview=True)
        self.end(preview=False)
        self.end_again()
        assert self.model.ended
        self.counters_are_the_models()

    def verbs(self) -> Mapping[Callable[[], None], int]:
        """Return the verbs and how often they are drawn."""
        draw = self.draw
        return {
            lambda: self.later(draw.randint(5, 45)): 6,
            lambda: self.certify(draw.uniform(0.01, 1.05)): 8,
            lambda: self.claim(
                draw.randint(0, 9), draw.uniform(0.05, 1.1), final=draw.random() < 0.3
            ): 6,
            lambda: self.release(draw.randint(0, 9), draw.uniform(0.05, 1.1)): 2,
            lambda: self.crash(draw.randint(0, 9)): 1,
            self.post: 4,
            lambda: self.key(draw.randint(1, 10**6)): 2,
            self.reverse: 1,
            self.close: 6,
            lambda: self.close_too_far(draw.randint(2, 3)): 2,
            self.reopen: 1,
            self.stop: 1,
            self.resume: 2,
            self.to_the_end: 2,
            lambda: self.end(preview=draw.random() < 0.4): 3,
            self.end_again: 1,
            self.take_back: 1,
        }

    # --- time

    def later(self, days: int) -> None:
        last = dt.date(self.model.year + 1912, 2, 20)
        self.model.today = min(self.model.today + dt.timedelta(days=days), last)
        self.county.business_date = self.model.today

    def to_the_end(self) -> None:
        """The year is over: everything is given back, posted and closed, so that it may end."""
        if self.model.month < 9:
            return
        self.later(400)
        for request_id in list(self.model.held):
            if not self.model.shut:
                self._release(request_id, self.model.held.pop(request_id))
        self.post()
        while self.model.closed < 12:
            self.close()
        self.end(preview=False)

    # --- money

    def certify(self, share: float) -> None:
        if self.model.month == 13:
            return  # a request of the next year is another life
        amount_ntd = max(1, int(self.model.available_ntd * share))
        request = self.office.approved(amount_ntd)
        with self.county.uow(self.office.reviewer) as uow:
            (outcome,) = certify_requests(uow, request_ids=[request.request_id])
        told = outcome.refusal.code if outcome.refusal else ""
        self.happened["certify", told] += 1
        if self.model.intake:
            assert told == self.model.intake
        elif amount_ntd > self.model.available_ntd:
            assert told in {"E-ALLOT-INSUFFICIENT", "E-ANNUAL-INSUFFICIENT"}
        else:
            assert told == ""
            self.model.held[request.request_id] = amount_ntd

    def claim(self, which: int, share: float, *, final: bool) -> None:
        request_id, held_ntd = self._held(which)
        if request_id is None or self.model.month == 13:
            return
        amount_ntd = max(1, int(held_ntd * share))
        told = self._try(lambda: self._claimed(request_id, amount_ntd, final=final))
        if amount_ntd > held_ntd:
            assert told == (self.model.intake or "E-OVER-HOLD"), told
        elif self.model.intake:
            assert told == self.model.intake
        elif self.model.spent_ntd + amount_ntd > self.model.allotted_ntd:
            assert told == "E-PAYABLE-INSUFFICIENT"
        else:
            assert told == ""
            self.model.spent_ntd += amount_ntd
            self.model.pending.add(self.model.month)
            self._keep(request_id, 0 if final else held_ntd - amount_ntd)

    def release(self, which: int, share: float) -> None:
        request_id, held_ntd = self._held(which)
        if request_id is None:
            return
        amount_ntd = max(1, int(held_ntd * share))
        told = self._try(lambda: self._release(request_id, amount_ntd))
        if self.model.shut:
            assert told == "E-PERIOD-CLOSED"
        elif amount_ntd > held_ntd:
            assert told == "E-OVER-RELEASE"
        else:
            assert told == ""
            self._keep(request_id, held_ntd - amount_ntd)

    def crash(self, which: int) -> None:
        """Whatever a transaction did before it dies is gone; the model does not change."""
        request_id, held_ntd = self._held(which)
        if request_id is None or self.model.shut:
            return
        try:
            self._release(request_id, held_ntd, dies=True)
        except Crash:
            self.happened["crash", ""] += 1
            return
        raise AssertionError("the transaction did not die")

    # --- vouchers

    def post(self) -> None:
        ids = [row.voucher_id for row in self.county.rows(WAITING, year=self.model.year)]
        for step in (self.desk.prepare, self.desk.review, self.desk.approve, self.desk.post):
            if ids:
                step(*ids)
        self.model.pending.clear()

    def key(self, amount_ntd: int) -> None:
        """A voucher keyed by hand, of today."""
        bank, withheld = ("110103", "210302") if self.model.year > 106 else ("1203", "2204")
        voucher = wanted(
            entry(bank, amount_ntd),
            entry(withheld, 0, amount_ntd),
            posting_date=self.model.today,
            fiscal_year=self.model.year,
        )
        told = refused(
            lambda: self.free.extend(one.voucher_id for one in self.desk.posted(voucher))
        )
        assert told == ("E-PERIOD-CLOSED" if self.model.month <= self.model.closed else "")
        if told:
            self._withdraw()

    def reverse(self) -> None:
        if not self.free or self.model.month <= self.model.closed:
            return
        with self.county.uow(self.desk.preparer) as uow:
            made = reverse_voucher(uow, voucher_id=self.free.pop(), reason="金額有誤")
        self.desk.review(made.voucher_id)
        self.desk.approve(made.voucher_id)
        self.desk.post(made.voucher_id)

    # --- months and years

    def close(self) -> None:
        period = self.model.closed + 1
        told = self._try(lambda: self._month(close_period, period))
        if self.model.ended or period > 13:
            assert told in {"E-PERIOD-STATE", "E-PERIOD-INVALID"}
        elif not self._begun(period):
            assert told == "E-PERIOD-FUTURE"
        elif period in self.model.pending:
            assert told == "E-VOUCHERS-PENDING"
        else:
            assert told == ""
            self.model.closed = period
            self.model.stopped.discard(period)

    def close_too_far(self, ahead: int) -> None:
        period = self.model.closed + ahead
        told = self._try(lambda: self._month(close_period, period))
        if period > 13:
            assert told == "E-PERIOD-INVALID"
        elif not self._begun(period):
            assert told == "E-PERIOD-FUTURE"
        else:
            assert told == "E-PERIOD-ORDER"

    def reopen(self) -> None:
        if self.model.ended or not self.model.closed:
            return
        self._month(reopen_period, self.model.closed, reason="補登")
        self.model.closed -= 1

    def stop(self) -> None:
        month = self.model.month
        told = self._try(lambda: self._month(stop_intake, month))
        expected = month <= self.model.closed or month in self.model.stopped
        assert told == ("E-PERIOD-STATE" if expected else "")
        self.model.stopped |= set() if expected else {month}

    def resume(self) -> None:
        month = self.model.month
        told = self._try(lambda: self._month(resume_intake, month, reason="漏送"))
        assert told == ("" if month in self.model.stopped else "E-PERIOD-STATE")
        self.model.stopped.discard(month)

    def end(self, *, preview: bool) -> None:
        before = self.county.rows(BALANCES, year=self.model.year)
        told = self._try(lambda: self._year(close_year, preview=preview))
        expected = self._end_refused()
        assert told == expected, (told, expected)
        if told or preview:
            assert self.county.rows(BALANCES, year=self.model.year) == before
            return
        self.happened["end", "kept"] += 1
        self.model.ended, self.model.closed = True, 13
        self.model.stopped.discard(13)
        self.ended_books = self.county.rows(BALANCES, year=self.model.year)
        assert self._by_year(self.model.year) == self._by_year(self.model.year + 1)

    def end_again(self) -> None:
        """Taken back and ended again at once, the books are equal."""
        if not self.model.ended:
            return
        self.happened["end_again", ""] += 1
        self._reopen_year()
        self._year(close_year)
        assert self.county.rows(BALANCES, year=self.model.year) == self.ended_books

    def take_back(self) -> None:
        if self.model.ended:
            self.happened["take_back", ""] += 1
            self._reopen_year()
            self.model.ended, self.model.closed = False, 12

    # --- always

    def counters_are_the_models(self) -> None:
        (found,) = self.county.rows(COUNTERS, row=self.office.supplies)
        assert found.encumbered_ntd == sum(self.model.held.values())
        assert found.expended_ntd == self.model.spent_ntd
        (sums,) = self.county.rows(NET, year=self.model.year)
        assert sums.debit_ntd == sums.credit_ntd

    # --- how

    def _try(self, act: Callable[[], object]) -> str:
        """Return the code of the refusal (empty: done), and count it with the rule's name."""
        told = refused(act)
        self.happened[inspect.stack()[1].function, told] += 1
        return told

    def _held(self, which: int) -> tuple[uuid.UUID | None, int]:
        open_ones = sorted(self.model.held.items())
        return open_ones[which % len(open_ones)] if open_ones else (None, 0)

    def _keep(self, request_id: uuid.UUID, held_ntd: int) -> None:
        if held_ntd:
            self.model.held[request_id] = held_ntd
        else:
            del self.model.held[request_id]

    def _claimed(self, request_id: uuid.UUID, amount_ntd: int, *, final: bool) -> None:
        document = SourceDocument(
            kind=DocumentKind.INVOICE,
            number=f"AB-{uuid.uuid4().int % 10**8:08}",
            dated_on=self.model.today,
            tax_id=SELLER,
            amount_ntd=amount_ntd,
        )
        self.claims.granted((request_id, amount_ntd), documents=(document,), final=final)

    def _release(self, request_id: uuid.UUID, amount_ntd: int, *, dies: bool = False) -> None:
        with self.county.uow(self.office.reviewer) as uow:
            release_encumbrance(
                uow, request_id=request_id, amounts_ntd={1: amount_ntd}, reason="標餘"
            )
            if dies:
                raise Crash

    def _withdraw(self) -> None:
        """What could not be posted is struck out by the administrator, who alone could."""
        self.county.execute(
            "UPDATE accounting.voucher SET state = 'withdrawn'"
            " WHERE fiscal_year = :year AND state = 'approved'",
            year=self.model.year,
        )

    def _month(self, verb: Callable[..., object], period: int, **more: str) -> None:
        with self.county.uow(self.office.reviewer) as uow:
            verb(
                uow,
                fiscal_year=self.model.year,
                period=period,
                agency_code=self.government.agency_code,
                **more,
            )

    def _year(self, verb: Callable[..., object], **more: object) -> None:
        with self.county.uow(self.office.reviewer) as uow:
            verb(uow, fiscal_year=self.model.year, agency_code=self.government.agency_code, **more)

    def _reopen_year(self) -> None:
        self._year(reopen_year, reason="補登")

    def _begun(self, period: int) -> bool:
        return self.model.month == 13 or period <= self.model.month

    def _end_refused(self) -> str:
        model = self.model
        if model.month != 13:
            return "E-PERIOD-FUTURE"
        if model.ended:
            return "E-YEAR-STATE"
        if model.held:
            return "E-YEAR-COMMITMENTS"
        if model.closed < 12:
            return "E-PERIOD-ORDER"
        return ""

    def _by_year(self, year: int) -> list[tuple[str, int]]:
        return [
            (row.account_code, row.net_ntd) for row in self.ended_books if row.fiscal_year == year
        ]


def refused(act: Callable[[], object]) -> str:
    """Return the code of the refusal; empty when it was done."""
    try:
        act()
    except DomainError as refusal:
        return refusal.code
    return ""


def prove(county: CountyUnderTest) -> None:
    """Ask everything that the product proves by itself."""
    with county.uow(read_only=True) as uow:
        assert list(complaints(uow)) == []


def complaints(uow: UnitOfWork) -> Iterator[str]:
    certified = verify_certifications(uow)
    yield from certified.errors
    yield from verify_ledger(uow).errors
    yield from verify_sets(uow).errors
    yield from (str(error) for error in verify_budget(uow).errors)


def given_year(county: CountyUnderTest, government: Government, year: int) -> Office:
    """Give the county a budget of this year, enacted and allotted."""
    county.settings["budget"] = {"commit_basis": government.commit_basis}
    county.execute(
        "INSERT INTO budget.fiscal_year (fiscal_year, document_id) VALUES (:year, :id)",
        year=year,
        id=new_id(),
    )
    line_id = new_id()
    insert_line(county, government, line_id, year)
    rows = {
        row.object_code: insert_row(county, government, line_id, row, year)
        for row in government.rows
    }
    with county.uow() as uow:
        enact_year(uow, fiscal_year=year, act_no="府授主一字第 1 號")
    with county.uow() as uow:
        allot_equally(uow, fiscal_year=year)
    return Office(county=county, government=government, rows=rows)

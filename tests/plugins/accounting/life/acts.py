"""What is done to the product in a life, by its use cases, and what is read of it afterwards."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

from tests.plugins.accounting.given import (
    Government,
    Office,
    insert_line,
    insert_objects,
    insert_row,
    say_loaded,
)
from tests.plugins.accounting.given_advances import Advances
from tests.plugins.accounting.given_carries import Carries
from tests.plugins.accounting.given_claims import SELLER, Claims
from tests.plugins.accounting.given_recoveries import pay_back
from tests.plugins.accounting.given_vouchers import Desk, entry, wanted
from tests.plugins.budget.given_equal import given_equal
from zhuji_accounting.domain.advances.advance import Advance
from zhuji_accounting.domain.carries.rules import Split
from zhuji_accounting.domain.claims.claim import DocumentKind, Payee, SourceDocument
from zhuji_accounting.domain.request import SpendingRequest
from zhuji_accounting.queries.brought import continued_of
from zhuji_accounting.usecases.certify_requests import certify_requests
from zhuji_accounting.usecases.release_encumbrance import release_encumbrance
from zhuji_accounting.usecases.reopen_year import reopen_year
from zhuji_accounting.usecases.reverse_voucher import reverse_voucher
from zhuji_accounting.usecases.withdraw_carry import withdraw_carry
from zhuji_budget.usecases.enact_year import enact_year
from zhuji_core.ids import new_id
from zhuji_core.testing.counties import CountyUnderTest
from zhuji_core.values import DomainError

NET = """
    SELECT COALESCE(sum(debit_ntd), 0)::bigint AS debit_ntd,
           COALESCE(sum(credit_ntd), 0)::bigint AS credit_ntd
      FROM accounting.ledger_entry WHERE fiscal_year = :year
"""
COUNTERS = """
    SELECT encumbered_ntd, advanced_ntd, expended_ntd
      FROM budget.control_row WHERE control_row_id = :row
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
# What the year brought into the next one, and what is left of it there.
FORWARD = """
    SELECT COALESCE(sum(carried_ntd + owed_ntd), 0)::bigint AS brought_ntd,
           COALESCE(sum(encumbered_ntd + payable_ntd), 0)::bigint AS left_ntd
      FROM budget.carried_row WHERE fiscal_year = :year + 1
"""
# Every third year is lived: a year's end opens the next one, which must not be lived before.
APART = 3


class Crash(Exception):
    """The process dies before the commit."""


class Acts:
    """The people of one agency in one fiscal year, who do as they are told, or are refused."""

    def __init__(self, county: CountyUnderTest, government: Government, year: int) -> None:
        self.county, self.government, self.fiscal_year = county, government, year
        self.office = given_year(county, government, year)
        self.desk, self.claims = Desk(self.office), Claims(self.office)
        self.carries, self.advances = Carries(self.office), Advances(self.office)

    # --- money

    def certify(self, amount_ntd: int) -> tuple[uuid.UUID, str]:
        """Return the request, and the code of the refusal."""
        request = self.office.approved(amount_ntd)
        with self.county.uow(self.office.reviewer) as uow:
            (outcome,) = certify_requests(uow, request_ids=[request.request_id])
        return request.request_id, outcome.refusal.code if outcome.refusal else ""

    def claim(self, request_id: uuid.UUID, amount_ntd: int, *, final: bool) -> None:
        evidence = (self._evidence(amount_ntd),)
        self.claims.granted((request_id, amount_ntd), documents=evidence, final=final)

    def _evidence(self, amount_ntd: int) -> SourceDocument:
        return SourceDocument(
            kind=DocumentKind.INVOICE,
            number=f"AB-{uuid.uuid4().int % 10**8:08}",
            dated_on=self.county.business_date,
            tax_id=SELLER,
            amount_ntd=amount_ntd,
        )

    def advance(self, request_id: uuid.UUID, amount_ntd: int) -> Advance:
        """To be settled by the year's last day; the receiver says why others are still out."""
        return self.advances.granted(
            request_id,
            amount_ntd,
            settle_by=dt.date(self.fiscal_year + 1911, 12, 31),
            open_reason="另案",
        )

    def settle(self, advance: Advance, amount_ntd: int, *, due_ntd: int) -> None:
        """Claim what was spent; ``due_ntd`` of it beyond the advance, and paid."""
        self.claims.granted(
            (advance.request_id, amount_ntd),
            advance_id=advance.advance_id,
            documents=(self._evidence(amount_ntd),),
            payees=(Payee(name="甲商行", amount_ntd=due_ntd),) if due_ntd else (),
        )

    def pay_back(self, advance: Advance, amount_ntd: int) -> None:
        pay_back(self.advances, advance, amount_ntd, deposited_on=self.county.business_date)

    def release(self, request_id: uuid.UUID, amount_ntd: int, *, dies: bool = False) -> None:
        with self.county.uow(self.office.reviewer) as uow:
            release_encumbrance(
                uow, request_id=request_id, amounts_ntd={1: amount_ntd}, reason="標餘"
            )
            if dies:
                raise Crash

    def carry(self, request_id: uuid.UUID, split: Split) -> None:
        """Ask, review and decide; what is refused at last is withdrawn by who asked."""
        asked = self.carries.reviewed(request_id, split)
        try:
            self.carries.decide(asked)
        except DomainError:
            self.carries.act(self.office.writer, withdraw_carry, carry_id=asked.carry_id)
            raise

    # --- vouchers

    def post_drafts(self) -> None:
        ids = [row.voucher_id for row in self.county.rows(WAITING, year=self.fiscal_year)]
        for step in (self.desk.prepare, self.desk.review, self.desk.approve, self.desk.post):
            if ids:
                step(*ids)

    def key(self, amount_ntd: int) -> list[uuid.UUID]:
        """Key a voucher by hand, of today, and post it."""
        bank, withheld = ("110103", "210302") if self.fiscal_year > 106 else ("1203", "2204")
        voucher = wanted(
            entry(bank, amount_ntd),
            entry(withheld, 0, amount_ntd),
            posting_date=self.county.business_date,
            fiscal_year=self.fiscal_year,
        )
        return [one.voucher_id for one in self.desk.posted(voucher)]

    def reverse(self, voucher_id: uuid.UUID) -> None:
        with self.county.uow(self.desk.preparer) as uow:
            made = reverse_voucher(uow, voucher_id=voucher_id, reason="金額有誤")
        self.desk.review(made.voucher_id)
        self.desk.approve(made.voucher_id)
        self.desk.post(made.voucher_id)

    def withdraw(self) -> None:
        """What could not be posted is struck out by the administrator, who alone could."""
        self.county.execute(
            "UPDATE accounting.voucher SET state = 'withdrawn'"
            " WHERE fiscal_year = :year AND state = 'approved'",
            year=self.fiscal_year,
        )

    # --- months and years

    def month(self, verb: Callable[..., object], period: int, **more: str) -> None:
        self.year(verb, period=period, **more)

    def year(self, verb: Callable[..., object], **more: object) -> None:
        with self.county.uow(self.office.reviewer) as uow:
            verb(
                uow,
                fiscal_year=self.fiscal_year,
                agency_code=self.government.agency_code,
                **more,
            )

    def reopen_year(self) -> None:
        self.year(reopen_year, reason="補登")

    def goes_on(self) -> list[SpendingRequest]:
        """Return the requests of the next year that go on with this one's money."""
        with self.county.uow(read_only=True) as uow:
            return continued_of(
                uow,
                agency_code=self.government.agency_code,
                fiscal_year=self.fiscal_year + 1,
            )

    # --- what is so

    def forward(self) -> Any:
        (found,) = self.county.rows(FORWARD, year=self.fiscal_year)
        return found

    def counters(self) -> Any:
        (found,) = self.county.rows(COUNTERS, row=self.office.supplies)
        return found

    def net(self) -> Any:
        (sums,) = self.county.rows(NET, year=self.fiscal_year)
        return sums

    def balances(self) -> list[Any]:
        """Of this year and the next."""
        return self.county.rows(BALANCES, year=self.fiscal_year)


def refused(act: Callable[[], object]) -> str:
    """Return the code of the refusal; empty when it was done."""
    try:
        act()
    except DomainError as refusal:
        return refusal.code
    return ""


def given_year(county: CountyUnderTest, government: Government, year: int) -> Office:
    """Give the county a budget of this year, enacted and allotted."""
    county.business_date = dt.date(year + 1911, 1, 4)
    county.settings["budget"] = {"commit_basis": government.commit_basis}
    county.execute(
        "INSERT INTO budget.fiscal_year (fiscal_year, document_id) VALUES (:year, :id)",
        year=year,
        id=new_id(),
    )
    # Until the next life's year: no table of the module has both governments' codes in any year.
    say_loaded(
        county,
        insert_objects(county, government, f"made-up {year}", first=year, last=year + APART - 1),
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
        given_equal(uow, fiscal_year=year)
    return Office(county=county, government=government, rows=rows)

"""The people of an office who make vouchers, and vouchers to make, saying only what matters."""

from __future__ import annotations

import datetime as dt
import uuid

from tests.plugins.accounting.given import Office
from zhuji_accounting.domain.ledger.voucher import Voucher, VoucherKind
from zhuji_accounting.queries.vouchers import find_voucher
from zhuji_accounting.usecases.approve_vouchers import approve_vouchers
from zhuji_accounting.usecases.post_vouchers import post_vouchers
from zhuji_accounting.usecases.prepare_vouchers import prepare_vouchers
from zhuji_accounting.usecases.review_vouchers import review_vouchers
from zhuji_accounting.usecases.write_voucher import WantedEntry, WantedVoucher, write_voucher
from zhuji_core.testing.counties import given_actor

# Of the chart of fiscal year 105.
WITHHELD, BANK, DEPOSIT = "2204", "1203", "2206"
MARCH_15 = dt.date(2016, 3, 15)
BOOKS = (
    "accounting.voucher",
    "accounting.voucher_line",
    "accounting.ledger_entry",
    "accounting.account_balance",
    "accounting.subsidiary_balance",
    "kernel.number_counter",
)


def entry(
    account: str, debit_ntd: int = 0, credit_ntd: int = 0, *, kind: str = "", key: str = ""
) -> WantedEntry:
    return WantedEntry(
        account_code=account,
        debit_ntd=debit_ntd,
        credit_ntd=credit_ntd,
        subsidiary_kind=kind,
        subsidiary_key=key,
    )


def wanted(*lines: WantedEntry, memo: str = "繳付代扣款", **more: object) -> WantedVoucher:
    given: dict[str, object] = {"kind": VoucherKind.DISBURSEMENT, "posting_date": MARCH_15, **more}
    return WantedVoucher(memo=memo, lines=lines, **given)  # type: ignore[arg-type]


def remittance(amount_ntd: int) -> WantedVoucher:
    return wanted(entry(WITHHELD, amount_ntd), entry(BANK, 0, amount_ntd))


class Desk:
    """The people of an office who make vouchers, each by a verb."""

    def __init__(self, office: Office) -> None:
        code = office.government.agency_code
        self.office = office
        self.preparer, self.reviewer, self.chief, self.bookkeeper = (
            given_actor(number, agency_code=code, name=name)
            for number, name in ((111, "製票丁"), (112, "覆核戊"), (113, "主辦己"), (114, "登帳庚"))
        )

    def write(self, voucher: WantedVoucher, voucher_id: uuid.UUID | None = None) -> Voucher:
        with self.office.county.uow(self.preparer) as uow:
            return write_voucher(uow, wanted=voucher, voucher_id=voucher_id)

    def prepare(self, *voucher_ids: uuid.UUID) -> list[Voucher]:
        with self.office.county.uow(self.preparer) as uow:
            return prepare_vouchers(uow, voucher_ids=voucher_ids)

    def review(self, *voucher_ids: uuid.UUID) -> list[Voucher]:
        with self.office.county.uow(self.reviewer) as uow:
            return review_vouchers(uow, voucher_ids=voucher_ids)

    def approve(self, *voucher_ids: uuid.UUID) -> list[Voucher]:
        with self.office.county.uow(self.chief) as uow:
            return approve_vouchers(uow, voucher_ids=voucher_ids)

    def post(self, *voucher_ids: uuid.UUID) -> list[Voucher]:
        with self.office.county.uow(self.bookkeeper) as uow:
            return post_vouchers(uow, voucher_ids=voucher_ids)

    def posted(self, *vouchers: WantedVoucher) -> list[Voucher]:
        ids = [self.write(voucher).voucher_id for voucher in vouchers]
        self.prepare(*ids)
        self.review(*ids)
        self.approve(*ids)
        return self.post(*ids)

    def through(self) -> None:
        """Take every draft there is into the books."""
        for row in self.office.county.rows(
            "SELECT voucher_id FROM accounting.voucher WHERE state = 'draft' ORDER BY voucher_id"
        ):
            for step in (self.prepare, self.review, self.approve, self.post):
                step(row.voucher_id)

    def read(self, voucher_id: uuid.UUID) -> Voucher:
        with self.office.county.uow(self.preparer, read_only=True) as uow:
            found = find_voucher(uow, voucher_id)
        assert found is not None
        return found

    def books(self) -> dict[str, list[str]]:
        return {
            table: sorted(
                row.kept
                for row in self.office.county.rows(f"SELECT t::text AS kept FROM {table} AS t")  # noqa: S608
            )
            for table in BOOKS
        }

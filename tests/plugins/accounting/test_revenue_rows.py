"""Vouchers name the row of revenue that they collect: the agency's own, in the budget's words."""

from __future__ import annotations

import uuid

import msgspec
import pytest

from tests.plugins.accounting.given import Office
from tests.plugins.accounting.given_vouchers import Desk, entry, wanted
from tests.plugins.accounting.test_follow_budget import FEES, enacted, hear
from zhuji_accounting.domain.ledger.refusals import VoucherRow
from zhuji_accounting.queries.charts import posting_of
from zhuji_accounting.queries.revenue_rows import revenue_rows
from zhuji_accounting.queries.vouchers import read_voucher
from zhuji_accounting.usecases.send_voucher import send_voucher
from zhuji_accounting.usecases.write_by_rule import WantedByRule, WantedPart, write_by_rule
from zhuji_accounting.web.voucher_form import (
    blank_voucher,
    filled_by_rule,
    typed_from,
    wanted_voucher,
)
from zhuji_core.testing.counties import BUSINESS_DATE

YEAR = 105
FEE_SOURCE = "04"


@pytest.fixture
def desk(any_office: Office) -> Desk:
    """Give a desk of an agency whose budget has a row of fees."""
    told = enacted(YEAR)
    fees = msgspec.structs.replace(told.revenue[0], object_code=FEE_SOURCE)
    own = any_office.government.agency_code
    hear(any_office, msgspec.structs.replace(told, agency_code=own, revenue=(fees,)))
    return Desk(any_office)


def banked(row: uuid.UUID) -> WantedByRule:
    return WantedByRule(
        event_code="revenue.banked",
        posting_date=BUSINESS_DATE,
        memo="證照費 公庫代收",
        lines=(WantedPart(amounts_ntd={"amount": 42_000}, revenue_row_id=row),),
    )


def test_the_row_gives_its_source_and_its_words(desk: Desk) -> None:
    with desk.office.county.uow(desk.preparer) as uow:
        made = write_by_rule(uow, wanted=banked(FEES))
    with desk.office.county.uow(desk.preparer, read_only=True) as uow:
        lines = read_voucher(uow, made.voucher_id).lines
    assert [(one.debit_ntd, one.credit_ntd) for one in lines] == [(42_000, 0), (0, 42_000)]
    of_revenue = [one for one in lines if one.revenue_row_id == FEES]
    assert of_revenue
    assert {one.row_label for one in of_revenue} == {"0401 證照費"}


@pytest.mark.parametrize("whose", ["nobody's", "another agency's"])
def test_a_row_that_is_not_the_agencys_is_refused(desk: Desk, whose: str) -> None:
    row = uuid.UUID(int=77)
    if whose == "another agency's":
        row = FEES
        desk.office.county.execute(
            "UPDATE accounting.budget_item SET agency_code = 'Z9' WHERE row_id = :row", row=row
        )
    before = len(desk.office.county.rows("SELECT FROM accounting.voucher"))
    with pytest.raises(VoucherRow), desk.office.county.uow(desk.preparer) as uow:
        write_by_rule(uow, wanted=banked(row))
    keyed = wanted(entry("2204", 5), entry("1203", 0, 5))
    first = msgspec.structs.replace(keyed.lines[0], revenue_row_id=row)
    with pytest.raises(VoucherRow):
        desk.write(msgspec.structs.replace(keyed, lines=(first, *keyed.lines[1:])))
    assert len(desk.office.county.rows("SELECT FROM accounting.voucher")) == before


def test_a_form_is_filled_by_the_row_of_revenue_and_reads_it_again(desk: Desk) -> None:
    code = desk.office.government.agency_code
    with desk.office.county.uow(desk.preparer) as uow:
        row = revenue_rows(uow, [FEES])[FEES]
        blank = blank_voucher(uow)
        head = {**blank.head, "event_code": "revenue.banked", "amount": "42000"}
        posting = posting_of(uow, fiscal_year=YEAR, on_date=BUSINESS_DATE)
        filled = filled_by_rule(msgspec.structs.replace(blank, head=head), posting, row)
        saved = send_voucher(uow, wanted=wanted_voucher(uow, filled, agency_code=code))
        by_rule = write_by_rule(uow, wanted=banked(FEES))
    entered = [
        [(one.account_code, one.revenue_row_id, one.debit_ntd) for one in voucher.lines]
        for voucher in (saved, by_rule)
    ]
    assert entered[0] == entered[1]
    shown = typed_from(saved)
    typed = {**shown.lines[0], "control_row_id": "", "control_row": "證照"}
    lines = (typed, *shown.lines[1:])
    with desk.office.county.uow(desk.preparer, read_only=True) as uow:
        again = wanted_voucher(uow, shown, agency_code=code)
        meant = wanted_voucher(uow, msgspec.structs.replace(shown, lines=lines), agency_code=code)
    for read in (again, meant):
        assert [one.revenue_row_id for one in read.lines] == [
            one.revenue_row_id for one in saved.lines
        ]
        assert read.lines[0].revenue_row_id == FEES

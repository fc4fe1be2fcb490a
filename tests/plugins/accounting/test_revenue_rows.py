"""Vouchers name the row of revenue that they collect: the agency's own, in the budget's words."""

from __future__ import annotations

import uuid

import msgspec
import pytest

from tests.plugins.accounting.given import Office
from tests.plugins.accounting.test_follow_budget import FEES, enacted, hear
from tests.plugins.accounting.test_vouchers import Desk, entry, wanted
from zhuji_accounting.domain.ledger.refusals import VoucherRow
from zhuji_accounting.queries.vouchers import read_voucher
from zhuji_accounting.usecases.write_by_rule import WantedByRule, WantedPart, write_by_rule
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

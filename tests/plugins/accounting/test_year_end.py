"""The end of a year: accounts closed by rules that are data, the next year opened, and back."""

from __future__ import annotations

import datetime as dt

import pytest

from tests.plugins.accounting.given import Office
from tests.plugins.accounting.given_advances import Advances
from tests.plugins.accounting.given_claims import Claims
from tests.plugins.accounting.given_periods import (
    NEXT_FEBRUARY,
    close,
    close_months,
    closed,
    end,
    reopen,
    take_back,
)
from tests.plugins.accounting.given_recoveries import pay_back
from tests.plugins.accounting.given_vouchers import BANK, DEPOSIT, WITHHELD, Desk, entry, wanted
from zhuji_accounting.domain.refusals import PeriodFuture, PeriodOrder
from zhuji_accounting.domain.report_set import ReportSet
from zhuji_accounting.domain.year_end_refusals import (
    YearAdvances,
    YearCommitments,
    YearMapping,
    YearOrder,
    YearState,
)
from zhuji_accounting.facts import shipped_charts
from zhuji_accounting.queries.ledger_verification import verify_ledger
from zhuji_accounting.queries.report_sets import SetFilter, list_sets, read_set, verify_sets
from zhuji_accounting.queries.verification import verify_certifications
from zhuji_accounting.usecases.close_period import close_period
from zhuji_accounting.usecases.release_encumbrance import release_encumbrance
from zhuji_accounting.usecases.reopen_period import reopen_period

NET = """
    SELECT fiscal_year, account_code, sum(debit_ntd - credit_ntd)::bigint AS net_ntd
      FROM accounting.account_balance WHERE agency_code = :agency
     GROUP BY 1, 2 HAVING sum(debit_ntd - credit_ntd) <> 0 ORDER BY 1, 2
"""
KEPT = """
    SELECT (SELECT count(*) FROM accounting.voucher) AS vouchers,
           (SELECT count(*) FROM accounting.ledger_entry) AS entries,
           (SELECT count(*) FROM accounting.closed_period) AS months,
           (SELECT count(*) FROM accounting.report_set) AS reports,
           (SELECT string_agg(n::text, ',' ORDER BY n::text) FROM kernel.number_counter AS n)
               AS numbers,
           (SELECT count(*) FROM kernel.event) AS events
"""


@pytest.fixture
def desk(any_office: Office) -> Desk:
    """A year of either government that is over: twelve months closed, some balances left."""
    any_office.county.begun("a year that is over", lambda: _made_year(any_office))
    any_office.county.business_date = NEXT_FEBRUARY
    return Desk(any_office)


def _made_year(office: Office) -> None:
    Desk(office).posted(
        wanted(entry(BANK, 115_000), entry(WITHHELD, 0, 115_000), posting_date=dt.date(2016, 2, 1)),
        wanted(entry(WITHHELD, 42_000), entry(BANK, 0, 42_000)),
        wanted(entry(BANK, 15_000), entry(DEPOSIT, 0, 15_000, kind="deposit", key="契1")),
        wanted(entry(BANK, 700), entry(DEPOSIT, 0, 700, kind="deposit", key="契2")),
    )
    office.county.business_date = NEXT_FEBRUARY
    office.follow()


def net(office: Office) -> list[tuple[int, str, int]]:
    rows = office.county.rows(NET, agency=office.government.agency_code)
    return [tuple(row) for row in rows]


def test_the_year_ends_and_the_next_one_begins_with_what_it_leaves(desk: Desk) -> None:
    office = desk.office
    close_months(office)
    closed = end(office)
    left = [
        (105, BANK, 88_700), (105, WITHHELD, -73_000), (105, DEPOSIT, -15_700),
    ]  # fmt: skip
    assert sorted(net(office)) == sorted(
        [*left, *((106, code, amount_ntd) for _, code, amount_ntd in left)]
    )
    brought = office.county.rows(
        "SELECT subsidiary_key, credit_ntd, period FROM accounting.subsidiary_balance"
        " WHERE fiscal_year = 106 ORDER BY subsidiary_key"
    )
    assert [tuple(row) for row in brought] == [("契1", 15_000, 0), ("契2", 700, 0)]
    assert {voucher.period for voucher in closed.vouchers} == {14, 0}
    assert [str(reports.kind) for reports in closed.reports] == ["month", "year"]
    with office.county.uow(read_only=True) as uow:
        assert verify_ledger(uow).errors == ()
        found = verify_sets(uow)
    assert (found.checked, found.errors) == (15, ())


def test_the_final_accounts_are_kept_and_add_up(desk: Desk) -> None:
    """What was spent, due and still held is the final figure; the rest of the budget is left."""
    office = desk.office
    office.county.business_date = dt.date(2016, 3, 15)
    certification = office.certified(4_000)
    Claims(office).granted((certification.request_id, 3_000), final=True)
    desk.through()
    office.county.business_date = NEXT_FEBRUARY
    close_months(office)
    year = next(one for one in end(office).reports if one.kind == "year")
    sheets = {sheet.name: sheet for sheet in year.sheets}
    sums = sheets["final-expenditure"].sums
    budget_ntd = sum(row.budget_ntd for row in office.government.rows)
    assert (sums["budget_ntd"], sums["realised_ntd"], sums["final_ntd"]) == (
        budget_ntd, 3_000, 3_000,
    )  # fmt: skip
    assert sums["left_ntd"] == budget_ntd - 3_000
    assert {"final-revenue", "balance-sheet", "income-statement"} <= sheets.keys()
    month = next(one for one in end_of_months(office) if one.period == 12)
    assert "final-expenditure" not in {sheet.name for sheet in month.sheets}


def end_of_months(office: Office) -> list[ReportSet]:
    code = office.government.agency_code
    with office.county.uow(read_only=True) as uow:
        kept = list_sets(uow, SetFilter(agency_code=code, fiscal_year=105, limit=100))
        return [read_set(uow, one.set_id)[1] for one in kept if one.kind == "month"]


def reformed(office: Office) -> None:
    """Let the reform of the accounts come in 106, not in 107."""
    (cash, _), (accrual, _) = shipped_charts()
    office.county.execute("UPDATE accounting.chart SET fiscal_year_to = 105 WHERE name = :name",
                          name=cash.name)  # fmt: skip
    office.county.execute("UPDATE accounting.chart SET fiscal_year_from = 106 WHERE name = :name",
                          name=accrual.name)  # fmt: skip


def test_each_balance_opens_in_the_account_that_takes_its_place(desk: Desk) -> None:
    """Of the older basis into the new one: 專戶存款, 代收款, 存入保證金 with whose it is."""
    office = desk.office
    close_months(office)
    reformed(office)
    end(office)
    opened = {code: ntd for year, code, ntd in net(office) if year == 106}
    assert opened == {"110103": 88_700, "210302": -73_000, "280301": -15_700}
    (whose,) = office.county.rows(
        "SELECT sum(credit_ntd - debit_ntd)::bigint AS ntd FROM accounting.ledger_entry"
        " WHERE fiscal_year = 106 AND account_code = '280301' AND subsidiary_kind = 'deposit'"
    )
    assert whose.ntd == 15_700, "each deposit is still of whom it was"
    take_back(office)
    assert {year for year, _, ntd in net(office) if ntd} == {105}


def test_a_balance_without_an_account_in_the_next_chart_is_refused_by_name(desk: Desk) -> None:
    office = desk.office
    close_months(office)
    reformed(office)
    office.county.execute(
        "UPDATE accounting.chart_account SET postable = false WHERE code = '210302'"
    )
    before = office.county.rows(KEPT)
    with pytest.raises(YearMapping) as refused:
        end(office)
    assert refused.value.arithmetic == {WITHHELD: -73_000}
    assert f"{WITHHELD} 代收款 -73,000" in str(refused.value.detail["accounts"])
    assert office.county.rows(KEPT) == before


def test_a_preview_is_what_would_be_and_keeps_nothing(desk: Desk) -> None:
    office = desk.office
    close_months(office)
    before = office.county.rows(KEPT)
    shown = end(office, preview=True)
    assert office.county.rows(KEPT) == before
    done = end(office)
    assert [(one.label, one.lines) for one in shown.vouchers] == [
        (one.label, one.lines) for one in done.vouchers
    ]
    assert shown.reports == done.reports


def test_taken_back_and_ended_again_the_books_are_equal(desk: Desk) -> None:
    office = desk.office
    close_months(office)
    open_books = net(office)
    end(office)
    ended_books = net(office)
    reversals = take_back(office)
    assert net(office) == open_books
    assert reversals
    assert all(one.reverses_id and one.automatic for one in reversals)
    with pytest.raises(YearState):
        take_back(office)
    close(office, 13)
    again = end(office)
    assert net(office) == ended_books
    assert again.reports == ()
    with pytest.raises(YearState):
        end(office)
    with office.county.uow(read_only=True) as uow:
        assert verify_ledger(uow).errors == ()


def test_what_is_corrected_between_is_in_the_next_year_too(desk: Desk) -> None:
    office = desk.office
    close_months(office)
    end(office)
    take_back(office)
    desk.posted(
        wanted(
            entry(WITHHELD, 3_000), entry(BANK, 0, 3_000),
            posting_date=dt.date(2017, 1, 10), fiscal_year=105,
        )
    )  # fmt: skip
    end(office)
    assert (106, WITHHELD, -70_000) in net(office)


def test_months_commitments_and_order_hold_the_year(desk: Desk) -> None:
    office = desk.office
    with pytest.raises(PeriodOrder):
        end(office)
    office.county.business_date = dt.date(2016, 3, 15)
    certification = office.certified(900)
    with pytest.raises(PeriodFuture):
        end(office)
    office.county.business_date = NEXT_FEBRUARY
    close_months(office)
    with pytest.raises(YearCommitments) as refused:
        end(office)
    assert refused.value.arithmetic == {"held_ntd": 900}
    with pytest.raises(YearOrder):
        close_january_of_next_year(office)
    with office.county.uow(office.reviewer) as uow:
        release_encumbrance(
            uow, request_id=certification.request_id, amounts_ntd={1: 900}, reason="年度終了"
        )
    end(office)
    close_january_of_next_year(office)
    with pytest.raises(YearOrder):
        take_back(office)


def test_what_is_out_on_advances_holds_the_year_until_it_is_answered_for(desk: Desk) -> None:
    office = desk.office
    office.county.business_date = dt.date(2016, 3, 15)
    advances = Advances(office)
    first, second = (
        advances.granted(office.certified(ntd).request_id, ntd, open_reason="另案")
        for ntd in (900, 50)
    )
    desk.through()
    office.county.business_date = NEXT_FEBRUARY
    close_months(office)
    before = office.county.rows(KEPT)
    for preview in (True, False):
        with pytest.raises(YearAdvances) as refused:
            end(office, preview=preview)
        assert refused.value.detail["advances"] == "105暫00001 900、105暫00002 50"
        assert refused.value.arithmetic == {
            "105暫00001": 900, "105暫00002": 50, "outstanding_ntd": 950,
        }  # fmt: skip
        assert office.county.rows(KEPT) == before
    pay_back(advances, first, 900)
    Claims(office).granted((second.request_id, 50), advance_id=second.advance_id, payees=())
    desk.through()
    office.follow()
    end(office)
    with office.county.uow(read_only=True) as uow:
        assert verify_ledger(uow).errors == ()
        assert verify_certifications(uow).errors == ()


@pytest.mark.parametrize("period", [13, 12, 1])
def test_no_month_of_an_ended_year_is_opened_alone(desk: Desk, period: int) -> None:
    """Its closing entries and the next year's opening balances were made of it."""
    office = desk.office
    close_months(office)
    end(office)
    before = office.county.rows(KEPT)
    with pytest.raises(YearState) as refused:
        reopen(office, period)
    assert refused.value.detail["agency_code"] == office.government.agency_code
    assert office.county.rows(KEPT) == before
    take_back(office)
    reopen(office, 12)
    assert closed(office) == list(range(1, 12))


def test_a_month_closed_for_the_whole_county_is_one_of_every_ended_year(desk: Desk) -> None:
    office = desk.office
    close_months(office)
    office.county.execute("UPDATE accounting.closed_period SET agency_code = '' WHERE period = 12")
    end(office)
    with pytest.raises(YearState), office.county.uow() as uow:
        reopen_period(uow, fiscal_year=105, period=12, agency_code="", reason="補登")
    assert 12 in closed(office)


def close_january_of_next_year(office: Office) -> None:
    with office.county.uow(office.reviewer) as uow:
        close_period(uow, fiscal_year=106, period=1, agency_code=office.government.agency_code)

"""The end of a year: accounts closed by rules that are data, the next year opened, and back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import msgspec
import pytest
from hypothesis import given as each
from hypothesis import settings
from hypothesis import strategies as st

from tests.plugins.accounting.given import Office
from tests.plugins.accounting.given_advances import Advances
from tests.plugins.accounting.given_claims import Claims
from tests.plugins.accounting.test_periods import close, closed, reopen
from tests.plugins.accounting.test_recoveries import pay_back
from tests.plugins.accounting.test_vouchers import BANK, DEPOSIT, WITHHELD, Desk, entry, wanted
from zhuji_accounting.domain.ledger.chart import AccountClass, Chart
from zhuji_accounting.domain.ledger.fact import Fact
from zhuji_accounting.domain.ledger.posting_rules import RuleSet, entries_of
from zhuji_accounting.domain.ledger.voucher import LINES_MAX, Voucher, VoucherLine
from zhuji_accounting.domain.refusals import PeriodFuture, PeriodOrder
from zhuji_accounting.domain.report_set import ReportSet
from zhuji_accounting.domain.year_end import (
    OPENING,
    Piece,
    YearBalances,
    YearHead,
    closing_facts,
    divided_accounts,
    opening_facts,
)
from zhuji_accounting.domain.year_end_refusals import (
    YearAdvances,
    YearCommitments,
    YearLeftover,
    YearOpening,
    YearOrder,
    YearState,
)
from zhuji_accounting.facts import shipped_charts
from zhuji_accounting.queries.ledger_verification import verify_ledger
from zhuji_accounting.queries.report_sets import SetFilter, list_sets, read_set, verify_sets
from zhuji_accounting.queries.verification import verify_certifications
from zhuji_accounting.usecases.close_period import close_period
from zhuji_accounting.usecases.close_year import ClosedYear, close_year
from zhuji_accounting.usecases.release_encumbrance import release_encumbrance
from zhuji_accounting.usecases.reopen_period import reopen_period
from zhuji_accounting.usecases.reopen_year import reopen_year
from zhuji_core.contracts.documents import DocumentRef
from zhuji_core.ids import new_id

NEXT_FEBRUARY = dt.date(2017, 2, 6)
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
    desk = Desk(any_office)
    desk.posted(
        wanted(entry(BANK, 115_000), entry(WITHHELD, 0, 115_000), posting_date=dt.date(2016, 2, 1)),
        wanted(entry(WITHHELD, 42_000), entry(BANK, 0, 42_000)),
        wanted(entry(BANK, 15_000), entry(DEPOSIT, 0, 15_000, kind="deposit", key="契1")),
        wanted(entry(BANK, 700), entry(DEPOSIT, 0, 700, kind="deposit", key="契2")),
    )
    any_office.county.business_date = NEXT_FEBRUARY
    any_office.follow()
    return desk


def close_months(office: Office) -> None:
    for period in range(1, 13):
        close(office, period)


def end(office: Office, *, preview: bool = False) -> ClosedYear:
    with office.county.uow(office.reviewer) as uow:
        return close_year(
            uow, fiscal_year=105, agency_code=office.government.agency_code, preview=preview
        )


def take_back(office: Office) -> list[Voucher]:
    with office.county.uow() as uow:
        return reopen_year(
            uow, fiscal_year=105, agency_code=office.government.agency_code, reason="補登應付"
        )


def net(office: Office) -> list[tuple[int, str, int]]:
    rows = office.county.rows(NET, agency=office.government.agency_code)
    return [tuple(row) for row in rows]


def test_the_year_ends_and_the_next_one_begins_with_what_it_leaves(desk: Desk) -> None:
    office = desk.office
    close_months(office)
    closed = end(office)
    assert closed.opened
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


def test_what_another_chart_of_the_next_year_leaves_to_people_is_named(desk: Desk) -> None:
    office = desk.office
    close_months(office)
    office.county.execute("UPDATE accounting.chart SET fiscal_year_to = 105 WHERE name = :name",
                          name=CASH[0].name)  # fmt: skip
    office.county.execute("UPDATE accounting.chart SET fiscal_year_from = 106 WHERE name = :name",
                          name=ACCRUAL[0].name)  # fmt: skip
    closed = end(office)
    assert not closed.opened
    assert closed.unopened_ntd == {BANK: 88_700, WITHHELD: -73_000, DEPOSIT: -15_700}
    assert {year for year, _, _ in net(office)} == {105}
    (audited,) = office.county.rows(
        "SELECT after FROM kernel.audit_entry WHERE action = 'accounting.year.close'"
    )
    assert audited.after["unopened_ntd"] == closed.unopened_ntd


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


# --- pure: both bases of accounting

HEAD = YearHead(
    agency_code="A1", agency_name="某機關", fiscal_year=114,
    document=DocumentRef(kind="t", document_id=new_id(), label="t", agency_code="A1"),
)  # fmt: skip
CASH, ACCRUAL = shipped_charts()


def entered(facts: Sequence[Fact], kit: tuple[Chart, RuleSet]) -> dict[str, list[VoucherLine]]:
    chart, rules = kit
    return {
        fact.event_code: list(
            entries_of(rules.rule(fact.event_code), fact, rules=rules, chart=chart)
        )
        for fact in facts
    }


def amounts(lines: Sequence[VoucherLine]) -> list[tuple[str, int, int]]:
    return [(one.account_code, one.debit_ntd, one.credit_ntd) for one in lines]


def test_the_golden_quarter_closed_leaves_its_balance_sheet() -> None:
    """G3 of the golden quarter as if its year ended: G4 remains."""
    chart, rules = ACCRUAL
    trial = {
        "110102": 30_000, "110103": 15_000, "140401": 285_000, "280301": -15_000,
        "410101": -6_000, "420101": -125_000, "430101": -2_477_120, "510101": 2_030_000,
        "520101": 97_120, "530101": 35_000, "590101": 131_000, "910101": 405_000,
        "910201": 135_000, "910301": -540_000, "920101": 8_760_000, "920201": -5_865_000,
        "920301": -2_895_000, "920401": 90_000, "920501": -90_000,
    }  # fmt: skip
    assert sum(trial.values()) == 0
    held = Piece(
        account_code="920401", net_ntd=90_000, control_row_id=new_id(), row_label="L3",
        subsidiary_kind="contract", subsidiary_key="REQ04", subsidiary_name="甲",
    )  # fmt: skip
    facts, left = closing_facts(
        HEAD, YearBalances(net_ntd=trial, pieces=(held,)), chart=chart, rules=rules
    )
    assert left == {
        "110102": 30_000, "110103": 15_000, "140401": 285_000, "280301": -15_000,
        "310101": -315_000,
    }  # fmt: skip
    made = entered(facts, ACCRUAL)
    assert amounts(made["year.close-expenditure-budget"]) == [
        ("920201", 5_865_000, 0), ("920301", 2_895_000, 0), ("920101", 0, 8_760_000),
    ]  # fmt: skip
    assert made["year.close-encumbrances"][1].subsidiary_key == "REQ04"
    assert made["year.close-encumbrances"][1].control_row_id == held.control_row_id
    whose = amounts(made["year.close-nominal"])
    assert ("310101", 2_293_120, 0) in whose
    assert ("310101", 0, 2_608_120) in whose


def test_the_older_basis_closes_what_was_not_spent_against_the_treasury_funds() -> None:
    chart, rules = CASH
    trial = {
        "1201": 400_000, "1203": 5_000, "2205": -5_000, "1208": 620_000, "2203": -20_000,
        "2202": -1_000_000, "2201": -200_000, "1210": 200_000,
        "1104": 10_000, "1105": 50_000, "2101": -60_000, "1103": 41_000, "2102": -44_000,
        "1101": 3_000,
    }  # fmt: skip
    assert sum(trial.values()) == 0
    facts, left = closing_facts(
        HEAD, YearBalances(net_ntd=trial, pieces=()), chart=chart, rules=rules
    )
    # What is due and not paid (應付歲出款) is backed by funds that stay.
    assert left == {
        "1201": 20_000, "2203": -20_000, "1203": 5_000, "2205": -5_000, "1101": 3_000,
        "2102": -3_000,
    }  # fmt: skip
    made = entered(facts, CASH)
    lines = {one.account_code: one for one in made["year.close-expenditure-budget"]}
    assert (lines["2202"].debit_ntd, lines["1208"].credit_ntd, lines["1201"].credit_ntd) == (
        1_000_000, 620_000, 380_000,
    )  # fmt: skip


def test_a_budget_account_that_no_rule_reaches_is_told() -> None:
    chart, rules = ACCRUAL
    trial = {"910401": 7, "910501": -7}
    with pytest.raises(YearLeftover) as refused:
        closing_facts(HEAD, YearBalances(net_ntd=trial, pieces=()), chart=chart, rules=rules)
    assert refused.value.arithmetic == {"910401": 7, "910501": -7}


@settings(max_examples=30, deadline=None)
@each(
    st.lists(
        st.integers(min_value=-(10**9), max_value=10**9).filter(bool), min_size=1, max_size=60
    ),
    st.integers(min_value=0, max_value=1_000),
)
def test_the_opening_is_balanced_in_every_voucher_and_loses_nothing(
    amounts: list[int], payees: int
) -> None:
    chart, rules = ACCRUAL
    real = [
        account.code
        for account in chart.accounts
        if account.account_class in {AccountClass.ASSET, AccountClass.LIABILITY}
        and not account.subsidiary
    ]
    net: dict[str, int] = {}
    for at, amount_ntd in enumerate(amounts):
        code = real[at % len(real)]
        net[code] = net.get(code, 0) + amount_ntd
    pieces = tuple(
        Piece(account_code="210301", net_ntd=-(number + 1), subsidiary_kind="payee",
              subsidiary_key=str(number), subsidiary_name="某")
        for number in range(payees)
    )  # fmt: skip
    net["210301"] = sum(piece.net_ntd for piece in pieces)
    net["310101"] = -sum(net.values())
    facts = opening_facts(
        HEAD, {code: ntd for code, ntd in net.items() if ntd},
        YearBalances(net_ntd=net, pieces=pieces), chart=chart, next_chart=chart,
    )  # fmt: skip
    found: dict[tuple[str, str], int] = {}
    for fact in facts:
        lines = entries_of(rules.rule(OPENING), fact, rules=rules, chart=chart)
        assert len(lines) <= LINES_MAX
        assert sum(one.debit_ntd - one.credit_ntd for one in lines) == 0
        for one in lines:
            key = (one.account_code, one.subsidiary_key)
            found[key] = found.get(key, 0) + one.debit_ntd - one.credit_ntd
    told = {(code, ""): ntd for code, ntd in net.items() if ntd and code != "210301"}
    told |= {("210301", piece.subsidiary_key): piece.net_ntd for piece in pieces}
    assert found == told


def test_an_account_that_the_next_year_does_not_have_is_refused_by_its_name() -> None:
    chart, _ = ACCRUAL
    net = {"110103": 900, "210302": -700, "310101": -200}
    without = msgspec.structs.replace(
        chart,
        accounts=tuple(
            msgspec.structs.replace(account, postable=account.code != "310101")
            for account in chart.accounts
            if account.code != "210302"
        ),
    )
    balances = YearBalances(net_ntd=net, pieces=())
    with pytest.raises(YearOpening) as refused:
        opening_facts(HEAD, net, balances, chart=chart, next_chart=without)
    assert refused.value.arithmetic == {"210302": -700, "310101": -200}
    named = refused.value.detail["accounts"]
    assert all(
        f"{code} {chart.by_code[code].name} -" in str(named) for code in ("210302", "310101")
    )


def test_a_subsidiary_ledger_that_tells_another_sum_loses_nothing_unseen() -> None:
    """A rule that closed a part of an account took it of nobody in its ledger."""
    chart, _ = ACCRUAL
    whose = Piece(
        account_code="210301", net_ntd=-500, subsidiary_kind="payee", subsidiary_key="1",
        subsidiary_name="某",
    )  # fmt: skip
    net = {"110103": 450, "210301": -450}
    with pytest.raises(YearOpening) as refused:
        opening_facts(
            HEAD, net, YearBalances(net_ntd=net, pieces=(whose,)), chart=chart, next_chart=chart
        )
    assert refused.value.arithmetic == {"210301": 50}


def test_accounts_whose_parts_matter_are_known_from_chart_and_rules() -> None:
    assert {"920401", "210301", "280301"} <= divided_accounts(*ACCRUAL)
    assert "510101" not in divided_accounts(*ACCRUAL)

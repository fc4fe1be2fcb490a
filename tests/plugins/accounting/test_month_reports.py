"""Two steps of closing, and the reports that a closed month keeps."""

from __future__ import annotations

import datetime as dt

import pytest

from tests.plugins.accounting.given import Office, follow
from tests.plugins.accounting.given_periods import close, closed, reopen
from tests.plugins.accounting.given_vouchers import BANK, DEPOSIT, WITHHELD, Desk, entry, wanted
from tests.plugins.accounting.people import API, PAGES, People
from zhuji_accounting.domain.refusals import PeriodClosed, PeriodState
from zhuji_accounting.domain.report_set import SetKind, kinds_of
from zhuji_accounting.queries.report_sets import (
    KeptSet,
    SetFilter,
    SetVerification,
    list_sets,
    read_set,
    verify_sets,
)
from zhuji_accounting.usecases.certify_requests import certify_requests
from zhuji_accounting.usecases.resume_intake import resume_intake
from zhuji_accounting.usecases.stop_intake import stop_intake

FEBRUARY = dt.date(2016, 2, 1)
MARCH = {"fiscal_year": 105, "period": 3}


@pytest.fixture
def desk(any_office: Office) -> Desk:
    """Give the desk of either government, with entries of two months that it keyed."""
    desk = Desk(any_office)
    desk.posted(
        wanted(entry(BANK, 115_000), entry(WITHHELD, 0, 115_000), posting_date=FEBRUARY),
        wanted(entry(BANK, 15_000), entry(DEPOSIT, 0, 15_000, kind="deposit", key="契1")),
    )
    any_office.follow()
    return desk


def sets(office: Office, period: int = 0) -> list[KeptSet]:
    with office.county.uow(read_only=True) as uow:
        return list_sets(
            uow,
            SetFilter(agency_code=office.government.agency_code, fiscal_year=105, period=period),
        )


def test_a_stopped_month_takes_no_requests_and_still_its_vouchers(desk: Desk) -> None:
    office = desk.office
    waiting = office.approved(5)
    agency_code = office.government.agency_code
    with office.county.uow(office.reviewer) as uow:
        stop_intake(uow, **MARCH, agency_code=agency_code)
    with office.county.uow(office.reviewer) as uow:
        (outcome,) = certify_requests(uow, request_ids=[waiting.request_id])
    assert isinstance(outcome.refusal, PeriodClosed)
    desk.posted(wanted(entry(WITHHELD, 7), entry(BANK, 0, 7)))
    with pytest.raises(PeriodState), office.county.uow(office.reviewer) as uow:
        stop_intake(uow, **MARCH, agency_code=agency_code)
    with office.county.uow(office.reviewer) as uow:
        resume_intake(uow, **MARCH, agency_code=agency_code, reason="漏送一件")
    with office.county.uow(office.reviewer) as uow:
        (outcome,) = certify_requests(uow, request_ids=[waiting.request_id])
    assert outcome.certification is not None


def test_a_stopped_month_closes_and_a_closed_one_is_not_resumed(desk: Desk) -> None:
    office = desk.office
    for period in (1, 2):
        close(office, period)
    with office.county.uow(office.reviewer) as uow:
        stop_intake(uow, **MARCH, agency_code=office.government.agency_code)
    close(office, 3)
    assert closed(office) == [1, 2, 3]
    with pytest.raises(PeriodState), office.county.uow(office.reviewer) as uow:
        resume_intake(uow, **MARCH, agency_code=office.government.agency_code, reason="漏送一件")


def test_reports_are_kept_and_are_the_books(desk: Desk) -> None:
    office = desk.office
    for period in (1, 2, 3):
        close(office, period)
    (march,) = sets(office, 3)
    with office.county.uow(read_only=True) as uow:
        kept, reports = read_set(uow, march.set_id)
    assert kept.digest == reports.digest
    assert kept.in_force
    trial = reports.sheets[0]
    rows = {row["account_code"]: row for row in trial.records()}
    bank = rows[BANK]
    assert (bank["opening_ntd"], bank["debit_ntd"], bank["credit_ntd"]) == (115_000, 15_000, 0)
    assert bank["debit_balance_ntd"] == 130_000
    sums = trial.sums
    assert sums["debit_ntd"] == sums["credit_ntd"] == month_sum(office, 3)
    assert sums["debit_balance_ntd"] == sums["credit_balance_ntd"]
    assert [row["subsidiary_key"] for row in reports.sheets[1].records()] == ["契1"]


def month_sum(office: Office, period: int) -> int:
    (found,) = office.county.rows(
        "SELECT sum(debit_ntd)::bigint AS ntd FROM accounting.ledger_entry WHERE period = :period",
        period=period,
    )
    return int(found.ntd)


def test_reopened_and_closed_again_it_is_the_next_version_of_the_same(desk: Desk) -> None:
    office = desk.office
    for period in (1, 2, 3):
        close(office, period)
    reopen(office, 3)
    assert not sets(office, 3)[0].in_force
    close(office, 3)
    again, first = sets(office, 3)
    assert (first.version, again.version) == (1, 2)
    assert first.digest == again.digest
    reopen(office, 3)
    desk.posted(wanted(entry(WITHHELD, 7), entry(BANK, 0, 7)))
    close(office, 3)
    assert sets(office, 3)[0].digest != first.digest


def test_verification_finds_a_closed_month_that_was_changed(desk: Desk) -> None:
    office = desk.office
    for period in (1, 2, 3):
        close(office, period)
    with office.county.uow(read_only=True) as uow:
        assert verify_sets(uow) == verified(3)
    office.county.execute(
        "UPDATE accounting.account_balance SET debit_ntd = debit_ntd + 1 WHERE period = 2"
        " AND account_code = :bank",
        bank=BANK,
    )
    code = office.government.agency_code
    with office.county.uow(read_only=True) as uow:
        assert verify_sets(uow) == verified(3, f"{code} 105-02 month", f"{code} 105-03 month")


def verified(checked: int, *errors: str) -> SetVerification:
    return SetVerification(checked=checked, errors=errors)


def test_june_keeps_the_half_year_and_the_adjustment_period_the_year() -> None:
    assert kinds_of(6) == (SetKind.MONTH, SetKind.HALF_YEAR)
    assert kinds_of(13) == (SetKind.MONTH, SetKind.YEAR)
    assert {kinds_of(period) for period in (1, 5, 7, 12)} == {(SetKind.MONTH,)}


def test_the_half_year_adds_up_to_its_six_months(desk: Desk) -> None:
    """半年結算: what moved is the sum of the months, what is left is what June left."""
    office = desk.office
    office.county.business_date = dt.date(2016, 7, 5)
    desk.posted(
        wanted(entry(WITHHELD, 40_000), entry(BANK, 0, 40_000), posting_date=dt.date(2016, 5, 9))
    )
    office.follow()
    for period in range(1, 7):
        close(office, period)
    with office.county.uow(read_only=True) as uow:
        kept = [read_set(uow, one.set_id)[1] for one in sets(office)]
        assert verify_sets(uow) == verified(7)
    (half,) = [one for one in kept if one.kind is SetKind.HALF_YEAR]
    months = [one for one in kept if one.kind is SetKind.MONTH]
    (june,) = [one for one in months if one.period == 6]
    assert [one.name for one in half.sheets] == [one.name for one in june.sheets]
    moved: dict[object, list[int]] = {}
    for month in months:
        for row in month.sheets[0].records():
            sums = moved.setdefault(row["account_code"], [0, 0])
            sums[0] += int(str(row["debit_ntd"]))
            sums[1] += int(str(row["credit_ntd"]))
    assert {
        row["account_code"]: [row["debit_ntd"], row["credit_ntd"]]
        for row in half.sheets[0].records()
    } == moved
    left = ("account_code", "debit_balance_ntd", "credit_balance_ntd")
    assert [[row[name] for name in left] for row in half.sheets[0].records()] == [
        [row[name] for name in left] for row in june.sheets[0].records()
    ]
    bank = next(row for row in half.sheets[0].records() if row["account_code"] == BANK)
    assert (bank["opening_ntd"], bank["debit_balance_ntd"]) == (0, 90_000)
    for name in ("expenditure", "revenue", "balance-sheet"):
        (own,), (of_june,) = (
            [one for one in found.sheets if one.name == name] for found in (half, june)
        )
        assert own.totals == of_june.totals


def test_kept_reports_on_pages_in_files_and_by_the_api(people: People) -> None:
    follow(people.office.county)
    body = {"agency_code": "A1"}
    assert people.call("cacc", "periods/105/1/soft-closing", body).json()["stage"] == "soft"
    stopped = people["cacc"].get(f"{PAGES}/periods?fiscal_year=105").text
    assert "恢復收件" in stopped
    assert people.call("cacc", "periods/105/1/closing", body).status_code == 200
    (listed,) = people["cacc"].get(f"{API}/report-sets?fiscal_year=105").json()["items"]
    detail = people["cacc"].get(f"{API}/report-sets/{listed['set_id']}").json()
    assert detail["head"]["digest"] == listed["digest"]
    totals = detail["sheets"][0]["totals"]
    assert totals["debit_ntd"] == totals["credit_ntd"] > 0
    page = people["cacc"].get(f"{PAGES}/report-sets/{listed['set_id']}")
    assert listed["digest"] in page.text
    sheet = people["cacc"].get(f"{PAGES}/report-sets/{listed['set_id']}/trial-balance").text
    assert f"{totals['debit_ntd']:,}" in sheet
    assert "accounting/vouchers?fiscal_year=105" in sheet
    for form in ("csv", "ods", "xlsx", "pdf"):
        address = f"{PAGES}/report-sets/{listed['set_id']}/trial-balance/export/{form}"
        assert people["cacc"].get(address).status_code == 200
    assert people["req"].get(f"{API}/report-sets/{listed['set_id']}").status_code in {403, 404}

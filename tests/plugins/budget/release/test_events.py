"""What the budget tells others: enough for every automatic voucher, in an order that holds."""

from __future__ import annotations

import datetime as dt
import json
import re
import uuid
from pathlib import Path

import pytest

from tests.plugins.budget.changes.given import post, settle
from tests.plugins.budget.given import YEAR
from tests.plugins.budget.release.given import (
    NEW,
    OLD,
    TYPES,
    Golden,
    allot_golden,
    enact,
    events,
    given_golden_bill,
    schedule,
    vouchers,
    year_of,
)
from zhuji_budget.domain.changes.model import ChangeKind
from zhuji_budget.domain.schedule import Side
from zhuji_budget.usecases.release_allotment import agencies_due, release_allotment
from zhuji_budget.usecases.reverse_change import reverse_change
from zhuji_core.contracts.budgets import AllotmentReleased, BudgetEnacted, ChangePosted
from zhuji_core.identity.actor import Forbidden
from zhuji_core.testing.counties import CountyUnderTest, given_actor
from zhuji_core.values import DomainError

GOLDEN = Path(__file__).parent / "golden"
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def on(county: CountyUnderTest, month: int, day: int = 1) -> None:
    county.business_date = dt.date(YEAR + 1911, month, day)


def release(county: CountyUnderTest) -> int:
    """Do what the job does; return how many months were released."""
    with county.uow(read_only=True) as uow:
        due = agencies_due(uow)
    months = 0
    for one in due:
        with county.uow() as uow:
            months += len(
                release_allotment(
                    uow,
                    fiscal_year=one.fiscal_year,
                    side=one.side,
                    agencies=[one.agency_code],
                )
            )
    return months


@pytest.fixture(params=["txg", "mli"])
def county(request: pytest.FixtureRequest) -> CountyUnderTest:
    """Each government: with other codes, another generation of objects, another commit_basis."""
    found: CountyUnderTest = request.getfixturevalue(request.param)
    found.settings["budget"] = {"commit_basis": "annual" if request.param == "mli" else "allotted"}
    on(found, 1)
    return found


@pytest.fixture
def golden(county: CountyUnderTest) -> Golden:
    """The example's agency, enacted and allotted on the first of January."""
    bill = given_golden_bill(county, NEW if county.county.code == "MLI" else OLD)
    enact(county)
    allot_golden(county, bill)
    return bill


def told_for(county: CountyUnderTest, row: uuid.UUID) -> tuple[int, int]:
    """Return (budget, allotment to date) of a row, added up from events alone."""
    budget_ntd = released_ntd = 0
    for event in events(county):
        match event:
            case BudgetEnacted():
                budget_ntd += sum(one.amount_ntd for one in event.expenditure if one.row_id == row)
            case AllotmentReleased():
                released_ntd += sum(one.amount_ntd for one in event.rows if one.row_id == row)
            case ChangePosted():
                own = [one for one in event.expenditure if one.row_id == row]
                budget_ntd += sum(one.change_ntd for one in own)
                released_ntd += sum(one.released_ntd for one in own)
    return budget_ntd, released_ntd


def stands(county: CountyUnderTest, row: uuid.UUID) -> tuple[int, int]:
    """Return the same of the counters."""
    found = county.rows(
        "SELECT enacted_ntd + changes_ntd, (SELECT sum(a) FROM unnest(allotment_ntd[1: :month]) a)"
        " FROM budget.control_row WHERE control_row_id = :row",
        row=row,
        month=county.business_date.month,
    )[0]
    return int(found[0]), int(found[1])


def test_the_golden_quarter_is_written_from_events_alone(
    county: CountyUnderTest, golden: Golden
) -> None:
    """轉11400001 to 轉11400014 of domain G9, with their dates."""
    one, two, three, four, _, six = golden.rows
    for month in (2, 3):
        on(county, month)
        assert release(county) == 2
        assert release(county) == 0
    on(county, 3, 10)
    post(
        county,
        ChangeKind.VIREMENT,
        (three, -10_000, 3),
        (four, 10_000, 3),
        agency_code=golden.agency_code,
    )
    on(county, 3, 25)
    post(
        county,
        ChangeKind.FIRST_RESERVE,
        (six, -20_000, 0),
        (two, 20_000, 3),
        agency_code=golden.agency_code,
    )
    day = {month: dt.date(2016, month, 1) for month in (1, 2, 3)}
    assert vouchers(events(county)) == [
        (day[1], ("預計撥入數", 8_760_000, "支出預算數")),
        (day[1], ("收入預算數", 540_000, "預計繳付數")),
        (day[1], ("支出預算數", 1_350_000, "支出分配數")),
        (day[1], ("收入分配數", 45_000, "收入預算數")),
        (day[2], ("支出預算數", 600_000, "支出分配數")),
        (day[2], ("收入分配數", 45_000, "收入預算數")),
        (day[3], ("支出預算數", 925_000, "支出分配數")),
        (day[3], ("收入分配數", 45_000, "收入預算數")),
        (dt.date(2016, 3, 25), ("支出預算數", 20_000, "支出分配數")),
    ]
    for row in (one, two, three, four, six):
        assert told_for(county, row) == stands(county, row)


def test_a_revision_of_the_running_month_is_told_by_the_day_of_the_act(
    county: CountyUnderTest, golden: Golden
) -> None:
    on(county, 3)
    release(county)
    on(county, 3, 20)
    row = golden.rows[1]
    months = list(year_of(1))
    months[2], months[11] = months[2] + 7_000, months[11] - 7_000
    made = schedule(county, golden, Side.EXPENDITURE, {row: months})
    last = events(county)[-1]
    assert isinstance(last, AllotmentReleased)
    assert (last.occasion, last.month, last.amount_ntd) == ("revision", 3, 7_000)
    assert (last.label, last.document_id) == (made.label, made.schedule_id)
    assert last.effective_on == dt.date(2016, 3, 20)
    assert told_for(county, row) == stands(county, row)


def test_what_was_missed_is_released_before_the_change_that_comes_first(
    county: CountyUnderTest, golden: Golden
) -> None:
    """The job did not run since January; a virement of March is posted: nothing is told twice."""
    on(county, 3, 10)
    three, four = golden.rows[2:4]
    before = len(events(county))
    code = golden.agency_code
    post(county, ChangeKind.VIREMENT, (three, -10_000, 3), (four, 10_000, 3), agency_code=code)
    told = events(county)[before:]
    assert [type(one).__name__ for one in told] == [
        "AllotmentReleased", "AllotmentReleased", "ChangePosted",
    ]  # fmt: skip
    assert [one.amount_ntd for one in told[:2]] == [600_000, 925_000]  # type: ignore[attr-defined]
    assert release(county) == 2, "revenue of February and March"
    for row in golden.rows:
        assert told_for(county, row) == stands(county, row)


def test_months_to_come_are_told_with_their_release(
    county: CountyUnderTest, golden: Golden
) -> None:
    three, four = golden.rows[2:4]
    code = golden.agency_code
    post(county, ChangeKind.VIREMENT, (three, -10_000, 3), (four, 10_000, 3), agency_code=code)
    changed = events(county)[-1]
    assert isinstance(changed, ChangePosted)
    assert [one.released_ntd for one in changed.expenditure] == [0, 0]
    assert [one.months_ntd[2] for one in changed.expenditure] == [-10_000, 10_000]
    on(county, 3)
    release(county)
    for row in golden.rows:
        assert told_for(county, row) == stands(county, row)


def test_a_reversal_takes_back_what_was_released(county: CountyUnderTest, golden: Golden) -> None:
    on(county, 3)
    release(county)
    six, two, code = golden.rows[5], golden.rows[1], golden.agency_code
    posted = post(
        county, ChangeKind.FIRST_RESERVE, (six, -20_000, 0), (two, 20_000, 3), agency_code=code
    )
    with county.uow(given_actor(1)) as uow:
        reversal = reverse_change(uow, document_id=posted.document_id, reason="誤列")
    settle(county, reversal)
    first, second = events(county)[-2:]
    assert isinstance(first, ChangePosted)
    assert isinstance(second, ChangePosted)
    assert (first.released_ntd, second.released_ntd) == (20_000, -20_000)
    assert second.reverses_id == posted.document_id


def test_late_allotment_releases_every_month_that_has_begun(county: CountyUnderTest) -> None:
    """An agency without allotment is not passed over: nothing is released until there is one."""
    golden = given_golden_bill(county, NEW)
    enact(county)
    on(county, 2)
    assert release(county) == 0
    allot_golden(county, golden)
    assert [entry for date, entry in vouchers(events(county)) if date == dt.date(2016, 2, 1)] == [
        ("支出預算數", 600_000, "支出分配數"),
        ("收入分配數", 45_000, "收入預算數"),
    ]
    assert release(county) == 0


def test_documents_of_two_agencies_tell_each_its_part(allotted: CountyUnderTest) -> None:
    """A year allotted by the county's shortcut: January to March of both agencies at once."""
    agencies = {
        event.agency_code: event.amount_ntd
        for event in events(allotted)
        if isinstance(event, AllotmentReleased) and event.month == 3
    }
    months = allotted.rows(
        "SELECT agency_code, sum(allotment_ntd[3])::bigint FROM budget.control_row GROUP BY 1"
    )
    assert agencies == dict(map(tuple, months))
    assert len(agencies) > 1
    told = allotted.rows(
        "SELECT DISTINCT document_id, body->>'agency_code' FROM kernel.event WHERE type LIKE :any",
        any="budget.%",
    )
    assert len(told) == len(agencies), "one order of events for each agency"


def test_a_refused_document_tells_nothing(county: CountyUnderTest, golden: Golden) -> None:
    before = len(events(county))
    three, four = golden.rows[2:4]
    with pytest.raises(DomainError, match="E-VIRE-20PCT"):
        post(county, ChangeKind.VIREMENT, (three, -25_000, 4), (four, 25_000, 4),
             agency_code=golden.agency_code)  # fmt: skip
    assert len(events(county)) == before


def test_only_the_budget_office_releases(county: CountyUnderTest, golden: Golden) -> None:
    on(county, 2)
    clerk = given_actor(9, permissions={"budget.line.read": ("*",)})
    with pytest.raises(Forbidden), county.uow(clerk) as uow:
        release_allotment(
            uow, fiscal_year=YEAR, side=Side.EXPENDITURE, agencies=[golden.agency_code]
        )
    assert county.rows("SELECT max(month) FROM budget.allotment_release")[0][0] == 1


def test_every_event_has_golden_json() -> None:
    assert set(TYPES) == {path.stem for path in GOLDEN.glob("*.json")}


def test_events_are_the_golden_ones(txg: CountyUnderTest) -> None:
    on(txg, 1)
    bill = given_golden_bill(txg, OLD)
    enact(txg)
    allot_golden(txg, bill)
    code, (_, two, *_, six) = bill.agency_code, bill.rows
    post(txg, ChangeKind.FIRST_RESERVE, (six, -20_000, 0), (two, 20_000, 1), agency_code=code)
    rows = txg.rows("SELECT type, body FROM kernel.event ORDER BY sequence DESC")
    told = {row.type: UUID.sub("uuid", json.dumps(row.body, ensure_ascii=False)) for row in rows}
    for path in GOLDEN.glob("*.json"):
        assert json.loads(told[path.stem]) == json.loads(path.read_text("utf-8"))

"""The allotment schedule of an agency: rules, submission, comment, approval, revision."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import msgspec
import pytest
from hypothesis import given as each
from hypothesis import strategies as st

from tests.plugins.budget.given import AGENCY, LINE, RESERVE, YEAR, do, move, rows_of
from tests.plugins.budget.given_equal import given_equal
from tests.plugins.budget.given_schedules import (
    BUDGET_OFFICE,
    FINANCE,
    approve,
    comment,
    given_approved,
    given_enacted,
    months_of,
    opened,
    page,
    refused,
    spread,
    submit,
    write,
)
from zhuji_budget import demo
from zhuji_budget.domain.allotment import spread_by, spread_equally
from zhuji_budget.domain.schedule import Opinion, Rule, Schedule, ScheduleState, Side
from zhuji_budget.domain.schedule_refusals import (
    AllotmentExceeds,
    AllotmentStale,
    CommentPending,
    MonthsMalformed,
    NothingChanged,
    NothingToAllot,
    PatternMissing,
    PlanPercent,
    ReasonMissing,
    RowUnknown,
    ScheduleNotFound,
    ScheduleOpen,
    ScheduleRevised,
    WrongState,
)
from zhuji_budget.domain.year import YearState
from zhuji_budget.queries.schedules import Verb, find_schedule
from zhuji_budget.queries.verification import verify_budget
from zhuji_budget.usecases.comment_schedule import comment_schedule
from zhuji_budget.usecases.open_schedule import open_schedule
from zhuji_budget.usecases.return_schedule import return_schedule
from zhuji_budget.usecases.spread_schedule import Spread, spread_schedule
from zhuji_budget.usecases.withdraw_schedule import withdraw_schedule
from zhuji_budget.usecases.write_schedule import write_schedule
from zhuji_core.identity.actor import Forbidden
from zhuji_core.identity.duties import SamePerson
from zhuji_core.ids import new_id
from zhuji_core.testing.counties import CountyUnderTest, given_actor


@pytest.fixture
def enacted(mli: CountyUnderTest) -> CountyUnderTest:
    given_enacted(mli)
    return mli


def test_an_agency_allots_and_the_county_shortcut_leaves_it_alone(enacted: CountyUnderTest) -> None:
    row = rows_of(enacted, line_code=LINE)[1]
    plan = (0, 0, 0, 10, 10, 10, 10, 10, 10, 10, 10, 10)
    made = given_approved(enacted, Rule.PLAN, percents=plan)
    assert made.label == "105-0001010000-分001"
    assert months_of(enacted, row)[:4] == [0, 0, 0, 1_298_765]
    # 10 % stay unallotted; the shortcut does not touch what the agency decided.
    with enacted.uow() as uow:
        given_equal(uow, fiscal_year=YEAR)
    assert sum(months_of(enacted, row)) == 12_987_650 * 90 // 100
    unallotted = enacted.rows(
        "SELECT count(*) FROM budget.control_row WHERE agency_code <> :agency"
        " AND allotment_ntd = '{0,0,0,0,0,0,0,0,0,0,0,0}'",
        agency=AGENCY,
    )
    assert unallotted[0][0] == 0
    with enacted.uow(read_only=True) as uow:
        assert verify_budget(uow).passed


def test_with_the_last_agency_the_year_is_allotted(enacted: CountyUnderTest) -> None:
    agencies = [
        row[0] for row in enacted.rows("SELECT DISTINCT agency_code FROM budget.control_row")
    ]
    for agency in agencies:
        state = enacted.rows("SELECT state FROM budget.fiscal_year")[0][0]
        assert state == "enacted"
        made = opened(enacted, agency=agency)
        spread(enacted, made)
        submit(enacted, made)
        comment(enacted, made)
        approve(enacted, made)
    assert enacted.rows("SELECT state FROM budget.fiscal_year")[0][0] == "allotted"


def test_a_reserve_is_allotted_only_where_somebody_names_it(enacted: CountyUnderTest) -> None:
    (row,) = rows_of(enacted, line_code=RESERVE)
    made = opened(enacted)
    spread(enacted, made)
    assert {line.row_id: line.allotted_ntd for line in page(enacted, made).lines}[row] == 0
    spread(enacted, made, row_ids=[row])
    assert {line.row_id: line.allotted_ntd for line in page(enacted, made).lines}[row] == 700_000


def test_next_months_money_is_not_used_early(enacted: CountyUnderTest) -> None:
    row = rows_of(enacted, line_code=LINE)[1]
    given_approved(enacted, Rule.PLAN, percents=(5, 5, 5, 85, 0, 0, 0, 0, 0, 0, 0, 0))
    to_march = 12_987_650 * 15 // 100
    (refused,) = do(enacted, move(row, to_march + 1))
    assert (refused.granted, refused.refusal) == (False, "E-ALLOT-INSUFFICIENT")
    (granted,) = do(enacted, move(row, to_march, number=2))
    assert granted.granted


def test_no_more_than_the_budget(enacted: CountyUnderTest) -> None:
    rows = rows_of(enacted, line_code=LINE)
    made = opened(enacted)
    with pytest.raises(AllotmentExceeds) as told:
        write(enacted, made, {rows[1]: [12_987_651, *[0] * 11], rows[2]: [10**12, *[0] * 11]})
    assert told.value.arithmetic == {
        "budget_ntd": 12_987_650,
        "scheduled_ntd": 12_987_651,
        "short_ntd": 1,
    }
    named = (told.value.detail["count"], set(told.value.fields))
    assert named == (2, {"lines-1-m12", "lines-2-m12"})
    assert sum(line.allotted_ntd for line in page(enacted, made).lines) == 0, "nothing is kept"


def test_frozen_money_is_not_allotted(enacted: CountyUnderTest) -> None:
    row = rows_of(enacted, line_code=LINE)[1]
    enacted.execute(
        "UPDATE budget.control_row SET frozen_ntd = 987_650 WHERE control_row_id = :row", row=row
    )
    made = opened(enacted)
    spread(enacted, made)
    line = next(one for one in page(enacted, made).lines if one.row_id == row)
    assert sum(line.months_ntd) == 12_000_000
    with pytest.raises(AllotmentExceeds) as told:
        write(enacted, made, {row: [12_000_001, *[0] * 11]})
    assert told.value.arithmetic["frozen_ntd"] == 987_650
    # What was frozen since is asked when the schedule is submitted.
    enacted.execute(
        "UPDATE budget.control_row SET frozen_ntd = 987_651 WHERE control_row_id = :row", row=row
    )
    assert refused(enacted, made, AllotmentExceeds).value.arithmetic["short_ntd"] == 1


def test_last_years_pattern_comes_from_its_data(enacted: CountyUnderTest) -> None:
    made = opened(enacted)
    with pytest.raises(PatternMissing):
        spread(enacted, made, Rule.LAST_YEAR)
    copy_to_last_year(enacted)
    spread(enacted, made, Rule.LAST_YEAR)
    lines = {line.object_code: line for line in page(enacted, made).lines if line.code == LINE}
    # Of the same row: one third in January, two thirds in July.
    assert lines["02"].rule is Rule.LAST_YEAR
    assert (lines["02"].months_ntd[0], lines["02"].months_ntd[6]) == (4_329_216, 8_658_434)
    # The row that was not there last year follows the whole agency.
    assert lines["03"].rule is Rule.LAST_YEAR_AGENCY
    assert sum(lines["03"].months_ntd) == page(enacted, made).rows[lines["03"].row_id].budget_ntd


def copy_to_last_year(county: CountyUnderTest) -> None:
    """Last year had 行政管理 with 業務費 alone, allotted 1 : 2 in January and July."""
    county.execute(
        "INSERT INTO budget.fiscal_year (fiscal_year, document_id, state)"
        " VALUES (104, :id, 'allotted')",
        id=new_id(),
    )
    line_id = new_id()
    county.execute(
        "INSERT INTO budget.budget_line (line_id, fiscal_year, code, name, agency_code,"
        " agency_name, department_code, department_name, plan_code, plan_name, bill_ntd)"
        " SELECT :line, 104, code, name, agency_code, agency_name, department_code,"
        " department_name, plan_code, plan_name, 300 FROM budget.budget_line WHERE code = :code",
        line=line_id,
        code=LINE,
    )
    county.execute(
        "INSERT INTO budget.control_row (control_row_id, line_id, fiscal_year, agency_code,"
        " line_code, line_name, object_code, object_name, account, bill_ntd, enacted_ntd,"
        " allotment_ntd) VALUES (:row, :line, 104, :agency, :code, '行政管理', '02', '業務費',"
        " 'current', 300, 300, '{100,0,0,0,0,0,200,0,0,0,0,0}')",
        row=new_id(),
        line=line_id,
        agency=AGENCY,
        code=LINE,
    )


def test_finance_has_its_days(enacted: CountyUnderTest) -> None:
    made = opened(enacted)
    spread(enacted, made)
    submit(enacted, made)
    with pytest.raises(CommentPending):
        approve(enacted, made)
    enacted.execute("UPDATE budget.allotment_schedule SET submitted_on = DATE '2016-03-12'")
    assert approve(enacted, made).state is ScheduleState.APPROVED


def test_an_objection_is_answered(enacted: CountyUnderTest) -> None:
    made = opened(enacted)
    spread(enacted, made)
    submit(enacted, made)
    with pytest.raises(ReasonMissing), enacted.uow(FINANCE) as uow:
        comment_schedule(uow, schedule_id=made.schedule_id, opinion=Opinion.OBJECT, comment=" ")
    comment(enacted, made, Opinion.OBJECT)
    with pytest.raises(ReasonMissing):
        approve(enacted, made)
    approve(enacted, made, "庫款已調度")


def test_who_keyed_it_does_not_approve_it(enacted: CountyUnderTest) -> None:
    made = opened(enacted)
    with enacted.uow(BUDGET_OFFICE) as uow:
        wanted = Spread(rule=Rule.EQUAL)
        spread_schedule(uow, schedule_id=made.schedule_id, wanted=wanted)
    submit(enacted, made)
    comment(enacted, made)
    with pytest.raises(SamePerson):
        approve(enacted, made)


def test_returned_mended_and_submitted_again_keeps_its_number(enacted: CountyUnderTest) -> None:
    made = opened(enacted)
    spread(enacted, made)
    submit(enacted, made)
    with enacted.uow(BUDGET_OFFICE) as uow:
        return_schedule(uow, schedule_id=made.schedule_id, reason="請依進度")
    spread(enacted, made, Rule.PLAN, percents=[4] * 12)
    again = submit(enacted, made)
    assert (again.schedule_no, again.return_reason) == (1, "")
    comment(enacted, made)
    approve(enacted, made)


def test_a_draft_upon_other_months_is_refused_until_it_is_saved_again(
    enacted: CountyUnderTest,
) -> None:
    row = rows_of(enacted, line_code=LINE)[1]
    made = opened(enacted)
    write(enacted, made, {row: [12, *[0] * 11]})
    with enacted.uow() as uow:
        given_equal(uow, fiscal_year=YEAR)
    refused(enacted, made, AllotmentStale)
    base = months_of(enacted, row)
    write(enacted, made, {row: [*base[:11], 0]})
    assert str(page(enacted, made).schedule.kind) == "revision"
    submit(enacted, made)


@pytest.mark.parametrize(
    ("act", "refusal"),
    [
        (lambda county, _: opened(county), ScheduleOpen),
        (lambda county, _: opened(county, agency="9999"), NothingToAllot),
        (lambda county, _: opened(county, side=Side.REVENUE), NothingToAllot),
        (submit, NothingChanged),
        (approve, WrongState),
        (comment, WrongState),
        (lambda county, made: write(county, made, {new_id(): [0] * 12}), RowUnknown),
        (
            lambda county, made: write(
                county, made, {rows_of(county, line_code=LINE)[0]: [-1, *[0] * 11]}
            ),
            MonthsMalformed,
        ),
        (
            lambda county, made: write(county, made, {rows_of(county, line_code=LINE)[0]: [1, 2]}),
            MonthsMalformed,
        ),
        (lambda county, made: spread(county, made, Rule.PLAN, percents=[9] * 12), PlanPercent),
        (lambda county, made: spread(county, made, Rule.PLAN, percents=[100]), PlanPercent),
        (lambda county, made: page(county, new_schedule(made)), ScheduleNotFound),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_kept(
    enacted: CountyUnderTest,
    act: Callable[[CountyUnderTest, Schedule], object],
    refusal: type[Exception],
) -> None:
    made = opened(enacted)
    before = page(enacted, made)
    with pytest.raises(refusal):
        act(enacted, made)
    after = page(enacted, made)
    assert (after.schedule, after.lines) == (before.schedule, before.lines)
    assert enacted.rows("SELECT count(*) FROM budget.allotment_schedule")[0][0] == 1


def new_schedule(made: Schedule) -> Schedule:
    return msgspec.structs.replace(made, schedule_id=new_id())


def test_a_bill_is_not_allotted(bill: CountyUnderTest) -> None:
    with pytest.raises(YearState):
        opened(bill)


def test_an_older_form_does_not_undo_a_later_one(enacted: CountyUnderTest) -> None:
    made = opened(enacted)
    spread(enacted, made)
    with pytest.raises(ScheduleRevised), enacted.uow() as uow:
        write_schedule(uow, schedule_id=made.schedule_id, wanted=(), revision=made.revision)


def test_withdrawn_makes_room_for_another(enacted: CountyUnderTest) -> None:
    made = opened(enacted)
    with enacted.uow() as uow:
        withdraw_schedule(uow, schedule_id=made.schedule_id)
    assert opened(enacted).schedule_id != made.schedule_id
    states = enacted.rows("SELECT state FROM budget.allotment_schedule ORDER BY schedule_id")
    assert [row.state for row in states] == ["withdrawn", "draft"]


def test_another_agency_is_not_there_to_be_read(enacted: CountyUnderTest) -> None:
    made = opened(enacted)
    stranger = given_actor(
        5, permissions={"budget.allotment.read": ("0009",), "budget.allotment.write": ("0009",)}
    )
    with pytest.raises(ScheduleNotFound), enacted.uow(stranger) as uow:
        find_schedule(uow, made.schedule_id)
    with pytest.raises(ScheduleNotFound), enacted.uow(stranger) as uow:
        withdraw_schedule(uow, schedule_id=made.schedule_id)
    with pytest.raises(Forbidden), enacted.uow(stranger) as uow:
        open_schedule(uow, fiscal_year=YEAR, agency_code=AGENCY, side=Side.EXPENDITURE)


def test_the_page_says_what_is_next(enacted: CountyUnderTest) -> None:
    made = opened(enacted)
    verbs = {one.verb: one.refusal for one in page(enacted, made).actions}
    assert isinstance(verbs[Verb.SUBMIT], NothingChanged)
    spread(enacted, made)
    verbs = {one.verb: one.refusal for one in page(enacted, made).actions}
    assert verbs == {Verb.EDIT: None, Verb.SUBMIT: None, Verb.WITHDRAW: None}


def test_a_city_with_codes_of_its_own_allots_the_same_way(txg: CountyUnderTest) -> None:
    with txg.uow() as uow:
        demo.seed(uow)
    agency = txg.rows(
        "SELECT agency_code FROM budget.control_row WHERE allotment_ntd[12] > 0"
        " GROUP BY 1 ORDER BY count(*) DESC LIMIT 1"
    )[0][0]
    made = opened(txg, agency=agency)
    spread(txg, made, Rule.PLAN, percents=[0, 0, 0, 20, 20, 20, 20, 20, 0, 0, 0, 0])
    submit(txg, made)
    comment(txg, made)
    approve(txg, made)
    rest = txg.rows(
        "SELECT max(allotment_ntd[12]), min(enacted_ntd - (SELECT sum(a) FROM"
        " unnest(allotment_ntd) AS a)) FROM budget.control_row WHERE agency_code = :agency"
        " AND reserve = ''",
        agency=agency,
    )[0]
    assert (rest[0], rest[1]) == (0, 0)
    reserves = txg.rows(
        "SELECT allotment_ntd FROM budget.control_row WHERE agency_code = :agency"
        " AND reserve <> ''",
        agency=agency,
    )
    assert [row.allotment_ntd for row in reserves] == [[0] * 12] * len(reserves)
    with txg.uow(read_only=True) as uow:
        assert verify_budget(uow).passed


def test_revenue_is_allotted_by_its_own_schedule(enacted: CountyUnderTest) -> None:
    row = given_revenue(enacted)
    made = opened(enacted, side=Side.REVENUE)
    spread(enacted, made)
    submit(enacted, made)
    comment(enacted, made)
    approve(enacted, made)
    found = enacted.rows(
        "SELECT allotment_ntd FROM budget.revenue_row WHERE revenue_row_id = :row", row=row
    )[0][0]
    assert found == [83] * 11 + [87]
    moved = enacted.rows("SELECT sum(amount_ntd) FROM budget.revenue_movement WHERE kind = 'allot'")
    assert moved[0][0] == 1_000
    # Expenditure still waits: the year is not allotted by revenue.
    assert enacted.rows("SELECT state FROM budget.fiscal_year")[0][0] == "enacted"


def given_revenue(county: CountyUnderTest) -> uuid.UUID:
    row: uuid.UUID = new_id()
    county.execute(
        "INSERT INTO budget.revenue_row (revenue_row_id, fiscal_year, agency_code, agency_name,"
        " code, name, source_code, source_name, account, bill_ntd, enacted_ntd)"
        " VALUES (:row, :year, :agency, '示範機關甲', '0401', '規費', '04', '規費收入', 'current',"
        " 1000, 1000)",
        row=row,
        year=YEAR,
        agency=AGENCY,
    )
    return row


@each(st.integers(0, 10**15), st.lists(st.integers(0, 10**6), min_size=1, max_size=12))
def test_spreading_loses_no_dollar(amount_ntd: int, weights: list[int]) -> None:
    whole = sum(weights) or 1
    months = spread_by(amount_ntd, weights, whole=whole)
    assert sum(months) == (amount_ntd if sum(weights) else 0)
    for month, weight in zip(months, weights, strict=True):
        assert abs(month * whole - amount_ntd * weight) <= whole
    assert sum(spread_equally(amount_ntd, len(weights))) == amount_ntd

"""What pages, pickers, receipts and verification read."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import pytest

from tests.plugins.budget.given import (
    AGENCY,
    LINE,
    SUPPLIES_NTD,
    SUPPLIES_TO_MARCH_NTD,
    TOTAL_NTD,
    YEAR,
    do,
    move,
)
from zhuji_budget.permissions import READ_LINES
from zhuji_budget.queries.lines import (
    LineFilter,
    LineNotFound,
    code_before,
    find_line,
    find_line_of_row,
    line_totals,
    list_lines,
)
from zhuji_budget.queries.positions import readable_positions
from zhuji_budget.queries.verification import verify_budget
from zhuji_core.contracts.funds import ControlRowQuery, MoveKind
from zhuji_core.identity.actor import Actor, Forbidden
from zhuji_core.testing.counties import CountyUnderTest, given_actor

Rows = Sequence[uuid.UUID]


def reader(*agencies: str) -> Actor:
    return given_actor(permissions={READ_LINES.name: agencies})


def line_id(county: CountyUnderTest, code: str = LINE) -> uuid.UUID:
    found: uuid.UUID = county.rows(
        "SELECT line_id FROM budget.budget_line WHERE code = :code", code=code
    )[0][0]
    return found


def listed(county: CountyUnderTest, actor: Actor | None = None, **wanted: object) -> list[str]:
    with county.uow(actor, read_only=True) as uow:
        return [row.code for row in list_lines(uow, LineFilter(fiscal_year=YEAR, **wanted))]  # type: ignore[arg-type]


def test_totals_are_of_the_whole_filter_and_not_of_the_page(allotted: CountyUnderTest) -> None:
    with allotted.uow(read_only=True) as uow:
        wanted = LineFilter(fiscal_year=YEAR, limit=3)
        rows, totals = list_lines(uow, wanted), line_totals(uow, wanted)
    assert len(rows) == 3
    assert (totals.lines, totals.agencies, totals.budget_ntd) == (10, 3, TOTAL_NTD)


def test_pages_by_key_there_and_back(allotted: CountyUnderTest) -> None:
    everything = listed(allotted, limit=200)
    assert everything == sorted(everything)
    pages, after = [], ""
    while page := listed(allotted, limit=3, after=after):
        pages.append(page)
        after = page[-1]
    assert [code for page in pages for code in page] == everything
    with allotted.uow(read_only=True) as uow:
        back = [
            code_before(uow, LineFilter(fiscal_year=YEAR, limit=3, after=page[-1]))
            for page in pages
        ]
        assert code_before(uow, LineFilter(fiscal_year=YEAR, limit=3)) is None
    # From the page that follows ``pages[n]`` one gets back to ``pages[n]``.
    assert back == ["", everything[2], everything[5], everything[6]]


@pytest.mark.parametrize(
    ("text", "count"),
    [("行政管理", 2), ("3201010", 2), ("鄉公所", 3), ("工商", 2), ("%", 0), ("_", 0), ("", 10)],
)
def test_finds_by_code_name_agency_or_plan(
    allotted: CountyUnderTest, text: str, count: int
) -> None:
    assert len(listed(allotted, text=text)) == count


def test_figures_of_a_line_are_the_sums_of_its_rows(allotted: CountyUnderTest, rows: Rows) -> None:
    do(allotted, move(rows[1], 46_912), move(rows[0], 1_000))
    with allotted.uow(read_only=True) as uow:
        (line,) = list_lines(uow, LineFilter(fiscal_year=YEAR, text=LINE))
        page = find_line(uow, line.line_id)
    assert line.budget_ntd == 62_844_050
    assert line.encumbered_ntd == 47_912
    assert line.available_ntd == line.allotted_to_date_ntd - 47_912
    assert line.available_ntd == sum(position.available_ntd for position in page.positions)


def test_availability_follows_the_policy_in_list_and_page(
    allotted: CountyUnderTest, rows: Rows
) -> None:
    allotted.settings["budget"] = {"commit_basis": "annual"}
    do(allotted, move(rows[1], 1))
    with allotted.uow(read_only=True) as uow:
        (line,) = list_lines(uow, LineFilter(fiscal_year=YEAR, text=LINE))
        page = find_line(uow, line.line_id)
    assert line.available_ntd == line.budget_ntd - 1
    assert line.available_ntd == sum(position.available_ntd for position in page.positions)


def test_an_agency_sees_its_own_lines(allotted: CountyUnderTest) -> None:
    assert len(listed(allotted, reader(AGENCY))) == 5
    assert listed(allotted, reader("0002010000"), agency_code="0002010000")
    with pytest.raises(Forbidden):
        listed(allotted, reader(AGENCY), agency_code="0002010000")
    with pytest.raises(LineNotFound), allotted.uow(reader("0002010000"), read_only=True) as uow:
        find_line(uow, line_id(allotted))


def test_the_page_says_who_holds_the_rest(allotted: CountyUnderTest, rows: Rows) -> None:
    do(allotted, move(rows[1], 300, number=1))
    do(allotted, move(rows[1], 500, number=2), move(rows[0], 70, number=2))
    do(allotted, move(rows[1], 100, number=1, kind=MoveKind.RELEASE))
    do(allotted, move(rows[1], 9, number=3))
    do(allotted, move(rows[1], 9, number=3, kind=MoveKind.RELEASE))
    with allotted.uow(read_only=True) as uow:
        page = find_line(uow, line_id(allotted))
    held = {(one.label, one.control_row_id): one.held_ntd for one in page.holders}
    assert held == {("簽 1", rows[1]): 200, ("簽 2", rows[1]): 500, ("簽 2", rows[0]): 70}
    by_row = {position.control_row_id: position.encumbered_ntd for position in page.positions}
    assert by_row[rows[1]] == 700
    assert by_row[rows[0]] == 70
    assert [move.kind for move in page.movements][:2] == ["release", "reserve"]


def test_the_months_of_a_row_add_up_to_its_budget(allotted: CountyUnderTest, rows: Rows) -> None:
    with allotted.uow(read_only=True) as uow:
        page = find_line(uow, line_id(allotted))
    assert len(page.months_ntd[rows[1]]) == 12
    assert sum(page.months_ntd[rows[1]]) == SUPPLIES_NTD


def test_a_control_row_leads_to_its_line(allotted: CountyUnderTest, rows: Rows) -> None:
    with allotted.uow(read_only=True) as uow:
        assert find_line_of_row(uow, rows[1]) == line_id(allotted)
        with pytest.raises(LineNotFound):
            find_line_of_row(uow, uuid.UUID(int=9))
    with pytest.raises(LineNotFound), allotted.uow(reader("0002010000"), read_only=True) as uow:
        find_line_of_row(uow, rows[1])


def test_a_picker_finds_rows_of_one_agency(allotted: CountyUnderTest) -> None:
    with allotted.uow(read_only=True) as uow:
        found = uow.hooks.find_control_rows(
            uow, ControlRowQuery(agency_code=AGENCY, fiscal_year=YEAR, text="行政管理 業務")
        )
        many = uow.hooks.find_control_rows(
            uow, ControlRowQuery(agency_code=AGENCY, fiscal_year=YEAR, limit=3)
        )
    assert [(one.line_code, one.object_code) for one in found] == [(LINE, "02")]
    assert found[0].available_ntd == SUPPLIES_TO_MARCH_NTD
    assert len(many) == 3


def test_positions_of_other_agencies_are_left_out(allotted: CountyUnderTest, rows: Rows) -> None:
    with allotted.uow(reader("0002010000"), read_only=True) as uow:
        assert readable_positions(uow, rows) == []
    with allotted.uow(reader(AGENCY), read_only=True) as uow:
        assert len(readable_positions(uow, rows)) == 4


def test_replay_tells_what_each_reservation_met(allotted: CountyUnderTest, rows: Rows) -> None:
    answers = [
        do(allotted, move(rows[1], 1_000, number=1))[0],
        do(allotted, move(rows[1], 2_000, number=2))[0],
    ]
    do(allotted, move(rows[1], 400, number=1, kind=MoveKind.RELEASE))
    answers.append(do(allotted, move(rows[1], 3_000, number=3))[0])
    documents = [answer.move.document.document_id for answer in answers]
    with allotted.uow(read_only=True) as uow:
        replayed = uow.hooks.replay_reserves(uow, documents)
    assert [one.before.encumbered_ntd for one in replayed] == [0, 1_000, 2_600]
    assert [one.before for one in replayed] == [answer.before for answer in answers]


def test_verification_finds_a_counter_that_was_changed(
    allotted: CountyUnderTest, rows: Rows
) -> None:
    do(allotted, move(rows[1], 1_000, document_kind="test.request"))
    allotted.execute(
        "UPDATE budget.control_row SET encumbered_ntd = 993 WHERE control_row_id = :row",
        row=rows[1],
    )
    with allotted.uow(read_only=True) as uow:
        found = verify_budget(uow)
    assert (found.passed, found.drift_ntd, len(found.errors)) == (False, 7, 1)
    assert LINE in found.errors[0]


def test_verification_finds_a_movement_that_is_gone(allotted: CountyUnderTest, rows: Rows) -> None:
    do(allotted, move(rows[1], 1_000, document_kind="test.request"))
    allotted.execute("DELETE FROM budget.budget_movement WHERE kind = 'reserve'")
    with allotted.uow(read_only=True) as uow:
        found = verify_budget(uow)
    assert (found.passed, found.drift_ntd) == (False, 1_000)


def test_verification_finds_a_line_that_lost_a_row(bill: CountyUnderTest) -> None:
    bill.execute("DELETE FROM budget.control_row WHERE line_code = :code AND object_code = '04'",
                 code=LINE)  # fmt: skip
    with bill.uow(read_only=True) as uow:
        found = verify_budget(uow)
    assert (found.passed, found.drift_ntd) == (False, 120_000)


def test_verification_of_nothing_does_not_pass(mli: CountyUnderTest) -> None:
    with mli.uow(read_only=True) as uow:
        found = verify_budget(uow)
    assert (found.checked, found.passed) == (0, False)

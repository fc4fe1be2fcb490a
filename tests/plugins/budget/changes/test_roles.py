"""Personnel and reserves are told by code tables with years; a first reserve is 1 % at most."""

from __future__ import annotations

import msgspec
import pytest

from tests.core.site import Browser
from tests.plugins.budget.books.conftest import Press
from tests.plugins.budget.changes.given import WRITER, post, settle, submit
from tests.plugins.budget.codes.test_codes import OBJECTS, head, load
from tests.plugins.budget.given import (
    AGENCY,
    ENACTOR,
    RESERVE,
    RESERVE_NTD,
    YEAR,
    do,
    document,
    given_allotted,
    given_bill,
    keep,
    move,
    rows_of,
    small_budget,
)
from tests.plugins.budget.given_equal import given_equal
from zhuji_budget.domain.books.model import ObjectAmount
from zhuji_budget.domain.changes.model import ChangeKind
from zhuji_budget.domain.changes.new_rows import WantedRow
from zhuji_budget.domain.changes.refusals import IntoPersonnel
from zhuji_budget.domain.reserve_limit import (
    AgencyReserve,
    ReserveOver,
    ReserveReasonLong,
    require_reserves,
)
from zhuji_budget.facts import load_facts
from zhuji_budget.queries.verification import verify_budget
from zhuji_budget.store.adjustments import positions_for_preview
from zhuji_budget.store.roles import mark_reserves
from zhuji_budget.usecases.enact_year import enact_year
from zhuji_budget.usecases.import_budget import import_budget
from zhuji_budget.usecases.write_change import WantedChange, WantedChangeLine, write_change
from zhuji_core.testing.counties import CountyUnderTest, given_actor


def roles(county: CountyUnderTest, *, like: str) -> set[tuple[str, str]]:
    ids = [
        row.control_row_id
        for row in county.rows(
            "SELECT control_row_id FROM budget.control_row WHERE line_name LIKE :like", like=like
        )
    ]
    with county.uow(read_only=True) as uow:
        return {(row.object_code, row.role) for row in positions_for_preview(uow, ids)}


def test_the_codes_of_both_governments_tell_personnel_and_reserves(
    mli: CountyUnderTest, txg: CountyUnderTest
) -> None:
    given_bill(mli)
    assert roles(mli, like="行政管理") == {
        ("01", "personnel"), ("02", ""), ("03", ""), ("04", ""),
    }  # fmt: skip
    assert roles(mli, like="第一預備金") == {("09", "first_reserve")}
    facts = load_facts("taichung-105")
    with txg.uow() as uow:
        import_budget(uow, budget=facts.budget, pack=facts.pack)
    assert roles(txg, like="第一預備金") == {("09", "first_reserve")}
    assert roles(txg, like="第二預備金") == {("09", "second_reserve")}
    assert roles(txg, like="災害準備金") == {("09", "other_reserve")}
    with txg.uow(ENACTOR) as uow:
        assert enact_year(uow, fiscal_year=YEAR, act_no="府主一字第 1 號").reserve_reason == ""
    marked = "SELECT line_name, reserve FROM budget.control_row WHERE reserve <> '' GROUP BY 1, 2"
    assert {tuple(row) for row in mli.rows(marked)} == {("第一預備金", "first_reserve")}
    assert {tuple(row) for row in txg.rows(marked)} == {
        ("第一預備金", "first_reserve"), ("第二預備金", "second_reserve"),
    }  # fmt: skip
    with txg.uow() as uow:
        given_equal(uow, fiscal_year=YEAR)
    for name, allotted in (("第一預備金", False), ("第二預備金", False), ("災害準備金", True)):
        (row, *_) = txg.rows(
            "SELECT control_row_id, allotment_ntd[1] > 0 AS allotted FROM budget.control_row"
            " WHERE line_name LIKE :name AND object_code = '09'",
            name=name,
        )
        (answer,) = do(txg, move(row.control_row_id, 1))
        assert (row.allotted, answer.granted) == (allotted, allotted)
        assert answer.refusal == ("" if allotted else "E-RESERVE-DIRECT")


@pytest.mark.parametrize("basis", ["allotted", "annual"])
def test_a_reserve_is_moved_before_it_is_certified(
    allotted: CountyUnderTest, bas: Browser, basis: str
) -> None:
    """The refusal, the page, the list; what was moved out is certified where it went."""
    allotted.settings["budget"] = {"commit_basis": basis}
    (reserve,) = rows_of(allotted, line_code=RESERVE)
    supplies = rows_of(allotted, line_code="3201010101")[1]
    (answer,) = do(allotted, move(reserve, 1))
    assert (answer.granted, answer.refusal) == (False, "E-RESERVE-DIRECT")
    assert answer.before.budget_ntd == RESERVE_NTD
    (one,) = [
        one
        for one in bas.get(f"/mli/api/v1/budget/lines?fiscal_year={YEAR}&limit=200").json()["items"]
        if one["code"] == RESERVE
    ]
    assert (one["budget_ntd"], one["available_ntd"]) == (RESERVE_NTD, 0)
    page = bas.get(f"/mli/budget/lines/{one['line_id']}").text
    assert "不得直接簽證或支用，故無可用餘額" in page
    post(allotted, ChangeKind.FIRST_RESERVE, (reserve, -RESERVE_NTD, 0), (supplies, RESERVE_NTD, 3))
    (granted,) = do(allotted, move(supplies, RESERVE_NTD, number=2))
    assert granted.granted


def test_what_was_certified_on_a_reserve_is_found(mli: CountyUnderTest) -> None:
    """Codes that were loaded since make a reserve of a row that holds money already."""
    given_allotted(mli)
    row = rows_of(mli, line_code="3201010101")[1]
    do(mli, move(row, 100))
    mli.execute("UPDATE budget.object_code SET role = 'reserve' WHERE code = '02'")
    with mli.uow(read_only=True) as uow:
        errors = verify_budget(uow).errors
    assert any("says another reserve than its codes: 105 3201010101 02" in one for one in errors)
    with mli.uow() as uow:
        mark_reserves(uow)
        uow.audit("test.codes", document(1))
    with mli.uow(read_only=True) as uow:
        errors = verify_budget(uow).errors
    assert "a reserve was certified or spent: 105 3201010101 02 100" in errors
    assert not any("another reserve than its codes" in one for one in errors)


def test_a_reserve_that_an_act_makes_says_what_it_is(mli: CountyUnderTest) -> None:
    given_allotted(mli)
    wanted = WantedChange(
        kind=ChangeKind.SUPPLEMENT,
        purpose="追加第一預備金",
        lines=(
            WantedChangeLine(
                amount_ntd=500,
                new_row=WantedRow(line_code="3201010102", object_code="09", account="current"),
            ),
        ),
        fiscal_year=YEAR,
        agency_code=AGENCY,
    )
    with mli.uow(given_actor(WRITER)) as uow:
        draft = write_change(uow, wanted=wanted)
    settle(mli, submit(mli, draft.document_id))
    (made,) = mli.rows(
        "SELECT reserve FROM budget.control_row WHERE line_code = '3201010102'"
        " AND object_code = '09'"
    )
    assert made.reserve == "first_reserve"
    with mli.uow(read_only=True) as uow:
        assert verify_budget(uow).passed


def test_the_name_says_nothing(allotted: CountyUnderTest) -> None:
    """A county calls its personnel otherwise: the role of the code counts, in its years."""
    rows = rows_of(allotted, line_code="3201010101")
    allotted.execute("UPDATE budget.object_code SET name = '員工費用' WHERE code = '01'")
    allotted.corrupt(
        "UPDATE budget.control_row SET object_name = '員工費用' WHERE object_code = '01'",
    )
    with pytest.raises(IntoPersonnel):
        post(allotted, ChangeKind.VIREMENT, (rows[1], -10, 4), (rows[0], 10, 4))
    allotted.execute("UPDATE budget.object_code SET role = '' WHERE code = '01'")
    done = post(allotted, ChangeKind.VIREMENT, (rows[1], -10, 4), (rows[0], 10, 4))
    allotted.execute("UPDATE budget.object_code SET role = 'personnel' WHERE code = '01'")
    with allotted.uow(read_only=True) as uow:
        found = verify_budget(uow)
    assert any("into personnel" in error for error in found.errors), found.errors
    assert done.change_no == 1


def test_a_countys_own_table_brings_its_roles(mli: CountyUnderTest, press: Press) -> None:
    load(mli, press, OBJECTS, head("object", "120 年起", first_year=120))
    kept = mli.rows(
        "SELECT code, role FROM budget.object_code WHERE pack = '120 年起' ORDER BY code"
    )
    assert tuple(kept[0]) == ("7000", "personnel")


def given_reserve(county: CountyUnderTest, reserve_ntd: int) -> None:
    """The small government's bill; its first agency has 69,609,259 of other current spending."""
    lines = [
        msgspec.structs.replace(
            line,
            this_year_ntd=reserve_ntd,
            split=(ObjectAmount(code="09", amount_ntd=reserve_ntd),),
        )
        if line.code == RESERVE
        else line
        for line in small_budget().lines
    ]
    keep(county, msgspec.structs.replace(small_budget(), lines=tuple(lines)))


@pytest.mark.parametrize("government", ["mli", "txg"])
def test_a_first_reserve_is_one_per_cent_to_the_dollar(
    government: str, request: pytest.FixtureRequest
) -> None:
    county: CountyUnderTest = request.getfixturevalue(government)
    given_reserve(county, 703_124)
    with pytest.raises(ReserveOver) as refused, county.uow(ENACTOR) as uow:
        enact_year(uow, fiscal_year=YEAR, act_no="府主一字第 1 號")
    assert refused.value.arithmetic == {
        "current_ntd": 70_312_383,
        "limit_ntd": 703_123,
        "reserve_ntd": 703_124,
        "over_ntd": 1,
    }
    assert "超過 1（預算法第 22 條" in refused.value.text(str)
    assert county.rows("SELECT state FROM budget.fiscal_year")[0].state == "bill"
    with county.uow(ENACTOR) as uow:
        enacted = enact_year(
            uow, fiscal_year=YEAR, act_no="府主一字第 1 號", reserve_reason="議會刪減業務費所致"
        )
    assert enacted.reserve_reason == "議會刪減業務費所致"
    with county.uow(read_only=True) as uow:
        assert verify_budget(uow).passed
    county.corrupt("UPDATE budget.fiscal_year SET reserve_reason = ''")
    with county.uow(read_only=True) as uow:
        assert any("beyond one per cent" in error for error in verify_budget(uow).errors)


def test_within_one_per_cent_no_reason_is_kept() -> None:
    assert require_reserves([], reason="多餘") == ""
    lawful = AgencyReserve(agency_code="1", agency_name="甲", current_ntd=199, reserve_ntd=1)
    assert (lawful.limit_ntd, lawful.over_ntd) == (1, 0)
    with pytest.raises(ReserveReasonLong):
        require_reserves([], reason="長" * 501)


def test_the_page_asks_for_the_reason(mli: CountyUnderTest, bas: Browser) -> None:
    given_reserve(mli, 1_000_000)
    page = bas.get("/mli/budget/years/105/enactment").text
    assert "293,908" in page, "1,000,000 − 706,092"
    asked = bas.get("/mli/budget/years/105/enactment?act_no=府主一字第1號").text
    assert "請寫明理由" in asked
    confirm = bas.get(
        "/mli/budget/years/105/enactment?act_no=府主一字第1號&reserve_reason=議會審議結果"
    ).text
    assert 'name="reserve_reason" value="議會審議結果"' in confirm
    ((rows,),) = mli.rows("SELECT count(*) FROM budget.control_row")
    unsaid = {"act_no": "府主一字第1號", "confirmation": str(rows)}
    refused = bas.form("/mli/budget/years/105/enactment", unsaid)
    assert refused.status_code == 409
    for word in ("經常支出", "上限（1%）", "第一預備金", "超過"):
        assert f'<th scope="row">{word}</th>' in refused.text


@pytest.mark.parametrize("government", ["mli", "txg"])
def test_a_supplement_raises_the_first_reserve_to_one_per_cent_of_what_was_voted(
    government: str, request: pytest.FixtureRequest
) -> None:
    """A dollar more is refused; each act counts what was voted before it."""
    county: CountyUnderTest = request.getfixturevalue(government)
    given_reserve(county, 1_000)
    with county.uow(ENACTOR) as uow:
        enact_year(uow, fiscal_year=YEAR, act_no="府主一字第 1 號")
    (reserve,) = rows_of(county, line_code=RESERVE)
    supplies = rows_of(county, line_code="3201010101")[1]
    current_ntd = 69_609_259 + 1_000
    most_ntd = next(
        ntd for ntd in range(800_000, 0, -1) if 1_000 + ntd <= (current_ntd + ntd) // 100
    )
    with pytest.raises(ReserveOver) as refused:
        post(county, ChangeKind.SUPPLEMENT, (reserve, most_ntd + 1, 0))
    assert refused.value.arithmetic == {
        "current_ntd": current_ntd + most_ntd + 1,
        "limit_ntd": (current_ntd + most_ntd + 1) // 100,
        "reserve_ntd": 1_000 + most_ntd + 1,
        "over_ntd": 1_000 + most_ntd + 1 - (current_ntd + most_ntd + 1) // 100,
    }
    assert not county.rows("SELECT 1 FROM budget.control_row WHERE changes_ntd <> 0")
    done = post(county, ChangeKind.SUPPLEMENT, (reserve, most_ntd, 0))
    with pytest.raises(ReserveOver):
        post(county, ChangeKind.SUPPLEMENT, (reserve, 1, 0))
    post(county, ChangeKind.SUPPLEMENT, (reserve, 1, 0), (supplies, 99, 0))
    post(county, ChangeKind.REDUCTION, (supplies, -50_000, 0))
    with county.uow(read_only=True) as uow:
        found = verify_budget(uow)
    assert found.passed, found.errors
    county.corrupt(
        "UPDATE budget.change_line SET amount_ntd = amount_ntd + 100 WHERE document_id = :id",
        id=done.document_id,
    )
    with county.uow(read_only=True) as uow:
        assert any("act raised a first reserve" in error for error in verify_budget(uow).errors)

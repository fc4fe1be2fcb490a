"""A document names lines and objects that the budget has not: planned, made, taken back."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import pytest

from tests.core.site import Browser
from tests.plugins.budget.changes.given import AGENCY, WRITER, settle
from tests.plugins.budget.given import LINE, YEAR, do, given_allotted, move, rows_of
from zhuji_budget.domain.changes import refusals
from zhuji_budget.domain.changes.model import Change, ChangeKind
from zhuji_budget.domain.changes.new_rows import (
    AGENCY_OTHER,
    CURRENT_ONLY,
    NewRowsInvalid,
    WantedRow,
    YearKnown,
    plan_and_function,
)
from zhuji_budget.facts import load_schemes
from zhuji_budget.queries.changes import find_change
from zhuji_budget.queries.verification import verify_budget
from zhuji_budget.usecases.reverse_change import reverse_change
from zhuji_budget.usecases.submit_change import submit_change
from zhuji_budget.usecases.write_change import WantedChange, WantedChangeLine, write_change
from zhuji_core.testing.counties import CountyUnderTest, given_actor

GOVERNMENTS = pytest.mark.parametrize("government", ["mli", "txg"])
NEW = "3201010103"
OTHER = "0001020000"
ROW = """
    SELECT r.control_row_id, b.code, b.name, b.plan_code, b.plan_name, b.agency_name,
           b.function_code, b.department_name, r.object_code, r.account, r.changes_ntd,
           r.enacted_ntd, r.allotment_ntd[4] AS april
      FROM budget.control_row AS r JOIN budget.budget_line AS b USING (line_id)
     WHERE b.code = :code ORDER BY r.object_code, r.account
"""


def new(code: str = NEW, *, ntd: int, month: int = 0, **more: Any) -> WantedChangeLine:
    row = WantedRow(line_code=code, **{"line_name": "數位服務", "object_code": "02", **more})
    return WantedChangeLine(amount_ntd=ntd, month=month, new_row=row)


def given(government: str, request: pytest.FixtureRequest) -> CountyUnderTest:
    county: CountyUnderTest = request.getfixturevalue(government)
    basis = "annual" if government == "mli" else "allotted"
    county.settings["budget"] = {"commit_basis": basis}
    given_allotted(county)
    return county


def write(
    county: CountyUnderTest,
    kind: ChangeKind,
    lines: Sequence[WantedChangeLine],
    *,
    advance_id: uuid.UUID | None = None,
) -> Change:
    wanted = WantedChange(
        kind=kind,
        purpose="新增業務",
        lines=tuple(lines),
        fiscal_year=YEAR,
        agency_code=AGENCY,
        advance_id=advance_id,
    )
    with county.uow(given_actor(WRITER)) as uow:
        return write_change(uow, wanted=wanted)


def submit(county: CountyUnderTest, draft: Change) -> Change:
    with county.uow(given_actor(WRITER)) as uow:
        return submit_change(uow, document_id=draft.document_id)


def lines_of(county: CountyUnderTest) -> int:
    (row,) = county.rows("SELECT count(*) AS lines FROM budget.budget_line")
    return int(row.lines)


@GOVERNMENTS
def test_a_supplement_begins_a_line_when_it_takes_effect(
    government: str, request: pytest.FixtureRequest
) -> None:
    county = given(government, request)
    before = lines_of(county)
    lines = [
        new(ntd=500_000, month=4),
        new(ntd=30_000),
        new(ntd=200_000, object_code="03"),
        new(LINE, ntd=9_000, object_code="03", account="capital"),
    ]
    submitted = submit(county, write(county, ChangeKind.SUPPLEMENT, lines))
    with county.uow(read_only=True) as uow:
        page = find_change(uow, submitted.document_id)
    assert page.refusal is None
    assert [one.budget_after_ntd for one in page.effects][:2] == [530_000, 200_000]
    assert lines_of(county) == before, "a document that waits leaves nothing in the budget"
    settle(county, submitted)
    supplies, equipment = county.rows(ROW, code=NEW)
    assert (supplies.name, supplies.object_code, supplies.account) == ("數位服務", "02", "current")
    assert (supplies.enacted_ntd, supplies.changes_ntd, supplies.april) == (0, 530_000, 500_000)
    assert (equipment.object_code, equipment.account) == ("03", "capital")
    assert supplies.plan_code == "3201010100"
    assert (supplies.plan_name, supplies.function_code) == ("一般行政", "32")
    assert supplies.agency_name == "示範機關甲（縣政府）"
    with county.uow(read_only=True) as uow:
        found = verify_budget(uow)
        shown = find_change(uow, submitted.document_id)
    assert found.passed, found.errors
    assert [effect.before.control_row_id for effect in shown.effects][:2] == [
        supplies.control_row_id,
        equipment.control_row_id,
    ]
    april = {"mli": True, "txg": False}[government]
    (answer,) = do(county, move(supplies.control_row_id, 530_000, document_kind="test.bill"))
    assert answer.granted is april, "to the year, or to what is allotted to March: nothing"


@GOVERNMENTS
def test_a_new_line_is_taken_back_and_stays_without_money(
    government: str, request: pytest.FixtureRequest
) -> None:
    county = given(government, request)
    done = settle(county, submit(county, write(county, ChangeKind.SUPPLEMENT, [new(ntd=5)])))
    with county.uow(given_actor(WRITER)) as uow:
        back = reverse_change(uow, document_id=done.document_id, reason="議會撤回")
    settle(county, back)
    (row,) = county.rows(ROW, code=NEW)
    assert row.changes_ntd == 0
    again = settle(county, submit(county, write(county, ChangeKind.SUPPLEMENT, [new(ntd=7)])))
    assert again.lines[0].control_row_id == row.control_row_id, "the same row, not a second one"
    with county.uow(read_only=True) as uow:
        assert verify_budget(uow).passed


@GOVERNMENTS
def test_two_documents_that_wait_for_one_new_line_share_it(
    government: str, request: pytest.FixtureRequest
) -> None:
    county = given(government, request)
    first, second = (
        submit(county, write(county, ChangeKind.SUPPLEMENT, [new(ntd=ntd, object_code=code)]))
        for ntd, code in ((5, "02"), (7, "03"))
    )
    third = submit(county, write(county, ChangeKind.SUPPLEMENT, [new(ntd=11)]))
    for one in (first, second, third):
        settle(county, one)
    rows = county.rows(ROW, code=NEW)
    assert [(row.object_code, row.changes_ntd) for row in rows] == [("02", 16), ("03", 7)]
    with county.uow(read_only=True) as uow:
        assert verify_budget(uow).passed


@GOVERNMENTS
def test_an_advance_names_a_line_that_its_inclusion_makes(
    government: str, request: pytest.FixtureRequest
) -> None:
    county = given(government, request)
    advance = settle(county, submit(county, write(county, ChangeKind.ADVANCE, [new(ntd=300)])))
    assert not county.rows(ROW, code=NEW), "an advance outside the budget changes no budget"
    draft = write(county, ChangeKind.INCLUSION, [new(ntd=300)], advance_id=advance.document_id)
    settle(county, submit(county, draft))
    (row,) = county.rows(ROW, code=NEW)
    assert row.changes_ntd == 300
    with county.uow(read_only=True) as uow:
        assert verify_budget(uow).passed


@GOVERNMENTS
def test_a_supplement_begins_a_row_of_revenue(
    government: str, request: pytest.FixtureRequest
) -> None:
    county = given(government, request)
    source = new("0803", ntd=80, month=4, line_name="中央補助", object_code="03", is_revenue=True)
    spent = new(ntd=80, month=4)
    draft = write(county, ChangeKind.SUPPLEMENT, [source, spent])
    done = settle(county, submit(county, draft))
    assert (done.amount_ntd, done.revenue_ntd) == (80, 80)
    (row,) = county.rows(
        "SELECT code, name, agency_code, changes_ntd, allotment_ntd[4] AS april"
        " FROM budget.revenue_row"
    )
    assert tuple(row) == ("0803", "中央補助", AGENCY, 80, 80)
    with county.uow(read_only=True) as uow:
        found = verify_budget(uow)
    assert found.passed, found.errors


@GOVERNMENTS
def test_every_wrong_field_of_new_lines_is_named_and_nothing_is_kept(
    government: str, request: pytest.FixtureRequest
) -> None:
    county = given(government, request)
    lines = [
        new("32010101", ntd=1),
        new("３２０１０１０１０３", ntd=1),
        new(ntd=1, line_name=" "),
        new(ntd=1, object_code="99"),
        new(ntd=1, object_code="01", account="capital"),
        new(ntd=1, agency_code="nowhere"),
        new("3201020101", ntd=1),
        new(ntd=1, account="both"),
    ]
    with pytest.raises(NewRowsInvalid) as refusal:
        write(county, ChangeKind.SUPPLEMENT, lines)
    assert set(refusal.value.fields) == {
        "new-0-code",
        "new-1-code",
        "new-2-name",
        "new-3-object",
        "new-4-account",
        "new-5-agency",
        "new-6-code",
        "new-7-account",
    }
    assert refusal.value.fields["new-6-code"] == AGENCY_OTHER
    assert refusal.value.fields["new-4-account"] == CURRENT_ONLY
    assert not county.rows("SELECT 1 FROM budget.change_document")


@GOVERNMENTS
@pytest.mark.parametrize(
    ("kind", "lines"),
    [
        (ChangeKind.REDUCTION, [new(ntd=-1)]),
        (ChangeKind.RELEASE, [new(ntd=1)]),
        (ChangeKind.CONDITION, [new(ntd=1)]),
    ],
)
def test_a_kind_that_cannot_bring_new_lines_says_so(
    government: str,
    kind: ChangeKind,
    lines: list[WantedChangeLine],
    request: pytest.FixtureRequest,
) -> None:
    county = given(government, request)
    draft = write(county, kind, lines)
    with pytest.raises(refusals.ChangeNewRow):
        submit(county, draft)
    assert not county.rows(ROW, code=NEW)


@GOVERNMENTS
def test_the_first_reserve_reaches_a_new_object_but_no_new_line(
    government: str, request: pytest.FixtureRequest
) -> None:
    county = given(government, request)
    (reserve,) = rows_of(county, line_code="6101010301")
    out = WantedChangeLine(control_row_id=reserve, amount_ntd=-100)
    draft = write(county, ChangeKind.FIRST_RESERVE, [out, new(ntd=100)])
    with pytest.raises(refusals.ChangeNewRow) as refusal:
        submit(county, draft)
    assert "不得增加新科目" in refusal.value.text(str)
    car = "3201010102"
    draft = write(county, ChangeKind.FIRST_RESERVE, [out, new(car, ntd=100, object_code="04")])
    settle(county, submit(county, draft))
    assert [(row.object_code, row.changes_ntd) for row in county.rows(ROW, code=car)] == [
        ("02", 0),
        ("04", 100),
    ]
    virement = write(
        county,
        ChangeKind.VIREMENT,
        [
            WantedChangeLine(control_row_id=rows_of(county, line_code=car)[0], amount_ntd=-1),
            new(car, ntd=1, object_code="03"),
        ],
    )
    with pytest.raises(refusals.ChangeNewRow):
        submit(county, virement)


def test_another_agency_that_took_the_code_first_is_named(mli: CountyUnderTest) -> None:
    given_allotted(mli)
    waits = submit(mli, write(mli, ChangeKind.SUPPLEMENT, [new(ntd=5)]))
    other = [new(ntd=6, agency_code=OTHER)]
    settle(mli, submit(mli, write(mli, ChangeKind.SUPPLEMENT, other)))
    with pytest.raises(refusals.ChangeNewRow) as refusal:
        settle(mli, waits)
    assert "已屬其他機關" in refusal.value.text(str)
    assert [row.changes_ntd for row in mli.rows(ROW, code=NEW)] == [6]


def test_plan_and_function_are_cut_as_the_government_cuts_its_codes() -> None:
    known = YearKnown(
        fiscal_year=YEAR,
        objects=(),
        sources={},
        schemes=load_schemes(),
        agencies={},
        lines={},
        codes=("58102100101", "58102100102", "32102100101"),
    )
    wanted = WantedRow(line_code="58102100205", line_name="防洪")
    assert plan_and_function(wanted, known) == ("58102100200", "防洪", "58")
    strange = WantedRow(line_code="123456", line_name="無碼段")
    assert plan_and_function(strange, known) == ("123456", "無碼段", "")


def test_the_form_takes_new_lines_and_shows_them_again(mli: CountyUnderTest, bas: Browser) -> None:
    given_allotted(mli)
    form = bas.get(f"/mli/budget/changes/new?kind=supplement&agency_code={AGENCY}").text
    assert 'name="new-0-code"' in form
    closed = bas.get(f"/mli/budget/changes/new?kind=reduction&agency_code={AGENCY}").text
    assert 'name="new-0-code"' not in closed
    typed = {
        "_key": uuid4().hex,
        "kind": "supplement",
        "agency_code": AGENCY,
        "purpose": "新增數位服務",
        "ground": "預算法第 79 條",
        "new-0-code": NEW,
        "new-0-name": "<i>數位</i>",
        "new-0-object": "02 業務費",
        "new-0-month": "4",
        "new-0-increase": "２50,000",
        "act": "keep",
    }
    wrong = bas.form("/mli/budget/changes/new", typed | {"new-0-object": "77", "new-0-month": "13"})
    assert wrong.status_code == 422
    assert 'id="new-0-month-error"' in wrong.text
    wrong = bas.form("/mli/budget/changes/new", typed | {"new-0-object": "77"})
    assert 'id="new-0-object-error"' in wrong.text
    assert "２50,000" in wrong.text
    kept = bas.form("/mli/budget/changes/new", typed)
    assert kept.status_code == 303, kept.text
    page = bas.get(kept.headers["location"]).text
    assert "新增科目" in page
    assert "&lt;i&gt;數位" in page
    assert "250,000" in page
    edit = bas.get(f"{kept.headers['location']}/edit").text
    assert f'value="{NEW}"' in edit
    detail = bas.get(kept.headers["location"].replace("/mli/", "/mli/api/v1/")).json()
    assert detail["change"]["lines"][0]["new_row"]["makes_line"] is True


def test_new_lines_come_by_the_api(mli: CountyUnderTest, bas: Browser) -> None:
    given_allotted(mli)
    base = "/mli/api/v1/budget/changes"
    body = {
        "kind": "supplement",
        "purpose": "追加",
        "agency_code": AGENCY,
        "lines": [
            {
                "amount_ntd": 9,
                "new_row": {"line_code": NEW, "line_name": "數位服務", "object_code": "0271"},
            }
        ],
    }
    made = bas.json(base, json.dumps(body).encode())
    assert made.status_code == 201, made.text
    page = bas.get(f"{base}/{made.json()['document_id']}").json()
    assert page["effects"][0]["object_code"] == "02", "of a second-level object its first level"
    body["lines"][0]["new_row"]["line_code"] = "x"  # type: ignore[index]
    wrong = bas.json(base, json.dumps(body).encode())
    assert (wrong.status_code, wrong.json()["code"]) == (422, "E-CHANGE-NEW-ROW")
    assert "new-0-code" in wrong.json()["fields"]

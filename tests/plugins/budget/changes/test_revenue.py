"""Supplements and reductions change revenue too, in both governments; nothing else does."""

from __future__ import annotations

import uuid
from uuid import uuid4

import msgspec
import pytest

from tests.core.site import Browser
from tests.plugins.budget.changes.given import AGENCY, WRITER, settle
from tests.plugins.budget.given import ENACTOR, YEAR, given_bill, rows_of
from tests.plugins.budget.given_equal import given_equal
from zhuji_budget.domain.changes.model import Change, ChangeKind
from zhuji_budget.domain.changes.refusals import (
    ChangeRevenueKind,
    ChangeYear,
    MonthShort,
    RevenueShort,
    UnallottedShort,
)
from zhuji_budget.queries.changes import find_change
from zhuji_budget.queries.verification import verify_budget
from zhuji_budget.usecases.enact_year import enact_year
from zhuji_budget.usecases.reverse_change import reverse_change
from zhuji_budget.usecases.submit_change import submit_change
from zhuji_budget.usecases.write_change import WantedChange, WantedChangeLine, write_change
from zhuji_core.testing.counties import CountyUnderTest, given_actor

FEES = uuid.UUID(int=77)
ROW = """
    INSERT INTO budget.revenue_row
           (revenue_row_id, fiscal_year, agency_code, agency_name, code, name, source_code,
            source_name, account, bill_ntd)
    VALUES (:id, 105, '0001010000', '示範機關甲', '0401', '行政規費', '04', '規費收入', 'current',
            1000)
"""


def given_revenue(county: CountyUnderTest) -> uuid.UUID:
    """An allotted county with 1,000 of fees, and the control row of its supplies."""
    given_bill(county)
    county.execute(ROW, id=FEES)
    with county.uow(ENACTOR) as uow:
        enact_year(uow, fiscal_year=YEAR, act_no="府主一字第 1 號")
    with county.uow() as uow:
        given_equal(uow, fiscal_year=YEAR)
    return rows_of(county, line_code="3201010101")[1]


def write(county: CountyUnderTest, kind: ChangeKind, *lines: WantedChangeLine) -> Change:
    wanted = WantedChange(
        kind=kind, purpose="追加規費", lines=lines, fiscal_year=YEAR, agency_code=AGENCY
    )
    with county.uow(given_actor(WRITER)) as uow:
        draft = write_change(uow, wanted=wanted)
        return submit_change(uow, document_id=draft.document_id)


def fees(amount_ntd: int, month: int = 0) -> WantedChangeLine:
    return WantedChangeLine(revenue_row_id=FEES, amount_ntd=amount_ntd, month=month)


def counters(county: CountyUnderTest) -> tuple[int, int]:
    (row,) = county.rows("SELECT changes_ntd, allotment_ntd[4] AS april FROM budget.revenue_row")
    return row.changes_ntd, row.april


@pytest.mark.parametrize("government", ["mli", "txg"])
def test_a_supplement_raises_revenue_with_expenditure(
    government: str, request: pytest.FixtureRequest
) -> None:
    county: CountyUnderTest = request.getfixturevalue(government)
    supplies = given_revenue(county)
    spent = WantedChangeLine(control_row_id=supplies, amount_ntd=900, month=4)
    done = settle(county, write(county, ChangeKind.SUPPLEMENT, spent, fees(600, 4), fees(50)))
    assert (done.amount_ntd, done.revenue_ntd) == (900, 650)
    assert counters(county) == (650, 600)
    with county.uow(read_only=True) as uow:
        page = find_change(uow, done.document_id)
        found = verify_budget(uow)
    assert found.passed, found.errors
    assert [one.budget_after_ntd for one in page.revenues] == [1_650]
    with county.uow(given_actor(WRITER)) as uow:
        back = reverse_change(uow, document_id=done.document_id, reason="議會撤回")
    settle(county, back)
    assert counters(county) == (0, 0)
    with county.uow(read_only=True) as uow:
        assert verify_budget(uow).passed
    county.execute("UPDATE budget.revenue_row SET changes_ntd = 1")
    with county.uow(read_only=True) as uow:
        errors = verify_budget(uow).errors
    assert any("row of revenue and its movements" in error for error in errors)
    county.corrupt("UPDATE budget.change_line SET amount_ntd = 601 WHERE amount_ntd = 600")
    with county.uow(read_only=True) as uow:
        errors = verify_budget(uow).errors
    assert any("movements of revenue differ" in error for error in errors)


def test_a_reduction_takes_no_more_than_there_is(mli: CountyUnderTest) -> None:
    given_revenue(mli)
    for lines, refusal, short_ntd in (
        ((fees(-1_001),), RevenueShort, 1),
        ((fees(-1, 4),), MonthShort, 1),
    ):
        with pytest.raises(refusal) as refused:
            write(mli, ChangeKind.REDUCTION, *lines)
        assert refused.value.arithmetic["short_ntd"] == short_ntd
    settle(mli, write(mli, ChangeKind.SUPPLEMENT, fees(10, 4)))
    with pytest.raises(UnallottedShort):
        write(mli, ChangeKind.REDUCTION, fees(-1_001))
    assert counters(mli) == (10, 10), "nothing of what was refused is kept"
    settle(mli, write(mli, ChangeKind.REDUCTION, fees(-1_000), fees(-10, 4)))
    assert counters(mli) == (-1_000, 0)


def test_only_an_act_of_the_council_changes_revenue(mli: CountyUnderTest) -> None:
    given_revenue(mli)
    with pytest.raises(ChangeRevenueKind):
        write(mli, ChangeKind.INCLUSION, fees(1))
    assert not mli.rows("SELECT 1 FROM budget.change_document")


def test_the_form_picks_a_row_of_revenue(mli: CountyUnderTest, bas: Browser) -> None:
    given_revenue(mli)
    form = bas.get(f"/mli/budget/changes/new?kind=supplement&agency_code={AGENCY}").text
    assert "revenue=true" in form
    url = f"/mli/budget/changes/control-rows?agency_code={AGENCY}&everywhere=true&revenue=true"
    (picked,) = bas.get(f"{url}&text=規費").json()["items"]
    assert picked["value"] == f"revenue:{FEES}"
    known = bas.get(f"/mli/budget/changes/positions?control_row_id={picked['value']}&month=4")
    assert "歲入預算 1,000" in known.json()["text"]
    assert bas.get("/mli/budget/changes/positions?control_row_id=x").json()["state"] == "unknown"
    sent = bas.form(
        "/mli/budget/changes/new",
        {
            "_key": uuid4().hex,
            "kind": "supplement",
            "agency_code": AGENCY,
            "purpose": "追加規費收入",
            "ground": "預算法第 79 條",
            "lines-0-control_row": "規費",
            "lines-0-month": "4",
            "lines-0-increase": "２５０",
            "act": "send",
        },
    )
    assert sent.status_code == 303, sent.text
    page = bas.get(sent.headers["location"]).text
    assert "歲入試算" in page
    assert "1,250" in page
    (document,) = mli.rows("SELECT document_id FROM budget.change_document")
    detail = bas.get(f"/mli/api/v1/budget/changes/{document.document_id}").json()
    assert detail["revenue_effects"][0]["budget_after_ntd"] == 1_250
    assert msgspec.convert(detail["change"], Change).revenue_ntd == 250


def test_a_year_without_a_budget_is_refused_in_words(mli: CountyUnderTest) -> None:
    for fiscal_year in (-596, 106):
        wanted = WantedChange(
            kind=ChangeKind.SUPPLEMENT,
            purpose="",
            lines=(),
            fiscal_year=fiscal_year,
            agency_code=AGENCY,
        )
        with pytest.raises(ChangeYear), mli.uow(given_actor(WRITER)) as uow:
            write_change(uow, wanted=wanted)

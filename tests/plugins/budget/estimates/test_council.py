"""The council cuts, freezes and attaches conditions; enactment carries them into the baseline."""

from __future__ import annotations

import json
import uuid

import msgspec
import pytest

from tests.core.site import Browser
from tests.plugins.budget.estimates.given import line_id
from tests.plugins.budget.given import (
    AGENCY,
    ENACTOR,
    LINE,
    TOTAL_NTD,
    YEAR,
    given_bill,
    keep,
    rows_of,
    small_budget,
)
from tests.plugins.budget.given_equal import given_equal
from zhuji_budget import demo
from zhuji_budget.domain.council import CouncilChange, CouncilInvalid
from zhuji_budget.domain.estimate_items import WantedLine
from zhuji_budget.domain.year import YearState
from zhuji_budget.facts import load_facts
from zhuji_budget.queries.council import council_lines, council_totals
from zhuji_budget.queries.verification import verify_budget
from zhuji_budget.usecases._council import Said
from zhuji_budget.usecases.enact_year import enact_year
from zhuji_budget.usecases.import_budget import import_budget
from zhuji_budget.usecases.open_estimate import open_estimate
from zhuji_budget.usecases.record_council import record_council
from zhuji_budget.usecases.write_estimate import write_estimate
from zhuji_budget.web import council_form
from zhuji_budget.web.views.words import change_percent
from zhuji_core.spreadsheets import read_workbook
from zhuji_core.testing.counties import CountyUnderTest

REVENUE = """
    INSERT INTO budget.revenue_row
           (revenue_row_id, fiscal_year, agency_code, agency_name, code, name, source_code,
            source_name, account, bill_ntd)
    VALUES (:id, 105, '0001010000', '甲', '0401', '規費', '04', '規費收入', 'current', 15)
"""
BASELINE = (
    "SELECT bill_ntd, council_ntd, enacted_ntd, frozen_ntd FROM budget.control_row"
    " WHERE control_row_id = :row"
)


def record(county: CountyUnderTest, *changes: CouncilChange) -> None:
    with county.uow() as uow:
        record_council(uow, fiscal_year=YEAR, changes=changes, said=Said(reason="更正"))


def enact(county: CountyUnderTest) -> None:
    with county.uow(ENACTOR) as uow:
        enact_year(uow, fiscal_year=YEAR, act_no="議字第 1 號")


def test_cuts_and_freezes_are_in_the_baseline(mli: CountyUnderTest) -> None:
    given_bill(mli)
    mli.execute(REVENUE, id=uuid.uuid4())
    row = rows_of(mli, line_code=LINE)[1]
    change = CouncilChange(
        control_row_id=row, cut_ntd=87_650, frozen_ntd=900_000, condition="專案報告後動支"
    )
    record(mli, change)
    enact(mli)
    assert tuple(mli.rows(BASELINE, row=row)[0]) == (12_987_650, -87_650, 12_900_000, 900_000)
    moved = mli.rows(
        "SELECT kind, amount_ntd FROM budget.budget_movement WHERE control_row_id = :row"
        " ORDER BY movement_id",
        row=row,
    )
    assert [tuple(one) for one in moved] == [("enact", 12_900_000), ("freeze", 900_000)]
    revenue = mli.rows("SELECT enacted_ntd FROM budget.revenue_row")[0]
    moved = mli.rows("SELECT kind, amount_ntd FROM budget.revenue_movement")
    assert (revenue.enacted_ntd, [tuple(one) for one in moved]) == (15, [("enact", 15)])
    with mli.uow() as uow:
        given_equal(uow, fiscal_year=YEAR)
    allotted = mli.rows(
        "SELECT (SELECT sum(a) FROM unnest(allotment_ntd) AS a)::bigint AS ntd"
        " FROM budget.control_row WHERE control_row_id = :row",
        row=row,
    )[0]
    assert allotted.ntd == 12_000_000
    with mli.uow(read_only=True) as uow:
        verified = verify_budget(uow)
    assert verified.passed, verified.errors
    assert verified.checked > 0
    with pytest.raises(YearState):
        record(mli, change)


def test_every_wrong_decision_is_named_and_nothing_is_kept(mli: CountyUnderTest) -> None:
    given_bill(mli)
    first, second, third, fourth = rows_of(mli, line_code=LINE)
    record(mli, CouncilChange(control_row_id=first, cut_ntd=1))
    with pytest.raises(CouncilInvalid) as refusal:
        record(
            mli,
            CouncilChange(control_row_id=first, cut_ntd=-1),
            CouncilChange(control_row_id=second, cut_ntd=87_650, frozen_ntd=12_900_001),
            CouncilChange(control_row_id=third, frozen_ntd=1),
            CouncilChange(control_row_id=third, cut_ntd=1),
            CouncilChange(control_row_id=fourth),
            CouncilChange(control_row_id=uuid.UUID(int=4), cut_ntd=1),
        )
    assert set(refusal.value.fields) == {
        "council-0-cut",
        "council-1-frozen",
        "council-2-condition",
        "council-3-row",
        "council-4-cut",
        "council-5-row",
    }
    kept = mli.rows("SELECT control_row_id, cut_ntd FROM budget.council_change")
    assert [tuple(one) for one in kept] == [(first, 1)]
    record(mli)
    assert mli.rows("SELECT sum(council_ntd)::bigint AS ntd FROM budget.control_row")[0].ntd == 0


def test_taichungs_bill_stands_against_last_year(txg: CountyUnderTest) -> None:
    facts = load_facts(demo.FACTS["TXG"])
    with txg.uow() as uow:
        import_budget(uow, budget=facts.budget, pack=facts.pack)
    with txg.uow(read_only=True) as uow:
        lines = council_lines(uow, YEAR, limit=1_000)
    assert len(lines) == 782
    assert sum(line.bill_ntd for line in lines) == facts.budget.total_ntd
    last_ntd = sum(line.last_year_ntd or 0 for line in facts.budget.lines)
    assert sum(line.last_year_ntd for line in lines) == last_ntd


def test_lines_of_last_year_that_are_gone_stand_in_the_view(
    mli: CountyUnderTest, bas: Browser
) -> None:
    given_bill(mli)
    enact(mli)
    whole = small_budget()
    kept = tuple(
        msgspec.structs.replace(line, last_year_ntd=line.this_year_ntd)
        for line in whole.lines
        if line.code != LINE
    )
    keep(mli, msgspec.structs.replace(whole, fiscal_year=YEAR + 1, lines=kept))
    last_ntd = next(line.this_year_ntd for line in whole.lines if line.code == LINE)
    with mli.uow(read_only=True) as uow:
        lines = council_lines(uow, YEAR + 1)
        totals = council_totals(uow, YEAR + 1)
    assert len(lines) == len(whole.lines)
    (gone,) = [line for line in lines if line.is_gone]
    assert (gone.code, gone.last_year_ntd, gone.bill_ntd) == (LINE, last_ntd, 0)
    assert (totals.lines, totals.gone) == (len(whole.lines), 1)
    assert (totals.last_year_ntd, totals.bill_ntd) == (TOTAL_NTD, TOTAL_NTD - last_ntd)
    page = bas.get(f"/mli/budget/council/{YEAR + 1}").text
    assert "−100.0%" in page
    assert "本年度未編列" in page
    assert f"{TOTAL_NTD:,}" in page.partition("<tfoot>")[2]
    assert 'id="balance"' in page, "both sides of the bill"


def test_an_agency_says_why_a_line_is_gone(mli: CountyUnderTest) -> None:
    given_bill(mli)
    enact(mli)
    with mli.uow() as uow:
        estimate = open_estimate(uow, fiscal_year=YEAR + 1, agency_code=AGENCY)
    own = line_id(mli, estimate.estimate_id)
    wanted = WantedLine(side="expenditure", code=LINE, name="行政管理", reason="業務移撥")
    with mli.uow() as uow:
        write_estimate(uow, estimate_id=estimate.estimate_id, estimate_line_id=own, wanted=wanted)
    mli.execute(
        "INSERT INTO budget.fiscal_year (fiscal_year, document_id) VALUES (:year, :id)",
        year=YEAR + 1,
        id=uuid.uuid4(),
    )
    with mli.uow(read_only=True) as uow:
        found = {line.code: line.reason for line in council_lines(uow, YEAR + 1)}
    assert found[LINE] == "業務移撥"


@pytest.mark.parametrize(
    ("before_ntd", "after_ntd", "text"),
    [(200, 0, "−100.0%"), (3, 4, "+33.3%"), (0, 5, "新增"), (7, 7, ""), (10_000, 9_990, "−0.1%")],
)
def test_a_change_is_told_in_per_cent(before_ntd: int, after_ntd: int, text: str) -> None:
    assert change_percent(before_ntd, after_ntd, str) == text


def test_the_budget_office_records_on_pages_and_by_api(
    mli: CountyUnderTest, bas: Browser, bas2: Browser
) -> None:
    given_bill(mli)
    root = f"/mli/budget/council/{YEAR}"
    assert "60,120,500" in bas.get(root).text
    picked = bas.get(f"{root}/rows?text={LINE}-02").json()["items"]
    assert [one["note"] for one in picked] == ["12,987,650"]
    wrong = bas.form(f"{root}/decisions", {"council-0-row": f"{LINE}-02", "council-0-cut": "x"})
    assert wrong.status_code == 422
    assert 'id="council-0-cut-error"' in wrong.text
    sent = {
        "council-0-row": f"{LINE}-02 行政管理",
        "council-0-cut": "７,650",
        "council-0-frozen": "80,000",
        "council-0-condition": "專案報告後動支",
    }
    assert bas.form(f"{root}/decisions", sent).status_code == 303
    page = bas.get(root).text
    assert "專案報告後動支" in page
    assert "80,000" in page
    assert "7,650" in bas.get(f"{root}/decisions").text
    enactment = f"/mli/budget/years/{YEAR}/enactment?act_no=議字第1號"
    assert bas.get(enactment).status_code == 403, "whoever recorded the decision"
    confirm = bas2.get(enactment).text
    assert f"{TOTAL_NTD - 7_650:,}" in confirm
    api = f"/mli/api/v1/budget/council/{YEAR}"
    lines = bas.get(f"{api}?limit=200").json()["items"]
    assert sum(line["cut_ntd"] for line in lines) == 7_650
    gone = {"changes": [], "reason": "重行審議"}
    assert bas.json(api, json.dumps(gone).encode()).status_code == 200
    assert not mli.rows("SELECT 1 FROM budget.council_change")


def test_the_whole_view_is_a_file_with_its_sums(mli: CountyUnderTest, bas: Browser) -> None:
    given_bill(mli)
    root = f"/mli/budget/council/{YEAR}"
    assert f"{root}/export/xlsx" in bas.get(root).text
    rows = bas.get(f"{root}/export/csv").content.decode("utf-8-sig").splitlines()
    lines = mli.rows("SELECT code FROM budget.budget_line")
    assert len(rows) == 1 + len(lines)
    (sheet,) = read_workbook(bas.get(f"{root}/export/ods").content, name="x.ods").sheets
    (total,) = [row for row in sheet.rows if str(row[0]) == "合計"]
    assert TOTAL_NTD in {cell for cell in total if isinstance(cell, int | float)}


def test_more_decisions_than_a_form_shows_are_not_lost_by_it(
    mli: CountyUnderTest, bas: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    given_bill(mli)
    first, second, *_ = rows_of(mli, line_code=LINE)
    record(
        mli,
        CouncilChange(control_row_id=first, cut_ntd=1),
        CouncilChange(control_row_id=second, cut_ntd=2),
    )
    monkeypatch.setattr(council_form, "GRID_ROWS_MAX", 1)
    refused = bas.get(f"/mli/budget/council/{YEAR}/decisions")
    assert (refused.status_code, "超過 1 項" in refused.text) == (409, True)


def test_an_agency_reads_but_does_not_record(mli: CountyUnderTest, clerk: Browser) -> None:
    given_bill(mli)
    assert clerk.get(f"/mli/budget/council/{YEAR}").status_code == 200
    assert clerk.get(f"/mli/budget/council/{YEAR}/decisions").status_code == 403
    assert clerk.form(f"/mli/budget/council/{YEAR}/decisions", {}).status_code == 403

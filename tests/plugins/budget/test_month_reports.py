"""The month's report: which lines lag, the words that are owed, and what was submitted stays."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
import pytest

from tests.core.site import Browser, Site
from tests.plugins.budget.given import AGENCY, LINE, YEAR, do, given_allotted, move, rows_of
from zhuji_budget import demo
from zhuji_budget.domain import month_report_rules as rules
from zhuji_budget.domain.month_report import (
    LagNote,
    LagRule,
    MonthReport,
    ReportedLine,
    ReportState,
    last_day_of,
)
from zhuji_budget.queries.month_reports import MonthReportPage, find_month_report
from zhuji_budget.settings import LagBasis
from zhuji_budget.usecases.accept_month_report import accept_month_report
from zhuji_budget.usecases.open_month_report import open_month_report
from zhuji_budget.usecases.return_month_report import return_month_report
from zhuji_budget.usecases.submit_month_report import submit_month_report
from zhuji_budget.usecases.write_lag_notes import write_lag_notes
from zhuji_core.identity.actor import Forbidden
from zhuji_core.identity.duties import SamePerson
from zhuji_core.testing.counties import CountyUnderTest, given_actor

OFFICE = given_actor(2)
ROOT = "/mli/budget/month-reports"
API = "/mli/api/v1/budget/month-reports"


def line(**amounts: int) -> ReportedLine:
    told: dict[str, Any] = {
        "budget_ntd": 1_200, "allotted_ntd": 200, "realised_ntd": 0, "payable_ntd": 0,
        "advanced_ntd": 0, "encumbered_ntd": 0, **amounts,
    }  # fmt: skip
    return ReportedLine(line_id=uuid.UUID(int=1), code="1", name="甲", **told)


def test_a_line_lags_below_the_percent_and_not_at_it() -> None:
    eighty = LagRule(below_percent=80, basis=LagBasis.CERTIFIED)
    executed = LagRule(below_percent=80, basis=LagBasis.EXECUTED)
    assert line(realised_ntd=100, payable_ntd=20, encumbered_ntd=39).lags(eighty)
    assert not line(realised_ntd=100, payable_ntd=20, encumbered_ntd=40).lags(eighty)
    assert line(realised_ntd=100, payable_ntd=20, encumbered_ntd=40).lags(executed)
    assert not line(realised_ntd=140, payable_ntd=20).lags(executed)
    assert not line(allotted_ntd=0).lags(eighty), "nothing was expected of it"
    assert line().lags(eighty)
    assert not msgspec.structs.replace(line(), is_reserve=True).lags(eighty)
    assert not line().lags(LagRule(below_percent=0, basis=LagBasis.CERTIFIED))
    assert (
        line(realised_ntd=100, payable_ntd=20, advanced_ntd=5, encumbered_ntd=7).balance_ntd == 68
    )


@pytest.mark.parametrize(("month", "day"), [(1, 31), (2, 29), (12, 31)])
def test_the_last_day_of_a_month(month: int, day: int) -> None:
    assert last_day_of(YEAR, month) == dt.date(2016, month, day)


def opened(county: CountyUnderTest, *, month: int = 2, agency: str = AGENCY) -> MonthReport:
    with county.uow() as uow:
        return open_month_report(uow, fiscal_year=YEAR, month=month, agency_code=agency)


def found(county: CountyUnderTest, report: MonthReport) -> MonthReportPage:
    with county.uow(read_only=True) as uow:
        return find_month_report(uow, report.report_id)


def explained(county: CountyUnderTest, report: MonthReport) -> Sequence[ReportedLine]:
    lines = found(county, report).to_explain
    with county.uow() as uow:
        write_lag_notes(
            uow,
            report_id=report.report_id,
            wanted=[
                LagNote(line_id=one.line_id, reason=f"採購流標 {one.code}", remedy="三月重新招標")
                for one in lines
            ],
        )
    return lines


def submitted(county: CountyUnderTest) -> MonthReport:
    report = opened(county)
    explained(county, report)
    with county.uow() as uow:
        return submit_month_report(uow, report_id=report.report_id)


def given_taichung(county: CountyUnderTest) -> str:
    with county.uow() as uow:
        demo.seed(uow)
    return "00020070000"


def test_a_line_that_lags_is_explained_before_the_month_is_submitted(
    allotted: CountyUnderTest,
) -> None:
    report = opened(allotted)
    behind = [one for one in found(allotted, report).lines if one.lags(report.rule)]
    assert len(behind) > 1, "nothing is certified in February"
    with pytest.raises(rules.LagMissing, match=behind[0].code), allotted.uow() as uow:
        submit_month_report(uow, report_id=report.report_id)
    half = LagNote(line_id=behind[0].line_id, reason="採購流標")
    with allotted.uow() as uow:
        write_lag_notes(uow, report_id=report.report_id, wanted=[half])
    with pytest.raises(rules.LagMissing) as refused, allotted.uow() as uow:
        submit_month_report(uow, report_id=report.report_id)
    assert refused.value.arithmetic == {
        "lagging": len(behind), "missing": len(behind), "below_percent": 80,
    }  # fmt: skip
    assert found(allotted, report).report.state is ReportState.OPEN
    explained(allotted, report)
    with allotted.uow() as uow:
        sent = submit_month_report(uow, report_id=report.report_id)
    assert (sent.state, sent.lagging) == (ReportState.SUBMITTED, len(behind))
    with pytest.raises(rules.MonthReportState), allotted.uow() as uow:
        write_lag_notes(uow, report_id=report.report_id, wanted=[half])


def test_figures_are_of_the_month_and_stay_as_submitted(allotted: CountyUnderTest) -> None:
    row = rows_of(allotted, line_code=LINE)[1]
    do(allotted, move(row, 46_912))  # on 15 March: not in the report of February
    sent = submitted(allotted)
    before = found(allotted, sent).lines
    (own,) = [one for one in before if one.code == LINE]
    months = allotted.rows(
        "SELECT sum(allotment_ntd[1] + allotment_ntd[2]) AS ntd, sum(enacted_ntd) AS budget"
        " FROM budget.control_row WHERE line_code = :line",
        line=LINE,
    )[0]
    assert (own.allotted_ntd, own.budget_ntd) == (months.ntd, months.budget)
    assert own.encumbered_ntd == 0
    allotted.execute(
        "UPDATE budget.budget_movement SET business_date = '2016-02-10'"
        " WHERE kind = 'reserve' AND control_row_id = :row",
        row=row,
    )
    assert found(allotted, sent).lines == before
    with allotted.uow(OFFICE) as uow:
        return_month_report(uow, report_id=sent.report_id, reason="請補充")
    (now,) = [one for one in found(allotted, sent).lines if one.code == LINE]
    assert (now.encumbered_ntd, now.reason) == (46_912, own.reason)


def test_somebody_else_accepts(allotted: CountyUnderTest) -> None:
    sent = submitted(allotted)
    with pytest.raises(SamePerson), allotted.uow() as uow:
        accept_month_report(uow, report_id=sent.report_id)
    with pytest.raises(rules.LagReasonMissing), allotted.uow(OFFICE) as uow:
        return_month_report(uow, report_id=sent.report_id, reason=" ")
    with allotted.uow(OFFICE) as uow:
        done = accept_month_report(uow, report_id=sent.report_id)
    assert (done.state, done.accepted_on) == (ReportState.ACCEPTED, dt.date(2016, 3, 15))
    with pytest.raises(rules.MonthReportState), allotted.uow(OFFICE) as uow:
        return_month_report(uow, report_id=sent.report_id, reason="再議")


def test_a_month_is_reported_once_and_when_it_is_over(allotted: CountyUnderTest) -> None:
    assert opened(allotted).report_id == opened(allotted).report_id
    with pytest.raises(rules.MonthNotOver, match="'month': 3"):
        opened(allotted, month=3)
    with pytest.raises(rules.NothingToReport):
        opened(allotted, agency="9999")
    with pytest.raises(rules.NothingToReport):
        opened(allotted, month=13)
    with pytest.raises(Forbidden), allotted.uow(given_actor(9, permissions={})) as uow:
        open_month_report(uow, fiscal_year=YEAR, month=1, agency_code=AGENCY)
    assert len(allotted.rows("SELECT report_id FROM budget.month_report")) == 1


def test_notes_that_cannot_be_kept_are_named_and_nothing_is(allotted: CountyUnderTest) -> None:
    report = opened(allotted)
    one = found(allotted, report).lines[0]
    wrong = [
        LagNote(line_id=one.line_id, reason="長" * 501, remedy="好"),
        LagNote(line_id=uuid.UUID(int=7), reason="無"),
    ]
    with pytest.raises(rules.LagNotesInvalid) as refused, allotted.uow() as uow:
        write_lag_notes(uow, report_id=report.report_id, wanted=wrong)
    assert set(refused.value.fields) == {"lines-0-reason", "lines-1-reason"}
    assert allotted.rows("SELECT * FROM budget.lag_note") == []
    with pytest.raises(rules.MonthReportRevised), allotted.uow() as uow:
        write_lag_notes(uow, report_id=report.report_id, wanted=[], revision=9)


def test_the_rule_is_the_countys(allotted: CountyUnderTest) -> None:
    report = opened(allotted)
    allotted.settings["budget"] = {"lag_below_percent": 0}
    assert found(allotted, report).to_explain == ()
    with allotted.uow() as uow:
        assert submit_month_report(uow, report_id=report.report_id).lagging == 0


def test_taichung_reports_a_month_too(txg: CountyUnderTest) -> None:
    agency = given_taichung(txg)
    report = opened(txg, agency=agency)
    assert len(explained(txg, report)) > 1
    with txg.uow() as uow:
        sent = submit_month_report(uow, report_id=report.report_id)
    with txg.uow(OFFICE) as uow:
        assert accept_month_report(uow, report_id=sent.report_id).state is ReportState.ACCEPTED


@pytest.fixture
def cacc(site: Site, mli: CountyUnderTest) -> Iterator[Browser]:
    given_allotted(mli)
    site.given_user("cacc", "CACC", county="MLI", in_agency=AGENCY)
    with site.browser("cacc", county="mli") as browser:
        yield browser


def test_an_agency_reports_its_month_on_pages(
    site: Site, mli: CountyUnderTest, cacc: Browser, bas: Browser
) -> None:
    fields = {"fiscal_year": str(YEAR), "month": "2", "agency_code": AGENCY}
    url = cacc.form(ROOT, fields).headers["location"]
    assert "尚未編製" in bas.get(f"{ROOT}?month=2").text
    refused = cacc.form(f"{url}/submission", {})
    assert refused.status_code == 409
    assert "未填落後原因或改進措施" in refused.text
    report_id = uuid.UUID(url.rpartition("/")[2])
    with mli.uow(read_only=True) as uow:
        behind = find_month_report(uow, report_id).to_explain
    keyed: dict[str, str] = {}
    for number, one in enumerate(behind):
        keyed |= {
            f"lines-{number}-id": str(one.line_id),
            f"lines-{number}-reason": f"採購流標 {number}",
            f"lines-{number}-remedy": "三月重新招標",
        }
    page = cacc.get(f"{url}/notes").text
    assert page.count('-reason" id=') == len(behind)
    wrong = cacc.form(f"{url}/notes", {**keyed, "lines-0-reason": "長" * 501})
    assert (wrong.status_code, "最多 500 字" in wrong.text) == (422, True)
    assert cacc.form(f"{url}/notes", keyed).status_code == 303
    assert cacc.form(f"{url}/submission", {}).status_code == 303
    assert bas.form(f"{url}/acceptance", {}).status_code == 303
    assert "已備查" in bas.get(url).text
    csv = bas.get(f"{url}/export/csv").content.decode("utf-8-sig")
    assert "採購流標 0" in csv
    execution = bas.get(f"/mli/budget/reports/execution?within=0001000000,{AGENCY}&depth=3")
    shown = execution.text if execution.status_code == 200 else ""
    whole = bas.get("/mli/budget/reports/execution?depth=3").text
    assert "2 月　採購流標 0" in whole or "2 月　採購流標 0" in shown
    data = bas.get("/mli/budget/reports/execution/export/csv?depth=4").content.decode("utf-8-sig")
    assert "採購流標 0" in data


def post(browser: Browser, path: str, body: object, *, method: str = "POST") -> tuple[int, Any]:
    answer = browser.json(path, msgspec.json.encode(body), key=uuid.uuid4().hex, method=method)
    return answer.status_code, answer.json()


def test_the_api_does_what_the_pages_do(mli: CountyUnderTest, cacc: Browser, bas: Browser) -> None:
    wanted = {"fiscal_year": YEAR, "month": 1, "agency_code": AGENCY}
    made = post(cacc, API, wanted)[1]
    detail = cacc.get(f"{API}/{made['report_id']}").json()
    notes = [
        {"line_id": one["line"]["line_id"], "reason": "流標", "remedy": "重新招標"}
        for one in detail["lines"]
        if one["lags"]
    ]
    assert notes
    refused, problem = post(cacc, f"{API}/{made['report_id']}/submission", {})
    assert (refused, problem["code"]) == (409, "E-LAG-MISSING")
    url = f"{API}/{made['report_id']}"
    assert post(cacc, f"{url}/notes", {"notes": notes}, method="PUT")[1]["revision"] == 2
    assert post(cacc, f"{url}/submission", {})[1]["lagging"] == len(notes)
    assert post(bas, f"{url}/return", {"reason": "請補充"})[1]["state"] == "returned"
    listed = bas.get(f"{API}?month=1&fiscal_year={YEAR}").json()["items"]
    assert {one["state"] for one in listed} == {"", "returned"}

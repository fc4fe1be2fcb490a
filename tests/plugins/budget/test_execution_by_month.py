"""Execution by month, as the page of charts, the API and open data tell it."""

from __future__ import annotations

import csv
import dataclasses
import datetime as dt
import io
import json
import re
import uuid
from pathlib import Path

import pytest

from tests.core.site import Browser
from tests.plugins.budget.given import (
    AGENCY,
    LINE,
    RESERVE_NTD,
    TOTAL_NTD,
    YEAR,
    do,
    document,
    given_allotted,
    given_bill,
    move,
    rows_of,
)
from zhuji_budget.domain.reports.open_data import (
    DATA_SETS,
    DataSetNotFound,
    NothingToPublish,
    data_set_named,
)
from zhuji_budget.permissions import READ_LINES
from zhuji_budget.queries.reports.monthly import execution_by_month
from zhuji_budget.queries.reports.open_data import Published, read_data_set
from zhuji_budget.queries.reports.reading import months_begun
from zhuji_budget.store.execution import Executed, follow
from zhuji_budget.usecases.publish_open_data import publish_open_data
from zhuji_core.contracts.funds import MoveKind
from zhuji_core.identity.actor import Forbidden
from zhuji_core.testing.counties import CountyUnderTest, given_actor

API = "/mli/api/v1/budget"


@pytest.fixture
def executed(mli: CountyUnderTest) -> CountyUnderTest:
    """March: 500 and 300 certified in January and March, 40 released, 7 after the year's end."""
    given_allotted(mli)
    row = rows_of(mli, line_code=LINE)[1]
    with mli.uow() as uow:
        follow(
            uow,
            [
                Executed(
                    event_id=uuid.uuid4(),
                    month_key=month,
                    control_row_id=row,
                    certified_ntd=certified,
                    released_ntd=released,
                )
                for month, certified, released in (
                    (10501, 500, 0),
                    (10503, 300, 0),
                    (10503, 0, 40),
                    (10601, 7, 0),
                )
            ],
        )
        uow.audit("test.follow", document(1))
    return mli


def published(county: CountyUnderTest, name: str) -> Published:
    with county.uow(read_only=True) as uow:
        return read_data_set(uow, data_set_named(name), fiscal_year=YEAR)


def test_months_add_up_to_the_year(executed: CountyUnderTest) -> None:
    with executed.uow(read_only=True) as uow:
        months = execution_by_month(uow, fiscal_year=YEAR).months
    assert [one.month for one in months] == list(range(1, 13))
    assert [one.certified_to_date_ntd for one in months[:3]] == [500, 500, 760]
    assert [one.begun for one in months] == [True] * 3 + [False] * 9
    assert {(one.certified_to_date_ntd, one.used_bp) for one in months[3:]} == {(None, None)}
    assert months[11].certified_ntd == 7
    assert months[2].documents == 2
    assert months[11].allotted_to_date_ntd == TOTAL_NTD - RESERVE_NTD
    assert sum(one.allotted_ntd for one in months) == TOTAL_NTD - RESERVE_NTD


def test_a_year_that_is_over_has_all_of_its_months(executed: CountyUnderTest) -> None:
    with executed.uow(read_only=True) as uow:
        later = dataclasses.replace(uow, business_date=dt.date(2017, 1, 10))
        months = execution_by_month(later, fiscal_year=YEAR).months
        assert months_begun(later, 107) == 0
    assert months[11].certified_to_date_ntd == 767
    assert months[11].begun


def test_what_is_realised_stands_in_its_month(mli: CountyUnderTest) -> None:
    """Spent in January, recovered in March; what is spent after the year stands in December."""
    given_allotted(mli)
    row = rows_of(mli, line_code=LINE)[1]
    for date, kind, amount_ntd in (
        (dt.date(2016, 1, 8), MoveKind.RESERVE, 100),
        (dt.date(2016, 1, 9), MoveKind.EXPEND, 60),
        (dt.date(2017, 1, 9), MoveKind.EXPEND, 7),
        (dt.date(2016, 3, 15), MoveKind.RECOVER, 10),
    ):
        mli.business_date = date
        do(mli, move(row, amount_ntd, kind=kind, document_kind="test.request"))
    with mli.uow(read_only=True) as uow:
        months = execution_by_month(uow, fiscal_year=YEAR).months
    assert [one.realised_ntd for one in months] == [60, 0, -10, *[0] * 8, 7]
    assert [one.realised_to_date_ntd for one in months] == [60, 60, 50, *[None] * 9]
    other = given_actor(permissions={READ_LINES.name: ("0002010000",)})
    with mli.uow(other, read_only=True) as uow:
        months = execution_by_month(uow, fiscal_year=YEAR).months
    assert {one.realised_ntd for one in months} == {0}
    records = published(mli, "monthly-execution").records()
    told = [
        sum(int(one[field]) for one in records if one["Month"] == month)
        for field in ("RealisedAmount", "RealisedToDateAmount")
        for month in ("01", "02", "03")
    ]
    assert told == [60, 0, -10, 60, 60, 50]
    mli.business_date = dt.date(2017, 1, 15)
    records = published(mli, "monthly-execution").records()
    december = [int(one["RealisedToDateAmount"]) for one in records if one["Month"] == "12"]
    assert sum(december) == 57


def test_months_are_of_the_agencies_that_the_reader_may_read(executed: CountyUnderTest) -> None:
    other = given_actor(permissions={READ_LINES.name: ("0001020000",)})
    with executed.uow(other, read_only=True) as uow:
        months = execution_by_month(uow, fiscal_year=YEAR).months
    assert [one.certified_ntd for one in months] == [0] * 12
    assert 0 < months[11].allotted_to_date_ntd < TOTAL_NTD


def test_a_chart_is_drawn_from_the_table_beside_it(executed: CountyUnderTest, bas: Browser) -> None:
    page = bas.get("/mli/budget/reports/charts").text
    figures = re.findall(r'<figure[^>]*data-table="(\w+)"[^>]*data-series="([\d,]+)"', page)
    assert [name for name, _ in figures] == ["months", "report"]
    for name, series in figures:
        table = page[page.index(f'id="{name}"') :]
        heads = re.findall(r'<th scope="col"[^>]*>', table.split("</thead>")[0])
        assert all(int(one) < len(heads) for one in series.split(","))
    assert "累計簽證淨額" in page
    assert "760" in page
    months = bas.get(f"{API}/reports/execution-by-month").json()["months"]
    assert months[2]["certified_to_date_ntd"] == 760


def test_data_sets_hold_the_enacted_budget(executed: CountyUnderTest) -> None:
    records = published(executed, "enacted-expenditure").records()
    assert sum(int(one["EnactedAmount"]) for one in records) == TOTAL_NTD
    assert {one["Year"] for one in records} == {105}
    assert {one["Date"] for one in records} == {"1050315"}
    months = published(executed, "monthly-execution").records()
    assert sorted({one["Month"] for one in months}) == ["01", "02", "03"]
    march = [one for one in months if one["Month"] == "03"]
    assert sum(int(one["EnactedAmount"]) for one in march) == TOTAL_NTD
    assert sum(int(one["CertifiedAmount"]) for one in march) == 300
    assert sum(int(one["ReleasedAmount"]) for one in march) == 40
    allotted = executed.rows(
        "SELECT sum(allotment_ntd[1] + allotment_ntd[2] + allotment_ntd[3]) AS ntd"
        " FROM budget.control_row"
    )[0].ntd
    assert sum(int(one["AllottedToDateAmount"]) for one in march) == allotted
    assert all(one["Agency"] for one in months)
    # Names of functions, agencies and objects, as schema.gov.tw asks for; lines say their program.
    executed.corrupt("UPDATE budget.budget_line SET function_code = '51' WHERE code = :c", c=LINE)
    told = published(executed, "enacted-expenditure").records()
    line = next(one for one in told if one["AccountCode"] == LINE)
    assert (line["FunctionCode"], line["Function"]) == ("51", "教育支出")
    assert line["Program"]
    march = [
        one
        for one in published(executed, "monthly-execution").records()
        if one["Month"] == "03" and one["Function"] == "教育支出"
    ]
    assert sum(int(one["EnactedAmount"]) for one in march) == sum(
        int(one["EnactedAmount"]) for one in told if one["Function"] == "教育支出"
    )
    assert all(one["Department"] and one["Agency"] for one in march)


def test_revenue_is_published_by_class_and_source(executed: CountyUnderTest) -> None:
    executed.execute(
        "INSERT INTO budget.revenue_row (revenue_row_id, fiscal_year, agency_code, agency_name,"
        " code, name, source_code, source_name, account, bill_ntd, enacted_ntd) VALUES"
        " (gen_random_uuid(), 105, '0001010000', '示範機關甲', '0101', '地價稅', '0101', '土地稅',"
        " 'current', 9, 9)"
    )
    (record,) = [
        one
        for one in published(executed, "enacted-revenue").records()
        if one["SourceCode"] == "0101"
    ]
    assert (record["SourceClassCode"], record["SourceClass"]) == ("01", "稅課收入")
    assert (record["Source"], record["AccountName"]) == ("土地稅", "地價稅")


def test_a_bill_is_not_published(mli: CountyUnderTest, tmp_path: Path) -> None:
    given_bill(mli)
    with pytest.raises(NothingToPublish), mli.uow(read_only=True) as uow:
        publish_open_data(uow, fiscal_year=YEAR, folder=tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_one_who_reads_one_agency_does_not_publish(executed: CountyUnderTest) -> None:
    reader = given_actor(permissions={READ_LINES.name: (AGENCY,)})
    with pytest.raises(Forbidden), executed.uow(reader, read_only=True) as uow:
        read_data_set(uow, data_set_named("enacted-expenditure"), fiscal_year=YEAR)
    with pytest.raises(DataSetNotFound):
        data_set_named("nothing")


def test_files_and_catalogue_agree(executed: CountyUnderTest, tmp_path: Path) -> None:
    with executed.uow(read_only=True) as uow:
        files = publish_open_data(uow, fiscal_year=YEAR, folder=tmp_path)
    assert [one.name for one in files] == [
        f"{name}-105.{suffix}" for name in DATA_SETS for suffix in ("csv", "json")
    ]
    for described in json.loads((tmp_path / "datasets.json").read_text("utf-8")):
        csv_name, json_name = described["files"]
        rows = list(csv.DictReader(io.StringIO((tmp_path / csv_name).read_text("utf-8"))))
        records = json.loads((tmp_path / json_name).read_text("utf-8"))
        assert len(rows) == len(records) == described["rows"]
        assert [field["name"] for field in described["fields"]] == list(
            records[0] if records else [field["name"] for field in described["fields"]]
        )
        assert [{k: str(v) for k, v in one.items()} for one in records] == rows


def test_pages_give_the_files(executed: CountyUnderTest, bas: Browser) -> None:
    page = bas.get("/mli/budget/open-data").text
    # The number of fields is not that of the records of the file beside which it would stand.
    assert not re.search(r"共 \d+ 筆", page)
    for address in re.findall(r'href="(/mli/budget/open-data/[^"]+)" download', page):
        answer = bas.get(address)
        assert answer.status_code == 200, address
        kind = {"csv": "text/csv; charset=utf-8", "json": "application/json"}
        assert answer.headers["content-type"] == kind[address.rpartition("/")[2]]
    answer = bas.get("/mli/budget/open-data/enacted-expenditure/105/exe")
    assert answer.status_code == 404
    told = bas.get(f"{API}/open-data/monthly-execution").json()
    assert told["records"] == published(executed, "monthly-execution").records()

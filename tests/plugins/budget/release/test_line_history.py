"""A line's page tells what each document did to which month, and when a month was released."""

from __future__ import annotations

import datetime as dt

import pytest

from tests.core.site import Site
from tests.plugins.budget.given import AGENCY, LINE, YEAR, given_allotted, rows_of
from tests.plugins.budget.given_schedules import approve, comment, months_of, opened, submit, write
from tests.plugins.budget.release.given import (
    NEW,
    OLD,
    allot_golden,
    enact,
    given_golden_bill,
    schedule,
    year_of,
)
from zhuji_budget.domain.schedule import Side
from zhuji_budget.queries.lines import find_line, find_line_of_row
from zhuji_core.testing.counties import CountyUnderTest


@pytest.mark.parametrize(("name", "codes"), [("txg", OLD), ("mli", NEW)])
def test_acts_add_up_to_the_months_as_they_stand(
    request: pytest.FixtureRequest, name: str, codes: object
) -> None:
    county: CountyUnderTest = request.getfixturevalue(name)
    county.business_date = dt.date(YEAR + 1911, 1, 1)
    golden = given_golden_bill(county, codes)  # type: ignore[arg-type]
    enact(county)
    allot_golden(county, golden)
    row = golden.rows[1]
    revised = list(year_of(1))
    revised[5], revised[11] = revised[5] + 1_000, revised[11] - 1_000
    made = schedule(county, golden, Side.EXPENDITURE, {row: revised})
    with county.uow(read_only=True) as uow:
        page = find_line(uow, find_line_of_row(uow, row))
    own = [act for act in page.allotments if act.control_row_id == row]
    assert [act.amount_ntd for act in own] == [0, 600_000], "newest first"
    assert own[0].document_id == made.schedule_id
    assert own[0].months_ntd == (0, 0, 0, 0, 0, 1_000, 0, 0, 0, 0, 0, -1_000)
    added = tuple(sum(month) for month in zip(*(act.months_ntd for act in own), strict=True))
    assert added == page.months_ntd[row] == tuple(revised)
    assert page.released_on == {1: dt.date(2016, 1, 1)}


def test_the_page_and_the_api_show_the_act_with_its_document(
    site: Site, mli: CountyUnderTest
) -> None:
    given_allotted(mli)
    row = rows_of(mli, line_code=LINE)[1]
    made = opened(mli)
    base = months_of(mli, row)
    write(mli, made, {row: [*base[:3], base[3] + base[11], *base[4:11], 0]})
    submit(mli, made)
    comment(mli, made)
    label = approve(mli, made).label
    site.given_user("sup", "SUP", county="MLI", in_agency=AGENCY)
    with mli.uow(read_only=True) as uow:
        line_id = find_line_of_row(uow, row)
    with site.browser("sup", county="mli") as sup:
        page = sup.get(f"/mli/budget/lines/{line_id}").text
        told = sup.get(f"/mli/api/v1/budget/lines/{line_id}").json()
    assert f'<a href="/mli/budget/allotments/{made.schedule_id}">{label}</a>' in page
    assert f"{-base[11]:,}".replace("-", "−") in page
    assert told["allotments"][0]["document_id"] == str(made.schedule_id)
    assert set(told["released_on"]) == {"1", "2", "3"}

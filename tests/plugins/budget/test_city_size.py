"""A city's 21,600 control rows: allotted and reported, and no statement runs out of its time."""

from __future__ import annotations

import pytest

from tests.plugins.budget.given import ENACTOR
from tests.plugins.budget.given_equal import given_equal
from zhuji_budget.domain.reports.catalogue import REPORTS
from zhuji_budget.domain.reports.definition import Subject
from zhuji_budget.queries.ceilings import list_ceilings
from zhuji_budget.queries.council import council_lines, council_rows
from zhuji_budget.queries.reports.reading import read_report, report_filter
from zhuji_budget.queries.verification import verify_budget
from zhuji_budget.usecases.enact_year import enact_year
from zhuji_core.testing.counties import CountyUnderTest

pytestmark = pytest.mark.slow
CITY_NTD = 480 * 15 * 3_000_007
LINES = """
    INSERT INTO budget.budget_line
           (line_id, fiscal_year, code, name, agency_code, agency_name, department_code,
            department_name, plan_code, plan_name, bill_ntd)
    SELECT gen_random_uuid(), 105, lpad(a::text, 4, '0') || lpad(l::text, 6, '0'), '行政管理',
           lpad(a::text, 10, '0'), '示範機關', '00', '示範主管',
           lpad(a::text, 4, '0') || '000000', '一般行政', 3000007
      FROM generate_series(1, 480) AS a, generate_series(1, 15) AS l
"""
ROWS = """
    INSERT INTO budget.control_row
           (control_row_id, line_id, fiscal_year, agency_code, line_code, line_name, object_code,
            object_name, account, bill_ntd)
    SELECT gen_random_uuid(), b.line_id, 105, b.agency_code, b.code, b.name, '0' || o, '用途',
           'current', 1000000 + o
      FROM budget.budget_line AS b, unnest(ARRAY[1, 2, 4]) AS o
"""


@pytest.fixture
def city(mli: CountyUnderTest) -> CountyUnderTest:
    """480 agencies with 15 lines of three rows each, enacted."""
    mli.execute(
        "INSERT INTO budget.fiscal_year (fiscal_year, document_id) VALUES (105, gen_random_uuid())"
    )
    mli.execute(LINES)
    mli.execute(ROWS)
    with mli.uow(ENACTOR) as uow:
        enact_year(uow, fiscal_year=105, act_no="議字第 1 號")
    return mli


@pytest.mark.parametrize("name", sorted(REPORTS))
def test_every_report_of_a_city_is_read(city: CountyUnderTest, name: str) -> None:
    report = REPORTS[name]
    is_empty = report.subject == Subject.REVENUE or report.account == "capital"
    with city.uow(read_only=True) as uow:
        for depth in range(1, len(report.dimensions) + 1):
            wanted = report_filter(uow, report, fiscal_year=105, depth=depth)
            found = read_report(uow, report, wanted)
            assert found.total["budget_ntd"] == (0 if is_empty else CITY_NTD)


def test_the_council_and_the_ceilings_of_a_city_are_read(city: CountyUnderTest) -> None:
    with city.uow(read_only=True) as uow:
        assert len(council_lines(uow, 105, after="0100")) == 100
        assert len(council_rows(uow, 105, limit=500)) == 500
        list_ceilings(uow, 106)


def test_a_city_is_allotted_whole(city: CountyUnderTest) -> None:
    with city.uow() as uow:
        given_equal(uow, fiscal_year=105)
    moved = city.rows(
        "SELECT count(*), sum(amount_ntd) FROM budget.budget_movement WHERE kind = 'allot'"
    )[0]
    assert tuple(moved) == (21_600 * 12, CITY_NTD)
    with city.uow(read_only=True) as uow:
        found = verify_budget(uow)
    assert (found.passed, found.checked) == (True, 21_600)

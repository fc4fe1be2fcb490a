"""The demo's counties have documents that wait, and no figure of the published budget moves."""

from __future__ import annotations

import pytest

from zhuji_budget import demo
from zhuji_budget.facts import load_facts, load_revenue
from zhuji_budget.queries.changes import ChangeFilter, find_change, list_changes
from zhuji_budget.queries.verification import verify_budget
from zhuji_core.spreadsheets import read_workbook
from zhuji_core.testing.counties import CountyUnderTest
from zhuji_core.testing.plugin import shared_folder

# The city's revenue of 103 by source, and what one commission's own book of 105 says.
TAICHUNG = 93_510_253_000 + 15_000
COMMISSION = "00020070000"


@pytest.mark.parametrize("government", ["mli", "txg"])
def test_the_demo_has_changes_in_the_states_that_people_look_for(
    government: str, request: pytest.FixtureRequest
) -> None:
    county: CountyUnderTest = request.getfixturevalue(government)
    with county.uow() as uow:
        demo.seed(uow)
    with county.uow(read_only=True) as uow:
        rows = list_changes(uow, ChangeFilter(fiscal_year=105))
        pages = [find_change(uow, row.document_id) for row in rows]
        found = verify_budget(uow)
    assert {(row.kind, row.state) for row in rows} == {
        ("virement", "submitted"),
        ("first_reserve", "agreed"),
        ("supplement", "draft"),
    }
    assert [page.refusal for page in pages] == [None, None, None], "each could take effect now"
    assert {row.agency_code for row in rows} == {rows[0].agency_code}
    met = [effect.before for page in pages for effect in page.effects]
    bought = [row.object_code for row in met if row.account == "capital"]
    assert bought == ["03"], "equipment is capital, supplies are not"
    assert found.passed, found.errors
    assert not county.rows("SELECT 1 FROM budget.control_row WHERE changes_ntd <> 0")


@pytest.mark.parametrize(("government", "revenue_ntd"), [("mli", 128_518_850), ("txg", TAICHUNG)])
def test_the_demo_expects_revenue_and_allots_it(
    government: str, revenue_ntd: int, request: pytest.FixtureRequest
) -> None:
    county: CountyUnderTest = request.getfixturevalue(government)
    with county.uow() as uow:
        demo.seed(uow)
    rows = county.rows(
        "SELECT name, agency_code, enacted_ntd, last_year_ntd,"
        " (SELECT sum(a) FROM unnest(allotment_ntd) AS a) AS allotted_ntd FROM budget.revenue_row"
    )
    assert sum(row.enacted_ntd for row in rows) == revenue_ntd
    assert sum(row.allotted_ntd for row in rows) == revenue_ntd
    true = [row for row in rows if "示範" not in row.name]
    assert {row.agency_code for row in true} == ({COMMISSION} if government == "txg" else set())
    assert sum(row.enacted_ntd for row in true) == (15_000 if true else 0), "as its book prints"
    assert sum(row.last_year_ntd for row in true) == (20_000 if true else 0)


@pytest.mark.needs("shared")
def test_the_figures_of_103_are_those_that_dgbas_published(pytestconfig: pytest.Config) -> None:
    folder = shared_folder(pytestconfig.rootpath) / "data" / "dgbas-compilation"
    (file,) = folder.glob("103*歲入來源別預算總表.xls")
    rows = read_workbook(file).sheets[0].rows
    printed = next(row for row in rows if str(row[0]).strip() == "臺中市")
    facts = load_facts("taichung-105")
    revenue = load_revenue("taichung-105", agencies=facts.budget.agencies)
    shown = [row.bill_ntd for row in revenue.rows if "103 年度數" in row.name]
    assert sum(shown) == thousands(printed[1]) * 1_000
    assert {ntd // 1_000 for ntd in shown} <= {thousands(one) for one in printed if is_number(one)}


def is_number(cell: object) -> bool:
    return str(cell).replace(".", "", 1).isdigit()


def thousands(cell: object) -> int:
    return int(str(cell).partition(".")[0])

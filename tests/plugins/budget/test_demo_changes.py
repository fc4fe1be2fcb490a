"""The demo's counties have documents that wait, and no figure of the published budget moves."""

from __future__ import annotations

import pytest

from zhuji_budget import demo
from zhuji_budget.queries.changes import ChangeFilter, find_change, list_changes
from zhuji_budget.queries.verification import verify_budget
from zhuji_core.testing.counties import CountyUnderTest


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
    assert found.passed, found.errors
    assert not county.rows("SELECT 1 FROM budget.control_row WHERE changes_ntd <> 0")

"""The page of a line tells how it came to be: estimates, the council, documents in any state."""

from __future__ import annotations

import pytest

from tests.core.site import Browser
from tests.plugins.budget.changes.given import AGENCY, OFFICE, post, submit, write
from tests.plugins.budget.given import LINE, rows_of
from zhuji_budget import demo
from zhuji_budget.domain.changes.model import ChangeKind
from zhuji_budget.permissions import READ_LINES
from zhuji_budget.queries.line_history import LineHistory
from zhuji_budget.queries.lines import find_line
from zhuji_budget.usecases.return_change import return_change
from zhuji_core.identity.actor import Actor
from zhuji_core.testing.counties import CountyUnderTest, given_actor


def history_of(county: CountyUnderTest, code: str, actor: Actor | None = None) -> LineHistory:
    (line,) = county.rows("SELECT line_id FROM budget.budget_line WHERE code = :code", code=code)
    with county.uow(actor, read_only=True) as uow:
        return find_line(uow, line.line_id).history


@pytest.fixture
def changed(allotted: CountyUnderTest) -> CountyUnderTest:
    """A virement that took effect, one that was returned with a reason, and a draft."""
    rows = rows_of(allotted, line_code=LINE)
    post(allotted, ChangeKind.VIREMENT, (rows[1], -12_000, 4), (rows[3], 12_000, 4))
    back = write(allotted, ChangeKind.VIREMENT, (rows[1], -5_000, 4), (rows[3], 5_000, 4))
    submit(allotted, back.document_id)
    with allotted.uow(given_actor(OFFICE)) as uow:
        return_change(uow, document_id=back.document_id, reason="請補計畫")
    write(allotted, ChangeKind.VIREMENT, (rows[1], -700, 4), (rows[3], 700, 4))
    return allotted


def test_documents_of_any_state_stand_with_who_and_why(
    changed: CountyUnderTest, bas: Browser
) -> None:
    history = history_of(changed, LINE)
    assert [(one.state, one.amount_ntd) for one in history.changed] == [
        ("draft", -700), ("draft", 700), ("returned", -5_000), ("returned", 5_000),
        ("posted", -12_000), ("posted", 12_000),
    ]  # fmt: skip
    (line,) = changed.rows("SELECT line_id FROM budget.budget_line WHERE code = :c", c=LINE)
    page = bas.get(f"/mli/budget/lines/{line.line_id}").text
    assert "Badge(" not in page, "a state is drawn, not printed"
    table = page[page.index('id="history"') :]
    for said in ("退回：請補計畫", "執行所需", "−12,000", "12,000", "草稿"):
        assert said in table, said
    assert f"/mli/budget/changes/{history.changed[-1].document_id}" in table
    told = bas.get(f"/mli/api/v1/budget/lines/{line.line_id}").json()["history"]
    assert len(told["changed"]) == 6
    assert told["changed"][2]["return_reason"] == "請補計畫"


def test_who_may_not_read_documents_reads_none_of_them_here(changed: CountyUnderTest) -> None:
    reader = given_actor(9, permissions={READ_LINES.name: (AGENCY,)})
    assert history_of(changed, LINE, reader) == LineHistory(estimated=(), decided=(), changed=())


def test_a_compiled_line_tells_its_estimate_and_the_council(txg: CountyUnderTest) -> None:
    with txg.uow() as uow:
        demo.seed(uow)
    (row,) = txg.rows(
        "SELECT r.control_row_id, r.line_code, r.line_id FROM budget.control_row AS r"
        " WHERE r.fiscal_year = 106 ORDER BY r.line_code, r.object_code LIMIT 1"
    )
    txg.execute(
        "INSERT INTO budget.council_change VALUES (:id, 1000, 2000, '應專案報告')",
        id=row.control_row_id,
    )
    with txg.uow(read_only=True) as uow:
        line = find_line(uow, row.line_id)
    stages = [one.stage for one in line.history.estimated]
    assert stages == ["compiled", "reviewed", "submitted"]
    assert line.history.estimated[0].cut_ntd > 0
    assert line.history.estimated[0].asked_ntd - line.history.estimated[0].cut_ntd == line.bill_ntd
    (decided,) = line.history.decided
    assert (decided.cut_ntd, decided.frozen_ntd) == (1_000, 2_000)
    assert decided.condition == "應專案報告"

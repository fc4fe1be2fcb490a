"""The demo's next year: estimates that somebody works on, of this year's own figures."""

from __future__ import annotations

from pathlib import Path

import pytest

from zhuji_budget import demo
from zhuji_budget.domain.estimate import EXPENDITURE
from zhuji_budget.facts.items import load_items, make_items
from zhuji_core.testing.counties import CountyUnderTest
from zhuji_core.testing.plugin import shared_folder

RDEC = "00020070000"
STATES = """
    SELECT e.agency_code, e.state, e.reason,
           (SELECT count(*) FROM budget.estimate_version AS v
             WHERE v.estimate_id = e.estimate_id) AS versions
      FROM budget.estimate AS e
     WHERE e.fiscal_year = 106
     ORDER BY e.agency_code
"""
AMOUNTS = """
    SELECT COALESCE(sum(i.amount_ntd), 0)::bigint AS ntd, count(*) AS items
      FROM budget.estimate_item AS i
      JOIN budget.estimate_line AS l USING (estimate_line_id)
      JOIN budget.estimate AS e USING (estimate_id)
     WHERE e.agency_code = :code AND l.side = 'expenditure'
"""


def test_taichung_s_estimates_stand_in_every_state(txg: CountyUnderTest) -> None:
    with txg.uow() as uow:
        demo.seed(uow)
    found = {row.agency_code: row for row in txg.rows(STATES)}
    assert sorted(row.state for row in found.values()) == ["compiled", "returned", "submitted"]
    assert found[RDEC].state == "returned"
    assert "（示範）" in found[RDEC].reason
    assert found[RDEC].versions >= 3  # submitted, endorsed, returned
    (own,) = txg.rows(AMOUNTS, code=RDEC)
    assert (own.ntd, own.items) == (146_999_000, 202)
    # What goes into the bill is what was enacted this year, less what the review cut.
    (code,) = [row.agency_code for row in found.values() if row.state == "compiled"]
    enacted = txg.rows(
        "SELECT sum(enacted_ntd)::bigint AS ntd FROM budget.control_row"
        " WHERE fiscal_year = 105 AND agency_code = :code",
        code=code,
    )[0].ntd
    bill = txg.rows(
        "SELECT sum(bill_ntd)::bigint AS ntd FROM budget.control_row WHERE fiscal_year = 106"
    )[0].ntd
    assert enacted * 95 // 100 <= bill < enacted
    assert (
        txg.rows("SELECT state FROM budget.fiscal_year WHERE fiscal_year = 106")[0].state == "bill"
    )


def test_the_made_up_county_has_estimates_too(mli: CountyUnderTest) -> None:
    with mli.uow() as uow:
        people = demo.seed(uow)
    agency = next(one.agency_code for one in people if one.account == "req")
    states = {row.agency_code: row.state for row in mli.rows(STATES)}
    assert states.pop(agency) == "returned"
    assert set(states.values()) == {"submitted"}
    said = mli.rows("SELECT DISTINCT explanation FROM budget.estimate_item")
    assert all("示範" in row.explanation for row in said)


@pytest.mark.needs("shared")
def test_the_shipped_items_are_what_the_book_says() -> None:
    facts = load_items("rdec-105")
    total = sum(len(line.items) for line in facts.lines if line.side == EXPENDITURE)
    assert total == 202
    book = shared_folder(Path(__file__).parents[4]) / (
        "data/taichung-105/books/研考會-歲出機關別預算表.xls"
    )
    made = make_items(book, fiscal_year=105, agency_code=RDEC, source=facts.source)
    import zhuji_budget.facts.items as module  # noqa: PLC0415 (where the file lies)

    assert made == Path(module.__file__).with_name("rdec-105-items.json").read_bytes()

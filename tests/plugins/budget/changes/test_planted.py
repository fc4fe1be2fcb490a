"""Each column that a figure is counted by, spoiled in the database: ``verify`` names it.

One row at a time, as the server's administrator, past every use case; put back afterwards.
"""

from __future__ import annotations

import uuid

import pytest

from tests.plugins.budget.changes.drawn_moves import line, revenue
from tests.plugins.budget.changes.drawn_rest import given_rest
from tests.plugins.budget.changes.drawn_year import given_city, given_small
from tests.plugins.budget.changes.given import WRITER, settle, submit
from tests.plugins.budget.given import YEAR
from zhuji_budget.domain.changes.model import ChangeKind
from zhuji_budget.queries.headings import BASELINE, CODES, TOTALS
from zhuji_budget.queries.verification import BudgetVerification, verify_budget
from zhuji_budget.usecases.write_change import WantedChange, write_change
from zhuji_core.testing.counties import CountyUnderTest, given_actor

ALL = (BASELINE, TOTALS)
MOVES = "counters and movements differ"
# Table, column, what it becomes → what is said of it. Codes become another one of the same county,
# and one that there is not.
PLANTED = {
    ("control_row", "agency_code", ":other_agency"): ALL,
    ("control_row", "agency_code", "'9'"): (*ALL, CODES),
    ("control_row", "line_code", "left(line_code, -1) || '9'"): ALL,
    ("control_row", "object_code", "'04'"): ALL,
    ("control_row", "object_code", "'99'"): (*ALL, CODES),
    ("control_row", "account", "'capital'"): ALL,
    ("control_row", "fiscal_year", "fiscal_year + 1"): ALL,
    ("control_row", "changes_ntd", "changes_ntd + 1"): (*ALL, MOVES),
    ("control_row", "enacted_ntd", "enacted_ntd + 1"): (*ALL, MOVES),
    ("control_row", "council_ntd", "council_ntd + 1"): (MOVES,),
    ("control_row", "bill_ntd", "bill_ntd + 1"): (MOVES, "the line has"),
    ("control_row", "frozen_ntd", "frozen_ntd + 1"): (MOVES,),
    ("control_row", "encumbered_ntd", "encumbered_ntd + 1"): (MOVES,),
    ("control_row", "advanced_ntd", "advanced_ntd + 1"): (MOVES,),
    ("control_row", "expended_ntd", "expended_ntd + 1"): (MOVES,),
    ("control_row", "allotment_ntd", "allotment_ntd[2:12] || allotment_ntd[1] - 1"): (MOVES,),
    ("budget_line", "function_code", "'99'"): (CODES,),
    ("budget_line", "function_code", "''"): (CODES,),
    ("budget_line", "plan_code", "reverse(plan_code)"): (CODES,),
    ("budget_line", "agency_code", "'9'"): ("name another year, agency or code",),
    ("budget_line", "code", "left(code, -1) || '9'"): ("name another year, agency or code",),
    ("revenue_row", "agency_code", "'9'"): (*ALL, CODES),
    ("revenue_row", "code", "code || '9'"): ALL,
    ("revenue_row", "source_code", "'02'"): ALL,
    ("revenue_row", "source_code", "'99'"): (*ALL, CODES),
    ("revenue_row", "account", "'capital'"): ALL,
    ("revenue_row", "enacted_ntd", "enacted_ntd + 1"): (*ALL, "row of revenue and its movements"),
    ("revenue_row", "changes_ntd", "changes_ntd - 1"): (*ALL, "row of revenue and its movements"),
}
# A row of supplies whose line has other rows too, and its neighbours of other agencies.
CHOSEN = """
    SELECT r.control_row_id, r.line_id, r.agency_code,
           (SELECT min(o.agency_code) FROM budget.control_row AS o
             WHERE o.agency_code > r.agency_code) AS other_agency,
           (SELECT v.revenue_row_id FROM budget.revenue_row AS v
             WHERE v.agency_code = r.agency_code ORDER BY v.code LIMIT 1) AS revenue_row_id
      FROM budget.control_row AS r
     WHERE r.object_code = '02' AND r.council_ntd = 0 AND r.frozen_ntd = 0
       AND NOT EXISTS (SELECT FROM budget.control_row AS o
                        WHERE o.line_id = r.line_id AND o.object_code = '04')
     ORDER BY r.line_code
     LIMIT 1
"""
KEYS = {
    "control_row": "control_row_id",
    "budget_line": "line_id",
    "revenue_row": "revenue_row_id",
}


def verified(county: CountyUnderTest) -> BudgetVerification:
    with county.uow(read_only=True) as uow:
        return verify_budget(uow)


def given_supplement(county: CountyUnderTest, row: uuid.UUID, taken: uuid.UUID) -> None:
    """A supplement of the row and of its agency's revenue: records of two kinds to compare."""
    wanted = WantedChange(
        kind=ChangeKind.SUPPLEMENT,
        purpose="執行所需",
        lines=(line(row, 12_345, 0), revenue(taken, 12_000, 0)),
        fiscal_year=YEAR,
        agency_code=county.rows(CHOSEN)[0].agency_code,
    )
    with county.uow(given_actor(WRITER)) as uow:
        draft = write_change(uow, wanted=wanted)
    settle(county, submit(county, draft.document_id))


@pytest.mark.parametrize("government", ["mli", pytest.param("txg", marks=pytest.mark.slow)])
def test_every_spoiled_column_is_named(government: str, request: pytest.FixtureRequest) -> None:
    county: CountyUnderTest = request.getfixturevalue(government)
    (given_small if government == "mli" else given_city)(county)
    given_rest(county)
    (chosen,) = county.rows(CHOSEN)
    given_supplement(county, chosen.control_row_id, chosen.revenue_row_id)
    before = verified(county)
    assert before.passed, before.errors
    assert all(one.checked for one in before.asked), before.asked
    missed = []
    for (table, column, becomes), said in PLANTED.items():
        key = KEYS[table]
        row = f"budget.{table} WHERE {key} = :id"
        named = {"id": getattr(chosen, key)}
        (was,) = county.rows(f"SELECT {column} AS was FROM {row}", **named)  # noqa: S608 (ours)
        value = becomes.replace(":other_agency", f"'{chosen.other_agency}'")
        plant = f"UPDATE budget.{table} SET {column} = {value} WHERE {key} = :id"  # noqa: S608
        county.corrupt(plant, **named)
        told = " ".join(verified(county).errors)
        missed += [f"{table}.{column} {becomes}: {one!r}" for one in said if one not in told]
        back = f"UPDATE budget.{table} SET {column} = :was WHERE {key} = :id"  # noqa: S608 (ours)
        county.corrupt(back, was=was.was, **named)
    assert not missed, missed
    assert verified(county).passed

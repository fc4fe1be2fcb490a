"""What is kept by month is what the movements say, for every row and month that can be asked."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping

import pytest

from tests.plugins.budget.given import AGENCY, LINE, YEAR, do, document, move, rows_of
from zhuji_budget.domain.month_report import last_day_of
from zhuji_budget.domain.reports.catalogue import report_named
from zhuji_budget.permissions import READ_LINES
from zhuji_budget.queries.reports.reading import read_report, report_filter
from zhuji_budget.store.execution import Executed, follow
from zhuji_budget.store.movements import signed
from zhuji_budget.usecases.follow_execution import month_key
from zhuji_core.contracts.figures import RowFigures, RowFiguresQuery
from zhuji_core.contracts.funds import MoveKind
from zhuji_core.testing.counties import CountyUnderTest, given_actor

SAYS = f"""
    SELECT r.control_row_id::text AS row_id,
           sum(m.amount_ntd) FILTER (WHERE m.kind IN ('enact', 'change')) AS budget_ntd,
           sum(m.amount_ntd) FILTER (WHERE m.kind = 'allot' AND m.month <= :month) AS allotted_ntd,
           sum({signed("encumbered")}) AS encumbered_ntd,
           sum({signed("advanced")}) AS advanced_ntd,
           sum({signed("expended")}) AS expended_ntd,
           sum({signed("payable")}) AS payable_ntd,
           sum({signed("expended")}) FILTER (WHERE m.business_date >= :since)
               AS month_expended_ntd
      FROM budget.control_row AS r
      JOIN budget.budget_movement AS m USING (control_row_id)
     WHERE m.business_date <= :until OR m.kind = 'enact'
        OR (m.kind IN ('allot', 'freeze') AND m.document_kind <> 'budget.change')
     GROUP BY r.control_row_id
"""  # noqa: S608 (written here)
# Beside the documents of ``changes``: what a change moved in February, and what it gave March.
CHANGED = """
    UPDATE budget.control_row
       SET changes_ntd = changes_ntd + 70,
           allotment_ntd[1] = allotment_ntd[1] + 20, allotment_ntd[3] = allotment_ntd[3] + 50
     WHERE control_row_id = '{row}';
    INSERT INTO budget.budget_movement
           (control_row_id, kind, amount_ntd, month, document_kind, document_id, document_label,
            business_date, recorded_at, actor_id)
    SELECT '{row}', w.kind, w.amount, w.month, 'budget.change', '{row}', '示範', '2016-02-10',
           now(), '{row}'
      FROM (VALUES ('change', 70, NULL), ('allot', 20, 1), ('allot', 50, 3))
           AS w (kind, amount, month);
"""
JANUARY, FEBRUARY, MARCH = dt.date(2016, 1, 8), dt.date(2016, 2, 9), dt.date(2016, 3, 15)
K = MoveKind
# Of the first row everything is told; of the second nothing; of the third what January did.
DONE = (
    (JANUARY, ((K.RESERVE, 100), (K.EXPEND, 40), (K.ADVANCE, 20))),
    (FEBRUARY, ((K.RESERVE, 50), (K.SETTLE, 15), (K.RETURN, 3), (K.OWE, 30), (K.RELEASE, 6))),
    (MARCH, ((K.RECOVER, 10), (K.PAY, 5), (K.RESERVE, 7), (K.EXPEND, 2))),
)
TOLD = ((JANUARY, FEBRUARY, MARCH), (), (JANUARY,))


@pytest.fixture
def moved(allotted: CountyUnderTest) -> CountyUnderTest:
    """Three rows that did the same, told of differently; the first was changed in February."""
    rows = rows_of(allotted, line_code=LINE)[:3]
    for date, moves in DONE:
        allotted.business_date = date
        for number, row in enumerate(rows, 1):
            for kind, amount_ntd in moves:
                do(allotted, move(row, amount_ntd, kind=kind, number=number))
    told = [
        _executed(row, date, kind, amount_ntd)
        for row, dates in zip(rows, TOLD, strict=True)
        for date, moves in DONE
        for kind, amount_ntd in moves
        if date in dates and kind in {K.RESERVE, K.RELEASE}
    ]
    with allotted.uow() as uow:
        follow(uow, told)
        uow.audit("test.follow", document(1))
    allotted.corrupt(CHANGED.format(row=rows[0]))
    return allotted


def _executed(row: uuid.UUID, date: dt.date, kind: MoveKind, amount_ntd: int) -> Executed:
    return Executed(
        event_id=uuid.uuid4(),
        month_key=month_key(date),
        control_row_id=row,
        certified_ntd=amount_ntd if kind is K.RESERVE else 0,
        released_ntd=amount_ntd if kind is K.RELEASE else 0,
    )


def _said(county: CountyUnderTest, month: int) -> dict[str, dict[str, int]]:
    until = last_day_of(YEAR, month)
    rows = county.rows(SAYS, month=month, since=until.replace(day=1), until=until)
    return {
        row.row_id: {
            name: int(value or 0)
            for name, value in row._mapping.items()
            if name[-1] == "d" and name != "row_id"
        }
        for row in rows
    }


def _figures(county: CountyUnderTest, month: int, **more: object) -> list[RowFigures]:
    until = last_day_of(YEAR, month)
    query = RowFiguresQuery(
        fiscal_year=YEAR, side="expenditure", month=month, since=until.replace(day=1), until=until,
        **more,  # type: ignore[arg-type]
    )  # fmt: skip
    with county.uow(read_only=True) as uow:
        return list(uow.hooks.row_figures(uow, query))


def _of(row: RowFigures, names: Mapping[str, int]) -> dict[str, int]:
    return {name: getattr(row, name) for name in names}


@pytest.mark.parametrize("month", [1, 2, 3])
@pytest.mark.parametrize("agencies", [None, (AGENCY,)])
def test_rows_had_what_their_movements_say(
    moved: CountyUnderTest, month: int, agencies: tuple[str, ...] | None
) -> None:
    said = _said(moved, month)
    found = _figures(moved, month, agencies=agencies)
    assert sum(one.encumbered_ntd > 0 for one in found) == 3
    assert {str(one.row_id): _of(one, said[str(one.row_id)]) for one in found} == {
        str(one.row_id): said[str(one.row_id)] for one in found
    }
    (of_agency,) = [
        one for one in _figures(moved, month, by_agency=True) if one.agency_code == AGENCY
    ]
    assert of_agency.encumbered_ntd == sum(one.encumbered_ntd for one in found)
    assert of_agency.budget_ntd == sum(one.budget_ntd for one in found if one.agency_code == AGENCY)


@pytest.mark.parametrize("month", [1, 2, 3])
@pytest.mark.parametrize("whose", ["*", AGENCY])
def test_a_report_as_of_a_month_says_what_the_movements_say(
    moved: CountyUnderTest, month: int, whose: str
) -> None:
    said = _said(moved, month)
    report = report_named("execution")
    reader = given_actor(8, permissions={READ_LINES.name: (whose,)})
    with moved.uow(reader, read_only=True) as uow:
        wanted = report_filter(uow, report, fiscal_year=YEAR, month=month, depth=4)
        total = read_report(uow, report, wanted, whole=True).total
    if whose == "*":
        expected = {
            name: sum(one[name] for one in said.values())
            for name in ("budget_ntd", "payable_ntd", "advanced_ntd", "encumbered_ntd")
        }
        assert {name: total[name] for name in expected} == expected
    assert total["encumbered_ntd"] == sum(one["encumbered_ntd"] for one in said.values())
    assert (total["realised_ntd"] or 0) + (total["payable_ntd"] or 0) == sum(
        one["expended_ntd"] for one in said.values()
    )

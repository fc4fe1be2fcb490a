"""A year of either government in which every kind of change can take effect.

Revenue in the bill, cuts, frozen money and more and less revenue by the council, pooled lines, a
second reserve; then enacted and allotted.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Sequence

import msgspec

from tests.plugins.budget.given import ENACTOR, YEAR, document, small_budget
from tests.plugins.budget.given_equal import given_equal
from zhuji_budget.domain.books.model import Budget
from zhuji_budget.domain.council import CouncilChange, CouncilInvalid, CouncilRevenue
from zhuji_budget.facts import load_facts
from zhuji_budget.store.bill import KEEP_REVENUE
from zhuji_budget.usecases.enact_year import enact_year
from zhuji_budget.usecases.import_budget import import_budget
from zhuji_budget.usecases.pool_line import pool_line
from zhuji_budget.usecases.record_council import record_council
from zhuji_budget.usecases.record_council_revenue import record_council_revenue
from zhuji_core.testing.counties import CountyUnderTest
from zhuji_core.values import Value

SOURCES = {"01": "稅課收入", "04": "規費收入", "09": "捐獻及贈與收入"}
AGENCIES_WITH_REVENUE = 40
REVENUE_NTD = 12_000_000
BILL = """
    SELECT r.control_row_id, r.agency_code, r.account, r.bill_ntd,
           r.line_name LIKE '%預備金%' AS is_reserve
      FROM budget.control_row AS r
     ORDER BY r.line_code, r.object_code, r.account
"""
AGENCIES = """
    SELECT b.agency_code, min(b.agency_name) AS agency_name
      FROM budget.budget_line AS b
     GROUP BY b.agency_code
     ORDER BY b.agency_code
     LIMIT :agencies_max
"""
LINES = """
    SELECT b.line_id
      FROM budget.budget_line AS b
     WHERE EXISTS (SELECT FROM budget.control_row AS r
                    WHERE r.line_id = b.line_id AND r.object_name = '業務費')
       AND b.bill_ntd > 0
     ORDER BY b.code
"""


class Decided(Value, frozen=True, kw_only=True):
    """What the council decided and the budget office prepared; NT dollars of the movements."""

    cut_rows: int
    cut_ntd: int
    frozen_rows: int
    frozen_ntd: int
    revenue_rows: int
    revenue_ntd: int
    refused: int
    pooled_lines: int


def given_city(county: CountyUnderTest) -> Decided:
    """The published budget of Taichung of 105."""
    facts = load_facts("taichung-105")
    with county.uow() as uow:
        import_budget(uow, budget=facts.budget, pack=facts.pack)
    return _decide(county, every=17)


def given_small(county: CountyUnderTest) -> Decided:
    """The synthetic government, with a second reserve."""
    with county.uow() as uow:
        import_budget(uow, budget=with_second_reserve(), pack=load_facts("demo-small").pack)
    return _decide(county, every=6)


def with_second_reserve() -> Budget:
    budget = small_budget()
    first = next(line for line in budget.lines if line.name == "第一預備金")
    plan = next(plan for plan in budget.plans if plan.code == first.plan_code)
    second = msgspec.structs.replace(
        first, code="9001010101", name="第二預備金", plan_code="9001010100"
    )
    return msgspec.structs.replace(
        budget,
        plans=(*budget.plans, msgspec.structs.replace(plan, code="9001010100", name="第二預備金")),
        lines=(*budget.lines, second),
    )


def _decide(county: CountyUnderTest, *, every: int) -> Decided:
    revenues = _given_revenues(county)
    cuts = _cuts(county, every=every)
    votes = [
        CouncilRevenue(revenue_row_id=row, change_ntd=-50_000 if number % 2 else 70_000)
        for number, row in enumerate(revenues[::2])
    ]
    refused = _refused(county, cuts[0])
    with county.uow() as uow:
        record_council(uow, fiscal_year=YEAR, changes=cuts)
    with county.uow() as uow:
        record_council_revenue(uow, fiscal_year=YEAR, changes=votes)
    lines = [row.line_id for row in county.rows(LINES)]
    pooled = lines[1 :: max(2, len(lines) // 20)]
    for line_id in pooled:
        with county.uow() as uow:
            pool_line(uow, line_id=line_id, pooled=True)
    with county.uow(ENACTOR) as uow:
        enact_year(uow, fiscal_year=YEAR, act_no="府主一字第 1 號")
    with county.uow() as uow:
        given_equal(uow, fiscal_year=YEAR)
    return Decided(
        cut_rows=sum(one.cut_ntd > 0 for one in cuts),
        cut_ntd=sum(one.cut_ntd for one in cuts),
        frozen_rows=sum(one.frozen_ntd > 0 for one in cuts),
        frozen_ntd=sum(one.frozen_ntd for one in cuts),
        revenue_rows=len(votes),
        revenue_ntd=sum(one.change_ntd for one in votes),
        refused=refused,
        pooled_lines=len(pooled),
    )


def _given_revenues(county: CountyUnderTest) -> Sequence[uuid.UUID]:
    """Three sources of revenue in the bill of each of forty agencies, as an estimate brings it."""
    agencies = county.rows(AGENCIES, agencies_max=AGENCIES_WITH_REVENUE)
    rows = [
        {
            "revenue_row_id": uuid.uuid5(uuid.NAMESPACE_OID, f"{agency.agency_code} {source}"),
            "agency_code": agency.agency_code,
            "agency_name": agency.agency_name,
            "code": f"{source}01",
            "name": name,
            "source_code": source,
            "source_name": name,
            "account": "current",
            "legal_basis": "",
            "explanation": "",
            "bill_ntd": REVENUE_NTD,
        }
        for agency in agencies
        for source, name in SOURCES.items()
    ]
    with county.uow() as uow:
        told = msgspec.json.encode(rows).decode()
        uow.connection.execute(KEEP_REVENUE, {"fiscal_year": YEAR, "rows": told})
        uow.audit("test.revenue", document(1, "test.revenue"))
    return [row["revenue_row_id"] for row in rows]


def _cuts(county: CountyUnderTest, *, every: int) -> list[CouncilChange]:
    """A thousandth less for every so many rows, and a tenth frozen for others.

    No cut takes an agency's first reserve beyond one per cent of what is left.
    """
    rows = county.rows(BILL)
    spare: Counter[str] = Counter()
    for row in rows:
        if row.account == "current":
            spare[row.agency_code] += row.bill_ntd - (100 * row.bill_ntd if row.is_reserve else 0)
    found = []
    for number, row in enumerate(rows):
        cut_ntd = row.bill_ntd // 1_000
        if row.is_reserve:
            continue
        if number % every == 1 and 0 < cut_ntd <= spare[row.agency_code]:
            spare[row.agency_code] -= cut_ntd
            found.append(CouncilChange(control_row_id=row.control_row_id, cut_ntd=cut_ntd))
        elif number % every == 2:
            found.append(
                CouncilChange(
                    control_row_id=row.control_row_id,
                    frozen_ntd=row.bill_ntd // 10,
                    condition="提出專案報告後始得動支",
                )
            )
    return found


def _refused(county: CountyUnderTest, one: CouncilChange) -> int:
    """Count the refusals of what a council may not do: spend more, cut more than there is."""
    refused = 0
    for cut_ntd in (-1, 10**14):
        wrong = msgspec.structs.replace(one, cut_ntd=cut_ntd)
        try:
            with county.uow() as uow:
                record_council(uow, fiscal_year=YEAR, changes=[wrong])
        except CouncilInvalid:
            refused += 1
    return refused

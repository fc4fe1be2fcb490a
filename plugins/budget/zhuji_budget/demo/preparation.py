"""Next year's estimates of the demo, in the states that somebody works on.

Their figures are this year's own: the line items of the one agency whose whole book is published,
else what was enacted, by object; each says so in its words. They are nobody's plans.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import msgspec

from zhuji_budget.demo.people import acting
from zhuji_budget.domain.books.model import Budget
from zhuji_budget.domain.ceiling import Ceiling
from zhuji_budget.domain.estimate import EXPENDITURE, EstimateItem
from zhuji_budget.domain.estimate_items import WantedItem, WantedLine
from zhuji_budget.domain.review import Cut
from zhuji_budget.domain.supervisor import Endorsement
from zhuji_budget.facts.items import load_items
from zhuji_budget.queries.estimates import objects_of
from zhuji_budget.queries.last_year import last_year_rows
from zhuji_budget.store import estimates
from zhuji_budget.usecases.compile_bill import compile_bill
from zhuji_budget.usecases.endorse_estimate import endorse_estimate
from zhuji_budget.usecases.open_estimate import open_estimate
from zhuji_budget.usecases.return_estimate import return_estimate
from zhuji_budget.usecases.review_estimate import review_estimate
from zhuji_budget.usecases.set_ceilings import set_ceilings
from zhuji_budget.usecases.submit_estimate import submit_estimate
from zhuji_budget.usecases.write_estimate import write_estimate
from zhuji_core.uow import UnitOfWork

ITEMS = {"TXG": "rdec-105"}
UNIT = "年"
CUT_PERCENT = 5
RETURNED = "請依 106 年度施政重點檢討業務費（示範）"
COMMENT = "比照上年度執行情形酌減（示範）"
GAP_REASON = "示範：先編成一個機關，其餘概算仍在編製"


def prepare_next_year(uow: UnitOfWork, budget: Budget, *, supervised: str) -> None:
    """Leave one estimate returned to ``supervised``, one waiting for review, one in the bill."""
    year = budget.fiscal_year + 1
    own = _own_lines(uow, year, supervised)
    others = [one for one in _whole_agencies(budget) if one != supervised][:2]
    wanted = {supervised: own} | {one: _as_enacted(uow, year, one) for one in others}
    _set_ceilings(uow, year, wanted)
    office, second = (
        acting(uow, "", name) for name in ("主計處陳科員（示範）", "主計處李科長（示範）")
    )
    begun = {code: _submitted(uow, year, code, lines) for code, lines in wanted.items()}
    above = estimates.read(uow, [begun[supervised]])[0].supervisor_code
    if above:
        head = acting(uow, above, "主管機關張首長（示範）")
        endorse_estimate(head, estimate_id=begun[supervised], opinion=Endorsement.AGREE)
    return_estimate(office, estimate_id=begun[supervised], reason=RETURNED)
    if len(others) > 1:
        cuts = _cuts(estimates.read(uow, [begun[others[1]]])[0].of(EXPENDITURE)[0].items)
        review_estimate(office, estimate_id=begun[others[1]], cuts=cuts)
        compile_bill(second, fiscal_year=year, gap_reason=GAP_REASON)


def _own_lines(uow: UnitOfWork, year: int, agency_code: str) -> list[WantedLine]:
    """Return the items that the agency's own book prints, where it is published."""
    name = ITEMS.get(uow.county.code)
    facts = load_items(name) if name else None
    if facts is None or facts.agency_code != agency_code:
        return _as_enacted(uow, year, agency_code)
    return list(facts.lines)


def _whole_agencies(budget: Budget) -> list[str]:
    """Return the agencies whose book splits every line by object, in order of code."""
    unsplit = {line.agency_code for line in budget.lines if line.this_year_ntd and not line.split}
    spending = {line.agency_code for line in budget.lines if line.this_year_ntd}
    return sorted(spending - unsplit)


def _as_enacted(uow: UnitOfWork, year: int, agency_code: str) -> list[WantedLine]:
    """Return a line for each of this year, with an item for each of its objects."""
    below: dict[str, str] = {}
    for one in objects_of(uow, year):
        if one.parent:
            below.setdefault(one.parent, one.code)
    lines: dict[str, list[WantedItem]] = {}
    for row in last_year_rows(uow, fiscal_year=year, agency_code=agency_code):
        if row.budget_ntd:
            lines.setdefault(row.line_code, []).append(
                WantedItem(
                    object_code=below.get(row.object_code, row.object_code),
                    account=row.account,
                    unit=UNIT,
                    quantity="1",
                    price_ntd=row.budget_ntd,
                    explanation=f"照 {year - 1} 年度法定預算數編列（示範）",
                )
            )
    return [
        WantedLine(side=EXPENDITURE, code=code, name="", items=tuple(items))
        for code, items in lines.items()
    ]


def _set_ceilings(uow: UnitOfWork, year: int, wanted: dict[str, list[WantedLine]]) -> None:
    """A ceiling is what the agency has this year."""
    ceilings = [
        Ceiling(
            agency_code=code,
            ceiling_ntd=sum(
                row.budget_ntd for row in last_year_rows(uow, fiscal_year=year, agency_code=code)
            ),
        )
        for code in wanted
    ]
    set_ceilings(acting(uow, "", "主計處陳科員（示範）"), fiscal_year=year, wanted=ceilings)


def _submitted(
    uow: UnitOfWork, year: int, agency_code: str, lines: Sequence[WantedLine]
) -> uuid.UUID:
    writer = acting(uow, agency_code, "林經辦（示範）")
    opened = open_estimate(writer, fiscal_year=year, agency_code=agency_code)
    begun_lines = estimates.read(uow, [opened.estimate_id])[0].lines
    known = {(line.side, line.code): line for line in begun_lines}
    for wanted in lines:
        begun = known.get((wanted.side, wanted.code))
        whole = wanted
        if begun and not wanted.group_code:
            whole = msgspec.structs.replace(
                wanted, group_code=begun.group_code, group_name=begun.group_name
            )
        write_estimate(
            writer,
            estimate_id=opened.estimate_id,
            wanted=whole,
            estimate_line_id=begun.estimate_line_id if begun else None,
        )
    accountant = acting(uow, agency_code, "王主辦會計（示範）")
    submit_estimate(accountant, estimate_id=opened.estimate_id)
    return opened.estimate_id


def _cuts(items: Sequence[EstimateItem]) -> list[Cut]:
    """Cut the largest item by a twentieth."""
    largest = max(items, key=lambda item: item.amount_ntd)
    cut_ntd = largest.amount_ntd * CUT_PERCENT // 100
    return [Cut(item_id=largest.item_id, cut_ntd=cut_ntd, comment=COMMENT)]

"""What a demo county gets: Taichung the figures of its books, any other a small made-up budget."""

from __future__ import annotations

from collections.abc import Sequence

from zhuji_budget.demo.changes import write_changes
from zhuji_budget.demo.people import acting, office_people, supervised_people
from zhuji_budget.demo.preparation import prepare_next_year
from zhuji_budget.demo.revenue import allot_revenue
from zhuji_budget.facts import load_facts, load_revenue
from zhuji_budget.usecases.enact_year import enact_year
from zhuji_budget.usecases.import_budget import import_budget
from zhuji_budget.usecases.import_revenue import import_revenue
from zhuji_budget.usecases.propose_allotment import propose_allotment
from zhuji_core.demo.client import DemoClient
from zhuji_core.modules import DemoAccount, DemoStep
from zhuji_core.proposals.approve import approve_proposal
from zhuji_core.uow import UnitOfWork

# Facts by county; a county without figures of its own says 示範 in every name that it shows.
FACTS = {"TXG": "taichung-105"}
MADE_UP = "demo-small"
ACT_NO = "示範文號（非實際文號）"
ALLOT_REASON = "年度開始前各機關未送分配預算表（示範）"

OK = 200
NOT_FOUND = 404


def seed(uow: UnitOfWork) -> Sequence[DemoAccount]:
    """Import the county's facts, enact and allot them, and begin the next year's estimates.

    Who administers the county is the kernel's.
    """
    people = seed_year(uow)
    prepare_next_year(
        uow,
        load_facts(FACTS.get(uow.county.code, MADE_UP)).budget,
        supervised=next(one.agency_code for one in people if one.account == "cacc"),
    )
    return people


def seed_year(uow: UnitOfWork) -> Sequence[DemoAccount]:
    """Import, enact and allot the county's facts, with documents of changes."""
    facts = load_facts(FACTS.get(uow.county.code, MADE_UP))
    import_budget(uow, budget=facts.budget, pack=facts.pack)
    fiscal_year = facts.budget.fiscal_year
    revenue = load_revenue(FACTS.get(uow.county.code, MADE_UP), agencies=facts.budget.agencies)
    import_revenue(uow, revenue=revenue)
    office = acting(uow, "", "主計處陳科員（示範）")  # who imports a bill does not enact it
    enact_year(office, fiscal_year=fiscal_year, act_no=ACT_NO)
    proposed = propose_allotment(office, fiscal_year=fiscal_year, reason=ALLOT_REASON)
    head = acting(uow, "", "主計處林科長（示範）")
    approve_proposal(head, proposal_id=proposed.proposal_id)
    allot_revenue(uow, revenue)
    write_changes(uow, fiscal_year=fiscal_year)
    return [*office_people(), *supervised_people(uow, facts.budget)]


def check(client: DemoClient) -> Sequence[DemoStep]:
    """Read the list and one line: the page shows the balance that the API reckons."""
    session = client.as_role("BAS")
    lines = session.get_json("api/v1/budget/lines?limit=200")
    totals = lines["totals"]
    line = next(item for item in lines["items"] if item["available_ntd"])
    detail = session.get_json(f"api/v1/budget/lines/{line['line_id']}")
    available_ntd = sum(row["available_ntd"] for row in detail["control_rows"])
    page = session.get(f"budget/lines/{line['line_id']}")
    shown = page.status == OK and f"{available_ntd:,}" in page.text
    missing = session.get("budget/lines/00000000-0000-0000-0000-000000000000")
    return [
        DemoStep(
            title="預算科目清單",
            expected="有科目與總額",
            got=f"{totals['lines']:,} 個科目，NT${totals['budget_ntd']:,}",
            passed=totals["lines"] > 0 and totals["budget_ntd"] > 0,
            figures={"lines": totals["lines"], "total_ntd": totals["budget_ntd"]},
        ),
        DemoStep(
            title=f"科目頁「{line['name']}」顯示可用餘額",
            expected=f"{line['available_ntd']:,}",
            got=f"{available_ntd:,}" if shown else f"{page.status}，頁面未顯示 {available_ntd:,}",
            passed=shown and available_ntd == line["available_ntd"],
            figures={"available_ntd": available_ntd},
        ),
        DemoStep(
            title="不存在的科目",
            expected=str(NOT_FOUND),
            got=str(missing.status),
            passed=missing.status == NOT_FOUND,
        ),
    ]

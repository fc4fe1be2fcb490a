"""The golden budget becomes law by the API: estimates, bill, enactment, allotment."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from tests.golden.government import Government
from tests.golden.quarter import LINES, SOURCES, Line
from tests.golden.town import Agency114, Town, day_of

ACT = "府授主歲字第 1140000001 號"


def enact(town: Town, agencies: Sequence[Agency114], government: Government) -> None:
    """Make the agencies' budgets law in December; fill in which rows they have."""
    before = town.fiscal_year - 1
    town.set_day(day_of("10-01", before))
    for agency in agencies:
        _estimate(agency, government)
    office = town.office("office")
    town.set_day(day_of("12-16", before))
    office.post(f"budget/bills/{town.fiscal_year}", {})
    second = town.office("office2")  # who compiled the bill does not enact it
    second.post(f"budget/years/{town.fiscal_year}/enactment", {"act_no": ACT})
    town.set_day(day_of("12-24", before))
    for agency in agencies:
        _find_rows(agency, government)
        _allot(agency, "expenditure", {agency.rows[no]: LINES[no].year_ntd for no in LINES})
        agency.revenues = _revenue_rows(agency, government)
        _allot(
            agency,
            "revenue",
            {agency.revenues[no]: (source.month_ntd,) * 12 for no, source in SOURCES.items()},
        )
    town.relay()


def _estimate(agency: Agency114, government: Government) -> None:
    clerk = agency["clerk"]
    estimate = clerk.post(
        "budget/estimates",
        {"fiscal_year": agency.town.fiscal_year, "agency_code": agency.code},
    )["estimate_id"]
    lines = f"budget/estimates/{estimate}/lines"
    for code, same in groupby(LINES.values(), key=lambda line: government.line(agency, line)):
        clerk.post(lines, _work_plan(code, list(same), government))
    for source in SOURCES.values():
        clerk.post(
            lines,
            {
                "side": "revenue",
                "code": government.revenue(agency, source),
                "name": source.name,
                "group_code": source.source[0],
                "group_name": source.source[1],
                "legal_basis": "規費法、行政罰法",
                "items": [{"price_ntd": source.budget_ntd, "explanation": source.name}],
            },
        )
    agency["accountant"].post(f"budget/estimates/{estimate}/submission")
    agency.town.office("office").post(f"budget/estimates/{estimate}/review", {"cuts": []})


def _work_plan(code: str, lines: Sequence[Line], government: Government) -> dict[str, Any]:
    first = lines[0]
    return {
        "side": "expenditure",
        "code": code,
        "name": first.work[1],
        "group_code": code[: -len(first.work[0])],
        "group_name": first.plan[1],
        "items": [
            {
                "object_code": government.detail(line),
                "account": line.account,
                "price_ntd": line.budget_ntd,
                "explanation": first.work[1],
            }
            for line in lines
        ],
    }


def _find_rows(agency: Agency114, government: Government) -> None:
    year = agency.town.fiscal_year
    found = agency["reviewer"].get(
        f"budget/control-rows?agency_code={agency.code}&fiscal_year={year}&limit=50"
    )
    known = {(row["line_code"], row["object_code"]): row["control_row_id"] for row in found}
    for no, line in LINES.items():
        key = (government.line(agency, line), government.object_of(line))
        agency.rows[no] = known[key]


def _revenue_rows(agency: Agency114, government: Government) -> dict[str, str]:
    schedule = _open(agency, "revenue")
    detail = agency["accountant"].get(f"budget/allotments/{schedule}")
    known = {line["code"]: line["row_id"] for line in detail["lines"]}
    agency["accountant"].post(f"budget/allotments/{schedule}/withdrawal")
    return {no: known[government.revenue(agency, source)] for no, source in SOURCES.items()}


def _open(agency: Agency114, side: str) -> str:
    opened = agency["accountant"].post(
        "budget/allotments",
        {"fiscal_year": agency.town.fiscal_year, "agency_code": agency.code, "side": side},
    )
    return str(opened["schedule_id"])


def _allot(agency: Agency114, side: str, months: dict[str, tuple[int, ...]]) -> None:
    own = f"budget/allotments/{_open(agency, side)}"
    wanted = [{"row_id": row, "months_ntd": ntd} for row, ntd in months.items()]
    accountant, town = agency["accountant"], agency.town
    accountant.post(f"{own}/months", {"lines": wanted}, method="PUT")
    accountant.post(f"{own}/submission")
    town.office("finance").post(f"{own}/comment", {"opinion": "agree"})
    town.office("office").post(f"{own}/approval")

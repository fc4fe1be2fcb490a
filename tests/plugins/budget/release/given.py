"""The golden example's agency (domain §9) in any county, and the vouchers that its events make."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence

import msgspec

from tests.plugins.budget.given import ENACTOR, YEAR
from zhuji_budget.domain.schedule import Opinion, Schedule, Side
from zhuji_budget.plugin import register_events
from zhuji_budget.usecases.approve_schedule import approve_schedule
from zhuji_budget.usecases.comment_schedule import comment_schedule
from zhuji_budget.usecases.enact_year import enact_year
from zhuji_budget.usecases.open_schedule import open_schedule
from zhuji_budget.usecases.submit_schedule import submit_schedule
from zhuji_budget.usecases.write_schedule import WantedMonths, write_schedule
from zhuji_core.contracts.budgets import AllotmentReleased, BudgetEnacted, ChangePosted
from zhuji_core.ids import new_id
from zhuji_core.testing.counties import CountyUnderTest, given_actor
from zhuji_core.values import Event, Value

TYPES = {str(event.__struct_config__.tag): event for event in register_events()}
WRITER, OFFICE, FINANCE = given_actor(1), given_actor(2), given_actor(3)
LINE = """
    INSERT INTO budget.budget_line
           (line_id, fiscal_year, code, name, agency_code, agency_name, department_code,
            department_name, plan_code, plan_name, bill_ntd)
    VALUES (:line, :year, :code, :name, :agency, '示範機關', '00', '示範主管', :plan, :name, :ntd)
"""
ROW = """
    INSERT INTO budget.control_row
           (control_row_id, line_id, fiscal_year, agency_code, line_code, line_name, object_code,
            object_name, account, bill_ntd)
    VALUES (:row, :line, :year, :agency, :code, :name, :object, :object_name, :account, :ntd)
"""
OBJECT = """
    INSERT INTO budget.object_code
           (pack, code, level, name, account, fiscal_year_from, fiscal_year_to, role)
    VALUES ('golden', :object, 1, :object_name, 'either', :year, :year, :role)
        ON CONFLICT DO NOTHING
"""
REVENUE = """
    INSERT INTO budget.revenue_row
           (revenue_row_id, fiscal_year, agency_code, agency_name, code, name, source_code,
            source_name, account, bill_ntd)
    VALUES (:row, :year, :agency, '示範機關', :code, :name, :source, :name, 'current', :ntd)
"""


class Codes(Value, frozen=True, kw_only=True):
    """How a government writes agencies, lines and first-level objects."""

    agency: str
    line: str
    objects: tuple[str, ...]


OLD = Codes(agency="A1", line="33020{0}0101", objects=("01", "02", "02", "04", "03", "09"))
NEW = Codes(
    agency="0001010000",
    line="320101{0}101",
    objects=("1000", "2000", "2000", "4000", "3000", "6000"),
)
# name of plan, its number, object, account, enacted, January to March, each month to come
L = (
    ("行政管理", 1, "人事費", "current", 6_000_000, (1_200_000, 450_000, 450_000)),
    ("行政管理", 1, "業務費", "current", 600_000, (50_000, 50_000, 50_000)),
    ("戶籍登記", 2, "業務費", "current", 1_200_000, (100_000, 100_000, 100_000)),
    ("戶籍登記", 2, "獎補助費", "current", 100_000, (0, 0, 25_000)),
    ("其他設備", 3, "設備及投資", "capital", 800_000, (0, 0, 300_000)),
    ("第一預備金", 4, "預備金", "current", 60_000, ()),
)
R = (("證照費", "04", 480_000), ("罰金罰鍰", "03", 60_000))


class Golden(Value, frozen=True, kw_only=True):
    """The agency's rows of expenditure and of revenue, in the order of the example."""

    agency_code: str
    rows: tuple[uuid.UUID, ...]
    revenue: tuple[uuid.UUID, ...]


def given_golden_bill(county: CountyUnderTest, codes: Codes) -> Golden:
    county.execute(
        "INSERT INTO budget.fiscal_year (fiscal_year, document_id) VALUES (:year, :id)",
        year=YEAR,
        id=new_id(),
    )
    shared = {"year": YEAR, "agency": codes.agency}
    roles = {"人事費": "personnel", "預備金": "reserve"}
    for (_, _, object_name, *_), obj in zip(L, codes.objects, strict=True):
        role = roles.get(object_name, "")
        county.execute(OBJECT, year=YEAR, object=obj, object_name=object_name, role=role)
    lines: dict[int, uuid.UUID] = {}
    rows = []
    for (name, plan, object_name, account, ntd, _), obj in zip(L, codes.objects, strict=True):
        words = {**shared, "code": codes.line.format(plan), "name": name}
        if plan not in lines:
            lines[plan] = new_id()
            total = sum(one[4] for one in L if one[1] == plan)
            county.execute(LINE, **words, line=lines[plan], plan=str(plan), ntd=total)
        rows.append(new_id())
        county.execute(
            ROW,
            **words,
            row=rows[-1],
            line=lines[plan],
            object=obj,
            object_name=object_name,
            account=account,
            ntd=ntd,
        )
    revenue = []
    for name, source, ntd in R:
        revenue.append(new_id())
        words = {"row": revenue[-1], "code": f"{source}01", "name": name, "source": source}
        county.execute(REVENUE, **shared, **words, ntd=ntd)
    return Golden(agency_code=codes.agency, rows=tuple(rows), revenue=tuple(revenue))


def enact(county: CountyUnderTest) -> None:
    with county.uow(ENACTOR) as uow:
        enact_year(uow, fiscal_year=YEAR, act_no="議字第 1 號")


def year_of(row: int) -> tuple[int, ...]:
    """Return the twelve months of one row of the example; what comes after March is equal."""
    first = L[row][5]
    if not first:
        return (0,) * 12
    rest, odd = divmod(L[row][4] - sum(first), 9)
    return (*first, *([rest] * 8), rest + odd)


def schedule(
    county: CountyUnderTest, golden: Golden, side: Side, months: Mapping[uuid.UUID, Sequence[int]]
) -> Schedule:
    """Take a schedule of these months through every hand."""
    with county.uow(WRITER) as uow:
        made = open_schedule(
            uow, fiscal_year=YEAR, agency_code=golden.agency_code, side=side, reason="進度調整"
        )
    with county.uow(WRITER) as uow:
        wanted = [WantedMonths(row_id=row, months_ntd=tuple(ntd)) for row, ntd in months.items()]
        write_schedule(uow, schedule_id=made.schedule_id, wanted=wanted)
    with county.uow(WRITER) as uow:
        submit_schedule(uow, schedule_id=made.schedule_id)
    with county.uow(FINANCE) as uow:
        comment_schedule(uow, schedule_id=made.schedule_id, opinion=Opinion.AGREE)
    with county.uow(OFFICE) as uow:
        return approve_schedule(uow, schedule_id=made.schedule_id)


def allot_golden(county: CountyUnderTest, golden: Golden) -> None:
    spent = {row: year_of(number) for number, row in enumerate(golden.rows)}
    schedule(county, golden, Side.EXPENDITURE, spent)
    earned = {row: (R[number][2] // 12,) * 12 for number, row in enumerate(golden.revenue)}
    schedule(county, golden, Side.REVENUE, earned)


def events(county: CountyUnderTest) -> list[Event]:
    """Return what the budget told, in order."""
    rows = county.rows("SELECT type, body FROM kernel.event ORDER BY sequence")
    return [msgspec.convert(row.body, TYPES[row.type]) for row in rows if row.type in TYPES]


Entry = tuple[str, int, str]


def vouchers(told: Sequence[Event]) -> list[tuple[dt.date, Entry]]:
    """Write what an accountant would, from the events alone: (date, (debit, NT$, credit))."""
    written: list[tuple[dt.date, Entry]] = []
    for event in told:
        match event:
            case BudgetEnacted():
                entries = [
                    ("預計撥入數", event.expenditure_ntd, "支出預算數"),
                    ("收入預算數", event.revenue_ntd, "預計繳付數"),
                ]
            case AllotmentReleased(side="expenditure"):
                entries = [("支出預算數", event.amount_ntd, "支出分配數")]
            case AllotmentReleased():
                entries = [("收入分配數", event.amount_ntd, "收入預算數")]
            case ChangePosted():
                entries = [
                    ("預計撥入數", event.change_ntd, "支出預算數"),
                    ("支出預算數", event.released_ntd, "支出分配數"),
                ]
            case _:
                entries = []
        written += [(event.effective_on, entry) for entry in entries if entry[1]]  # type: ignore[attr-defined]
    return written

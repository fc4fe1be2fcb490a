"""What the API of budget takes and gives back. Frozen; amounts are whole NT dollars."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec
from litestar.datastructures import UploadFile

from zhuji_budget.domain.enactment import BillSeen
from zhuji_budget.domain.reserve_limit import AgencyReserve
from zhuji_budget.domain.year import BudgetYear
from zhuji_budget.queries.execution import Execution
from zhuji_budget.queries.line_allotments import AllottedAct
from zhuji_budget.queries.line_history import LineHistory
from zhuji_budget.queries.lines import Holder, LinePage, LineRow, LineTotals
from zhuji_budget.usecases.report_import import ProblemReport
from zhuji_core.contracts.funds import FundPosition
from zhuji_core.values import Value


class LineList(Value, frozen=True, kw_only=True):
    """One page of lines and the totals of all; ``next`` is the next cursor, None at the end."""

    items: tuple[LineRow, ...]
    totals: LineTotals
    next: str | None


class BooksWanted(Value, frozen=True, kw_only=True):
    """Books (.xls, .xlsx) of one year; with ``partial`` those without errors are kept."""

    files: list[UploadFile]
    year: str
    partial: Literal["", "1", "true"] = ""


class Position(Value, frozen=True, kw_only=True):
    """The counters of one control row, with the sums that people read."""

    control_row_id: uuid.UUID
    agency_code: str
    fiscal_year: int
    line_code: str
    line_name: str
    object_code: str
    object_name: str
    account: str
    enacted_ntd: int
    changes_ntd: int
    budget_ntd: int
    allotted_to_date_ntd: int
    encumbered_ntd: int
    advanced_ntd: int
    expended_ntd: int
    available_ntd: int
    commit_basis: str
    closed_reason: str
    reserve: str = ""
    months_ntd: tuple[int, ...] = ()


class LineDetail(Value, frozen=True, kw_only=True):
    """One line with its control rows, who holds the rest, what documents allotted when.

    ``history``: its estimates, the council's decisions, and documents of changes in any state.
    """

    line_id: uuid.UUID
    fiscal_year: int
    code: str
    name: str
    agency_code: str
    agency_name: str
    department_code: str
    department_name: str
    plan_code: str
    plan_name: str
    bill_ntd: int
    last_year_ntd: int | None
    year_state: str
    control_rows: tuple[Position, ...]
    holders: tuple[Holder, ...]
    released_on: dict[int, dt.date]
    allotments: tuple[AllottedAct, ...]
    execution: Execution
    history: LineHistory


class BillToEnact(Value, frozen=True, kw_only=True):
    """The bill as the council left it, NT dollars, and ``seen``, the mark of exactly this.

    ``reserves``: first reserves beyond one per cent (預算法 22); with any, enactment asks for
    ``reserve_reason``.
    """

    control_rows: int
    expenditure_ntd: int
    revenue_ntd: int
    frozen_ntd: int
    decisions: int
    record_no: int
    seen: str
    reserves: tuple[AgencyReserve, ...]


class EnactmentWanted(Value, frozen=True, kw_only=True):
    """The document of the council or the executive (地方制度法 40).

    ``reserve_reason``: needed where a first reserve is beyond one per cent (預算法 22).
    ``gap_reason``: needed where agencies or revenue that ought to be in the bill are not.
    ``seen``: the mark of the bill that was looked at (GET of the same address); another is refused.
    """

    act_no: str
    reserve_reason: str = ""
    gap_reason: str = ""
    seen: str = ""


class AllotmentWanted(Value, frozen=True, kw_only=True):
    """Why the year is allotted equally, and the document that asks for it (機關函文號)."""

    reason: str
    reference: str = ""


class AllotmentProposed(Value, frozen=True, kw_only=True):
    """Nothing is allotted yet: ``proposal_id`` is what a second person approves."""

    fiscal_year: int
    proposal_id: uuid.UUID


class YearAnswer(Value, frozen=True, kw_only=True):
    """A budget year after an act."""

    fiscal_year: int
    state: str
    act_no: str


class ImportProblem(Value, frozen=True, kw_only=True):
    """RFC 9457 with one member more: everything that is wrong with the books."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    arithmetic: Mapping[str, int]
    fields: Mapping[str, str]
    trace_id: str
    errors: tuple[ProblemReport, ...]


def bill_of(seen: BillSeen, *, over: Sequence[AgencyReserve]) -> BillToEnact:
    return BillToEnact(**msgspec.structs.asdict(seen), seen=seen.token, reserves=tuple(over))


def position_of(found: FundPosition, *, months_ntd: tuple[int, ...] = ()) -> Position:
    return Position(
        **{
            name: getattr(found, name)
            for name in Position.__struct_fields__
            if name not in {"commit_basis", "months_ntd"}
        },
        commit_basis=str(found.commit_basis),
        months_ntd=months_ntd,
    )


def detail_of(line: LinePage) -> LineDetail:
    return LineDetail(
        **{
            name: getattr(line, name)
            for name in LineDetail.__struct_fields__
            if name != "control_rows"
        },
        control_rows=tuple(
            position_of(found, months_ntd=line.months_ntd[found.control_row_id])
            for found in line.positions
        ),
    )


def year_of(year: BudgetYear) -> YearAnswer:
    return YearAnswer(fiscal_year=year.fiscal_year, state=year.state, act_no=year.act_no)

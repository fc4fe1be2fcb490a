"""Rows that a document names before they exist: what is wanted, what is wrong with it. Pure.

A supplement begins a work plan, an advance or a reserve pays an object that a line has not. The
row is planned when the document is written and made when it takes effect: a draft leaves nothing.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence

from zhuji_budget.domain.adjustment import RevenueBefore, RowBefore
from zhuji_budget.domain.books.codes import CodeScheme, ObjectCode, fitting_scheme
from zhuji_budget.domain.books.model import ITEM
from zhuji_budget.domain.changes.model import Change, ChangeLine
from zhuji_budget.domain.estimate import ACCOUNTS, code_is_valid
from zhuji_budget.domain.roles import NEVER_CAPITAL
from zhuji_core.values import N_, DomainError, Value

NAME_MAX = 200
CODE_WRONG = N_("科目編號須為 4 至 20 位數字。")
DIGITS_WRONG = N_("科目編號之位數須與本年度其他科目相同。")
NAME_MISSING = N_("新科目須有名稱，不逾 200 字。")
AGENCY_UNKNOWN = N_("查無此機關代碼。")
AGENCY_OTHER = N_("此科目編號屬其他機關。")
OBJECT_UNKNOWN = N_("本年度無此用途別代碼。")
SOURCE_UNKNOWN = N_("本年度無此來源別代碼。")
ACCOUNT_UNKNOWN = N_("經資門須為經常門或資本門。")
CAPITAL_ONLY = N_("此用途別為資本支出，不得列經常門。")
CURRENT_ONLY = N_("人事費及債務費不得列資本門。")


class NewRowsInvalid(DomainError):
    """New rows that no budget can have; every field is named at once."""

    code = "E-CHANGE-NEW-ROW"
    message = N_("新增科目有 {count} 個欄位無法存入，請修正後再存。")
    status_code = 422


class WantedRow(Value, frozen=True, kw_only=True):
    """A row that does not exist yet, as keyed; an empty agency is the document's.

    ``object_code`` is the first-level object, of revenue its source (來源別). Where the line
    exists its own name holds; an empty ``account`` is the usual one of the object.
    """

    line_code: str
    line_name: str = ""
    object_code: str = ""
    account: str = ""
    agency_code: str = ""
    is_revenue: bool = False


class KnownLine(Value, frozen=True, kw_only=True):
    """A line of the year as it stands, for a row that is to be added to it."""

    line_id: uuid.UUID
    code: str
    name: str
    agency_code: str
    agency_name: str
    department_code: str
    department_name: str
    plan_code: str
    plan_name: str
    function_code: str
    pooled: bool


class YearKnown(Value, frozen=True, kw_only=True):
    """What a new row is held against: the year's codes, agencies and lines.

    ``lines``: those of the wanted codes and some of each wanted agency, by code. ``codes``: codes
    of the year's lines, so that the digits and the scheme are those of this government.
    """

    fiscal_year: int
    objects: Sequence[ObjectCode]
    sources: Mapping[str, str]
    schemes: Sequence[CodeScheme]
    agencies: Mapping[str, str]
    lines: Mapping[str, KnownLine]
    codes: Sequence[str]


def faults_of(wanted: WantedRow, known: YearKnown) -> dict[str, str]:
    """Return what is wrong in which field of a wanted row."""
    faults: dict[str, str] = {}
    line = known.lines.get(wanted.line_code)
    lengths = {len(code) for code in known.codes}
    if not code_is_valid(wanted.line_code):
        faults["code"] = CODE_WRONG
    elif not wanted.is_revenue and lengths and len(wanted.line_code) not in lengths:
        faults["code"] = DIGITS_WRONG
    if wanted.agency_code not in known.agencies:
        faults["agency"] = AGENCY_UNKNOWN
    elif not wanted.is_revenue and line is not None and line.agency_code != wanted.agency_code:
        faults["code"] = AGENCY_OTHER
    has_name = line is not None and not wanted.is_revenue
    if len(wanted.line_name) > NAME_MAX or not (has_name or wanted.line_name.strip()):
        faults["name"] = NAME_MISSING
    if wanted.account and wanted.account not in ACCOUNTS:
        faults["account"] = ACCOUNT_UNKNOWN
    elif wanted.is_revenue:
        if known.sources and wanted.object_code not in known.sources:
            faults["object"] = SOURCE_UNKNOWN
    else:
        faults |= _object_faults(wanted, known)
    return faults


def _object_faults(wanted: WantedRow, known: YearKnown) -> dict[str, str]:
    found = first_object(wanted.object_code, known.objects)
    if found is None:
        return {"object": OBJECT_UNKNOWN}
    account = wanted.account or usual_account(found)
    if found.account == "capital" and account == "current":
        return {"account": CAPITAL_ONLY}
    if found.role in NEVER_CAPITAL and account == "capital":
        return {"account": CURRENT_ONLY}
    return {}


def first_object(code: str, objects: Sequence[ObjectCode]) -> ObjectCode | None:
    """Return the first-level object of this code, also where a second-level one was keyed."""
    known = {one.code: one for one in objects}
    found = known.get(code)
    return None if found is None else known.get(found.parent, found)


def usual_account(found: ObjectCode) -> str:
    return found.account if found.account in ACCOUNTS else "current"


def plan_and_function(wanted: WantedRow, known: YearKnown) -> tuple[str, str, str]:
    """Return plan code, plan name and function (政事別) of a line that does not exist yet.

    As the government cuts its codes; where it says nothing the line is a plan of its own.
    """
    coded = [(ITEM, code) for code in (*known.codes, wanted.line_code)]
    scheme = fitting_scheme(known.schemes, fiscal_year=known.fiscal_year, coded=coded)
    if scheme is None or len(wanted.line_code) != scheme.length:
        return wanted.line_code, wanted.line_name.strip(), ""
    plan_code = scheme.up_to(wanted.line_code, "plan")
    names = [line.plan_name for line in known.lines.values() if line.plan_code == plan_code]
    plan_name = names[0] if names else wanted.line_name.strip()
    return plan_code, plan_name, scheme.function_of(wanted.line_code)


def rows_to_be(change: Change) -> list[RowBefore]:
    """Return the control rows that the document would make, without money."""
    return [
        _control_row(line, fiscal_year=change.fiscal_year)
        for line in _once(change.lines, is_revenue=False)
    ]


def revenues_to_be(change: Change) -> list[RevenueBefore]:
    """Return the rows of revenue that the document would make, without money."""
    return [
        _revenue_row(line, fiscal_year=change.fiscal_year)
        for line in _once(change.lines, is_revenue=True)
    ]


def _once(lines: Sequence[ChangeLine], *, is_revenue: bool) -> list[ChangeLine]:
    """Return one line for each row that is still to be made."""
    found = {
        line.new_row.row_id: line
        for line in lines
        if line.is_to_be and line.new_row is not None and line.new_row.is_revenue is is_revenue
    }
    return list(found.values())


def _control_row(line: ChangeLine, *, fiscal_year: int) -> RowBefore:
    new = line.new_row
    assert new is not None, "asked for rows that are to be"
    return RowBefore(
        control_row_id=new.row_id,
        line_id=new.line_id,
        fiscal_year=fiscal_year,
        agency_code=line.agency_code,
        line_code=line.line_code,
        line_name=line.line_name,
        plan_code=new.plan_code,
        function_code=new.function_code,
        pooled=new.pooled,
        object_code=line.object_code,
        object_name=line.object_name,
        account=line.account,
        bill_ntd=0,
        council_ntd=0,
        enacted_ntd=0,
        changes_ntd=0,
        frozen_ntd=0,
        allotment_ntd=(0,) * 12,
        encumbered_ntd=0,
        advanced_ntd=0,
        expended_ntd=0,
        closed_reason="",
        role=new.role,
    )


def _revenue_row(line: ChangeLine, *, fiscal_year: int) -> RevenueBefore:
    new = line.new_row
    assert new is not None, "asked for rows that are to be"
    return RevenueBefore(
        revenue_row_id=new.row_id,
        fiscal_year=fiscal_year,
        agency_code=line.agency_code,
        code=line.line_code,
        name=line.line_name,
        source_code=line.object_code,
        source_name=line.object_name,
        account=line.account,
        bill_ntd=0,
        council_ntd=0,
        enacted_ntd=0,
        changes_ntd=0,
        allotment_ntd=(0,) * 12,
    )

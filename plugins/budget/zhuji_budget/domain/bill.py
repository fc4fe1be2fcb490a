"""Reviewed estimates become the bill (預算案): lines, control rows, rows of revenue."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec

from zhuji_budget.domain.books.codes import CodeScheme, ObjectCode, fitting_scheme
from zhuji_budget.domain.books.control import ControlledLine, ControlRow
from zhuji_budget.domain.books.model import ITEM
from zhuji_budget.domain.estimate import EXPENDITURE, REVENUE, Estimate, EstimateLine
from zhuji_core.values import N_, DomainError, Value

NAMED_MAX = 10  # agencies or codes named in one refusal


class NothingToCompile(DomainError):
    """No reviewed estimate of this year waits."""

    code = "E-BILL-EMPTY"
    message = N_("{fiscal_year} 年度沒有審議完成、尚未編入預算案的概算。")


class WrongCount(DomainError):
    """The number keyed before compiling is not that of the agencies that are reviewed."""

    code = "E-BILL-COUNT"
    message = N_("輸入的數字與機關數不符，未執行。")
    status_code = 422


class BillLineTwice(DomainError):
    """Two estimates, or an estimate and the year, have a line of one code."""

    code = "E-BILL-TWICE"
    message = N_("科目編號重複，未編入任何資料：{line_codes}。請退回相關機關改正。")


class BillObjectUnknown(DomainError):
    """An item's object stood in the codes when it was keyed, and does not any more."""

    code = "E-BILL-OBJECT"
    message = N_("{agency_name} 的用途別 {object_code} 不在本年度用途別代碼表內，請退回改正。")


class RevenueRow(Value, frozen=True, kw_only=True):
    """One line of revenue of the bill."""

    revenue_row_id: uuid.UUID
    agency_code: str
    agency_name: str
    code: str
    name: str
    source_code: str
    source_name: str
    account: str
    legal_basis: str
    explanation: str
    last_year_ntd: int | None
    bill_ntd: int


class RevenueFacts(Value, frozen=True, kw_only=True):
    """Revenue of a year taken from published tables; ``source`` names them."""

    source: str
    fiscal_year: int
    rows: tuple[RevenueRow, ...]

    @property
    def total_ntd(self) -> int:
        return sum(row.bill_ntd for row in self.rows)


class Bill(Value, frozen=True, kw_only=True):
    """All that reviewed estimates bring into the year."""

    lines: tuple[ControlledLine, ...]
    revenues: tuple[RevenueRow, ...]

    @property
    def expenditure_ntd(self) -> int:
        return sum(line.bill_ntd for line in self.lines)

    @property
    def revenue_ntd(self) -> int:
        return sum(row.bill_ntd for row in self.revenues)


def require_reviewed(estimates: Sequence[Estimate], *, fiscal_year: int) -> list[Estimate]:
    """Return the reviewed ones; raise NothingToCompile."""
    reviewed = [one for one in estimates if one.state == "reviewed"]
    if not reviewed:
        raise NothingToCompile(fiscal_year=fiscal_year)
    return reviewed


def compiled(
    estimates: Iterable[Estimate],
    *,
    objects: Sequence[ObjectCode],
    schemes: Sequence[CodeScheme],
    new_id: Callable[[], uuid.UUID],
) -> Bill:
    """Add the approved items up: line × first-level object × account, and revenue by source.

    Raises BillObjectUnknown. ``schemes`` tell the function (政事別) of a line by its code.
    """
    known = {one.code: one for one in objects}
    estimates = list(estimates)
    _require_objects(estimates, known)
    lines: list[ControlledLine] = []
    revenues: list[RevenueRow] = []
    for estimate in estimates:
        lines += [
            _line(estimate, line, known, new_id) for line in estimate.of(EXPENDITURE) if line.items
        ]
        for line in estimate.of(REVENUE):
            revenues += _revenues(estimate, line, new_id)
    return Bill(lines=_with_functions(lines, estimates, schemes), revenues=tuple(revenues))


def _require_objects(estimates: Iterable[Estimate], known: Mapping[str, ObjectCode]) -> None:
    for estimate in estimates:
        for line in estimate.of(EXPENDITURE):
            for item in line.items:
                found = known.get(item.object_code)
                if found is None or (found.parent or found.code) not in known:
                    raise BillObjectUnknown(
                        agency_name=estimate.agency_name, object_code=item.object_code
                    )


def _with_functions(
    lines: Sequence[ControlledLine], estimates: Sequence[Estimate], schemes: Sequence[CodeScheme]
) -> tuple[ControlledLine, ...]:
    """Tell each line's function where a scheme fits the codes; elsewhere it stays unknown."""
    coded = [(ITEM, line.code) for line in lines]
    fiscal_year = estimates[0].fiscal_year if estimates else 0
    scheme = fitting_scheme(schemes, fiscal_year=fiscal_year, coded=coded)
    if scheme is None:
        return tuple(lines)
    return tuple(
        msgspec.structs.replace(line, function_code=scheme.function_of(line.code)) for line in lines
    )


def require_once(bill: Bill, *, taken: Iterable[str]) -> None:
    """Raise BillLineTwice when a code stands twice, in the bill or in the year before it."""
    seen, twice = set(taken), []
    for line in bill.lines:
        if line.code in seen:
            twice.append(f"{line.code} {line.agency_name}")
        seen.add(line.code)
    if twice:
        raise BillLineTwice(line_codes=tuple(twice[:NAMED_MAX]))


def _line(
    estimate: Estimate,
    line: EstimateLine,
    known: Mapping[str, ObjectCode],
    new_id: Callable[[], uuid.UUID],
) -> ControlledLine:
    return ControlledLine(
        line_id=new_id(),
        code=line.code,
        name=line.name,
        agency_code=estimate.agency_code,
        agency_name=estimate.agency_name,
        department_code=estimate.department_code,
        department_name=estimate.department_name,
        plan_code=line.group_code,
        plan_name=line.group_name,
        function_code="",
        bill_ntd=line.approved_ntd,
        last_year_ntd=line.last_year_ntd,
        rows=_rows(line, known, new_id),
    )


def _rows(
    line: EstimateLine, known: Mapping[str, ObjectCode], new_id: Callable[[], uuid.UUID]
) -> tuple[ControlRow, ...]:
    sums: dict[tuple[str, str], int] = {}
    for item in line.items:
        found = known[item.object_code]
        key = (found.parent or found.code, item.account)
        sums[key] = sums.get(key, 0) + item.approved_ntd
    return tuple(
        ControlRow(
            control_row_id=new_id(),
            object_code=code,
            object_name=known[code].name,
            account=account,
            bill_ntd=amount_ntd,
        )
        for (code, account), amount_ntd in sorted(sums.items())
        if amount_ntd
    )


def _revenues(
    estimate: Estimate, line: EstimateLine, new_id: Callable[[], uuid.UUID]
) -> list[RevenueRow]:
    sums: dict[str, int] = {}
    for item in line.items:
        sums[item.account] = sums.get(item.account, 0) + item.approved_ntd
    said = "；".join(item.explanation for item in line.items if item.explanation)
    return [
        RevenueRow(
            revenue_row_id=new_id(),
            agency_code=estimate.agency_code,
            agency_name=estimate.agency_name,
            code=line.code,
            name=line.name,
            source_code=line.group_code or line.code,
            source_name=line.group_name or line.name,
            account=account,
            legal_basis=line.legal_basis,
            explanation=said,
            # A line has one figure of last year, whatever accounts its items stand in.
            last_year_ntd=0 if number and line.last_year_ntd is not None else line.last_year_ntd,
            bill_ntd=amount_ntd,
        )
        for number, (account, amount_ntd) in enumerate(sorted(sums.items()))
    ]

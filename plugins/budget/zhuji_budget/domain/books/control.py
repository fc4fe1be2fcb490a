"""From the lines of books to control rows: line × first-level object × account."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from zhuji_budget.domain.books.codes import CodeScheme, ObjectCode, ObjectPack
from zhuji_budget.domain.books.model import Budget, Line
from zhuji_core.values import Value


class ControlRow(Value, frozen=True, kw_only=True):
    """A row of control to be made; an empty ``object_code``: the book does not split the line."""

    control_row_id: uuid.UUID
    object_code: str
    object_name: str
    account: str
    bill_ntd: int


class ControlledLine(Value, frozen=True, kw_only=True):
    """A budget line with its frozen words and its control rows (none without an amount)."""

    line_id: uuid.UUID
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
    final_ntd: int | None = None
    function_code: str
    rows: tuple[ControlRow, ...]

    def head(self) -> dict[str, object]:
        """Return the columns of the line itself."""
        names = [name for name in self.__struct_fields__ if name != "rows"]
        return {name: getattr(self, name) for name in names}

    def row_heads(self) -> list[dict[str, object]]:
        """Return the columns of each control row, with the words of its line."""
        return [
            {
                "control_row_id": row.control_row_id,
                "line_id": self.line_id,
                "agency_code": self.agency_code,
                "line_code": self.code,
                "line_name": self.name,
                "object_code": row.object_code,
                "object_name": row.object_name,
                "account": row.account,
                "bill_ntd": row.bill_ntd,
            }
            for row in self.rows
        ]


def controlled_lines(
    budget: Budget,
    *,
    pack: ObjectPack,
    new_id: Callable[[], uuid.UUID],
    scheme: CodeScheme | None = None,
) -> list[ControlledLine]:
    """Return the lines of ``budget`` with their control rows; ``scheme`` tells their function.

    The account (經資門) is the object's own: books of this kind do not print it by line. A line
    that the book does not split is controlled as a whole, in the current account.
    """
    objects = {found.code: found for found in pack.objects}
    agencies = {agency.code: agency for agency in budget.agencies}
    departments = {department.code: department.name for department in budget.departments}
    plans = {plan.code: plan.name for plan in budget.plans}
    lines = []
    for line in budget.lines:
        agency = agencies[line.agency_code]
        lines.append(
            ControlledLine(
                line_id=new_id(),
                code=line.code,
                name=line.name,
                agency_code=agency.code,
                agency_name=agency.name,
                department_code=agency.department_code,
                department_name=departments.get(agency.department_code, ""),
                plan_code=line.plan_code,
                plan_name=plans.get(line.plan_code, ""),
                bill_ntd=line.this_year_ntd,
                last_year_ntd=line.last_year_ntd,
                final_ntd=line.final_ntd,
                function_code=scheme.function_of(line.code) if scheme else "",
                rows=_rows(line, objects, new_id),
            )
        )
    return lines


def _rows(
    line: Line, objects: dict[str, ObjectCode], new_id: Callable[[], uuid.UUID]
) -> tuple[ControlRow, ...]:
    if line.split:
        return tuple(
            ControlRow(
                control_row_id=new_id(),
                object_code=item.code,
                object_name=objects[item.code].name,
                account=objects[item.code].account,
                bill_ntd=item.amount_ntd,
            )
            for item in line.split
        )
    if not line.this_year_ntd:
        return ()
    return (
        ControlRow(
            control_row_id=new_id(),
            object_code="",
            object_name="",
            account="current",
            bill_ntd=line.this_year_ntd,
        ),
    )

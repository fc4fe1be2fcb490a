"""Plan the rows that a document names before they exist, held against the year's codes."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

import msgspec

from zhuji_budget.domain.changes.model import ChangeLine, NewRow
from zhuji_budget.domain.changes.new_rows import (
    NewRowsInvalid,
    WantedRow,
    YearKnown,
    faults_of,
    first_object,
    plan_and_function,
    usual_account,
)
from zhuji_budget.queries.codes import codes_of
from zhuji_budget.queries.estimates import objects_of
from zhuji_budget.store import new_rows
from zhuji_core.identity.agencies import find_agencies
from zhuji_core.ids import new_id
from zhuji_core.uow import UnitOfWork


def planned(
    uow: UnitOfWork, wanted: Mapping[int, WantedRow], *, fiscal_year: int, agency_code: str
) -> dict[int, ChangeLine]:
    """Return by line number a line with the row that is to be, and no amount yet.

    Raises NewRowsInvalid naming every field (``new-0-code``, counted among the wanted rows).
    """
    if not wanted:
        return {}
    rows = {
        line_no: msgspec.structs.replace(
            row,
            line_code=row.line_code.strip(),
            agency_code=row.agency_code.strip() or agency_code,
        )
        for line_no, row in wanted.items()
    }
    known = _known(uow, rows, fiscal_year=fiscal_year)
    faults = {
        f"new-{number}-{field}": text
        for number, row in enumerate(rows.values())
        for field, text in faults_of(row, known).items()
    }
    if faults:
        raise NewRowsInvalid(count=len(faults), fields=faults)
    ids: dict[tuple[str, ...], uuid.UUID] = {}
    lines = {line_no: _line(line_no, row, known, ids) for line_no, row in rows.items()}
    roles = new_rows.roles_of(
        uow, [line for line in lines.values() if not line.is_revenue], fiscal_year=fiscal_year
    )
    return {line_no: _with_role(line, roles) for line_no, line in lines.items()}


def _known(uow: UnitOfWork, rows: Mapping[int, WantedRow], *, fiscal_year: int) -> YearKnown:
    codes = codes_of(uow)
    wanted_agencies = sorted({row.agency_code for row in rows.values()})
    lines = new_rows.known_lines(
        uow,
        fiscal_year=fiscal_year,
        codes=sorted({row.line_code for row in rows.values()}),
        agencies=wanted_agencies,
    )
    names = {line.agency_code: line.agency_name for line in lines.values()}
    found = find_agencies(uow, codes=wanted_agencies)
    return YearKnown(
        fiscal_year=fiscal_year,
        objects=objects_of(uow, fiscal_year),
        sources=codes.sources_of(fiscal_year),
        schemes=codes.schemes,
        agencies=names | {one.agency_code: one.name for one in found},
        lines=lines,
        codes=new_rows.codes_of_year(uow, fiscal_year=fiscal_year),
    )


def _line(
    line_no: int, row: WantedRow, known: YearKnown, ids: dict[tuple[str, ...], uuid.UUID]
) -> ChangeLine:
    return (_revenue if row.is_revenue else _expenditure)(line_no, row, known, ids)


def _expenditure(
    line_no: int, row: WantedRow, known: YearKnown, ids: dict[tuple[str, ...], uuid.UUID]
) -> ChangeLine:
    """Lines of one row share its id, and rows of one new line share the line's."""
    found = first_object(row.object_code, known.objects)
    assert found is not None, "faults were looked for before"
    account = row.account or usual_account(found)
    stands = known.lines.get(row.line_code)
    plan_code, plan_name, function_code = plan_and_function(row, known)
    own = next((one for one in known.lines.values() if one.agency_code == row.agency_code), None)
    model = stands or own
    new_row = NewRow(
        row_id=ids.setdefault((row.line_code, found.code, account), new_id()),
        line_id=stands.line_id if stands else ids.setdefault((row.line_code,), new_id()),
        makes_line=stands is None,
        agency_name=known.agencies[row.agency_code],
        department_code=model.department_code if model else "",
        department_name=model.department_name if model else "",
        plan_code=stands.plan_code if stands else plan_code,
        plan_name=stands.plan_name if stands else plan_name,
        function_code=stands.function_code if stands else function_code,
        pooled=stands.pooled if stands else False,
    )
    return ChangeLine(
        line_no=line_no,
        agency_code=row.agency_code,
        line_code=row.line_code,
        line_name=stands.name if stands else row.line_name.strip(),
        object_code=found.code,
        object_name=found.name,
        account=account,
        amount_ntd=0,
        new_row=new_row,
    )


def _revenue(
    line_no: int, row: WantedRow, known: YearKnown, ids: dict[tuple[str, ...], uuid.UUID]
) -> ChangeLine:
    account = row.account or "current"
    key = ("revenue", row.agency_code, row.line_code, account)
    name = row.line_name.strip()
    source_code = row.object_code.strip()
    return ChangeLine(
        line_no=line_no,
        agency_code=row.agency_code,
        line_code=row.line_code,
        line_name=name,
        object_code=source_code or row.line_code,
        object_name=known.sources.get(source_code, name),
        account=account,
        amount_ntd=0,
        new_row=NewRow(
            row_id=ids.setdefault(key, new_id()),
            line_id=ids[key],
            is_revenue=True,
            agency_name=known.agencies[row.agency_code],
        ),
    )


def _with_role(line: ChangeLine, roles: Mapping[int, str]) -> ChangeLine:
    if line.new_row is None or line.is_revenue:
        return line
    new_row = msgspec.structs.replace(line.new_row, role=roles.get(line.line_no, ""))
    return msgspec.structs.replace(line, new_row=new_row)

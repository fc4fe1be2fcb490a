"""The request form: what was typed, as text, and what it means."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping, Sequence

from zhuji_accounting.domain.request import LINES_MAX, RequestKind, SpendingRequest
from zhuji_accounting.queries.control_rows import only_control_row
from zhuji_accounting.usecases.write_request import WantedLine, WantedRequest
from zhuji_accounting.web.typed import needed_amount, require_readable, typed_day
from zhuji_core.formats import (
    date_key,
    format_ntd,
)
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_, Value
from zhuji_core.web.forms import grid_rows

HEAD_FIELDS = ("kind", "purpose", "basis", "payee", "hold_until", "duplicate_reason")
LINE_FIELDS = ("control_row", "control_row_id", "detail_object_code", "description", "amount")
ROW_UNKNOWN = N_("查無此預算科目，請由選單（F4）選取。")
ROW_MISSING = N_("請選取預算科目。")


class TypedRequest(Value, frozen=True, kw_only=True):
    """The form as it was typed; shown again unchanged when it is refused."""

    head: Mapping[str, str]
    lines: tuple[Mapping[str, str], ...]
    revision: int = 0


def typed_request(fields: Iterable[tuple[str, str]]) -> TypedRequest:
    """Take what a form or a draft holds."""
    given = list(fields)
    head = {name: value.strip() for name, value in given if name in HEAD_FIELDS}
    revision = next((value for name, value in given if name == "revision"), "0")
    return TypedRequest(
        head={**dict.fromkeys(HEAD_FIELDS, ""), **head},
        lines=tuple(_readable(row) for row in grid_rows(given, rows_max=LINES_MAX)),
        revision=int(revision) if revision.isdecimal() else 0,
    )


def _readable(row: Mapping[str, str]) -> Mapping[str, str]:
    """Keep the known fields of a row; an id that is none counts as not chosen."""
    known = {name: row.get(name, "") for name in LINE_FIELDS}
    try:
        uuid.UUID(known["control_row_id"])
    except ValueError:
        known["control_row_id"] = ""
    return known


def blank_request() -> TypedRequest:
    head = dict.fromkeys(HEAD_FIELDS, "") | {"kind": str(RequestKind.ORDINARY)}
    return TypedRequest(head=head, lines=())


def typed_from(request: SpendingRequest) -> TypedRequest:
    """Return the saved request as it would be typed."""
    return TypedRequest(
        head={
            "kind": str(request.kind),
            "purpose": request.purpose,
            "basis": request.basis,
            "payee": request.payee,
            "hold_until": date_key(request.hold_until) if request.hold_until else "",
            "duplicate_reason": request.duplicate_reason,
        },
        lines=tuple(
            {
                "control_row": f"{line.line_code}-{line.object_code}"
                f" {line.line_name}　{line.object_name}".strip(),
                "control_row_id": str(line.control_row_id),
                "detail_object_code": line.detail_object_code,
                "description": line.description,
                "amount": format_ntd(line.amount_ntd),
            }
            for line in request.lines
        ),
        revision=request.revision,
    )


def wanted_request(
    uow: UnitOfWork, typed: TypedRequest, *, agency_code: str, fiscal_year: int
) -> WantedRequest:
    """Read what was typed; raise FormInvalid naming every field that cannot be read."""
    faults: dict[str, str] = {}
    lines = []
    for number, row in enumerate(typed.lines):
        row_id = _control_row_id(uow, row, agency_code=agency_code, fiscal_year=fiscal_year)
        if row_id is None:
            faults[f"lines-{number}-control_row"] = (
                ROW_UNKNOWN if row.get("control_row") else ROW_MISSING
            )
        amount_field = f"lines-{number}-amount"
        amount_ntd = needed_amount(row.get("amount", ""), amount_field, faults)
        if row_id is not None and amount_field not in faults:
            lines.append(_line(row, row_id, amount_ntd))
    if typed.head["kind"] not in set(RequestKind):
        faults["kind"] = N_("請選取種類。")
    hold_until = typed_day(typed.head["hold_until"], "hold_until", faults, today=uow.business_date)
    require_readable(faults)
    return _wanted(typed, lines, hold_until)


def typed_supplement(origin: SpendingRequest) -> TypedRequest:
    """Return the form of a supplement: what it adds to is known, what it adds is not."""
    of_origin = typed_from(origin)
    return TypedRequest(
        head={**of_origin.head, "hold_until": "", "duplicate_reason": ""},
        lines=tuple({**row, "amount": ""} for row in of_origin.lines),
    )


def _line(row: Mapping[str, str], row_id: uuid.UUID, amount_ntd: int) -> WantedLine:
    return WantedLine(
        control_row_id=row_id,
        amount_ntd=amount_ntd,
        detail_object_code=row.get("detail_object_code", ""),
        description=row.get("description", ""),
    )


def _wanted(
    typed: TypedRequest, lines: Sequence[WantedLine], hold_until: dt.date | None
) -> WantedRequest:
    return WantedRequest(
        kind=RequestKind(typed.head["kind"]),
        purpose=typed.head["purpose"],
        basis=typed.head["basis"],
        payee=typed.head["payee"],
        duplicate_reason=typed.head["duplicate_reason"],
        hold_until=hold_until,
        lines=tuple(lines),
        revision=typed.revision,
    )


def _control_row_id(
    uow: UnitOfWork, row: Mapping[str, str], *, agency_code: str, fiscal_year: int
) -> uuid.UUID | None:
    """Return the chosen row, or the only one that a code typed without choosing can mean."""
    if row["control_row_id"]:
        return uuid.UUID(row["control_row_id"])
    text = row["control_row"]
    if not text:
        return None
    found = only_control_row(uow, agency_code=agency_code, fiscal_year=fiscal_year, text=text)
    return found.control_row_id if found else None

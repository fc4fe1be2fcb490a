"""The entry grid of the request form, and what it says of the balance of each row."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from zhuji_accounting.domain.request import LINES_MAX
from zhuji_accounting.queries.control_rows import control_row_code
from zhuji_accounting.web.request_form import TypedRequest
from zhuji_accounting.web.wording import ACCOUNT_TITLES, Gettext
from zhuji_core.contracts.funds import RESERVE_TITLES, FundPosition
from zhuji_core.formats import AmountMalformed, format_ntd, parse_ntd
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import Value
from zhuji_core.web.components import Grid, GridColumn, GridKind, GridRow
from zhuji_core.web.context import RequestContext
from zhuji_core.web.forms import row_faults


class Picked(Value, frozen=True, kw_only=True):
    """One choice of a picker, as its script reads it."""

    value: str
    code: str
    label: str
    note: str = ""


class PickList(Value, frozen=True, kw_only=True):
    items: tuple[Picked, ...]
    more: bool = False


class AvailabilityAnswer(Value, frozen=True, kw_only=True):
    """What a row's balance is, in words; ``state`` is ok, short or unknown."""

    text: str
    state: str


def picked(position: FundPosition, gettext: Gettext) -> Picked:
    names = "　".join(part for part in (position.line_name, position.object_name) if part)
    return Picked(
        value=str(position.control_row_id),
        code=control_row_code(position),
        label=names,
        note=_note(position, gettext),
    )


def _note(position: FundPosition, gettext: Gettext) -> str:
    account = gettext(ACCOUNT_TITLES[position.account])
    if position.reserve:
        text = gettext("{account}　{reserve}，不得直接動支")
        return text.format(account=account, reserve=gettext(RESERVE_TITLES[position.reserve]))
    available = format_ntd(position.available_ntd, zero="0")
    return gettext("{account}　可用 {available}").format(account=account, available=available)


def availability(
    position: FundPosition | None, *, amount_ntd: int, also_ntd: int, gettext: Gettext
) -> AvailabilityAnswer:
    """Say what is available on a row before this line, and what will be short, in words."""
    if position is None:
        return AvailabilityAnswer(text=gettext("查無此預算科目"), state="unknown")
    if position.closed_reason:
        text = gettext("不得動支：{reason}").format(reason=position.closed_reason)
        return AvailabilityAnswer(text=text, state="short")
    if position.reserve:
        text = gettext("{reserve}不得直接動支，須先辦理動支{reserve}撥入支用科目").format(
            reserve=gettext(RESERVE_TITLES[position.reserve])
        )
        return AvailabilityAnswer(text=text, state="short")
    available_ntd = position.available_ntd - also_ntd
    text = gettext("可用 {available}").format(available=format_ntd(available_ntd, zero="0"))
    if amount_ntd <= available_ntd:
        left = format_ntd(available_ntd - amount_ntd, zero="0")
        if amount_ntd:
            text += gettext("，餘 {left}").format(left=left)
        return AvailabilityAnswer(text=text, state="ok")
    text += gettext("，短少 {short}").format(short=format_ntd(amount_ntd - available_ntd))
    return AvailabilityAnswer(text=text, state="short")


def request_grid(
    context: RequestContext,
    uow: UnitOfWork,
    typed: TypedRequest,
    *,
    agency_code: str,
    faults: Mapping[str, str],
) -> Grid:
    """Return the grid with the rows typed so far and at least one blank row (without script)."""
    tr = context.gettext
    return Grid(
        caption=tr("動支明細"),
        columns=(
            GridColumn(
                name="control_row",
                title=tr("預算科目（代碼或名稱）"),
                kind=GridKind.PICKER,
                width=4,
                picker_url=context.path(f"accounting/control-rows?agency_code={agency_code}"),
                required=True,
            ),
            GridColumn(name="detail_object_code", title=tr("二級用途別"), width=1, length_max=10),
            GridColumn(name="description", title=tr("說明"), width=3, length_max=200),
            GridColumn(
                name="amount", title=tr("金額"), unit=tr("元"), kind=GridKind.AMOUNT, required=True
            ),
        ),
        rows=_rows(context, uow, typed, faults),
        rows_max=LINES_MAX,
        availability_url=context.path("accounting/availability"),
        availability_title=tr("可用餘額"),
    )


def _rows(
    context: RequestContext, uow: UnitOfWork, typed: TypedRequest, faults: Mapping[str, str]
) -> tuple[GridRow, ...]:
    ids = [uuid.UUID(line["control_row_id"]) for line in typed.lines if line.get("control_row_id")]
    known = {row.control_row_id: row for row in uow.hooks.fund_positions(uow, ids)} if ids else {}
    used: dict[str, int] = {}
    rows = []
    for number, line in enumerate(typed.lines):
        row_id = line.get("control_row_id", "")
        amount_ntd = amount_of(line.get("amount", ""))
        said = AvailabilityAnswer(text="", state="")
        if row_id:
            said = availability(
                known.get(uuid.UUID(row_id)),
                amount_ntd=amount_ntd,
                also_ntd=used.get(row_id, 0),
                gettext=context.gettext,
            )
            used[row_id] = used.get(row_id, 0) + amount_ntd
        rows.append(
            GridRow(
                values=line,
                errors=row_faults(faults, number),
                availability=said.text,
                availability_state=said.state,
            )
        )
    return (*rows, GridRow()) if len(rows) < LINES_MAX else tuple(rows)


def amount_of(text: str) -> int:
    """Return the amount typed so far; 0 while it cannot be read."""
    try:
        return max(0, parse_ntd(text)) if text else 0
    except AmountMalformed:
        return 0

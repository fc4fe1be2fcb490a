"""What the budget office keys: cuts of an estimate's items, and ceilings of agencies."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence

from zhuji_budget.domain.ceiling import Ceiling
from zhuji_budget.domain.estimate import Estimate, EstimateItem, EstimateLine
from zhuji_budget.domain.review import Cut
from zhuji_budget.queries.ceilings import CeilingRow
from zhuji_budget.web.views.words import Gettext
from zhuji_core.formats import AmountMalformed, format_ntd, parse_ntd
from zhuji_core.web.components import Grid, GridColumn, GridKind, GridRow
from zhuji_core.web.forms import row_faults

UNREADABLE_NTD = -1
NOWHERE = uuid.UUID(int=0)
Typed = Sequence[Mapping[str, str]]


def amount_of(text: str) -> int:
    """Return the amount, nothing for an empty text, and what no rule takes for an unreadable."""
    if not text.strip():
        return 0
    try:
        return parse_ntd(text)
    except AmountMalformed:
        return UNREADABLE_NTD


def item_code(line: EstimateLine, item: EstimateItem) -> str:
    """Return 3201010101-2: how people name an item of an estimate."""
    return f"{line.code}-{item.item_no}"


def wanted_cuts(estimate: Estimate, typed: Typed) -> list[Cut]:
    """Return what was typed; an item is chosen from the list or named by its code."""
    codes = {item_code(line, item): item.item_id for line in estimate.lines for item in line.items}
    return [
        Cut(
            item_id=_item_id(row, codes),
            cut_ntd=amount_of(row.get("cut", "")),
            comment=row.get("comment", ""),
        )
        for row in typed
    ]


def _item_id(row: Mapping[str, str], codes: Mapping[str, uuid.UUID]) -> uuid.UUID:
    try:
        return uuid.UUID(row.get("item_id", ""))
    except ValueError:
        text = row.get("item", "")
        return codes.get(text.split()[0], NOWHERE) if text else NOWHERE


def typed_cuts(estimate: Estimate) -> Typed:
    """Return the cuts that stand now, as they would be typed."""
    return [
        {
            "item": f"{item_code(line, item)} {item.object_name}",
            "item_id": str(item.item_id),
            "cut": format_ntd(item.cut_ntd, zero=""),
            "comment": item.comment,
        }
        for line in estimate.lines
        for item in line.items
        if item.cut_ntd or item.comment
    ]


def cuts_grid(typed: Typed, *, faults: Mapping[str, str], items_url: str, gettext: Gettext) -> Grid:
    return Grid(
        caption=gettext("刪減及審議意見"),
        name="cuts",
        columns=(
            GridColumn(
                name="item",
                title=gettext("項目（科目編號-項次或說明）"),
                kind=GridKind.PICKER,
                width=4,
                picker_url=items_url,
                required=True,
            ),
            GridColumn(
                name="cut", title=gettext("刪減數"), unit=gettext("元"), kind=GridKind.AMOUNT
            ),
            GridColumn(name="comment", title=gettext("審議意見"), width=4, length_max=500),
        ),
        rows=grid_lines(typed, faults, "cuts"),
    )


def wanted_ceilings(typed: Typed) -> list[Ceiling]:
    """Return what was typed; a row without an amount is left out."""
    return [
        Ceiling(agency_code=_agency_of(row), ceiling_ntd=amount_of(row.get("amount", "")))
        for row in _with_amount(typed)
    ]


def _with_amount(typed: Typed) -> list[Mapping[str, str]]:
    return [row for row in typed if row.get("amount", "").strip()]


def _agency_of(row: Mapping[str, str]) -> str:
    """Return the row's agency: of the grid, or the code that a plain form sent."""
    return row.get("id") or (row.get("agency", "") or " ").split(" ")[0]


def ceilings_grid(
    agencies: Sequence[CeilingRow],
    typed: Typed | None,
    *,
    faults: Mapping[str, str],
    gettext: Gettext,
) -> Grid:
    """Return a row for each agency beside last year; ``typed`` None: what stands now.

    Faults are named by the rows that had an amount (``ceilings-0-amount``).
    """
    amounts = {_agency_of(row): row.get("amount", "") for row in typed or ()}
    wrong = {
        _agency_of(row): next(iter(row_faults(faults, number, name="ceilings").values()), "")
        for number, row in enumerate(_with_amount(typed or ()))
    }
    known = {one.agency_code: one for one in agencies}
    codes = [*known, *(code for code in amounts if code not in known)]
    return Grid(
        caption=gettext("概算額度"),
        name="ceilings",
        fixed_title=gettext("機關"),
        limit_title=gettext("上年度預算"),
        rest_title=gettext("上年度預算 − 額度"),
        columns=(
            GridColumn(
                name="amount", title=gettext("額度"), unit=gettext("元"), kind=GridKind.AMOUNT
            ),
        ),
        rows=tuple(
            _ceiling_line(code, known.get(code), amounts.get(code), wrong.get(code, ""))
            for code in codes
        ),
    )


def _ceiling_line(code: str, one: CeilingRow | None, amount: str | None, fault: str) -> GridRow:
    stands = "" if one is None or one.ceiling_ntd is None else format_ntd(one.ceiling_ntd, zero="0")
    return GridRow(
        id=code,
        title=one.agency_name if one else code,
        note=code if one else "",
        limit_ntd=one.last_year_ntd if one else 0,
        values={"amount": stands if amount is None else amount},
        errors={"amount": fault} if fault else {},
    )


def grid_lines(typed: Typed, faults: Mapping[str, str], name: str) -> tuple[GridRow, ...]:
    rows = [
        GridRow(values=row, errors=row_faults(faults, number, name=name))
        for number, row in enumerate(typed)
    ]
    return (*rows, GridRow())

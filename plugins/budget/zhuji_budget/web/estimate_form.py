"""The form of a work plan: what was typed, as text, what it means, and its grid."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from zhuji_budget.domain.estimate import ITEMS_MAX, REVENUE, Estimate, EstimateItem, EstimateLine
from zhuji_budget.domain.estimate_items import ONE, UNREADABLE_NTD, WantedItem, WantedLine
from zhuji_budget.web.views.words import ACCOUNTS, Gettext
from zhuji_core.formats import AmountMalformed, format_ntd, parse_ntd
from zhuji_core.values import Value
from zhuji_core.web.components import Grid, GridColumn, GridKind, GridRow, Option
from zhuji_core.web.forms import grid_rows, row_faults

HEAD = ("name", "group_code", "group_name", "legal_basis", "reason")
ITEM = (
    "object",
    "object_id",
    "explanation",
    "unit",
    "quantity",
    "price",
    "sub_plan",
    "account",
    "fund_source",
)
GRID = "items"


class TypedLine(Value, frozen=True, kw_only=True):
    """The form as it was typed; shown again unchanged when it is refused."""

    head: Mapping[str, str]
    items: tuple[Mapping[str, str], ...]
    revision: int = 0


def typed_line(fields: Iterable[tuple[str, str]]) -> TypedLine:
    """Take what a form or a draft holds."""
    given = list(fields)
    head = {name: value.strip() for name, value in given if name in HEAD}
    revision = next((value for name, value in given if name == "revision"), "0")
    rows = grid_rows(given, name=GRID, rows_max=ITEMS_MAX)
    return TypedLine(
        head={**dict.fromkeys(HEAD, ""), **head},
        items=tuple({name: row.get(name, "") for name in ITEM} for row in rows),
        revision=int(revision) if revision.isdecimal() else 0,
    )


def typed_from(line: EstimateLine) -> TypedLine:
    """Return the saved line as it would be typed."""
    return TypedLine(
        head={name: getattr(line, name) for name in HEAD},
        items=tuple(_typed_item(item) for item in line.items),
        revision=line.revision,
    )


def _typed_item(item: EstimateItem) -> Mapping[str, str]:
    return {
        "object": f"{item.object_code} {item.object_name}".strip(),
        "object_id": item.object_code,
        "explanation": item.explanation,
        "unit": item.unit,
        "quantity": item.quantity,
        "price": format_ntd(item.price_ntd, zero="0"),
        "amount": format_ntd(item.amount_ntd),
        "sub_plan": item.sub_plan,
        "account": item.account,
        "fund_source": item.fund_source,
    }


def wanted_line(typed: TypedLine, line: EstimateLine) -> WantedLine:
    """Return what was typed as the use case takes it; what cannot be read is refused there."""
    return WantedLine(
        side=line.side,
        code=line.code,
        **typed.head,
        revision=typed.revision,
        items=tuple(_wanted(row) for row in typed.items),
    )


def _wanted(row: Mapping[str, str]) -> WantedItem:
    text = row.get("object", "")
    return WantedItem(
        price_ntd=_price(row.get("price", "")),
        object_code=row.get("object_id") or (text.split()[0] if text else ""),
        sub_plan=row.get("sub_plan", ""),
        account=row.get("account", ""),
        unit=row.get("unit", ""),
        quantity=row.get("quantity", "") or ONE,
        explanation=row.get("explanation", ""),
        fund_source=row.get("fund_source", ""),
    )


def _price(text: str) -> int:
    try:
        return parse_ntd(text)
    except AmountMalformed:
        return UNREADABLE_NTD


def items_grid(
    estimate: Estimate,
    line: EstimateLine,
    typed: TypedLine,
    *,
    faults: Mapping[str, str],
    objects_url: str,
    gettext: Gettext,
) -> Grid:
    """Return the grid with the rows typed so far and a blank row (without script)."""
    rows = [
        GridRow(values=item, errors=row_faults(faults, number, name=GRID))
        for number, item in enumerate(typed.items)
    ]
    if len(rows) < ITEMS_MAX:
        rows.append(GridRow())
    return Grid(
        caption=gettext("{label} {name} 明細").format(label=estimate.label, name=line.name),
        name=GRID,
        columns=_columns(line.side, objects_url, gettext),
        rows=tuple(rows),
        rows_max=ITEMS_MAX,
    )


def _columns(side: str, objects_url: str, gettext: Gettext) -> tuple[GridColumn, ...]:
    accounts = tuple(Option(value=code, title=gettext(text)) for code, text in ACCOUNTS.items())
    own = () if side == REVENUE else (_object(objects_url, gettext),)
    return (
        *own,
        GridColumn(name="explanation", title=gettext("說明"), width=4, length_max=500),
        GridColumn(name="unit", title=gettext("單位"), width=1, length_max=20),
        GridColumn(name="quantity", title=gettext("數量"), width=1, length_max=40),
        GridColumn(
            name="price",
            title=gettext("單價"),
            unit=gettext("元"),
            width=1,
            required=True,
            kind=GridKind.AMOUNT,
        ),
        GridColumn(
            name="amount",
            title=gettext("預算數"),
            unit=gettext("元"),
            kind=GridKind.AMOUNT,
            product_of=("quantity", "price"),
        ),
        GridColumn(name="sub_plan", title=gettext("分支計畫"), width=2, length_max=100),
        GridColumn(
            name="account",
            title=gettext("經資門"),
            width=1,
            kind=GridKind.SELECT,
            options=accounts,
        ),
        GridColumn(name="fund_source", title=gettext("財源"), width=1, length_max=100),
    )


def _object(objects_url: str, gettext: Gettext) -> GridColumn:
    return GridColumn(
        name="object",
        title=gettext("用途別（代碼或名稱）"),
        kind=GridKind.PICKER,
        width=3,
        picker_url=objects_url,
        required=True,
    )

"""What is keyed into an estimate, and which of it can be taken: every fault is named at once."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence

from zhuji_budget.domain.books.codes import ObjectCode
from zhuji_budget.domain.estimate import (
    ACCOUNTS,
    EXPENDITURE,
    ITEMS_MAX,
    NTD_MAX,
    TEXT_MAX,
    EstimateItem,
    ItemsInvalid,
    amount_of,
    counted,
)
from zhuji_budget.domain.roles import NEVER_CAPITAL
from zhuji_core.values import N_, Value

ONE = "1"
UNREADABLE_NTD = -1  # a price that was keyed and is none

OBJECT_MISSING = N_("請填用途別。")
OBJECT_UNKNOWN = N_("本年度無此用途別代碼。")
ACCOUNT_UNKNOWN = N_("經資門須為經常門或資本門。")
CAPITAL_ONLY = N_("此用途別為資本支出，不得列經常門。")
CURRENT_ONLY = N_("人事費及債務費不得列資本門。")
QUANTITY_MALFORMED = N_("數量須為數字，或以 × 相乘，如 10×12、1.5。")
PRICE_MALFORMED = N_("單價須為 0 以上之整數（元）。")
AMOUNT_MALFORMED = N_("數量 × 單價須為整數元，且大於 0、不逾 10 兆元。")
TOO_LONG = N_("文字過長，請縮短。")
TOO_MANY = N_("一個工作計畫最多 500 項，請分列工作計畫。")


class WantedItem(Value, frozen=True, kw_only=True):
    """One line item as keyed; an empty ``account`` is the object's, an empty quantity is 1."""

    price_ntd: int
    object_code: str = ""
    sub_plan: str = ""
    account: str = ""
    unit: str = ""
    quantity: str = ""
    explanation: str = ""
    fund_source: str = ""


class WantedLine(Value, frozen=True, kw_only=True):
    """A work plan or a source of revenue as keyed, with all of its items.

    ``revision`` is the one that the form was opened with; 0 does not ask.
    """

    side: str
    code: str
    name: str
    group_code: str = ""
    group_name: str = ""
    legal_basis: str = ""
    reason: str = ""
    revision: int = 0
    items: tuple[WantedItem, ...] = ()


def items_of(
    wanted: WantedLine, *, objects: Sequence[ObjectCode], new_id: Callable[[], uuid.UUID]
) -> tuple[EstimateItem, ...]:
    """Return the items of a line; raise ItemsInvalid with what is wrong in each field."""
    known = {one.code: one for one in objects}
    faults: dict[str, str] = {}
    if len(wanted.items) > ITEMS_MAX:
        faults["items"] = TOO_MANY
    for number, item in enumerate(wanted.items[:ITEMS_MAX]):
        found = _faults(item, known, is_revenue=wanted.side != EXPENDITURE)
        faults |= {f"items-{number}-{name}": text for name, text in found.items()}
    if faults:
        raise ItemsInvalid(count=len(faults), fields=faults)
    return tuple(
        _item(item, known, item_no=number, item_id=new_id())
        for number, item in enumerate(wanted.items, 1)
    )


def _faults(
    item: WantedItem, known: Mapping[str, ObjectCode], *, is_revenue: bool
) -> dict[str, str]:
    faults = {} if is_revenue else _object_faults(item, known)
    if item.account and item.account not in ACCOUNTS:
        faults["account"] = ACCOUNT_UNKNOWN
    count = counted(item.quantity or ONE)
    if count is None:
        faults["quantity"] = QUANTITY_MALFORMED
    if not 0 <= item.price_ntd <= NTD_MAX:
        faults["price"] = PRICE_MALFORMED
    elif count is not None and amount_of(count, item.price_ntd) is None:
        faults["price"] = AMOUNT_MALFORMED
    for name in ("sub_plan", "unit", "quantity", "explanation", "fund_source"):
        if len(getattr(item, name)) > TEXT_MAX:
            faults[name] = TOO_LONG
    return faults


def _object_faults(item: WantedItem, known: Mapping[str, ObjectCode]) -> dict[str, str]:
    if not item.object_code:
        return {"object": OBJECT_MISSING}
    found = known.get(item.object_code)
    if found is None:
        return {"object": OBJECT_UNKNOWN}
    first = known.get(found.parent, found)
    account = item.account or found.account
    if first.account == "capital" and account == "current":
        return {"account": CAPITAL_ONLY}
    if first.role in NEVER_CAPITAL and account == "capital":
        return {"account": CURRENT_ONLY}
    return {}


def _item(
    item: WantedItem, known: Mapping[str, ObjectCode], *, item_no: int, item_id: uuid.UUID
) -> EstimateItem:
    found = known.get(item.object_code)
    quantity = item.quantity or ONE
    count = counted(quantity)
    assert count is not None, "faults were looked for before"
    amount_ntd = amount_of(count, item.price_ntd)
    assert amount_ntd is not None, "faults were looked for before"
    return EstimateItem(
        item_id=item_id,
        item_no=item_no,
        sub_plan=item.sub_plan.strip(),
        object_code=found.code if found else "",
        object_name=found.name if found else "",
        account=item.account or (_account(found) if found else "current"),
        unit=item.unit.strip(),
        quantity=quantity.strip(),
        price_ntd=item.price_ntd,
        amount_ntd=amount_ntd,
        explanation=item.explanation.strip(),
        fund_source=item.fund_source.strip(),
    )


def _account(found: ObjectCode) -> str:
    return found.account if found.account in ACCOUNTS else "current"


def wanted_from(item: EstimateItem) -> WantedItem:
    """Return the item as it would be keyed."""
    return WantedItem(
        price_ntd=item.price_ntd,
        object_code=item.object_code,
        sub_plan=item.sub_plan,
        account=item.account,
        unit=item.unit,
        quantity=item.quantity,
        explanation=item.explanation,
        fund_source=item.fund_source,
    )

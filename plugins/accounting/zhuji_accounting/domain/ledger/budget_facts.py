"""What the budget told, as facts for the ledger and as movements of its rows. Pure."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator, Sequence

from zhuji_accounting.domain.ledger.fact import Fact, FactLine
from zhuji_core.contracts.budgets import (
    AllotmentReleased,
    BudgetEnacted,
    BudgetRow,
    ChangedRow,
    ChangePosted,
)
from zhuji_core.contracts.documents import DocumentRef
from zhuji_core.values import Value

BudgetEvent = BudgetEnacted | AllotmentReleased | ChangePosted
FOLLOWED_TYPES = tuple(
    str(event.__struct_config__.tag) for event in (BudgetEnacted, AllotmentReleased, ChangePosted)
)
SIDES = {"expenditure": "歲出", "revenue": "歲入"}


class ItemMovement(Value, frozen=True, kw_only=True):
    """What one event told of one row; the words are empty where the event does not say them."""

    event_id: uuid.UUID
    row_id: uuid.UUID
    side: str
    fiscal_year: int
    agency_code: str
    kind: str
    amount_ntd: int
    effective_on: dt.date
    code: str = ""
    name: str = ""
    object_code: str = ""
    object_name: str = ""
    account: str = ""


def facts_of(event: BudgetEvent, *, agency_name: str) -> list[Fact]:
    """Return what the event is for the ledger, in the order of the vouchers."""
    told: list[tuple[str, str, int]] = []
    match event:
        case BudgetEnacted():
            told = [
                (f"budget.{side}.enacted", f"法定{word}預算成立", amount_ntd)
                for (side, word), amount_ntd in zip(
                    SIDES.items(), (event.expenditure_ntd, event.revenue_ntd), strict=True
                )
            ]
        case AllotmentReleased():
            word = "分配" if event.occasion == "month" else f"修改分配 {event.label}"
            memo = f"{event.month}月{SIDES[event.side]}{word}"
            told = [(f"budget.{event.side}.allotted", memo, event.amount_ntd)]
        case ChangePosted():
            memo = event.purpose or event.label
            told = [
                ("budget.expenditure.changed", memo, event.change_ntd),
                ("budget.expenditure.allotted", memo, event.released_ntd),
                ("budget.revenue.changed", memo, event.revenue_change_ntd),
                ("budget.revenue.allotted", memo, event.revenue_released_ntd),
            ]
    return [
        _fact(event, code, memo, amount_ntd, agency_name)
        for code, memo, amount_ntd in told
        if amount_ntd
    ]


def _fact(
    event: BudgetEvent, event_code: str, memo: str, amount_ntd: int, agency_name: str
) -> Fact:
    kind = "budget.change" if isinstance(event, ChangePosted) else "budget.year"
    return Fact(
        event_code=event_code,
        agency_code=event.agency_code,
        agency_name=agency_name,
        fiscal_year=event.fiscal_year,
        posting_date=event.effective_on,
        memo=memo,
        document=DocumentRef(
            kind=kind,
            document_id=event.document_id,
            label=event.label,
            agency_code=event.agency_code,
        ),
        lines=(FactLine(amounts_ntd={"amount": amount_ntd}),),
    )


def movements_of(event: BudgetEvent) -> list[ItemMovement]:
    """Return what the event told of each row; nothing of a row that it left as it was."""
    found: list[ItemMovement] = []
    match event:
        case BudgetEnacted():
            found = [
                _named(event, side, row, "enacted", row.amount_ntd)
                for side, rows in (("expenditure", event.expenditure), ("revenue", event.revenue))
                for row in rows
            ]
        case AllotmentReleased():
            found = [
                ItemMovement(
                    event_id=event.event_id,
                    row_id=row.row_id,
                    side=event.side,
                    fiscal_year=event.fiscal_year,
                    agency_code=event.agency_code,
                    kind="released",
                    amount_ntd=row.amount_ntd,
                    effective_on=event.effective_on,
                )
                for row in event.rows
            ]
        case ChangePosted():
            found = list(_changed(event))
    return [one for one in found if one.amount_ntd]


def _changed(event: ChangePosted) -> Iterator[ItemMovement]:
    sides: Sequence[tuple[str, tuple[ChangedRow, ...]]] = (
        ("expenditure", event.expenditure),
        ("revenue", event.revenue),
    )
    for side, rows in sides:
        for row in rows:
            yield _named(event, side, row, event.kind, row.change_ntd)
            yield _named(event, side, row, "released", row.released_ntd)


def _named(
    event: BudgetEnacted | ChangePosted,
    side: str,
    row: BudgetRow | ChangedRow,
    kind: str,
    amount_ntd: int,
) -> ItemMovement:
    return ItemMovement(
        event_id=event.event_id,
        row_id=row.row_id,
        side=side,
        fiscal_year=event.fiscal_year,
        agency_code=event.agency_code,
        kind=kind,
        amount_ntd=amount_ntd,
        effective_on=event.effective_on,
        code=row.code,
        name=row.name,
        object_code=row.object_code,
        object_name=row.object_name,
        account=row.account,
    )

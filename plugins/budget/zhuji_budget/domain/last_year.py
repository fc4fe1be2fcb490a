"""What the year before was in the end given (法定預算), beside what was asked: item by item. Pure.

An estimate that is taken over begins with what the review and the council left of it, never with
what they struck out; what that was is told with their words.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from zhuji_budget.domain.books.codes import ObjectCode
from zhuji_budget.domain.estimate import (
    EXPENDITURE,
    EstimateItem,
    EstimateLine,
    amount_of,
    counted,
)
from zhuji_budget.domain.estimate_items import ONE, WantedItem, wanted_from
from zhuji_core.values import Value

UNIT = "年"


class Place(Value, frozen=True, kw_only=True):
    """Where money of last year stood: a control row, or a row of revenue (no object)."""

    side: str
    line_code: str
    object_code: str
    account: str


class PassedRow(Value, frozen=True, kw_only=True):
    """One row of last year, NT dollars: ``bill_ntd`` before the council, ``passed_ntd`` in the end.

    ``passed_ntd`` holds later acts of the council (追加、追減), no virement and no reserve.
    ``said``: the council's condition or reason.
    """

    place: Place
    line_name: str
    object_name: str
    bill_ntd: int
    passed_ntd: int
    said: str


class Struck(Value, frozen=True, kw_only=True):
    """What the review and the council took from one place of last year, and their words."""

    place: Place
    line_name: str
    object_name: str
    asked_ntd: int
    passed_ntd: int
    reasons: tuple[str, ...]

    @property
    def struck_ntd(self) -> int:
        return self.asked_ntd - self.passed_ntd


class LastYearFacts(Value, frozen=True, kw_only=True):
    """The year before of one agency.

    ``lines`` are those of its estimate where that became the bill, or where there is no bill yet
    (``is_passed`` false); a bill that came by a book has rows alone.
    """

    lines: tuple[EstimateLine, ...]
    rows: tuple[PassedRow, ...]
    is_passed: bool


def wanted_by_line(
    facts: LastYearFacts, *, objects: Sequence[ObjectCode]
) -> dict[tuple[str, str], list[WantedItem]]:
    """Return for each line (side, code) the items that it may begin with: what was passed.

    An object that no longer holds is left out. What a row had beyond its items (revenue that the
    council raised, 追加) is an item of its own, at the first level and without words.
    """
    known = {one.code: one for one in objects}
    left = {row.place: row.passed_ntd for row in facts.rows}
    found: dict[tuple[str, str], list[WantedItem]] = {}
    for line in facts.lines:
        for place, items in _by_place(line, known).items():
            given_ntd = left.pop(place, 0) if facts.is_passed else _approved(items)
            taken = _reduced(items, to_ntd=given_ntd)
            found.setdefault((line.side, line.code), []).extend(taken)
            rest_ntd = given_ntd - _approved(items)
            if rest_ntd > 0:
                left[place] = rest_ntd
    for place, ntd in left.items():
        if ntd > 0 and (place.object_code in known or place.side != EXPENDITURE):
            found.setdefault((place.side, place.line_code), []).append(_whole(place, ntd))
    return {key: items for key, items in found.items() if items}


def struck_out(facts: LastYearFacts, *, objects: Sequence[ObjectCode]) -> tuple[Struck, ...]:
    """Return what was asked, or stood in the bill, and was not passed, place by place."""
    known = {one.code: one for one in objects}
    rows = {row.place: row for row in facts.rows}
    asked: dict[Place, tuple[EstimateLine, list[EstimateItem]]] = {}
    for line in facts.lines:
        for place, items in _by_place(line, known, cut=True).items():
            asked[place] = (line, items)
    found = []
    for place in sorted(asked.keys() | rows.keys(), key=msgspec.structs.astuple):
        line_items, row = asked.get(place), rows.get(place)
        items = line_items[1] if line_items else []
        asked_ntd = sum(item.amount_ntd for item in items) or (row.bill_ntd if row else 0)
        passed_ntd = row.passed_ntd if row else 0 if facts.is_passed else _approved(items)
        if asked_ntd <= passed_ntd:
            continue
        said = [item.comment for item in items if item.cut_ntd and item.comment]
        said += [row.said] if row and row.said else []
        found.append(
            Struck(
                place=place,
                line_name=line_items[0].name if line_items else row.line_name if row else "",
                object_name=row.object_name if row else _name(place, known),
                asked_ntd=asked_ntd,
                passed_ntd=passed_ntd,
                reasons=tuple(dict.fromkeys(said)),
            )
        )
    return tuple(found)


def _name(place: Place, known: Mapping[str, ObjectCode]) -> str:
    return known[place.object_code].name if place.object_code in known else ""


def _approved(items: Iterable[EstimateItem]) -> int:
    return sum(item.approved_ntd for item in items)


def _by_place(
    line: EstimateLine, known: Mapping[str, ObjectCode], *, cut: bool = False
) -> dict[Place, list[EstimateItem]]:
    """Group the items that this year knows; without ``cut`` those that have something left."""
    found: dict[Place, list[EstimateItem]] = {}
    for item in line.items:
        code = ""
        if line.side == EXPENDITURE:
            if item.object_code not in known:
                continue
            code = known[item.object_code].parent or item.object_code
        if cut or item.approved_ntd:
            place = Place(
                side=line.side, line_code=line.code, object_code=code, account=item.account
            )
            found.setdefault(place, []).append(item)
    return found


def _reduced(items: Sequence[EstimateItem], *, to_ntd: int) -> list[WantedItem]:
    """Return the items with what is left of them; what the council took comes off the largest.

    It cuts rows, not items: which item it meant, only the agency can say.
    """
    over_ntd = max(0, _approved(items) - to_ntd)
    left: dict[uuid.UUID, int] = {item.item_id: item.approved_ntd for item in items}
    for item in sorted(items, key=lambda one: (-one.approved_ntd, one.item_no)):
        taken_ntd = min(over_ntd, left[item.item_id])
        left[item.item_id] -= taken_ntd
        over_ntd -= taken_ntd
    return [_wanted(item, left[item.item_id]) for item in items if left[item.item_id]]


def _wanted(item: EstimateItem, amount_ntd: int) -> WantedItem:
    """Return the item with this amount: by its price where that goes, else as one whole."""
    wanted = wanted_from(item)
    if amount_ntd == item.amount_ntd:
        return wanted
    count = counted(item.quantity)
    price = amount_ntd / count if count else None
    if price is not None and price == int(price) and amount_of(count, int(price)) == amount_ntd:  # type: ignore[arg-type]
        return msgspec.structs.replace(wanted, price_ntd=int(price))
    return msgspec.structs.replace(wanted, unit=UNIT, quantity=ONE, price_ntd=amount_ntd)


def _whole(place: Place, amount_ntd: int) -> WantedItem:
    return WantedItem(
        object_code=place.object_code,
        account=place.account,
        unit=UNIT,
        quantity=ONE,
        price_ntd=amount_ntd,
    )

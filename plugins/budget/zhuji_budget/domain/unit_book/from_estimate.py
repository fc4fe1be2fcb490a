"""An estimate or a year's rows as a unit book: the same tables, whoever keyed the items."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from zhuji_budget.domain.books.codes import CodeScheme, ObjectCode, ObjectPack
from zhuji_budget.domain.books.model import Place
from zhuji_budget.domain.estimate import (
    EXPENDITURE,
    REVENUE,
    EstimateItem,
    EstimateLine,
    counted,
)
from zhuji_budget.domain.unit_book.model import Item, PlanPage, RevenuePage, UnitBook
from zhuji_core.values import N_, DomainError, Value

NAMED_MAX = 10
NOWHERE = Place(file="")
_WHOLE = "式"  # the unit of an amount that no quantity tells
_ONE = "1"
COUNCIL_CHANGE = "議會審議增減數。"
UNSPLIT_OBJECT = ObjectCode(code="00", name="未分用途別", level=1)
UNSPLIT = "原列預算未附逐項明細。"


class BookLinesUncut(DomainError):
    """Codes of no known cut: nobody can say below which department and program they stand."""

    code = "E-UNIT-LINES"
    message = N_(
        "科目編號 {line_codes} 不合 {fiscal_year} 年度的編碼方式，無法排列單位預算書。"
        "請更正科目編號，或載入本縣市的科目編號碼段。"
    )


class BookEmpty(DomainError):
    """There is no money to print."""

    code = "E-UNIT-EMPTY"
    message = N_("{agency_name} {fiscal_year} 年度尚無歲出，沒有可印的單位預算書。")
    status_code = 404


class BookObjectUnknown(DomainError):
    """Money stands under an object that the year's codes do not have."""

    code = "E-UNIT-OBJECT-GONE"
    message = N_(
        "用途別 {object_codes} 不在 {fiscal_year} 年度的用途別代碼中，無法編印單位預算書。"
    )


class RowSum(Value, frozen=True, kw_only=True):
    """What a control row, or a row of revenue, was given: the truth that items must add up to."""

    side: str
    code: str
    name: str
    group_code: str
    group_name: str
    object_code: str
    account: str
    amount_ntd: int
    legal_basis: str = ""
    explanation: str = ""


def book_of(
    lines: Iterable[EstimateLine],
    *,
    fiscal_year: int,
    agency_name: str,
    objects: ObjectPack,
    schemes: Sequence[CodeScheme],
) -> UnitBook:
    """Return the book of these lines; one without items is left out.

    Raises BookEmpty, BookLinesUncut or BookObjectUnknown.
    """
    filled = [line for line in lines if line.items]
    spent = [line for line in filled if line.side == EXPENDITURE]
    if not spent:
        raise BookEmpty(agency_name=agency_name, fiscal_year=fiscal_year)
    scheme = _scheme(spent, schemes, fiscal_year)
    uncut = [line.code for line in filled if len(line.code) != (scheme.length if scheme else 0)]
    if scheme is None or uncut:
        raise BookLinesUncut(line_codes="、".join(uncut[:NAMED_MAX]), fiscal_year=fiscal_year)
    _require_objects(spent, objects, fiscal_year)
    taken = [line for line in filled if line.side == REVENUE]
    return UnitBook(
        fiscal_year=fiscal_year,
        scheme=scheme,
        plans=tuple(_plan(line) for line in sorted(spent, key=lambda one: one.code)),
        revenues=tuple(_revenue(line) for line in sorted(taken, key=lambda one: one.code)),
    )


def _scheme(
    lines: Sequence[EstimateLine], schemes: Sequence[CodeScheme], fiscal_year: int
) -> CodeScheme | None:
    """Return the way of cutting codes that most lines fit by length."""
    serving = [one for one in schemes if one.serves(fiscal_year)]
    return max(
        serving,
        key=lambda one: sum(len(line.code) == one.length for line in lines),
        default=None,
    )


def _require_objects(lines: Sequence[EstimateLine], objects: ObjectPack, fiscal_year: int) -> None:
    known = {one.code for one in objects.objects}
    used = dict.fromkeys(item.object_code for line in lines for item in line.items)
    gone = [code or "（未分用途別）" for code in used if code not in known]
    if gone:
        named = "、".join(gone[:NAMED_MAX])
        raise BookObjectUnknown(object_codes=named, fiscal_year=fiscal_year)


def _plan(line: EstimateLine) -> PlanPage:
    return PlanPage(
        sheet="",
        code=line.code,
        program=line.group_name or line.name,
        name=line.name,
        office="",
        head_ntd=line.approved_ntd,
        head_place=NOWHERE,
        content="",
        outcome="",
        items=tuple(_items(line)),
        sums=(),
    )


def _revenue(line: EstimateLine) -> RevenuePage:
    return RevenuePage(
        sheet="",
        code=line.code,
        group=line.group_name or line.name,
        name=line.name,
        head_ntd=line.approved_ntd,
        head_place=NOWHERE,
        legal_basis=line.legal_basis,
        items=tuple(_items(line)),
        sums=(),
    )


def _items(line: EstimateLine) -> list[Item]:
    return [_item(line.code, item) for item in line.items if item.approved_ntd]


def _item(plan_code: str, item: EstimateItem) -> Item:
    """A cut item is printed at what remains, with what was asked for and cut in its words."""
    count = counted(item.quantity)
    whole = not item.cut_ntd and count is not None and count == count.to_integral_value()
    told = item.explanation
    if item.cut_ntd:
        told = f"{told}（原列{item.amount_ntd:,}元，審議刪減{item.cut_ntd:,}元）"
    elif not whole:
        told = f"{told}（{item.quantity}{item.unit}×{item.price_ntd:,}元）"
    return Item(
        plan_code=plan_code,
        sub_plan=item.sub_plan,
        object_code=item.object_code,
        unit=item.unit if whole else _WHOLE,
        quantity=item.quantity if whole else _ONE,
        count=int(count) if whole and count is not None else 1,
        price_ntd=item.price_ntd if whole else item.approved_ntd,
        amount_ntd=item.approved_ntd,
        explanation=told,
        place=NOWHERE,
        fund_source=item.fund_source,
        account=item.account,
    )


def with_unsplit(objects: ObjectPack, lines: Sequence[EstimateLine]) -> ObjectPack:
    """Return the year's objects, with one more where a book gave a line's money without any."""
    codes = {item.object_code for line in lines for item in line.items}
    if UNSPLIT_OBJECT.code not in codes:
        return objects
    return msgspec.structs.replace(objects, objects=(*objects.objects, UNSPLIT_OBJECT))


def reconciled(
    lines: Sequence[EstimateLine], rows: Sequence[RowSum], *, objects: ObjectPack
) -> tuple[EstimateLine, ...]:
    """Return lines whose items add up to the rows: what they lack or exceed is an item of its own.

    The council decides by row, so nobody knows which item it meant.
    """
    first = {one.code: one.parent or one.code for one in objects.objects}
    known = {(line.side, line.code): line for line in lines}
    by_line: dict[tuple[str, str], list[RowSum]] = {}
    for row in rows:
        by_line.setdefault((row.side, row.code), []).append(row)
    return tuple(_reconciled(own, known.get(key), first) for key, own in by_line.items())


def _reconciled(
    rows: Sequence[RowSum], line: EstimateLine | None, first: Mapping[str, str]
) -> EstimateLine:
    items = list(line.items) if line else []
    for row in rows:
        inside = sum(
            item.approved_ntd
            for item in items
            if row.side == REVENUE
            or (first.get(item.object_code), item.account) == (row.object_code, row.account)
        )
        difference_ntd = row.amount_ntd - inside
        if difference_ntd:
            items.append(
                _difference(row, difference_ntd, number=len(items) + 1, split=bool(inside))
            )
    head = rows[0]
    return EstimateLine(
        estimate_line_id=line.estimate_line_id if line else uuid.UUID(int=0),
        side=head.side,
        code=head.code,
        name=head.name,
        group_code=head.group_code,
        group_name=head.group_name,
        legal_basis=head.legal_basis,
        items=tuple(items),
    )


def _difference(row: RowSum, amount_ntd: int, *, number: int, split: bool) -> EstimateItem:
    told = COUNCIL_CHANGE if split else row.explanation or UNSPLIT
    return EstimateItem(
        item_id=uuid.UUID(int=0),
        item_no=number,
        sub_plan="",
        object_code=row.object_code or ("" if row.side == REVENUE else UNSPLIT_OBJECT.code),
        object_name="",
        account=row.account,
        unit="年",
        quantity=_ONE,
        price_ntd=amount_ntd,
        amount_ntd=amount_ntd,
        explanation=told,
        fund_source="",
    )

"""Pages 9–31: a source of revenue or a work plan with its line items."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from zhuji_budget.domain.books.codes import ObjectCode
from zhuji_budget.domain.unit_book.edition import Edition
from zhuji_budget.domain.unit_book.layout.cells import (
    DOLLARS,
    amount,
    blank,
    centre,
    head,
    text,
)
from zhuji_budget.domain.unit_book.model import Item, PlanPage, RevenuePage, sum_ntd
from zhuji_core.booklets.model import FormCell, FormRow, FormSheet

_WIDTHS = (30, 8, 9, 13, 14, 12, 22)
_TITLE = "歲出計畫說明提要與各項費用明細表"
_REVENUE_TITLE = "歲入項目說明提要與預算明細表"


def revenue_item_sheets(edition: Edition) -> Iterator[FormSheet]:
    """Give the pages of revenue (9–10), one a source."""
    for page in edition.book.revenues:
        if page.items:
            yield _revenue(edition, page)


def plan_sheets(edition: Edition) -> Iterator[FormSheet]:
    """Give the pages of work plans (11–31), one a plan."""
    for plan in edition.book.plans:
        if plan.items:
            yield _plan(edition, plan)


def _plan(edition: Edition, plan: PlanPage) -> FormSheet:
    words = edition.words_of(plan.code)
    has_sub_plans = any(item.sub_plan for item in plan.items)
    first = "分支計畫及用途別科目" if has_sub_plans else "用途別科目"
    return FormSheet(
        name=f"歲出計畫-{plan.code}-{plan.name}",
        title=_TITLE,
        entry=f"{_TITLE}　{plan.name}",
        period=edition.period,
        unit=DOLLARS,
        widths=_WIDTHS,
        front=_front(
            ("業務計畫及工作計畫名稱與編號", f"{plan.code}\n{plan.program}-{plan.name}"),
            words.office,
            sum_ntd(plan.items),
            (("一.計畫內容：", words.content), ("二.預期成果：", words.outcome)),
        ),
        heads=(_heads(first, "說明"),),
        rows=tuple(_plan_rows(edition, plan)),
    )


def _revenue(edition: Edition, page: RevenuePage) -> FormSheet:
    words = edition.words_of(page.code)
    whole = _sum_row(text("合計"), page.items)
    name = text(f"{page.code}\n{page.name}", indent=1)
    items = [
        (name if at == 0 else text(""), *_item_cells(item)) for at, item in enumerate(page.items)
    ]
    return FormSheet(
        name=f"歲入明細-{page.code}-{page.name}",
        title=_REVENUE_TITLE,
        entry=f"{_REVENUE_TITLE}　{page.name}",
        period=edition.period,
        unit=DOLLARS,
        widths=_WIDTHS,
        aside="經常門",
        front=_front(
            ("來源別子目及細目編號", f"{page.code}\n{page.group}-{page.name}"),
            words.office,
            sum_ntd(page.items),
            (("一.項目內容：", words.content), ("二.法令依據：", page.legal_basis)),
        ),
        heads=(_heads("科目名稱及編號", "說明及收入依據"),),
        rows=(whole, *items),
    )


def _front(
    named: tuple[str, str], office: str, whole_ntd: int, told: Sequence[tuple[str, str]]
) -> tuple[FormRow, ...]:
    thousands = f"{whole_ntd // 1_000:,}千元" if whole_ntd % 1_000 == 0 else f"{whole_ntd:,}元"
    return (
        (
            head(named[0]),
            text(named[1], across=2),
            head("承辦單位"),
            centre(office),
            head("預算金額"),
            centre(thousands),
        ),
        *((head(title), text(said, across=6)) for title, said in told),
    )


def _heads(first: str, last: str) -> FormRow:
    words = (first, "單位", "數量", "單價", "預算數")
    return (*(head(word) for word in words), head(last, across=2))


def _plan_rows(edition: Edition, plan: PlanPage) -> Iterator[FormRow]:
    """Give 合計, each sub-plan, each object below it, and its items, in the order of the book."""
    yield _sum_row(text("合計"), plan.items, sourced=True)
    subs = list(dict.fromkeys(item.sub_plan for item in plan.items))
    for number, sub in enumerate(subs, 1):
        inside = [item for item in plan.items if item.sub_plan == sub]
        deep = 0
        if sub:
            name = sub if sub[:2].isdigit() else f"{number:02}{sub}"
            yield _sum_row(text(name), inside, sourced=True)
            deep = 1
        elif len(subs) > 1:
            yield _sum_row(text(f"{number:02}其他"), inside, sourced=True)
            deep = 1
        yield from _object_rows(edition, inside, deep)


def _object_rows(edition: Edition, items: Sequence[Item], deep: int) -> Iterator[FormRow]:
    below: dict[str, list[ObjectCode]] = {}
    for one in edition.objects.objects:
        below.setdefault(one.parent or one.code, []).append(one)
    for first in (one for one in edition.objects.objects if one.level == 1):
        codes = {one.code for one in below[first.code]}
        inside = [item for item in items if item.object_code in codes]
        if not inside:
            continue
        yield _sum_row(text(_object_name(first), indent=deep), inside, sourced=True)
        yield from (_item_row(item) for item in inside if item.object_code == first.code)
        for second in below[first.code]:
            own = [item for item in inside if item.object_code == second.code != first.code]
            if own:
                yield _sum_row(text(_object_name(second), indent=deep + 1), own)
                yield from map(_item_row, own)


def _object_name(one: ObjectCode) -> str:
    return f"{one.code.ljust(4, '0')} {one.name}"


def _sum_row(name: FormCell, items: Sequence[Item], *, sourced: bool = False) -> FormRow:
    said = _sources(items) if sourced else ""
    return (name, *blank(3), amount(sum_ntd(items)), text(said, across=2))


def _sources(items: Sequence[Item]) -> str:
    """Return what the money comes from, where every item says so: 市款55,804,000元."""
    sums: dict[str, int] = {}
    for item in items:
        sums[item.fund_source] = sums.get(item.fund_source, 0) + item.amount_ntd
    if "" in sums:
        return ""
    return "、".join(f"{source}{amount_ntd:,}元" for source, amount_ntd in sums.items())


def _item_row(item: Item) -> FormRow:
    return (text(""), *_item_cells(item))


def _item_cells(item: Item) -> FormRow:
    return (
        centre(item.unit),
        centre(item.quantity),
        amount(item.price_ntd, dash=True),
        amount(item.amount_ntd, dash=True),
        text(item.explanation, across=2),
    )

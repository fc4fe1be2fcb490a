"""Pages 9–31: the line items themselves: price × quantity, and every sum that their page prints."""

from __future__ import annotations

from collections.abc import Mapping

from zhuji_budget.domain.books.codes import ObjectPack
from zhuji_budget.domain.unit_book.model import Item, PlanPage, PrintedSum, RevenuePage
from zhuji_budget.domain.unit_book.printed import Page
from zhuji_budget.domain.unit_book.table import Comparison, SheetCheck, StatTable

NOT_DERIVABLE = ("單位、數量、單價、說明（逐項輸入）",)


def check_items(source: PlanPage | RevenuePage, page: Page, pack: ObjectPack) -> SheetCheck:
    """Compare the page's head, each sum, the source of funds it tells, and each product."""
    comparison = Comparison(page)
    parents = {one.code: one.parent for one in pack.objects}
    whole = sum(item.amount_ntd for item in source.items)
    comparison.value(source.head_place, source.head_ntd, whole, what="表頭預算數")
    for total in source.sums:
        made = sum(item.amount_ntd for item in source.items if _below(item, total, parents))
        what = " ".join(part for part in (total.sub_plan, total.object_code) if part) or "合計"
        comparison.value(total.place, total.amount_ntd, made, what=what)
        if total.source_ntd is not None:
            comparison.value(total.place, total.source_ntd, made, what=f"{what}（經費來源）")
    for item in source.items:
        made = item.price_ntd * item.count
        comparison.value(item.place, item.amount_ntd, made, what=item.explanation[:20])
    return comparison.finish(
        StatTable(
            page=page.name,
            title="歲出計畫提要及分支計畫概況表"
            if isinstance(source, PlanPage)
            else "歲入提要預算明細表",
            unit_ntd=1,
            columns=(),
            rows=(),
            not_derivable=NOT_DERIVABLE,
        )
    )


def _below(item: Item, total: PrintedSum, parents: Mapping[str, str]) -> bool:
    inside = not total.sub_plan or item.sub_plan == total.sub_plan
    objects = {"", item.object_code, parents.get(item.object_code, "")}
    return inside and total.object_code in objects

"""Read the pages that hold line items: work plans (歲出計畫) and sources of revenue (歲入提要)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from zhuji_budget.domain.books.codes import ObjectPack
from zhuji_budget.domain.books.model import Problem
from zhuji_budget.domain.books.problems import problem
from zhuji_budget.domain.books.text import letters, name_and_code, squeezed
from zhuji_budget.domain.unit_book.model import Item, PlanPage, PrintedSum, RevenuePage
from zhuji_budget.domain.unit_book.printed import (
    Page,
    columns_of,
    quantity_count,
    said_ntd,
    said_source,
)

PLAN_HEAD = r"業務計畫及工作計畫名稱與編號"
REVENUE_HEAD = r"來源別子目及細目編號"
_COLUMNS = ("單位", "數量", "單價", "預算數")
_TOTAL = "合計"
_AMOUNT_HEAD = "預算金額"  # what stands right of an office that is left blank
_OBJECT = re.compile(r"^(\d{4})(?!\d)(.*)$")
_SUB_PLAN = re.compile(r"^\d{2}(?!\d)\D")


def read_plan(page: Page, *, pack: ObjectPack) -> tuple[PlanPage, list[Problem]]:
    """Read a page of a work plan; what is not understood is a problem with its cell."""
    reader = _Reader(page, plan_code=_code(page, PLAN_HEAD), objects=_printed_objects(pack))
    reader.below = {one.code for one in pack.objects if one.parent}
    reader.read()
    program, _, name = _names(page, PLAN_HEAD).partition("-")
    head_row, head_column = _head_amount(page, PLAN_HEAD)
    return (
        PlanPage(
            sheet=page.name,
            code=reader.plan_code,
            program=program,
            name=name or program,
            office=_beside(page, r"承辦單位"),
            head_ntd=said_ntd(page.raw(head_row, head_column)) or 0,
            head_place=page.place(head_row, head_column),
            content=_beside(page, r"一\.計畫內容"),
            outcome=_beside(page, r"二\.預期成果"),
            items=tuple(reader.items),
            sums=tuple(reader.sums),
        ),
        reader.problems,
    )


def read_revenue(page: Page) -> tuple[RevenuePage, list[Problem]]:
    """Read a page of revenue; its items stand beside their source's own code."""
    reader = _Reader(page, plan_code=_code(page, REVENUE_HEAD), objects={})
    reader.read()
    group, _, name = _names(page, REVENUE_HEAD).partition("-")
    head_row, head_column = _head_amount(page, REVENUE_HEAD)
    return (
        RevenuePage(
            sheet=page.name,
            code=reader.plan_code,
            group=group,
            name=name or group,
            office=_beside(page, r"承辦單位"),
            content=_beside(page, r"一\.項目內容"),
            head_ntd=said_ntd(page.raw(head_row, head_column)) or 0,
            head_place=page.place(head_row, head_column),
            legal_basis=_beside(page, r"二\.法令依據"),
            items=tuple(reader.items),
            sums=tuple(reader.sums),
        ),
        reader.problems,
    )


class _Reader:
    """Goes down one page: heads repeat on each printed page, sub-plans and objects go on."""

    def __init__(self, page: Page, *, plan_code: str, objects: Mapping[str, str]) -> None:
        self.page = page
        self.plan_code = plan_code
        self.objects = objects
        self.items: list[Item] = []
        self.sums: list[PrintedSum] = []
        self.problems: list[Problem] = []
        # Objects of the second level: their sums say nothing of the source of funds.
        self.below: set[str] = set()
        self._sub_plan = ""
        self._object = ""
        self._source = self._source_above = ""

    def read(self) -> None:
        columns: dict[str, int] | None = None
        name_column = 0
        for row in range(len(self.page.rows)):
            head = columns_of(self.page.rows[row], _COLUMNS)
            if head is not None:
                columns = head
                name_column = min(at for at in range(head["單位"]) if self._is_name(row, at))
            elif columns is not None:
                self._row(row, columns, name_column)

    def _is_name(self, row: int, column: int) -> bool:
        return "科目" in self.page.text(row, column)

    def _row(self, row: int, columns: Mapping[str, int], name_column: int) -> None:
        amount_column = columns["預算數"]
        if not self.page.text(row, amount_column):
            return
        amount = self.page.amount(row, amount_column)
        name = self.page.text(row, name_column)
        if amount is None or amount < 0:
            self._problem("E-UNIT-AMOUNT", row, amount_column)
            return
        has_price = bool(self.page.text(row, columns["單價"]))
        if name and not (has_price and not self.objects):
            self._sum(row, name, amount, amount_column)
        else:
            self._item(row, columns, amount)

    def _sum(self, row: int, name: str, amount: int, amount_column: int) -> None:
        found = _OBJECT.match(name)
        if name == _TOTAL:
            self._sub_plan = self._object = ""
        elif found and found[1] in self.objects:
            self._object = self.objects[found[1]]
        elif found:
            self._problem("E-UNIT-OBJECT", row, amount_column, name=name)
            return
        elif _SUB_PLAN.match(name):
            self._sub_plan, self._object = name, ""
        else:
            self._problem("E-UNIT-ROW", row, amount_column, name=name)
            return
        explained = self.page.right_of(row, amount_column)
        self.sums.append(
            PrintedSum(
                sub_plan=self._sub_plan,
                object_code=self._object,
                amount_ntd=amount,
                place=self.page.place(row, amount_column),
                source_ntd=said_ntd(self.page.raw(row, explained)),
                source=self._sources(row, explained),
            )
        )

    def _item(self, row: int, columns: Mapping[str, int], amount: int) -> None:
        quantity = self.page.text(row, columns["數量"])
        count = quantity_count(quantity)
        price = self.page.amount(row, columns["單價"])
        if count is None or price is None:
            at = columns["數量"] if count is None else columns["單價"]
            self._problem("E-UNIT-AMOUNT", row, at)
            return
        explained = self.page.right_of(row, columns["預算數"])
        self.items.append(
            Item(
                plan_code=self.plan_code,
                sub_plan=self._sub_plan,
                object_code=self._object,
                unit=self.page.text(row, columns["單位"]),
                quantity=quantity,
                count=count,
                price_ntd=price,
                amount_ntd=amount,
                explanation=letters(self.page.raw(row, explained)),
                place=self.page.place(row, columns["預算數"]),
                fund_source=self._source,
            )
        )

    def _sources(self, row: int, explained: int) -> str:
        """Return what a sum says of its source; it holds below it where nothing else is said."""
        source = said_source(self.page.raw(row, explained))
        if not self._object:
            self._source_above = source or self._source_above
        if source or self._object not in self.below:
            self._source = source or self._source_above
        return source

    def _problem(self, code: str, row: int, column: int, *, name: str = "") -> None:
        text = str(self.page.raw(row, column)).strip()
        place = self.page.place(row, column)
        self.problems.append(problem(code, place, detail={"text": text, "name": name}))


def _printed_objects(pack: ObjectPack) -> Mapping[str, str]:
    """Objects as pages print them, four digits (0100 人事費), to the codes of the pack (01)."""
    return {item.code.ljust(4, "0"): item.code for item in pack.objects}


def _where(page: Page, head: str) -> tuple[int, int]:
    found = page.find(head)
    assert found, f"{page.name}: asked only for pages that have {head}"
    return found


def _code(page: Page, head: str) -> str:
    row, column = _where(page, head)
    return name_and_code(page.raw(row, page.right_of(row, column)))[1]


def _names(page: Page, head: str) -> str:
    row, column = _where(page, head)
    return name_and_code(page.raw(row, page.right_of(row, column)))[0]


def _beside(page: Page, head: str) -> str:
    found = page.find(head)
    if found is None:
        return ""
    row, column = found
    text = "\n".join(str(page.raw(row, page.right_of(row, column))).split("\r\n")).strip()
    return "" if squeezed(text) == _AMOUNT_HEAD or said_ntd(text) is not None else text


def _head_amount(page: Page, head: str) -> tuple[int, int]:
    row, column = _where(page, head)
    cells: Sequence[int] = [
        at for at in range(column + 1, page.width) if said_ntd(page.raw(row, at)) is not None
    ]
    return row, cells[0] if cells else column

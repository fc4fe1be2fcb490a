"""Pages 41–43: journeys abroad and to the mainland; entered, summed across and tied to the items.

The summary (41) is made of the journeys (42, 43); what the journeys cost must be what the line
items of 國外旅費 and 大陸地區旅費 ask for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from zhuji_budget.domain.books.codes import ObjectPack
from zhuji_budget.domain.unit_book.entered import Trip, TripSum
from zhuji_budget.domain.unit_book.model import UnitBook
from zhuji_budget.domain.unit_book.printed import Page
from zhuji_budget.domain.unit_book.table import Comparison, SheetCheck, StatTable
from zhuji_core.values import Value

ABROAD, MAINLAND = "國外旅費", "大陸地區旅費"
_KIND = re.compile(r"^[一二三四五六]、(?P<kind>..)")
_PARTS = ("交通費", "生活費", "辦公費")
_PART_FIELDS = ("transport_ntd", "living_ntd", "office_ntd")
KINDS = ("考察", "訪問", "開會", "進修", "研究", "實習")
_UNIT_NTD = 1_000
# What a journey is told in words → the head above it.
_TEXTS = {
    "name": r"計畫名稱",
    "place": r"擬前往(國家|地區)",
    "host": r"擬拜會(機構|單位)",
    "content": r"(計畫|工作)內容",
    "period": r"預計前往期間",
    "charged_to": r"歸屬預算科目",
    "visited": r"有/無",
    "visited_note": r"如有,說明",
}


def read_trips(page: Page, *, mainland: bool = False) -> list[Trip]:
    """Read the journeys of page 42 or 43."""
    heads = _heads(page)
    texts = {name: place[1] for name, word in _TEXTS.items() if (place := page.find(word))}
    kind = ""
    trips = []
    for row in range(heads.last + 1, len(page.rows)):
        first = next((page.text(row, at) for at in range(page.width) if page.text(row, at)), "")
        found = _KIND.match(first)
        if found:
            kind = found["kind"]
        amount = page.amount(row, heads.total, unit_ntd=_UNIT_NTD)
        if amount:
            trips.append(
                Trip(
                    kind=kind,
                    days=page.amount(row, heads.days) or 0,
                    persons=page.amount(row, heads.persons) or 0,
                    amount_ntd=amount,
                    mainland=mainland,
                    **{name: str(page.raw(row, at)).strip() for name, at in texts.items()},  # type: ignore[arg-type]
                    **{
                        name: page.amount(row, at, unit_ntd=_UNIT_NTD) or 0
                        for name, at in zip(_PART_FIELDS, heads.parts, strict=True)
                    },  # type: ignore[arg-type]
                )
            )
    return trips


def read_last_year(page: Page) -> list[TripSum]:
    """Read what page 41 tells of last year's journeys."""
    found = [page.find(word) for word in ("上年度計畫項數", "上年度核定人天", "上年度預算數")]
    if not all(found):
        return []
    count, people, amount = (place[1] for place in found if place)
    return [
        TripSum(
            kind=kind,
            count=page.amount(row, count) or 0,
            people=page.text(row, people),
            amount_ntd=page.amount(row, amount, unit_ntd=_UNIT_NTD) or 0,
        )
        for row, kind in _kinds(page)
        if kind != "合計" and page.text(row, count)
    ]


def check_trips(book: UnitBook, pack: ObjectPack, page: Page, *, travel: str) -> SheetCheck:
    """Compare each journey's total with its parts, and all of them with the line items."""
    comparison = Comparison(page)
    heads = _heads(page)
    rows = [row for row in range(heads.last + 1, len(page.rows)) if page.amount(row, heads.total)]
    for row in rows:
        parts = [page.amount(row, at, unit_ntd=_UNIT_NTD) or 0 for at in heads.parts]
        comparison.amount(row, heads.total, sum(parts), unit_ntd=_UNIT_NTD, what="合計")
    if rows:
        printed = sum(trip.amount_ntd for trip in read_trips(page))
        place = page.place(rows[-1], heads.total)
        made = _asked_ntd(book, pack, (travel,))
        comparison.value(place, printed, made, what=f"全部計畫與{travel}各項之和")
    return comparison.finish(
        _table("派員計畫預算類別表", "計畫內容、天數、人數、交通費、生活費、辦公費")
    )


def check_summary(
    book: UnitBook, pack: ObjectPack, page: Page, trips: Sequence[Trip]
) -> SheetCheck:
    """Compare page 41 with the journeys of the other pages, and its sum with the line items."""
    comparison = Comparison(page)
    count, people, amount = _summary_columns(page)
    for row, kind in _kinds(page):
        inside = [trip for trip in trips if kind in {"合計", trip.kind}]
        comparison.amount(row, count, len(inside), unit_ntd=1, what=f"{kind} 項數")
        persons = sum(trip.persons for trip in inside)
        days = sum(trip.days for trip in inside)
        made = f"{persons}人x{days}天" if inside else ""
        comparison.text(row, people, made, what=f"{kind} 人天")
        spent = sum(trip.amount_ntd for trip in inside)
        comparison.amount(row, amount, spent, unit_ntd=_UNIT_NTD, what=f"{kind} 預算數")
        if kind == "合計":
            printed = page.amount(row, amount, unit_ntd=_UNIT_NTD) or 0
            asked = _asked_ntd(book, pack, (ABROAD, MAINLAND))
            comparison.value(page.place(row, amount), printed, asked, what="國外、大陸旅費各項之和")
    return comparison.finish(_table("派員出國計畫預算總表", "上年度項數、人天、預算數"))


class _Heads(Value, frozen=True, kw_only=True):
    last: int
    days: int
    persons: int
    parts: tuple[int, ...]
    total: int


def _heads(page: Page) -> _Heads:
    days, persons = page.find(r"預計天數"), page.find(r"擬派人數")
    parts = [page.find(word) for word in _PARTS]
    assert days and persons and all(parts), f"{page.name}: asked only for pages of journeys"  # noqa: PT018
    row = max(part[0] for part in parts if part)
    total = next(at for at in range(page.width) if page.text(row, at) == "合計")
    return _Heads(
        last=row,
        days=days[1],
        persons=persons[1],
        parts=tuple(part[1] for part in parts if part),
        total=total,
    )


def _summary_columns(page: Page) -> tuple[int, int, int]:
    found = [page.find(word) for word in ("本年度計畫項數", "本年度預計人天", "本年度預算數")]
    assert all(found), f"{page.name}: asked only for the summary of journeys"
    count, people, amount = (place[1] for place in found if place)
    return count, people, amount


def _kinds(page: Page) -> Iterator[tuple[int, str]]:
    for row in range(len(page.rows)):
        for column in range(page.width):
            text = page.text(row, column)
            if text in {*KINDS, "合計"}:
                yield row, text
                break


def _asked_ntd(book: UnitBook, pack: ObjectPack, objects: Sequence[str]) -> int:
    codes = {one.code for one in pack.objects if one.name in objects}
    return book.total_ntd(lambda item: item.object_code in codes)


def _table(title: str, entered: str) -> StatTable:
    return StatTable(
        page="", title=title, unit_ntd=_UNIT_NTD, columns=(), rows=(), not_derivable=(entered,)
    )

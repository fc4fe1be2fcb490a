"""Check one sheet against itself: levels against their children, totals, differences, splits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from zhuji_budget.domain.books.codes import ObjectPack
from zhuji_budget.domain.books.explanation import ObjectSplit, object_split
from zhuji_budget.domain.books.model import (
    AMOUNT_FIELDS,
    BookSheet,
    ObjectAmount,
    Problem,
    Row,
)
from zhuji_budget.domain.books.problems import COLUMNS, problem


def children_of(rows: Sequence[Row]) -> list[list[Row]]:
    """Return for each row the rows directly below it, in printed order."""
    children: list[list[Row]] = [[] for _ in rows]
    for row in rows:
        if row.parent is not None:
            children[row.parent].append(row)
    return children


def sheet_errors(sheet: BookSheet) -> Iterator[Problem]:
    """Yield what makes the sheet's figures unusable."""
    children = children_of(sheet.rows)
    top = min((row.level for row in sheet.rows), default=0)
    for row, below in zip(sheet.rows, children, strict=True):
        if row.parent is None and row.level > top:
            detail: dict[str, str | int] = {"name": row.name, "level": row.level}
            yield problem("E-BOOK-ORPHAN", row.place, detail=detail)
        if row.amounts.this_year_ntd < 0:
            yield _of_row(
                "E-BOOK-NEGATIVE", row, "this_year_ntd", {"actual": row.amounts.this_year_ntd}
            )
        if below:
            yield from _sum_errors(row, below, "this_year_ntd")
    yield from _total_errors(sheet, "this_year_ntd")


def sheet_warnings(sheet: BookSheet) -> Iterator[Problem]:
    """Yield what does not add up in the columns of other years, which nothing is built upon."""
    children = children_of(sheet.rows)
    for row, below in zip(sheet.rows, children, strict=True):
        for field in AMOUNT_FIELDS[1:]:
            if below:
                yield from _sum_errors(row, below, field)
        yield from _difference_errors(row)
    for field in AMOUNT_FIELDS[1:]:
        yield from _total_errors(sheet, field)


def _sum_errors(row: Row, below: Sequence[Row], field: str) -> Iterator[Problem]:
    printed = row.amounts.get(field)
    parts = [part for child in below if (part := child.amounts.get(field)) is not None]
    if printed is None or len(parts) != len(below) or printed == sum(parts):
        return
    arithmetic = {
        "printed": printed,
        "sum_of_children": sum(parts),
        "difference": printed - sum(parts),
    }
    yield _of_row("E-BOOK-SUM", row, field, arithmetic)


def _total_errors(sheet: BookSheet, field: str) -> Iterator[Problem]:
    """A total stands for every row without a parent, wherever it is printed."""
    tops = [row.amounts.get(field) or 0 for row in sheet.rows if row.parent is None]
    for total in sheet.totals:
        printed = total.amounts.get(field)
        if printed is None or printed == sum(tops):
            continue
        place = msgspec.structs.replace(total.place, cell=total.cells[field])
        yield problem(
            "E-BOOK-TOTAL",
            place,
            arithmetic={"printed": printed, "sum": sum(tops), "difference": printed - sum(tops)},
            detail={"column": COLUMNS[field]},
        )


def _difference_errors(row: Row) -> Iterator[Problem]:
    amounts = row.amounts
    if amounts.difference_ntd is None or amounts.last_year_ntd is None:
        return
    expected = amounts.this_year_ntd - amounts.last_year_ntd
    if amounts.difference_ntd != expected:
        arithmetic = {
            "this_year": amounts.this_year_ntd,
            "last_year": amounts.last_year_ntd,
            "expected": expected,
            "printed": amounts.difference_ntd,
        }
        yield _of_row("E-BOOK-DIFFERENCE", row, "difference_ntd", arithmetic)


def split_of(
    printed: Sequence[tuple[Row, BookSheet]], *, pack: ObjectPack
) -> tuple[tuple[ObjectAmount, ...], list[Problem]]:
    """Return a line's object split from all places that print it, and what is wrong with them.

    A split counts if it adds up to the line. If it does not: ``E-BOOK-SPLIT`` where the book
    claims to list all objects, ``E-BOOK-SPLIT-PART`` where running text mentions some. Places
    may contradict each other although each adds up: then the longest sheet counts, since a
    department's compiled sheet is later than its agencies' own, and ``E-BOOK-SPLIT-DIFFERS``
    names both. Nothing is guessed: a line whose explanation gives no amounts has no split.
    """
    good: list[tuple[Row, ObjectSplit]] = []
    problems: list[Problem] = []
    for row, sheet in sorted(printed, key=lambda place: -len(place[1].rows)):
        split = object_split(row.explanation, pack=pack, unit_ntd=sheet.unit_ntd)
        if not split.amounts:
            continue
        if split.sum_ntd == row.amounts.this_year_ntd:
            good.append((row, split))
        else:
            code = "E-BOOK-SPLIT" if split.whole else "E-BOOK-SPLIT-PART"
            arithmetic = {
                "line": row.amounts.this_year_ntd,
                **_by_object(split),
                "sum": split.sum_ntd,
                "difference": row.amounts.this_year_ntd - split.sum_ntd,
            }
            problems.append(_of_row(code, row, "explanation", arithmetic))
    for row, split in good[1:]:
        if split.amounts != good[0][1].amounts:
            wrong = _of_row("E-BOOK-SPLIT-DIFFERS", row, "explanation", _by_object(split))
            problems.append(msgspec.structs.replace(wrong, also=good[0][0].at("explanation")))
    return good[0][1].amounts if good else (), problems


def _by_object(split: ObjectSplit) -> Mapping[str, int]:
    return {f"object_{item.code}": item.amount_ntd for item in split.amounts}


def _of_row(code: str, row: Row, field: str, arithmetic: Mapping[str, int]) -> Problem:
    detail: dict[str, str | int] = {"name": row.name or row.code, "column": COLUMNS.get(field, "")}
    return problem(code, row.at(field), arithmetic=arithmetic, detail=detail)

"""Find the head of a page and what each column holds, by the words in it, never by position."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from zhuji_budget.domain.books.model import AGENCY, DEPARTMENT, ITEM, PLAN
from zhuji_budget.domain.books.text import squeezed
from zhuji_core.values import Value

HEAD_ROWS_MAX = 4
"""Printed heads have one to three rows; one more for a blank row between."""

_LEVEL_WORDS: Mapping[str, int] = {"款": DEPARTMENT, "項": AGENCY, "目": PLAN, "節": ITEM}
_NAME = re.compile(r"名稱|科目$|^機關別|^機關|計畫別|科目及編號")
_CODE = re.compile(r"(編號|代號|代碼|編碼|科目碼)$")
_NOT_NAME = re.compile(r"說明|承辦|單位$|預算|決算|比較")
_EXPLANATION = re.compile(r"^(說明|備註|附註|說明欄|.*說明$|說明及.*)")
_DIFFERENCE = re.compile(r"比較|增減")
_PERCENT = re.compile(r"[%％]|百分|比率|比例")
_FINAL = re.compile(r"決算")
_LAST = re.compile(r"上年度|去年度|上一年度|上年")
_THIS = re.compile(r"本年度|本年預算|本預算年度|^預算數|^預算金額|^預算額|^法定預算|^編列數")
_YEAR = re.compile(r"(\d{2,3})年度.*(預算|編列)")
_DETAIL = re.compile(r"^(單價|數量|人數|用途別科目)$")
_UNIT_IN_HEAD = re.compile(r"\((?:單位:)?(?:新臺幣|新台幣)?([百千萬億]*元)\)")
_FIGURE = re.compile(r"^[-(△▲]?[\d,.]*\)?$|\d{6,}")
_UNDER = re.compile(r"^(金額|科目|[%％]|百分比|增減數?)$")
_HEAD_TEXT_MAX = 40
"""A head's words are few; an explanation that happens to say 本年度預算數 is long."""


class Columns(Value, frozen=True, kw_only=True):
    """Column numbers from 0 by what they hold. ``first`` and ``last`` are the head's rows."""

    first: int
    last: int
    levels: Mapping[int, int]
    name: int
    code: int | None
    amounts: Mapping[str, int]
    explanation: int | None
    unit_word: str
    words: frozenset[str]


def find_head(rows: Sequence[Sequence[object]], at: int) -> Columns | None:
    """Return the columns if a head begins at row index ``at``, else None."""
    block: list[list[str]] = []
    best = None
    for cells in rows[at : at + HEAD_ROWS_MAX]:
        row = [squeezed(cell) for cell in cells]
        if any(row) and not _is_head_row(row, heads_min=1 if block else HEADS_MIN):
            break
        block.append(row)
        if not any(row):
            if len(block) == 1:
                break
            continue
        best = _columns(block, at) or best
    return best


HEADS_MIN = 2
"""A head's first row names at least two columns; a title that says 105年度預算 names one."""


def _is_head_row(row: Sequence[str], *, heads_min: int) -> bool:
    """Tell whether a row has words of a head, and no amounts, no codes, nothing long."""
    texts = [text for text in row if text]
    if any(len(text) > _HEAD_TEXT_MAX or _FIGURE.search(text) for text in texts):
        return False
    heads = sum(1 for text in texts if _kind(text) or text in _LEVEL_WORDS or _UNDER.match(text))
    return heads >= heads_min


def _columns(block: Sequence[Sequence[str]], at: int) -> Columns | None:
    texts = _column_texts(block)
    if any(_DETAIL.search(text) for text in texts):
        return None  # a detail sheet: unit price × quantity
    levels: dict[int, int] = {}
    found: dict[str, int] = {}
    years: dict[int, int] = {}
    for column, text in enumerate(texts):
        level = _level(block, column)
        kind = _kind(text)
        if level is not None:
            levels.setdefault(level, column)
        elif kind == "year":
            match = _YEAR.search(text)
            assert match, "the kind was told by this pattern"
            years.setdefault(int(match[1]), column)
        elif kind:
            found.setdefault(kind, column)
    _place_years(years, found)
    name = found.get("name")
    if name is None or "this_year_ntd" not in found:
        return None
    return Columns(
        first=at,
        last=at + len(block) - 1,
        levels=levels,
        name=name,
        code=found.get("code"),
        amounts={field: found[field] for field in _AMOUNT_KINDS if field in found},
        explanation=found.get("explanation"),
        unit_word=_unit_word(texts[found["this_year_ntd"]]),
        words=frozenset(text for row in block for text in row if text),
    )


_AMOUNT_KINDS = ("this_year_ntd", "last_year_ntd", "final_ntd", "difference_ntd")


def _column_texts(block: Sequence[Sequence[str]]) -> list[str]:
    """Join each column's head words downwards; a merged head covers the blanks to its right.

    Only where something stands below a blank does the word at its left cover it: merged cells
    are stored in their first cell only, and not every format says which cells are merged.
    """
    width = max(len(row) for row in block)
    texts = [""] * width
    for number, row in enumerate(block):
        covering = ""
        for column in range(width):
            text = row[column] if column < len(row) else ""
            below = any(len(r) > column and r[column] for r in block[number + 1 :])
            above = bool(texts[column])
            if text:
                covering = text
            elif not below or above:
                covering = ""
            texts[column] += text or covering
    return texts


def _level(block: Sequence[Sequence[str]], column: int) -> int | None:
    """The level words stand alone in their cell, under a merged 科目."""
    for row in reversed(block):
        text = row[column] if column < len(row) else ""
        if text:
            return _LEVEL_WORDS.get(text)
    return None


# In the order of trying: a head of a difference also names both years.
_KINDS: tuple[tuple[re.Pattern[str], str | None], ...] = (
    (_PERCENT, None),
    (_DIFFERENCE, "difference_ntd"),
    (_FINAL, "final_ntd"),
    (_LAST, "last_year_ntd"),
    (_YEAR, "year"),
    (_THIS, "this_year_ntd"),
    (_EXPLANATION, "explanation"),
    (_NAME, "name"),
    (_CODE, "code"),
)


def _kind(text: str) -> str | None:
    if not text:
        return None
    for pattern, kind in _KINDS:
        if pattern.search(text) and not (kind == "name" and _NOT_NAME.search(text)):
            return kind
    return None


def _place_years(years: Mapping[int, int], found: dict[str, int]) -> None:
    """Heads that name years (115年度預算數, 114年度預算數): the latest is this year's."""
    for field, year in zip(
        ("this_year_ntd", "last_year_ntd"), sorted(years, reverse=True), strict=False
    ):
        found.setdefault(field, years[year])


def _unit_word(text: str) -> str:
    match = _UNIT_IN_HEAD.search(text)
    return match[1] if match else ""

"""Is this sheet an expenditure budget by agency? Told by its words, its heads and its rows."""

from __future__ import annotations

import re
from collections.abc import Sequence

from zhuji_budget.domain.books.model import DEPARTMENT, Row
from zhuji_core.values import N_

NO_HEAD = N_("沒有歲出機關別預算表的表頭（名稱及編號、本年度預算數）。")
REVENUE = N_("是歲入預算表。")
OTHER_TABLE = N_("是另一種歲出表（政事別、用途別、明細或彙計表）。")

_OURS = re.compile(r"歲出.{0,4}機關別")
_REVENUE = re.compile(r"歲入")
_OTHERS = re.compile(
    r"政事別|用途別科目|資本支出|彙計表|分析表|綜合分類|明細表|計畫提要|決算表|融資|收支對列|簡明比較"
)
_REVENUE_EXPLANATION = re.compile(r"法令依據|收入依據|預算數之收入|收入來源")
_REVENUE_NAME = re.compile(r"(收入|稅課|罰款|規費|捐獻|盈餘及事業收入|賠償)$")
_FUNCTION_NAME = re.compile(r"支出$")


def why_not_ours(*, sheet_name: str, title: str, words: str, rows: Sequence[Row]) -> str:
    """Return why a sheet with a fitting head is no expenditure budget by agency, or "".

    ``title`` is what is printed above the head, ``words`` the head itself, both without
    spaces. Printed titles are often in the page's margin, out of the cells: then the rows
    decide, and a sheet's name only says what neither denies.
    """
    if _OURS.search(title):
        return ""
    if _REVENUE_EXPLANATION.search(words):
        return REVENUE
    reason = _by_title(title) or _by_names(rows)
    if not reason and not _OURS.search(sheet_name):
        reason = _by_title(sheet_name)
    return reason


def _by_title(title: str) -> str:
    if _REVENUE.search(title):
        return REVENUE
    return OTHER_TABLE if _OTHERS.search(title) else ""


def _by_names(rows: Sequence[Row]) -> str:
    first = [row.name for row in rows if row.level == DEPARTMENT]
    if _most(_REVENUE_NAME, first or [row.name for row in rows]):
        return REVENUE
    return OTHER_TABLE if _most(_FUNCTION_NAME, first) else ""


def _most(pattern: re.Pattern[str], names: Sequence[str]) -> bool:
    hits = sum(1 for name in names if pattern.search(name))
    return hits * 2 > len(names)

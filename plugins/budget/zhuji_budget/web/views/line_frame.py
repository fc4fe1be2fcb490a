"""What the tables of a line's page share: addresses, names of control rows, limits."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterable

from zhuji_budget.web.views.words import Gettext, document_path, row_text
from zhuji_core.contracts.funds import FundPosition
from zhuji_core.values import Value


class Frame(Value, frozen=True, kw_only=True):
    """What a view must know of the request: addresses, enabled modules, day and language."""

    address: Callable[[str], str]
    enabled: frozenset[str]
    business_date: dt.date
    gettext: Gettext

    def document_url(self, kind: str, document_id: uuid.UUID) -> str:
        path = document_path(kind, document_id, enabled=self.enabled)
        return self.address(path) if path else ""


def year_url(kind: str, fiscal_year: int, frame: Frame) -> str:
    """Return the page of the year where a year is the document, else ""."""
    return frame.address(f"budget/years/{fiscal_year}") if kind == "budget.year" else ""


def names_of(positions: Iterable[FundPosition], gettext: Gettext) -> dict[uuid.UUID, str]:
    return {position.control_row_id: row_text(position, gettext) for position in positions}


def with_limit(text: str, shown: int, most: int, gettext: Gettext) -> str:
    """Say so where a list shows as many as it ever does."""
    if shown < most:
        return text
    return gettext("{text}，僅列 {most} 筆").format(text=text, most=most)

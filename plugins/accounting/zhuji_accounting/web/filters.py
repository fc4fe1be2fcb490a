"""What a list is asked by, as it is keyed, stands in an address, and is kept from page to page."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Protocol
from urllib.parse import urlencode

from zhuji_core.formats import date_key, parse_date
from zhuji_core.values import DomainError
from zhuji_core.web.components import Pager
from zhuji_core.web.context import RequestContext

Asked = str | int | bool | dt.date | uuid.UUID | None


class NewestFirst(Protocol):
    """The filter of a list by id, newest first; ``before`` is the last id of the page before."""

    @property
    def before(self) -> uuid.UUID | None: ...

    @property
    def limit(self) -> int: ...


def keyed(asked: Mapping[str, Asked]) -> dict[str, str]:
    """Return a filter as it is keyed; what does not restrict is empty."""
    return {name: _keyed(value) for name, value in asked.items()}


def address_of(path: str, asked: Mapping[str, Asked]) -> str:
    """Return the address of a list with its filter, what does not restrict left out."""
    given = {name: text for name, text in keyed(asked).items() if text}
    return f"{path}?{urlencode(given)}"


def newest_first(
    address: str, wanted: NewestFirst, ids: Sequence[uuid.UUID], *, count: int | None = None
) -> Pager:
    """Return the pager of the page that shows ``ids``; ``address`` is the list with its filter."""
    full = len(ids) >= wanted.limit
    return Pager(
        shown=len(ids),
        count=count,
        first_url=address if wanted.before else "",
        next_url=f"{address}&before={ids[-1]}" if full else "",
    )


def line_after(text: str) -> tuple[int, int]:
    """Read the cursor ``number-line`` of the page before."""
    number, _, line = text.partition("-")
    return (int(number), int(line)) if number.isdecimal() and line.isdecimal() else (0, 0)


def keyed_date(
    context: RequestContext, name: str, text: str, faults: dict[str, str] | None = None
) -> dt.date | None:
    """Read a keyed date; one that cannot be read restricts nothing and is named in ``faults``."""
    if not text.strip():
        return None
    try:
        return parse_date(text, reference=context.business_date)
    except DomainError as error:
        if faults is None:
            raise
        faults[name] = error.text(context.gettext)
        return None


def _keyed(value: Asked) -> str:
    if value is None or value is False:
        return ""
    if value is True:
        return "true"
    return date_key(value) if isinstance(value, dt.date) else str(value)

"""What an entry grid sends, and what is wrong with it: ``lines-0-amount`` is of row 0."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from zhuji_core.values import N_, DomainError
from zhuji_core.web.components import GRID_ROWS_MAX

# What the buttons of a grid send without JavaScript: show the form again with one more row.
ADD_ROW_FIELD = "_add_row"


class TooManyRows(DomainError):
    """More rows than a grid takes; a larger set is uploaded as a file."""

    code = "E-ROWS"
    message = N_("最多 {rows_max} 列，送出了 {rows} 列。請分次送出或改用檔案上傳。")
    status_code = 422


def fields_of(data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Give the fields of an encoded form one by one; a name may come several times."""
    for name, value in data.items():
        for one in value if isinstance(value, list) else [value]:
            yield name, str(one)


def grid_rows(
    fields: Iterable[tuple[str, str]], *, name: str = "lines", rows_max: int = GRID_ROWS_MAX
) -> list[Mapping[str, str]]:
    """Return the rows in the order of their numbers, blank ones left out, values stripped."""
    pattern = re.compile(rf"{re.escape(name)}-(\d{{1,6}})-(\w+)")
    rows: dict[int, dict[str, str]] = {}
    for field, value in fields:
        found = pattern.fullmatch(field)
        if found:
            rows.setdefault(int(found[1]), {})[found[2]] = value.strip()
    filled: list[Mapping[str, str]] = [row for _, row in sorted(rows.items()) if any(row.values())]
    if len(filled) > rows_max:
        raise TooManyRows(rows=len(filled), rows_max=rows_max)
    return filled


def row_faults(faults: Mapping[str, str], number: int, *, name: str = "lines") -> dict[str, str]:
    """Return the faults of the row of this number, by the names of its columns."""
    prefix = f"{name}-{number}-"
    return {
        field.removeprefix(prefix): text
        for field, text in faults.items()
        if field.startswith(prefix)
    }

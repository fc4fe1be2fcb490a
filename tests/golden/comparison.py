"""Compare a table of figures with what a report holds, cell by cell, and count."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Rows = Mapping[str, Sequence[Any]]


@dataclass(frozen=True)
class Compared:
    """One table by one way: how many cells there were, and which differ (``row/column``)."""

    table: str
    way: str
    cells: int
    differing: Mapping[str, str] = field(default_factory=dict)

    @property
    def equal(self) -> int:
        return self.cells - len(self.differing)

    @property
    def rows(self) -> set[str]:
        """Return the rows that hold a cell that differs."""
        return {name.partition("/")[0] for name in self.differing}


def compare(
    table: str, way: str, *, expected: Rows, found: Rows, columns: Sequence[str]
) -> Compared:
    """Compare every cell of ``expected``; a row that is too much differs unless it is all zero."""
    differing: dict[str, str] = {}
    cells = 0
    for row, values in expected.items():
        own = found.get(row)
        for column, value in zip(columns, values, strict=True):
            cells += 1
            other = None if own is None else own[columns.index(column)]
            if value != other:
                differing[f"{row}/{column}"] = f"{other!r} instead of {value!r}"
    for row, values in found.items():
        if row not in expected and any(values):
            cells += 1
            differing[f"{row}/"] = f"{tuple(values)!r} is too much"
    return Compared(table, way, cells, differing)


def told(compared: Iterable[Compared]) -> str:
    """Return what was compared, for people: a line for each table, then what differs."""
    known = list(compared)
    lines = [
        f"{one.table:<4} {one.way:<5} {one.equal:>4} of {one.cells:>4} cells equal" for one in known
    ]
    cells, equal = sum(one.cells for one in known), sum(one.equal for one in known)
    lines.append(f"golden quarter: {cells} cells compared, {equal} equal")
    lines += [
        f"  {one.table} {one.way} {name}: {what}"
        for one in known
        for name, what in one.differing.items()
    ]
    return "\n".join(lines)

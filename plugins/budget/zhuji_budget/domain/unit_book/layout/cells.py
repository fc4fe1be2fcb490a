"""Cells that every form is made of, and the form of a table with heads of two levels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby

from zhuji_budget.domain.unit_book.table import Cell, Column, StatTable, rounded
from zhuji_core.booklets.model import FormCell, FormRow, Look

THOUSANDS, DOLLARS = "單位：新臺幣千元", "單位：新臺幣元"
UPRIGHT_MIN = 4  # longer heads of a narrow column stand upright


def head(value: str, *, across: int = 1, down: int = 1, upright: bool = False) -> FormCell:
    return FormCell(value=value, look=Look.HEAD, across=across, down=down, upright=upright)


def text(
    value: str, *, indent: int = 0, across: int = 1, strong: bool = False, down: int = 1
) -> FormCell:
    return FormCell(value=value or None, indent=indent, across=across, strong=strong, down=down)


def centre(value: str, *, across: int = 1) -> FormCell:
    return FormCell(value=value or None, look=Look.CENTRE, across=across)


def amount(value: Cell, *, unit_ntd: int = 1, strong: bool = False, dash: bool = False) -> FormCell:
    """Return an amount in its unit; nothing stays blank, or is a dash where the form has one."""
    if isinstance(value, str):
        return centre(value)
    shown = rounded(value, unit_ntd) if value or (dash and value == 0) else None
    return FormCell(value=shown, look=Look.AMOUNT, strong=strong)


def blank(count: int = 1) -> FormRow:
    return (FormCell(),) * count


def two_level_heads(
    lead: Sequence[str], columns: Sequence[Column], *, upright: bool = False
) -> tuple[FormRow, FormRow]:
    """Return the heads of a table: a head without one above it stands over both rows."""
    first = [head(word, down=2) for word in lead]
    second = []
    for under, inside in groupby(columns, key=lambda one: one.under):
        group = list(inside)
        heads = [_column_head(one, upright=upright) for one in group]
        if under:
            first.append(head(under, across=len(group)))
            second += heads
        else:
            first += [_column_head(one, upright=upright, down=2) for one in group]
    return tuple(first), tuple(second)


def _column_head(column: Column, *, upright: bool, down: int = 1) -> FormCell:
    return head(column.head, down=down, upright=upright and len(column.head) >= UPRIGHT_MIN)


def table_cells(table: StatTable, cells: Mapping[str, Cell], *, strong: bool = False) -> FormRow:
    """Return a row's amounts in the order of the table's columns."""
    return tuple(
        amount(cells.get(column.key, 0), unit_ntd=table.unit_ntd, strong=strong)
        for column in table.columns
    )

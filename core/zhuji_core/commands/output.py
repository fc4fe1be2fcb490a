"""Results on standard output: one JSON document for programs, tables for people."""

from __future__ import annotations

import sys
from typing import Any

import msgspec
from rich.table import Table


def print_json(value: Any) -> None:
    sys.stdout.write(msgspec.json.format(msgspec.json.encode(value)).decode() + "\n")


def table_of(*titles: str) -> Table:
    """Make a table whose cells take more lines in a narrow terminal.

    Half an id cannot be typed into the next command, half a date says nothing.
    """
    table = Table(*titles)
    for column in table.columns:
        column.overflow = "fold"
    return table

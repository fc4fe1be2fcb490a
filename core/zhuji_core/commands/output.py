"""Results on standard output: one JSON document for programs, tables for people."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click
import msgspec
from rich.table import Table

from zhuji_core.i18n import Language, load_translations

LOCALE = Path(__file__).parent.parent / "locale"


def print_json(value: Any) -> None:
    sys.stdout.write(msgspec.json.format(msgspec.json.encode(value)).decode() + "\n")


def spoken() -> Language:
    """Return the kernel's texts in the language of this terminal (``cli.py`` has asked it)."""
    return load_translations([LOCALE]).of(str(click.get_current_context().obj or ""))


def table_of(*titles: str) -> Table:
    """Make a table whose cells take more lines in a narrow terminal.

    Half an id cannot be typed into the next command, half a date says nothing.
    """
    table = Table(*titles)
    for column in table.columns:
        column.overflow = "fold"
    return table

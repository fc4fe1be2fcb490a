"""Tests of a module are collected where the module is installed: a county has what it licenses."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

collect_ignore = [
    folder.name
    for folder in Path(__file__).parent.iterdir()
    if folder.is_dir() and not folder.name.startswith("_") and not find_spec(f"zhuji_{folder.name}")
]

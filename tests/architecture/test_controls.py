"""Every control of core/docs/controls.md names a test that exists."""

from __future__ import annotations

import ast
import re

from tests.architecture.source import ROOT

PAGE = ROOT / "core" / "docs" / "controls.md"
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")


def names_in(file: str) -> set[str]:
    tree = ast.parse((ROOT / file).read_text("utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_every_control_names_a_test_that_exists() -> None:
    rows = [line for line in PAGE.read_text("utf-8").splitlines() if line.startswith("| ")][2:]
    assert len(rows) > 20
    nameless = [row for row in rows if not NAMED.search(row)]
    assert not nameless, "\n".join(nameless)
    absent = [
        f"{file}::{name}"
        for row in rows
        for file, name in NAMED.findall(row)
        if not (ROOT / file).is_file() or name not in names_in(file)
    ]
    assert not absent, "\n".join(absent)

"""What the source names is in core/docs, and what core/docs names is in the source."""

from __future__ import annotations

import re

from tests.architecture.source import ROOT
from zhuji_core import docs_code, docs_tables

DOCS = ROOT / "core" / "docs"
TABLE_NAMES = re.compile(r"`((?:ZHUJI|OTEL)_[A-Z0-9_]+)`")
# Only the tests' own plugin reads it.
OF_TESTS = {"ZHUJI_SHARED"}


def test_every_environment_variable_is_documented_and_the_reverse() -> None:
    page = (DOCS / "operations.md").read_text("utf-8")
    table = page[page.index("| variable |") :].split("\n\n", maxsplit=1)[0]
    written = set(TABLE_NAMES.findall(table))
    assert written == set(docs_code.environment_variables()) - OF_TESTS


def test_every_refusal_is_raised_somewhere() -> None:
    """A code that nobody can meet explains nothing, and is often a rule that was forgotten."""
    used = docs_code.words_of_raises()
    idle = [one.__name__ for one in docs_tables.refusals() if one.__name__ not in used]
    assert not idle, f"nobody raises {idle}"


def test_every_span_and_metric_says_what_it_is() -> None:
    named = [*docs_code.spans(), *docs_code.use_cases(), *docs_code.metrics()]
    assert len(named) > 40
    assert [one.name for one in named if not one.about] == []
    names = [one.name for one in (*docs_code.spans(), *docs_code.use_cases())]
    assert len(names) == len(set(names))


def test_every_operation_of_the_api_is_in_the_table() -> None:
    page = (DOCS / "api.md").read_text("utf-8")
    written = re.findall(r"^\| `([\w.-]+)` \| [A-Z]+ \|", page, re.MULTILINE)
    assert written == [one.operation_id for one in docs_code.product_operations()]

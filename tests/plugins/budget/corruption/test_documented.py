"""Every invariant that ``verify`` asks is told in the module's README."""

from __future__ import annotations

from pathlib import Path

import zhuji_budget
from zhuji_budget.queries.invariants import NAMES


def test_every_invariant_is_in_the_readme() -> None:
    readme = (Path(zhuji_budget.__file__).parents[1] / "README.md").read_text()
    assert [name for name in NAMES if name not in readme] == []

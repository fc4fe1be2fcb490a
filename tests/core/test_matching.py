"""What people type to find something, as a pattern of SQL's LIKE."""

from __future__ import annotations

from zhuji_core.matching import containing, literal


def test_wildcards_that_somebody_types_are_looked_for_as_they_are() -> None:
    assert literal("100%_a\\b") == "100\\%\\_a\\\\b"


def test_a_text_is_looked_for_anywhere_without_the_blanks_around_it() -> None:
    assert containing("  甲 商行 ") == "%甲 商行%"
    assert containing("") == "%%"

"""What people type into forms: read, or named by its field."""

from __future__ import annotations

import datetime as dt

import pytest

from zhuji_accounting.web.typed import (
    AMOUNT_MISSING,
    AMOUNT_NOT_POSITIVE,
    DATE_BAD,
    FormInvalid,
    needed_amount,
    needed_day,
    require_readable,
    typed_amount,
    typed_day,
)

TODAY = dt.date(2016, 3, 15)


def test_an_amount_is_read_or_its_field_is_named() -> None:
    faults: dict[str, str] = {}
    assert typed_amount("1,200", "a", faults) == 1200
    assert typed_amount("", "a", faults) == 0
    assert needed_amount("1,200", "a", faults) == 1200
    assert not faults
    assert [typed_amount(text, text, faults) for text in ("-5", "x")] == [0, 0]
    assert [needed_amount(text, text, faults) for text in ("", "0", "-6")] == [0, 0, 0]
    assert faults == {
        "-5": AMOUNT_NOT_POSITIVE,
        "x": AMOUNT_NOT_POSITIVE,
        "": AMOUNT_MISSING,
        "0": AMOUNT_NOT_POSITIVE,
        "-6": AMOUNT_NOT_POSITIVE,
    }


def test_a_day_is_read_or_its_field_is_named() -> None:
    faults: dict[str, str] = {}
    assert typed_day("1050310", "a", faults, today=TODAY) == dt.date(2016, 3, 10)
    assert typed_day(" ", "a", faults, today=TODAY) is None
    assert needed_day("3/10", "a", faults, today=TODAY) == dt.date(2016, 3, 10)
    require_readable(faults)
    assert typed_day("x", "x", faults, today=TODAY) is None
    assert needed_day("", "y", faults, today=TODAY) == TODAY
    with pytest.raises(FormInvalid) as refused:
        require_readable(faults)
    assert refused.value.fields == {"x": DATE_BAD, "y": DATE_BAD}

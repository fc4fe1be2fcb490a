"""A line of the log says where something went wrong and what it was, never whose it is."""

from __future__ import annotations

import sys

import pytest

from zhuji_observability.logs import DiscreetFormatter

PRIVATE = "王小明 A123456789"


class Refused(Exception):
    """An error that has a code, as those of PostgreSQL and of the product."""

    sqlstate = "23503"


def told_of(error: Exception, *, cause: Exception) -> str:
    try:
        fail(error, cause)
    except Exception:  # noqa: BLE001 (whatever is logged)
        return DiscreetFormatter().formatException(sys.exc_info())
    raise AssertionError


def fail(error: Exception, cause: Exception) -> None:
    raise error from cause


@pytest.mark.parametrize("kind", [ValueError, KeyError, Refused])
def test_an_exception_is_told_without_its_message(kind: type[Exception]) -> None:
    told = told_of(RuntimeError(PRIVATE), cause=kind(f"Key (payee)=({PRIVATE}) is not present"))
    assert "王小明" not in told
    assert "A123456789" not in told
    assert "test_logs.py" in told, "where"
    assert told.splitlines()[0].startswith(kind.__name__), "the cause first"
    assert told.splitlines()[-1] == "RuntimeError"
    assert ("23503" in told) == (kind is Refused)

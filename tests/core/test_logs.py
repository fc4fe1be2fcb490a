"""A line of the log says where something went wrong and what it was, never whose it is."""

from __future__ import annotations

import logging
import sys

import pytest

from zhuji_core.compose import watched
from zhuji_core.logs import DiscreetFormatter

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


def test_what_another_handler_wrote_of_it_is_not_repeated() -> None:
    record = logging.LogRecord("zhuji", logging.ERROR, __file__, 1, "fault", (), None)
    record.exc_info = (RuntimeError, RuntimeError(PRIVATE), None)
    assert "王小明" in logging.Formatter().format(record)
    assert DiscreetFormatter().format(record).endswith("[0] fault\nRuntimeError")
    assert "王小明" in str(record.exc_text), "which is the other one's"


@pytest.mark.parametrize("kind", [ValueError, KeyError, Refused])
def test_an_exception_is_told_without_its_message(kind: type[Exception]) -> None:
    told = told_of(RuntimeError(PRIVATE), cause=kind(f"Key (payee)=({PRIVATE}) is not present"))
    assert "王小明" not in told
    assert "A123456789" not in told
    assert "test_logs.py" in told, "where"
    assert told.splitlines()[0].startswith(kind.__name__), "the cause first"
    assert told.splitlines()[-1] == "RuntimeError"
    assert ("23503" in told) == (kind is Refused)


def test_a_process_of_the_product_writes_so_without_observability_too(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # What ``importlib.util.find_spec`` takes for "not installed".
    monkeypatch.setitem(sys.modules, "zhuji_observability", None)
    # As in a process that begins: pytest has handlers of its own.
    monkeypatch.setattr(logging.getLogger(), "handlers", [])
    with watched():
        try:
            fail(RuntimeError(PRIVATE), Refused(PRIVATE))
        except RuntimeError:
            logging.getLogger("zhuji").exception("fault in %s", "POST /{county}/probe")
    line, *told = capsys.readouterr().err.splitlines()
    assert line.endswith("ERROR zhuji [0] fault in POST /{county}/probe")
    assert told[-1] == "RuntimeError"
    assert "Refused 23503" in told
    assert "王小明" not in "".join(told)
    assert logging.getLogger().handlers == [], "taken off again"
